"""Offers, and what becomes of Offers, as they arrive: gather, check, apply.

Whatever comes twice, late or out of order ends in the same rows: of two Offers the one that was written later lives, and what the owner
decided stands, whatever crossed it on the way. Source: API contract 5, *Any order*; domain research 8.
"""

from dataclasses import dataclass, replace
from functools import partial

from actors import proposal_readers
from actors.attested import Proof, proof_of
from actors.lookup import ActorRow, by_id, by_uri
from coopfed import limits
from coopfed.clock import milliseconds
from coopfed.db.tx import Tx
from coopfed.features.follows.store import blocks
from coopfed.features.posts import store as posts
from coopfed.features.requests import agreeing, agreements, answers, messages, responding, rules, store, telling
from coopfed.features.requests.answers import ResponseRow
from coopfed.features.requests.rules import Reason, Response
from coopfed.features.requests.store import RequestRow
from coopfed.features.requests.terms import digest_of, mismatches
from coopfed.features.undone import Undone
from coopfed.node import Node, Stamp
from coopfed.outcomes import Outcome, Refusal
from coopfed.text.sanitise import sanitise
from coopfed.vocab.arrival import Arrival, Trust
from coopfed.vocab.document import read_activity
from coopfed.vocab.normalise import normalise
from coopfed.vocab.origin import same_authority
from coopfed.vocab.proposals import OfferRecord, agreed, read_offer
from coopfed.vocab.records import Activity, ObjectRef
from coopfed.vocab.strict_json import parse
from coopfed.vocab.values import text as value_text

# --- Offers -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OfferFacts:
    """Who offers what for which request of ours; `proof` is what became of looking at it, `earlier` how many answers they gave before."""

    record: OfferRecord
    responder: ActorRow
    row: RequestRow | None
    known: ResponseRow | None
    readable: bool
    buried: bool
    blocked: bool
    proof: Proof
    earlier: int = 0


async def gather_offer(node: Node, arrival: Arrival) -> OfferFacts:
    """The Offer, the request that it answers, and its proof."""
    record = read_offer(arrival.activity)
    facts = await node.db.read(_offer_facts, record)
    if arrival.trust is Trust.LOCAL or facts.row is None or not facts.row.local:
        return facts
    return replace(facts, proof=await proof_of(node, arrival.raw, arrival.activity.actor))


def _offer_facts(tx: Tx, record: OfferRecord) -> OfferFacts:
    responder = by_uri(tx, record.actor)
    if responder is None:
        raise Refusal(Outcome.IRRELEVANT, "the actor is not known here")
    row = store.by_uri(tx, record.proposal)
    return OfferFacts(
        record,
        responder,
        row,
        answers.by_uri(tx, record.id),
        readable=row is not None and bool(store.readable_among(tx, [row.id], responder.id)),
        buried=posts.is_buried(tx, record.id, responder.id),
        blocked=row is not None and blocks(tx, row.actor_id, responder.id),
        proof=Proof.NONE,
        earlier=answers.count_of(tx, row.id, responder.id) if row is not None else 0,
    )


def check_offer(arrival: Arrival, facts: OfferFacts) -> None:
    """To requests of ours that the responder may read, by itself. A proof that does not hold makes an Offer nobody's."""
    if facts.responder.gone_at is not None:
        raise Refusal(Outcome.IRRELEVANT, "the actor is gone")
    if facts.row is None or not facts.row.local:
        raise Refusal(Outcome.IRRELEVANT, "an Offer to no request of ours")
    if facts.row.deleted_at is not None:
        raise Refusal(Outcome.REFUSED_DELETED, "the request was deleted")
    if facts.blocked:
        raise Refusal(Outcome.REFUSED_BLOCKED, "the owner blocks the actor")
    if not facts.readable or facts.row.actor_id == facts.responder.id:
        raise Refusal(Outcome.REFUSED_HIDDEN, "the actor may not answer this request")
    if facts.proof is Proof.INVALID:
        raise Refusal(Outcome.REFUSED_AUTHOR, "its proof does not hold")
    if facts.known is not None and arrival.trust is not Trust.LOCAL:
        raise Refusal(Outcome.DUPLICATE, "known here")
    if arrival.trust is Trust.LOCAL:
        return
    if len(arrival.raw) > limits.RESPONSE_BYTES:
        raise Refusal(Outcome.MALFORMED, f"an Offer of {len(arrival.raw)} bytes")
    if facts.earlier >= limits.RESPONSES_OF_ONE:
        raise Refusal(Outcome.REFUSED_FLOOD, f"{facts.earlier} answers to this request came before")


def apply_offer(tx: Tx, arrival: Arrival, facts: OfferFacts, stamp: Stamp) -> Outcome:
    """Stores the answer and lets the owner read it; what cannot stand is refused at once, with its reason."""
    assert facts.row is not None
    row = store.hold(tx, facts.row.id)
    owner = by_id(tx, facts.row.actor_id)
    if row is None or owner is None or row.deleted_at is not None or owner.gone_at is not None:
        return Outcome.REFUSED_DELETED
    if arrival.trust is Trust.LOCAL:
        response = answers.by_uri(tx, facts.record.id)
        if response is not None and response.pending:
            messages.tell_owner(tx, response, row, facts.responder, owner, stamp)
        return Outcome.ACCEPTED
    proposal_readers.spoke(tx, facts.responder.id)
    response = _received(arrival, facts, row, stamp)
    if facts.buried:
        # Its Undo came first.
        answers.add(tx, replace(response, status=Response.WITHDRAWN))
        responding.supersede(tx, row.id, facts.responder.id, stamp)
        return Outcome.REFUSED_DELETED
    why = _why_not(tx, facts, row, stamp)
    if not answers.add(tx, response):
        return Outcome.DUPLICATE
    if why is not None:
        telling.refuse(tx, row, owner, response, why, stamp)
    responding.supersede(tx, row.id, facts.responder.id, stamp)
    telling.retell_later(tx, row, stamp)
    lives = answers.by_uri(tx, response.uri)
    if lives is not None and lives.pending:
        messages.tell_owner(tx, lives, row, facts.responder, owner, stamp)
    return Outcome.ACCEPTED


def _why_not(tx: Tx, facts: OfferFacts, row: RequestRow, stamp: Stamp) -> Reason | None:
    asked = rules.quantity(facts.record.wanted.value)
    why = rules.refused(row.at(stamp.now), row.wanted, asked, answers.remaining(tx, row))
    if why is None and (facts.record.wanted.unit or row.unit) != row.unit:
        return Reason.NOT_ELIGIBLE
    if why is None and answers.count_pending(tx, row.id) >= limits.REQUESTS_OFFERED:
        return Reason.OTHER
    return why


def _received(arrival: Arrival, facts: OfferFacts, row: RequestRow, stamp: Stamp) -> ResponseRow:
    record = facts.record
    asked, back = rules.quantity(record.wanted.value), record.reciprocal
    returned = rules.quantity(back.value) if back is not None else None
    written = milliseconds(record.published) if record.published is not None else stamp.now
    return ResponseRow(
        id=stamp.mint(None),
        uri=record.id,
        request_id=row.id,
        actor_id=facts.responder.id,
        account_id=None,
        via=answers.COOPFED if record.ours else answers.FEP_0837,
        status=Response.RECEIVED,
        content=sanitise(record.content),
        language=record.language,
        value=rules.plain(asked) if asked is not None else None,
        reciprocal_value=rules.plain(returned) if returned is not None else None,
        reason=None,
        signed=facts.proof is Proof.VALID,
        superseded_by_uri=None,
        document=arrival.raw,
        # Nobody makes an answer the last one for ever by a date to come.
        written_at=written if written <= stamp.now + limits.POST_FUTURE_SECONDS * 1000 else stamp.now,
        answers_at=milliseconds(record.answers) if record.answers is not None else None,
        created_at=stamp.now,
        updated_at=stamp.now,
    )


# --- Undo -------------------------------------------------------------------------------------------------------


def undone(tx: Tx, ref: ObjectRef, _actor_uri: str) -> Undone | None:
    """The Offer that an Undo names, by its id."""
    response = answers.by_uri(tx, ref.id) if ref.id is not None else None
    responder = by_id(tx, response.actor_id) if response is not None else None
    if response is None or responder is None:
        return None
    return Undone(responder.uri, partial(_taken_back, response))


def _taken_back(response: ResponseRow, tx: Tx, stamp: Stamp) -> None:
    """What waited does so no more; what the owner decided before it came stands."""
    row, now = store.hold(tx, response.request_id), answers.get(tx, response.id)
    # One that a later one took the place of was taken back before that: the Undo came late.
    if row is None or now is None or not (now.pending or now.superseded_by_uri):
        return
    answers.move(tx, now, Response.WITHDRAWN, stamp.now)
    messages.take_back(tx, response.uri, stamp)
    if row.local:
        telling.retell_later(tx, row, stamp)


# --- Accept and Reject ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AnswerFacts:
    """What of ours an owner answers, and what became of looking at the proof; the number of the answer that has the Agreement already which
    it brings, if one has."""

    response: ResponseRow
    row: RequestRow
    owner: ActorRow
    responder: ActorRow
    agreed_before: int | None = None
    proof: Proof = Proof.NONE


def answered(tx: Tx, activity: Activity) -> AnswerFacts | None:
    """The Offer that an Accept or Reject names, by its id."""
    response = answers.by_uri(tx, activity.object_id) if activity.object_id is not None else None
    row = store.get(tx, response.request_id) if response is not None else None
    if response is None or row is None:
        return None
    owner, responder = by_id(tx, row.actor_id), by_id(tx, response.actor_id)
    assert owner is not None
    assert responder is not None
    known = agreements.by_uri(tx, uri) if (uri := agreed(activity).id) is not None else None
    return AnswerFacts(response, row, owner, responder, known.response_id if known is not None else None)


async def verified(node: Node, arrival: Arrival, facts: AnswerFacts) -> AnswerFacts:
    """With its proof looked at, where it comes from elsewhere."""
    if arrival.trust is Trust.LOCAL:
        return facts
    return replace(facts, proof=await proof_of(node, arrival.raw, arrival.activity.actor))


def check_answer(arrival: Arrival, facts: AnswerFacts) -> None:
    """Only from the owner of the request, of an Offer of ours; an Accept for what was offered, with a proof that holds if it has one."""
    if arrival.activity.actor != facts.owner.uri:
        raise Refusal(Outcome.REFUSED_OWNER, "somebody else's request")
    if not facts.responder.local:
        raise Refusal(Outcome.REFUSED_UNASKED, "an Offer of somebody else")
    if facts.proof is Proof.INVALID:
        raise Refusal(Outcome.REFUSED_AUTHOR, "its proof does not hold")
    if arrival.activity.type != "Accept" or arrival.trust is Trust.LOCAL:
        return
    record = agreed(arrival.activity)
    if record.id is None or not same_authority(record.id, facts.owner.uri):
        raise Refusal(Outcome.REFUSED_ORIGIN, "an Accept without an Agreement of its own host")
    if len(arrival.raw) > limits.RESPONSE_BYTES:
        raise Refusal(Outcome.MALFORMED, f"an Accept of {len(arrival.raw)} bytes")
    if facts.agreed_before not in (None, facts.response.id):
        raise Refusal(Outcome.REFUSED_UNASKED, "an Agreement that is of another Offer")
    offer = parse(facts.response.document)
    wrong = mismatches(read_activity(normalise(offer)), arrival.activity, digest_of(offer))
    if wrong:
        raise Refusal(Outcome.REFUSED_UNASKED, f"another thing than was offered: {', '.join(wrong)}")


def apply_accept(tx: Tx, arrival: Arrival, facts: AnswerFacts, stamp: Stamp) -> Outcome:
    """It is agreed, whatever crossed it on the way; the responder reads it."""
    if arrival.trust is Trust.LOCAL:
        messages.tell_responder(tx, arrival.activity, facts.response, facts.row, facts.owner, facts.responder, stamp)
        return Outcome.ACCEPTED
    proposal_readers.spoke(tx, facts.owner.id)
    response = answers.get(tx, facts.response.id)
    if response is None or response.status == Response.ACCEPTED:
        return Outcome.DUPLICATE
    signed = facts.proof is Proof.VALID
    record = agreed(arrival.activity)
    if agreeing.agreed_elsewhere(tx, arrival, record, response, facts.row, signed, stamp) is None:
        return Outcome.DUPLICATE
    messages.tell_responder(tx, arrival.activity, response, facts.row, facts.owner, facts.responder, stamp)
    return Outcome.ACCEPTED


def apply_reject(tx: Tx, arrival: Arrival, facts: AnswerFacts, stamp: Stamp) -> Outcome:
    """It is declined, or has lapsed, for the reason that is given; what was agreed on no Reject ends."""
    activity = arrival.activity
    if arrival.trust is Trust.LOCAL:
        messages.tell_responder(tx, activity, facts.response, facts.row, facts.owner, facts.responder, stamp)
        return Outcome.ACCEPTED
    response = answers.get(tx, facts.response.id)
    written = value_text(activity.document.get("summary"))
    reason = Reason(written) if written in list(Reason) else Reason.OTHER
    status = telling.lapsed_or_declined(reason)
    if response is None or response.status in (Response.ACCEPTED, status):
        return Outcome.DUPLICATE
    answers.move(tx, response, status, stamp.now, reason=reason.value)
    messages.tell_responder(tx, activity, response, facts.row, facts.owner, facts.responder, stamp)
    return Outcome.ACCEPTED
