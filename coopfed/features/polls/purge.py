"""The job `purge_actor`, for its part: what an actor that is gone chose in polls is forgotten, some at a time."""

from coopfed.db.engine import Lane
from coopfed.db.tx import Tx
from coopfed.features.polls import store
from coopfed.features.polls.results import tell_later
from coopfed.features.posts import polls
from coopfed.features.posts import store as posts
from coopfed.node import Node, Stamp

_AT_ONCE = 50


async def purge_votes(node: Node, actor_number: str) -> None:
    """Takes back all votes of the actor with this number; polls that are over keep their result."""
    while await node.db.write(_take_some_back, int(actor_number), node.stamp(), lane=Lane.BACK):
        pass


def _take_some_back(tx: Tx, actor_id: int, stamp: Stamp) -> int:
    numbers = store.some_of(tx, actor_id, _AT_ONCE)
    for number in numbers:
        held, post = polls.held(tx, number), posts.by_id(tx, number)
        if held is not None and post is not None:
            # What others count is theirs to tell.
            store.take_back(tx, held, actor_id, uncount=post.local)
            if post.local:
                tell_later(tx, held, stamp)
    return len(numbers)
