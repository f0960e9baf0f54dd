"""Proposals, Offers and Agreements of FEP-0837 and Valueflows, as others write them: with our extras, without, or as of 2023.

What a document says of states and amounts is read as it is; whether that can be is for the rules. Source: FEP-0837; domain research
6.1, 8.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from coopfed import limits
from coopfed.errors import BadMessage
from coopfed.vocab import values
from coopfed.vocab.cooperatives import codes_of, languages_of
from coopfed.vocab.records import Activity
from coopfed.vocab.terms import FEP_0837, PROFILE
from coopfed.vocab.texts import text_of
from coopfed.vocab.values import language_tag

Document = dict[str, Any]

PRIMARY, RECIPROCAL = "#primary", "#reciprocal"
_READS: Final = frozenset({FEP_0837, PROFILE})


@dataclass(frozen=True, slots=True)
class Quantity:
    """An amount as it is written, None for any amount, in a unit."""

    unit: str = ""
    value: str | None = None


@dataclass(frozen=True, slots=True)
class ProposalRecord:
    """A Proposal. `translations` are title and HTML by language; `status` is what its owner says, None where nothing is said."""

    id: str
    author: str
    purpose: str
    status: str | None
    title: str
    content: str
    language: str | None
    translations: Mapping[str, tuple[str, str]]
    category: str | None
    codes: Mapping[str, tuple[str, ...]]
    wanted: Quantity
    available: str | None
    minimum: str | None
    all_or_nothing: bool
    reciprocal: Quantity | None
    resource: str | None
    finished: bool
    to: tuple[str, ...]
    cc: tuple[str, ...]
    url: str | None
    companion: str | None
    published: datetime | None
    updated: datetime | None
    expires: datetime | None


@dataclass(frozen=True, slots=True)
class OfferRecord:
    """An answer to a Proposal. `answers` is the version that it names, `ours` whether it has what only CoopFed writes."""

    id: str
    actor: str
    proposal: str
    content: str
    language: str | None
    wanted: Quantity
    reciprocal: Quantity | None
    answers: datetime | None
    supersedes: str | None
    published: datetime | None
    ours: bool


@dataclass(frozen=True, slots=True)
class AgreementRecord:
    """The Agreement within an Accept. `proposal` is what its commitment satisfies, `digest` that of the Offer, `url` its page."""

    id: str | None
    authors: tuple[str, ...]
    proposal: str | None
    title: str
    category: str | None
    wanted: Quantity
    reciprocal: Quantity | None
    digest: str | None
    url: str | None


@dataclass(frozen=True, slots=True)
class ReceiptRecord:
    """What one side says became of an agreement (its id)."""

    id: str
    authors: tuple[str, ...]
    agreement: str
    outcome: str
    published: datetime | None


def reads_proposals(doc: Document) -> bool:
    """Whether the canonical document of an actor declares that it reads Proposals. Source: FEP-844e; domain research 7, rule 3."""
    generators = values.nodes(doc.get("generator"))
    named = (item for generator in generators for item in values.many(generator.get("implements"))[: limits.CODES_READ])
    return any(_address(item) in _READS for item in named)


def _address(item: Any) -> str | None:
    if isinstance(item, dict):
        item = item.get("href") or item.get("id")
    return item if isinstance(item, str) else None


def read_proposal(doc: Document) -> ProposalRecord:
    """The Proposal in a canonical document. BadMessage without id, author, or with another type."""
    id, authors = doc.get("id"), doc.get("attributedTo") or []
    if doc.get("type") != "Proposal" or not isinstance(id, str) or not authors:
        raise BadMessage("no Proposal with an id and an author")
    primary, back = _node(doc.get("publishes")), _node(doc.get("reciprocal"))
    content = text_of(doc, "content")
    language = content.language or language_tag(doc.get("language"))
    return ProposalRecord(
        id=id,
        author=authors[0],
        purpose="offer" if values.text(doc.get("purpose")) == "offer" else "request",
        status=values.text(doc.get("requestStatus")),
        title=text_of(doc, "name").text[: limits.NAME_LENGTH],
        content=content.text[: limits.CONTENT_LENGTH],
        language=language,
        translations=dict(_translations(doc, language)),
        category=next(iter(codes_of(doc, "collaborationCategory")), None),
        codes={
            "sector": codes_of(doc, "sector"),
            "region": codes_of(doc, "region"),
            "language": languages_of(doc),
            "sdg": codes_of(doc, "sdg"),
        },
        wanted=_quantity(primary.get("resourceQuantity")),
        available=_quantity(primary.get("availableQuantity")).value,
        minimum=_quantity(primary.get("minimumQuantity")).value,
        all_or_nothing=values.boolean(doc.get("unitBased")) is False,
        reciprocal=_quantity(back.get("resourceQuantity")) if back else None,
        resource=_resource(back),
        finished=values.boolean(primary.get("finished")) or False,
        to=tuple(doc.get("to", ())),
        cc=tuple(doc.get("cc", ())),
        url=next((link["href"] for link in doc.get("url", ()) if link.get("href")), None),
        companion=values.lenient_id(doc.get("companion")),
        published=values.when(doc.get("published")),
        updated=values.when(doc.get("updated")),
        expires=values.when(doc.get("hasEnd")),
    )


def _translations(doc: Document, language: str | None) -> Iterator[tuple[str, tuple[str, str]]]:
    titles, texts = doc.get("nameMap") or {}, doc.get("contentMap") or {}
    for tag in list(dict.fromkeys([*titles, *texts]))[: limits.TRANSLATIONS]:
        known = language_tag(tag)
        if known is not None and known != language and len(known) <= limits.CODE_LENGTH:
            yield known, (titles.get(tag, "")[: limits.NAME_LENGTH], texts.get(tag, "")[: limits.CONTENT_LENGTH])


def _node(value: Any) -> Document:
    """The first document of what may be one, or a list of them."""
    return next((item for item in values.many(value) if isinstance(item, dict)), {})


def _quantity(value: Any) -> Quantity:
    node = _node(value)
    unit, amount = values.text(node.get("hasUnit")) or "", values.unwrapped(node.get("hasNumericalValue"))
    if isinstance(amount, int | float) and not isinstance(amount, bool):
        amount = f"{amount:f}".rstrip("0").rstrip(".") if isinstance(amount, float) else str(amount)
    readable = isinstance(amount, str) and len(amount) <= limits.CODE_LENGTH
    return Quantity(unit.removeprefix("om2:")[: limits.CODE_LENGTH], amount if readable else None)


def _resource(node: Document) -> str | None:
    return values.lenient_id(node.get("resourceConformsTo"))


def read_offer(activity: Activity) -> OfferRecord:
    """The answer in an Offer of an Agreement, or of Commitments (the text of 2023). BadMessage when it has no id or names no Proposal."""
    document, embedded = activity.document, [ref.embedded or {} for ref in activity.objects]
    agreement = next((one for one in embedded if one.get("type") == "Agreement"), {})
    given = values.many(agreement.get("stipulates")) or [one for one in embedded if one.get("type") == "Commitment"]
    commitments = [one for one in given if isinstance(one, dict)]
    commitment = commitments[0] if commitments else {}
    satisfies = values.lenient_id(commitment.get("satisfies")) or ""
    proposal = document.get("inReplyTo") or satisfies.partition("#")[0]
    if activity.id is None or not proposal:
        raise BadMessage("an Offer without an id, or to no Proposal")
    back = _node(agreement.get("stipulatesReciprocal"))
    content = text_of(agreement, "content")
    return OfferRecord(
        id=activity.id,
        actor=activity.actor,
        proposal=proposal,
        content=content.text[: limits.CONTENT_LENGTH],
        language=content.language,
        wanted=_quantity(commitment.get("resourceQuantity")),
        reciprocal=_quantity(back.get("resourceQuantity")) if back else None,
        answers=values.when(document.get("proposalUpdated")),
        supersedes=values.lenient_id(document.get("supersedes")),
        published=activity.published,
        ours=document.get("proposalUpdated") is not None,
    )


def agreed(activity: Activity) -> AgreementRecord:
    """The Agreement that an Accept brings as its result, as far as it says anything."""
    node = activity.result.embedded if activity.result is not None and activity.result.embedded is not None else {}
    primary, back = _node(node.get("stipulates")), _node(node.get("stipulatesReciprocal"))
    satisfies = values.lenient_id(primary.get("satisfies"))
    return AgreementRecord(
        id=node.get("id"),
        authors=tuple(node.get("attributedTo") or ()),
        proposal=satisfies.partition("#")[0] if satisfies else None,
        title=text_of(node, "name").text[: limits.NAME_LENGTH],
        category=next(iter(codes_of(node, "collaborationCategory")), None),
        wanted=_quantity(primary.get("resourceQuantity")),
        reciprocal=_quantity(back.get("resourceQuantity")) if back else None,
        digest=values.text(node.get("digest")),
        url=next((link["href"] for link in node.get("url", ()) if link.get("href")), None),
    )


def read_receipt(activity: Activity) -> ReceiptRecord:
    """What a Create of a receipt says. BadMessage when it has no id, names no agreement, or says nothing of an outcome."""
    document = activity.object.embedded if activity.object is not None and activity.object.embedded is not None else {}
    id, agreement = document.get("id"), values.lenient_id(document.get("context"))
    outcome = values.text(document.get("outcome"))
    if not isinstance(id, str) or agreement is None or not outcome:
        raise BadMessage("a receipt without an id, an agreement or an outcome")
    return ReceiptRecord(
        id=id,
        authors=tuple(document.get("attributedTo") or ()),
        agreement=agreement,
        outcome=outcome,
        published=values.when(document.get("published")) or activity.published,
    )
