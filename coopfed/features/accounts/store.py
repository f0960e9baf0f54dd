"""Rows of accounts and of the roles that they have at actors. Units of work."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from actors.lookup import ActorRow
from actors.roles import Role, may_approve
from coopfed.db.models import Account, OAuthCode, OAuthToken
from coopfed.db.models import Role as RoleModel
from coopfed.db.tx import Tx, table
from coopfed.errors import InvalidInput
from coopfed.node import Node, Stamp

account, role = table(Account), table(RoleModel)
oauth_token, oauth_code = table(OAuthToken), table(OAuthCode)


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account as the rest of the program reads it; see `coopfed.db.models.accounts.Account`. Moments in milliseconds."""

    id: int
    email: str
    operator: bool
    created_at: int
    password: str | None
    language: str | None
    reason: str
    confirmed_at: int | None
    approved_at: int | None
    disabled_at: int | None
    totp: bytes | None
    totp_at: int | None
    totp_used: int
    passkey_step_at: int | None = None

    @property
    def may_sign_in(self) -> bool:
        """Whether the address is confirmed, somebody approved, and nobody shut the account."""
        return self.confirmed_at is not None and self.approved_at is not None and self.disabled_at is None

    @property
    def second_step(self) -> bool:
        """Whether the password alone does not do: an authenticator app or the account's passkeys are asked for besides."""
        return self.totp_at is not None or self.passkey_step_at is not None


COLUMNS = tuple(account.c[name] for name in AccountRow.__dataclass_fields__)
_BY_EMAIL = select(*COLUMNS).where(account.c.email == bindparam("email"))
_BY_ID = select(*COLUMNS).where(account.c.id == bindparam("id"))
_WAITING = (
    select(*COLUMNS)
    .where(account.c.approved_at.is_(None), account.c.confirmed_at.is_not(None), account.c.disabled_at.is_(None))
    .order_by(account.c.id)
    .limit(bindparam("count"))
)
_ADD = insert(account)
_SET = {
    name: update(account).where(account.c.id == bindparam("who")).values({name: bindparam("value")})
    for name in ("operator", "password", "language", "reason", "confirmed_at", "approved_at", "disabled_at", "email")
}
_DELETE = delete(account).where(account.c.id == bindparam("who"))
_NO_TOKENS = delete(oauth_token).where(oauth_token.c.actor_id == bindparam("which"))
_END_TOKENS = delete(oauth_token).where(oauth_token.c.account_id == bindparam("who"))
_NO_CODES_AT = delete(oauth_code).where(oauth_code.c.actor_id == bindparam("which"))
_END_CODES = delete(oauth_code).where(oauth_code.c.account_id == bindparam("who"))
_NO_ROLES = delete(role).where(role.c.actor_id == bindparam("which"))
_GIVE = upsert(role).on_conflict_do_nothing()
_TAKE = delete(role).where(
    role.c.account_id == bindparam("account_id"),
    role.c.actor_id == bindparam("actor_id"),
    role.c.role == bindparam("role"),
)
_ROLES = select(role.c.actor_id, role.c.role).where(role.c.account_id == bindparam("who")).order_by(role.c.actor_id)
_PEOPLE_OF = (
    select(role.c.account_id, account.c.email, role.c.role)
    .join(account, account.c.id == role.c.account_id)
    .where(role.c.actor_id == bindparam("which"))
    .order_by(role.c.account_id, role.c.role)
)
_EDITORS = (
    select(account.c.email, account.c.language)
    .join(role, role.c.account_id == account.c.id)
    .where(
        role.c.actor_id == bindparam("which"),
        role.c.role.in_(bindparam("roles", expanding=True)),
        account.c.disabled_at.is_(None),
        account.c.confirmed_at.is_not(None),
    )
    .distinct()
    .order_by(account.c.email)
)
_SPECIAL = frozenset('()<>[]:;,\\"')
_OPERATORS = select(account.c.id, account.c.email, account.c.language).where(
    account.c.operator, account.c.disabled_at.is_(None), account.c.confirmed_at.is_not(None)
)


def address(email: str) -> str:
    """An email address as it is stored: one mailbox in one spelling, without what quotes, groups or lists addresses in the head of a mail.

    InvalidInput when it is none. Source: RFC 5322 3.4.
    """
    found = email.strip().lower()
    odd = any(sign.isspace() or sign in _SPECIAL for sign in found)
    if found.count("@") != 1 or found.startswith("@") or found.endswith("@") or odd:
        raise InvalidInput(f"{email[:200]!r} is no email address", reason="email")
    if len(found) > 254 or not found.isprintable():
        raise InvalidInput("An email address has at most 254 characters.", reason="email")
    return found


def by_email(tx: Tx, email: str) -> AccountRow | None:
    """The account with this address, in any case of letters."""
    row = tx.execute(_BY_EMAIL, {"email": email.strip().lower()}).one_or_none()
    return None if row is None else AccountRow(*row)


def account_by_email(tx: Tx, email: str) -> int | None:
    """The number of the account with this address."""
    row = by_email(tx, email)
    return None if row is None else row.id


def by_id(tx: Tx, number: int) -> AccountRow | None:
    """The account with this number."""
    row = tx.execute(_BY_ID, {"id": number}).one_or_none()
    return None if row is None else AccountRow(*row)


def waiting(tx: Tx, count: int) -> list[AccountRow]:
    """Who confirmed their address and waits to be let in, the longest first."""
    return [AccountRow(*row) for row in tx.execute(_WAITING, {"count": count})]


def operators(tx: Tx) -> list[tuple[int, str, str | None]]:
    """Those who run the node: number, address, language."""
    return [(row.id, row.email, row.language) for row in tx.execute(_OPERATORS)]


def add(tx: Tx, row: AccountRow) -> None:
    """Stores a new account. Its address must be free."""
    tx.execute(_ADD, {name: getattr(row, name) for name in AccountRow.__dataclass_fields__})


def set_value(tx: Tx, number: int, name: str, value: Any) -> None:
    """Changes one thing of an account; `name` is one of those that may change."""
    tx.execute(_SET[name], {"who": number, "value": value})


def remove(tx: Tx, number: int) -> None:
    """Deletes an account with its roles, sessions and tokens. The actors it acted as stay."""
    tx.execute(_DELETE, {"who": number})


def roles_at(tx: Tx, number: int) -> dict[int, frozenset[Role]]:
    """For each actor at which the account has roles, by the actor's number, which."""
    found: dict[int, set[Role]] = {}
    for row in tx.execute(_ROLES, {"who": number}):
        found.setdefault(row.actor_id, set()).add(Role(row.role))
    return {actor: frozenset(roles) for actor, roles in found.items()}


def people_of(tx: Tx, actor_id: int) -> list[tuple[int, str, Role]]:
    """Who may act as an actor: account, address and role, a line for each role."""
    return [(row.account_id, row.email, Role(row.role)) for row in tx.execute(_PEOPLE_OF, {"which": actor_id})]


def editors_of(tx: Tx, actor_id: int) -> list[tuple[str, str | None]]:
    """Who may decide on what authors of an actor wrote: address and language."""
    found = tx.execute(_EDITORS, {"which": actor_id, "roles": sorted(role for role in Role if may_approve({role}))})
    return [(row.email, row.language) for row in found]


def take_role(tx: Tx, number: int, actor_id: int, role_name: str) -> bool:
    """Takes a role away. Whether it was there."""
    taken = tx.execute(_TAKE, {"account_id": number, "actor_id": actor_id, "role": role_name})
    return bool(taken.rowcount == 1)


def is_role(name: str) -> str:
    """The name of a role. InvalidInput when there is none of this name."""
    if name not in list(Role):
        raise InvalidInput(f"{name!r} is no role; use one of: {', '.join(Role)}")
    return name


async def give_role(node: Node, email: str, actor: ActorRow, role_name: str, *, operator: bool = False) -> int:
    """Gives an account (made when it is new) a role at an actor of ours. Its number. InvalidInput says what to change."""
    to, named = address(email), is_role(role_name)
    if not actor.local:
        raise InvalidInput(f"@{actor.acct} is not an actor of this node")
    return await node.db.write(_give_role, to, actor.id, named, operator, node.stamp())


def _give_role(tx: Tx, email: str, actor_id: int, role_name: str, operator: bool, stamp: Stamp) -> int:
    number = account_by_email(tx, email)
    if number is None:
        number = stamp.mint(None)
        add(tx, let_in(number, email, stamp.now, operator=operator))
    elif operator:
        set_value(tx, number, "operator", True)
    give(tx, number, actor_id, role_name)
    return number


def give(tx: Tx, number: int, actor_id: int, role_name: str) -> None:
    """Gives a role to an account that is there; harmless when it has it."""
    tx.execute(_GIVE, {"account_id": number, "actor_id": actor_id, "role": role_name})


def let_in(number: int, email: str, now: int, *, operator: bool = False, password: str | None = None) -> AccountRow:
    """A new account of somebody whom the operator or a member asked in: confirmed and approved."""
    return AccountRow(number, email, operator, now, password, None, "", now, now, None, None, None, 0)


def end_tokens(tx: Tx, number: int) -> None:
    """No app speaks for this account any more, nor by a code that it has not exchanged yet. A unit of work; wake `Topic.CACHES`."""
    tx.execute(_END_TOKENS, {"who": number})
    tx.execute(_END_CODES, {"who": number})


def nobody_acts_as(tx: Tx, actor_id: int) -> None:
    """Takes away all roles at an actor and all tokens, and codes for them, that speak as it. A unit of work."""
    tx.execute(_NO_TOKENS, {"which": actor_id})
    tx.execute(_NO_CODES_AT, {"which": actor_id})
    tx.execute(_NO_ROLES, {"which": actor_id})
