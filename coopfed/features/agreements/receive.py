"""Receipts as they arrive: gather, check, apply.

Only the two sides of an agreement say what became of it. One that comes before the Accept does is kept until then, when its sender is an
owner to whom one of ours has answered; of agreements that nobody here has, and that nobody could have, nothing is kept. Source: domain
research 8.5; API contract 6.
"""

from dataclasses import dataclass, replace

from actors.attested import Proof, proof_of
from actors.lookup import ActorRow, by_id, by_uri
from coopfed import limits
from coopfed.clock import milliseconds
from coopfed.db.tx import Tx
from coopfed.features.agreements import actions
from coopfed.features.requests import agreements, messages
from coopfed.features.requests.agreements import Held, ReceiptRow
from coopfed.features.requests.rules import Agreement, Ending
from coopfed.node import Node, Stamp
from coopfed.outcomes import Outcome, Refusal
from coopfed.vocab.arrival import Arrival, Trust
from coopfed.vocab.origin import lies_with
from coopfed.vocab.proposals import ReceiptRecord, read_receipt


@dataclass(frozen=True, slots=True)
class ReceiptFacts:
    """What is said of which agreement, by whom. `may_follow`: the agreement is not here, and may be on its way; `waiting` are the receipts
    of the actor that wait for one already."""

    record: ReceiptRecord
    author: ActorRow
    held: Held | None
    may_follow: bool
    waiting: int
    proof: Proof = Proof.NONE


async def gather(node: Node, arrival: Arrival) -> ReceiptFacts:
    """The receipt, the agreement and the proof."""
    record = read_receipt(arrival.activity)
    facts = await node.db.read(_facts, record, arrival.activity.actor)
    if arrival.trust is Trust.LOCAL or (facts.held is None and not facts.may_follow):
        return facts
    return replace(facts, proof=await proof_of(node, arrival.raw, arrival.activity.actor))


def _facts(tx: Tx, record: ReceiptRecord, actor_uri: str) -> ReceiptFacts:
    author = by_uri(tx, actor_uri)
    if author is None:
        raise Refusal(Outcome.IRRELEVANT, "the actor is not known here")
    row = agreements.by_uri(tx, record.agreement)
    one = agreements.held(tx, row) if row is not None else None
    may_follow = one is None and lies_with(record.agreement, actor_uri) and agreements.deals_with_ours(tx, author.id)
    return ReceiptFacts(record, author, one, may_follow, agreements.waiting(tx, author.id) if may_follow else 0)


def check(arrival: Arrival, facts: ReceiptFacts) -> None:
    """Of one of the two sides, about an agreement to which both agreed, with a proof that holds if it has one."""
    record, one = facts.record, facts.held
    if record.outcome not in list(Ending):
        raise Refusal(Outcome.MALFORMED, f"the outcome {record.outcome[:50]!r}")
    if record.authors and facts.author.uri not in record.authors:
        raise Refusal(Outcome.REFUSED_AUTHOR, "a receipt of somebody else")
    if not lies_with(record.id, facts.author.uri):
        raise Refusal(Outcome.REFUSED_ORIGIN, "a receipt on another host than its author's")
    if one is None and not facts.may_follow:
        raise Refusal(Outcome.IRRELEVANT, "an agreement that nobody here has")
    if one is not None and one.party(facts.author.id) is None:
        raise Refusal(Outcome.REFUSED_OWNER, "an agreement of others")
    if one is not None and one.row.status == Agreement.PROPOSED:
        raise Refusal(Outcome.REFUSED_UNASKED, "nobody has agreed yet")
    if facts.proof is Proof.INVALID:
        raise Refusal(Outcome.REFUSED_AUTHOR, "its proof does not hold")
    if len(arrival.raw) > limits.RECEIPT_BYTES:
        raise Refusal(Outcome.MALFORMED, f"a receipt of {len(arrival.raw)} bytes")
    if one is None and facts.waiting >= limits.RECEIPTS_WAITING:
        raise Refusal(Outcome.REFUSED_FLOOD, "too many receipts for agreements that nobody here has")


def apply(tx: Tx, arrival: Arrival, facts: ReceiptFacts, stamp: Stamp) -> Outcome:
    """It is kept, the agreement stands where it leads, and the other side reads it."""
    if arrival.trust is not Trust.LOCAL:
        if not agreements.add_receipt(tx, _row(arrival, facts, stamp)):
            return Outcome.DUPLICATE
        row = agreements.by_uri(tx, facts.record.agreement)
        one = agreements.hold(tx, row.id) if row is not None else None
        if one is not None:
            actions.settled(tx, one, stamp)
    if facts.held is not None:
        _tell(tx, arrival, facts, facts.held, stamp)
    return Outcome.ACCEPTED


def _row(arrival: Arrival, facts: ReceiptFacts, stamp: Stamp) -> ReceiptRow:
    written = facts.record.published
    moment = milliseconds(written) if written is not None else stamp.now
    return ReceiptRow(
        id=stamp.mint(None),
        uri=facts.record.id,
        agreement_uri=facts.record.agreement,
        actor_id=facts.author.id,
        outcome=facts.record.outcome,
        signed=facts.proof is Proof.VALID,
        document=arrival.raw,
        written_at=min(moment, stamp.now),
        created_at=stamp.now,
    )


def _tell(tx: Tx, arrival: Arrival, facts: ReceiptFacts, one: Held, stamp: Stamp) -> None:
    side = one.party(facts.author.id)
    reader = by_id(tx, one.actor(side.other)) if side is not None else None
    if reader is None or not reader.local or reader.gone_at is not None or arrival.activity.id is None:
        return
    done = facts.record.outcome == Ending.FULFILLED
    messages.tell_receipt(tx, arrival.activity.id, one.request, one.row.title, facts.author, reader, done, stamp)
