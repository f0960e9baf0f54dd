"""The loop that processes arrivals: claims lanes, runs each in a task of its own, item after item."""

import asyncio

from coopfed import limits
from coopfed.db.signals import Topic
from coopfed.errors import StorageError
from coopfed.node import Node
from coopfed.observe.logs import logger
from inbox import queue
from inbox.process import process
from inbox.queue import Lane

_IDLE_SECONDS = 1.0
_GATHER_SECONDS = 0.003

log = logger("inbox")


async def run(node: Node) -> None:
    """Processes until the node stops; returns when the items in hand are done and their lanes given back."""
    tasks: set[asyncio.Task[None]] = set()
    arrivals = node.db.signals.listen(Topic.ARRIVALS)

    def landed(task: asyncio.Task[None]) -> None:
        tasks.discard(task)
        arrivals.wake()

    while not node.stopping:
        free = limits.INBOX_LANES - len(tasks)
        claimed = await _claim(node, free) if free else []
        for lane in claimed:
            task = asyncio.create_task(_serve(node, lane))
            tasks.add(task)
            task.add_done_callback(landed)
        if not claimed:
            await arrivals.wait(_IDLE_SECONDS)
            if tasks:
                # Under load places get free one by one: a claim for several costs as much as a claim for one.
                await asyncio.sleep(_GATHER_SECONDS)
    await asyncio.gather(*tasks, return_exceptions=True)


async def _claim(node: Node, lanes: int) -> list[Lane]:
    now = node.clock.now()
    until = now + node.clock.span(limits.LEASE_SECONDS)
    try:
        return await node.db.claim(queue.claim, now, until, lanes, limits.INBOX_LANE_ITEMS)
    except StorageError as error:
        log.error("claim_failed", error=str(error))
        await asyncio.sleep(_IDLE_SECONDS)
        return []


async def _serve(node: Node, lane: Lane) -> None:
    # What may take long is begun in the first half of the lease only: afterwards others may take the lane.
    until = node.clock.now() + node.clock.span(limits.LEASE_SECONDS / 2)
    try:
        for item in lane.items:
            if node.stopping or node.clock.now() >= until:
                break
            await process(node, item)
        await node.db.claim(queue.release, lane, node.clock.now())
    except StorageError as error:
        # Nothing of the item in hand was stored: the lease runs out and it is processed again.
        log.error("outcome_not_stored", signer=lane.signer_id, error=str(error))
