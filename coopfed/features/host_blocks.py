"""Hosts of which an actor of ours wants to see nothing, whatever the others on this node do. What may be seen is asked in
`actors.visibility`.
"""

from sqlalchemy import bindparam, delete, func, literal_column, or_, select
from sqlalchemy.dialects.postgresql import insert

from actors.lookup import ActorRow, actor, by_ids
from actors.visibility import follow, host_block, peer
from coopfed import limits
from coopfed.db.tx import Tx
from coopfed.errors import InvalidInput
from coopfed.features.follows.actions import end_both
from coopfed.net.hosts import written_host
from coopfed.node import Node, Stamp

_AT_ONCE = 50

_mine = host_block.c.actor_id == bindparam("who")
_COUNT = select(func.count()).select_from(host_block).where(_mine, host_block.c.host != bindparam("which"))
_ADD = insert(host_block).on_conflict_do_nothing()
_REMOVE = delete(host_block).where(_mine, host_block.c.host == bindparam("which"))
_LIST = (
    select(host_block.c.id, host_block.c.host)
    .where(_mine, host_block.c.id < bindparam("below"), host_block.c.id > bindparam("above"))
    .order_by(host_block.c.id.desc())
    .limit(bindparam("count"))
)
_DEALINGS = (
    select(actor.c.id)
    .outerjoin(peer, peer.c.id == actor.c.host_id)
    .where(
        ~actor.c.local,
        or_(actor.c.handle_host == bindparam("which"), peer.c.host == bindparam("which")),
        or_(
            actor.c.id.in_(select(follow.c.follower_id).where(follow.c.followed_id == bindparam("who"))),
            actor.c.id.in_(select(follow.c.followed_id).where(follow.c.follower_id == bindparam("who"))),
        ),
    )
    .limit(literal_column(str(_AT_ONCE)))
)


async def shut_out(node: Node, whose: ActorRow, written: str) -> None:
    """Shuts out a host: follows end both ways, some at a time, and nothing of it is shown unasked. InvalidInput for what is no other
    host, and when there are too many. Source: Mastodon *domain_blocks*."""
    host = written_host(written)
    if host in (node.config.handle_domain, node.config.authority):
        raise InvalidInput("Validation failed: an actor cannot shut out its own host")
    await node.db.write(_add, whose.id, host, node.stamp())
    while await node.db.write(_end_some, whose, host, node.stamp()):
        pass


def _add(tx: Tx, actor_id: int, host: str, stamp: Stamp) -> None:
    if int(tx.execute(_COUNT, {"who": actor_id, "which": host}).scalar_one()) >= limits.HOST_BLOCKS:
        raise InvalidInput(f"Validation failed: {limits.HOST_BLOCKS} hosts are shut out already")
    tx.execute(_ADD, {"id": stamp.mint(None), "actor_id": actor_id, "host": host})


def _end_some(tx: Tx, whose: ActorRow, host: str, stamp: Stamp) -> int:
    found = by_ids(tx, list(tx.execute(_DEALINGS, {"who": whose.id, "which": host}).scalars()))
    for other in found.values():
        end_both(tx, whose, other, stamp)
    return len(found)


async def let_back(node: Node, whose: ActorRow, written: str) -> None:
    """Shuts a host out no more; the follows do not come back. InvalidInput for what is no host."""
    await node.db.write(_remove, whose.id, written_host(written))


def _remove(tx: Tx, actor_id: int, host: str) -> None:
    tx.execute(_REMOVE, {"who": actor_id, "which": host})


def listed(tx: Tx, actor_id: int, count: int, below: int | None, above: int) -> list[tuple[int, str]]:
    """The hosts that an actor shuts out, the last first: (cursor, host), with cursors below `below` and above `above`. A unit of work."""
    stretch = {"below": below or limits.NUMBER_MAX, "above": above, "count": count}
    return [(row[0], row[1]) for row in tx.execute(_LIST, {"who": actor_id, **stretch})]
