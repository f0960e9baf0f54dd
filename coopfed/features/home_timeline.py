"""A home timeline as its owner reads it: the entries that `timelines` placed, as far as the owner may see them now.

What may be seen is asked for in the same statement that finds the entries, and the posts come with them: nobody asks twice.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, bindparam, exists, func, literal_column, or_, select

from actors.visibility import block, object_, peer, unmuted, visible
from coopfed import limits
from coopfed.db.clauses import lacks
from coopfed.db.rows import plain
from coopfed.db.tx import Tx
from coopfed.features.posts.store import COLUMNS, PostRow
from coopfed.features.ranges import Range
from coopfed.features.timelines import booster, list_member, reaction, reading_list, timeline_entry

_listed: Select[Any] = (
    select(literal_column("1"))
    .select_from(list_member)
    .join(reading_list, reading_list.c.id == list_member.c.list_id)
    .where(reading_list.c.actor_id == bindparam("viewer"), reading_list.c.exclusive)
)
_brought_by = func.coalesce(reaction.c.actor_id, object_.c.actor_id)
"""Whoever boosted the post into the timeline, else its author."""
_booster_is_welcome = lacks(
    exists(
        select(literal_column("1")).where(
            block.c.actor_id == bindparam("viewer"), block.c.target_id == reaction.c.actor_id
        )
    )
)
_booster_is_in = lacks(
    exists(
        select(literal_column("1"))
        .select_from(booster)
        .outerjoin(peer, and_(or_(peer.c.id == booster.c.host_id, peer.c.id == booster.c.peer_id), peer.c.blocked))
        .where(booster.c.id == reaction.c.actor_id, or_(booster.c.suspended, peer.c.id.is_not(None)))
    )
)
_HOME = (
    select(timeline_entry.c.entry_id, reaction.c.actor_id.label("booster_id"), *COLUMNS)
    .join(object_, object_.c.id == timeline_entry.c.object_id)
    # By the post too: a number that was minted for a past moment may, once in a while, be that of another post.
    .outerjoin(
        reaction,
        and_(reaction.c.id == timeline_entry.c.entry_id, reaction.c.object_id == timeline_entry.c.object_id),
    )
    .where(
        timeline_entry.c.owner_id == bindparam("viewer"),
        timeline_entry.c.entry_id < bindparam("below"),
        timeline_entry.c.entry_id > bindparam("above"),
        visible(),
        unmuted(object_.c.actor_id, reaction.c.actor_id),
        or_(lacks(exists(_listed)), lacks(exists(_listed.where(list_member.c.actor_id == _brought_by)))),
        or_(reaction.c.id.is_(None), and_(_booster_is_welcome, _booster_is_in)),
    )
    .limit(bindparam("count"))
)
_HOME_NEWEST = _HOME.order_by(timeline_entry.c.entry_id.desc())
_HOME_OLDEST = _HOME.order_by(timeline_entry.c.entry_id)


@dataclass(frozen=True, slots=True)
class Entry:
    """A post in a timeline: the entry's number, the post's, and that of the actor who boosted it (None: it came itself); `post` is the
    post where it was read with it, as the reader may see it."""

    id: int
    object_id: int
    booster_id: int | None
    post: PostRow | None = None


def read(tx: Tx, viewer_id: int, stretch: Range) -> list[Entry]:
    """What its owner may see of a home timeline, newest first, with the posts."""
    upwards = stretch.min_id is not None
    parameters = {
        "viewer": viewer_id,
        "below": stretch.max_id or limits.NUMBER_MAX,
        "above": stretch.above,
        "count": stretch.limit,
    }
    rows = plain(tx.execute(_HOME_OLDEST if upwards else _HOME_NEWEST, parameters))
    posts = [(row[0], row[1], PostRow(*row[2:])) for row in rows]
    found = [Entry(number, post.id, booster_id, post) for number, booster_id, post in posts]
    return found[::-1] if upwards else found
