"""A verdict on an agreement, as it is told: in the reader's words, as JSON, and on paper. Pure. Source: API contract 6, *Guest paths*."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from coopfed.clock import utc
from coopfed.codes import tables
from coopfed.features.agreements import verify
from coopfed.features.agreements.certificate import Part, Problem
from coopfed.features.agreements.printing import Sheet
from coopfed.features.agreements.verify import Checked, Side, Verdict
from coopfed.features.requests import agreements
from coopfed.features.requests.rules import Confirmation, Ending
from coopfed.text.i18n import mark as _
from coopfed.vocab import build
from coopfed.web.reader import Reader

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


def told(found: Verdict, who: Reader) -> Told:
    """The verdict in words."""
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


def sheet(found: Verdict, address: str, who: Reader) -> Sheet:
    """The verdict on paper; `address` is that of the page that its code opens."""
    say, words = who.texts.gettext, told(found, who)
    return Sheet(
        language=who.language,
        kind=say(_("Agreement")),
        title=found.title,
        state=words.state,
        code=agreements.shown_code(found.code or ""),
        address=address,
        facts=words.facts,
        sections=[
            (
                say(_("What was signed")),
                [(f"{what} – {proof}", f"{signer}\n{uri}") for what, uri, signer, proof in words.documents],
            )
        ],
        notes=[
            words.heading,
            *words.problems,
            say(
                _(
                    "Whoever has this code sees at the address above whether this paper is true, and where the agreement stands now."
                )
            ),
            say(_("The signed documents are attached to this file (agreement.json); any CoopFed verifies them.")),
            words.evidence,
        ],
        document=orjson.dumps(shape(found), option=orjson.OPT_INDENT_2).decode(),
        moment=found.checked_at,
    )


def shape(found: Verdict) -> dict[str, Any]:
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
