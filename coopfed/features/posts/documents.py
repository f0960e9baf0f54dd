"""The document of a post: what others are given when they ask for it. Units of work."""

import orjson
from sqlalchemy import BigInteger, bindparam, cast, func, select, update

from actors.visibility import object_
from coopfed.db.tx import Tx
from coopfed.vocab.build import Document

_DOCUMENT = select(object_.c.document).where(object_.c.id == bindparam("post"))
_SET_DOCUMENT = (
    update(object_)
    .where(object_.c.id == bindparam("post"), object_.c.deleted_at.is_(None))
    .values(
        document=bindparam("new_document"),
        updated_at=func.coalesce(cast(bindparam("edited"), BigInteger), object_.c.updated_at),
    )
)


def document_of(tx: Tx, post_id: int) -> bytes:
    """The stored document of a post; empty when it was deleted."""
    found = tx.execute(_DOCUMENT, {"post": post_id}).scalar_one_or_none()
    return bytes(found) if found else b""


def note_of(tx: Tx, post_id: int) -> Document | None:
    """The document of a post of ours, to be written on; None when it was deleted."""
    found: Document | None = orjson.loads(raw) if (raw := document_of(tx, post_id)) else None
    return found


def set_document(tx: Tx, post_id: int, document: bytes, edited: int | None = None) -> bool:
    """Replaces the document of a post, which is no edit; with `edited` (milliseconds) it counts as an edit. False when it was deleted."""
    values = {"post": post_id, "new_document": document, "edited": edited}
    return bool(tx.execute(_SET_DOCUMENT, values).rowcount == 1)
