"""`/account/sign-in`: password, then the second factor; or a passkey for both; `/account/sign-out`."""

from quart import Blueprint, Response, request

from coopfed.errors import CoopFedError
from coopfed.features.accounts import ceremonies, sessions, signing_in
from coopfed.features.accounts.store import AccountRow
from coopfed.node import Node
from coopfed.web import forms
from coopfed.web.account import faults
from coopfed.web.page import elsewhere
from coopfed.web.reader import reader


def register(pages: Blueprint, node: Node) -> None:
    """Adds the routes."""

    @pages.get("/account/sign-in")
    async def sign_in() -> Response:
        return _shown(node, forms.way_back(request.args.get("next")))

    @pages.post("/account/sign-in")
    async def signed_in() -> Response:
        fields = await forms.sent(node)
        following, email = forms.way_back(fields.get("next")), str(fields.get("email", ""))
        try:
            passed = await signing_in.with_password(node, email, str(fields.get("password", "")), forms.client())
        except CoopFedError as error:
            return _shown(node, following, faults.sentence(error), faults.status(error), email=email)
        if passed.ticket is not None:
            return await _code_asked(node, following, passed.ticket)
        return await _begun(node, passed.account, following)

    @pages.post("/account/sign-in/passkey")
    async def passkey() -> Response:
        fields = await forms.sent(node)
        following, ticket = forms.way_back(fields.get("next")), str(fields.get("ticket", ""))
        try:
            account = await ceremonies.sign_in(node, fields["form"], ticket, fields.get("answer", ""), forms.client())
        except CoopFedError as error:
            return _shown(node, following, faults.sentence(error), faults.status(error))
        return await _begun(node, account, following)

    _register_second_step(pages, node)

    @pages.post("/account/sign-out")
    async def sign_out() -> Response:
        await forms.sent(node)
        return await forms.end(node, elsewhere("/"))


def _register_second_step(pages: Blueprint, node: Node) -> None:

    @pages.post("/account/sign-in/code")
    async def code() -> Response:
        fields = await forms.sent(node)
        following, ticket = forms.way_back(fields.get("next")), str(fields.get("ticket", ""))
        try:
            account = await signing_in.with_code(node, ticket, str(fields.get("code", "")), forms.client())
        except CoopFedError as error:
            return await _again(node, following, ticket, error)
        return await _begun(node, account, following)

    @pages.post("/account/sign-in/code/passkey")
    async def passkey_after_password() -> Response:
        fields = await forms.sent(node)
        following, ticket = forms.way_back(fields.get("next")), str(fields.get("ticket", ""))
        try:
            account = await ceremonies.second_step(node, ticket, fields.get("answer", ""), forms.client())
        except CoopFedError as error:
            return await _again(node, following, ticket, error)
        return await _begun(node, account, following)


async def _again(node: Node, following: str, ticket: str, error: CoopFedError) -> Response:
    """The second step once more, or all of it when the ticket is no good any more."""
    told = faults.sentence(error)
    if error.reason == "late":
        return _shown(node, following, told, 403)
    return await _code_asked(node, following, ticket, told, faults.status(error))


def _shown(node: Node, following: str, fault: str = "", status: int = 200, email: str = "") -> Response:
    asked = ceremonies.asked_to_sign_in(node, forms.form_token(node))
    values = {
        "following": following,
        "fault": fault,
        "email": email,
        "registration": node.config.registration,
        "asked": asked,
    }
    title = reader(node).texts.gettext("Sign in")
    return forms.private_page(node, "sign_in", title, values, status=status, scripts=asked is not None)


async def _code_asked(node: Node, following: str, ticket: str, fault: str = "", status: int = 200) -> Response:
    account = await signing_in.holder(node, ticket)
    asked = await ceremonies.asked_for_second_step(node, account, ticket)
    app = account.totp_at is not None
    values = {"following": following, "fault": fault, "ticket": ticket, "asked": asked, "app": app}
    title = reader(node).texts.gettext("Second step")
    return forms.private_page(node, "code", title, values, status=status, scripts=asked is not None)


async def _begun(node: Node, account: AccountRow, following: str) -> Response:
    secret = await sessions.begin(node, account.id, forms.agent(), forms.client())
    return forms.begin(node, elsewhere(following), secret)
