"""What posts mean for requests, as they arrive: noted, never answered by a program. After the handlers of posts, which refuse and store."""

from dataclasses import dataclass, replace

from coopfed.db.tx import Tx
from coopfed.features.posts import store as posts
from coopfed.features.requests import acknowledging, answers, comments, store, talk, telling
from coopfed.features.requests.rules import Response
from coopfed.node import Node, Stamp
from coopfed.outcomes import Outcome
from coopfed.vocab.arrival import Arrival, Trust
from coopfed.vocab.audience import Visibility


@dataclass(frozen=True, slots=True)
class Heard:
    """The address of this node, which stands before that of each of its requests; whether the arrival speaks of this node at all."""

    base: str
    of_us: bool


async def gather(node: Node, arrival: Arrival) -> Heard:
    """Whether there is anything to be looked for: most of what arrives is said to others about something else, and costs nothing here.
    What was fetched does not stand in the arrival."""
    base, ref = node.urls.base, arrival.activity.object
    # The host, since some servers write each slash of an address as two characters.
    host = base.partition("://")[2]
    content = ref.embedded.get("content") if ref is not None and ref.embedded is not None else ""
    spoken = host.encode() in arrival.raw or host in str(content)
    return Heard(base, spoken or arrival.trust is Trust.RELAYED or arrival.group is not None)


def check(_arrival: Arrival, _heard: Heard) -> None:
    """Nothing is refused here."""


def apply_said(tx: Tx, arrival: Arrival, heard: Heard, stamp: Stamp) -> Outcome:
    """A post that is new, or was edited: which requests it has links to, whether it belongs to the talk about an answer, and whether its
    author is to be thanked."""
    ref, edited = arrival.activity.object, arrival.activity.type == "Update"
    if ref is None or ref.id is None:
        return Outcome.IRRELEVANT
    if not heard.of_us:
        if edited:
            comments.forget(tx, ref.id)
        return Outcome.IRRELEVANT
    post = posts.by_uri(tx, ref.id)
    if post is None or post.deleted_at is not None:
        return Outcome.IRRELEVANT
    if heard.base in post.content or edited:
        comments.note(tx, post, heard.base)
    if post.visibility == Visibility.DIRECT:
        talk.hear(tx, post)
    elif not edited:
        acknowledging.later(tx, post, stamp)
    return Outcome.ACCEPTED


def apply_deleted(tx: Tx, arrival: Arrival, _heard: Heard, stamp: Stamp) -> Outcome:
    """An answer that was made of a post is taken back with it, and its text goes too; what was agreed on, or proposed, stands."""
    ref = arrival.activity.object
    for response in answers.waiting_of_deleted(tx, ref.id) if ref is not None and ref.id is not None else ():
        row = store.hold(tx, response.request_id)
        now = answers.get(tx, response.id)
        if row is None or now is None or not now.pending:
            continue
        answers.put(tx, replace(now, status=Response.WITHDRAWN, content="", document=b"", updated_at=stamp.now))
        telling.retell_later(tx, row, stamp)
    return Outcome.ACCEPTED
