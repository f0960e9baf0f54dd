"""Rows of blocks, and what a block ends. Units of work."""

from dataclasses import dataclass

from sqlalchemy import bindparam, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from actors.lookup import actor
from coopfed import limits
from coopfed.db.models import Block
from coopfed.db.tx import Tx, table
from coopfed.features import notifications, timelines

block = table(Block)
_COLUMNS = (block.c.actor_id, block.c.target_id, block.c.uri)
_BETWEEN = select(*_COLUMNS).where(block.c.actor_id == bindparam("blocker"), block.c.target_id == bindparam("blocked"))
_BY_URI = select(*_COLUMNS).where(block.c.uri == bindparam("uri")).limit(limits.READ_ROWS)
_INSERT = insert(block).on_conflict_do_nothing()
_SET_URI = (
    update(block)
    .where(block.c.actor_id == bindparam("blocker"), block.c.target_id == bindparam("blocked"))
    .values(uri=bindparam("new_uri"))
)
_DELETE = delete(block).where(block.c.actor_id == bindparam("blocker"), block.c.target_id == bindparam("blocked"))
_DELETE_ALL = delete(block).where(or_(block.c.actor_id == bindparam("who"), block.c.target_id == bindparam("who")))
_BLOCKED_BY = (
    select(block.c.target_id)
    .where(
        block.c.actor_id == bindparam("blocker"),
        block.c.target_id < bindparam("below"),
        block.c.target_id > bindparam("above"),
    )
    .order_by(block.c.target_id.desc())
    .limit(bindparam("count"))
)
_HOLD = update(actor).where(actor.c.id == bindparam("who")).values(followers_count=actor.c.followers_count)


@dataclass(frozen=True, slots=True)
class BlockRow:
    """A block: `uri` is the id of the Block activity, when one came or went."""

    actor_id: int
    target_id: int
    uri: str | None


def between(tx: Tx, blocker_id: int, blocked_id: int) -> BlockRow | None:
    """The block of one actor by another."""
    row = tx.execute(_BETWEEN, {"blocker": blocker_id, "blocked": blocked_id}).one_or_none()
    return None if row is None else BlockRow(*row)


def by_uri(tx: Tx, uri: str) -> list[BlockRow]:
    """The block that this Block activity made; several where neighbours on one host use the same id."""
    return [BlockRow(*row) for row in tx.execute(_BY_URI, {"uri": uri})]


def add(tx: Tx, blocker_id: int, blocked_id: int, uri: str | None, now: int) -> bool:
    """Stores the block; a newer id of its activity replaces the older. Whether it is new."""
    values = {"actor_id": blocker_id, "target_id": blocked_id, "uri": uri, "created_at": now}
    if tx.execute(_INSERT, values).rowcount == 1:
        return True
    if uri is not None:
        tx.execute(_SET_URI, {"blocker": blocker_id, "blocked": blocked_id, "new_uri": uri})
    return False


def remove(tx: Tx, blocker_id: int, blocked_id: int) -> bool:
    """Ends the block. Whether there was one."""
    return bool(tx.execute(_DELETE, {"blocker": blocker_id, "blocked": blocked_id}).rowcount)


def remove_all(tx: Tx, actor_id: int) -> None:
    """The actor is gone: nobody blocks it and it blocks nobody."""
    tx.execute(_DELETE_ALL, {"who": actor_id})


def blocked_by(tx: Tx, blocker_id: int, count: int, below: int | None, above: int) -> list[int]:
    """Numbers of those whom the actor blocks, below `below` and above `above`, the largest first."""
    stretch = {"below": below or limits.NUMBER_MAX, "above": above, "count": count}
    return list(tx.execute(_BLOCKED_BY, {"blocker": blocker_id, **stretch}).scalars())


def hold(tx: Tx, actor_id: int) -> None:
    """Writes the actor's row unchanged: a Follow that is granted at the same moment writes it too, so on PostgreSQL one of the
    two waits, runs again and sees the other."""
    tx.execute(_HOLD, {"who": actor_id})


def part(tx: Tx, one_id: int, other_id: int) -> None:
    """Takes what each brought to the other out of home timelines and notifications. What is not of this node has none."""
    for owner, stranger in ((one_id, other_id), (other_id, one_id)):
        timelines.remove_author(tx, owner, stranger)
        notifications.withdraw_from(tx, owner, stranger)
