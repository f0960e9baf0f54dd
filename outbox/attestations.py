"""What our actors attest of memberships, as it is served among our objects: to everybody, as it was signed. Source: domain research 9.1."""

from dataclasses import dataclass

from sqlalchemy import bindparam, case, literal_column, select

from actors.lookup import actor
from coopfed.db.models import Attestation, Membership
from coopfed.db.tx import Tx, table

attestation, membership = table(Attestation), table(Membership)
_author = case(
    (attestation.c.side == literal_column("'member'"), membership.c.member_id), else_=membership.c.umbrella_id
)
_SHOWN = (
    select(attestation.c.document, attestation.c.membership_id)
    .join(membership, membership.c.id == attestation.c.membership_id)
    .join(actor, actor.c.id == _author)
    .where(
        attestation.c.id == bindparam("number"),
        attestation.c.uri == bindparam("uri"),
        actor.c.gone_at.is_(None),
        ~actor.c.suspended,
    )
)


@dataclass(frozen=True, slots=True)
class Attested:
    """The signed bytes, and the number of the membership whose page shows them."""

    document: bytes
    membership_id: int


def shown(tx: Tx, number: int, uri: str) -> Attested | None:
    """What one of ours attests under this number and id; nothing of one that is deleted or suspended. A unit of work."""
    row = tx.execute(_SHOWN, {"number": number, "uri": uri}).one_or_none()
    return None if row is None else Attested(*row)
