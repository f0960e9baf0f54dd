"""The job that computes trends, every quarter of an hour."""

from coopfed import limits
from coopfed.db import jobs
from coopfed.db.engine import Lane
from coopfed.db.tx import Tx
from coopfed.features.trends import store
from coopfed.node import Node, Stamp

COMPUTE_TRENDS = "compute_trends"


async def compute_trends(node: Node, _key: str) -> None:
    """The job `compute_trends` (key: its turn): replaces the trends, and leaves the job of the next turn."""
    await node.db.write(plan, node.stamp(), lane=Lane.BACK)
    now = node.clock.now()
    found = await node.db.read_long(store.computed, now)
    await node.db.write(store.replace, found, now, lane=Lane.BACK)


def plan(tx: Tx, stamp: Stamp) -> None:
    """Leaves the job of the coming turn, once. A unit of work."""
    every = stamp.clock.span(limits.TRENDS_SECONDS)
    turn = stamp.now // every + 1
    jobs.enqueue(tx, stamp.mint(None), COMPUTE_TRENDS, str(turn), turn * every)
