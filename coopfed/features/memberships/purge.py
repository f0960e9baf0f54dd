"""The job `purge_actor`, for its part: an actor that is gone is a member of nothing, and nobody is one of it; some at a time."""

from coopfed.db.engine import Lane
from coopfed.db.tx import Tx
from coopfed.features.cooperatives import fields
from coopfed.features.memberships import invitations, store
from coopfed.node import Node, Stamp

_AT_ONCE = 100


async def purge_memberships(node: Node, actor_number: str) -> None:
    """Forgets all memberships in which the actor with this number is on either side, with what was signed of them."""
    await node.db.write(invitations.purge, int(actor_number), lane=Lane.BACK)
    while await node.db.write(_forget_some, int(actor_number), node.stamp(), lane=Lane.BACK):
        pass


def _forget_some(tx: Tx, actor_id: int, stamp: Stamp) -> int:
    numbers = store.some_of(tx, actor_id, _AT_ONCE)
    for number in numbers:
        row = store.by_id(tx, number)
        store.forget(tx, number)
        if row is not None:
            fields.refresh(tx, row.member_id, stamp)
    return len(numbers)
