"""The job `purge_actor`, for its part: what an actor that is gone did to the posts of others is taken back, some at a time."""

from coopfed.db.engine import Lane
from coopfed.db.tx import Tx
from coopfed.features.reactions import store
from coopfed.features.reactions.undo import end
from coopfed.node import Node

_AT_ONCE = 50


async def purge_reactions(node: Node, actor_number: str) -> None:
    """Takes back all reactions of the actor with this number."""
    while await node.db.write(_end_some, int(actor_number), lane=Lane.BACK):
        pass


def _end_some(tx: Tx, actor_id: int) -> int:
    rows = store.some_of(tx, actor_id, _AT_ONCE)
    for row in rows:
        end(tx, row)
    return len(rows)
