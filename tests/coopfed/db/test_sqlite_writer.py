"""What only SQLite's writer thread can suffer: lost transactions, a lock held by others, its own end."""

import asyncio
import fcntl
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlmodel import SQLModel

from coopfed import limits
from coopfed.db.engine import Lane
from coopfed.db.signals import Signals
from coopfed.db.sqlite import SqliteDatabase
from coopfed.db.tx import Tx
from coopfed.errors import Busy, StorageError
from tests.coopfed.db import tallies
from tests.coopfed.db.tallies import settled

GROUP = 102
MIDDLE = 51
SHORT = 0.4
"""Seconds instead of five that a unit may wait here."""


@pytest.fixture
def path(sqlite_template: Path, tmp_path: Path) -> Path:
    """A migrated database file."""
    copy = tmp_path / "coopfed.sqlite3"
    copy.write_bytes(sqlite_template.read_bytes())
    return copy


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits longer than SHORT. For tests of waiting only: a busy machine may take longer for a group."""
    monkeypatch.setattr(limits, "WRITE_WAIT_SECONDS", SHORT)


@pytest_asyncio.fixture
async def db(path: Path, request: pytest.FixtureRequest) -> AsyncIterator[SqliteDatabase]:
    """The database; opened in a hurry when the test is."""
    if "hurry" in request.fixturenames:
        request.getfixturevalue("hurry")
    database = SqliteDatabase(path, Signals())
    await database.write(tallies.create_table)
    yield database
    await database.close()


@contextmanager
def another_writer(path: Path) -> Iterator[None]:
    """Another program holds SQLite's write lock, one that knows nothing of our lock file."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


@contextmanager
def another_coopfed(path: Path) -> Iterator[None]:
    """A `coopfed` command in the middle of its transaction, as far as the lock file tells."""
    with path.with_suffix(".lock").open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)


def _ends_the_transaction(tx: Tx, _name: str) -> str:
    tallies.add(tx, "never")
    tx.execute(text("INSERT OR ROLLBACK INTO tally (name, amount) VALUES ('there', 0)"))
    return "never"


def _swallows_the_end(tx: Tx, name: str) -> str:
    with pytest.raises(Exception, match="UNIQUE"):
        _ends_the_transaction(tx, name)
    return "never"


@pytest.mark.parametrize("place", [0, MIDDLE])
@pytest.mark.parametrize("failing", [_ends_the_transaction, _swallows_the_end])
async def test_a_transaction_that_a_unit_loses_is_done_again_unit_by_unit(
    db: SqliteDatabase, failing: Any, place: int
) -> None:
    """Research, *What can go wrong inside a group*: 51 units were acknowledged that were not stored."""
    await db.write(tallies.add, "there")
    units = [failing if index == place else tallies.add for index in range(GROUP)]

    results = await settled(db.write(unit, f"row {index:03}") for index, unit in enumerate(units))

    assert isinstance(results.pop(place), Exception)
    assert results == [f"row {index:03}" for index in range(GROUP) if index != place]
    assert await db.read(tallies.names) == sorted([*results, "there"])


def _fill(tx: Tx, name: str) -> str:
    """A row of 20 kB."""
    return tallies.add(tx, name, parent="x" * 20_000)


async def test_a_full_database_acknowledges_only_what_it_stored(db: SqliteDatabase) -> None:
    """Security 2.2, *Disk full*: SQLite ends the transaction by itself; nobody is told "stored" who is not."""

    def only_so_large(tx: Tx) -> None:
        used = tx.execute(text("PRAGMA page_count")).scalar_one()
        tx.execute(text(f"PRAGMA max_page_count = {used + 200}"))

    await db.write(only_so_large)

    results = await settled(db.write(_fill, f"row {index:03}") for index in range(GROUP))

    stored = [result for result in results if isinstance(result, str)]
    assert await db.read(tallies.names) == stored
    assert 10 < len(stored) < GROUP
    assert all(isinstance(result, str | StorageError) for result in results)


async def test_a_full_database_takes_units_again_when_there_is_room(db: SqliteDatabase) -> None:
    """Security 2.2, *Disk full*: it heals by itself."""

    def pages(tx: Tx, more: int) -> None:
        used = tx.execute(text("PRAGMA page_count")).scalar_one()
        tx.execute(text(f"PRAGMA max_page_count = {used + more}"))

    await db.write(pages, 0)
    with pytest.raises(StorageError):
        await db.write(_fill, "too much")

    await db.write(pages, 1000)

    assert await db.write(_fill, "fits") == "fits"
    assert db.healthy


def test_no_constraint_waits_for_the_commit() -> None:
    """Design 7: a COMMIT that is refused would refuse a whole group, so there are no deferred constraints."""
    keys = [key for table in SQLModel.metadata.tables.values() for key in table.foreign_keys]

    assert len(keys) > 10
    assert not any(key.deferrable or key.initially for key in keys)


@pytest.mark.parametrize("holder", [another_writer, another_coopfed])
async def test_everything_that_waits_gets_busy_when_somebody_keeps_the_lock(
    hurry: None, db: SqliteDatabase, path: Path, holder: Any
) -> None:
    """Design 9, *Units of work*: Busy is raised to what waited 5 seconds, to all at once and not one after another."""
    loop = asyncio.get_running_loop()

    with holder(path):
        began = loop.time()
        units = [db.write(tallies.add, f"row {index:03}") for index in range(GROUP)]
        items = [db.write_batched(tallies.add_many, f"item {index:03}") for index in range(GROUP)]
        results = await settled([*units, *items, db.claim(tallies.add, "claimed")])
        took = loop.time() - began

    assert {type(result) for result in results} == {Busy}
    assert SHORT <= took < 5 * SHORT
    assert await db.write(tallies.add, "after") == "after"
    assert await db.read(tallies.names) == ["after"]


@pytest.mark.parametrize("holder", [another_writer, another_coopfed])
async def test_who_comes_late_waits_its_own_time(hurry: None, db: SqliteDatabase, path: Path, holder: Any) -> None:
    """Design 9, *Units of work*: Busy is for what waited; a unit that came when the lock was nearly free is no part of it."""
    with holder(path):
        early = asyncio.create_task(db.write(tallies.add, "early"))
        await asyncio.sleep(SHORT * 0.9)
        late = asyncio.create_task(db.write(tallies.add, "late"))
        await asyncio.sleep(SHORT * 0.2)

    results = await settled([early, late])

    assert [type(result) for result in results] == [Busy, str]


async def test_reading_goes_on_while_somebody_keeps_the_lock(db: SqliteDatabase, path: Path) -> None:
    """Security 2.3 R11: a locked database gives readers no error."""
    await db.write(tallies.add, "row")

    with another_writer(path):
        assert await db.read(tallies.names) == ["row"]
        assert await db.read_long(tallies.names) == ["row"]


_LONG = text(
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) SELECT max(i) FROM n, tally"
)


def a_long_statement(tx: Tx) -> int:
    """Takes some hundredths of a second."""
    found: int = tx.execute(_LONG).scalar_one()
    return found


async def test_a_long_read_that_nobody_waits_for_any_more_holds_nothing(db: SqliteDatabase, path: Path) -> None:
    """Design 2: readers must not keep the write-ahead log from being emptied; a stop would wait for it."""
    await db.write(tallies.add, "row")
    reading = asyncio.create_task(db.read_long(a_long_statement))
    await asyncio.sleep(0.02)
    reading.cancel()
    left = await asyncio.gather(reading, return_exceptions=True)

    began = time.monotonic()
    await db.close()

    assert isinstance(left[0], asyncio.CancelledError)
    assert time.monotonic() - began < limits.WRITE_WAIT_SECONDS / 2
    assert not path.with_name(f"{path.name}-wal").exists()


async def test_units_of_the_front_lane_go_first(db: SqliteDatabase, path: Path) -> None:
    """Design 7: foreground before background."""
    order: list[str] = []

    def noted(tx: Tx, name: str) -> str:
        order.append(name)
        return tallies.add(tx, name)

    with another_coopfed(path):
        back = [asyncio.create_task(db.write(noted, f"back {index:02}", lane=Lane.BACK)) for index in range(20)]
        await asyncio.sleep(0)
        front = [asyncio.create_task(db.write(noted, f"front {index:02}")) for index in range(20)]
        await asyncio.sleep(0)
    await asyncio.gather(*back, *front)

    assert order == [*(f"front {index:02}" for index in range(20)), *(f"back {index:02}" for index in range(20))]


class _Broken:
    """A connection whose next statement with this beginning fails in a way nobody foresaw."""

    def __init__(self, real: sqlite3.Connection, beginning: str, error: BaseException) -> None:
        self._real = real
        self._beginning = beginning
        self._error: BaseException | None = error

    def execute(self, statement: str) -> Any:
        if self._error is not None and statement.startswith(self._beginning):
            error, self._error = self._error, None
            raise error
        return self._real.execute(statement)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


@pytest.mark.parametrize("error", [sqlite3.OperationalError("disk I/O error"), MemoryError(), SystemExit()])
@pytest.mark.parametrize("statement", ["BEGIN", "SAVEPOINT", "RELEASE", "PRAGMA data_version"])
async def test_a_writer_that_fails_answers_everybody_and_goes_on(
    db: SqliteDatabase, statement: str, error: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Research, *The recipe*: anything that ends the thread answers all waiting callers and starts it anew."""
    monkeypatch.setattr(limits, "WRITE_WAIT_SECONDS", 5.0)
    writer: Any = db._writer
    writer._raw = _Broken(writer._raw, statement, error)

    async with asyncio.timeout(5):
        results = await settled(db.write(tallies.add, f"row {index:03}") for index in range(GROUP))
        after = await db.write(tallies.add, "after")

    stored = [result for result in results if isinstance(result, str)]
    assert {type(result) for result in results if not isinstance(result, str)} <= {StorageError, Busy}
    assert await db.read(tallies.names) == sorted([*stored, after])
    assert db.healthy


async def test_a_commit_that_is_refused_is_tried_again_for_each_unit(db: SqliteDatabase) -> None:
    """Design 7: when the COMMIT is refused each unit is redone alone, and only the guilty one fails."""
    writer: Any = db._writer
    writer._raw = _Broken(writer._raw, "COMMIT", sqlite3.OperationalError("disk I/O error"))

    results = await settled(db.write(tallies.add, f"row {index:03}") for index in range(GROUP))

    assert results == [f"row {index:03}" for index in range(GROUP)]
    assert await db.read(tallies.names) == results


async def test_a_commit_that_is_refused_again_is_a_storage_error(db: SqliteDatabase) -> None:
    """Security 2.2: 503 and not 500, so that the sender tries again."""
    writer: Any = db._writer
    for _ in range(2):
        writer._raw = _Broken(writer._raw, "COMMIT", sqlite3.OperationalError("database or disk is full"))

    with pytest.raises(StorageError, match="full"):
        await db.write(tallies.add, "row")

    assert await db.read(tallies.names) == []


async def test_closing_ends_the_thread_and_empties_the_log(db: SqliteDatabase, path: Path) -> None:
    """Research, *The recipe*: at shutdown checkpoint (TRUNCATE), close."""
    await asyncio.gather(*(db.write(_fill, f"row {index:03}") for index in range(20)))

    await db.close()

    assert not db.healthy
    assert "coopfed-writer" not in {thread.name for thread in threading.enumerate()}
    wal = path.with_name(path.name + "-wal")
    assert not wal.exists() or wal.stat().st_size == 0
