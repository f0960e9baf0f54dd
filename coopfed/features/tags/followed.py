"""Hashtags whose public posts an actor wants in home. Units of work."""

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from coopfed import limits
from coopfed.db.models import FollowedTag
from coopfed.db.tx import Tx, table
from coopfed.errors import InvalidInput
from coopfed.features import timelines
from coopfed.features.tags.rules import Tag
from coopfed.node import Stamp

followed_tag = table(FollowedTag)
_mine = followed_tag.c.actor_id == bindparam("who")
_COUNT = select(func.count()).select_from(followed_tag).where(_mine)
_ADD = insert(followed_tag).on_conflict_do_nothing()
_REMOVE = delete(followed_tag).where(_mine, followed_tag.c.folded == bindparam("form"))
_AMONG = select(followed_tag.c.folded).where(_mine, followed_tag.c.folded.in_(bindparam("forms", expanding=True)))
_LIST = (
    select(followed_tag.c.id, followed_tag.c.name, followed_tag.c.folded)
    .where(_mine, followed_tag.c.id < bindparam("below"), followed_tag.c.id > bindparam("above"))
    .order_by(followed_tag.c.id.desc())
    .limit(bindparam("count"))
)


def follow(tx: Tx, actor_id: int, tag: Tag, stamp: Stamp) -> None:
    """The tag's public posts come home from now on, and the last of them now. InvalidInput when there are too many tags."""
    if among(tx, actor_id, [tag.folded]):
        return
    if int(tx.execute(_COUNT, {"who": actor_id}).scalar_one()) >= limits.FOLLOWED_TAGS:
        raise InvalidInput(f"Validation failed: {limits.FOLLOWED_TAGS} hashtags are followed already")
    row = {"id": stamp.mint(None), "actor_id": actor_id, "name": tag.name, "folded": tag.folded}
    tx.execute(_ADD, row)
    timelines.place_recent_tagged(tx, actor_id, tag.folded)


def unfollow(tx: Tx, actor_id: int, tag: Tag) -> None:
    """What only the tag brought leaves home. Nothing happens when it was not followed."""
    if tx.execute(_REMOVE, {"who": actor_id, "form": tag.folded}).rowcount:
        timelines.remove_tagged(tx, actor_id, tag.folded)


def among(tx: Tx, actor_id: int, folded: list[str]) -> set[str]:
    """Those of the tags (in the form by which they are found) that the actor follows."""
    return set(tx.execute(_AMONG, {"who": actor_id, "forms": folded}).scalars()) if folded and actor_id else set()


def listed(tx: Tx, actor_id: int, count: int, below: int | None, above: int) -> list[tuple[int, Tag]]:
    """Followed tags, the last followed first: (cursor, tag), with cursors below `below` and above `above`."""
    stretch = {"below": below or limits.NUMBER_MAX, "above": above, "count": count}
    return [(row.id, Tag(row.name, row.folded)) for row in tx.execute(_LIST, {"who": actor_id, **stretch})]
