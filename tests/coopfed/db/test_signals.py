"""Who waits for rows is woken by who writes them, in this process and from another one."""

import asyncio
import sys
import time
from pathlib import Path

import pytest

from coopfed.db.engine import Database
from coopfed.db.signals import Listener, Signals, Topic
from coopfed.db.tx import Tx
from tests.coopfed.db import tallies
from tests.support.nodes import environment

_WRITING = """
import asyncio, sys
from coopfed.db.open import open_database
from coopfed.db.signals import Topic
from tests.coopfed.db.tallies import add
from tests.support.nodes import a_config

async def main(url):
    db = open_database(a_config(url))
    print("ready", flush=True)
    for line in sys.stdin:
        await db.write(add, line.strip(), wakes=(Topic.CACHES, Topic.ARRIVALS))
        print("written", flush=True)
    await db.close()

asyncio.run(main(sys.argv[1]))
"""


async def woken(listener: Listener, seconds: float = 5.0) -> bool:
    """Whether the listener was woken, at the latest after so many seconds."""
    try:
        async with asyncio.timeout(seconds):
            await listener.wait(60)
    except TimeoutError:
        return False
    return True


async def test_what_is_committed_wakes_and_what_fails_does_not(db: Database) -> None:
    """Module docstring: after commit, never before."""
    listener = db.signals.listen(Topic.ARRIVALS)
    while await woken(listener, 0.3):
        pass  # PostgreSQL's listener wakes everybody once, when it begins.

    def fails(tx: Tx) -> None:
        tx.wake(Topic.ARRIVALS)
        raise KeyError

    with pytest.raises(KeyError):
        await db.write(fails)
    assert not await woken(listener, 0.05)

    await db.write(tallies.add, "row", wakes=(Topic.ARRIVALS,))
    assert await woken(listener)


async def test_a_topic_wakes_all_its_listeners_and_no_others() -> None:
    """What one consumes, the others still hear."""
    signals = Signals()
    first, second, other = (signals.listen(topic) for topic in (Topic.JOBS, Topic.JOBS, Topic.DELIVERIES))

    signals.wake((Topic.JOBS,))

    assert await woken(first)
    assert await woken(second)
    assert not await woken(other, 0.01)
    assert not await woken(first, 0.01)


@pytest.mark.slow
async def test_another_process_that_writes_wakes_this_one_within_a_second(db: Database, database_url: str) -> None:
    """Design 2, `db/signals.py`: a command beside the live server wakes its workers and drops its caches within a second."""
    root = Path(__file__).parents[3]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _WRITING, database_url,
        cwd=root, env=environment(PYTHONPATH=str(root)), stdin=pipe, stdout=pipe,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        assert await process.stdout.readline() == b"ready\n"
        dropped = asyncio.Event()
        db.signals.on_caches(dropped.set)
        arrivals = db.signals.listen(Topic.ARRIVALS)
        took = []
        for number in range(5):
            await arrivals.wait(0.001)
            dropped.clear()
            process.stdin.write(f"row {number}\n".encode())
            assert await process.stdout.readline() == b"written\n"
            began = time.monotonic()
            async with asyncio.timeout(5):
                await dropped.wait()
            assert await woken(arrivals)
            took.append(time.monotonic() - began)
            assert f"row {number}" in await db.read(tallies.names)
        process.stdin.close()
        await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()

    assert max(took) < 1.0
