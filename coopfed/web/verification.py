"""`/verify`: whether an agreement holds, for anybody who has its code, its page elsewhere, or its document.

No account, no cookie, no script; kept by no cache, shown by no search engine. Source: API contract 6, *Guest paths*.
"""

from typing import Any

import orjson
import segno
from quart import Blueprint, Response, request

from coopfed import limits
from coopfed.errors import CoopFedError, FetchError, NotFound, PeerBlocked, TooLarge, TooMany
from coopfed.features.agreements import printing, verify
from coopfed.features.agreements.verify import Verdict
from coopfed.features.requests import agreements
from coopfed.net.throttle import network
from coopfed.net.windows import Allowance
from coopfed.node import Node
from coopfed.text.i18n import mark as _
from coopfed.web import verdicts
from coopfed.web.asking import prefers_json
from coopfed.web.forms import client
from coopfed.web.headers import guarded
from coopfed.web.page import About, elsewhere, html
from coopfed.web.reader import reader

_CHECKS, _GUESSES = Allowance(*limits.CERTIFICATE_CHECKS), Allowance(*limits.CODES_GUESSED)
_PRINTED = Allowance(*limits.PRINTED)
_GUESSING = "codes guessed from"


def register(pages: Blueprint, node: Node) -> None:
    """Adds the routes."""

    @pages.get("/verify")
    async def verify_form() -> Response:
        about = About(reader(node).texts.gettext(_("Verify an agreement")), listed=False)
        return _shown(node, "verify.html", about)

    @pages.post("/verify")
    async def verify_handed_over() -> Response:
        node.allow("agreements verified from", _CHECKS, network(client()))
        who, (named, raw) = reader(node), await _given()
        code = agreements.read_code(named)
        if code is not None:
            return elsewhere(who.link(f"/verify/{code}"))
        try:
            found = await (verify.at_address(node, named) if named and not raw else verify.handed_over(node, raw))
        except CoopFedError as error:
            return _not_found(node, error)
        return await _verdict(node, found)

    @pages.get("/verify/<code>")
    async def verify_code(code: str) -> Response:
        name, _dot, form = code.partition(".")
        if form not in ("", "json", "pdf"):
            raise NotFound("no such form of an agreement")
        found = await _opened(node, name)
        if form == "json":
            return _json(found)
        if form == "pdf":
            return await _pdf(node, found)
        return await _verdict(node, found)


async def _opened(node: Node, written: str) -> Verdict:
    """The agreement behind a code. NotFound; TooMany for whoever has tried many that open nothing."""
    code, where = agreements.read_code(written), network(client())
    if node.spent(_GUESSING, _GUESSES, where):
        raise TooMany("too many codes that open nothing", seconds=_GUESSES.seconds)
    try:
        if code is None:
            raise NotFound("no code")
        return await verify.by_code(node, code)
    except NotFound:
        node.take(_GUESSING, _GUESSES, where)
        raise


async def _given() -> tuple[str, bytes]:
    """What was typed (a code or an address), and the document that was pasted or uploaded. TooLarge."""
    if request.mimetype == "application/json":
        return "", _bounded(await request.get_data(as_text=False))
    fields, file = await request.form, (await request.files).get("file")
    pasted = fields.get("document", "").encode()
    if not pasted and file is not None:
        pasted = file.stream.read(limits.CERTIFICATE_BYTES + 1)
    return fields.get("code", "").strip()[: limits.ID_LENGTH], _bounded(pasted)


def _bounded(raw: bytes | str) -> bytes:
    found = raw if isinstance(raw, bytes) else raw.encode()
    if len(found) > limits.CERTIFICATE_BYTES:
        raise TooLarge("the document is larger than any agreement")
    return found


def _not_found(node: Node, error: CoopFedError) -> Response:
    """The form again, with what is the matter with the address."""
    if not isinstance(error, NotFound | FetchError | PeerBlocked):
        raise error
    sentence = (
        _("There is no agreement at this address, or it opens none.")
        if isinstance(error, NotFound)
        else _("The server at this address could not be asked.")
    )
    status = 404 if isinstance(error, NotFound) else 502
    if prefers_json():
        reason = "not_found" if status == 404 else "peer_unreachable"
        return _as_json({"error": reason, "error_description": reader(node).texts.gettext(sentence)}, status)
    about = About(reader(node).texts.gettext(_("Verify an agreement")), listed=False)
    return _shown(node, "verify.html", about, status=status, fault=sentence)


async def _verdict(node: Node, found: Verdict) -> Response:
    if prefers_json():
        return _json(found)
    who = reader(node)
    found = await node.db.read(verify.named, found)
    title = found.title or who.texts.gettext(_("Agreement"))
    # Of what somebody handed over the page may lie elsewhere, and its code is not this node's to show.
    here = request.method == "GET" and found.code is not None
    address = node.urls.verification(found.code or "") if here else ""
    return _shown(
        node,
        "verified.html",
        About(title, listed=False),
        found=found,
        told=verdicts.told(found, who),
        address=address,
        shown=agreements.shown_code(found.code) if found.code else "",
        drawn=segno.make(address, error="m").svg_inline(scale=4, border=2, dark="#000", light="#fff")
        if address
        else "",
    )


def _shown(node: Node, template: str, about: About, *, status: int = 200, **values: object) -> Response:
    body = html(node, reader(node), template, about, **{"fault": "", **values})
    headers = {"Cache-Control": "no-store", "Vary": "Accept, Accept-Language", "X-Robots-Tag": "noindex"}
    return guarded(Response(body, status, headers, content_type="text/html; charset=utf-8"), forms=True)


def _json(found: Verdict) -> Response:
    return _as_json(verdicts.shape(found))


def _as_json(document: dict[str, Any], status: int = 200) -> Response:
    headers = {
        "Cache-Control": "no-store",
        "X-Robots-Tag": "noindex",
        "Access-Control-Allow-Origin": "*",
        "Vary": "Accept",
    }
    return guarded(Response(orjson.dumps(document), status, headers, content_type="application/json; charset=utf-8"))


async def _pdf(node: Node, found: Verdict) -> Response:
    node.allow("agreements printed for", _PRINTED, network(client()))
    assert found.code is not None
    sheet = verdicts.sheet(found, node.urls.verification(found.code), reader(node))
    headers = {
        "Cache-Control": "no-store",
        "X-Robots-Tag": "noindex",
        "Content-Disposition": f'inline; filename="agreement-{found.code}.pdf"',
    }
    return guarded(Response(await printing.printed(node, sheet), 200, headers, content_type="application/pdf"))
