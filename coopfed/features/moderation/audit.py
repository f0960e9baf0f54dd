"""The record of what operators did: a row for each act, in the transaction that does it. Units of work."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, insert, select

from coopfed.db.models import AuditLog
from coopfed.db.tx import Tx, table
from coopfed.features.accounts.store import account
from coopfed.node import Stamp

audit_log = table(AuditLog)
_ADD = insert(audit_log)
_LISTED = (
    select(audit_log, account.c.email)
    .outerjoin(account, account.c.id == audit_log.c.account_id)
    .order_by(audit_log.c.id.desc())
    .limit(bindparam("count"))
)


@dataclass(frozen=True, slots=True)
class Operator:
    """Who acts: the account, and the actor as which it speaks; both None on the command line."""

    account_id: int | None = None
    actor_id: int | None = None


COMMAND_LINE = Operator()


def record(tx: Tx, by: Operator, action: str, target: str, stamp: Stamp, detail: str = "") -> None:
    """Remembers an act: what was done to what."""
    row = {"account_id": by.account_id, "action": action, "target": target, "detail": detail}
    tx.execute(_ADD, {"id": stamp.mint(None), "created_at": stamp.now, **row})


def listed(tx: Tx, count: int) -> list[dict[str, Any]]:
    """The last acts, the newest first, each with the address of who did it (None: the command line, or an account that is gone)."""
    return [dict(row) for row in tx.execute(_LISTED, {"count": count}).mappings()]
