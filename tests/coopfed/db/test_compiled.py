"""The short way to sqlite3 gives what SQLAlchemy's own execution gives."""

import sqlite3
from collections.abc import Iterator

import pytest
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    LargeBinary,
    MetaData,
    StaticPool,
    Table,
    Text,
    bindparam,
    create_engine,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError, MultipleResultsFound, NoResultFound, OperationalError

from coopfed.db.compiled import Executor

member = Table(
    "member",
    MetaData(),
    Column("id", BigInteger, primary_key=True),
    Column("name", Text, unique=True),
    Column("active", Boolean),
    Column("picture", LargeBinary),
)
_ADD = insert(member)
_BY_NAME = select(member.c.id, member.c.active, member.c.picture).where(member.c.name == bindparam("name"))
_ALL = select(member.c.name, member.c.active).order_by(member.c.id)
_SOME = select(member.c.name).where(member.c.id.in_(bindparam("ids", expanding=True))).order_by(member.c.id)
_CLOSE = update(member).where(member.c.name == bindparam("who")).values(active=False)


@pytest.fixture
def both() -> Iterator[tuple[Executor, Connection]]:
    """The executor and the SQLAlchemy connection beside it, on one database."""
    raw = sqlite3.connect(":memory:", isolation_level=None)
    engine = create_engine("sqlite://", creator=lambda: raw, poolclass=StaticPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        member.create(connection)
        yield Executor(connection, raw), connection
    engine.dispose()


def _add(executor: Executor, number: int, name: str, active: bool | None) -> None:
    executor.execute(_ADD, {"id": number, "name": name, "active": active, "picture": b"\x00\xff"})


def test_rows_are_the_same_both_ways(both: tuple[Executor, Connection]) -> None:
    """Design 7: one text for every engine; names, booleans and bytes come back as SQLAlchemy gives them."""
    executor, connection = both
    _add(executor, 1, "Çağrı", True)
    _add(executor, 2, "perché", None)

    short = executor.execute(_ALL).all()
    usual = connection.execute(_ALL).all()

    assert [tuple(row) for row in short] == [tuple(row) for row in usual] == [("Çağrı", True), ("perché", None)]
    assert short[0].active is True
    assert executor.execute(_BY_NAME, {"name": "Çağrı"}).one().picture == b"\x00\xff"


def test_an_insert_takes_the_columns_it_is_given_each_time(both: tuple[Executor, Connection]) -> None:
    """The compiled form of an insert without values belongs to the columns of one call."""
    executor, _ = both

    executor.execute(_ADD, {"id": 1, "name": "a"})
    executor.execute(_ADD, {"id": 2, "name": "b", "active": True})

    assert [tuple(row) for row in executor.execute(_ALL)] == [("a", None), ("b", True)]


def test_constants_of_a_statement_are_filled_in(both: tuple[Executor, Connection]) -> None:
    """`values(active=False)` is a parameter that no caller names."""
    executor, _ = both
    _add(executor, 1, "a", True)

    changed = executor.execute(_CLOSE, {"who": "a"})

    assert changed.rowcount == 1
    assert executor.execute(_BY_NAME, {"name": "a"}).one().active is False


def test_a_list_may_have_any_length(both: tuple[Executor, Connection]) -> None:
    """An expanding parameter is compiled once for each length; also for none."""
    executor, _ = both
    for number, name in enumerate("abc"):
        _add(executor, number, name, True)

    assert list(executor.execute(_SOME, {"ids": [0, 2]}).scalars()) == ["a", "c"]
    assert list(executor.execute(_SOME, {"ids": [1]}).scalars()) == ["b"]
    assert list(executor.execute(_SOME, {"ids": []}).scalars()) == []


def test_many_rows_in_one_call(both: tuple[Executor, Connection]) -> None:
    """A list of parameters is executemany."""
    executor, _ = both

    stored = executor.execute(_ADD, [{"id": n, "name": str(n)} for n in range(50)])

    assert stored.rowcount == 50
    assert len(executor.execute(_ALL).all()) == 50


def test_errors_are_those_of_sqlalchemy(both: tuple[Executor, Connection]) -> None:
    """Units catch IntegrityError; the engine turns the others into StorageError."""
    executor, connection = both
    _add(executor, 1, "a", True)

    with pytest.raises(IntegrityError):
        _add(executor, 2, "a", True)
    member.drop(connection)
    with pytest.raises(OperationalError):
        executor.execute(_ALL)


def test_one_row_means_one(both: tuple[Executor, Connection]) -> None:
    """The promises of Result's methods."""
    executor, _ = both

    assert executor.execute(_BY_NAME, {"name": "nobody"}).one_or_none() is None
    assert executor.execute(_BY_NAME, {"name": "nobody"}).scalar_one_or_none() is None
    with pytest.raises(NoResultFound):
        executor.execute(_BY_NAME, {"name": "nobody"}).one()
    _add(executor, 1, "a", True)
    _add(executor, 2, "b", True)
    with pytest.raises(MultipleResultsFound):
        executor.execute(_ALL).one_or_none()
