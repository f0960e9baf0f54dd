"""Stories as they arrive: Offers of a Note, the consent of the other side, and the post itself. Gather, check, apply.

Source: API contract 6; domain research 8.5.
"""

from dataclasses import dataclass, replace

from actors.attested import Proof, proof_of
from actors.lookup import ActorRow, by_id, by_uri
from coopfed import limits
from coopfed.clock import milliseconds
from coopfed.db.tx import Tx
from coopfed.features.agreements import store, stories
from coopfed.features.agreements.store import PROPOSED, PUBLISHED, StoryRow
from coopfed.features.requests import agreements, messages
from coopfed.features.requests.agreements import Held
from coopfed.features.requests.rules import Agreement
from coopfed.node import Node, Stamp
from coopfed.outcomes import Outcome, Refusal
from coopfed.text.sanitise import sanitise
from coopfed.vocab import values
from coopfed.vocab.arrival import Arrival, Trust
from coopfed.vocab.origin import same_authority
from coopfed.vocab.records import Activity
from coopfed.vocab.texts import text_of


@dataclass(frozen=True, slots=True)
class OfferFacts:
    """What is offered as the story of which agreement, by whom; `before` are those of the same side that are known here."""

    uri: str
    author: ActorRow
    held: Held | None
    content: str
    language: str | None
    before: int
    known: StoryRow | None
    proof: Proof = Proof.NONE


async def gather_offer(node: Node, arrival: Arrival) -> OfferFacts:
    """The text, the agreement that it is about, and the proof."""
    facts = await node.db.read(_offer_facts, arrival.activity)
    if arrival.trust is Trust.LOCAL or facts.held is None:
        return facts
    return replace(facts, proof=await proof_of(node, arrival.raw, arrival.activity.actor))


def _offer_facts(tx: Tx, activity: Activity) -> OfferFacts:
    author = by_uri(tx, activity.actor)
    note = activity.object.embedded if activity.object is not None and activity.object.embedded is not None else {}
    about = values.lenient_id(activity.document.get("context")) or values.lenient_id(note.get("context"))
    if author is None or activity.id is None or about is None:
        raise Refusal(Outcome.IRRELEVANT, "no story of an agreement, or of nobody who is known here")
    row = agreements.by_uri(tx, about)
    one = agreements.held(tx, row) if row is not None else None
    told = store.of_agreements(tx, [row.id]).get(row.id, []) if row is not None else []
    said = text_of(note, "content")
    return OfferFacts(
        uri=activity.id,
        author=author,
        held=one,
        content=sanitise(said.text[: limits.CONTENT_LENGTH]),
        language=said.language,
        before=sum(one.actor_id == author.id for one in told),
        known=store.by_uri(tx, activity.id),
    )


def check_offer(arrival: Arrival, facts: OfferFacts) -> None:
    """Of one side, with a proof that holds if it has one. It may come before the receipt after which it was written."""
    if facts.held is None:
        raise Refusal(Outcome.IRRELEVANT, "an agreement that nobody here has")
    if facts.held.party(facts.author.id) is None:
        raise Refusal(Outcome.REFUSED_OWNER, "an agreement of others")
    if facts.proof is Proof.INVALID:
        raise Refusal(Outcome.REFUSED_AUTHOR, "its proof does not hold")
    if arrival.trust is Trust.LOCAL:
        return
    if facts.held.row.status == Agreement.PROPOSED:
        raise Refusal(Outcome.REFUSED_UNASKED, "nobody has agreed yet")
    if not facts.content or len(arrival.raw) > limits.RECEIPT_BYTES:
        raise Refusal(Outcome.MALFORMED, f"a story of {len(arrival.raw)} bytes")
    if facts.known is not None:
        raise Refusal(Outcome.DUPLICATE, "known here")
    if facts.before >= limits.STORIES:
        raise Refusal(Outcome.REFUSED_FLOOD, "too many drafts")


def apply_offer(tx: Tx, arrival: Arrival, facts: OfferFacts, stamp: Stamp) -> Outcome:
    """It waits for the side of ours, which reads it."""
    assert facts.held is not None
    if arrival.trust is not Trust.LOCAL:
        written = arrival.activity.published
        moment = milliseconds(written) if written is not None else stamp.now
        row = StoryRow(
            id=stamp.mint(None),
            uri=facts.uri,
            agreement_id=facts.held.row.id,
            actor_id=facts.author.id,
            account_id=None,
            state=PROPOSED,
            content=facts.content,
            source="",
            language=facts.language,
            post_uri=None,
            document=arrival.raw,
            written_at=min(moment, stamp.now),
            updated_at=stamp.now,
        )
        if not store.add(tx, row):
            return Outcome.DUPLICATE
    side = facts.held.party(facts.author.id)
    reader = by_id(tx, facts.held.actor(side.other)) if side is not None else None
    if reader is not None and reader.local and reader.gone_at is None:
        request = facts.held.request
        messages.tell_story(tx, facts.uri, request, facts.author, reader, facts.content, facts.language, stamp)
    return Outcome.ACCEPTED


# --- Accept and Reject of one, as they arrive -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AnswerFacts:
    """Which story of ours the other side answers."""

    row: StoryRow
    author: ActorRow
    other: ActorRow


def answered(tx: Tx, activity: Activity) -> AnswerFacts | None:
    """The story that an Accept or Reject names, by the id of its Offer."""
    row = store.by_uri(tx, activity.object_id) if activity.object_id is not None else None
    found = agreements.get(tx, row.agreement_id) if row is not None else None
    if row is None or found is None:
        return None
    one = agreements.held(tx, found)
    side = one.party(row.actor_id)
    assert side is not None
    author, other = by_id(tx, row.actor_id), by_id(tx, one.actor(side.other))
    assert author is not None
    assert other is not None
    return AnswerFacts(row, author, other)


def check_answer(arrival: Arrival, facts: AnswerFacts) -> None:
    """Only from the other side of the agreement, of a story of ours."""
    if arrival.activity.actor != facts.other.uri:
        raise Refusal(Outcome.REFUSED_OWNER, "somebody else was asked")
    if not facts.author.local:
        raise Refusal(Outcome.REFUSED_UNASKED, "a story of somebody else")


def apply_accept(tx: Tx, arrival: Arrival, facts: AnswerFacts, stamp: Stamp) -> Outcome:
    """It is published: the other side agrees, once and for all."""
    return _heard(tx, arrival, facts, stamp, agrees=True)


def apply_reject(tx: Tx, arrival: Arrival, facts: AnswerFacts, stamp: Stamp) -> Outcome:
    """It is not published."""
    return _heard(tx, arrival, facts, stamp, agrees=False)


def _heard(tx: Tx, arrival: Arrival, facts: AnswerFacts, stamp: Stamp, *, agrees: bool) -> Outcome:
    if arrival.trust is Trust.LOCAL:
        return Outcome.ACCEPTED
    row = store.by_uri(tx, facts.row.uri)
    if row is None or row.state != PROPOSED:
        return Outcome.DUPLICATE
    stories.decided(tx, row, facts.author, stamp, agrees=agrees)
    return Outcome.ACCEPTED


# --- the post, as it arrives: after the handler of posts ----------------------------------------------------------------


async def gather_post(node: Node, arrival: Arrival) -> StoryRow | None:
    """The story to which one of ours agreed, when the post says that it is it."""
    ref = arrival.activity.object
    document = ref.embedded if ref is not None else None
    offer = values.lenient_id(document.get("supersedes")) if document is not None else None
    return await node.db.read(store.by_uri, offer) if offer is not None else None


def check_post(arrival: Arrival, row: StoryRow | None) -> None:
    """Nothing is refused: it is a post all the same."""


def apply_post(tx: Tx, arrival: Arrival, row: StoryRow | None, stamp: Stamp) -> Outcome:
    """Who agreed finds the post with the story."""
    author, uri = by_uri(tx, arrival.activity.actor), arrival.activity.object_id
    if row is None or uri is None or author is None or row.actor_id != author.id or author.local:
        return Outcome.IRRELEVANT
    if row.state == PUBLISHED and row.post_uri is None and same_authority(uri, author.uri):
        store.move(tx, row, PUBLISHED, uri, stamp.now)
    return Outcome.ACCEPTED
