"""The job `purge_actor`: the posts of an actor that is gone become tombstones, some at a time."""

from coopfed.db.engine import Lane
from coopfed.db.tx import Tx
from coopfed.features import notifications, timelines
from coopfed.features.posts import store
from coopfed.node import Node

_AT_ONCE = 50


async def purge_actor(node: Node, actor_number: str) -> None:
    """Wipes all posts of the actor with this number."""
    while await node.db.write(_wipe_some, int(actor_number), node.clock.now(), lane=Lane.BACK):
        pass


def _wipe_some(tx: Tx, actor_id: int, now: int) -> int:
    numbers = store.some_of(tx, actor_id, _AT_ONCE)
    for number in numbers:
        post = store.by_id(tx, number)
        if post is not None:
            store.wipe(tx, post, now)
            timelines.remove_object(tx, number)
            notifications.withdraw_post(tx, number)
    return len(numbers)
