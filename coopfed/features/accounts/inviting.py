"""Invitations to speak as an actor: sent, looked at, accepted, taken back."""

from typing import Any

from actors.lookup import ActorRow
from actors.lookup import by_id as actor_by_id
from actors.roles import may_give_roles
from coopfed.db.signals import Topic
from coopfed.db.tx import Tx
from coopfed.errors import Forbidden, Gone, NotFound
from coopfed.features.accounts import letters, links, passwords, store
from coopfed.features.accounts.links import LinkRow, Purpose, page_of
from coopfed.features.accounts.newcomers import tell_operators
from coopfed.features.accounts.store import AccountRow
from coopfed.node import Node, Stamp
from coopfed.text.i18n import translator

WAKES = (Topic.CACHES,)


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
        tell_operators(tx, account.id, stamp)
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
