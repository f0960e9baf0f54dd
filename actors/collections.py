"""Followers, following and outbox of an actor of ours, in pages by cursor. Units of work that read.

Cursors are numbers of rows, never offsets: a page stays the same when something before it is deleted. Source: ActivityPub 5.1-5.4.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, func, literal_column, select

from actors.lookup import actor
from actors.visibility import NOBODY, object_, visible
from coopfed import limits
from coopfed.db.models import Activity, Featured, Follow, GroupModerator
from coopfed.db.tx import Tx, table

activity, follow, featured_ = table(Activity), table(Follow), table(Featured)
group_moderator = table(GroupModerator)


@dataclass(frozen=True, slots=True)
class Page:
    """Items of a page, newest first, and the cursor of the next one (None: this is the last)."""

    items: tuple[str, ...]
    next: int | None


def _members(whose: ColumnElement[int], others: ColumnElement[int]) -> Select[Any]:
    return (
        select(follow.c.id, actor.c.uri)
        .join(actor, actor.c.id == others)
        .where(
            whose == bindparam("actor"),
            follow.c.state == literal_column("'accepted'"),
            follow.c.id < bindparam("before"),
        )
        .order_by(follow.c.id.desc())
        .limit(limits.PAGE_ITEMS + 1)
    )


_FOLLOWERS = _members(follow.c.followed_id, follow.c.follower_id)
_FOLLOWING = _members(follow.c.follower_id, follow.c.followed_id)
_public_speech = activity.c.type.in_([literal_column("'Create'"), literal_column("'Announce'")])
_SAID = (
    select(activity.c.id, activity.c.uri)
    .where(
        activity.c.actor_id == bindparam("actor"),
        activity.c.public,
        _public_speech,
        activity.c.id < bindparam("before"),
    )
    .order_by(activity.c.id.desc())
    .limit(limits.PAGE_ITEMS + 1)
)
_SAID_COUNT = select(func.count()).where(activity.c.actor_id == bindparam("actor"), activity.c.public, _public_speech)


_MODERATORS = (
    select(actor.c.uri)
    .join(group_moderator, group_moderator.c.actor_id == actor.c.id)
    .where(group_moderator.c.group_id == bindparam("group"), actor.c.gone_at.is_(None))
    .order_by(group_moderator.c.created_at, actor.c.id)
    .limit(limits.GROUP_MODERATORS)
)
_FEATURED = (
    select(object_.c.uri)
    .join(featured_, featured_.c.object_id == object_.c.id)
    .where(featured_.c.actor_id == bindparam("actor"), visible())
    .order_by(featured_.c.created_at.desc(), object_.c.id.desc())
)


def moderators(tx: Tx, group_id: int) -> list[str]:
    """Ids of those who look after the group, the first appointed in front."""
    return list(tx.execute(_MODERATORS, {"group": group_id}).scalars())


def featured(tx: Tx, actor_id: int) -> list[str]:
    """Ids of the posts that the actor pinned, as far as everybody may see them, the newest pin first."""
    return list(tx.execute(_FEATURED, {"actor": actor_id, "viewer": NOBODY}).scalars())


def followers(tx: Tx, actor_id: int, before: int | None) -> Page:
    """Accepted followers, the newest follow first."""
    return _page(tx.execute(_FOLLOWERS, {"actor": actor_id, "before": before or limits.NUMBER_MAX}).all())


def following(tx: Tx, actor_id: int, before: int | None) -> Page:
    """Whom the actor follows and was accepted by."""
    return _page(tx.execute(_FOLLOWING, {"actor": actor_id, "before": before or limits.NUMBER_MAX}).all())


def outbox(tx: Tx, actor_id: int, before: int | None) -> Page:
    """Ids of the actor's public Creates and Announces."""
    return _page(tx.execute(_SAID, {"actor": actor_id, "before": before or limits.NUMBER_MAX}).all())


def outbox_total(tx: Tx, actor_id: int) -> int:
    """How many public Creates and Announces there are."""
    return int(tx.execute(_SAID_COUNT, {"actor": actor_id}).scalar_one())


def _page(rows: Sequence[Row[Any]]) -> Page:
    shown = rows[: limits.PAGE_ITEMS]
    more = len(rows) > limits.PAGE_ITEMS
    return Page(tuple(row.uri for row in shown), shown[-1].id if more else None)
