"""How people come in: by invitation, by asking (and being let in), and back in when they forgot their password.

What a page answers never tells whether an address has an account here: who has one learns it from the mail.
"""

from typing import Any

from actors.lookup import ActorRow, local_by_handle
from actors.lookup import by_id as actor_by_id
from actors.roles import Role, may_give_roles
from coopfed import limits
from coopfed.config import Config
from coopfed.db.signals import Topic
from coopfed.db.tx import Tx
from coopfed.errors import Forbidden, Gone, InvalidInput, NotFound
from coopfed.features import notifications
from coopfed.features.accounts import letters, links, passwords, sessions, store
from coopfed.features.accounts.links import LinkRow, Purpose
from coopfed.features.accounts.store import AccountRow
from coopfed.ids import NODE_HANDLE
from coopfed.node import Node, Stamp
from coopfed.text.i18n import Translator, translator

WAKES = (Topic.CACHES,)


def page_of(base: str, purpose: Purpose, secret: str) -> str:
    """The address of the page to which a link leads."""
    return f"{base}/account/{purpose}/{secret}"


# --- invitations ------------------------------------------------------------------------------------------------


async def invite(
    node: Node,
    email: str,
    actor: ActorRow,
    role_name: str,
    *,
    invited_by: int | None,
    language: str,
    by_mail: bool = True,
) -> str:
    """Invites somebody to speak as an actor of ours in a role. The link, to be handed over where mail does not reach them.

    InvalidInput for what is no address or no role.
    """
    to, named = store.address(email), store.is_role(role_name)
    if not actor.local or actor.gone_at is not None:
        raise NotFound(f"@{actor.acct} is not an actor of this node")
    row = LinkRow(None, to, actor.id, named, invited_by, node.clock.now())
    texts = translator(language)

    def unit(tx: Tx, stamp: Stamp) -> str:
        secret = links.make(tx, node.secret, Purpose.INVITE, row)
        address = page_of(node.urls.base, Purpose.INVITE, secret)
        if by_mail:
            text = letters.come_in(texts, node.config.handle_domain, f"@{actor.handle}", address)
            letters.post(tx, node.secret, to, text, stamp)
        return address

    return await node.db.write(unit, node.stamp())


async def invitation(node: Node, secret: str) -> tuple[LinkRow, ActorRow | None, bool]:
    """What an invitation says: the link, the actor, and whether the address has an account already. Gone when it is void, also since
    whoever invited may not do so any more."""
    return await node.db.read(_invitation, node.secret, secret, node.clock.now())


def _invitation(tx: Tx, key: bytes, secret: str, now: int) -> tuple[LinkRow, ActorRow | None, bool]:
    found = links.find(tx, key, Purpose.INVITE, secret, now)
    _refuse_ended(tx, found)
    known = store.by_email(tx, found.email)
    return found, actor_by_id(tx, found.actor_id) if found.actor_id else None, bool(known and known.password)


def _refuse_ended(tx: Tx, found: LinkRow) -> None:
    if found.invited_by is None or found.actor_id is None:
        return
    who = store.by_id(tx, found.invited_by)
    roles = store.roles_at(tx, found.invited_by).get(found.actor_id, frozenset())
    if who is None or not who.may_sign_in or not may_give_roles(roles):
        raise Gone("whoever invited may give no roles there any more", reason="link_used")


async def accept_invitation(node: Node, secret: str, password: str, language: str) -> AccountRow:
    """Makes the account of an invitation (or gives the role to the one that the address has, whose password it must be).

    `language` is that of a new account's mails. Gone when the invitation is void; InvalidInput for a password that may be none;
    Forbidden for one that is not the account's, or is so no more.
    """
    found, _actor, known = await invitation(node, secret)
    account = await node.db.read(store.by_email, found.email) if known else None
    if account is not None and not await passwords.is_right(account.password, password):
        raise Forbidden("not the password of the account that is invited", reason="wrong_password")
    before = account.password if account is not None else None
    stored = before or await passwords.hashed(passwords.checked(password, found.email))
    return await node.db.write(_accept, node.secret, secret, before, stored, language, node.stamp(), wakes=WAKES)


def _accept(
    tx: Tx, key: bytes, secret: str, before: str | None, stored: str, language: str, stamp: Stamp
) -> AccountRow:
    """`before` is the password (its hash) that the account had when `stored` was compared with it, or chosen."""
    found = links.use(tx, key, Purpose.INVITE, secret, stamp.now)
    _refuse_ended(tx, found)
    account = store.by_email(tx, found.email)
    if account is None:
        account = store.let_in(stamp.mint(None), found.email, stamp.now)
        store.add(tx, account)
        _tell_operators(tx, account.id, stamp)
    if account.password != before:
        # Hashing takes a while: a password that was set or changed meanwhile is not undone.
        raise Forbidden("the account has another password by now", reason="wrong_password")
    # The mail reached its reader, so the address is theirs, and a member of this node let them in.
    changes: dict[str, Any] = {"confirmed_at": stamp.now, "approved_at": stamp.now}
    if before is None:
        changes |= {"password": stored, "language": language}
    for name, value in changes.items():
        store.set_value(tx, account.id, name, value)
    if found.actor_id is not None and found.role is not None:
        store.give(tx, account.id, found.actor_id, found.role)
    accepted = store.by_id(tx, account.id)
    assert accepted is not None
    return accepted


# --- asking for an account --------------------------------------------------------------------------------------


async def sign_up(node: Node, email: str, password: str, reason: str, language: str) -> None:
    """Asks for an account: a mail confirms the address, then somebody decides (REGISTRATION=approval), or nobody has to (open).

    Forbidden when this node takes none; InvalidInput says what to change. Answers alike whether the address has an account or not.
    """
    if node.config.registration == "closed":
        raise Forbidden("REGISTRATION is closed", reason="registration_closed")
    to = store.address(email)
    if node.config.registration == "approval" and not reason.strip():
        raise InvalidInput("Say in a few words who you are.", reason="reason_missing")
    stored = await passwords.hashed(passwords.checked(password, to))
    await node.db.write(_sign_up, node.secret, node.config, to, stored, reason.strip(), language, node.stamp())


def _sign_up(
    tx: Tx, key: bytes, config: Config, email: str, password: str, reason: str, language: str, stamp: Stamp
) -> None:
    known, texts, host = store.by_email(tx, email), translator(language), config.handle_domain
    if known is not None and known.confirmed_at is not None:
        # Whoever has an account and asks again has most likely forgotten the password.
        _send_reset(tx, key, known, texts, host, stamp)
        return
    approved, cut = stamp.now if config.registration == "open" else None, reason[: limits.REASON_LENGTH]
    if known is None:
        number = stamp.mint(None)
        known = AccountRow(
            number, email, False, stamp.now, password, language, cut, None, approved, None, None, None, 0
        )
        store.add(tx, known)
    else:
        # Whoever asked before may have been somebody else. Who asks last gets the link; who confirms has to know the password too.
        for name, value in {"password": password, "language": language, "reason": cut}.items():
            store.set_value(tx, known.id, name, value)
    secret = links.make(tx, key, Purpose.CONFIRM, LinkRow(known.id, email, None, None, None, stamp.now))
    text = letters.confirm_address(texts, host, page_of(stamp.urls.base, Purpose.CONFIRM, secret))
    letters.post(tx, key, email, text, stamp)


async def confirm(node: Node, secret: str, password: str) -> AccountRow:
    """The address is theirs who know the password: anybody can ask for an account with somebody else's address, and a password of theirs.

    The account, which may sign in unless it waits to be let in. Gone when the link is void; Forbidden for another password.
    """
    found = await node.db.read(links.find, node.secret, Purpose.CONFIRM, secret, node.clock.now())
    account = await node.db.read(store.by_email, found.email)
    stored = account.password if account is not None else None
    if not await passwords.is_right(stored, password):
        raise Forbidden("not the password with which the account was asked for", reason="wrong_password")
    return await node.db.write(_confirm, node.secret, node.config.handle_domain, secret, stored, node.stamp())


def _confirm(tx: Tx, key: bytes, host: str, secret: str, stored: str | None, stamp: Stamp) -> AccountRow:
    found = links.use(tx, key, Purpose.CONFIRM, secret, stamp.now)
    account = store.by_id(tx, found.account_id or 0)
    if account is None:
        raise NotFound("the account was deleted meanwhile")
    if account.password != stored:
        raise Forbidden("the account has another password by now", reason="wrong_password")
    _is_theirs(tx, key, host, account, stamp)
    confirmed = store.by_id(tx, account.id)
    assert confirmed is not None
    return confirmed


def _is_theirs(tx: Tx, key: bytes, host: str, account: AccountRow, stamp: Stamp) -> None:
    """The address is confirmed; where somebody has to let its owner in, they are told."""
    store.set_value(tx, account.id, "confirmed_at", stamp.now)
    _tell_operators(tx, account.id, stamp)
    if account.approved_at is None:
        for _number, email, language in store.operators(tx):
            text = letters.somebody_waits(
                translator(language or "en"), host, account.email, f"{stamp.urls.base}/account/requests"
            )
            letters.post(tx, key, email, text, stamp)


def _tell_operators(tx: Tx, number: int, stamp: Stamp) -> None:
    """Somebody new has an account, or asks for one. Nobody speaks for them yet: the node's own actor is who tells of it."""
    ourselves = local_by_handle(tx, NODE_HANDLE)
    if ourselves is not None:
        notifications.tell_operators(tx, notifications.SIGN_UP, ourselves.id, str(number), stamp)


async def let_in(node: Node, number: int) -> None:
    """Somebody who asked gets the account, and is told. NotFound when nobody with this number waits."""
    await node.db.write(_let_in, node.secret, node.config.handle_domain, number, node.stamp())


def _let_in(tx: Tx, key: bytes, host: str, number: int, stamp: Stamp) -> None:
    account = _waiting(tx, number)
    store.set_value(tx, number, "approved_at", stamp.now)
    text = letters.let_in(translator(account.language or "en"), host, f"{stamp.urls.base}/account/sign-in")
    letters.post(tx, key, account.email, text, stamp)


async def turn_away(node: Node, number: int) -> None:
    """Somebody who asked gets no account: what is known of them is deleted, and they are told. NotFound as `let_in`."""
    await node.db.write(_turn_away, node.secret, node.config.handle_domain, number, node.stamp())


def _turn_away(tx: Tx, key: bytes, host: str, number: int, stamp: Stamp) -> None:
    account = _waiting(tx, number)
    letters.post(tx, key, account.email, letters.turned_away(translator(account.language or "en"), host), stamp)
    store.remove(tx, number)


def _waiting(tx: Tx, number: int) -> AccountRow:
    account = store.by_id(tx, number)
    if account is None or account.approved_at is not None:
        raise NotFound(f"nobody with the number {number} waits for an account")
    return account


# --- passwords --------------------------------------------------------------------------------------------------


async def ask_reset(node: Node, email: str) -> None:
    """Sends a link to choose a new password, if the address has an account. Nobody is told whether it has."""
    await node.db.write(_ask_reset, node.secret, node.config.handle_domain, email, node.stamp())


def _ask_reset(tx: Tx, key: bytes, host: str, email: str, stamp: Stamp) -> None:
    account = store.by_email(tx, email)
    if account is not None and account.disabled_at is None:
        _send_reset(tx, key, account, translator(account.language or "en"), host, stamp)


def _send_reset(tx: Tx, key: bytes, account: AccountRow, texts: Translator, host: str, stamp: Stamp) -> None:
    secret = links.make(tx, key, Purpose.RESET, LinkRow(account.id, account.email, None, None, None, stamp.now))
    text = letters.choose_password(texts, host, page_of(stamp.urls.base, Purpose.RESET, secret))
    letters.post(tx, key, account.email, text, stamp)


async def reset_password(node: Node, secret: str, password: str) -> None:
    """A new password by a link from a mail; every browser and app is signed out. Gone when the link is void."""
    found = await node.db.read(links.find, node.secret, Purpose.RESET, secret, node.clock.now())
    stored = await passwords.hashed(passwords.checked(password, found.email))
    await node.db.write(_reset, node.secret, node.config.handle_domain, secret, stored, node.stamp(), wakes=WAKES)


def _reset(tx: Tx, key: bytes, host: str, secret: str, stored: str, stamp: Stamp) -> None:
    found = links.use(tx, key, Purpose.RESET, secret, stamp.now)
    account = store.by_id(tx, found.account_id or 0)
    if account is None:
        raise NotFound("the account was deleted meanwhile")
    if account.confirmed_at is None:
        _is_theirs(tx, key, host, account, stamp)
    change_password(tx, key, host, account, stored, stamp)


def change_password(
    tx: Tx, key: bytes, host: str, account: AccountRow, stored: str, stamp: Stamp, kept: int = 0
) -> None:
    """A new password (its hash) is in force: sessions but the `kept` one, all tokens, and links for another one that were sent before,
    are over. A unit of work; wakes caches."""
    store.set_value(tx, account.id, "password", stored)
    sessions.end_others(tx, account.id, kept)
    store.end_tokens(tx, account.id)
    links.end(tx, Purpose.RESET, account.id)
    letters.post(tx, key, account.email, letters.password_changed(translator(account.language or "en"), host), stamp)
    tx.wake(Topic.CACHES)


async def first_password(node: Node, email: str, password: str) -> None:
    """The operator chooses the password of an account: its first one, or another one, for whoever lost it; then everything is signed out
    and its owner told, as by `change_password`. NotFound without such an account; InvalidInput for what may be none."""
    account = await node.db.read(store.by_email, email)
    if account is None:
        raise NotFound(f"no account {email}; run: coopfed account create {email} --actor HANDLE --role ROLE")
    stored = await passwords.hashed(passwords.checked(password, account.email))

    def unit(tx: Tx, stamp: Stamp) -> None:
        if account.password is None:
            store.set_value(tx, account.id, "password", stored)
        else:
            change_password(tx, node.secret, node.config.handle_domain, account, stored, stamp)

    await node.db.write(unit, node.stamp())


def is_only_admin(tx: Tx, account_id: int, actor_id: int) -> bool:
    """Whether nobody else could give roles at the actor any more if this account went."""
    admins = {number for number, _email, role in store.people_of(tx, actor_id) if role is Role.ADMIN}
    return admins == {account_id}


def shut(tx: Tx, number: int, now: int | None) -> None:
    """Nobody signs in as this account any more, or (None) may again; what is signed in is signed out. A unit of work; wakes caches."""
    store.set_value(tx, number, "disabled_at", now)
    if now is not None:
        sessions.end_others(tx, number, 0)
        store.end_tokens(tx, number)
    tx.wake(Topic.CACHES)
