"""The job `purge_actor`, for its part: what an actor that is gone brought along, and the archives of it."""

from coopfed.db.engine import Lane
from coopfed.features.portability import archives, store
from coopfed.node import Node


async def purge_carried(node: Node, actor_number: str) -> None:
    """Nothing of either stays, on the disk neither."""
    await node.db.write(store.purge, int(actor_number), lane=Lane.BACK)
    await archives.purge(node, int(actor_number))
