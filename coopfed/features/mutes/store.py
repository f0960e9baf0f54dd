"""Rows of mutes. Units of work."""

from dataclasses import dataclass

from sqlalchemy import bindparam, delete, or_, select
from sqlalchemy.dialects.postgresql import insert

from coopfed import limits
from coopfed.db.models import Mute
from coopfed.db.tx import Tx, table

mute = table(Mute)
COLUMNS = (mute.c.actor_id, mute.c.target_id, mute.c.notifications, mute.c.ends_at)
_BETWEEN = select(*COLUMNS).where(mute.c.actor_id == bindparam("muter"), mute.c.target_id == bindparam("muted"))
_MUTED_AMONG = select(mute.c.target_id).where(
    mute.c.actor_id == bindparam("muter"), mute.c.target_id.in_(bindparam("ids", expanding=True))
)
_PUT = insert(mute)
_PUT = _PUT.on_conflict_do_update(
    index_elements=["actor_id", "target_id"],
    set_={"notifications": _PUT.excluded.notifications, "ends_at": _PUT.excluded.ends_at},
)
_DELETE = delete(mute).where(mute.c.actor_id == bindparam("muter"), mute.c.target_id == bindparam("muted"))
_END = _DELETE.where(mute.c.ends_at <= bindparam("now"))
_DELETE_ALL = delete(mute).where(or_(mute.c.actor_id == bindparam("who"), mute.c.target_id == bindparam("who")))
_MUTED_BY = (
    select(*COLUMNS)
    .where(
        mute.c.actor_id == bindparam("muter"),
        mute.c.target_id < bindparam("below"),
        mute.c.target_id > bindparam("above"),
    )
    .order_by(mute.c.target_id.desc())
    .limit(bindparam("count"))
)


@dataclass(frozen=True, slots=True)
class MuteRow:
    """A mute: whether of notifications too, and when it ends (milliseconds; None: not by itself)."""

    actor_id: int
    target_id: int
    notifications: bool
    ends_at: int | None


def between(tx: Tx, muter_id: int, muted_id: int) -> MuteRow | None:
    """The mute of one actor by another."""
    row = tx.execute(_BETWEEN, {"muter": muter_id, "muted": muted_id}).one_or_none()
    return None if row is None else MuteRow(*row)


def muted_among(tx: Tx, muter_id: int, ids: list[int]) -> set[int]:
    """Those of the actors whom this one mutes."""
    return set(tx.execute(_MUTED_AMONG, {"muter": muter_id, "ids": ids}).scalars()) if ids else set()


def put(tx: Tx, row: MuteRow, now: int) -> None:
    """Stores the mute in place of an earlier one."""
    found = {"actor_id": row.actor_id, "target_id": row.target_id, "notifications": row.notifications}
    tx.execute(_PUT, {**found, "ends_at": row.ends_at, "created_at": now})


def remove(tx: Tx, muter_id: int, muted_id: int) -> None:
    """Ends the mute, if there is one."""
    tx.execute(_DELETE, {"muter": muter_id, "muted": muted_id})


def end(tx: Tx, muter_id: int, muted_id: int, now: int) -> None:
    """Ends the mute, if its time is over."""
    tx.execute(_END, {"muter": muter_id, "muted": muted_id, "now": now})


def remove_all(tx: Tx, actor_id: int) -> None:
    """The actor is gone: nobody mutes it and it mutes nobody."""
    tx.execute(_DELETE_ALL, {"who": actor_id})


def muted_by(tx: Tx, muter_id: int, count: int, below: int | None, above: int) -> list[MuteRow]:
    """Whom the actor mutes, with numbers below `below` and above `above`, the largest first."""
    stretch = {"below": below or limits.NUMBER_MAX, "above": above, "count": count}
    return [MuteRow(*row) for row in tx.execute(_MUTED_BY, {"muter": muter_id, **stretch})]
