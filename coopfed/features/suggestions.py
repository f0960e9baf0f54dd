"""Whom an actor might want to follow: those whom those follow whom it follows, then cooperatives of the same sector and region, then
actors of this node. And the list of all who want to be found. Units of work.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, and_, bindparam, exists, func, literal_column, or_, select
from sqlalchemy.dialects.postgresql import insert

from actors.cooperative import Kind, cooperative_code
from actors.lookup import COLUMNS, ActorRow, actor
from actors.visibility import commended, follow, limited, object_, on_blocked_host, parted, unmuted
from coopfed.db.clauses import lacks
from coopfed.db.models import SuggestionDismissal
from coopfed.db.tx import Tx, table

FRIENDS, ALIKE, LOCAL = "friends_of_friends", "similar_to_recently_followed", "most_followed"
"""Why, in the words of Mastodon, whose apps know no others; ALIKE are cooperatives of the same sector or region."""
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
_own, _other = cooperative_code.alias("own_code"), cooperative_code.alias("other_code")
_SECTOR: ColumnElement[str] = literal_column(f"'{Kind.SECTOR}'")
_REGION: ColumnElement[str] = literal_column(f"'{Kind.REGION}'")
# A region lies in another when its code begins with that one's. Of a peer's code nothing is a wildcard, and one letter is no region.
_near = and_(
    func.length(_other.c.code) > _one,
    or_(
        func.substr(_other.c.code, _one, func.length(_own.c.code)) == _own.c.code,
        func.substr(_own.c.code, _one, func.length(_other.c.code)) == _other.c.code,
    ),
)
_same = and_(_other.c.kind == _own.c.kind, or_(_other.c.code == _own.c.code, and_(_own.c.kind == _REGION, _near)))
_alike = (
    select(
        _other.c.actor_id.label("id"),
        func.count(_other.c.kind.distinct()).label("kinds"),
        func.max(_other.c.kind).label("kind"),
    )
    .select_from(_own)
    .join(_other, _same)
    .where(_own.c.actor_id == _viewer, _own.c.kind.in_([_SECTOR, _REGION]))
    .group_by(_other.c.actor_id)
    .subquery()
)
_OF_THE_SAME_KIND = (
    select(*COLUMNS)
    .join(_alike, _alike.c.id == actor.c.id)
    .where(*_WORTH)
    # Both before one, the sector (the later word) before the region.
    .order_by(_alike.c.kinds.desc(), _alike.c.kind.desc(), actor.c.followers_count.desc(), actor.c.id)
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
    """An actor, and why: FRIENDS, ALIKE or LOCAL."""

    actor: ActorRow
    source: str


def suggestions(tx: Tx, viewer: int, count: int) -> list[Suggestion]:
    """Whom the viewer might want to follow; nobody whom it follows or asked to, nor whom it dismissed."""
    named = {"viewer": viewer, "count": count}
    found: dict[int, Suggestion] = {}
    for statement, source in ((_OF_FRIENDS, FRIENDS), (_OF_THE_SAME_KIND, ALIKE), (_OF_HERE, LOCAL)):
        for row in tx.execute(statement, named):
            found.setdefault(row.id, Suggestion(ActorRow(*row), source))
    return list(found.values())[:count]


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
