"""QuoteRequest, its answers, and the Delete of a consent, as they arrive: gather, check, apply. Source: FEP-044f.

An answer counts only for what we asked and from whom we asked; consent lies on the host of whose consent it is.
"""

from dataclasses import dataclass, replace
from typing import Any

import orjson

from actors.lookup import ActorRow, by_id, by_uri
from coopfed.db.models.quotes import ACCEPTED, PENDING, REJECTED, REVOKED
from coopfed.db.tx import Tx
from coopfed.errors import BadMessage, NotFound
from coopfed.features.consent import quotes
from coopfed.features.consent import store as consents
from coopfed.features.consent.quotes import QuoteRow
from coopfed.features.consent.rules import may_quote, may_vouch, named
from coopfed.features.follows.store import blocks
from coopfed.features.posts import documents, visible
from coopfed.features.posts import store as posts
from coopfed.features.posts.remote import Post, fetch_post, store_alone
from coopfed.features.posts.store import PostRow
from coopfed.features.quotes.revise import revise, strip, tell_quoted
from coopfed.node import Node, Stamp
from coopfed.outcomes import Outcome, Refusal
from coopfed.vocab import consent
from coopfed.vocab.arrival import Arrival, Trust
from coopfed.vocab.audience import Visibility
from coopfed.vocab.document import read_post
from coopfed.vocab.origin import may_author
from coopfed.vocab.records import Activity, ObjectRef
from outbox.publish import publish


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """Who asks to quote which post of ours, and the post that would quote it (None: it could not be had)."""

    asker: ActorRow
    quoted: PostRow | None
    author: ActorRow | None
    visible: bool
    blocked: bool
    instrument: Post | None


async def gather_request(node: Node, arrival: Arrival) -> RequestFacts:
    """The quoted post, and the quoting one: embedded by its own author, else fetched."""
    target = arrival.activity.object
    facts = await node.db.read(_request_facts, arrival.activity.actor, target.id if target is not None else None)
    if facts.quoted is None or not facts.quoted.local or facts.blocked or not facts.visible:
        return facts
    return replace(facts, instrument=await _instrument(node, arrival, facts.asker))


def _request_facts(tx: Tx, asker_uri: str, quoted_uri: str | None) -> RequestFacts:
    asker = by_uri(tx, asker_uri)
    if asker is None:
        raise Refusal(Outcome.IRRELEVANT, "the actor is not known here")
    quoted = posts.by_uri(tx, quoted_uri) if quoted_uri is not None else None
    author = by_id(tx, quoted.actor_id) if quoted is not None else None
    return RequestFacts(
        asker=asker,
        quoted=quoted,
        author=author,
        visible=quoted is not None and bool(visible.by_ids(tx, [quoted.id], asker.id)),
        blocked=quoted is not None and blocks(tx, quoted.actor_id, asker.id),
        instrument=None,
    )


async def _instrument(node: Node, arrival: Arrival, asker: ActorRow) -> Post:
    ref = arrival.activity.instrument
    if ref is None or ref.id is None:
        raise BadMessage("QuoteRequest without an instrument")
    if ref.embedded is not None and ref.embedded.get("type") is not None and arrival.trust is Trust.DIRECT:
        return Post(read_post(ref.embedded), asker, orjson.dumps(ref.embedded))
    try:
        return await fetch_post(node, ref.id, node.budget())
    except NotFound as error:
        raise Refusal(Outcome.MALFORMED, f"the instrument is no post: {error}") from error


def check_request(arrival: Arrival, facts: RequestFacts) -> None:
    """The asker wants to quote a post of ours that they may see, in a post of their own that does quote it."""
    if facts.asker.gone_at is not None:
        raise Refusal(Outcome.IRRELEVANT, "the actor is gone")
    if facts.quoted is None or not facts.quoted.local or facts.author is None:
        raise Refusal(Outcome.IRRELEVANT, "not a post of this node")
    if facts.quoted.deleted_at is not None or facts.author.gone_at is not None:
        raise Refusal(Outcome.REFUSED_DELETED, "the post was deleted")
    if facts.blocked:
        raise Refusal(Outcome.REFUSED_BLOCKED, "the author blocks the actor")
    if not facts.visible:
        raise Refusal(Outcome.REFUSED_HIDDEN, f"the actor may not see {facts.quoted.uri}")
    assert facts.instrument is not None
    may_author(arrival.activity.actor, facts.instrument.record)
    if facts.instrument.record.quote != facts.quoted.uri:
        raise Refusal(Outcome.MALFORMED, "the instrument does not quote the post")


def apply_request(tx: Tx, arrival: Arrival, facts: RequestFacts, stamp: Stamp) -> Outcome:
    """Answers by the post's policy: Accept with the id of a QuoteAuthorization, or Reject. What was taken back once is not given again:
    the post that lost it quotes nothing more of the author's.

    Source: FEP-044f *QuoteRequest*.
    """
    assert facts.author is not None
    assert facts.instrument is not None
    assert facts.quoted is not None
    quoted = posts.by_id(tx, facts.quoted.id)
    if quoted is None or quoted.deleted_at is not None:
        return Outcome.REFUSED_DELETED
    request = _request(arrival.activity)
    policy = quoted.allows
    stance = named(policy.quote if policy is not None else None, facts.author.followers_uri)
    follows = consents.follows(tx, facts.asker.id, facts.author.id)
    known = posts.by_uri(tx, facts.instrument.record.id)
    row = quotes.find(tx, known.id) if known is not None else None
    taken_back = row is not None and row.quoted_uri == quoted.uri and row.state in (REVOKED, REJECTED)
    taken_back = taken_back or posts.is_buried(tx, facts.instrument.record.id, facts.author.id)
    if taken_back or not may_quote(stance, Visibility(quoted.visibility), own=False, follows=follows):
        _answer(tx, facts.author, "Reject", request, stamp)
        return Outcome.REFUSED_POLICY
    post = known or store_alone(tx, facts.instrument, stamp)
    if post is None or post.deleted_at is not None:
        return Outcome.REFUSED_DELETED
    granted = _grant(tx, post, quoted, facts.instrument, request.get("id"), stamp)
    _answer(tx, facts.author, "Accept", request, stamp, granted.authorization_uri)
    tell_quoted(tx, granted, stamp)
    return Outcome.ACCEPTED


def _grant(tx: Tx, post: PostRow, quoted: PostRow, instrument: Post, request: str | None, stamp: Stamp) -> QuoteRow:
    """The quote with our consent, which stays the same however often it is asked for."""
    row = quotes.find(tx, post.id)
    if row is None or row.quoted_uri != quoted.uri:
        quotes.renew(tx, post.id, instrument.record, stamp)
        row = quotes.find(tx, post.id)
        assert row is not None
    if row.state != ACCEPTED or not row.request_uri or not stamp.urls.is_ours(row.authorization_uri or ""):
        shown = stamp.urls.object(stamp.mint(None))
        named_by = request or post.uri
        quotes.settle(tx, row, ACCEPTED, stamp.now, quoted_id=quoted.id, authorization=shown, request=named_by)
    found = quotes.find(tx, post.id)
    assert found is not None
    return found


def _request(activity: Activity) -> dict[str, Any]:
    """The request with ids, to be repeated in its answer."""
    target, instrument = activity.object, activity.instrument
    members = {
        "type": "QuoteRequest",
        "id": activity.id,
        "actor": activity.actor,
        "object": target.id if target is not None else None,
        "instrument": instrument.id if instrument is not None else None,
    }
    return {name: value for name, value in members.items() if value is not None}


def _answer(
    tx: Tx, author: ActorRow, type: str, request: dict[str, Any], stamp: Stamp, result: str | None = None
) -> None:
    number = stamp.mint(None)
    answer = consent.answer(type, stamp.urls.activity(number), author.uri, request, result)
    publish(tx, stamp, author, number, answer, number)


@dataclass(frozen=True, slots=True)
class AnswerFacts:
    """The quote of ours that is answered, the post it stands in with its author, and who was asked."""

    row: QuoteRow
    post: PostRow
    author: ActorRow
    asked: ActorRow | None


def answered(tx: Tx, activity: Activity) -> AnswerFacts | None:
    """The QuoteRequest of ours that an Accept or Reject is about: by its id, else by the post that quotes. A unit of work."""
    ref = activity.object
    row = quotes.by_request(tx, ref.id) if ref is not None and ref.id is not None else None
    row = row or (_by_instrument(tx, ref) if ref is not None else None)
    post = posts.by_id(tx, row.object_id) if row is not None else None
    author = by_id(tx, post.actor_id) if post is not None and post.local else None
    if row is None or post is None or author is None:
        return None
    quoted = posts.by_id(tx, row.quoted_id) if row.quoted_id else None
    return AnswerFacts(row, post, author, by_id(tx, quoted.actor_id) if quoted is not None else None)


def _by_instrument(tx: Tx, ref: ObjectRef) -> QuoteRow | None:
    embedded = ref.embedded
    if embedded is None or embedded.get("type") != "QuoteRequest":
        return None
    named_post = embedded.get("instrument")
    uri = named_post.get("id") if isinstance(named_post, dict) else named_post
    post = posts.by_uri(tx, uri) if isinstance(uri, str) else None
    return quotes.find(tx, post.id) if post is not None else None


def check_answer(arrival: Arrival, facts: AnswerFacts) -> None:
    """Only who was asked answers. What was deleted meanwhile needs no answer."""
    if facts.asked is None or facts.asked.uri != arrival.activity.actor:
        raise Refusal(Outcome.REFUSED_UNASKED, "answered by somebody else")
    if facts.post.deleted_at is not None:
        raise Refusal(Outcome.REFUSED_DELETED, "the post was deleted")


def apply_accept(tx: Tx, arrival: Arrival, facts: AnswerFacts, stamp: Stamp) -> Outcome:
    """The consent goes onto the post, and the post to all who have it. Source: FEP-044f *Accept*."""
    assert facts.asked is not None
    result = arrival.activity.result.id if arrival.activity.result is not None else None
    if result is None:
        return Outcome.MALFORMED
    if not may_vouch(result, facts.asked.uri):
        return Outcome.REFUSED_ORIGIN
    if posts.is_buried(tx, result, facts.asked.id):
        return Outcome.REFUSED_DELETED
    row = quotes.find(tx, facts.post.id)
    if row is None or row.state not in (PENDING, ACCEPTED) or row.authorization_uri == result:
        return Outcome.DUPLICATE
    document = documents.note_of(tx, facts.post.id)
    if document is None:
        return Outcome.REFUSED_DELETED
    quotes.settle(tx, row, ACCEPTED, stamp.now, authorization=result)
    post = posts.by_id(tx, facts.post.id)
    assert post is not None
    revise(tx, facts.author, post, document | {"quoteAuthorization": result}, stamp)
    return Outcome.ACCEPTED


def apply_reject(tx: Tx, _arrival: Arrival, facts: AnswerFacts, stamp: Stamp) -> Outcome:
    """The quote is taken out of the post, also after an Accept. Source: FEP-044f *Reject*."""
    row = quotes.find(tx, facts.post.id)
    if row is None or row.state not in (PENDING, ACCEPTED):
        return Outcome.DUPLICATE
    strip(tx, row, REJECTED if row.state == PENDING else REVOKED, stamp)
    return Outcome.ACCEPTED


async def gather_revocation(node: Node, arrival: Arrival) -> list[QuoteRow]:
    """The quotes that lose their consent: those that name what its author deletes."""
    ref = arrival.activity.object
    return await node.db.read(_of_author, ref.id if ref is not None else None, arrival.activity.actor)


def _of_author(tx: Tx, uri: str | None, actor_uri: str) -> list[QuoteRow]:
    actor = by_uri(tx, actor_uri) if uri is not None else None
    if uri is None or actor is None:
        return []
    quoted = ((row, posts.by_id(tx, row.quoted_id)) for row in quotes.by_authorization(tx, uri) if row.quoted_id)
    return [row for row, post in quoted if post is not None and post.actor_id == actor.id]


def check_revocation(_arrival: Arrival, _rows: list[QuoteRow]) -> None:
    """That the sender may delete it is asked by the handler before; whose consent it was, when gathering."""


def apply_revocation(tx: Tx, arrival: Arrival, rows: list[QuoteRow], stamp: Stamp) -> Outcome:
    """The quotes are no longer shown as such; ours are sent anew without them. Source: FEP-044f *Revocation*."""
    if arrival.trust is Trust.LOCAL:
        return Outcome.DUPLICATE
    revoked = [row for row in rows if (now := quotes.find(tx, row.object_id)) and now.state != REVOKED]
    for row in revoked:
        strip(tx, row, REVOKED, stamp)
    return Outcome.ACCEPTED if revoked else Outcome.IRRELEVANT
