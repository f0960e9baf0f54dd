"""What stands in a list: posts and boosts of its members, newest first. A list is read through its members; it has no rows of its own.

Source: client_api research 1; Mastodon's `replies_policy`.
"""

from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, exists, literal_column, or_, select, union_all

from actors.visibility import follow, object_, unmuted, visible
from coopfed import limits
from coopfed.db.tx import Tx
from coopfed.features.home_timeline import Entry
from coopfed.features.lists.store import ListRow, Replies, list_member
from coopfed.features.ranges import Range
from coopfed.features.timelines import reaction

_one: ColumnElement[int] = literal_column("1")
answered, fellow = object_.alias("answered_in_list"), list_member.alias("fellow")
_members = select(list_member.c.actor_id).where(list_member.c.list_id == bindparam("which"))
_by_member = exists(
    select(_one).where(fellow.c.list_id == bindparam("which"), fellow.c.actor_id == answered.c.actor_id)
)
_by_followed = exists(
    select(_one).where(
        follow.c.follower_id == bindparam("viewer"),
        follow.c.followed_id == answered.c.actor_id,
        follow.c.state == literal_column("'accepted'"),
    )
)


def _answers(whom: ColumnElement[bool]) -> ColumnElement[bool]:
    """No answer, one to its own author or to the reader, or one to whom the policy lets through."""
    return or_(
        object_.c.in_reply_to.is_(None),
        exists(
            select(_one).where(
                answered.c.id == object_.c.in_reply_to_id,
                or_(answered.c.actor_id == object_.c.actor_id, answered.c.actor_id == bindparam("viewer"), whom),
            )
        ),
    )


_POLICIES: dict[str, ColumnElement[bool]] = {
    Replies.FOLLOWED: _answers(_by_followed),
    Replies.LIST: _answers(_by_member),
    Replies.NONE: or_(
        object_.c.in_reply_to.is_(None),
        exists(
            select(_one).where(answered.c.id == object_.c.in_reply_to_id, answered.c.actor_id == object_.c.actor_id)
        ),
    ),
}


def _entries(policy: ColumnElement[bool], *, upwards: bool) -> Select[Any]:
    posts = select(
        object_.c.id.label("entry_id"), object_.c.id.label("object_id"), literal_column("0").label("booster_id")
    ).where(
        object_.c.actor_id.in_(_members),
        object_.c.id < bindparam("below"),
        object_.c.id > bindparam("above"),
        object_.c.visibility != literal_column("'direct'"),
        policy,
        visible(),
        unmuted(object_.c.actor_id),
    )
    boosts = (
        select(reaction.c.id, reaction.c.object_id, reaction.c.actor_id)
        .join(object_, object_.c.id == reaction.c.object_id)
        .where(
            reaction.c.actor_id.in_(_members),
            reaction.c.kind == literal_column("'announce'"),
            reaction.c.id < bindparam("below"),
            reaction.c.id > bindparam("above"),
            reaction.c.visibility != literal_column("'direct'"),
            visible(),
            unmuted(object_.c.actor_id, reaction.c.actor_id),
        )
    )
    both = union_all(posts, boosts).subquery()
    order = both.c.entry_id if upwards else both.c.entry_id.desc()
    return select(both.c.entry_id, both.c.object_id, both.c.booster_id).order_by(order).limit(bindparam("count"))


_NEWEST = {policy: _entries(clause, upwards=False) for policy, clause in _POLICIES.items()}
_OLDEST = {policy: _entries(clause, upwards=True) for policy, clause in _POLICIES.items()}


def read(tx: Tx, row: ListRow, stretch: Range) -> list[Entry]:
    """A stretch of a list's timeline, newest first; a post stands there once, by its newest entry."""
    upwards = stretch.min_id is not None
    parameters = {
        "which": row.id,
        "viewer": row.actor_id,
        "below": stretch.max_id or limits.NUMBER_MAX,
        "above": stretch.above,
        "count": stretch.limit,
    }
    found = tx.execute((_OLDEST if upwards else _NEWEST)[row.replies], parameters)
    entries = [Entry(entry, post, booster or None) for entry, post, booster in found]
    newest_first = entries[::-1] if upwards else entries
    once: dict[int, Entry] = {}
    for entry in newest_first:
        once.setdefault(entry.object_id, entry)
    return list(once.values())
