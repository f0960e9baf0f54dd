"""`/confirm/<secret>`: whoever answered a request without our software says whether they agree to what was proposed. For people without
an account: no cookie, and the address itself proves who asks.

A look changes nothing: servers fetch the links of posts for previews, mail programs and browsers before anybody presses. The address goes
nowhere from here: no referrer, no cache, no search engine. Source: API contract 6, *Guest paths*.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from quart import Blueprint, Response, request

from coopfed import limits
from coopfed.codes import tables
from coopfed.db.tx import Tx
from coopfed.errors import CoopFedError, Forbidden, Gone, InvalidInput
from coopfed.features.requests import confirming
from coopfed.features.requests.confirming import Asked
from coopfed.net.throttle import network
from coopfed.net.windows import Allowance
from coopfed.node import Node
from coopfed.text.i18n import mark as _
from coopfed.text.sanitise import sanitise
from coopfed.web import forms
from coopfed.web.headers import guarded
from coopfed.web.names import named
from coopfed.web.page import About, html
from coopfed.web.reader import Reader, reader, reading
from coopfed.web.requests import Shown, shown

_TRIES = Allowance(limits.CONFIRMATION_TRIES, 300)
_AGREE, _REFUSE = "agree", "refuse"
_OVER = _("The request has ended. Nothing can be agreed on any more.")
_CHANGED = _(
    "The request says something else since this link was sent. If you are still interested, write to them; they can ask you anew."
)
_APART = _("Nothing can be agreed on between the two of you at the moment.")


@dataclass(frozen=True, slots=True)
class Proposed:
    """What is shown to whoever is asked: the request, what they wrote, what the owner says (both HTML), for how much, until when the link
    is good, and why nobody can agree any more, if that is so."""

    request: Shown
    asked: Asked
    written: str
    word: str
    amount: str
    until: str
    hindrance: str


def register(pages: Blueprint, node: Node) -> None:
    """Adds the routes."""

    @pages.get("/confirm")
    async def confirm_own_copy() -> Response:
        """Where the links in the sender's own copy lead."""
        text = _("The links went to whom they are for, and to nobody else. This copy does not have them.")
        return _page(node, "confirm_told.html", _("Not for you"), {"text": text}, 404)

    @pages.get("/confirm/<secret>")
    async def confirm_shown(secret: str) -> Response:
        _allow(node)
        try:
            found = await node.db.read(_proposed, node, secret, reader(node), reading())
        except Gone:
            return _gone(node)
        return await _shown(node, secret, found)

    @pages.post("/confirm/<secret>")
    async def confirm_pressed(secret: str) -> Response:
        _allow(node)
        try:
            _refuse_foreign(node)
            answer = str((await _given()).get("answer", ""))
            if answer not in (_AGREE, _REFUSE):
                raise InvalidInput("answer is agree or refuse")
            done = (await node.db.read(confirming.look, node.secret, secret, node.clock.now())).done
            status = await confirming.answer(node, secret, agree=answer == _AGREE)
        except CoopFedError as error:
            if _wants_json() or error.status_code not in (409, 410):
                return _refused(error) if _wants_json() else _raised(error)
            if isinstance(error, Gone):
                return _gone(node)
            found = await node.db.read(_proposed, node, secret, reader(node), reading())
            return await _shown(node, secret, found, 409)
        if _wants_json():
            return _json({"status": status.value})
        if done:
            return _page(
                node,
                "confirm_told.html",
                _("Thank you"),
                {"text": _("What you said has been noted, and they have been told.")},
            )
        agreed = _("You agree. They have been told.")
        text = (
            agreed if answer == _AGREE else _("You do not agree. They have been told; nothing else needs to be done.")
        )
        return _page(node, "confirm_told.html", _("Thank you"), {"text": text})


def _raised(error: CoopFedError) -> Response:
    raise error


def _allow(node: Node) -> None:
    """TooMany for whoever tries many links."""
    node.allow("agreement links from", _TRIES, network(forms.client()))


def _refuse_foreign(node: Node) -> None:
    """Forbidden for a form on a page of somebody else, which its reader may not have understood. Source: security research 1.6."""
    origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")
    # Our page sends no referrer, so that browsers write "null" for where its form stands; then they say whether it is of this site.
    foreign = origin != node.config.base_url if origin and origin != "null" else site not in (None, "same-origin")
    if foreign:
        raise Forbidden(f"a form from {origin or site}", reason="foreign_form")


async def _given() -> dict[str, object]:
    if request.mimetype != "application/json":
        return dict((await request.form).items())
    try:
        body = orjson.loads(await request.get_data() or b"{}")
    except orjson.JSONDecodeError as error:
        raise InvalidInput("the body is not JSON") from error
    return body if isinstance(body, dict) else {}


def _wants_json() -> bool:
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"


def _json(document: dict[str, str], status: int = 200) -> Response:
    return _kept_by_nobody(Response(orjson.dumps(document), status, content_type="application/json; charset=utf-8"))


def _refused(error: CoopFedError) -> Response:
    code = "gone" if isinstance(error, Gone) else error.reason
    return _json({"error": code, "error_description": error.safe}, error.status_code)


def _gone(node: Node) -> Response:
    text = _("It was used already, is too old, or was taken back. If you want to know more, write to whoever sent it.")
    return _page(node, "confirm_told.html", _("This link is not good any more"), {"text": text}, 410)


def _proposed(tx: Tx, node: Node, secret: str, who: Reader, reads: Sequence[str]) -> Proposed:
    now = node.clock.now()
    asked = confirming.look(tx, node.secret, secret, now)
    unit = tables.label("units", asked.row.unit or "one", who.language)
    value = asked.agreement.value
    why = confirming.hindered(tx, asked, now)
    hindrance = ""
    if why is not None:
        # A request that is over says in which state it is.
        hindrance = _CHANGED if why.reason == "terms_changed" else _OVER if why.details else _APART
    return Proposed(
        request=shown(tx, [asked.row.id], who, reads, now)[0],
        asked=asked,
        written=sanitise(asked.response.content),
        word=sanitise(asked.word),
        amount=f"{value} {unit}" if value is not None else "",
        until=who.day(asked.link.expires_at()),
        hindrance=hindrance,
    )


async def _shown(node: Node, secret: str, found: Proposed, status: int = 200) -> Response:
    chosen = _REFUSE if request.args.get("answer") == _REFUSE else _AGREE
    values = {
        "found": found,
        "action": f"/confirm/{secret}",
        "chosen": chosen,
        "named": await named(node, [found.request.owner]),
    }
    title = _("Was it done?") if found.asked.done else _("Do you agree?")
    return _page(node, "confirm_agreement.html", title, values, status)


def _page(node: Node, template: str, title: str, values: dict[str, object], status: int = 200) -> Response:
    who = reader(node)
    body = html(node, who, template, About(who.texts.gettext(title), listed=False), **values)
    return _kept_by_nobody(Response(body, status, content_type="text/html; charset=utf-8"))


def _kept_by_nobody(response: Response) -> Response:
    guarded(response, forms=True)
    response.headers.update(
        {
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "X-Robots-Tag": "noindex, nofollow",
            "Vary": "Accept, Accept-Language",
        }
    )
    return response
