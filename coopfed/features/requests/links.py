"""Rows of the links by which people without our software say whether they agree: good once, for thirty days. Units of work.

Of a link's secret only a keyed hash is here. A link is good as long as its agreement is proposed: whoever closes that makes it void.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from coopfed import limits
from coopfed.clock import DAY_MS
from coopfed.db.models import AgreementLink
from coopfed.db.tx import Tx, table
from coopfed.errors import Gone
from coopfed.features.accounts.secrets import hashed

link = table(AgreementLink)

_PURPOSE = "agree"
BY_LINK, BY_WORD = "link", "word"
"""How somebody agreed: by the link, or by a word that the owner's people read and confirmed."""


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A link that was sent; see `coopfed.db.models.requests`. `hash` None: void, or for an actor of ours."""

    agreement_id: int
    hash: bytes | None
    note_id: int
    created_at: int
    answer: str | None

    def expires_at(self) -> int:
        """When it is too old, in milliseconds."""
        return self.created_at + limits.CONFIRMATION_DAYS * DAY_MS


_FIELDS = tuple(LinkRow.__dataclass_fields__)
_COLUMNS = tuple(link.c[name] for name in _FIELDS)
_PUT = upsert(link)
_PUT = _PUT.on_conflict_do_update(
    index_elements=["agreement_id"], set_={name: _PUT.excluded[name] for name in _FIELDS if name != "agreement_id"}
)
_BY_HASH = select(*_COLUMNS).where(link.c.hash == bindparam("hash"))
_AMONG = select(*_COLUMNS).where(link.c.agreement_id.in_(bindparam("ids", expanding=True)))
_END = update(link).where(link.c.agreement_id == bindparam("which")).values(hash=None, answer=bindparam("how"))


def put(tx: Tx, key: bytes, agreement_id: int, note_id: int, secret: str | None, sent: int) -> LinkRow:
    """Stores a link with this secret, in place of an earlier one for the same agreement, which is void. `key` is the node's, `sent` the
    moment."""
    mark = hashed(key, _PURPOSE, secret) if secret is not None else None
    row = LinkRow(agreement_id, mark, note_id, sent, None)
    tx.execute(_PUT, {name: getattr(row, name) for name in _FIELDS})
    return row


def find(tx: Tx, key: bytes, secret: str, now: int) -> LinkRow:
    """The link with this secret. Gone when it was used, is too old, or never was."""
    row: Any = tx.execute(_BY_HASH, {"hash": hashed(key, _PURPOSE, secret)}).one_or_none()
    found = LinkRow(*row) if row is not None else None
    if found is None or found.expires_at() <= now:
        raise Gone("no such link (any more)", reason="link_used")
    return found


def among(tx: Tx, agreements: list[int]) -> dict[int, LinkRow]:
    """The links of these agreements, by the agreement's number."""
    rows = tx.execute(_AMONG, {"ids": agreements}) if agreements else ()
    return {row.agreement_id: LinkRow(*row) for row in rows}


def end(tx: Tx, agreement_id: int, how: str | None) -> None:
    """The link is void; `how` somebody agreed, if they did."""
    tx.execute(_END, {"which": agreement_id, "how": how})
