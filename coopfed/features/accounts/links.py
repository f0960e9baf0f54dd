"""Links that are good once: to confirm an address, to choose a new password, to come in by invitation."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import bindparam, delete, insert, literal_column, select

from coopfed import limits
from coopfed.clock import HOUR_MS
from coopfed.db.models import OneTimeLink
from coopfed.db.tx import Tx, table
from coopfed.errors import Gone
from coopfed.features.accounts.secrets import hashed, new_secret

link = table(OneTimeLink)


class Purpose(StrEnum):
    """What a link is for; a link for one thing does not do for another."""

    CONFIRM = "confirm"
    RESET = "reset"
    INVITE = "invite"


@dataclass(frozen=True, slots=True)
class LinkRow:
    """What a link says; which of these are None depends on its purpose. `created_at` in milliseconds."""

    account_id: int | None
    email: str
    actor_id: int | None
    role: str | None
    invited_by: int | None
    created_at: int


_COLUMNS = tuple(link.c[name] for name in LinkRow.__dataclass_fields__)
_ADD = insert(link)
_FIND = select(*_COLUMNS).where(link.c.hash == bindparam("hash"), link.c.purpose == bindparam("purpose"))
_USE = delete(link).where(link.c.hash == bindparam("hash"), link.c.purpose == bindparam("purpose"))
_NO_MORE = delete(link).where(link.c.account_id == bindparam("who"), link.c.purpose == bindparam("purpose"))
_OPEN = (
    select(*_COLUMNS)
    .where(
        link.c.purpose == literal_column("'invite'"),
        link.c.actor_id == bindparam("actor"),
        link.c.created_at >= bindparam("since"),
    )
    .order_by(link.c.created_at.desc())
    .limit(bindparam("count"))
)
_TAKE_BACK = delete(link).where(
    link.c.purpose == literal_column("'invite'"),
    link.c.actor_id == bindparam("actor"),
    link.c.email == bindparam("email"),
    link.c.role == bindparam("role"),
)
_OLD = delete(link).where(link.c.created_at < bindparam("before"))


def page_of(base: str, purpose: Purpose, secret: str) -> str:
    """The address of the page to which a link leads. Pure."""
    return f"{base}/account/{purpose}/{secret}"


def make(tx: Tx, key: bytes, purpose: Purpose, row: LinkRow) -> str:
    """Stores a link. Its secret, which stands in its address; earlier links of that account for the same purpose are void."""
    secret = new_secret()
    if row.account_id is not None:
        end(tx, purpose, row.account_id)
    values = {name: getattr(row, name) for name in LinkRow.__dataclass_fields__}
    tx.execute(_ADD, {**values, "hash": hashed(key, purpose, secret), "purpose": purpose.value})
    return secret


def find(tx: Tx, key: bytes, purpose: Purpose, secret: str, now: int) -> LinkRow:
    """What the link says. Gone when it was used, is too old, or never was."""
    row = tx.execute(_FIND, {"hash": hashed(key, purpose, secret), "purpose": purpose.value}).one_or_none()
    if row is None or row.created_at < now - _lifetime(purpose):
        raise Gone(f"no such link to {purpose} (any more)", reason="link_used")
    return LinkRow(*row)


def use(tx: Tx, key: bytes, purpose: Purpose, secret: str, now: int) -> LinkRow:
    """As `find`, and the link is void from now on."""
    found = find(tx, key, purpose, secret, now)
    tx.execute(_USE, {"hash": hashed(key, purpose, secret), "purpose": purpose.value})
    return found


def end(tx: Tx, purpose: Purpose, account_id: int) -> None:
    """Links of an account for this purpose are void."""
    tx.execute(_NO_MORE, {"who": account_id, "purpose": purpose.value})


def invitations(tx: Tx, actor_id: int, now: int, count: int) -> list[LinkRow]:
    """Invitations to speak as this actor that nobody has answered yet, the newest first."""
    since = now - _lifetime(Purpose.INVITE)
    return [LinkRow(*row) for row in tx.execute(_OPEN, {"actor": actor_id, "since": since, "count": count})]


def take_back(tx: Tx, actor_id: int, email: str, role: str) -> bool:
    """Invitations of this address to this role are void. Whether there was one."""
    return bool(tx.execute(_TAKE_BACK, {"actor": actor_id, "email": email, "role": role}).rowcount)


def forget_old(tx: Tx, now: int) -> None:
    """Links that are too old leave no rows."""
    tx.execute(_OLD, {"before": now - _lifetime(Purpose.INVITE)})


def _lifetime(purpose: Purpose) -> int:
    hours = limits.INVITATION_DAYS * 24 if purpose is Purpose.INVITE else limits.LINK_HOURS
    return hours * HOUR_MS
