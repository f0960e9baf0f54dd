"""Forms of signed-in people and of those who want to be: cookies, and proof that a form is ours.

A form is taken when it was sent from a page of this node (Origin, else Sec-Fetch-Site) and carries a token that only the same
browser's cookie gives. Cookies are set on HTML pages only: HttpOnly, SameSite=Lax, and bound to this host by their name where
there is TLS. Source: security research 1.6.
"""

import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from quart import Response, g, request

from coopfed import limits
from coopfed.errors import Forbidden
from coopfed.features.accounts import sessions
from coopfed.features.accounts.secrets import hashed, new_secret
from coopfed.features.accounts.sessions import SessionRow
from coopfed.features.accounts.store import AccountRow
from coopfed.node import Node
from coopfed.web.headers import guarded
from coopfed.web.page import About, elsewhere, html
from coopfed.web.reader import reader

_DAYS = 24 * 3600
_PURPOSE = "form"

SIGN_IN = "/account/sign-in"


class NotSignedIn(Forbidden):
    """The page is for signed-in people: whoever asked is led to sign in, and back."""

    reason = "not_signed_in"


def _cookie(node: Node, name: str) -> str:
    return f"__Host-coopfed-{name}" if _is_secure(node) else f"coopfed-{name}"


def _is_secure(node: Node) -> bool:
    return node.config.base_url.startswith("https://")


def _set(node: Node, response: Response, name: str, value: str, seconds: int) -> None:
    response.set_cookie(
        _cookie(node, name), value, max_age=seconds, path="/", secure=_is_secure(node), httponly=True, samesite="Lax"
    )


async def signed_in(node: Node) -> tuple[AccountRow, SessionRow] | None:
    """Who is signed in in the browser that asks; None when nobody is."""
    if "signed_in" not in g:
        secret = request.cookies.get(_cookie(node, "session"), "")
        g.signed_in = await sessions.current(node, secret) if secret else None
    found: tuple[AccountRow, SessionRow] | None = g.signed_in
    return found


async def need_account(node: Node) -> tuple[AccountRow, SessionRow]:
    """As `signed_in`; NotSignedIn when nobody is."""
    found = await signed_in(node)
    if found is None:
        raise NotSignedIn(f"{request.path} is for signed-in people")
    return found


def begin(node: Node, response: Response, secret: str) -> Response:
    """The response, and with it the browser is signed in."""
    _set(node, response, "session", secret, limits.SESSION_DAYS * _DAYS)
    return response


async def end(node: Node, response: Response) -> Response:
    """The response, and with it the browser is signed out."""
    secret = request.cookies.get(_cookie(node, "session"), "")
    await node.db.write(sessions.end_this, node.secret, secret)
    response.delete_cookie(_cookie(node, "session"), path="/", secure=_is_secure(node), httponly=True, samesite="Lax")
    return response


def form_token(node: Node) -> str:
    """What a form of the present page has to carry."""
    known = request.cookies.get(_cookie(node, "form"), "")
    if len(known) < 32:
        if "form_secret" not in g:
            g.form_secret = new_secret()
        known = g.form_secret
    return hashed(node.secret, _PURPOSE, known).hex()


def private_page(
    node: Node,
    template: str,
    title: str,
    values: Mapping[str, object] | None = None,
    *,
    status: int = 200,
    leads_away: bool = False,
    scripts: bool = False,
) -> Response:
    """A page that is for one person, with forms: kept by no cache, shown by no search engine. `title` is translated already;
    `leads_away` and `scripts` as `headers.guarded`."""
    about = About(title, listed=False)
    body = html(node, reader(node), f"account/{template}.html", about, form=form_token(node), **(values or {}))
    headers = {"Cache-Control": "private, no-store", "Vary": "Cookie, Accept-Language"}
    response = Response(body, status, headers, content_type="text/html; charset=utf-8")
    return _remember_form(node, guarded(response, forms=True, leads_away=leads_away, scripts=scripts))


def _remember_form(node: Node, response: Response) -> Response:
    # The cookie that belongs to the tokens of its forms, if the browser has none yet.
    if "form_secret" in g:
        _set(node, response, "form", g.form_secret, _DAYS)
    return response


async def sent(node: Node) -> dict[str, Any]:
    """The fields of a form of ours. Forbidden (`foreign_form`) when it was sent from elsewhere, or long after its page was shown."""
    origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")
    ours = origin == node.config.base_url if origin and origin != "null" else site == "same-origin"
    if not ours:
        raise Forbidden(f"a form from {origin or site or 'an unknown page'}", reason="foreign_form")
    fields: dict[str, Any] = dict((await request.form).items())
    known = request.cookies.get(_cookie(node, "form"), "")
    expected = hashed(node.secret, _PURPOSE, known).hex()
    if len(known) < 32 or not hmac.compare_digest(expected, str(fields.get("form", ""))):
        raise Forbidden("the form's token is not this browser's", reason="foreign_form")
    return fields


def way_back(wanted: str | None) -> str:
    """A path of this node to go on to; the account's own page for anything else. Nobody is led to another host."""
    path = wanted or ""
    if not path.startswith("/") or path.startswith("//") or any(letter in path for letter in "\\\r\n\t\x00"):
        return "/account"
    return path


def to_sign_in(path: str) -> Response:
    """Leads to the page for signing in, and from there to `path`."""
    return elsewhere(f"{SIGN_IN}?{urlencode({'next': path})}")


def client() -> str:
    """The address that the request came from, as the application found out."""
    return str(request.scope.get("coopfed.client", ""))


def agent() -> str:
    """How the browser names itself."""
    return request.headers.get("User-Agent", "")
