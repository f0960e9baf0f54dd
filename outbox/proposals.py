"""Requests, agreements and receipts of ours, as they are served among our objects. A unit of work.

A Proposal for whoever may read the request; an Agreement for its two sides, and so what one of ours says became of it.
"""

from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import bindparam, case, or_, select

from actors.lookup import actor
from actors.requests import readable, request
from coopfed.clock import utc
from coopfed.db.models import Agreement, Receipt, Response
from coopfed.db.tx import Tx, table
from coopfed.vocab import build

agreement, response, receipt = table(Agreement), table(Response), table(Receipt)
_PROPOSAL = select(
    request.c.uri,
    request.c.document,
    request.c.audience,
    request.c.deleted_at,
    case((readable(), True), else_=False).label("readable"),
).where(request.c.id == bindparam("number"), request.c.local, request.c.published_at.is_not(None))
_AGREEMENT = (
    select(agreement.c.document)
    .join(request, request.c.id == agreement.c.request_id)
    .join(response, response.c.id == agreement.c.response_id)
    .where(
        agreement.c.id == bindparam("number"),
        request.c.local,
        or_(request.c.actor_id == bindparam("viewer"), response.c.actor_id == bindparam("viewer")),
    )
)
_RECEIPT = (
    select(receipt.c.document)
    .join(agreement, agreement.c.uri == receipt.c.agreement_uri)
    .join(request, request.c.id == agreement.c.request_id)
    .join(response, response.c.id == agreement.c.response_id)
    .join(actor, actor.c.id == receipt.c.actor_id)
    .where(
        receipt.c.id == bindparam("number"),
        actor.c.local,
        or_(request.c.actor_id == bindparam("viewer"), response.c.actor_id == bindparam("viewer")),
    )
)


@dataclass(frozen=True, slots=True)
class Served:
    """A document, or the Tombstone of one that was deleted; `public` when it is for everybody."""

    document: bytes | build.Document
    gone: bool
    public: bool


def served(tx: Tx, number: int, viewer: int) -> Served | None:
    """What the viewer (an actor's number, or NOBODY) finds under this number, None when nothing is for them."""
    row = tx.execute(_PROPOSAL, {"number": number, "viewer": viewer}).one_or_none()
    if row is not None:
        public = row.audience == "public"
        if row.deleted_at is not None and (public or row.readable):
            return Served(build.tombstone(row.uri, "Proposal", utc(row.deleted_at)), True, public)
        return Served(bytes(row.document), False, public) if row.readable and row.deleted_at is None else None
    for statement, member in ((_AGREEMENT, "result"), (_RECEIPT, "object")):
        kept = tx.execute(statement, {"number": number, "viewer": viewer}).scalar_one_or_none()
        if kept:
            activity: dict[str, Any] = orjson.loads(kept)
            return Served({"@context": activity["@context"], **activity[member]}, False, False)
    return None
