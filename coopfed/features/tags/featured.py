"""Hashtags that an actor shows on its profile, and those that it could. Units of work."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, delete, func, literal_column, select
from sqlalchemy.dialects.postgresql import insert

from actors.visibility import object_
from coopfed import limits
from coopfed.db.models import FeaturedTag
from coopfed.db.tx import Tx, table
from coopfed.errors import InvalidInput, NotFound
from coopfed.features.posts.details import hashtag
from coopfed.features.tags.rules import Tag
from coopfed.node import Stamp

featured_tag = table(FeaturedTag)
_mine = featured_tag.c.actor_id == bindparam("who")
_open = (
    object_.c.deleted_at.is_(None),
    object_.c.consent == literal_column("''"),
    object_.c.visibility.in_([literal_column("'public'"), literal_column("'unlisted'")]),
)
_COUNT = select(func.count()).select_from(featured_tag).where(_mine)
_ADD = insert(featured_tag).on_conflict_do_nothing()
_REMOVE = delete(featured_tag).where(_mine, featured_tag.c.id == bindparam("which"))
_REMOVE_NAMED = delete(featured_tag).where(_mine, featured_tag.c.folded == bindparam("form"))
_AMONG = select(featured_tag.c.folded).where(_mine, featured_tag.c.folded.in_(bindparam("forms", expanding=True)))
_USED: Any = (
    select(
        hashtag.c.folded.label("folded"),
        func.count().label("posts"),
        func.max(object_.c.published_at).label("last_at"),
    )
    .join(object_, object_.c.id == hashtag.c.object_id)
    .where(object_.c.actor_id == bindparam("who"), *_open)
    .group_by(hashtag.c.folded)
    .subquery()
)
_LIST = (
    select(featured_tag.c.id, featured_tag.c.name, featured_tag.c.folded, _USED.c.posts, _USED.c.last_at)
    .outerjoin(_USED, _USED.c.folded == featured_tag.c.folded)
    .where(_mine)
    .order_by(func.coalesce(_USED.c.posts, literal_column("0")).desc(), featured_tag.c.id)
)
_COULD = (
    select(func.min(hashtag.c.name).label("name"), hashtag.c.folded)
    .join(object_, object_.c.id == hashtag.c.object_id)
    .where(
        object_.c.actor_id == bindparam("who"),
        hashtag.c.folded.is_not(None),
        hashtag.c.folded.not_in(select(featured_tag.c.folded).where(_mine)),
        *_open,
    )
    .group_by(hashtag.c.folded)
    .order_by(func.count().desc(), hashtag.c.folded)
    .limit(bindparam("count"))
)


@dataclass(frozen=True, slots=True)
class Featured:
    """A featured hashtag: in how many of the actor's public and unlisted posts it stands, and when last (milliseconds)."""

    id: int
    tag: Tag
    posts: int
    last_at: int | None


def of_actor(tx: Tx, actor_id: int) -> list[Featured]:
    """What an actor shows, the most used first."""
    found = tx.execute(_LIST, {"who": actor_id})
    return [Featured(row.id, Tag(row.name, row.folded), row.posts or 0, row.last_at) for row in found]


def feature(tx: Tx, actor_id: int, tag: Tag, stamp: Stamp) -> Featured:
    """Shows the tag, once. InvalidInput when there are too many."""
    if not among(tx, actor_id, [tag.folded]):
        if int(tx.execute(_COUNT, {"who": actor_id}).scalar_one()) >= limits.FEATURED_TAGS:
            raise InvalidInput(f"Validation failed: {limits.FEATURED_TAGS} hashtags are featured already")
        row = {"id": stamp.mint(None), "actor_id": actor_id, "name": tag.name, "folded": tag.folded}
        tx.execute(_ADD, row)
    return next(one for one in of_actor(tx, actor_id) if one.tag.folded == tag.folded)


def remove(tx: Tx, actor_id: int, number: int) -> None:
    """Shows the tag with this number no more. NotFound when the actor shows none such."""
    if tx.execute(_REMOVE, {"who": actor_id, "which": number}).rowcount != 1:
        raise NotFound(f"no featured tag {number} of this actor")


def unfeature(tx: Tx, actor_id: int, tag: Tag) -> None:
    """Shows the tag no more, if it is shown."""
    tx.execute(_REMOVE_NAMED, {"who": actor_id, "form": tag.folded})


def among(tx: Tx, actor_id: int, folded: list[str]) -> set[str]:
    """Those of the tags (in the form by which they are found) that the actor shows."""
    return set(tx.execute(_AMONG, {"who": actor_id, "forms": folded}).scalars()) if folded and actor_id else set()


def suggestions(tx: Tx, actor_id: int) -> list[Tag]:
    """The tags that the actor uses most and does not show."""
    found = tx.execute(_COULD, {"who": actor_id, "count": limits.FEATURED_TAGS})
    return [Tag(row.name, row.folded) for row in found]
