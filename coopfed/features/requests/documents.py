"""What we write of requests: Proposal, Offer, Accept with its Agreement, Reject. Pure.

Shapes: domain research 8; FEP-0837. Whatever carries a proof is whole: its context is the frozen one, and stays where it stands within
another document.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from actors.lookup import ActorRow
from coopfed.clock import utc
from coopfed.codes import tables
from coopfed.features.requests import rules
from coopfed.features.requests.answers import ResponseRow
from coopfed.features.requests.rules import Audience, Reason, Status
from coopfed.features.requests.store import LANGUAGE, REGION, SDG, SECTOR, RequestRow
from coopfed.vocab import build
from coopfed.vocab.contexts import COOPFED, NOTE
from coopfed.vocab.proposals import PRIMARY, RECIPROCAL
from coopfed.vocab.terms import PUBLIC

Document = dict[str, Any]

_ACTIONS = {"copy": "deliverService", "transferCustody": "transfer", "work": "deliverService"}
"""Of Valueflows' actions FEP-0837 wants one of two; the finer meaning is in the category. Source: domain research 6.2."""
_CATEGORY = "https://w3id.org/coopfed/ns#cat-"


def proposal(row: RequestRow, owner: ActorRow, to: Sequence[str], context: str | None) -> Document:
    """The Proposal as everybody who may has it, its proof still to come. `context` is the name of its companion's thread."""
    document: Document = {
        "@context": list(COOPFED),
        "id": row.uri,
        "type": "Proposal",
        "purpose": row.purpose,
        "attributedTo": owner.uri,
        "name": row.title,
        "content": row.content,
        "published": build.instant(utc(row.published_at or row.created_at)),
        "updated": build.instant(utc(row.updated_at)),
        "requestStatus": row.status,
        "publishes": _primary(row),
        "to": list(to),
        "cc": [owner.followers_uri] if row.public and owner.followers_uri else [],
    }
    if row.language:
        document["contentMap"] = {row.language: row.content} | {
            tag: one.content for tag, one in row.translations.items() if one.content
        }
        document["nameMap"] = {row.language: row.title} | {
            tag: one.title for tag, one in row.translations.items() if one.title
        }
    said = {
        "url": row.url,
        "hasEnd": build.instant(utc(row.expires_at)) if row.expires_at is not None else None,
        "collaborationCategory": row.category,
        "sector": list(row.of(SECTOR)),
        "region": list(row.of(REGION)),
        "acceptsLanguages": list(row.of(LANGUAGE)),
        "sdg": [int(one) if one.isdecimal() else one for one in row.of(SDG)],
        "unitBased": False if row.all_or_nothing else None,
        "reciprocal": _reciprocal(row),
        "companion": row.companion_uri,
        "context": context,
        "replies": f"{row.companion_uri}/replies" if row.companion_uri and row.public else None,
    }
    return document | {name: value for name, value in said.items() if value not in (None, [])}


def _primary(row: RequestRow) -> Document:
    intent: Document = {
        "id": f"{row.uri}{PRIMARY}",
        "type": "Intent",
        "action": _action(row.category),
        "resourceQuantity": amount(row.unit, row.value),
    }
    if row.category:
        intent["resourceConformsTo"] = f"{_CATEGORY}{row.category}"
    if row.available:
        intent["availableQuantity"] = amount(row.unit, row.available)
    if row.minimum:
        intent["minimumQuantity"] = amount(row.unit, row.minimum)
    if row.status in (Status.WITHDRAWN, Status.COMPLETED):
        intent["finished"] = True
    return intent


def _action(category: str | None) -> str:
    found = tables.table("collaboration_categories").get(category or "")
    action = found.data.get("vf_action", "") if found is not None else ""
    return _ACTIONS.get(action, action or "deliverService")


def _reciprocal(row: RequestRow) -> Document | None:
    if row.reciprocal_unit is None:
        return None
    intent: Document = {
        "id": f"{row.uri}{RECIPROCAL}",
        "type": "Intent",
        "action": "transfer",
        "resourceQuantity": amount(row.reciprocal_unit, row.reciprocal_value),
    }
    return intent | ({"resourceConformsTo": row.reciprocal_resource} if row.reciprocal_resource else {})


def amount(unit: str, value: str | None) -> Document:
    """A quantity; without a value: any amount."""
    return {"hasUnit": unit or "one"} | ({"hasNumericalValue": value} if value is not None else {})


def addressed(row: RequestRow, recipients: Sequence[ActorRow], umbrella: ActorRow | None) -> list[str]:
    """Whom a Proposal is for: everybody, these actors, or the members of an umbrella."""
    if row.public:
        return [PUBLIC]
    if row.audience == Audience.NETWORK:
        return [f"{umbrella.uri}/members"] if umbrella is not None else []
    return [one.uri for one in recipients]


def told(type: str, id: str, document: Document, moment: int) -> Document:
    """The Create or Update of a Proposal, which stays as it is, with its own context and proof."""
    return {
        "@context": list(COOPFED),
        "id": id,
        "type": type,
        "actor": document["attributedTo"],
        "published": build.instant(utc(moment)),
        "to": document["to"],
        "cc": document["cc"],
        "object": document,
    }


def offer(
    id: str,
    responder: ActorRow,
    owner: ActorRow,
    row: RequestRow,
    response: ResponseRow,
    context: str | None,
    supersedes: str | None,
) -> Document:
    """The answer to a Proposal, its proof still to come. Source: domain research 8.3."""
    commitment = {
        "type": "Commitment",
        "satisfies": f"{row.uri}{PRIMARY}",
        "resourceQuantity": amount(row.unit, response.value),
    }
    agreement: Document = {"type": "Agreement", "content": response.content, "stipulates": commitment}
    if response.language:
        agreement["contentMap"] = {response.language: response.content}
    if row.reciprocal_unit is not None:
        agreement["stipulatesReciprocal"] = {
            "type": "Commitment",
            "satisfies": f"{row.uri}{RECIPROCAL}",
            "resourceQuantity": amount(row.reciprocal_unit, returned(row, response)),
        }
    document: Document = {
        "@context": list(COOPFED),
        "id": id,
        "type": "Offer",
        "actor": responder.uri,
        "published": build.instant(utc(response.written_at)),
        "inReplyTo": row.uri,
        "proposalUpdated": build.instant(utc(row.updated_at)),
        "to": [owner.uri],
        "cc": [],
        "object": agreement,
    }
    return document | {
        name: value for name, value in (("context", context), ("supersedes", supersedes)) if value is not None
    }


@dataclass(frozen=True, slots=True)
class Agreed:
    """What is agreed on: the agreement's id and page, how much (None where nothing is counted), the digest of the Offer, and the moment
    (milliseconds)."""

    uri: str
    page: str
    taken: Decimal | None
    offer_digest: str | None
    moment: int


def accept(
    id: str,
    agreed: Agreed,
    owner: ActorRow,
    responder: ActorRow,
    row: RequestRow,
    response: ResponseRow,
    content: str,
) -> Document:
    """The Accept of an Offer with the Agreement that both have then, its proof still to come. Source: domain research 8.5."""
    value = rules.plain(agreed.taken) if agreed.taken is not None else None
    agreement: Document = {
        "id": agreed.uri,
        "type": "Agreement",
        "attributedTo": owner.uri,
        "name": row.title,
        "published": build.instant(utc(agreed.moment)),
        "stipulates": {
            "id": f"{agreed.uri}{PRIMARY}",
            "type": "Commitment",
            "satisfies": f"{row.uri}{PRIMARY}",
            "resourceQuantity": amount(row.unit, value),
        },
        "url": agreed.page,
    }
    if row.category:
        agreement["collaborationCategory"] = row.category
    if agreed.offer_digest is not None:
        agreement["digest"] = agreed.offer_digest
    if row.reciprocal_unit is not None:
        agreement["stipulatesReciprocal"] = {
            "id": f"{agreed.uri}{RECIPROCAL}",
            "type": "Commitment",
            "satisfies": f"{row.uri}{RECIPROCAL}",
            "resourceQuantity": amount(row.reciprocal_unit, returned(row, response)),
        }
    document: Document = {
        "@context": list(COOPFED),
        "id": id,
        "type": "Accept",
        "actor": owner.uri,
        "object": response.uri,
        "published": build.instant(utc(agreed.moment)),
        "to": [responder.uri],
        "cc": [],
        "result": agreement,
    }
    return document | ({"content": content} if content else {})


def returned(row: RequestRow, response: ResponseRow) -> str | None:
    """How much is given in return: as the answer has it, else as was asked for."""
    return response.reciprocal_value if response.reciprocal_value is not None else row.reciprocal_value


def reject(id: str, owner: str, responder: str, offer_id: str, reason: Reason, content: str = "") -> Document:
    """The Reject of an Offer, with the reason as a code for machines and perhaps a word for people. Source: domain research 8.5."""
    document: Document = {
        "@context": list(NOTE),
        "id": id,
        "type": "Reject",
        "actor": owner,
        "object": offer_id,
        "summary": reason.value,
        "to": [responder],
        "cc": [],
    }
    return document | ({"content": content} if content else {})
