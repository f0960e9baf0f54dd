"""What somebody hands over to be verified: the signed documents in it, what of them does not fit, and in what they differ from what the two
sides hold. Pure.

Nothing is believed but what a document of one side says that carries its proof. Source: API contract 6, *Guest paths*; FEP-8b32.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from coopfed import limits
from coopfed.errors import BadMessage
from coopfed.features.requests import rules
from coopfed.features.requests.rules import Agreement, Ending, Party
from coopfed.features.requests.terms import Mismatch, digest_of, mismatches
from coopfed.vocab.document import read_activity
from coopfed.vocab.normalise import normalise
from coopfed.vocab.origin import lies_with
from coopfed.vocab.proposals import AgreementRecord, OfferRecord, agreed, read_offer, read_receipt
from coopfed.vocab.records import Activity
from coopfed.vocab.strict_json import parse

Document = dict[str, Any]


class Problem(StrEnum):
    """Why an agreement is not shown to hold."""

    UNREADABLE = "unreadable"
    """There is no agreement in it."""
    ONE_SIDE = "one_side"
    """Only one side signed."""
    ALTERED = "altered"
    """It is not what the two sides hold."""
    PROOF_MISSING = "proof_missing"
    PROOF_INVALID = "proof_invalid"
    WRONG_KEY = "wrong_key"
    FETCH_FAILED = "fetch_failed"
    """A signer, whose keys are needed, could not be asked now."""
    SIGNER_GONE = "signer_gone"
    OTHER_OFFER = Mismatch.OTHER_OFFER.value
    CHANGED_OFFER = Mismatch.CHANGED_OFFER.value
    PARTIES = Mismatch.PARTIES.value
    PROPOSAL = Mismatch.PROPOSAL.value
    QUANTITY = Mismatch.QUANTITY.value
    RECIPROCAL = Mismatch.RECIPROCAL.value
    ORIGIN = Mismatch.ORIGIN.value


class Part(StrEnum):
    """What of an agreement differs."""

    OWNER = "owner"
    RESPONDER = "responder"
    TITLE = "title"
    CATEGORY = "category"
    QUANTITY = "quantity"
    RECIPROCAL = "reciprocal"
    TERMS = "terms"
    DATE = "date"
    REQUEST = "request"
    SIGNATURE = "signature"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Signed:
    """A document as parsed from the wire, and read as an activity."""

    document: Document
    said: Activity


@dataclass(frozen=True, slots=True)
class Certificate:
    """The documents of an agreement: what was offered, what was accepted, and what became of it since."""

    offer: Signed | None
    accept: Signed | None
    receipts: tuple[Signed, ...] = ()

    @property
    def signed(self) -> tuple[Signed, ...]:
        """All of them, in the order in which they were written."""
        return tuple(one for one in (self.offer, self.accept, *self.receipts) if one is not None)

    @property
    def offered(self) -> OfferRecord | None:
        """What was offered."""
        return read_offer(self.offer.said) if self.offer is not None else None

    @property
    def agreed(self) -> AgreementRecord | None:
        """What was agreed on."""
        return agreed(self.accept.said) if self.accept is not None else None


def read(raw: bytes) -> Certificate:
    """The agreement in what somebody handed over: our JSON of one (`documents`, or `offer` and `accept`), or a list of its documents.
    BadMessage when there is none in it."""
    if len(raw) > limits.CERTIFICATE_BYTES:
        raise BadMessage(f"{len(raw)} bytes for one agreement", reason="too_large")
    # Whoever copies the documents alone copies a list, which no message is.
    text = raw.removeprefix(b"\xef\xbb\xbf").strip()
    return of(_documents(parse(b'{"documents":' + text + b"}" if text.startswith(b"[") else text)))


def _documents(found: Document) -> Iterator[Document]:
    given = found.get("documents")
    if isinstance(given, list):
        for one in given[: limits.CERTIFICATE_DOCUMENTS]:
            inner = one.get("document", one) if isinstance(one, dict) else None
            if isinstance(inner, dict):
                yield inner
        return
    for name in ("offer", "accept"):
        if isinstance(found.get(name), dict):
            yield found[name]
    if found.get("type") in ("Offer", "Accept"):
        yield found


def of(documents: Iterator[Document]) -> Certificate:
    """The agreement of these documents, the first of each kind. BadMessage when neither an Offer nor an Accept is among them."""
    offer = accept = None
    receipts: list[Signed] = []
    for document in documents:
        said = read_activity(normalise(document))
        if said.type == "Offer" and offer is None:
            read_offer(said)
            offer = Signed(document, said)
        elif said.type == "Accept" and accept is None:
            accept = Signed(document, said)
        elif said.type == "Create":
            read_receipt(said)
            receipts.append(Signed(document, said))
    if offer is None and accept is None:
        raise BadMessage("neither an Offer nor an Accept", reason="unreadable")
    return Certificate(offer, accept, tuple(receipts))


def problems(one: Certificate) -> tuple[Problem, ...]:
    """What can be told to be wrong without any key. Where there is something, no key is worth asking for."""
    if one.offer is None or one.accept is None:
        return (Problem.ONE_SIDE,)
    found = mismatches(one.offer.said, one.accept.said, digest_of(one.offer.document))
    return tuple(Problem(wrong.value) for wrong in found)


def receipts_of(one: Certificate) -> Iterator[tuple[Party, Ending, Signed]]:
    """The receipts that are of this agreement and of its two sides; others are none of it."""
    if one.accept is None or one.offer is None:
        return
    sides = {one.accept.said.actor: Party.OWNER, one.offer.said.actor: Party.RESPONDER}
    agreement = agreed(one.accept.said).id
    for receipt in one.receipts:
        record, party = read_receipt(receipt.said), sides.get(receipt.said.actor)
        known = record.outcome in list(Ending) and record.agreement == agreement
        if party is not None and known and lies_with(record.id, receipt.said.actor):
            yield party, Ending(record.outcome), receipt


def standing(claimed: str | None, said: Collection[tuple[Party, Ending]]) -> str | None:
    """Where an agreement stands: what the owner's server claims of it now, unless it claims that it was fulfilled and not both receipts
    hold (`said`: those that do). None when it could not be asked."""
    proven = rules.standing(Agreement.ACTIVE, said)
    if claimed == Agreement.FULFILLED or claimed is None:
        return proven.value if proven is not Agreement.ACTIVE or claimed is not None else None
    return claimed if claimed in list(Agreement) else None


# --- in what it differs -----------------------------------------------------------------------------------------

_PARTS: dict[str, tuple[tuple[tuple[str, ...], Part], ...]] = {
    "Offer": (
        (("actor",), Part.RESPONDER),
        (("object", "attributedTo"), Part.RESPONDER),
        (("object", "stipulatesReciprocal"), Part.RECIPROCAL),
        (("object", "stipulates"), Part.QUANTITY),
        (("object",), Part.TERMS),
        (("to",), Part.OWNER),
        (("published",), Part.DATE),
        (("inReplyTo",), Part.REQUEST),
        (("context",), Part.REQUEST),
        (("proposalUpdated",), Part.REQUEST),
        (("proof",), Part.SIGNATURE),
    ),
    "Accept": (
        (("actor",), Part.OWNER),
        (("to",), Part.RESPONDER),
        (("published",), Part.DATE),
        (("content",), Part.TERMS),
        (("result", "attributedTo"), Part.OWNER),
        (("result", "name"), Part.TITLE),
        (("result", "collaborationCategory"), Part.CATEGORY),
        (("result", "stipulatesReciprocal"), Part.RECIPROCAL),
        (("result", "stipulates"), Part.QUANTITY),
        (("result", "published"), Part.DATE),
        (("proof",), Part.SIGNATURE),
    ),
}
"""Which part of an agreement a member of its documents is; the first that fits."""


def altered(handed: Certificate, known: Certificate) -> tuple[Part, ...]:
    """In what the documents that were handed over differ from those that the two sides hold; only the names of it, so that nobody finds
    out by guessing what stands there."""
    found: dict[Part, None] = {}
    for one, other in ((handed.offer, known.offer), (handed.accept, known.accept)):
        if one is None or other is None:
            continue
        parts = _PARTS[other.said.type]
        for path in _differing(one.document, other.document, ()):
            found[next((part for start, part in parts if path[: len(start)] == start), Part.OTHER)] = None
    return tuple(part for part in Part if part in found)


def _differing(one: Any, other: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if isinstance(one, dict) and isinstance(other, dict):
        for name in {**one, **other}:
            yield from _differing(one.get(name), other.get(name), (*path, name))
    elif one != other:
        yield path
