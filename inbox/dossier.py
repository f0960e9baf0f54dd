"""One arrival laid open: the request as it was signed, what was decided and why, and how the body is understood. Pure.

What the signature covered is shown as it was verified, line by line; the rest of the request was never believed, and is not kept.
"""

import base64
from typing import Any

from coopfed.clock import utc
from coopfed.errors import BadMessage
from coopfed.vocab.document import read_activity
from coopfed.vocab.kinds import kind_of
from coopfed.vocab.normalise import normalise
from coopfed.vocab.strict_json import parse
from inbox.history import ArrivalRow
from inbox.routing import ROUTES

_STATES = {0: "waiting", 1: "done", 2: "failed"}
_DERIVED = ("(request-target)", "(created)", "(expires)")


def dossier(row: ArrivalRow) -> dict[str, Any]:
    """Everything that is known of an arrival, as plain values. `request` and `body` are None when they were not kept;
    `normalised` is the canonical document (see vocab/normalise), or None with the reason in `unreadable`."""
    return {
        "arrival": row.id,
        "activity": row.activity_uri,
        "type": row.type,
        "signer": row.signer,
        "received_at": moment(row.received_at),
        "request": _request(row),
        "decision": {
            "state": _STATES[row.state],
            "outcome": row.outcome,
            "reason": row.error,
            "trust": row.trust,
            "tries": row.attempts,
            "next_try_at": moment(row.due_at) if row.state == 0 and row.due_at else None,
        },
        **_understood(row.raw),
        "body": row.raw.decode("utf-8", "replace") or None,
    }


def _request(row: ArrivalRow) -> dict[str, Any] | None:
    """What was signed. Digest: of the body that came, whichever header carried it."""
    if row.signature_base is None:
        return None
    base = row.signature_base.decode("utf-8", "replace")
    parts = signed_parts(base)
    method, _, target = parts.get("(request-target)", "").partition(" ")
    return {
        "method": (method or parts.get("@method", "")).upper(),
        "path": target or parts.get("@target-uri") or parts.get("@request-target") or parts.get("@path", ""),
        "scheme": row.scheme,
        "key_id": row.key_id,
        "digest": f"sha-256={base64.b64encode(row.body_hash).decode()}",
        "headers": {name: value for name, value in parts.items() if not name.startswith("@") and name not in _DERIVED},
        "signature_base": base,
    }


def signed_parts(base: str) -> dict[str, str]:
    """The components of a signature base of either scheme with their values. Source: draft-cavage 12, 2.3; RFC 9421 2.5."""
    pairs = (line.partition(": ") for line in base.split("\n"))
    return {name.strip('"'): value for name, _, value in pairs}


def _understood(raw: bytes) -> dict[str, Any]:
    nothing: dict[str, Any] = {"kind": None, "handlers": [], "normalised": None, "unreadable": None}
    if not raw:
        return nothing
    try:
        document = normalise(parse(raw))
        activity = read_activity(document)
    except BadMessage as error:
        return nothing | {"unreadable": str(error)}
    kind = kind_of(activity)
    handlers = [handler.apply.__qualname__ for handler in ROUTES.get((activity.type, kind), ())]
    return nothing | {"kind": kind.value, "handlers": handlers, "normalised": document}


def moment(milliseconds: int) -> str:
    """A moment as people and machines read it."""
    return utc(milliseconds).isoformat(timespec="milliseconds")
