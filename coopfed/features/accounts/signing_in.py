"""Signing in: password, then the second factor where there is one. Bounded by address and by account, and as slow for nobody."""

from dataclasses import dataclass

import orjson

from coopfed import limits
from coopfed.db.tx import Tx
from coopfed.errors import CoopFedError, Forbidden
from coopfed.features.accounts import passwords, second_factor, store
from coopfed.features.accounts.store import AccountRow
from coopfed.net.throttle import network
from coopfed.net.windows import Allowance
from coopfed.node import Node
from coopfed.signing.keys import seal, unseal

_FROM_ADDRESS, _FOR_ACCOUNT = Allowance(25, 300), Allowance(10, 300)
_TICKET = "sign-in ticket"


@dataclass(frozen=True, slots=True)
class Passed:
    """What came of a password: the account, and a ticket when the second factor is still to come."""

    account: AccountRow
    ticket: str | None


def refuse_crowd(node: Node, client: str) -> None:
    """TooMany when this address tried too often lately."""
    node.allow("sign in from", _FROM_ADDRESS, network(client))


def refuse_crowds(node: Node, client: str, account: str) -> None:
    """TooMany when this address, or anybody for this account, tried too often lately. Source: security research 1.6."""
    refuse_crowd(node, client)
    node.allow("sign in as", _FOR_ACCOUNT, account.strip().lower())


async def with_password(node: Node, email: str, password: str, client: str) -> Passed:
    """Checks a password. Forbidden alike for an unknown address, a wrong password and an account without one; the reason tells apart
    only what its owner may know: `not_confirmed`, `not_approved`, `disabled`. TooMany as `refuse_crowds`."""
    refuse_crowds(node, client, email)
    account = await node.db.read(store.by_email, email)
    if not await passwords.is_right(account.password if account else None, password) or account is None:
        raise Forbidden("address and password do not belong together", reason="wrong_password")
    refuse_shut(account)
    if account.password is not None and passwords.is_outdated(account.password):
        await node.db.write(_rehash, account.id, account.password, await passwords.hashed(password))
    return Passed(account, _ticket(node, account) if account.second_step else None)


def _rehash(tx: Tx, number: int, before: str, stored: str) -> None:
    """The same password, hashed with what is asked now; one that was changed meanwhile is not undone."""
    account = store.by_id(tx, number)
    if account is not None and account.password == before:
        store.set_value(tx, number, "password", stored)


def refuse_shut(account: AccountRow) -> None:
    """Forbidden for an account that nobody signs in to: `disabled`, `not_confirmed`, `not_approved`."""
    if account.disabled_at is not None:
        raise Forbidden("the account is shut", reason="disabled")
    if account.confirmed_at is None:
        raise Forbidden("the address is not confirmed", reason="not_confirmed")
    if account.approved_at is None:
        raise Forbidden("the account waits to be let in", reason="not_approved")


async def with_code(node: Node, ticket: str, code: str, client: str) -> AccountRow:
    """Checks the second factor of whoever has the ticket. Forbidden for a wrong code (`wrong_code`) or a late one (`late`)."""
    account = await holder(node, ticket)
    refuse_crowds(node, client, f"code {account.id}")
    if not await node.db.write(_is_right, node.secret, account.id, code, node.clock.now()):
        raise Forbidden("not a code of this account", reason="wrong_code")
    return account


def _is_right(tx: Tx, key: bytes, number: int, code: str, now: int) -> bool:
    account = store.by_id(tx, number)
    return account is not None and second_factor.is_right(tx, key, account, code, now)


def _ticket(node: Node, account: AccountRow) -> str:
    until = node.clock.now() + limits.SECOND_FACTOR_SECONDS * 1000
    return seal(node.secret, orjson.dumps([account.id, account.password, until]), _TICKET).hex()


async def holder(node: Node, ticket: str) -> AccountRow:
    """Whose password was right. Forbidden (`late`) when the ticket is none of ours, is too old, or the password is another by now."""
    try:
        number, password, until = orjson.loads(unseal(node.secret, bytes.fromhex(ticket), _TICKET))
    except (ValueError, CoopFedError) as error:
        raise Forbidden("no ticket of ours", reason="late") from error
    account = await node.db.read(store.by_id, number)
    if account is None or until < node.clock.now() or account.password != password or not account.may_sign_in:
        raise Forbidden("the ticket is too old", reason="late")
    return account
