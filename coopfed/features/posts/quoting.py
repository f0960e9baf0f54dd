"""A post of ours that quotes another: what is asked before it is written, and what is written with it. Units of work.

Of our own posts, and those of other actors of this node whose policy allows it, consent is shown at once; a remote author is asked by
a QuoteRequest, and until the answer comes nobody is told that they agreed.
"""

from dataclasses import dataclass

from actors.lookup import ActorRow, by_id
from coopfed.db.models.quotes import ACCEPTED, PENDING
from coopfed.db.tx import Tx
from coopfed.errors import InvalidInput, NotFound
from coopfed.features import notifications
from coopfed.features.consent import quotes
from coopfed.features.consent import store as consents
from coopfed.features.consent.quotes import QuoteRow
from coopfed.features.consent.rules import is_for_as_few, may_quote, named
from coopfed.features.posts import store, visible
from coopfed.features.posts.allowed import must_ask_to_quote
from coopfed.features.posts.store import PostRow
from coopfed.node import Stamp
from coopfed.text.sanitise import sanitise
from coopfed.vocab import consent
from coopfed.vocab.audience import Visibility
from coopfed.vocab.build import Document
from coopfed.vocab.terms import PUBLIC
from outbox.publish import publish


@dataclass(frozen=True, slots=True)
class Quoted:
    """What is quoted, by whom it was written, and where its author's consent is shown; None while a remote author is asked."""

    post: PostRow
    author: ActorRow
    authorization: str | None

    @property
    def link(self) -> str:
        """Its page, or its id."""
        return self.post.url or self.post.uri


def quoted_by(tx: Tx, author: ActorRow, uri: str, visibility: Visibility, stamp: Stamp) -> Quoted:
    """The post that `author` wants to quote for readers of this visibility.

    NotFound when it is not for the author, InvalidInput when its own author does not allow it, or it would be shown to more people.
    """
    post = store.by_uri(tx, uri)
    if post is None or post.id not in visible.by_ids(tx, [post.id], author.id):
        raise NotFound(f"the post {uri} is not known here")
    writer = by_id(tx, post.actor_id)
    assert writer is not None
    if not is_for_as_few(visibility, Visibility(post.visibility)):
        raise InvalidInput("the quoted post is for fewer people than this one; post to as few")
    if not writer.local:
        must_ask_to_quote(tx, author, post, writer)
        return Quoted(post, writer, None)
    policy, own = post.allows, writer.id == author.id
    stance = named(policy.quote if policy is not None else None, writer.followers_uri)
    follows = own or consents.follows(tx, author.id, writer.id)
    if not may_quote(stance, Visibility(post.visibility), own=own, follows=follows):
        raise InvalidInput(
            f"@{writer.handle} does not allow this post to be quoted; a link to it needs nobody's consent"
        )
    return Quoted(post, writer, stamp.urls.object(stamp.mint(None)))


def with_quote(note: Document, quoted: Quoted | None) -> Document:
    """The note with what it quotes."""
    return note if quoted is None else consent.quoting(with_reader(note, quoted), quoted.post.uri, quoted.authorization)


def with_reader(note: Document, quoted: Quoted | None) -> Document:
    """The note addressed to whom it quotes as well, when it is for few: who is to agree must be able to read it."""
    reader = unnamed_reader(note, quoted)
    return note if reader is None else note | {"cc": list(dict.fromkeys((*note["cc"], reader.uri)))}


def unnamed_reader(note: Document, quoted: Quoted | None) -> ActorRow | None:
    """Who is quoted in a note that is not for everybody, unless its author quotes a post of their own."""
    if quoted is None or PUBLIC in (*note["to"], *note["cc"]) or quoted.author.uri == note["attributedTo"]:
        return None
    return quoted.author


def with_line(html: str, quoted: Quoted | None) -> str:
    """The HTML with the line that leads to the quoted post."""
    return html if quoted is None else sanitise(consent.with_line(html, quoted.link))


def note_quote(tx: Tx, post: PostRow, author: ActorRow, quoted: Quoted, note: Document, stamp: Stamp) -> None:
    """Stores the quote in a post of ours; asks its remote author, tells one of ours. Source: FEP-044f *QuoteRequest*."""
    state, request = ACCEPTED, None
    if quoted.authorization is None and quoted.author.id != author.id:
        number = stamp.mint(None)
        state, request = PENDING, stamp.urls.activity(number)
        asked = consent.quote_request(request, author.uri, quoted.post.uri, quoted.author.uri, note)
        publish(tx, stamp, author, number, asked, post.id)
    quotes.insert_quote(
        tx,
        QuoteRow(
            object_id=post.id,
            quoted_uri=quoted.post.uri,
            quoted_id=quoted.post.id,
            state=state,
            legacy=False,
            request_uri=request,
            authorization_uri=quoted.authorization,
            created_at=stamp.now,
            checked_at=stamp.now,
        ),
    )
    if state == ACCEPTED and quoted.author.id != author.id:
        notifications.notify(tx, quoted.author.id, notifications.QUOTE, author.id, post.uri, stamp, object_id=post.id)


def quoted_in(tx: Tx, post: PostRow) -> Quoted | None:
    """What a post of ours quotes, as it is stored; None also when the quoted post is here no longer."""
    row = quotes.find(tx, post.id)
    found = store.by_id(tx, row.quoted_id) if row is not None and row.quoted_id else None
    writer = by_id(tx, found.actor_id) if found is not None else None
    return None if row is None or found is None or writer is None else Quoted(found, writer, row.authorization_uri)
