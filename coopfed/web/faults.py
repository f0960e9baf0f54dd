"""The page for what went wrong: what it is and what to do, in the reader's language. Details are in the log only."""

from quart import Response, request
from werkzeug.exceptions import HTTPException

from coopfed.door import error_response
from coopfed.errors import BadMessage, CoopFedError, NotFound
from coopfed.node import Node
from coopfed.observe.logs import logger
from coopfed.text.i18n import mark as _
from coopfed.web.asking import machine_asks
from coopfed.web.page import About, page
from coopfed.web.reader import reader

log = logger("web")


TEXTS = {
    404: (_("Nothing here"), _("There is no page at this address, or it is not for everybody.")),
    410: (_("Deleted"), _("What was here has been deleted.")),
    405: (_("Not this way"), _("This address cannot be used in this way.")),
    413: (_("Too large"), _("What was sent is larger than this node accepts.")),
    429: (_("Too often"), _("This was asked for too many times. Please try again a little later.")),
    503: (_("Not right now"), _("This node cannot do this at the moment. Please try again a little later.")),
}
"""Heading and sentence by status."""
LINK_USED = (
    _("This link is not good any more"),
    _("It was used already, or is too old. Sign in, if you have a password here; else ask for a new link."),
)
"""The same for links that are good once (reason `link_used`)."""
CLIENT_FAULT = (_("Not understood"), _("This node could not make sense of the request."))
OUR_FAULT = (_("Something went wrong"), _("The fault is on our side and has been noted. Please try again later."))


def failure(node: Node, error: Exception) -> Response:
    """The page that tells of any error; for a machine that asked for a document, JSON. What is no error of ours is 500."""
    known = _known(error)
    if known.status_code >= 500:
        cause = error if known is not error else None
        named = request.scope.get("coopfed.request")
        log.error("page_failed", reason=known.reason, detail=str(known), request=named, exc_info=cause)
    if machine_asks():
        answer = error_response(known)
        return Response(answer.body, known.status_code, dict(answer.headers), content_type=answer.content_type)
    return _fault_page(node, known)


def _known(error: Exception) -> CoopFedError:
    if isinstance(error, CoopFedError):
        return error
    code = error.code if isinstance(error, HTTPException) else None
    if code == 404:
        return NotFound("no such page")
    known = BadMessage(str(error), reason="refused") if code and code < 500 else CoopFedError("unexpected")
    known.status_code = code or 500
    return known


def _fault_page(node: Node, error: CoopFedError) -> Response:
    status = error.status_code
    found = LINK_USED if error.reason == "link_used" else TEXTS.get(status)
    heading, sentence = found or (CLIENT_FAULT if status < 500 else OUR_FAULT)
    about = About(reader(node).texts.gettext(heading), listed=False)
    response = page(node, "fault.html", about, status=status, heading=heading, sentence=sentence)
    response.headers.update(dict(error_response(error).headers))
    return response
