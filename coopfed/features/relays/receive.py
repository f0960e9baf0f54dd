"""What relays answer, and what they pass on: posts to be discovered, never a boost, a follow or a notification.

Nothing in it is believed: a post is fetched from its own host. Source: FEP-ae0c; s2s research 2.16.
"""

from dataclasses import dataclass

from actors.lookup import by_uri
from coopfed.db.tx import Tx
from coopfed.errors import BadMessage, Forbidden, NotFound
from coopfed.features.posts import store as posts
from coopfed.features.posts.remote import Post, fetch_post, store_alone
from coopfed.node import Node, Stamp
from coopfed.outcomes import Outcome, Refusal
from coopfed.vocab.arrival import Arrival
from coopfed.vocab.audience import Visibility, visibility
from coopfed.vocab.origin import authority
from coopfed.vocab.records import Activity
from outbox import relays
from outbox.relays import RelayRow


@dataclass(frozen=True, slots=True)
class AnswerFacts:
    """The relay that answers, and the number of the actor that speaks for it."""

    relay: RelayRow
    actor_id: int
    speaks: bool


def answered(tx: Tx, activity: Activity) -> AnswerFacts | None:
    """The relay whose Follow an Accept or Reject names, by id; embedded, or nothing but it. A unit of work."""
    ref = activity.object
    row = relays.by_follow(tx, ref.id) if ref is not None and ref.id is not None else None
    actor = by_uri(tx, activity.actor)
    if row is None or actor is None:
        return None
    # Of Mastodon's style only the inbox is known before: whoever answers must live there.
    here = row.actor_id == actor.id if row.actor_id is not None else authority(row.inbox) == authority(actor.uri)
    return AnswerFacts(row, actor.id, here)


def check_answer(_arrival: Arrival, facts: AnswerFacts) -> None:
    """Only the relay that was asked answers."""
    if not facts.speaks:
        raise Refusal(Outcome.REFUSED_UNASKED, "not the relay that was asked")


def apply_accept(tx: Tx, _arrival: Arrival, facts: AnswerFacts, _stamp: Stamp) -> Outcome:
    """The relay let us in."""
    return Outcome.ACCEPTED if relays.accept(tx, facts.relay.id, facts.actor_id) else Outcome.DUPLICATE


def apply_reject(tx: Tx, _arrival: Arrival, facts: AnswerFacts, _stamp: Stamp) -> Outcome:
    """The relay turned us away, or put us out."""
    relays.remove(tx, facts.relay.id)
    return Outcome.ACCEPTED


async def gather_post(node: Node, arrival: Arrival) -> Post | None:
    """The post that a relay announces, from its own host; None when it is here already."""
    ref = arrival.activity.object
    if ref is None or ref.id is None:
        raise BadMessage("an Announce of nothing")
    if node.urls.is_ours(ref.id) or await node.db.read(posts.by_uri, ref.id) is not None:
        return None
    if await node.is_blocked(authority(ref.id)):
        raise Refusal(Outcome.PEER_BLOCKED, "the post's host is blocked")
    try:
        return await fetch_post(node, ref.id, node.budget())
    except Forbidden as error:
        raise Refusal(Outcome.PEER_BLOCKED, str(error)) from error
    except NotFound as error:
        raise Refusal(Outcome.UNSUPPORTED, str(error)) from error


def check_post(_arrival: Arrival, post: Post | None) -> None:
    """New, and public: a relay spreads what is for everybody."""
    if post is None:
        raise Refusal(Outcome.DUPLICATE, "known here")
    if visibility(post.record.to, post.record.cc, post.author.followers_uri) is not Visibility.PUBLIC:
        raise Refusal(Outcome.REFUSED_HIDDEN, "not public")


def apply_post(tx: Tx, _arrival: Arrival, post: Post | None, stamp: Stamp) -> Outcome:
    """Stores it, to be found by its hashtags and its author."""
    assert post is not None
    return Outcome.ACCEPTED if store_alone(tx, post, stamp) is not None else Outcome.REFUSED_DELETED
