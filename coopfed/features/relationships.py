"""What stands between an actor of ours and others: all of it for a page of people in one statement. A unit of work."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Exists, FromClause, and_, bindparam, exists, literal_column, select

from actors.lookup import actor
from actors.visibility import block, shut_out
from coopfed.db.rows import plain
from coopfed.db.tx import Tx
from coopfed.features.endorsements import endorsement
from coopfed.features.follows.store import FollowRow, columns_of, follow
from coopfed.features.mutes.store import COLUMNS as MUTE_COLUMNS
from coopfed.features.mutes.store import MuteRow, mute
from coopfed.features.notes import actor_note


@dataclass(frozen=True, slots=True)
class Between:
    """What stands between the acting actor and another one: the follows, the mute of the other, who of the two blocks, whether
    the host of the other is shut out, and what the acting actor thinks of the other."""

    following: FollowRow | None
    followed_by: FollowRow | None
    mute: MuteRow | None
    blocking: bool
    blocked_by: bool
    shut_out: bool
    endorsed: bool
    note: str


_mine: ColumnElement[int] = bindparam("mine")
mine, theirs = follow.alias("mine"), follow.alias("theirs")


def _there(table: FromClause, one: ColumnElement[int], other: ColumnElement[int]) -> Exists:
    return exists(select(literal_column("1")).where(table.c.actor_id == one, table.c.target_id == other))


_BETWEEN = (
    select(
        actor.c.id,
        *columns_of(mine),
        *columns_of(theirs),
        *MUTE_COLUMNS,
        _there(block, _mine, actor.c.id).label("is_blocking"),
        _there(block, actor.c.id, _mine).label("is_blocked_by"),
        shut_out(_mine, actor.c.id).label("is_shut_out"),
        _there(endorsement, _mine, actor.c.id).label("is_endorsed"),
        actor_note.c.text,
    )
    .outerjoin(mine, and_(mine.c.follower_id == _mine, mine.c.followed_id == actor.c.id))
    .outerjoin(theirs, and_(theirs.c.follower_id == actor.c.id, theirs.c.followed_id == _mine))
    .outerjoin(mute, and_(mute.c.actor_id == _mine, mute.c.target_id == actor.c.id))
    .outerjoin(actor_note, and_(actor_note.c.actor_id == _mine, actor_note.c.target_id == actor.c.id))
    .where(actor.c.id.in_(bindparam("ids", expanding=True)))
)
_FOLLOW, _MUTE = len(columns_of(mine)), len(MUTE_COLUMNS)


def between(tx: Tx, actor_id: int, others: list[int]) -> dict[int, Between]:
    """What stands between the actor and each of these that is known here."""
    rows = plain(tx.execute(_BETWEEN, {"mine": actor_id, "ids": others})) if others else ()
    return {row[0]: _between(row[1:]) for row in rows}


def _between(row: tuple[object, ...]) -> Between:
    out, back = row[:_FOLLOW], row[_FOLLOW : 2 * _FOLLOW]
    muted = row[2 * _FOLLOW : 2 * _FOLLOW + _MUTE]
    blocking, blocked_by, shut, endorsed, note = row[2 * _FOLLOW + _MUTE :]
    return Between(
        FollowRow(*out) if out[0] is not None else None,  # type: ignore[arg-type]  # columns in the order of its fields
        FollowRow(*back) if back[0] is not None else None,  # type: ignore[arg-type]
        MuteRow(*muted) if muted[0] is not None else None,  # type: ignore[arg-type]
        bool(blocking),
        bool(blocked_by),
        bool(shut),
        bool(endorsed),
        str(note or ""),
    )
