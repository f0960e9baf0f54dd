"""A post of ours whose document changes without its author writing: consent that came or went, another policy. Units of work."""

import orjson

from actors.lookup import ActorRow, by_id
from coopfed.clock import utc
from coopfed.db.models.quotes import ACCEPTED
from coopfed.db.tx import Tx
from coopfed.features import notifications
from coopfed.features.consent import quotes
from coopfed.features.consent.quotes import QuoteRow
from coopfed.features.posts import documents
from coopfed.features.posts import store as posts
from coopfed.features.posts.allowed import only_for
from coopfed.features.posts.reach import reached_by
from coopfed.features.posts.store import PostRow
from coopfed.node import Stamp
from coopfed.vocab import build, consent
from coopfed.vocab.build import Document
from outbox.publish import publish


def revise(tx: Tx, author: ActorRow, post: PostRow, document: Document, stamp: Stamp, *, edited: bool = False) -> bool:
    """Stores the post's new document and sends it to all who have the post, by an Update. Whether it was still there.

    With `edited` it counts as an edit: Mastodon takes another quote (or none) only with a newer `updated`, consent and policies
    without one.
    """
    moment = max(stamp.now, (post.updated_at or post.published_at) + 1) if edited else None
    if moment is not None:
        document = document | {"updated": build.instant(utc(moment))}
    if not documents.set_document(tx, post.id, orjson.dumps(document), moment):
        return False
    number = stamp.mint(None)
    update = build.update(document, stamp.urls.activity(number), stamp.utc())
    # Unnamed: who liked or boosted the post is nobody's business.
    told = {**update, "bcc": reached_by(tx, post)}
    publish(tx, stamp, author, number, told, post.id, only=only_for(tx, post))
    return True


def strip(tx: Tx, row: QuoteRow, state: str, stamp: Stamp) -> None:
    """The quote in a post is over: refused, or taken back. A post of ours is sent anew without it; the link in its text stays.

    Source: FEP-044f *Revocation*.
    """
    quotes.settle(tx, row, state, stamp.now)
    post = posts.by_id(tx, row.object_id)
    author = by_id(tx, post.actor_id) if post is not None and post.local else None
    document = documents.note_of(tx, post.id) if post is not None and author is not None else None
    if post is None or author is None or document is None:
        return
    revise(tx, author, post, consent.without_quote(document), stamp, edited=True)


def tell_quoted(tx: Tx, row: QuoteRow, stamp: Stamp) -> None:
    """Tells the author of a quoted post of ours, once for each post that quotes it."""
    quoted = posts.by_id(tx, row.quoted_id) if row.quoted_id else None
    quoting = posts.by_id(tx, row.object_id)
    if quoted is None or quoting is None or not quoted.local or row.state != ACCEPTED:
        return
    if quoted.actor_id != quoting.actor_id:
        notifications.notify(
            tx,
            quoted.actor_id,
            notifications.QUOTE,
            quoting.actor_id,
            quoting.uri,
            stamp,
            object_id=quoting.id,
        )
