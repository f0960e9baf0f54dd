"""Units of work keep their promises on both engines: nothing lost, nothing half, nothing acknowledged that is not stored."""

import asyncio
import contextlib
import gc
import logging
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from coopfed.db.engine import Database
from coopfed.db.open import open_database
from coopfed.db.tx import Tx
from coopfed.errors import StorageError
from tests.coopfed.db import tallies
from tests.coopfed.db.tallies import settled
from tests.support.nodes import a_config

GROUP = 102
MIDDLE = 51
LIMIT = 10
_TOUCH_PARENT = text("UPDATE tally SET amount = amount WHERE name = 'quantity'")


async def test_no_update_is_lost_between_tasks(db: Database) -> None:
    """Design 9, *Units of work*: ten tasks that each read and write 30 times count to 300."""
    await db.write(tallies.add, "sheep")

    async def thirty_times() -> None:
        for _ in range(30):
            await db.write(tallies.increase, "sheep")

    await asyncio.gather(*(thirty_times() for _ in range(10)))

    assert await db.read(tallies.amount, "sheep") == 300


def _add_unless_there(tx: Tx, name: str) -> bool:
    """Looks, then inserts: as an actor is stored that was not known."""
    if name in tallies.names(tx):
        return False
    tallies.add(tx, name)
    return True


async def test_of_two_processes_that_store_one_thing_one_finds_it_there(db: Database, database_url: str) -> None:
    """Design 9, *Units of work*: the second one is run again and sees the row, instead of failing on the constraint."""
    other = open_database(a_config(database_url))
    try:
        for index in range(10):
            made = await settled(one.write(_add_unless_there, f"row {index}") for one in (db, other) * 6)

            assert sorted(made) == [False] * 11 + [True]
    finally:
        await other.close()


def _take_share(tx: Tx, name: str, share: int) -> bool:
    """Takes from a bounded quantity. The parent row is written first: a lock alone would not do, since in REPEATABLE READ
    whoever waited for it still reads the snapshot from before."""
    tx.execute(_TOUCH_PARENT)
    if tallies.total(tx, "quantity") + share > LIMIT:
        return False
    tallies.add(tx, name, share, "quantity")
    return True


async def test_a_sum_over_rows_keeps_its_limit_when_the_parent_is_written_first(db: Database) -> None:
    """Design 9, *Units of work*: write skew. Thirty at once want 3 of 10: three get it."""
    await db.write(tallies.add, "quantity")

    granted = await asyncio.gather(*(db.write(_take_share, f"share {index}", 3) for index in range(30)))

    assert sum(granted) == 3
    assert await db.read(tallies.total, "quantity") == 9


async def test_a_unit_sees_what_was_written_just_before(db: Database) -> None:
    """Design 7: read your own writes."""
    for index in range(200):
        await db.write(tallies.add, f"row {index}", index)

        assert await db.read(tallies.amount, f"row {index}") == index
        assert await db.read_long(tallies.amount, f"row {index}") == index


async def test_what_a_unit_wrote_before_it_failed_is_not_stored(db: Database) -> None:
    """Design 9, *Units of work*: raises what the unit raises; nothing stored then."""

    def half(tx: Tx) -> None:
        tallies.add(tx, "half")
        raise KeyError("in the middle")

    with pytest.raises(KeyError):
        await db.write(half)

    assert await db.read(tallies.names) == []


def _python_exception(tx: Tx, _name: str) -> str:
    tallies.add(tx, "never")
    raise KeyError("a fault of the program")


def _integrity_error(tx: Tx, _name: str) -> str:
    tallies.add(tx, "never")
    return tallies.add(tx, "there")


def _exits(tx: Tx, _name: str) -> str:
    tallies.add(tx, "never")
    raise SystemExit(3)


def _stops_an_iteration(tx: Tx, _name: str) -> str:
    tallies.add(tx, "never")
    return str(next(iter(())))


@pytest.mark.parametrize("place", [0, MIDDLE])
@pytest.mark.parametrize("failing", [_python_exception, _integrity_error, _exits, _stops_an_iteration])
async def test_one_failing_unit_does_not_take_its_group_along(db: Database, failing: Any, place: int) -> None:
    """Research, *What can go wrong inside a group*: 102 units, the first or the middle one fails, the others are stored."""
    await db.write(tallies.add, "there")
    units = [failing if index == place else tallies.add for index in range(GROUP)]

    results = await settled(db.write(unit, f"row {index:03}") for index, unit in enumerate(units))

    assert isinstance(results.pop(place), BaseException)
    assert results == [f"row {index:03}" for index in range(GROUP) if index != place]
    assert await db.read(tallies.names) == sorted([*results, "there"])


async def test_a_savepoint_that_catches_its_own_keeps_the_unit(db: Database) -> None:
    """Research, *What can go wrong inside a group*: an inner begin_nested() that catches its own."""
    await db.write(tallies.add, "there")

    def careful(tx: Tx, name: str) -> str:
        tallies.add(tx, name)
        for taken in ("there", "there"):
            with contextlib.suppress(IntegrityError), tx.begin_nested():
                tallies.add(tx, f"{name} inner")
                tallies.add(tx, taken)
        return name

    results = await settled(db.write(careful, f"row {index:03}") for index in range(GROUP))

    assert await db.read(tallies.names) == sorted([*results, "there"])


async def test_an_integrity_error_is_told_apart_from_a_storage_error(db: Database) -> None:
    """Design 9, *Units of work*: callers tell "it is there already" from "it could not be stored"."""
    await db.write(tallies.add, "there")

    def broken(tx: Tx) -> None:
        tx.execute(text("SELECT * FROM no_such_table"))

    with pytest.raises(IntegrityError):
        await db.write(tallies.add, "there")
    for refused in (db.write(broken), db.claim(broken), db.read(broken), db.read_long(broken)):
        with pytest.raises(StorageError):
            await refused


async def test_items_of_many_callers_share_a_call_and_each_gets_its_own_result(db: Database) -> None:
    """Design 7: arrivals are admitted in one statement."""
    calls = []

    def noted(tx: Tx, items: Sequence[str]) -> list[str]:
        calls.append(len(items))
        return tallies.add_many(tx, items)

    results = await asyncio.gather(*(db.write_batched(noted, f"row {index:03}") for index in range(200)))

    assert results == [f"added row {index:03}" for index in range(200)]
    assert len(await db.read(tallies.names)) == 200
    assert len(calls) < 50


async def test_one_bad_item_does_not_refuse_its_neighbours(db: Database) -> None:
    """Research, *PostgreSQL*: a failed batch is done again one by one."""
    await db.write(tallies.add, "there")
    items = [f"row {index:03}" for index in range(60)]
    items[30] = "there"

    results = await settled(db.write_batched(tallies.add_many, item) for item in items)

    assert isinstance(results[30], IntegrityError)
    assert [result for result in results if isinstance(result, str)] == [
        f"added {item}" for item in items if item != "there"
    ]
    assert await db.read(tallies.names) == sorted(items)


async def test_a_nul_byte_hurts_nobody_but_its_own_item(db: Database) -> None:
    """Research, *PostgreSQL*: it refuses NUL in text, SQLite takes it; the neighbours are stored on both."""
    items = [f"row {index:03}" for index in range(60)]
    items[30] = "nul \x00 byte"

    results = await settled(db.write_batched(tallies.add_many, item) for item in items)

    refused = [result for result in results if not isinstance(result, str)]
    assert len(results) - len(refused) >= 59
    assert all(isinstance(error, StorageError) for error in refused)
    assert {f"added {name}" for name in await db.read(tallies.names)} == {*results} - {*refused}


async def test_a_unit_that_gives_too_few_results_leaves_nobody_waiting(db: Database) -> None:
    """A fault of the program in one batched unit must not hold up callers for ever."""

    def forgetful(tx: Tx, items: Sequence[str]) -> list[str]:
        return tallies.add_many(tx, items)[:-1]

    async with asyncio.timeout(5):
        results = await settled(db.write_batched(forgetful, f"row {index}") for index in range(8))
        after = await db.write(tallies.add, "after")

    assert any(isinstance(result, RuntimeError | IndexError) for result in results)
    assert after == "after"


async def test_a_cancelled_caller_disturbs_nobody(db: Database) -> None:
    """Research, *SQLite: who writes*: a cancelled caller's unit is still whole, the others get their answers."""
    tasks = [asyncio.create_task(db.write(tallies.add, f"row {index:03}")) for index in range(GROUP)]
    batched = [asyncio.create_task(db.write_batched(tallies.add_many, f"item {index:03}")) for index in range(GROUP)]
    await asyncio.sleep(0)

    for task in (*tasks[::3], *batched[::3]):
        task.cancel()
    results = await settled([*tasks, *batched])

    acknowledged = {result.removeprefix("added ") for result in results if isinstance(result, str)}
    assert len(acknowledged) >= 2 * GROUP - len(tasks[::3]) - len(batched[::3])
    assert acknowledged <= set(await db.read(tallies.names))
    assert await db.write(tallies.add, "after") == "after"


async def test_closing_finishes_what_waits_and_refuses_what_comes_later(db: Database) -> None:
    """Research, *The recipe*: refuse new units, empty the lanes, COMMIT, close."""
    waiting = [asyncio.create_task(db.write(tallies.add, f"row {index:03}")) for index in range(GROUP)]
    waiting += [asyncio.create_task(db.write_batched(tallies.add_many, f"item {index:03}")) for index in range(20)]
    await asyncio.sleep(0)

    await db.close()
    results = await asyncio.gather(*waiting)

    assert len(results) == GROUP + 20
    for refused in (
        db.write(tallies.add, "late"),
        db.claim(tallies.add, "late"),
        db.write_batched(tallies.add_many, "late"),
        db.read(tallies.names),
        db.read_long(tallies.names),
    ):
        with pytest.raises(StorageError):
            await refused


async def test_what_was_acknowledged_is_there_when_the_database_is_opened_again(
    db: Database, database_url: str
) -> None:
    """Design 7: 202 after COMMIT."""
    results = await asyncio.gather(*(db.write(tallies.add, f"row {index:03}") for index in range(GROUP)))
    await db.close()

    again = open_database(a_config(database_url))

    assert await again.read(tallies.names) == sorted(results)
    await again.close()


async def test_closing_leaves_no_connection_for_the_garbage_collector(
    db: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """A connection that is found lost writes a traceback into the operator's log, minutes later."""
    await db.write(tallies.add, "row")
    await db.read(tallies.names)
    await db.read_long(tallies.names)

    with caplog.at_level(logging.WARNING):
        await db.close()
        del db
        gc.collect()

    assert caplog.records == []


def test_a_unit_has_no_way_to_commit() -> None:
    """Research, *What can go wrong inside a group*: a unit that issues COMMIT commits half of its group."""
    offered = {name for name in dir(Tx) if not name.startswith("_")}

    assert offered == {"execute", "begin_nested", "on_postgres", "wake", "woken"}
