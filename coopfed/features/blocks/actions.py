"""What members do: block and unblock. The row, the end of both follows and what tells of it are stored in one write."""

from actors.lookup import ActorRow, by_ids
from coopfed.db.tx import Tx
from coopfed.errors import InvalidInput
from coopfed.features.blocks import store
from coopfed.features.follows import actions as follows
from coopfed.features.ranges import Range
from coopfed.node import Node, Stamp
from coopfed.vocab import build
from outbox.publish import publish
from outbox.withdraw import drop_waiting


async def block(node: Node, blocker: ActorRow, target: ActorRow) -> None:
    """Ends every dealing of one of our actors with another actor: no follow either way, nothing shown, nothing sent any more.

    What waits to be sent to the other is dropped; only the ends of the follows go to it, later those of older posts, and with
    the setting DELIVER_BLOCKS the Block itself. InvalidInput for oneself. Source: ActivityPub 6.9.
    """
    if not blocker.local:
        raise InvalidInput(f"@{blocker.acct} is not an actor of this node")
    if blocker.id == target.id:
        raise InvalidInput("an actor cannot block itself")
    await node.db.write(_block, blocker, target, node.config.deliver_blocks, node.stamp())


def _block(tx: Tx, blocker: ActorRow, target: ActorRow, told: bool, stamp: Stamp) -> None:
    if store.between(tx, blocker.id, target.id) is not None:
        return
    store.hold(tx, blocker.id)
    drop_waiting(tx, blocker, target)
    follows.end_both(tx, blocker, target, stamp)
    number = stamp.mint(None)
    uri = stamp.urls.activity(number)
    if told:
        publish(tx, stamp, blocker, number, build.block(uri, blocker.uri, target.uri), target.id)
    store.part(tx, blocker.id, target.id)
    # Last: a Block is not published to whom the author blocks.
    store.add(tx, blocker.id, target.id, uri if told else None, stamp.now)


async def unblock(node: Node, blocker: ActorRow, target: ActorRow) -> None:
    """Ends a block; the follows do not come back. Nothing happens when there is none. Source: ActivityPub 6.10."""
    await node.db.write(_unblock, blocker, target, node.stamp())


def _unblock(tx: Tx, blocker: ActorRow, target: ActorRow, stamp: Stamp) -> None:
    row = store.between(tx, blocker.id, target.id)
    if row is None:
        return
    store.remove(tx, blocker.id, target.id)
    if row.uri is not None:
        # Whoever was told of the block, is told of its end, whatever the setting says by now.
        number = stamp.mint(None)
        told = build.block(row.uri, blocker.uri, target.uri)
        publish(tx, stamp, blocker, number, build.undo(stamp.urls.activity(number), told), target.id)


def blocked(tx: Tx, blocker_id: int, stretch: Range) -> list[ActorRow]:
    """A page of those whom the actor blocks. A unit of work."""
    numbers = store.blocked_by(tx, blocker_id, stretch.limit, stretch.max_id, stretch.above)
    known = by_ids(tx, numbers)
    return [known[number] for number in numbers]
