"""Whom an actor might want to follow: those whom those follow whom it follows, then actors of this node. And the list of all who want
to be found. Units of work.

What cooperatives say of their sector and region is not known yet; when it is, it belongs here.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, exists, func, literal_column, select
from sqlalchemy.dialects.postgresql import insert

from actors.lookup import COLUMNS, ActorRow, actor
from actors.visibility import commended, follow, limited, object_, on_blocked_host, parted, unmuted
from coopfed.db.clauses import lacks
from coopfed.db.models import SuggestionDismissal
from coopfed.db.tx import Tx, table

FRIENDS, LOCAL = "friends_of_friends", "most_followed"
dismissal, mine, theirs = table(SuggestionDismissal), follow.alias("mine"), follow.alias("theirs")
_one: ColumnElement[int] = literal_column("1")
_viewer: BindParameter[int] = bindparam("viewer")
_ACCEPTED: ColumnElement[str] = literal_column("'accepted'")
_FINDABLE = (
    actor.c.discoverable,
    actor.c.gone_at.is_(None),
    actor.c.missing_at.is_(None),
    actor.c.moved_to.is_(None),
    ~actor.c.suspended,
    actor.c.type != literal_column("'Application'"),
    lacks(parted(actor.c.id)),
    lacks(on_blocked_host(actor)),
    unmuted(actor.c.id),
)
_WORTH = (
    *_FINDABLE,
    actor.c.id != _viewer,
    lacks(limited(actor.c.id)),
    lacks(exists(select(_one).where(follow.c.follower_id == _viewer, follow.c.followed_id == actor.c.id))),
    lacks(exists(select(_one).where(dismissal.c.actor_id == _viewer, dismissal.c.target_id == actor.c.id))),
)
_friends = (
    select(theirs.c.followed_id.label("id"), func.count().label("friends"))
    .join(mine, mine.c.followed_id == theirs.c.follower_id)
    .where(mine.c.follower_id == _viewer, mine.c.state == _ACCEPTED, theirs.c.state == _ACCEPTED)
    .group_by(theirs.c.followed_id)
    .subquery()
)
_OF_FRIENDS = (
    select(*COLUMNS)
    .join(_friends, _friends.c.id == actor.c.id)
    .where(*_WORTH)
    .order_by(_friends.c.friends.desc(), actor.c.followers_count.desc(), actor.c.id)
    .limit(bindparam("count"))
)
_OF_HERE = (
    select(*COLUMNS)
    .where(literal_column("actor.local"), *_WORTH)
    .order_by(actor.c.followers_count.desc(), actor.c.id)
    .limit(bindparam("count"))
)
_DISMISS = insert(dismissal).on_conflict_do_nothing()
_last_said = (
    select(func.max(object_.c.id))
    .where(
        object_.c.actor_id == actor.c.id,
        object_.c.visibility.in_([literal_column("'public'"), literal_column("'unlisted'")]),
        object_.c.deleted_at.is_(None),
    )
    .correlate(actor)
    .scalar_subquery()
)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An actor, and why: FRIENDS or LOCAL."""

    actor: ActorRow
    source: str


def suggestions(tx: Tx, viewer: int, count: int) -> list[Suggestion]:
    """Whom the viewer might want to follow; nobody whom it follows or asked to, nor whom it dismissed."""
    named = {"viewer": viewer, "count": count}
    found = [Suggestion(ActorRow(*row), FRIENDS) for row in tx.execute(_OF_FRIENDS, named)]
    known = {one.actor.id for one in found}
    here = [Suggestion(ActorRow(*row), LOCAL) for row in tx.execute(_OF_HERE, named)]
    return [*found, *(one for one in here if one.actor.id not in known)][:count]


def dismiss(tx: Tx, viewer: int, actor_id: int, now: int) -> None:
    """The actor is not suggested again."""
    tx.execute(_DISMISS, {"actor_id": viewer, "target_id": actor_id, "created_at": now})


@cache
def _directory(newest: bool, local: bool) -> Select[Any]:
    order = actor.c.id.desc() if newest else func.coalesce(_last_said, literal_column("0")).desc()
    return (
        select(*COLUMNS)
        .where(*_FINDABLE, commended(actor.c.id), *([literal_column("actor.local")] if local else []))
        .order_by(order, actor.c.id.desc())
        .limit(bindparam("count"))
        .offset(bindparam("skip"))
    )


def directory(tx: Tx, viewer: int, count: int, skip: int, *, newest: bool, local: bool) -> list[ActorRow]:
    """Actors that want to be found: who said something last first, or the newest. A long read."""
    named = {"viewer": viewer, "count": count, "skip": skip}
    return [ActorRow(*row) for row in tx.execute(_directory(newest, local), named)]
