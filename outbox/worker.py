"""The delivery loops: one for hosts that answer, a small one for hosts that failed lately.

A hanging host never delays a healthy one: it waits in the slow lane, with its own few connections. Memory is bounded by what
is in flight, not by what waits.
"""

import asyncio
import random

from actors.remote import CHECK_GONE
from coopfed import limits
from coopfed.db import jobs
from coopfed.db.models.traffic import DEAD, DONE, WAITING
from coopfed.db.signals import Topic
from coopfed.db.tx import Tx
from coopfed.errors import StorageError
from coopfed.net import peers
from coopfed.node import Node, Stamp
from coopfed.observe.logs import logger
from coopfed.observe.metrics import SENT
from outbox import queue
from outbox.deliver import Delivered, deliver
from outbox.queue import Due, HostWork, Outcome
from outbox.retry import MINUTE, Verdict, circuit, decide

_IDLE_SECONDS = 1.0
_GATHER_SECONDS = 0.003
_FIRST_WAIT_IN_DEVELOPMENT = 2.0

log = logger("delivery")


async def run(node: Node) -> None:
    """Delivers until the node stops; returns when what is in flight is recorded."""
    await asyncio.gather(
        _Loop(node, slow=False, in_flight=limits.DELIVERIES_IN_FLIGHT).run(),
        _Loop(node, slow=True, in_flight=limits.SLOW_LANE_IN_FLIGHT).run(),
    )


class _Loop:
    """One lane: claims as many hosts as it has free places, sends for each in a task of its own."""

    def __init__(self, node: Node, *, slow: bool, in_flight: int) -> None:
        self._node = node
        self._slow = slow
        self._places = in_flight
        self._turns = asyncio.Semaphore(in_flight)
        self._tasks: set[asyncio.Task[None]] = set()
        self._published = node.db.signals.listen(Topic.DELIVERIES)

    async def run(self) -> None:
        while not self._node.stopping:
            free = self._places - len(self._tasks)
            claimed = await self._claim(free) if free else []
            for work in claimed:
                task = asyncio.create_task(self._serve(work))
                self._tasks.add(task)
                task.add_done_callback(self._landed)
            if not claimed:
                await self._rest()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _claim(self, hosts: int) -> list[HostWork]:
        now = self._node.clock.now()
        until = now + self._node.clock.span(limits.LEASE_SECONDS)
        each = 1 if self._slow else limits.DELIVERIES_PER_CLAIM
        try:
            return await self._node.db.claim(queue.claim, now, until, self._slow, hosts, each)
        except StorageError as error:
            log.error("claim_failed", error=str(error))
            await asyncio.sleep(_IDLE_SECONDS)
            return []

    def _landed(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._published.wake()

    async def _rest(self) -> None:
        """Until something is published, a place gets free, or a retry may be due."""
        await self._published.wait(_IDLE_SECONDS)
        if self._tasks:
            # Under load places get free one by one: a claim for several costs as much as a claim for one.
            await asyncio.sleep(_GATHER_SECONDS)

    async def _serve(self, work: HostWork) -> None:
        try:
            await send_batch(self._node, work, self._turns)
        except StorageError as error:
            # Nothing recorded: the lease runs out and the batch is sent again; receivers know the ids.
            log.error("outcome_not_stored", host=work.host, error=str(error))


async def send_batch(node: Node, work: HostWork, turns: asyncio.Semaphore) -> None:
    """Sends a host's due deliveries, two at a time; after a failure of the host the rest of the batch waits.

    `turns` bounds what is in flight to all hosts: those are the deliveries that a crash repeats.
    """
    sender = _Sender(node, work)
    waiting = iter(work.due)
    # Nothing is begun in the second half of the lease: at its end others may send for this host.
    until = node.clock.now() + node.clock.span(limits.LEASE_SECONDS / 2)

    async def lane() -> None:
        for due in waiting:
            async with turns:
                if sender.failures or node.stopping or node.clock.now() >= until:
                    return
                await sender.send(due)

    await asyncio.gather(*(lane() for _ in range(limits.DELIVERIES_PER_HOST)))
    await sender.finish()


class _Sender:
    """The outcomes of one batch as they come in."""

    def __init__(self, node: Node, work: HostWork) -> None:
        self._node = node
        self._work = work
        self._outcomes: list[Outcome] = []
        self._records: list[asyncio.Future[None]] = []
        self._scheme = work.scheme
        self.failures = 0

    async def send(self, due: Due) -> None:
        delivered = await deliver(self._node, due, self._scheme)
        self._scheme = delivered.scheme or self._scheme
        if delivered.answer.host_failed:
            self.failures = self._work.failures + 1
        outcome = self._outcome(due, delivered)
        self._outcomes.append(outcome)
        # Not awaited here: the host's next delivery does not wait for the disk.
        stored = self._node.db.write_batched(queue.record, (outcome, self._node.clock.now()))
        self._records.append(asyncio.ensure_future(stored))

    def _outcome(self, due: Due, delivered: Delivered) -> Outcome:
        answer, node = delivered.answer, self._node
        first_wait = _FIRST_WAIT_IN_DEVELOPMENT if node.config.development else MINUTE
        decision = decide(due.attempts + 1, answer, random.random(), first_wait=first_wait)
        state = {Verdict.DONE: DONE, Verdict.AGAIN: WAITING, Verdict.GIVEN_UP: DEAD}[decision.verdict]
        node.meters.count(SENT, decision.verdict.value)
        log.info(
            "delivered" if state == DONE else "delivery_failed",
            activity=due.activity_id,
            host=self._work.host,
            tries=due.attempts + 1,
            status=answer.status,
            outcome=decision.verdict.value,
            reason=answer.error,
        )
        due_at = node.clock.now() + node.clock.span(decision.wait)
        return Outcome(due, state, due_at, answer.status, answer.error)

    async def finish(self) -> None:
        """Gives the lane back when all outcomes are stored."""
        await asyncio.gather(*self._records)
        node, work, now = self._node, self._work, self._node.clock.now()
        pause = circuit(self.failures)
        open_until = now + node.clock.span(pause) if pause else 0
        gone = [outcome.due.inbox for outcome in self._outcomes if outcome.status == 410]
        await node.db.claim(_finish, work, self._outcomes, self.failures, open_until, self._scheme, gone, node.stamp())
        if pause:
            log.warning("circuit_open", host=work.host, failures=self.failures, seconds=pause)
        if self.failures or work.failures or self._scheme != work.scheme:
            node.memory.peers.drop(work.host)


def _finish(
    tx: Tx,
    work: HostWork,
    outcomes: list[Outcome],
    failures: int,
    open_until: int,
    scheme: str,
    gone: list[str],
    stamp: Stamp,
) -> None:
    queue.release(tx, work, outcomes, failures, open_until, stamp.now)
    if scheme != work.scheme:
        peers.learn_scheme(tx, work.host, scheme, stamp.now)
    for inbox in gone:
        # 410: perhaps the actor is gone. What must climb to another floor goes up as a job.
        jobs.enqueue(tx, stamp.mint(None), CHECK_GONE, inbox, stamp.now)
