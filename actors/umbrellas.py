"""Of which umbrellas an actor is a confirmed member, and the page of each where that can be looked up. A unit of work."""

from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, literal_column, select

from actors.lookup import actor
from actors.requests import membership
from coopfed.db.models import Attestation
from coopfed.db.tx import Tx, table
from coopfed.errors import BadMessage
from coopfed.ids import Urls
from coopfed.vocab.origin import same_authority
from coopfed.vocab.strict_json import parse

_UMBRELLA: ColumnElement[str] = literal_column("'umbrella'")
attestation, umbrella = table(Attestation), actor.alias("umbrella")
_CONFIRMED = (
    select(
        membership.c.id, umbrella.c.name, umbrella.c.handle, umbrella.c.local, umbrella.c.uri, attestation.c.document
    )
    .join(umbrella, umbrella.c.id == membership.c.umbrella_id)
    .join(attestation, and_(attestation.c.membership_id == membership.c.id, attestation.c.side == _UMBRELLA))
    .where(
        membership.c.member_id == bindparam("member"),
        membership.c.status == literal_column("'active'"),
        membership.c.state == literal_column("'confirmed'"),
        umbrella.c.gone_at.is_(None),
        ~umbrella.c.suspended,
    )
    .order_by(membership.c.id)
    .limit(bindparam("count"))
)


class Umbrella(NamedTuple):
    """An umbrella by its name, whether it is of this node, and its own page of the membership, which leads back to the member; None where
    it has none."""

    name: str
    local: bool
    page: str | None


def confirmed(tx: Tx, member_id: int, urls: Urls, count: int) -> list[Umbrella]:
    """The first so many umbrellas of which the actor is a confirmed member."""
    rows = tx.execute(_CONFIRMED, {"member": member_id, "count": count}).all()
    return [
        Umbrella(
            row.name or row.handle,
            bool(row.local),
            urls.membership(row.id) if row.local else _page(bytes(row.document), row.uri),
        )
        for row in rows
    ]


def _page(document: bytes, uri: str) -> str | None:
    """The page that the umbrella's document names, on its own host."""
    try:
        url = parse(document).get("url")
        return url if isinstance(url, str) and same_authority(url, uri) else None
    except BadMessage:
        return None
