"""What members do: mute and unmute. And the job `end_mute`, for what was muted for a time."""

from actors.lookup import ActorRow, by_ids
from coopfed import limits
from coopfed.db import jobs
from coopfed.db.tx import Tx
from coopfed.errors import InvalidInput
from coopfed.features.mutes import store
from coopfed.features.mutes.store import MuteRow
from coopfed.features.ranges import Range
from coopfed.node import Node, Stamp

END_MUTE = "end_mute"


async def mute(node: Node, muter: ActorRow, target: ActorRow, *, notifications: bool = True, seconds: int = 0) -> None:
    """Takes another actor out of what one of ours is shown: home timeline, threads, hashtags, and notifications unless they are
    wanted all the same. Follows stay, and nothing is sent. For so many seconds, or with 0 until it is taken back.

    InvalidInput for oneself, and for a time that is none.
    """
    if not muter.local:
        raise InvalidInput(f"@{muter.acct} is not an actor of this node")
    if muter.id == target.id:
        raise InvalidInput("an actor cannot mute itself")
    if not 0 <= seconds <= limits.MUTE_SECONDS:
        raise InvalidInput(f"duration must be between 0 (for ever) and {limits.MUTE_SECONDS} seconds")
    await node.db.write(_mute, muter.id, target.id, notifications, seconds, node.stamp())


def _mute(tx: Tx, muter_id: int, target_id: int, notifications: bool, seconds: int, stamp: Stamp) -> None:
    ends_at = stamp.now + seconds * 1000 if seconds else None
    store.put(tx, MuteRow(muter_id, target_id, notifications, ends_at), stamp.now)
    if ends_at is not None:
        jobs.enqueue(tx, stamp.mint(None), END_MUTE, f"{muter_id} {target_id} {ends_at}", ends_at)


async def unmute(node: Node, muter: ActorRow, target: ActorRow) -> None:
    """Ends a mute. Nothing happens when there is none."""
    await node.db.write(store.remove, muter.id, target.id)


async def end_mute(node: Node, key: str) -> None:
    """The job `end_mute` (key: the numbers of who muted whom, and until when). A mute that was made longer since has its own."""
    muter_id, muted_id, _ends_at = map(int, key.split())
    await node.db.write(store.end, muter_id, muted_id, node.clock.now())


def muted(tx: Tx, muter_id: int, stretch: Range) -> list[tuple[ActorRow, MuteRow]]:
    """A page of those whom the actor mutes. A unit of work."""
    rows = store.muted_by(tx, muter_id, stretch.limit, stretch.max_id, stretch.above)
    known = by_ids(tx, [row.target_id for row in rows])
    return [(known[row.target_id], row) for row in rows if row.target_id in known]
