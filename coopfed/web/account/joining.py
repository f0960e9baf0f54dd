"""How people come in: `/account/sign-up`, `/account/confirm/…`, `/account/invite/…`, and `/account/reset` for forgotten passwords.

A link from a mail shows a page with a button and changes nothing by itself: mail servers look at links before their readers do.
"""

from quart import Blueprint, Response

from coopfed.errors import CoopFedError, Forbidden, InvalidInput, NotFound, TooMany, Unavailable
from coopfed.features.accounts import inviting, joining, links, recovery, sessions, signing_in
from coopfed.features.accounts.links import Purpose
from coopfed.node import Node
from coopfed.text.i18n import mark as _
from coopfed.web import forms
from coopfed.web.account import faults
from coopfed.web.page import elsewhere
from coopfed.web.reader import reader


def register(pages: Blueprint, node: Node) -> None:
    """Adds the routes."""
    _register_sign_up(pages, node)
    _register_reset(pages, node)
    _register_invitations(pages, node)


def _register_sign_up(pages: Blueprint, node: Node) -> None:
    @pages.get("/account/sign-up")
    async def sign_up() -> Response:
        _refuse_closed(node)
        return faults.titled(node, "sign_up", _("Ask for an account"), email="", reason="")

    @pages.post("/account/sign-up")
    async def signed_up() -> Response:
        _refuse_closed(node)
        fields = await forms.sent(node)
        email, reason = str(fields.get("email", "")), str(fields.get("reason", ""))
        try:
            signing_in.refuse_crowds(node, forms.client(), f"sign-up {email}")
            await joining.sign_up(node, email, _password(fields), reason, reader(node).language)
        except CoopFedError as error:
            return faults.titled(node, "sign_up", _("Ask for an account"), error, email=email, reason=reason)
        return _told(node, _("Look into your mail"), _("A mail is on its way to you. Open the link in it to go on."))

    @pages.get("/account/confirm/<secret>")
    async def confirm(secret: str) -> Response:
        await node.db.read(links.find, node.secret, Purpose.CONFIRM, secret, node.clock.now())
        return faults.titled(node, "confirm", _("Confirm your address"))

    @pages.post("/account/confirm/<secret>")
    async def confirmed(secret: str) -> Response:
        fields = await forms.sent(node)
        try:
            signing_in.refuse_crowd(node, forms.client())
            account = await joining.confirm(node, secret, str(fields.get("password", "")))
        except (Forbidden, TooMany, Unavailable) as error:
            return faults.titled(node, "confirm", _("Confirm your address"), error)
        if account.approved_at is None:
            text = _("Your address is confirmed. Those who run this node decide now; you get a mail.")
            return _told(node, _("Thank you"), text)
        return forms.to_sign_in("/account")


def _refuse_closed(node: Node) -> None:
    if node.config.registration == "closed":
        raise NotFound("REGISTRATION is closed: people come by invitation")


def _register_reset(pages: Blueprint, node: Node) -> None:
    @pages.get("/account/reset")
    async def ask_reset() -> Response:
        return faults.titled(node, "reset", _("Forgotten password"))

    @pages.post("/account/reset")
    async def reset_asked() -> Response:
        fields = await forms.sent(node)
        email = str(fields.get("email", ""))
        try:
            signing_in.refuse_crowds(node, forms.client(), f"reset {email}")
        except CoopFedError as error:
            return faults.titled(node, "reset", _("Forgotten password"), error)
        await recovery.ask_reset(node, email)
        text = _("If this address has an account here, a mail is on its way. Open the link in it to go on.")
        return _told(node, _("Look into your mail"), text)

    @pages.get("/account/reset/<secret>")
    async def choose_password(secret: str) -> Response:
        await node.db.read(links.find, node.secret, Purpose.RESET, secret, node.clock.now())
        return faults.titled(node, "new_password", _("Choose a new password"))

    @pages.post("/account/reset/<secret>")
    async def password_chosen(secret: str) -> Response:
        fields = await forms.sent(node)
        try:
            await recovery.reset_password(node, secret, _password(fields))
        except InvalidInput as error:
            return faults.titled(node, "new_password", _("Choose a new password"), error)
        return forms.to_sign_in("/account")


def _register_invitations(pages: Blueprint, node: Node) -> None:
    async def shown(secret: str, error: CoopFedError | None = None) -> Response:
        found, actor, known = await inviting.invitation(node, secret)
        if actor is None:
            raise NotFound("the actor of the invitation is gone")
        values = {"actor": actor, "email": found.email, "role": found.role, "known": known}
        return faults.titled(node, "invitation", _("Invitation"), error, **values)

    @pages.get("/account/invite/<secret>")
    async def invitation(secret: str) -> Response:
        return await shown(secret)

    @pages.post("/account/invite/<secret>")
    async def invitation_accepted(secret: str) -> Response:
        fields = await forms.sent(node)
        found, _actor, known = await inviting.invitation(node, secret)
        try:
            signing_in.refuse_crowds(node, forms.client(), found.email)
            password = str(fields.get("password", "")) if known else _password(fields)
            account = await inviting.accept_invitation(node, secret, password, reader(node).language)
        except CoopFedError as error:
            return await shown(secret, error)
        if account.second_step:
            return forms.to_sign_in("/account")
        agent = forms.agent()
        return forms.begin(node, elsewhere("/account"), await sessions.begin(node, account.id, agent, forms.client()))


def _password(fields: dict[str, str]) -> str:
    """The password that was typed twice. InvalidInput when it was not the same."""
    if fields.get("password", "") != fields.get("again", ""):
        raise InvalidInput("the two passwords differ", reason="passwords_differ")
    return fields.get("password", "")


def _told(node: Node, title: str, text: str) -> Response:
    return forms.private_page(node, "told", reader(node).texts.gettext(title), {"text": text})
