"""Background work: what waits is no failure, what fails comes again later, and not for ever. Security research 2.2."""

import pytest

from coopfed import worker
from coopfed.db import jobs
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
