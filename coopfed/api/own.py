"""Our own API, beside Mastodon's: how it tells of errors, and what caches may keep of what is public. Source: API contract 1."""

import hashlib
from typing import Any

import orjson
from quart import Response, request

from coopfed.api.asking import answer, told
from coopfed.codes.tables import LANGUAGES
from coopfed.errors import Conflict, CoopFedError, Fault, InvalidFields
from coopfed.oauth.tokens import Bearer
from coopfed.text.i18n import Translator, negotiate, translator
from coopfed.text.i18n import mark as _

PREFIX = "/api/coopfed/v1"
_CODES = {
    401: "invalid_token",
    403: "insufficient_role",
    404: "not_found",
    410: "gone",
    422: "validation_failed",
    429: "rate_limited",
    502: "peer_unreachable",
}
"""What stands for every reason of a status; a finer word for machines is in `reason`."""
_SENTENCES = {
    "invalid_token": _("The access token is missing or no longer valid."),
    "insufficient_scope": _("The app was not given leave for this."),
    "insufficient_role": _("Your role does not allow this."),
    "not_found": _("There is nothing here."),
    "gone": _("This was deleted."),
    "invalid_state": _("This is not possible as things stand."),
    "not_a_party": _("Only the two sides may do this."),
    "already_exists": _("There is one already."),
    "membership_loop": _("The umbrella is itself a member of this cooperative."),
    "quantity_exhausted": _("There is not that much left."),
    "terms_changed": _("The terms changed since this answer. Please read both and confirm."),
    "validation_failed": _("Something cannot be taken as it is."),
    "rate_limited": _("That was asked for often enough. Please try again later."),
    "peer_unreachable": _("The other server could not be reached."),
}
_REFUSED = _("The request was not understood.")
_FAULTS = {
    Fault.BLANK: _("This must not be empty."),
    Fault.INVALID: _("This cannot be read."),
    Fault.TOO_LONG: _("This is too long, or too many."),
    Fault.UNKNOWN_CODE: _("This node does not know the code."),
    Fault.IN_PAST: _("This has to be in the future."),
}


def texts() -> Translator:
    """The texts in the language that the app asks for."""
    return translator(negotiate(request.headers.get("Accept-Language", ""), LANGUAGES))


def refusal(error: CoopFedError) -> Response:
    """The JSON answer to an error: its code, and for a person what it means; of fields what is wrong with each."""
    words, (body, headers) = texts(), told(error)
    code = error.reason if error.reason in _SENTENCES else _CODES.get(error.status_code, error.reason)
    sentence = words.gettext(_SENTENCES[code]) if code in _SENTENCES else body["error"]
    if code == "validation_failed" and not isinstance(error, InvalidFields):
        sentence = body["error"]
    found: dict[str, Any] = {"error": code, "error_description": sentence, "reason": error.reason}
    if isinstance(error, Conflict) and error.details:
        found["details"] = dict(error.details)
    if isinstance(error, InvalidFields):
        found["details"] = {
            field: [{"error": fault, "description": words.gettext(_FAULTS[fault])} for fault in faults]
            for field, faults in error.faults.items()
        }
    return answer(found, error.status_code, headers)


def no_such(status: int, headers: dict[str, str]) -> Response:
    """The answer where nothing is, or where another method is taken."""
    code = _CODES.get(status, "refused")
    sentence = texts().gettext(_SENTENCES.get(code, _REFUSED))
    return answer({"error": code, "error_description": sentence, "reason": code}, status, headers)


def public(document: Any, who: Bearer | None = None, age: int = 0) -> Response:
    """An answer that caches may keep, for everybody when nobody in particular asked, and that is not sent twice."""
    body = orjson.dumps(document)
    tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    kept = "private, no-cache" if who is not None else f"public, max-age={age}" if age else "public, no-cache"
    headers = {"Cache-Control": kept, "ETag": tag, "Vary": "Authorization"}
    asked = [one.strip().removeprefix("W/") for one in request.headers.get("If-None-Match", "").split(",")]
    if tag in asked or "*" in asked:
        return Response(b"", 304, headers)
    return Response(body, 200, headers, content_type="application/json; charset=utf-8")
