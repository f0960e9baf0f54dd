"""The short way to asyncpg gives what SQLAlchemy's own execution gives, and outlives what happens to a connection."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import Row, bindparam, insert, select, text, update
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import create_async_engine

from coopfed.db.engine import Database
from coopfed.db.open import open_database
from coopfed.db.postgres import async_url
from coopfed.db.prepared import Connection, Statements
from coopfed.db.tx import Tx
from coopfed.errors import StorageError
from tests.coopfed.db.test_compiled import member
from tests.support.nodes import a_config

_BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ"
_ADD = insert(member)
_ALL = select(member.c.name, member.c.active, member.c.picture).order_by(member.c.id)
_SOME = select(member.c.name).where(member.c.id.in_(bindparam("ids", expanding=True))).order_by(member.c.id)
_OTHERS = select(member.c.name).where(member.c.id.not_in(bindparam("ids", expanding=True))).order_by(member.c.id)
_KNOWN = select(member.c.name).where(member.c.name.in_(["a", "c"])).order_by(member.c.id)
_CLOSE = update(member).where(member.c.name == bindparam("who")).values(active=False)
_PREPARED = text("SELECT count(*) FROM pg_prepared_statements")
_END = text("SELECT pg_terminate_backend(pg_backend_pid())")
_SLEEP = text("SELECT pg_sleep(30)")


@pytest_asyncio.fixture
async def connection(postgres_url: str) -> AsyncIterator[Connection]:
    """A connection to a database with the table of members."""
    engine = create_async_engine(async_url(postgres_url))
    async with engine.begin() as usual:
        await usual.run_sync(member.create)
    await engine.dispose()
    opened = await Connection.open(async_url(postgres_url), Statements())
    yield opened
    await opened.close()


def _three(tx: Tx) -> None:
    tx.execute(
        _ADD, [{"id": n, "name": name, "active": n != 1, "picture": b"\x00\xff"} for n, name in enumerate("abç")]
    )


async def test_rows_are_the_same_both_ways(connection: Connection, postgres_url: str) -> None:
    """Design 7: one text for every engine."""
    await connection.transaction(_BEGIN, _three)

    short = await connection.transaction(_BEGIN, lambda tx: tx.execute(_ALL).all())
    engine = create_async_engine(async_url(postgres_url))
    async with engine.connect() as usual:
        found: list[Row[Any]] = list((await usual.execute(_ALL)).all())
    await engine.dispose()

    assert [tuple(row) for row in short] == [tuple(row) for row in found]
    assert (short[2].name, short[1].active, short[0].picture) == ("ç", False, b"\x00\xff")


async def test_a_list_may_have_any_length_and_is_prepared_once(connection: Connection) -> None:
    """A page of twenty posts and one of nineteen are the same statement."""
    await connection.transaction(_BEGIN, _three)

    def unit(tx: Tx) -> tuple[list[list[str]], int]:
        found = [list(tx.execute(_SOME, {"ids": ids}).scalars()) for ids in ([0, 2], [1], [], [0, 1, 2])]
        return found, int(tx.execute(_PREPARED).scalar_one())

    first, before = await connection.transaction(_BEGIN, unit)
    _, after = await connection.transaction(_BEGIN, unit)

    assert first == [["a", "ç"], ["b"], [], ["a", "b", "ç"]]
    assert before == after


async def test_what_is_not_in_a_list(connection: Connection) -> None:
    """Nothing is left out by an empty list; a list that stands in the constant is filled in."""

    def unit(tx: Tx) -> list[list[str]]:
        _three(tx)
        return [
            list(tx.execute(_OTHERS, {"ids": [0, 2]}).scalars()),
            list(tx.execute(_OTHERS, {"ids": []}).scalars()),
            list(tx.execute(_KNOWN).scalars()),
        ]

    assert await connection.transaction(_BEGIN, unit) == [["b"], ["a", "b", "ç"], ["a"]]


async def test_how_many_rows_changed(connection: Connection) -> None:
    """`rowcount` is what the server says."""

    def unit(tx: Tx) -> list[int]:
        _three(tx)
        return [tx.execute(_CLOSE, {"who": who}).rowcount for who in ("a", "nobody")]

    assert await connection.transaction(_BEGIN, unit) == [1, 0]


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"id": 1, "name": "a"}, IntegrityError),
        ({"id": 2**70, "name": "d"}, DataError),
        ({"id": 9, "name": "d\x00"}, DataError),
    ],
)
async def test_errors_are_those_of_sqlalchemy(
    connection: Connection, parameters: dict[str, Any], expected: type[Exception]
) -> None:
    """Units catch IntegrityError; the engine tells values at fault from a database at fault. The connection goes on."""
    await connection.transaction(_BEGIN, _three)

    with pytest.raises(expected):
        await connection.transaction(_BEGIN, lambda tx: tx.execute(_ADD, parameters))

    assert len(await connection.transaction(_BEGIN, lambda tx: tx.execute(_ALL).all())) == 3


async def test_a_savepoint_keeps_what_was_before(connection: Connection) -> None:
    """A unit that catches its own error goes on in the same transaction."""

    def unit(tx: Tx) -> int:
        _three(tx)
        with pytest.raises(IntegrityError), tx.begin_nested():
            _three(tx)
        return len(tx.execute(_ALL).all())

    assert await connection.transaction(_BEGIN, unit) == 3


async def test_a_changed_schema_is_an_error_once(connection: Connection) -> None:
    """A statement that was prepared for other columns is prepared anew."""
    await connection.transaction(_BEGIN, lambda tx: tx.execute(_ALL).all())
    await connection.raw.execute("ALTER TABLE member ALTER COLUMN name TYPE varchar(50)")

    with pytest.raises(OperationalError):
        await connection.transaction(_BEGIN, lambda tx: tx.execute(_ALL).all())

    assert await connection.transaction(_BEGIN, lambda tx: tx.execute(_ALL).all()) == []


@pytest_asyncio.fixture
async def db(postgres_url: str) -> AsyncIterator[Database]:
    """The database, open."""
    database = open_database(a_config(postgres_url))
    yield database
    await database.close()


async def test_readers_outlive_their_connections(db: Database) -> None:
    """A server that restarts costs the readers of that moment an error, not the next ones."""
    for _ in range(6):
        with pytest.raises(StorageError):
            await db.read(lambda tx: tx.execute(_END).scalar_one())

    assert await db.read(lambda tx: tx.execute(text("SELECT 1")).scalar_one()) == 1


async def test_a_reader_that_goes_away_gives_its_place_back(db: Database) -> None:
    """Ten readers that are cancelled in the middle of a statement leave room for the next, and nothing runs on."""
    waiting = [asyncio.create_task(db.read(lambda tx: tx.execute(_SLEEP).scalar_one())) for _ in range(10)]
    await asyncio.sleep(0.3)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)

    async with asyncio.timeout(5):
        for _ in range(8):
            assert await db.read(lambda tx: tx.execute(text("SELECT 1")).scalar_one()) == 1


async def test_a_unit_that_reads_cannot_write(db: Database) -> None:
    """As on SQLite: what only reads is told so."""
    with pytest.raises(StorageError):
        await db.read(lambda tx: tx.execute(text("CREATE TABLE written (id int)")))
