"""Rows of what the two sides of an answer write to each other about it: direct posts, which any app shows. Units of work."""

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert as upsert

from actors.visibility import object_, visible
from coopfed import limits
from coopfed.db.models import ResponseMessage
from coopfed.db.tx import Tx, table
from coopfed.features.posts import store as posts
from coopfed.features.posts.store import PostRow
from coopfed.features.requests import answers, comments, store
from coopfed.features.requests.answers import ResponseRow
from coopfed.features.requests.store import RequestRow
from coopfed.vocab.audience import Visibility

message = table(ResponseMessage)

_ADD = upsert(message).on_conflict_do_nothing()
_OF_POST = select(message.c.response_id).where(message.c.object_id == bindparam("post"))
# Of all answers of one responder: a counter-offer goes on with the same talk.
_OF_BOTH = (
    select(object_.c.id)
    .join(message, message.c.object_id == object_.c.id)
    .join(answers.response, answers.response.c.id == message.c.response_id)
    .where(
        answers.response.c.request_id == bindparam("request"),
        answers.response.c.actor_id == bindparam("responder"),
        visible(),
    )
    .distinct()
    .order_by(object_.c.id.desc())
    .limit(bindparam("count"))
)
_LAST = (
    select(object_.c.content)
    .join(message, message.c.object_id == object_.c.id)
    .where(
        message.c.response_id == bindparam("which"),
        object_.c.actor_id == bindparam("author"),
        object_.c.received_at >= bindparam("since"),
        object_.c.deleted_at.is_(None),
    )
    .order_by(object_.c.received_at.desc(), object_.c.id.desc())
    .limit(1)
)


def remember(tx: Tx, response_id: int, post_id: int) -> None:
    """A post belongs to the talk about an answer."""
    tx.execute(_ADD, {"response_id": response_id, "object_id": post_id})


def numbers(tx: Tx, response: ResponseRow, viewer: int) -> list[int]:
    """The posts of the talk that the viewer, one of the two, may see: the last ones, the oldest of them first."""
    asked = {"request": response.request_id, "responder": response.actor_id, "viewer": viewer}
    return list(tx.execute(_OF_BOTH, {**asked, "count": limits.RESPONSE_MESSAGES}).scalars())[::-1]


def last_of(tx: Tx, response_id: int, author_id: int, since: int) -> str | None:
    """What the author wrote last in the talk about an answer since a moment (milliseconds): clean HTML."""
    asked = {"which": response_id, "author": author_id, "since": since}
    found: str | None = tx.execute(_LAST, asked).scalar_one_or_none()
    return found


def hear(tx: Tx, post: PostRow) -> None:
    """A direct post that came, between the two sides of an answer and about it, belongs to their talk: it answers a post of the talk, the
    Offer, the post that the answer was made of or the post beside the request, or names the request as its context. Source: domain
    research 8.3."""
    if post.visibility != Visibility.DIRECT or answers.by_uri(tx, post.uri) is not None:
        return
    readers = set(comments.mentioned_in(tx, post.id))
    for response, row in _meant(tx, post, readers):
        if {row.actor_id, response.actor_id} <= {post.actor_id, *readers} and post.actor_id in (
            row.actor_id,
            response.actor_id,
        ):
            remember(tx, response.id, post.id)
            return


def _meant(tx: Tx, post: PostRow, readers: set[int]) -> list[tuple[ResponseRow, RequestRow]]:
    """Answers that the post may be about, the likeliest first."""
    found: list[ResponseRow | None] = []
    if post.in_reply_to_id is not None:
        found += [answers.get(tx, id) for id in tx.execute(_OF_POST, {"post": post.in_reply_to_id}).scalars()]
        found += answers.of_post(tx, post.in_reply_to_id)
    if post.in_reply_to is not None:
        found.append(answers.by_uri(tx, post.in_reply_to))
    about = (
        (store.of_companion(tx, post.in_reply_to) if post.in_reply_to is not None else None)
        or (_of_thread(tx, post) if post.thread_id is not None else None)
        or (store.by_uri(tx, post.context) if post.context is not None else None)
    )
    if about is not None:
        for one in (post.actor_id, *readers):
            found += answers.of_responder(tx, about.id, one)[:1]
    pairs = [(one, store.get(tx, one.request_id)) for one in found if one is not None]
    return [(one, row) for one, row in pairs if row is not None]


def _of_thread(tx: Tx, post: PostRow) -> RequestRow | None:
    root = posts.by_id(tx, post.thread_id) if post.thread_id is not None else None
    return store.of_companion(tx, root.uri) if root is not None else None
