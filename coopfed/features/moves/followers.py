"""The job `move_followers`: our followers of an actor that moved follow it to where it went, some at a time."""

from actors.lookup import ActorRow, by_id, by_ids
from coopfed.db.engine import Lane
from coopfed.db.tx import Tx
from coopfed.features.follows import actions as follows
from coopfed.features.follows import store as follow_store
from coopfed.features.moves import store
from coopfed.node import Node, Stamp

MOVE_FOLLOWERS = "move_followers"
_AT_ONCE = 20


def job_key(old_id: int, target_id: int) -> str:
    """The job's key for a move."""
    return f"{old_id} {target_id}"


async def move_followers(node: Node, key: str) -> None:
    """Moves them all. What is done before a crash is not done again."""
    old_id, target_id = map(int, key.split())
    while await node.db.write(_move_some, old_id, target_id, node.stamp(), lane=Lane.BACK):
        pass


def _move_some(tx: Tx, old_id: int, target_id: int, stamp: Stamp) -> int:
    old, target = by_id(tx, old_id), by_id(tx, target_id)
    if old is None or target is None or target.gone_at is not None or old.moved_to != target.uri:
        # Somebody came back, or is gone, before everybody had followed.
        return 0
    numbers = store.followers_here(tx, old_id, _AT_ONCE)
    for follower in by_ids(tx, numbers).values():
        _move(tx, follower, old, target, stamp)
    return len(numbers)


def _move(tx: Tx, follower: ActorRow, old: ActorRow, target: ActorRow, stamp: Stamp) -> None:
    """The new follow goes out before the old one ends; the home timeline keeps what it has, and nobody is told."""
    parted = follow_store.blocks(tx, follower.id, target.id) or follow_store.blocks(tx, target.id, follower.id)
    if follower.id != target.id and not parted:
        follows.ask(tx, follower, target, stamp)
    follows.leave(tx, follower, old, stamp)
