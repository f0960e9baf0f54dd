"""LikeRequest, ReplyRequest and AnnounceRequest as they arrive: the interaction that a request carries takes the road that it would have
taken by itself, and who asked gets an Accept that leads to an authorization.

Our posts say nothing of likes, answers and boosts: whoever sees one may do all three. Who may not see it, or is blocked, gets no answer,
since that would tell that the post is there. Source: GoToSocial *Accepting an Interaction Request*.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from actors.lookup import ActorRow, by_id, by_uri
from coopfed.db.tx import Tx
from coopfed.errors import BadMessage
from coopfed.features.consent import grants
from coopfed.features.follows.store import blocks
from coopfed.features.posts import receive as posts
from coopfed.features.posts import store, visible
from coopfed.features.posts.receive import CreateFacts
from coopfed.features.posts.store import PostRow
from coopfed.features.reactions import receive as reactions
from coopfed.features.reactions.rules import BOOST, LIKE
from coopfed.features.reactions.store import by_uri as reactions_by_uri
from coopfed.node import Node, Stamp
from coopfed.outcomes import Outcome, Refusal
from coopfed.vocab import consent
from coopfed.vocab.arrival import Arrival, Trust
from coopfed.vocab.document import read_activity
from coopfed.vocab.members import recipients
from coopfed.vocab.origin import check_activity_origin
from coopfed.vocab.records import Activity, ObjectRef
from coopfed.vocab.terms import POST_TYPES
from coopfed.vocab.values import reference
from outbox.publish import publish


@dataclass(frozen=True, slots=True)
class Taken:
    """How a kind of interaction is taken in when it comes by itself."""

    what: str
    gather: Callable[[Node, Arrival], Awaitable[Any]]
    check: Callable[[Arrival, Any], None]
    apply: Callable[[Tx, Arrival, Any, Stamp], Outcome]


_TAKEN = {
    "LikeRequest": Taken("like", reactions.gather_reaction, reactions.check_reaction, reactions.apply_reaction),
    "ReplyRequest": Taken("reply", posts.gather_create, posts.check_create, posts.apply_create),
    "AnnounceRequest": Taken("announce", reactions.gather_boost, reactions.check_boost, reactions.apply_boost),
}


@dataclass(frozen=True, slots=True)
class Requested:
    """What is asked for: the interaction as an arrival of its own with what its handler gathered; the post of ours, and its author."""

    within: Arrival
    facts: Any
    post: PostRow
    author: ActorRow


async def gather(node: Node, arrival: Arrival) -> Requested:
    """The post and the interaction. Refusal unless the post is one of ours that the asker may see, and the interaction the asker's own,
    with that post."""
    if arrival.trust is not Trust.DIRECT:
        raise Refusal(Outcome.REFUSED_RELAYED, "passed on by somebody else")
    post, author = await node.db.read(_open_to, arrival.activity.object_id, arrival.activity.actor)
    within = _within(arrival, post.uri)
    return Requested(within, await _TAKEN[arrival.activity.type].gather(node, within), post, author)


def _open_to(tx: Tx, uri: str | None, asker_uri: str) -> tuple[PostRow, ActorRow]:
    """The post of ours with this id, and its author."""
    post, asker = store.by_uri(tx, uri) if uri is not None else None, by_uri(tx, asker_uri)
    author = by_id(tx, post.actor_id) if post is not None and post.local else None
    if post is None or author is None or author.gone_at is not None or asker is None:
        raise Refusal(Outcome.IRRELEVANT, "not a post of this node")
    if post.deleted_at is not None:
        raise Refusal(Outcome.REFUSED_DELETED, "the post was deleted")
    if blocks(tx, author.id, asker.id):
        raise Refusal(Outcome.REFUSED_BLOCKED, "the author blocks the actor")
    if not visible.by_ids(tx, [post.id], asker.id):
        raise Refusal(Outcome.REFUSED_HIDDEN, f"the actor may not see {post.uri}")
    return post, author


def _within(arrival: Arrival, target: str) -> Arrival:
    """The interaction as an arrival of its own. An answer may come by its id; of it only its origin tells what it answers."""
    asked, ref = arrival.activity, arrival.activity.instrument
    if ref is None or ref.id is None:
        raise BadMessage(f"{asked.type} without an instrument")
    if asked.type == "ReplyRequest":
        return replace(arrival, activity=_creation(asked, ref))
    document = ref.embedded or {}
    if consent.REQUEST.get(str(document.get("type")).lower()) != asked.type:
        raise BadMessage(f"the instrument of a {asked.type} is {document.get('type') or 'not there'}")
    actor = document.get("actor") or next((reference(one) for one in document.get("attributedTo", ())), asked.actor)
    if actor != asked.actor:
        raise Refusal(Outcome.REFUSED_AUTHOR, "asked for somebody else")
    inner = read_activity({**document, "actor": asked.actor})
    check_activity_origin(inner)
    if inner.object_id != target:
        raise BadMessage("the instrument is about another post")
    return replace(arrival, activity=inner)


def _creation(asked: Activity, ref: ObjectRef) -> Activity:
    """The Create of an answer."""
    if ref.embedded is not None and ref.type not in POST_TYPES:
        raise BadMessage(f"the instrument of a {asked.type} is {ref.type}")
    to, cc, audience = recipients(ref.embedded) if ref.embedded is not None else (asked.to, asked.cc, asked.audience)
    return replace(asked, id=None, type="Create", objects=(ref,), to=to, cc=cc, audience=audience)


def check(arrival: Arrival, facts: Requested) -> None:
    """As the interaction is checked when it comes by itself; and an answer must answer the post that it is asked for."""
    if isinstance(facts.facts, CreateFacts) and facts.facts.post.record.in_reply_to != facts.post.uri:
        raise BadMessage("the instrument answers another post")
    _TAKEN[arrival.activity.type].check(facts.within, facts.facts)


def apply(tx: Tx, arrival: Arrival, facts: Requested, stamp: Stamp) -> Outcome:
    """The interaction takes effect; when it is here, now or since before, who asked gets its authorization."""
    taken = _TAKEN[arrival.activity.type]
    outcome = taken.apply(tx, facts.within, facts.facts, stamp)
    uri = arrival.activity.instrument.id if arrival.activity.instrument is not None else None
    if outcome in (Outcome.ACCEPTED, Outcome.DUPLICATE) and uri is not None and _is_here(tx, taken.what, uri):
        shown = stamp.urls.object(grants.grant(tx, stamp.mint(None), facts.post.id, taken.what, uri, stamp.now))
        number = stamp.mint(None)
        request = _repeated(arrival.activity)
        answer = consent.answer("Accept", stamp.urls.activity(number), facts.author.uri, request, shown)
        publish(tx, stamp, facts.author, number, answer, number)
    return outcome


def _is_here(tx: Tx, what: str, uri: str) -> bool:
    if what == "reply":
        post = store.by_uri(tx, uri)
        return post is not None and post.deleted_at is None
    return bool(reactions_by_uri(tx, uri, (LIKE, BOOST)))


def _repeated(activity: Activity) -> dict[str, Any]:
    """The request with ids, to be repeated in its answer."""
    members = {
        "type": activity.type,
        "id": activity.id,
        "actor": activity.actor,
        "object": activity.object_id,
        "instrument": activity.instrument.id if activity.instrument is not None else None,
    }
    return {name: value for name, value in members.items() if value is not None}
