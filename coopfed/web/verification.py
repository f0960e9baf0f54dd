"""`/verify`: whether an agreement holds, for anybody who has its code, its page elsewhere, or its document.

No account, no cookie, no script; kept by no cache, shown by no search engine. Source: API contract 6, *Guest paths*.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import segno
from quart import Blueprint, Response, request

from coopfed import limits
from coopfed.clock import utc
from coopfed.codes import tables
from coopfed.errors import CoopFedError, FetchError, NotFound, PeerBlocked, TooLarge, TooMany
from coopfed.features.agreements import printing, verify
from coopfed.features.agreements.certificate import Part, Problem
from coopfed.features.agreements.printing import Sheet
from coopfed.features.agreements.verify import Checked, Side, Verdict
from coopfed.features.requests import agreements
from coopfed.features.requests.rules import Confirmation, Ending
from coopfed.net.throttle import network
from coopfed.net.windows import Allowance
from coopfed.node import Node
from coopfed.text.i18n import mark as _
from coopfed.vocab import build
from coopfed.web.asking import prefers_json
from coopfed.web.forms import client
from coopfed.web.headers import guarded
from coopfed.web.page import About, elsewhere, html
from coopfed.web.reader import Reader, reader

_CHECKS, _GUESSES = Allowance(*limits.CERTIFICATE_CHECKS), Allowance(*limits.CODES_GUESSED)
_PRINTED = Allowance(*limits.PRINTED)
_GUESSING = "codes guessed from"

PROBLEMS = {
    Problem.UNREADABLE: _("There is no agreement in it: neither an Offer nor an Accept can be read."),
    Problem.ONE_SIDE: _("Only the document of one side is there. An agreement needs those of both."),
    Problem.ALTERED: _("It was altered: it is not what the two sides hold."),
    Problem.PROOF_MISSING: _("A document carries no signature."),
    Problem.PROOF_INVALID: _("A signature does not hold: the document was changed, or somebody else signed it."),
    Problem.WRONG_KEY: _("A document was not signed by a key that its author lists."),
    Problem.FETCH_FAILED: _("The server of a side could not be asked for its keys now. Please try again later."),
    Problem.SIGNER_GONE: _("A side is not there any more, so that nobody vouches for its key."),
    Problem.OTHER_OFFER: _("The acceptance is of another offer."),
    Problem.CHANGED_OFFER: _("The offer is not, letter by letter, the one that was accepted."),
    Problem.PARTIES: _("The two documents are not between the same two sides."),
    Problem.PROPOSAL: _("The two documents are about different requests."),
    Problem.QUANTITY: _("The two documents say different quantities."),
    Problem.RECIPROCAL: _("The two documents say different things in return."),
    Problem.ORIGIN: _("A document does not lie on its author's own server."),
}
PARTS = {
    Part.OWNER: _("who accepted"),
    Part.RESPONDER: _("who offered"),
    Part.TITLE: _("the title"),
    Part.CATEGORY: _("the category"),
    Part.QUANTITY: _("the quantity"),
    Part.RECIPROCAL: _("what is given in return"),
    Part.TERMS: _("the text"),
    Part.DATE: _("a date"),
    Part.REQUEST: _("the request"),
    Part.SIGNATURE: _("a signature"),
    Part.OTHER: _("something else in the documents"),
}
CONFIRMED = {
    Confirmation.SIGNATURE: _("Both sides signed it."),
    Confirmation.TRANSPORT: _(
        "One side did not sign; its server said so over an authenticated connection. That is weaker."
    ),
    Confirmation.LINK: _("One side agreed by a one-time link, without a signature. That is weaker."),
    Confirmation.WORD: _("One side wrote that it agrees; the other took its word for it. That is weaker."),
}
_AWAITED = _("One side has not agreed yet.")
_EVIDENCE = _("This is evidence, and no electronic signature in the sense of the law.")
_PROOFS = {
    verify.VALID: _("signature holds"),
    verify.INVALID: _("signature does not hold"),
    verify.NONE: _("no signature"),
    verify.UNCHECKED: _("signature not looked at"),
}
_DOCUMENTS = {"Offer": _("Offered"), "Accept": _("Accepted")}
_ENDINGS = {Ending.FULFILLED.value: _("Confirmed as done"), Ending.UNFULFILLED.value: _("Said not to have been done")}


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
        told=_told(found, who),
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


# --- in words ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Told:
    """A verdict in the reader's language: whether it holds, where it stands, labels with values, each document with what became of its
    signature, and what is wrong."""

    heading: str
    state: str
    facts: Sequence[tuple[str, str]]
    documents: Sequence[tuple[str, str, str, str]]
    problems: Sequence[str]
    altered: Sequence[str]
    evidence: str


def _told(found: Verdict, who: Reader) -> Told:
    say, language = who.texts.gettext, who.language
    back_unit, back = found.reciprocal or ("", None)
    state = tables.label("agreement_status", found.status, language) if found.status else ""
    how = CONFIRMED[Confirmation(found.confirmation)] if found.confirmation else (_AWAITED if found.code else "")
    facts = [
        (_("Accepted by"), _side(found.owner)),
        (_("Offered by"), _side(found.responder)),
        (_("What"), tables.label("collaboration_categories", found.category, language) if found.category else ""),
        (_("How much"), tables.amount(found.value, found.unit, language)),
        (_("In return"), tables.in_return(back, back_unit, language)),
        (_("Agreed on"), who.moment(found.created_at) if found.created_at else ""),
        (_("Ended on"), who.moment(found.completed_at) if found.completed_at else ""),
        (_("How it was agreed"), say(how) if how else ""),
        (_("Checked"), who.moment(found.checked_at)),
    ]
    return Told(
        heading=say(_("This agreement holds.")) if found.valid else say(_("This agreement is not shown to hold.")),
        state=state or (say(_("Where it stands now could not be found out.")) if found.valid else ""),
        facts=[(say(label), value) for label, value in facts if value],
        documents=[(_document(one, who), one.uri, one.signer, say(_PROOFS[one.proof])) for one in found.documents],
        problems=[say(PROBLEMS[one]) for one in found.problems],
        altered=[say(PARTS[one]) for one in found.altered],
        evidence=say(_EVIDENCE),
    )


def _side(side: Side | None) -> str:
    if side is None:
        return ""
    return side.uri if side.name == side.uri else f"{side.name} ({side.uri})"


def _document(one: Checked, who: Reader) -> str:
    return who.texts.gettext(_DOCUMENTS.get(one.type) or _ENDINGS.get(one.outcome or "") or one.type)


async def _pdf(node: Node, found: Verdict) -> Response:
    node.allow("agreements printed for", _PRINTED, network(client()))
    who = reader(node)
    say, told = who.texts.gettext, _told(found, who)
    assert found.code is not None
    sheet = Sheet(
        language=who.language,
        kind=say(_("Agreement")),
        title=found.title,
        state=told.state,
        code=agreements.shown_code(found.code),
        address=node.urls.verification(found.code),
        facts=told.facts,
        sections=[
            (
                say(_("What was signed")),
                [(f"{what} – {proof}", f"{signer}\n{uri}") for what, uri, signer, proof in told.documents],
            )
        ],
        notes=[
            told.heading,
            *told.problems,
            say(
                _(
                    "Whoever has this code sees at the address above whether this paper is true, and where the agreement stands now."
                )
            ),
            say(_("The signed documents are attached to this file (agreement.json); any CoopFed verifies them.")),
            told.evidence,
        ],
        document=orjson.dumps(_shape(found), option=orjson.OPT_INDENT_2).decode(),
        moment=found.checked_at,
    )
    headers = {
        "Cache-Control": "no-store",
        "X-Robots-Tag": "noindex",
        "Content-Disposition": f'inline; filename="agreement-{found.code}.pdf"',
    }
    return guarded(Response(await printing.printed(node, sheet), 200, headers, content_type="application/pdf"))


# --- for machines -----------------------------------------------------------------------------------------------


def _json(found: Verdict) -> Response:
    return _as_json(_shape(found))


def _as_json(document: dict[str, Any], status: int = 200) -> Response:
    headers = {
        "Cache-Control": "no-store",
        "X-Robots-Tag": "noindex",
        "Access-Control-Allow-Origin": "*",
        "Vary": "Accept",
    }
    return guarded(Response(orjson.dumps(document), status, headers, content_type="application/json; charset=utf-8"))


def _shape(found: Verdict) -> dict[str, Any]:
    """The verification as the contract has it, with what is wrong, if something is."""

    def side(one: Side | None) -> dict[str, str] | None:
        return {"name": one.name, "uri": one.uri} if one is not None else None

    return {
        "code": agreements.shown_code(found.code) if found.code else None,
        "valid": found.valid,
        "status": found.status,
        "confirmation": found.confirmation,
        "title": found.title,
        "category": found.category,
        "quantity": {"unit": found.unit, "value": found.value},
        "reciprocal": {"unit": found.reciprocal[0], "value": found.reciprocal[1]} if found.reciprocal else None,
        "owner": side(found.owner),
        "responder": side(found.responder),
        "created_at": _moment(found.created_at),
        "completed_at": _moment(found.completed_at),
        "documents": [
            {
                "type": one.type,
                "uri": one.uri,
                "signer": one.signer,
                "proof": verify.NONE if one.proof == verify.UNCHECKED else one.proof,
                "document": one.document,
            }
            for one in found.documents
        ],
        "problems": [one.value for one in found.problems],
        "altered": [one.value for one in found.altered],
        "checked_at": _moment(found.checked_at),
    }


def _moment(milliseconds: int | None) -> str | None:
    return build.instant(utc(milliseconds)) if milliseconds is not None else None
