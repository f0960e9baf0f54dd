"""Posts that may be answers to a request: replies to its post, quotes of it, posts for its owner that have a link to it. Units of work.

Nothing is made of them here. What such a post means is read by people, who make an answer of it or do not (`taking`). Source: domain
research 8.4.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from html import unescape

from sqlalchemy import bindparam, delete, exists, literal_column, or_, select
from sqlalchemy.dialects.postgresql import insert as upsert

from actors.visibility import NOBODY, mention, object_, visible
from coopfed import limits
from coopfed.db.models import RequestMention, ResponseMessage
from coopfed.db.tx import Tx, table
from coopfed.features.consent import quotes
from coopfed.features.posts import details
from coopfed.features.posts import visible as shown
from coopfed.features.posts.store import PostRow
from coopfed.features.requests import answers, store
from coopfed.features.requests.beside import post_of
from coopfed.features.requests.store import RequestRow
from coopfed.vocab.audience import Visibility

naming, message = table(RequestMention), table(ResponseMessage)


class Kind(StrEnum):
    """How a post speaks of a request."""

    REPLY = "reply"
    MENTION = "mention"
    QUOTE = "quote"
    DIRECT = "direct"
    """For the owner alone, whatever else it is."""


VIA = {
    Kind.REPLY: answers.REPLY,
    Kind.MENTION: answers.MENTION,
    Kind.QUOTE: answers.QUOTE,
    Kind.DIRECT: answers.DM,
}
"""What an answer that is made of one says of how it came."""


@dataclass(frozen=True, slots=True)
class Comment:
    """A post that speaks of a request; with the number of the answer that was made of it, for those who may know."""

    post_id: int
    kind: Kind
    response_id: int | None = None


_NAME = upsert(naming).on_conflict_do_nothing()
_NAME_NO_MORE = delete(naming).where(naming.c.object_id == bindparam("post"))
_FORGET = delete(naming).where(naming.c.object_id.in_(select(object_.c.id).where(object_.c.uri == bindparam("uri"))))
_NAMING = (
    select(object_.c.id, object_.c.visibility)
    .join(naming, naming.c.object_id == object_.c.id)
    .where(naming.c.request_id == bindparam("request"), visible())
    .order_by(object_.c.id)
    .limit(bindparam("count"))
)
_DIRECT_REPLIES = (
    select(object_.c.id)
    .where(
        or_(object_.c.in_reply_to_id == bindparam("post"), object_.c.thread_id == bindparam("post")),
        object_.c.visibility == literal_column("'direct'"),
        object_.c.actor_id != bindparam("viewer"),
        ~exists(select(literal_column("1")).where(message.c.object_id == object_.c.id)),
        ~exists(select(literal_column("1")).where(answers.response.c.uri == object_.c.uri)),
        visible(),
    )
    .order_by(object_.c.id)
    .limit(bindparam("count"))
)
_MENTIONS = select(
    exists(
        select(literal_column("1")).where(
            mention.c.object_id == bindparam("post"), mention.c.actor_id == bindparam("reader")
        )
    )
)
_ADDRESS = re.compile(r"https?://[^\s\"'<>]+", re.IGNORECASE)


def addresses_in(content: str, base: str) -> list[str]:
    """The addresses of this node (`base`) in a text (clean HTML), each once, at most `limits.REQUEST_LINKS`. Pure."""
    if base not in content:
        return []
    found = (unescape(one).rstrip(".,;:!?)") for one in _ADDRESS.findall(content))
    ours = dict.fromkeys(one for one in found if one.startswith(f"{base}/"))
    return list(ours)[: limits.REQUEST_LINKS]


def note(tx: Tx, post: PostRow, base: str) -> None:
    """Notes which requests of ours the post has links to, of owners whom it mentions and that its author may read; what it said before
    an edit does not count."""
    tx.execute(_NAME_NO_MORE, {"post": post.id})
    for address in addresses_in(post.content, base):
        row = store.named(tx, address.partition("?")[0])
        if row is None or not row.local or row.actor_id == post.actor_id or row.published_at is None:
            continue
        if mentions(tx, post.id, row.actor_id) and store.readable_among(tx, [row.id], post.actor_id):
            tx.execute(_NAME, {"request_id": row.id, "object_id": post.id})


def forget(tx: Tx, uri: str) -> None:
    """The post with this id has no links to requests of ours any more."""
    tx.execute(_FORGET, {"uri": uri})


def mentions(tx: Tx, post_id: int, reader: int) -> bool:
    """Whether a post is for this actor, by name."""
    return bool(tx.execute(_MENTIONS, {"post": post_id, "reader": reader}).scalar_one())


def listed(tx: Tx, row: RequestRow, viewer: int) -> list[Comment]:
    """Posts that speak of the request, the oldest first: for its owner (`viewer`) all that may be answers, with those that were made of
    them; for everybody else what everybody may see. Whether the viewer may read the request was asked before."""
    owner = viewer == row.actor_id
    # What whoever asks may see besides, as a friend of the author's, is nothing that belongs under the request.
    reader, most = viewer if owner else NOBODY, limits.REQUEST_COMMENTS
    post = post_of(tx, row) if row.public or owner else None
    kinds: dict[int, Kind] = {}
    if owner or row.public:
        for one in tx.execute(_NAMING, {"request": row.id, "viewer": reader, "count": most}):
            kinds[one.id] = Kind.DIRECT if one.visibility == Visibility.DIRECT else Kind.MENTION
    if post is not None and post.deleted_at is None:
        quoting = quotes.quoting(tx, post.id, most, None)
        kinds |= dict.fromkeys(shown.by_ids(tx, quoting, reader), Kind.QUOTE)
        kinds |= {
            one.id: Kind.REPLY
            for one in shown.replies(tx, post.id, reader, most, 0)
            if one.visibility != Visibility.DIRECT
        }
        if owner:
            found = tx.execute(_DIRECT_REPLIES, {"post": post.id, "viewer": viewer, "count": most})
            kinds |= dict.fromkeys(found.scalars(), Kind.DIRECT)
    made = {} if not kinds else answers.of_posts(tx, row.id, kinds)
    known = {id: one.id for id, one in made.items() if owner or one.actor_id == viewer}
    return [Comment(id, kind, known.get(id)) for id, kind in sorted(kinds.items())]


def kind_of(tx: Tx, post: PostRow, row: RequestRow) -> Kind | None:
    """How a post that the owner may see could answer the request; None when it is not for the owner in any way."""
    companion = post_of(tx, row)
    named = mentions(tx, post.id, row.actor_id)
    if post.visibility == Visibility.DIRECT:
        return Kind.DIRECT if named else None
    if companion is not None and companion.id in (post.in_reply_to_id, post.thread_id):
        return Kind.REPLY
    quoted = quotes.find(tx, post.id)
    if companion is not None and quoted is not None and quoted.quoted_id == companion.id:
        return Kind.QUOTE
    return Kind.MENTION if named else None


def mentioned_in(tx: Tx, post_id: int) -> list[int]:
    """The numbers of the actors known here whom a post mentions."""
    return [
        number for _href, _name, number in details.mentions_of(tx, [post_id]).get(post_id, []) if number is not None
    ]
