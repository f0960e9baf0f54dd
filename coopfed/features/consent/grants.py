"""Consent that authors of ours gave when they were asked. Units of work.

It stays the same however often it is asked for: who lost the answer gets it again.
"""

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert

from coopfed.db.models import Consent
from coopfed.db.tx import Tx, table

consent = table(Consent)
_FIND = select(consent.c.id).where(
    consent.c.object_id == bindparam("post"),
    consent.c.kind == bindparam("what"),
    consent.c.interacting_uri == bindparam("uri"),
)
_ADD = insert(consent).on_conflict_do_nothing()
_FORGET = delete(consent).where(consent.c.object_id == bindparam("post"))


def grant(tx: Tx, number: int, post_id: int, what: str, uri: str, now: int) -> int:
    """The number under which consent to this interaction (`like`, `reply`, `announce`) is shown: this one, unless it has one."""
    row = {"id": number, "object_id": post_id, "kind": what, "interacting_uri": uri, "created_at": now}
    tx.execute(_ADD, row)
    found: int = tx.execute(_FIND, {"post": post_id, "what": what, "uri": uri}).scalar_one()
    return found


def forget(tx: Tx, post_id: int) -> None:
    """The post was deleted: nothing is allowed with it."""
    tx.execute(_FORGET, {"post": post_id})
