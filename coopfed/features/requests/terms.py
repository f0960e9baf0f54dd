"""Whether an Offer and an Accept say the same: who agreed with whom on what. Pure.

Asked when an Accept arrives, and of every agreement that somebody wants to see verified. What FEP-0837 lets them leave out may be
missing; what is said has to fit. Source: domain research 8.3, 8.5; FEP-0837.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from coopfed.features.requests import rules
from coopfed.signing import jcs, multibase
from coopfed.vocab.origin import lies_with
from coopfed.vocab.proposals import AgreementRecord, OfferRecord, Quantity, agreed, read_offer
from coopfed.vocab.records import Activity
from coopfed.vocab.terms import PUBLIC

_SHA_256 = b"\x12\x20"
"""Multihash: the function and the number of bytes."""


class Mismatch(StrEnum):
    """What does not fit."""

    OTHER_OFFER = "offer_mismatch"
    """The Accept is of another Offer."""
    CHANGED_OFFER = "digest_mismatch"
    """The Offer is not, letter by letter, the one that was accepted."""
    PARTIES = "parties_mismatch"
    """The two are not to each other."""
    PROPOSAL = "proposal_mismatch"
    QUANTITY = "quantity_mismatch"
    RECIPROCAL = "reciprocal_mismatch"
    ORIGIN = "wrong_origin"
    """An id does not lie on its author's host."""


def digest_of(document: dict[str, Any]) -> str:
    """The digest of a document as parsed from the wire, without its proof: SHA-256 over its canonical form, as a multihash in multibase.
    BadMessage when it has no canonical form. Source: domain research 9.4."""
    plain = {name: value for name, value in document.items() if name != "proof"}
    return multibase.encode(_SHA_256 + jcs.sha256(plain))


def mismatches(offer: Activity, accept: Activity, digest: str) -> tuple[Mismatch, ...]:
    """What of these two activities does not fit together, each once; `digest` is that of the Offer. BadMessage for an Offer to nothing."""
    return tuple(dict.fromkeys(_mismatches(read_offer(offer), agreed(accept), offer, accept, digest)))


def _mismatches(
    given: OfferRecord, taken: AgreementRecord, offer: Activity, accept: Activity, digest: str
) -> Iterator[Mismatch]:
    if accept.object_id != given.id:
        yield Mismatch.OTHER_OFFER
    if taken.digest is not None and taken.digest != digest:
        yield Mismatch.CHANGED_OFFER
    if accept.actor == offer.actor or (taken.authors and accept.actor not in taken.authors):
        yield Mismatch.PARTIES
    if _passes_by(accept, offer.actor) or _passes_by(offer, accept.actor):
        yield Mismatch.PARTIES
    if taken.proposal is not None and taken.proposal != given.proposal:
        yield Mismatch.PROPOSAL
    if not _fits(given.wanted, taken.wanted):
        yield Mismatch.QUANTITY
    if given.reciprocal is not None and taken.reciprocal is not None and not _fits(given.reciprocal, taken.reciprocal):
        yield Mismatch.RECIPROCAL
    # That the Offer's own id is at home was asked when it came; here it may have been handed over by anybody.
    if not all(
        lies_with(id, author)
        for id, author in (
            (given.id, given.actor),
            (accept.id, accept.actor),
            (taken.id, accept.actor),
            (given.proposal, accept.actor),
        )
    ):
        yield Mismatch.ORIGIN


def _passes_by(activity: Activity, actor: str) -> bool:
    """Whether it names those whom it is for, and this actor is none of them."""
    named = (*activity.to, *activity.cc)
    return bool(named) and actor not in named and PUBLIC not in named


def _fits(given: Quantity, taken: Quantity) -> bool:
    """What is taken is what was given, in the same unit; who gives no number takes what there is."""
    if given.unit and taken.unit and given.unit != taken.unit:
        return False
    amount = rules.quantity(given.value)
    return amount is None or rules.quantity(taken.value) == amount
