"""Rows of posts. Units of work."""

import random
from typing import NamedTuple

import orjson
from sqlalchemy import and_, bindparam, delete, exists, func, literal_column, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from actors.lookup import actor
from actors.visibility import follow, mention, object_
from coopfed.db.models import Activity, Delivery, Featured, Poll, Reaction, Revision, Tombstone
from coopfed.db.tx import Tx, table
from coopfed.features.consent.grants import forget as forget_grants
from coopfed.features.consent.quotes import forget as forget_quote
from coopfed.features.media.store import release as release_media
from coopfed.features.posts import details, index
from coopfed.features.streams import store as streams
from coopfed.vocab.audience import OPEN, Visibility
from coopfed.vocab.policies import read_policy
from coopfed.vocab.records import PolicyRecord
from outbox.publish import FORWARDED

tombstone, revision, featured, reaction = table(Tombstone), table(Revision), table(Featured), table(Reaction)
poll = table(Poll)
activity, delivery = table(Activity), table(Delivery)


answer, above, adopted = object_.alias("answer"), object_.alias("above"), object_.alias("adopted")

NEAR, FURTHER = 1 << 20, 8
"""How far before its own the number of a post or boost may lie, when that is taken: 16 milliseconds at first, then eight times as far."""


class PostRow(NamedTuple):
    """A post as the rest of the program reads it; a tuple, since pages are made of many. `content` is sanitised HTML, with
    the title in it; moments in milliseconds."""

    id: int
    uri: str
    local: bool
    type: str
    actor_id: int
    account_id: int | None
    visibility: str
    name: str
    content: str
    summary: str
    source: str | None
    language: str | None
    sensitive: bool
    url: str | None
    in_reply_to: str | None
    in_reply_to_id: int | None
    policy_version: int
    replies_count: int
    likes_count: int
    shares_count: int
    published_at: int
    updated_at: int | None
    deleted_at: int | None
    consent: str = ""
    """Empty, or what an answer waits for; see `coopfed.features.consent.store`."""
    context: str | None = None
    """What its document names as the context of the thread."""
    thread_id: int | None = None
    """The topmost post above it that is here; None when there is none."""
    policy: str | None = None
    """The canonical interactionPolicy (JSON); None when the post does not say whom its author allows what."""

    @property
    def allows(self) -> PolicyRecord | None:
        """Whom the author allows what; None when the post does not say."""
        return read_policy(orjson.loads(self.policy)) if self.policy else None


COLUMNS = tuple(object_.c[name] for name in PostRow._fields)
"""To select what makes a PostRow."""
_BY_URI = select(*COLUMNS).where(object_.c.uri == bindparam("uri"))
_BY_URIS = select(*COLUMNS).where(object_.c.uri.in_(bindparam("uris", expanding=True)))
_BY_ID = select(*COLUMNS).where(object_.c.id == bindparam("id"))
_COUNTS = ("replies_count", "likes_count", "shares_count")
_STORED = tuple(name for name in PostRow._fields if name not in (*_COUNTS, "deleted_at", "thread_id"))
_THREAD_OF_PARENT = (
    select(func.coalesce(above.c.thread_id, above.c.id))
    .where(above.c.id == bindparam("in_reply_to_id"))
    .scalar_subquery()
)
_INSERT = (
    upsert(object_)
    .values(
        {name: bindparam(name) for name in (*_STORED, "document", "received_at")}
        | dict.fromkeys(_COUNTS, 0)
        | {"thread_id": _THREAD_OF_PARENT}
    )
    .on_conflict_do_nothing()
    .returning(object_.c.id, object_.c.thread_id)
)
_AUTHORS = select(object_.c.id, object_.c.actor_id).where(object_.c.id.in_(bindparam("ids", expanding=True)))
_COUNT_REPLY = (
    update(object_)
    .where(object_.c.id == bindparam("post"))
    .values(replies_count=object_.c.replies_count + bindparam("step"))
)
_ADOPT = (
    update(object_)
    .where(object_.c.in_reply_to == bindparam("named"), object_.c.in_reply_to_id.is_(None))
    .values(in_reply_to_id=bindparam("parent"))
)
_ADOPT_THREADS = (
    update(object_)
    .where(
        or_(
            object_.c.in_reply_to_id == bindparam("parent"),
            object_.c.thread_id.in_(select(adopted.c.id).where(adopted.c.in_reply_to_id == bindparam("parent"))),
        )
    )
    .values(thread_id=bindparam("thread"))
)
"""Whoever answered an answer that finds its parent now stands in the parent's thread too."""
_COUNT_ADOPTED = (
    update(object_)
    .where(object_.c.id == bindparam("post"))
    .values(
        replies_count=select(func.count())
        .where(
            answer.c.in_reply_to_id == bindparam("post"),
            answer.c.deleted_at.is_(None),
            answer.c.consent == literal_column("''"),
            answer.c.visibility.in_([literal_column("'public'"), literal_column("'unlisted'")]),
        )
        .scalar_subquery()
    )
)
_COUNT_POST = (
    update(actor).where(actor.c.id == bindparam("author")).values(posts_count=actor.c.posts_count + bindparam("step"))
)
_WIPE = (
    update(object_)
    .where(object_.c.id == bindparam("post"), object_.c.deleted_at.is_(None))
    .values(
        content="",
        summary="",
        name="",
        source=None,
        document=b"",
        likes_count=0,
        shares_count=0,
        deleted_at=bindparam("now"),
        updated_at=bindparam("now"),
    )
)
_NO_REVISIONS = delete(revision).where(revision.c.object_id == bindparam("post"))
_NO_REACTIONS = delete(reaction).where(reaction.c.object_id == bindparam("post"))
_UNLIST_BOOSTS = (
    update(activity)
    .where(
        activity.c.uri.in_(
            select(reaction.c.uri).where(
                reaction.c.object_id == bindparam("post"), reaction.c.kind == literal_column("'announce'")
            )
        )
    )
    .values(public=False)
)
_NO_POLL = delete(poll).where(poll.c.object_id == bindparam("post"))
_NO_PIN = delete(featured).where(featured.c.object_id == bindparam("post"))
_BURY = upsert(tombstone).on_conflict_do_nothing()
_BURIED = select(tombstone.c.uri).where(
    tombstone.c.uri == bindparam("uri"), tombstone.c.actor_id == bindparam("author")
)
_FOLLOWED_HERE = select(
    exists(
        select(literal_column("1"))
        .select_from(follow)
        .join(actor, actor.c.id == follow.c.follower_id)
        .where(
            follow.c.followed_id == bindparam("author"), follow.c.state == literal_column("'accepted'"), actor.c.local
        )
    )
)
_FOLLOWER_HERE = (
    select(follow.c.follower_id)
    .join(actor, actor.c.id == follow.c.follower_id)
    .where(follow.c.followed_id == bindparam("author"), follow.c.state == literal_column("'accepted'"), actor.c.local)
    .limit(1)
)
_MENTIONED_HERE = (
    select(actor.c.id)
    .join(mention, mention.c.actor_id == actor.c.id)
    .where(mention.c.object_id == bindparam("post"), actor.c.local, actor.c.gone_at.is_(None))
    .limit(1)
)
# Every edit carries the text as well; so does what was forwarded, whoever of ours passed it on.
_ITS_TEXTS = (
    activity.c.object_uri == bindparam("deleted"),
    or_(
        and_(
            activity.c.actor_id == bindparam("author"),
            activity.c.type.in_([literal_column("'Create'"), literal_column("'Update'")]),
        ),
        activity.c.type == literal_column(f"'{FORWARDED}'"),
    ),
)
_UNPUBLISH = update(activity).where(*_ITS_TEXTS).values(public=False, body=b"")
_UNSEND = delete(delivery).where(
    delivery.c.activity_id.in_(select(activity.c.id).where(*_ITS_TEXTS)), delivery.c.state != literal_column("1")
)
_DELETED_AMONG = select(object_.c.id).where(
    object_.c.id.in_(bindparam("ids", expanding=True)), object_.c.deleted_at.is_not(None)
)
_SOME_OF = (
    select(object_.c.id)
    .where(object_.c.actor_id == bindparam("author"), object_.c.deleted_at.is_(None))
    .limit(bindparam("count"))
)


def by_uri(tx: Tx, uri: str) -> PostRow | None:
    """The post with this id (URL), also a deleted one."""
    row = tx.execute(_BY_URI, {"uri": uri}).one_or_none()
    return None if row is None else PostRow(*row)


def by_uris(tx: Tx, uris: list[str]) -> dict[str, PostRow]:
    """Those of the posts that are here, by their ids (URLs), in the order asked for; also deleted ones."""
    found = {row.uri: PostRow(*row) for row in tx.execute(_BY_URIS, {"uris": uris})} if uris else {}
    return {uri: found[uri] for uri in uris if uri in found}


def by_id(tx: Tx, id: int) -> PostRow | None:
    """The post with this number, also a deleted one. Not for showing: it asks nobody's permission."""
    row = tx.execute(_BY_ID, {"id": id}).one_or_none()
    return None if row is None else PostRow(*row)


def insert_post(tx: Tx, post: PostRow, document: bytes, now: int) -> PostRow | None:
    """Stores a post with its document, under a free number near its own; None when its id (URL) is here already."""
    values = {name: getattr(post, name) for name in _STORED}
    values |= {"document": document, "received_at": now}
    distance = NEAR
    while (inserted := tx.execute(_INSERT, values).first()) is None:
        if by_uri(tx, post.uri) is not None:
            return None
        # Not the next one: peers write whole seconds, or send thousands of posts with one date, and the search would be long.
        values["id"] = max(1, post.id - random.randrange(1, distance))
        distance *= FURTHER
    # Counts are shown to everybody: they count what everybody may see.
    if not post.consent:
        count_reply(tx, post, 1)
    if post.local and post.visibility in OPEN:
        tx.execute(_COUNT_POST, {"author": post.actor_id, "step": 1})
    stored = post._replace(id=inserted.id, thread_id=inserted.thread_id)
    index.put(tx, stored.id, post.name, post.summary, post.content)
    adopt(tx, stored)
    return stored


def count_reply(tx: Tx, post: PostRow, step: int) -> None:
    """Counts an answer that everybody may see, or no longer counts it, at what it answers."""
    if post.in_reply_to_id is not None and post.visibility in OPEN:
        tx.execute(_COUNT_REPLY, {"post": post.in_reply_to_id, "step": step})


def adopt(tx: Tx, post: PostRow) -> None:
    """Answers that came before what they answer find their place. A unit of work."""
    if tx.execute(_ADOPT, {"named": post.uri, "parent": post.id}).rowcount:
        tx.execute(_ADOPT_THREADS, {"parent": post.id, "thread": post.thread_id or post.id})
        tx.execute(_COUNT_ADOPTED, {"post": post.id})


def wipe(tx: Tx, post: PostRow, now: int) -> bool:
    """Makes a tombstone of the row. Whether it was still there."""
    if tx.execute(_WIPE, {"post": post.id, "now": now}).rowcount != 1:
        return False
    _tell_of_the_end(tx, post)
    details.forget(tx, post.id)
    index.forget(tx, post.id)
    tx.execute(_NO_REVISIONS, {"post": post.id})
    tx.execute(_NO_PIN, {"post": post.id})
    tx.execute(_NO_POLL, {"post": post.id})
    tx.execute(_UNLIST_BOOSTS, {"post": post.id})
    tx.execute(_NO_REACTIONS, {"post": post.id})
    forget_quote(tx, post.id)
    forget_grants(tx, post.id)
    release_media(tx, post.id)
    # What its author took back goes to nobody who does not have it yet, not even when their host returns in a week.
    tx.execute(_UNSEND, {"author": post.actor_id, "deleted": post.uri})
    tx.execute(_UNPUBLISH, {"author": post.actor_id, "deleted": post.uri})
    if not post.consent:
        count_reply(tx, post, -1)
    if post.local and post.visibility in OPEN:
        tx.execute(_COUNT_POST, {"author": post.actor_id, "step": -1})
    return True


def _tell_of_the_end(tx: Tx, post: PostRow) -> None:
    streams.deleted(
        tx,
        post.id,
        post.actor_id,
        listed=post.visibility != Visibility.DIRECT,
        public=post.visibility == Visibility.PUBLIC,
        local=post.local,
    )


def bury(tx: Tx, uri: str, actor_id: int, now: int) -> None:
    """Remembers that this actor deleted an object that was never seen here: its Create may still be on the way."""
    tx.execute(_BURY, {"uri": uri, "actor_id": actor_id, "deleted_at": now})


def is_buried(tx: Tx, uri: str, actor_id: int) -> bool:
    """Whether this actor deleted the object before it arrived."""
    return tx.execute(_BURIED, {"uri": uri, "author": actor_id}).first() is not None


def followed_here(tx: Tx, actor_id: int) -> bool:
    """Whether an actor of ours follows this one."""
    return bool(tx.execute(_FOLLOWED_HERE, {"author": actor_id}).scalar_one())


def follower_here(tx: Tx, actor_id: int) -> int | None:
    """The number of some actor of ours that follows this one; None when nobody does."""
    number: int | None = tx.execute(_FOLLOWER_HERE, {"author": actor_id}).scalar_one_or_none()
    return number


def reader_here(tx: Tx, post_id: int, author_id: int) -> int | None:
    """The number of some actor of ours for whom a remote post is: who is mentioned, else who follows its author."""
    number: int | None = tx.execute(_MENTIONED_HERE, {"post": post_id}).scalar_one_or_none()
    return number if number is not None else follower_here(tx, author_id)


def authors_of(tx: Tx, ids: list[int]) -> dict[int, int]:
    """For each post the number of its author."""
    return {row.id: row.actor_id for row in tx.execute(_AUTHORS, {"ids": ids})} if ids else {}


def deleted_among(tx: Tx, ids: list[int]) -> set[int]:
    """Those of the posts that were deleted."""
    return set(tx.execute(_DELETED_AMONG, {"ids": ids}).scalars()) if ids else set()


def some_of(tx: Tx, actor_id: int, count: int) -> list[int]:
    """Numbers of some posts of an actor that are not deleted yet."""
    return list(tx.execute(_SOME_OF, {"author": actor_id, "count": count}).scalars())
