"""Of which umbrellas an actor is a confirmed member, and the page of each where that can be looked up; and whose members a collection
lists. Units of work."""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, exists, literal_column, select

from actors.lookup import actor
from actors.requests import CONFIRMED, membership
from coopfed import limits
from coopfed.db.models import Attestation
from coopfed.db.tx import Tx, table
from coopfed.errors import BadMessage
from coopfed.ids import Urls
from coopfed.vocab.memberships import collection_of
from coopfed.vocab.normalise import normalise
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
        *CONFIRMED,
        umbrella.c.gone_at.is_(None),
        ~umbrella.c.suspended,
    )
    .order_by(membership.c.id)
    .limit(bindparam("count"))
)

member = actor.alias("member")
_JOINED = (
    select(umbrella.c.id, umbrella.c.uri, umbrella.c.local, umbrella.c.document)
    .where(
        umbrella.c.gone_at.is_(None),
        ~umbrella.c.suspended,
        exists(
            select(literal_column("1"))
            .select_from(membership)
            .join(member, member.c.id == membership.c.member_id)
            .where(
                membership.c.umbrella_id == umbrella.c.id,
                *CONFIRMED,
                member.c.local,
            )
        ),
    )
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


def of_members(tx: Tx, uris: Collection[str]) -> int | None:
    """The umbrella whose `members` one of these addresses is, among those of which an actor of this node is a confirmed member; None when
    it is nobody's here. Source: domain research 9.9."""
    if not uris:
        return None
    for row in tx.execute(_JOINED, {"count": limits.UMBRELLAS_JOINED}):
        address = f"{row.uri}/members" if row.local else _members_of(row.document or b"", row.uri)
        if address in uris:
            return int(row.id)
    return None


def _members_of(document: bytes, uri: str) -> str | None:
    """The collection that an umbrella elsewhere names as its members, on its own host."""
    try:
        found = collection_of(normalise(parse(document), key_stub=True), "members")
        return found if found is not None and same_authority(found, uri) else None
    except BadMessage:
        return None
