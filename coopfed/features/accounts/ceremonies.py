"""Making passkeys and signing in with them: what a page asks the browser for, and what comes of the answer.

A page carries a ticket: what it is for, until when, and for which browser or account, sealed. The challenge is derived from it, so
that nothing is stored before somebody answered; an answer that was taken is remembered until its ticket is too old (`passkeys.use`).
"""

import asyncio
from dataclasses import dataclass
from typing import Any

import orjson

from coopfed import limits
from coopfed.db.tx import Tx
from coopfed.errors import CoopFedError, Forbidden, NotFound
from coopfed.features.accounts import letters, passkeys, passwords, signing_in
from coopfed.features.accounts.passkeys import PasskeyRow
from coopfed.features.accounts.secrets import hashed
from coopfed.features.accounts.store import AccountRow
from coopfed.node import Node, Stamp
from coopfed.signing import passkeys as webauthn
from coopfed.signing.keys import seal, unseal
from coopfed.signing.passkeys import Known, Site
from coopfed.text.i18n import translator

_SIGN_IN, _MAKE = "passkey sign-in", "passkey to make"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page asks its browser for: options as JSON, and the ticket that comes back with the answer."""

    options: str
    ticket: str


def site(node: Node) -> Site | None:
    """For whom passkeys of this node are; None where browsers make none (see `coopfed.signing.passkeys.site`)."""
    return webauthn.site(node.config.base_url, node.config.handle_domain)


def _need_site(node: Node) -> Site:
    found = site(node)
    if found is None:
        raise NotFound(f"no browser makes passkeys for {node.config.base_url}")
    return found


# --- signing in -------------------------------------------------------------------------------------------------


def asked_to_sign_in(node: Node, browser: str) -> Asked | None:
    """For the page of signing in; None where there are no passkeys. `browser`: what only the same browser's forms carry."""
    of = site(node)
    if of is None:
        return None
    ticket = _sealed(node, _SIGN_IN + browser, [])
    return Asked(webauthn.request(of, _challenge(node, ticket)), ticket)


async def sign_in(node: Node, browser: str, ticket: str, answer: str, client: str) -> AccountRow:
    """Who signs in with a passkey; it stands for password and second factor.

    Forbidden: `late` for a page that was open too long or was sent before, `passkey_unknown`, `passkey_refused`, `passkey_copied`,
    and as `signing_in.refuse_shut`. TooMany for an address that tries too often.
    """
    signing_in.refuse_crowd(node, client)
    of = _need_site(node)
    _opened(node, _SIGN_IN + browser, ticket)
    return await _verified(node, of, _challenge(node, ticket), answer, None)


async def asked_for_second_step(node: Node, account: AccountRow, ticket: str) -> Asked | None:
    """For the page that follows the account's password, whose ticket this is; None when the account has no passkeys."""
    of = site(node)
    if of is None:
        return None
    known = [(row.credential, row.transports) for row in await node.db.read(passkeys.listed, account.id)]
    return Asked(webauthn.request(of, _challenge(node, ticket), known), ticket) if known else None


async def second_step(node: Node, ticket: str, answer: str, client: str) -> AccountRow:
    """Who signs in with a passkey after the password, whose ticket this is. Errors as `sign_in`; another's passkey is unknown here."""
    account = await signing_in.holder(node, ticket)
    signing_in.refuse_crowds(node, client, f"code {account.id}")
    return await _verified(node, _need_site(node), _challenge(node, ticket), answer, account.id)


async def _verified(node: Node, of: Site, challenge: bytes, answer: str, only: int | None) -> AccountRow:
    found = await node.db.read(passkeys.by_credential, webauthn.named_in(answer))
    if found is None or (only is not None and found[1].id != only):
        raise Forbidden("no passkey of this id", reason="passkey_unknown")
    row, account = found
    known = Known(row.credential, row.public_key, row.sign_count, row.synced, _handle(node, account.id))
    shown = await asyncio.to_thread(webauthn.verified, of, challenge, answer, known)
    return await node.db.write(_use, row, challenge, shown, node.clock.now())


def _use(tx: Tx, row: PasskeyRow, challenge: bytes, shown: int, now: int) -> AccountRow:
    account = passkeys.use(tx, row, challenge, shown, now)
    signing_in.refuse_shut(account)
    return account


# --- making -----------------------------------------------------------------------------------------------------


async def asked_to_make(node: Node, account: AccountRow, name: str, password: str, client: str) -> Asked:
    """For the page on which a passkey is made. Forbidden (`wrong_password`): whoever finds an open browser adds no key of their own.

    InvalidInput for a name that is none, and when there are as many passkeys as there may be.
    """
    of, chosen = _need_site(node), passkeys.called(name)
    signing_in.refuse_crowds(node, client, account.email)
    if not await passwords.is_right(account.password, password):
        raise Forbidden("not the password", reason="wrong_password")
    rows = await node.db.read(passkeys.listed, account.id)
    passkeys.refuse_many(len(rows))
    ticket = _sealed(node, _MAKE, [account.id, account.password, chosen])
    known = [(row.credential, row.transports) for row in rows]
    options = webauthn.creation(of, _challenge(node, ticket), _handle(node, account.id), account.email, known)
    return Asked(options, ticket)


async def make(node: Node, account: AccountRow, ticket: str, answer: str) -> None:
    """Adds the passkey that the browser made, and tells its owner by mail. Forbidden: `late`, `passkey_refused`; else as `passkeys.add`."""
    of = _need_site(node)
    who, password, name = _opened(node, _MAKE, ticket)
    if who != account.id or password != account.password:
        raise Forbidden("the ticket is another account's, or from before the password changed", reason="late")
    challenge = _challenge(node, ticket)
    new = await asyncio.to_thread(webauthn.made, of, challenge, answer)
    texts = translator(account.language or "en")

    def unit(tx: Tx, stamp: Stamp) -> None:
        passkeys.add(tx, account.id, challenge, new, name, stamp)
        letter = letters.passkey_added(texts, node.config.handle_domain, name, f"{stamp.urls.base}/account/passkeys")
        letters.post(tx, node.secret, account.email, letter, stamp)

    await node.db.write(unit, node.stamp())


# --- tickets ----------------------------------------------------------------------------------------------------


def _handle(node: Node, account_id: int) -> bytes:
    # Authenticators keep it and show it to whoever holds them: it tells nothing of the account. Source: WebAuthn 14.6.1.
    return hashed(node.secret, "passkey-owner", str(account_id))


def _challenge(node: Node, ticket: str) -> bytes:
    return hashed(node.secret, "passkey-challenge", ticket)


def _sealed(node: Node, purpose: str, says: list[Any]) -> str:
    until = node.clock.now() + limits.PASSKEY_SECONDS * 1000
    return seal(node.secret, orjson.dumps([until, says]), purpose).hex()


def _opened(node: Node, purpose: str, ticket: str) -> list[Any]:
    try:
        until, says = orjson.loads(unseal(node.secret, bytes.fromhex(ticket), purpose))
    except (ValueError, CoopFedError) as error:
        raise Forbidden("no ticket of ours", reason="late") from error
    if until < node.clock.now():
        raise Forbidden("the ticket is too old", reason="late")
    return list(says)
