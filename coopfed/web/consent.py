"""`/oauth/authorize`: somebody lets an app speak, and chooses as whom. Source: client_api research 2, 3; RFC 6749 4.1; RFC 7636;
RFC 9700 4.11.2.

An unknown app or address gets a page and never a redirect; other faults go back to the app, as do consent and refusal. What the app
sent is kept letter by letter: a scheme of its own, a percent sign in a path, the literal `None` of Mastodon.py.
"""

from dataclasses import dataclass
from urllib.parse import quote

from quart import Blueprint, Response, request

from actors.lookup import ActorRow, by_ids
from actors.roles import Role
from coopfed.db.tx import Tx
from coopfed.errors import BadMessage, CoopFedError, InvalidInput, NotFound
from coopfed.features.accounts import store
from coopfed.features.accounts.store import AccountRow
from coopfed.node import Node
from coopfed.oauth import apps, codes, scopes
from coopfed.oauth.apps import OUT_OF_BAND, AppRow
from coopfed.oauth.codes import Grant
from coopfed.text.i18n import mark as _
from coopfed.text.parameters import truth
from coopfed.web import forms
from coopfed.web.asking import number
from coopfed.web.reader import reader

_WORDS = {
    "read": _("Read everything that you can read here"),
    "write": _("Write, follow and change things in your place"),
    "follow": _("Read and change whom you follow, block and mute"),
    "push": _("Get notifications"),
    "profile": _("Know which account you use"),
    "admin:read": _("Read what those who run the node see"),
    "admin:write": _("Do what those who run the node may do"),
    "admin:umbrella": _("Look after the members and feeds of an umbrella body"),
}
"""What the wide scopes mean to whoever is asked; narrow ones are shown as they are."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What an app asks for: everything but `app` as it was sent."""

    app: AppRow
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str | None
    challenge: str | None


class Refused(CoopFedError):
    """A fault that the app is told of, at its own address. Source: RFC 6749 4.1.2.1."""

    def __init__(self, app: AppRow, redirect_uri: str, state: str | None, reason: str, text: str) -> None:
        super().__init__(text, reason=reason)
        self.app, self.redirect_uri, self.state = app, redirect_uri, state


def register(pages: Blueprint, node: Node) -> None:
    """Adds the routes."""

    @pages.get("/oauth/authorize")
    async def authorize() -> Response:
        who = await forms.signed_in(node)
        try:
            asked = await _asked(node, dict(request.args))
        except Refused as refused:
            if who is None:
                # Anybody registers an app: a link to this node that leads on to theirs at once would be an open redirect.
                return forms.to_sign_in(_address(request.full_path))
            return _told_app(node, refused.app, refused.redirect_uri, refused.state, error=refused)
        if who is None or (truth(request.args.get("force_login")) and not request.args.get("signed_in")):
            return forms.to_sign_in(_address(request.full_path))
        return await _shown(node, who[0], asked)

    @pages.post("/oauth/authorize")
    async def decide() -> Response:
        account, _session = await forms.need_account(node)
        fields = await forms.sent(node)
        try:
            asked = await _asked(node, fields)
        except Refused as refused:
            return _told_app(node, refused.app, refused.redirect_uri, refused.state, error=refused)
        if fields.get("decision") != "allow":
            error = Refused(asked.app, asked.redirect_uri, asked.state, "access_denied", "The reader said no.")
            return _told_app(node, asked.app, asked.redirect_uri, asked.state, error=error)
        roles = await node.db.read(store.roles_at, account.id)
        actor_id = number(str(fields.get("actor", "")))
        if actor_id not in roles:
            raise NotFound("no actor that this account may speak as")
        grant = Grant(
            app_id=asked.app.id,
            account_id=account.id,
            actor_id=actor_id,
            scopes=" ".join(asked.scopes),
            redirect_uri=asked.redirect_uri,
            challenge=asked.challenge,
        )
        return _told_app(node, asked.app, asked.redirect_uri, asked.state, code=await codes.issue_code(node, grant))

    @pages.get("/oauth/authorize/native")
    async def native() -> Response:
        code = request.args.get("code", "")[:200]
        return forms.private_page(node, "native", reader(node).texts.gettext("Your code"), {"code": code})


async def _asked(node: Node, given: dict[str, str]) -> Asked:
    """BadMessage for what nobody can be sent back to, Refused for what the app is told."""
    app = await node.db.read(apps.by_client, given.get("client_id", ""))
    if app is None:
        raise BadMessage("this node knows no such app; it has to register again", reason="unknown_app")
    redirect_uri = given.get("redirect_uri", "")
    if redirect_uri not in app.redirects:
        raise BadMessage("this address is not one that the app registered", reason="unknown_redirect")
    state, challenge = given.get("state"), given.get("code_challenge")

    def refused(reason: str, text: str) -> Refused:
        return Refused(app, redirect_uri, state, reason, text)

    if given.get("response_type") != "code":
        raise refused("unsupported_response_type", "response_type must be: code")
    if challenge and given.get("code_challenge_method", "plain") != "S256":
        raise refused("invalid_request", "code_challenge_method must be: S256")
    try:
        wanted = scopes.parse(given.get("scope") or scopes.DEFAULT)
    except InvalidInput as error:
        raise refused("invalid_scope", str(error)) from error
    if not scopes.within(wanted, app.scopes.split()):
        raise refused("invalid_scope", "The app was registered with fewer scopes.")
    return Asked(app, redirect_uri, wanted, state, challenge or None)


def _address(full_path: str) -> str:
    """The same page, for whoever has signed in just now."""
    return f"{full_path.rstrip('?')}&signed_in=1"


async def _shown(node: Node, account: AccountRow, asked: Asked) -> Response:
    actors = await node.db.read(_choices, account.id)
    who = reader(node)
    wide = [scope for scope in asked.scopes if scope in _WORDS]
    values = {
        "asked": asked,
        "account": account,
        "actors": actors,
        "meanings": [_WORDS[scope] for scope in wide],
        "narrow": [scope for scope in asked.scopes if scope not in _WORDS],
        "out_of_band": OUT_OF_BAND,
    }
    title = who.texts.gettext("Let %(app)s in", app=asked.app.name)
    return forms.private_page(node, "consent", title, values, leads_away=True)


def _choices(tx: Tx, account_id: int) -> list[tuple[ActorRow, list[Role]]]:
    roles = store.roles_at(tx, account_id)
    rows = [row for row in by_ids(tx, list(roles)).values() if row.gone_at is None]
    # People first: whoever does not look speaks as themselves.
    rows.sort(key=lambda row: (row.type != "Person", row.handle))
    return [(row, sorted(roles[row.id])) for row in rows]


def _told_app(
    node: Node, app: AppRow, redirect_uri: str, state: str | None, *, code: str = "", error: Refused | None = None
) -> Response:
    """Sends the reader back to the app, whose address stays as it was registered; or shows the code for the reader to copy."""
    if redirect_uri == OUT_OF_BAND:
        if error is not None:
            raise BadMessage(str(error), reason=error.reason)
        return Response(
            b"", 303, {"Location": f"/oauth/authorize/native?code={quote(code)}", "Cache-Control": "no-store"}
        )
    answer = {"code": code} if error is None else {"error": error.reason, "error_description": str(error)}
    if state is not None:
        answer["state"] = state
    answer["iss"] = f"{node.urls.base}/"
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in answer.items())
    joined = f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{query}"
    return Response(b"", 302, {"Location": joined, "Cache-Control": "no-store"})
