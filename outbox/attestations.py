"""What our actors attest of memberships, as it is served among our objects: to everybody, as it was signed. Source: domain research 9.1."""

from dataclasses import dataclass

from sqlalchemy import bindparam, select

from coopfed.db.models import Attestation
from coopfed.db.tx import Tx, table

attestation = table(Attestation)
_SHOWN = select(attestation.c.document, attestation.c.membership_id).where(
    attestation.c.id == bindparam("number"), attestation.c.uri == bindparam("uri")
)


@dataclass(frozen=True, slots=True)
class Attested:
    """The signed bytes, and the number of the membership whose page shows them."""

    document: bytes
    membership_id: int


def shown(tx: Tx, number: int, uri: str) -> Attested | None:
    """What one of ours attests under this number and id. A unit of work."""
    row = tx.execute(_SHOWN, {"number": number, "uri": uri}).one_or_none()
    return None if row is None else Attested(*row)
