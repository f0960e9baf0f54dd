"""All accounts with their roles, for the operator. A long read."""

from typing import Any

from sqlalchemy import select

from actors.lookup import actor
from coopfed.db.tx import Tx
from coopfed.features.accounts.store import account, role

_ACCOUNTS = select(account).order_by(account.c.email)
_ROLES = (
    select(role.c.account_id, actor.c.handle, role.c.role)
    .join(actor, actor.c.id == role.c.actor_id)
    .order_by(actor.c.handle, role.c.role)
)


def accounts(tx: Tx) -> list[dict[str, Any]]:
    """A row for each account: address, whether it runs the node, its state, whether it has a password and a second factor, its roles."""
    roles: dict[int, list[str]] = {}
    for row in tx.execute(_ROLES):
        roles.setdefault(row.account_id, []).append(f"{row.role} of @{row.handle}")
    return [
        {
            "email": row.email,
            "operator": row.operator,
            "state": _state(row),
            "password": row.password is not None,
            "second_factor": row.totp_at is not None or row.passkey_step_at is not None,
            "roles": ", ".join(roles.get(row.id, [])),
        }
        for row in tx.execute(_ACCOUNTS)
    ]


def _state(row: Any) -> str:
    if row.disabled_at is not None:
        return "shut"
    if row.confirmed_at is None:
        return "address not confirmed"
    return "waits to be let in" if row.approved_at is None else "open"
