"""What posts mean for requests, as they arrive: noted, never answered by a program. After the handlers of posts, which refuse and store."""

from dataclasses import replace

from coopfed.db.tx import Tx
from coopfed.features.posts import store as posts
from coopfed.features.requests import answers, comments, store, talk, telling
from coopfed.features.requests.rules import Response
from coopfed.node import Node, Stamp
from coopfed.outcomes import Outcome
from coopfed.vocab.arrival import Arrival
from coopfed.vocab.audience import Visibility


async def gather(node: Node, arrival: Arrival) -> str:
    """The address of this node, which stands before that of each of its requests."""
    return node.urls.base


def check(_arrival: Arrival, _base: str) -> None:
    """Nothing is refused here."""


def apply_said(tx: Tx, arrival: Arrival, base: str, _stamp: Stamp) -> Outcome:
    """A post that is new, or was edited: which requests it has links to, and whether it belongs to the talk about an answer."""
    ref = arrival.activity.object
    post = posts.by_uri(tx, ref.id) if ref is not None and ref.id is not None else None
    if post is None or post.deleted_at is not None:
        return Outcome.IRRELEVANT
    if base in post.content or arrival.activity.type == "Update":
        comments.note(tx, post, base)
    if post.visibility == Visibility.DIRECT:
        talk.hear(tx, post)
    return Outcome.ACCEPTED


def apply_deleted(tx: Tx, arrival: Arrival, _base: str, stamp: Stamp) -> Outcome:
    """An answer that was made of a post is taken back with it, and its text goes too; what was agreed on, or proposed, stands."""
    ref = arrival.activity.object
    post = posts.by_uri(tx, ref.id) if ref is not None and ref.id is not None else None
    if post is None or post.deleted_at is None:
        return Outcome.IRRELEVANT
    for response in answers.waiting_of_post(tx, post.id):
        row = store.hold(tx, response.request_id)
        now = answers.get(tx, response.id)
        if row is None or now is None or not now.pending:
            continue
        answers.put(tx, replace(now, status=Response.WITHDRAWN, content="", document=b"", updated_at=stamp.now))
        telling.retell_later(tx, row, stamp)
    return Outcome.ACCEPTED
