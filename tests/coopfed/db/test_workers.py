"""Worker numbers are leased: two processes never hold the same, and none is lost for good."""

import asyncio
import contextlib
import sys
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text

from coopfed import limits
from coopfed.db import workers
from coopfed.db.engine import Database
from coopfed.db.open import open_database
from coopfed.db.tx import Tx
from coopfed.errors import StorageError, Unavailable
from tests.support.nodes import NOW, FakeClock, a_config, a_node, environment

LEASE = limits.WORKER_LEASE_SECONDS * 1000
EACH = 20_000
_MINTING = """
import asyncio, sys
from tests.support.nodes import a_node

async def main(url):
    async with a_node(url) as node:
        print("ready", flush=True)
        sys.stdin.readline()
        print(*(node.minter.mint(None) for _ in range(int(sys.argv[2]))), flush=True)
        sys.stdin.readline()

asyncio.run(main(sys.argv[1]))
"""


@contextlib.asynccontextmanager
async def two_databases(url: str) -> AsyncIterator[tuple[Database, Database]]:
    """The same database opened twice, as two processes have it."""
    one, other = open_database(a_config(url)), open_database(a_config(url))
    try:
        yield one, other
    finally:
        await one.close()
        await other.close()


def held(tx: Tx) -> list[int]:
    """The numbers in the table."""
    return list(tx.execute(text("SELECT number FROM worker ORDER BY number")).scalars())


async def test_many_who_ask_at_once_get_a_number_each(database_url: str) -> None:
    """Design 3.10: two processes never mint the same."""
    async with two_databases(database_url) as databases:
        asked = (databases[index % 2].claim(workers.lease, f"t{index}", NOW, NOW + LEASE) for index in range(32))
        numbers = await asyncio.gather(*asked)

    assert sorted(numbers) == list(range(32))


async def test_the_sixty_fifth_process_is_told_what_to_do(database_url: str) -> None:
    """Six bits hold 64 numbers; a number must not be given twice instead."""
    async with two_databases(database_url) as (db, _):
        for index in range(limits.WORKERS):
            await db.claim(workers.lease, f"t{index}", NOW, NOW + LEASE)

        with pytest.raises(Unavailable, match="stop a process or wait"):
            await db.claim(workers.lease, "one too many", NOW + LEASE - 1, NOW + 2 * LEASE)

        assert await db.claim(workers.lease, "later", NOW + LEASE, NOW + 2 * LEASE) == 0


async def test_a_lease_that_was_given_back_is_free_at_once(database_url: str) -> None:
    """Security 2.2, *Graceful stop*: leases are released."""
    async with two_databases(database_url) as (one, other):
        number = await one.claim(workers.lease, "one", NOW, NOW + LEASE)

        await one.write(workers.release, number, "one")

        assert await other.claim(workers.lease, "other", NOW, NOW + LEASE) == number


async def test_nobody_gives_back_or_renews_what_is_not_theirs(database_url: str) -> None:
    """After a long sleep the number may be somebody else's."""
    async with two_databases(database_url) as (one, other):
        number = await one.claim(workers.lease, "one", NOW, NOW + LEASE)
        await other.claim(workers.lease, "other", NOW + LEASE, NOW + 2 * LEASE)

        renewed = await one.write(workers.renew, number, "one", NOW + 3 * LEASE)
        await one.write(workers.release, number, "one")

        assert renewed is False
        assert await one.read(held) == [number]


async def test_a_node_that_lost_its_number_takes_another(database_url: str) -> None:
    """A machine that slept for an hour mints under a number that nobody else has."""
    clock = FakeClock()
    async with a_node(database_url, clock=clock) as sleeper:
        first = sleeper.minter.worker
        clock.pass_(limits.WORKER_LEASE_SECONDS)
        async with a_node(database_url, clock=clock) as other:
            assert other.minter.worker == first

            await sleeper.renew_worker_number()

            assert sleeper.minter.worker != first


async def test_a_node_that_renews_in_time_keeps_its_number(database_url: str) -> None:
    """The lease is renewed while the process lives."""
    clock = FakeClock()
    async with a_node(database_url, clock=clock) as node:
        for _ in range(10):
            clock.pass_(limits.WORKER_LEASE_SECONDS / 5)
            await node.renew_worker_number()

        async with a_node(database_url, clock=clock) as other:
            assert other.minter.worker != node.minter.worker


async def test_renewing_outlives_a_database_that_refuses(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process whose renewals ended silently would share its number after five minutes."""
    monkeypatch.setattr(limits, "WORKER_LEASE_SECONDS", 0.01)
    renewals: list[bool] = []
    real = workers.renew

    def refused_at_first(tx: Tx, number: int, token: str, until: int) -> bool:
        renewals.append(len(renewals) > 2)
        if not renewals[-1]:
            raise StorageError("the disk is full")
        return real(tx, number, token, until)

    monkeypatch.setattr(workers, "renew", refused_at_first)
    async with asyncio.timeout(10):
        async with a_node(database_url, clock=FakeClock()) as node:
            while not any(renewals):
                await node.db.read(held)
                await asyncio.sleep(0)

    assert renewals[:4] == [False, False, False, True]


async def test_a_closed_node_holds_no_number(database_url: str) -> None:
    """Sixty-four short commands in five minutes must not use up the numbers."""
    for _ in range(3):
        async with a_node(database_url):
            pass

    async with a_node(database_url) as node:
        assert node.minter.worker == 0
        assert await node.db.read(held) == [0]


@pytest.mark.slow
async def test_two_processes_never_mint_the_same(database_url: str) -> None:
    """Research, *Two processes on one SQLite file*: without leases 39 equal ids came up in 3 seconds."""
    root = Path(__file__).parents[3]
    pipe = asyncio.subprocess.PIPE
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", _MINTING, database_url, str(EACH),
            cwd=root, env=environment(PYTHONPATH=str(root)), stdin=pipe, stdout=pipe, limit=2**24,
        )
        for _ in range(2)
    ]  # fmt: skip
    try:
        for process in processes:
            assert process.stdout is not None
            assert await process.stdout.readline() == b"ready\n"
        for process in processes:
            assert process.stdin is not None
            process.stdin.write(b"go\n")
        lines = await asyncio.gather(*(process.stdout.readline() for process in processes if process.stdout))
        for process in processes:
            await process.communicate(b"end\n")
    finally:
        for process in processes:
            if process.returncode is None:
                process.kill()
                await process.wait()

    minted = Counter(number for line in lines for number in line.split())
    assert minted.total() == 2 * EACH
    assert max(minted.values()) == 1
