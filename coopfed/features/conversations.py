"""Conversations: direct posts of an actor, thread by thread, the last first. A thread is known by its topmost post here. Units of work."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, bindparam, func, literal_column, or_, select
from sqlalchemy.dialects.postgresql import insert

from actors.visibility import mention, object_, unmuted, visible
from coopfed import limits
from coopfed.db.models import ConversationMark
from coopfed.db.tx import Tx, table
from coopfed.errors import NotFound

mark, named = table(ConversationMark), mention.alias("named_in_conversation")
_top: Any = func.coalesce(object_.c.thread_id, object_.c.id)
_last = func.max(object_.c.id)
_theirs = or_(
    object_.c.actor_id == bindparam("viewer"),
    object_.c.id.in_(select(mention.c.object_id).where(mention.c.actor_id == bindparam("viewer"))),
)
_direct = (object_.c.visibility == literal_column("'direct'"), visible(), unmuted(object_.c.actor_id), _theirs)
_ALL = select(_top.label("top"), _last.label("last")).where(*_direct).group_by(_top).subquery()


def _rows() -> Select[Any]:
    return (
        select(_ALL.c.top, _ALL.c.last, func.coalesce(mark.c.read_id, literal_column("0")), object_.c.actor_id)
        .join(object_, object_.c.id == _ALL.c.last)
        .outerjoin(mark, (mark.c.object_id == _ALL.c.top) & (mark.c.actor_id == bindparam("viewer")))
        .where(or_(mark.c.hidden_id.is_(None), mark.c.hidden_id < _ALL.c.last))
    )


_LIST = (
    _rows()
    .where(_ALL.c.last < bindparam("below"), _ALL.c.last > bindparam("above"))
    .order_by(_ALL.c.last.desc())
    .limit(bindparam("count"))
)
_ONE = _rows().where(_ALL.c.top == bindparam("which"))
_PEOPLE = (
    select(_top.label("top"), object_.c.actor_id)
    .where(*_direct, _top.in_(bindparam("tops", expanding=True)))
    .union(
        select(_top.label("top"), named.c.actor_id)
        .join(named, named.c.object_id == object_.c.id)
        .where(*_direct, _top.in_(bindparam("tops", expanding=True)), named.c.actor_id.is_not(None))
    )
)
_PUT = insert(mark)
_READ = _PUT.on_conflict_do_update(index_elements=["actor_id", "object_id"], set_={"read_id": _PUT.excluded.read_id})
_HIDE = _PUT.on_conflict_do_update(
    index_elements=["actor_id", "object_id"],
    set_={"read_id": _PUT.excluded.read_id, "hidden_id": _PUT.excluded.hidden_id},
)


@dataclass(frozen=True, slots=True)
class Conversation:
    """A thread of direct posts: its topmost post, the last one that the actor may see, whether that was read."""

    top: int
    last: int
    unread: bool


def listed(tx: Tx, viewer: int, count: int, below: int | None, above: int) -> list[Conversation]:
    """The actor's conversations, the last that moved first; by their last posts, below `below` and above `above`."""
    stretch = {"below": below or limits.NUMBER_MAX, "above": above, "count": count}
    return [_conversation(row, viewer) for row in tx.execute(_LIST, {"viewer": viewer, **stretch})]


def one(tx: Tx, viewer: int, number: int) -> Conversation:
    """A conversation by its number. NotFound when it is not the actor's."""
    row = tx.execute(_ONE, {"viewer": viewer, "which": number}).one_or_none()
    if row is None:
        raise NotFound(f"no conversation {number} of this actor")
    return _conversation(row, viewer)


def people(tx: Tx, viewer: int, tops: list[int]) -> dict[int, list[int]]:
    """For each conversation the numbers of those who speak or are named in it, without the actor itself."""
    found: dict[int, list[int]] = {}
    for top, number in tx.execute(_PEOPLE, {"viewer": viewer, "tops": tops}) if tops else ():
        if number != viewer:
            found.setdefault(top, []).append(number)
    return found


def read(tx: Tx, viewer: int, number: int, *, unread: bool = False) -> Conversation:
    """All of it was read, or its last post was not. NotFound as `one`."""
    found = one(tx, viewer, number)
    seen = found.last - 1 if unread else found.last
    tx.execute(_READ, {"actor_id": viewer, "object_id": found.top, "read_id": seen, "hidden_id": 0})
    return one(tx, viewer, number)


def hide(tx: Tx, viewer: int, number: int) -> None:
    """It is not listed until it goes on; nothing is deleted. NotFound as `one`."""
    found = one(tx, viewer, number)
    tx.execute(_HIDE, {"actor_id": viewer, "object_id": found.top, "read_id": found.last, "hidden_id": found.last})


def _conversation(row: Any, viewer: int) -> Conversation:
    top, last, seen, author = row
    return Conversation(top, last, seen < last and author != viewer)
