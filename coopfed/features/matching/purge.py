"""The job `purge_actor`, for its part: nothing is remembered of the matches of an actor that is gone."""

from coopfed.db.engine import Lane
from coopfed.features.matching import store
from coopfed.node import Node


async def purge_matches(node: Node, actor_number: str) -> None:
    """Nothing of them stays."""
    await node.db.write(store.purge, int(actor_number), lane=Lane.BACK)
