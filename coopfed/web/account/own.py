"""`/account`: one's own account: whom one may speak as, password, second factor, browsers and apps."""

from dataclasses import dataclass

import segno
from quart import Blueprint, Response

from actors.lookup import ActorRow, by_ids
from actors.roles import Role, may_approve, may_negotiate, may_sign, may_take_members, may_write
from coopfed.db.signals import Topic
from coopfed.db.tx import Tx
from coopfed.errors import CoopFedError, Forbidden, InvalidInput, NotFound
from coopfed.features import mail_wishes
from coopfed.features.accounts import (
    ceremonies,
    passkeys,
    passwords,
    recovery,
    second_factor,
    sessions,
    signing_in,
    store,
)
from coopfed.features.accounts.sessions import SessionRow
from coopfed.features.accounts.store import AccountRow
from coopfed.features.memberships import store as memberships
from coopfed.features.posts import kept
from coopfed.features.requests import store as requests
from coopfed.node import Node, Stamp
from coopfed.oauth import tokens
from coopfed.oauth.tokens import TokenRow
from coopfed.text.i18n import mark as _
from coopfed.web import forms
from coopfed.web.account import faults, mails
from coopfed.web.account.browsers import called
from coopfed.web.asking import number
from coopfed.web.page import elsewhere
from coopfed.web.reader import reader

OWN = "/account"


@dataclass(frozen=True, slots=True)
class Overview:
    """What the page shows: the actors with one's roles there, the browsers, the apps with the actor each speaks as, who waits to be let
    in, and for actors (their numbers) how many posts wait for one of their editors."""

    actors: list[tuple[ActorRow, list[Role]]]
    sessions: list[SessionRow]
    apps: list[tuple[TokenRow, ActorRow]]
    codes_left: int
    waiting: int
    to_decide: dict[int, int]
    members: dict[int, int]
    """For actors whose memberships one signs or gives: how many of them wait for an answer."""
    boards: frozenset[int]
    """Actors whose requests one writes or negotiates about."""
    negotiates: frozenset[int]
    """For which actors one answers requests, and decides about answers to theirs."""
    mails: tuple[str, ...]
    passkeys: int


def register(pages: Blueprint, node: Node) -> None:
    """Adds the routes."""
    _register_overview(pages, node)
    _register_password(pages, node)
    _register_second_factor(pages, node)


def _register_overview(pages: Blueprint, node: Node) -> None:
    @pages.get("/account")
    async def own() -> Response:
        account, session = await forms.need_account(node)
        found = await node.db.read(overview, account)
        values = {"account": account, "session": session, "found": found, "admin": Role.ADMIN, "offered": mails.OFFERED}
        values |= {"possible": ceremonies.site(node) is not None, "called": called}
        return forms.private_page(node, "own", reader(node).texts.gettext("Your account"), values)

    @pages.get("/.well-known/change-password")
    async def where_to_change() -> Response:
        """For password managers. Source: W3C, A Well-Known URL for Changing Passwords."""
        return elsewhere("/account/password", 302)

    @pages.post("/account/language")
    async def language() -> Response:
        account, _session = await forms.need_account(node)
        wanted = str((await forms.sent(node)).get("language", ""))
        if wanted in node.config.languages:
            await node.db.write(store.set_value, account.id, "language", wanted)
        return elsewhere(OWN)

    @pages.post("/account/sessions/<id>/end")
    async def end_session(id: str) -> Response:
        account, _session = await forms.need_account(node)
        await forms.sent(node)
        if not await node.db.write(sessions.end, account.id, number(id)):
            raise NotFound(f"no session {id} of this account")
        return elsewhere(OWN)

    @pages.post("/account/sessions/end-others")
    async def end_others() -> Response:
        account, session = await forms.need_account(node)
        await forms.sent(node)
        await node.db.write(sessions.end_others, account.id, session.id)
        return elsewhere(OWN)

    @pages.post("/account/apps/<id>/end")
    async def end_app(id: str) -> Response:
        account, _session = await forms.need_account(node)
        await forms.sent(node)
        if not await node.db.write(tokens.end_of, account.id, number(id), wakes=(Topic.CACHES,)):
            raise NotFound(f"no app {id} of this account")
        return elsewhere(OWN)


def overview(tx: Tx, account: AccountRow) -> Overview:
    """Everything on the page. A unit of work."""
    roles, apps = store.roles_at(tx, account.id), tokens.listed(tx, account.id)
    actors = by_ids(tx, list({*roles, *(row.actor_id for row in apps)}))
    here = sorted(
        (actors[id] for id in roles if id in actors and actors[id].gone_at is None), key=lambda row: row.handle
    )
    return Overview(
        actors=[(row, sorted(roles[row.id])) for row in here],
        sessions=sessions.listed(tx, account.id),
        apps=[(row, actors[row.actor_id]) for row in apps if row.actor_id in actors],
        codes_left=second_factor.codes_left(tx, account.id),
        waiting=len(store.waiting(tx, 100)) if account.operator else 0,
        to_decide={
            row.id: kept.count_waiting(tx, row.id) + len(requests.waiting(tx, row.id))
            for row in here
            if may_approve(roles[row.id])
        },
        members={
            row.id: memberships.waiting(tx, row.id)
            for row in here
            if row.type == "Organization" and (may_sign(roles[row.id]) or may_take_members(roles[row.id]))
        },
        boards=frozenset(row.id for row in here if may_write(roles[row.id]) or may_negotiate(roles[row.id])),
        negotiates=frozenset(row.id for row in here if may_negotiate(roles[row.id])),
        mails=mail_wishes.wanted(tx, account.id),
        passkeys=passkeys.count(tx, account.id),
    )


def _register_password(pages: Blueprint, node: Node) -> None:
    @pages.get("/account/password")
    async def password() -> Response:
        await forms.need_account(node)
        return faults.titled(node, "password", _("Change your password"))

    @pages.post("/account/password")
    async def change_password() -> Response:
        account, session = await forms.need_account(node)
        fields = await forms.sent(node)
        try:
            stored = await _new_password(node, account, fields)
        except CoopFedError as error:
            return faults.titled(node, "password", _("Change your password"), error)

        def unit(tx: Tx, stamp: Stamp) -> None:
            recovery.change_password(
                tx, node.secret, node.config.handle_domain, account, stored, stamp, kept=session.id
            )

        await node.db.write(unit, node.stamp())
        return elsewhere(OWN)


async def _new_password(node: Node, account: AccountRow, fields: dict[str, str]) -> str:
    """The hash of the new password, when the old one was right and the new ones are the same."""
    signing_in.refuse_crowds(node, forms.client(), account.email)
    if not await passwords.is_right(account.password, fields.get("old", "")):
        raise Forbidden("not the present password", reason="wrong_password")
    if fields.get("password", "") != fields.get("again", ""):
        raise InvalidInput("the two passwords differ", reason="passwords_differ")
    return await passwords.hashed(passwords.checked(fields.get("password", ""), account.email))


def _register_second_factor(pages: Blueprint, node: Node) -> None:
    @pages.get("/account/second-factor")
    async def second() -> Response:
        account, _session = await forms.need_account(node)
        return await _factor_shown(node, account)

    @pages.post("/account/second-factor")
    async def turn_on() -> Response:
        account, _session = await forms.need_account(node)
        fields = await forms.sent(node)
        try:
            signing_in.refuse_crowds(node, forms.client(), f"code {account.id}")
            if not await passwords.is_right(account.password, str(fields.get("password", ""))):
                raise Forbidden("not the password", reason="wrong_password")
        except CoopFedError as error:
            return await _factor_shown(node, account, error)
        code = str(fields.get("code", ""))
        codes = await node.db.write(second_factor.turn_on, node.secret, account.id, code, node.clock.now())
        if codes is None:
            return await _factor_shown(node, account, Forbidden("wrong", reason="wrong_code"))
        return faults.titled(node, "recovery_codes", _("Your recovery codes"), codes=codes)

    @pages.post("/account/second-factor/passkeys")
    async def turn_on_with_passkeys() -> Response:
        account, _session = await forms.need_account(node)
        await forms.sent(node)
        codes = await node.db.write(_passkeys_on, node.secret, account.id, node.clock.now())
        if codes is None:
            return elsewhere("/account/second-factor")
        return faults.titled(node, "recovery_codes", _("Your recovery codes"), codes=codes)

    @pages.post("/account/second-factor/off")
    async def turn_off() -> Response:
        account, _session = await forms.need_account(node)
        fields = await forms.sent(node)
        try:
            signing_in.refuse_crowds(node, forms.client(), account.email)
            if not await passwords.is_right(account.password, str(fields.get("password", ""))):
                raise Forbidden("not the password", reason="wrong_password")
        except CoopFedError as error:
            return await _factor_shown(node, account, error)
        await node.db.write(second_factor.turn_off, account.id)
        return elsewhere(OWN)


def _passkeys_on(tx: Tx, key: bytes, account_id: int, now: int) -> list[str] | None:
    """Recovery codes; None when there is a second step already, or no passkey that could be one."""
    account = store.by_id(tx, account_id)
    if account is None or account.second_step or passkeys.count(tx, account_id) == 0:
        return None
    return second_factor.use_passkeys(tx, key, account_id, now)


async def _factor_shown(node: Node, account: AccountRow, error: CoopFedError | None = None) -> Response:
    if account.second_step:
        return faults.titled(node, "second_factor_on", _("Second step"), error, app=account.totp_at is not None)
    # The one that was shown stays where the form was not taken; else it is new each time: somebody may have read it here before.
    key = second_factor.prepared(node.secret, account) if error is not None else None
    if key is None:
        key = second_factor.new_key()
        await node.db.write(second_factor.prepare, node.secret, account, key)
    held = await node.db.read(passkeys.count, account.id)
    address = second_factor.address(key, account.email, node.config.handle_domain)
    # A data address would need a wider policy for pictures than any other page: the code is drawn as SVG in the page itself.
    drawn = segno.make(address, error="m").svg_inline(scale=5, border=2, dark="#000", light="#fff")
    return faults.titled(
        node, "second_factor", _("Second step"), error, key=key, address=address, drawn=drawn, passkeys=held
    )
