"""Background work: what waits is no failure, what fails comes again later, and not for ever. Security research 2.2."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from coopfed import limits, worker
from coopfed.db import jobs
from coopfed.db.tx import Tx
from coopfed.errors import FetchError, Unavailable
from coopfed.node import Node
from tests.support.nodes import FakeClock, a_node


async def _rounds(node: Node, clock: FakeClock, count: int, seconds: float) -> int:
    """How many of so many rounds, each so many seconds after the last, had the job in hand."""
    done = 0
    for _ in range(count):
        clock.pass_(seconds)
        now = clock.now()
        for job in await node.db.claim(jobs.claim, now, now + 60_000, 1):
            await worker.run_job(node, job)
            done += 1
    return done


async def test_a_job_that_waits_for_something_is_not_given_up(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """New keys wait until every peer has them, up to a day: three hundred looks five minutes apart are not failed tries."""

    async def not_yet(_node: Node, _key: str) -> None:
        raise Unavailable("not yet", retry_after=300)

    monkeypatch.setitem(worker.JOBS, "waits", not_yet)
    clock = FakeClock()
    async with a_node(database_url, clock=clock) as node:
        await node.db.write(jobs.enqueue, 1, "waits", "key", clock.now())

        assert await _rounds(node, clock, 2 * jobs.TRIES, 301) == 2 * jobs.TRIES


async def test_a_job_that_fails_comes_later_each_time_and_is_given_up(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The operator reads the reason in the log; the row goes after eight tries."""

    async def fails(_node: Node, _key: str) -> None:
        raise FetchError("no answer")

    monkeypatch.setitem(worker.JOBS, "fails", fails)
    clock = FakeClock()
    async with a_node(database_url, clock=clock) as node:
        await node.db.write(jobs.enqueue, 1, "fails", "key", clock.now())

        assert await _rounds(node, clock, 5, 61) < 5
        assert await _rounds(node, clock, 50, 60 * 4**8) == jobs.TRIES - 2


LEASE = float(limits.JOB_LEASE_SECONDS)


@contextlib.asynccontextmanager
async def _two(database_url: str, clock: FakeClock) -> AsyncIterator[tuple[Node, Node]]:
    """Two processes that share a database."""
    async with a_node(database_url, clock=clock) as one, a_node(database_url, clock=clock) as other:
        yield one, other


async def _claimed(node: Node) -> list[jobs.Claimed]:
    now = node.clock.now()
    return await node.db.claim(jobs.claim, now, now + limits.JOB_LEASE_SECONDS * 1000, 8)


async def test_a_job_that_takes_longer_than_its_lease_is_not_begun_again(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Security 2.2, *Lease, not pop*: whoever has it in hand renews the lease."""
    over, runs = asyncio.Event(), 0

    async def long(_node: Node, _key: str) -> None:
        nonlocal runs
        runs += 1
        await over.wait()

    monkeypatch.setitem(worker.JOBS, "long", long)
    clock = FakeClock()
    async with _two(database_url, clock) as (one, other):
        await one.db.write(jobs.enqueue, 1, "long", "key", clock.now())
        [job] = await _claimed(one)
        hand = {job: asyncio.create_task(worker.run_job(one, job))}

        for _ in range(5):
            clock.pass_(0.9 * LEASE)
            await worker.renew_leases(one, hand)
            assert await _claimed(other) == []

        over.set()
        await hand[job]
        clock.pass_(2 * LEASE)
        assert await _claimed(other) == []
    assert runs == 1


async def test_a_job_ends_in_the_process_that_lost_it(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that slept wakes up in the middle of a job that another one does by now: it ends there, and what became of it is
    said by the other."""
    began = asyncio.Event()

    async def long(_node: Node, _key: str) -> None:
        began.set()
        await asyncio.Event().wait()

    monkeypatch.setitem(worker.JOBS, "long", long)
    clock = FakeClock()
    async with _two(database_url, clock) as (sleeper, other):
        await sleeper.db.write(jobs.enqueue, 1, "long", "key", clock.now())
        [job] = await _claimed(sleeper)
        hand = {job: asyncio.create_task(worker.run_job(sleeper, job))}
        await began.wait()
        clock.pass_(LEASE)
        [taken] = await _claimed(other)

        await worker.renew_leases(sleeper, hand)

        await asyncio.gather(hand[job], return_exceptions=True)
        assert hand[job].cancelled()
        assert await other.db.write(jobs.renew, [taken], clock.now() + 1) == {taken}


async def test_the_worker_renews_what_it_has_in_hand(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop itself: after five renewals, each at the end of a lease, the job has begun once."""
    monkeypatch.setattr(limits, "JOB_LEASE_SECONDS", 0.05)
    clock, over = FakeClock(), asyncio.Event()
    runs, renewals = 0, 0
    renewed = jobs.renew

    async def long(_node: Node, _key: str) -> None:
        nonlocal runs
        runs += 1
        await over.wait()

    def renew(tx: Tx, claimed: list[jobs.Claimed], until: int) -> set[jobs.Claimed]:
        nonlocal renewals
        held = renewed(tx, claimed, until)
        clock.pass_(0.045)
        renewals += 1
        if renewals >= 5:
            over.set()
        return held

    monkeypatch.setitem(worker.JOBS, "long", long)
    monkeypatch.setattr(jobs, "renew", renew)
    async with a_node(database_url, clock=clock) as node:
        await node.db.write(jobs.enqueue, 1, "long", "key", clock.now())
        working = asyncio.create_task(worker.run(node))
        async with asyncio.timeout(20):
            await over.wait()
        node.stopping = True
        node.db.signals.wake_all()
        await working

    assert runs == 1
