"""Posts as their readers may see them: every list and page asks here. Units of work.

`viewer` is the number of the actor who looks, or NOBODY; see `actors.visibility`.
"""

from sqlalchemy import bindparam, literal_column, select

from actors.visibility import commended, group_post, not_taken_out, object_, unmuted, visible
from coopfed import limits
from coopfed.db.rows import plain
from coopfed.db.tx import Tx
from coopfed.features.posts.details import hashtag
from coopfed.features.posts.store import COLUMNS, PostRow
from coopfed.text.render import folded_hashtag

_BY_IDS = select(*COLUMNS).where(object_.c.id.in_(bindparam("ids", expanding=True)), visible())
_BY_ACTOR = (
    select(*COLUMNS)
    .where(object_.c.actor_id == bindparam("actor"), object_.c.id < bindparam("below"), visible())
    .order_by(object_.c.id.desc())
    .limit(bindparam("count"))
)
_IN_GROUP = (
    select(*COLUMNS)
    .join(group_post, group_post.c.object_id == object_.c.id)
    .where(
        group_post.c.group_id == bindparam("group"),
        group_post.c.removed_at.is_(None),
        object_.c.in_reply_to.is_(None),
        object_.c.id < bindparam("below"),
        visible(),
    )
    .order_by(object_.c.id.desc())
    .limit(bindparam("count"))
)
_REPLIES = (
    select(*COLUMNS)
    .where(
        object_.c.in_reply_to_id == bindparam("post"),
        object_.c.id > bindparam("above"),
        visible(),
        unmuted(object_.c.actor_id),
        commended(object_.c.actor_id),
        not_taken_out(),
    )
    .order_by(object_.c.id)
    .limit(bindparam("count"))
)
_BY_HASHTAG = (
    select(*COLUMNS)
    .join(hashtag, hashtag.c.object_id == object_.c.id)
    .where(
        hashtag.c.folded == bindparam("name"),
        hashtag.c.object_id < bindparam("below"),
        object_.c.visibility == literal_column("'public'"),
        visible(),
        unmuted(object_.c.actor_id),
        commended(object_.c.actor_id),
    )
    .order_by(hashtag.c.object_id.desc())
    .limit(bindparam("count"))
)


def by_ids(tx: Tx, ids: list[int], viewer: int) -> dict[int, PostRow]:
    """Those of the posts that the viewer (an actor's number, or NOBODY) may see."""
    if not ids:
        return {}
    posts = [PostRow(*row) for row in plain(tx.execute(_BY_IDS, {"ids": ids, "viewer": viewer}))]
    return {post.id: post for post in posts}


def by_actor(tx: Tx, actor_id: int, viewer: int, count: int, below: int | None) -> list[PostRow]:
    """An actor's newest posts that the viewer may see."""
    parameters = {"actor": actor_id, "viewer": viewer, "count": count, "below": below or limits.NUMBER_MAX}
    return [PostRow(*row) for row in tx.execute(_BY_ACTOR, parameters)]


def in_group(tx: Tx, group_id: int, viewer: int, count: int, below: int | None) -> list[PostRow]:
    """The newest posts that stand in a group and that the viewer may see, comments left out."""
    parameters = {"group": group_id, "viewer": viewer, "count": count, "below": below or limits.NUMBER_MAX}
    return [PostRow(*row) for row in tx.execute(_IN_GROUP, parameters)]


def replies(tx: Tx, post_id: int, viewer: int, count: int, above: int) -> list[PostRow]:
    """The answers to a post that the viewer may see, oldest first, with numbers above `above`; without what a group took out."""
    parameters = {"post": post_id, "viewer": viewer, "count": count, "above": above}
    return [PostRow(*row) for row in tx.execute(_REPLIES, parameters)]


def public_by_hashtag(tx: Tx, name: str, viewer: int, count: int, below: int | None) -> list[PostRow]:
    """The newest public posts with a hashtag, with or without dots on its i, whose authors do not block the viewer.

    Unlisted posts are left out: who posts unlisted does not want to be found by what the post is about.
    """
    parameters = {"name": folded_hashtag(name), "viewer": viewer, "count": count, "below": below or limits.NUMBER_MAX}
    return [PostRow(*row) for row in tx.execute(_BY_HASHTAG, parameters)]
