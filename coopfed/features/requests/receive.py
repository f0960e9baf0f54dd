"""Proposals, Offers, and what becomes of Offers, as they arrive: gather, check, apply.

Whatever comes twice, late or out of order ends in the same rows: an older version changes nothing, of two Offers the one that was written
later lives, and what the owner decided stands, whatever crossed it on the way. Source: API contract 5, *Any order*; domain research 8.
"""

from dataclasses import dataclass, replace
from functools import partial

import orjson

from actors import proposal_readers, umbrellas
from actors.attested import Proof, proof_of
from actors.lookup import ActorRow, by_id, by_uri
from actors.remote import known_actor
from coopfed import limits
from coopfed.clock import DAY_MS, milliseconds
from coopfed.db.tx import Tx
from coopfed.errors import BadMessage
from coopfed.features.follows.store import blocks
from coopfed.features.posts import store as posts
from coopfed.features.requests import agreeing, agreements, answers, messages, remote, responding, rules, store, telling
from coopfed.features.requests.answers import ResponseRow
from coopfed.features.requests.remote import Came
from coopfed.features.requests.rules import Reason, Response
from coopfed.features.requests.store import RequestRow
from coopfed.features.requests.terms import digest_of, mismatches
from coopfed.features.undone import Undone
from coopfed.net.fetch import fetch_document
from coopfed.node import Node, Stamp
from coopfed.outcomes import Outcome, Refusal
from coopfed.text.sanitise import sanitise
from coopfed.vocab.arrival import Arrival, Trust
from coopfed.vocab.document import read_activity
from coopfed.vocab.normalise import normalise
from coopfed.vocab.origin import same_authority
from coopfed.vocab.proposals import OfferRecord, agreed, read_offer, read_proposal
from coopfed.vocab.records import Activity, ObjectRef
from coopfed.vocab.strict_json import parse
from coopfed.vocab.terms import PUBLIC
from coopfed.vocab.values import text as value_text

# --- Proposals --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ProposalFacts:
    """A Proposal as it came; whether somebody here follows its author, is named in it, is a member of the umbrella whose members it is for,
    or has it already; whether its proof, if it has one, holds; and whether too many of its author's came today."""

    came: Came
    concerns_us: bool
    sound: bool
    flood: bool = False


async def gather_proposal(node: Node, arrival: Arrival) -> ProposalFacts:
    """The Proposal and what is known of it."""
    ref = arrival.activity.object
    if ref is None or ref.embedded is None or ref.id is None:
        raise BadMessage("no Proposal")
    if ref.type != "Proposal":
        raise Refusal(Outcome.UNSUPPORTED, f"{arrival.activity.type} of a {ref.type}")
    document, raw = await _as_served(node, arrival, ref.id, ref.embedded)
    record = read_proposal(document)
    try:
        remote.check(record, arrival.activity.actor, raw)
    except BadMessage as error:
        outcome = Outcome.REFUSED_AUTHOR if error.reason == "not_its_author" else Outcome.MALFORMED
        raise Refusal(outcome, str(error)) from error
    addressed = (*record.to, *record.cc)
    author, concerns_us, flood = await node.db.read(_proposal_facts, arrival, record.id, addressed, node)
    sound = await remote.proofless_or_valid(node, raw, record.author) if concerns_us and not flood else True
    return ProposalFacts(Came(record, author, document, raw), concerns_us, sound, flood)


async def _as_served(
    node: Node, arrival: Arrival, uri: str, embedded: remote.Document
) -> tuple[remote.Document, bytes]:
    """The Proposal with its bytes: as its author sent it, else as its own host serves it: of what a messenger says nothing holds, and of
    what came by its id alone the arrival has no bytes. Refusal `refused_origin`; FetchError."""
    raw = _object_of(arrival.raw)
    if raw and arrival.trust is not Trust.RELAYED:
        return embedded, raw
    if not same_authority(uri, arrival.activity.actor):
        raise Refusal(Outcome.REFUSED_ORIGIN, "the Proposal lies on another host than its actor")
    budget = node.budget()
    fetched = await fetch_document(node.http, uri, signer=node.signer, budget=budget)
    await known_actor(node, arrival.activity.actor, budget)
    return fetched.document, fetched.raw


def _object_of(raw: bytes) -> bytes:
    """The embedded object's own bytes: its proof is over all its members, also those that nobody here reads."""
    found = parse(raw).get("object")
    found = found[0] if isinstance(found, list) and found else found
    return orjson.dumps(found) if isinstance(found, dict) else b""


def _proposal_facts(
    tx: Tx, arrival: Arrival, uri: str, addressed: tuple[str, ...], node: Node
) -> tuple[ActorRow, bool, bool]:
    author = by_uri(tx, arrival.activity.actor)
    if author is None:
        raise Refusal(Outcome.IRRELEVANT, "the actor is not known here")
    ours = any(node.urls.actor_number(one) for one in addressed)
    # What a group passes on has readers here, else it would have been refused.
    ours = ours or arrival.group is not None
    if not ours and PUBLIC not in addressed:
        ours = umbrellas.of_members(tx, addressed) is not None
    if store.by_uri(tx, uri) is not None:
        return author, True, False
    since = node.clock.now() - node.clock.span(DAY_MS // 1000)
    flood = not author.local and store.come_since(tx, author.id, since) >= limits.REQUESTS_A_DAY
    return author, ours or posts.followed_here(tx, author.id), flood


def check_proposal(_arrival: Arrival, facts: ProposalFacts) -> None:
    """Of its author's own word, for somebody here."""
    if facts.came.author.gone_at is not None:
        raise Refusal(Outcome.IRRELEVANT, "the author is gone")
    if not facts.concerns_us:
        raise Refusal(Outcome.IRRELEVANT, "nobody here follows its author, is addressed or has it")
    if facts.flood:
        raise Refusal(Outcome.REFUSED_FLOOD, f"{limits.REQUESTS_A_DAY} requests of its author came since yesterday")
    if not facts.sound:
        raise Refusal(Outcome.REFUSED_AUTHOR, "its proof does not hold")


def apply_proposal(tx: Tx, arrival: Arrival, facts: ProposalFacts, stamp: Stamp) -> Outcome:
    """Stores it, when it is newer than what is here."""
    if arrival.trust is Trust.DIRECT:
        proposal_readers.spoke(tx, facts.came.author.id)
    if remote.stored(tx, facts.came, stamp) is not None:
        return Outcome.ACCEPTED
    known = store.by_uri(tx, facts.came.record.id)
    return Outcome.REFUSED_DELETED if known is None or known.deleted_at is not None else Outcome.DUPLICATE


# --- Delete, after the handler of posts, which remembers what was never seen -----------------------------------------


async def gather_delete(node: Node, arrival: Arrival) -> RequestRow | None:
    """The request that is deleted, when it is one."""
    ref = arrival.activity.object
    return await node.db.read(store.by_uri, ref.id) if ref is not None and ref.id is not None else None


def check_delete(arrival: Arrival, row: RequestRow | None) -> None:
    """Whose it is, is asked where it is deleted: this handler refuses nothing that another takes."""


def apply_delete(tx: Tx, arrival: Arrival, row: RequestRow | None, stamp: Stamp) -> Outcome:
    """The request of the deleting actor becomes a tombstone; neighbours on one host are strangers."""
    actor = by_uri(tx, arrival.activity.actor)
    if row is None or actor is None or row.actor_id != actor.id or row.local:
        return Outcome.IRRELEVANT
    if row.deleted_at is None:
        telling.wipe(tx, row, stamp.now)
    return Outcome.ACCEPTED


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
