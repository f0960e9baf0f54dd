"""The door that tells the doctor how a request arrived: /ap/node/selfcheck. It has no effect.

It answers only who holds the node's secret: the pass is a header beside the signature, so that it still opens when a proxy has broken what
is signed. Nobody else can make the node look at a signature here, or learn what its proxy adds.
"""

import hashlib
import hmac
from typing import Final

from coopfed import limits
from coopfed.door import Response, Route, json_response
from coopfed.errors import BadMessage, NotFound, Unauthenticated
from coopfed.node import Node
from coopfed.signing.request import Request
from coopfed.signing.verify import presented, verify

PATH: Final = "/ap/node/selfcheck"
PASS: Final = "coopfed-selfcheck"
_VALID_MS: Final = 10 * 60 * 1000
_SHOWN: Final = 300


def a_pass(secret: bytes, now: int) -> str:
    """What opens the door for ten minutes."""
    proof = hmac.new(secret, f"coopfed selfcheck {now}".encode(), hashlib.sha256)
    return f"{now}.{proof.hexdigest()}"


async def look(node: Node, request: Request, _client: str) -> Response:
    """How the request arrived, and whether its signature is ours. 404 for whoever has no pass."""
    if not _is_ours(node, request.header(PASS) or ""):
        raise NotFound("no pass for the selfcheck")
    reason, detail = _verdict(node, request)
    seen = {
        "reason": reason,
        "detail": detail[:_SHOWN],
        "target": request.target[:_SHOWN],
        "bytes": len(request.body),
        "sha256": hashlib.sha256(request.body).hexdigest(),
    }
    return json_response(seen, headers=(("Cache-Control", "no-store"),))


def _verdict(node: Node, request: Request) -> tuple[str | None, str]:
    """Why the request is not one that this node's actor signed just now; None when it is."""
    try:
        shown = presented(request, node.utc())
        if shown.key_id != node.signer.key_id:
            return "key_id", f"signed with {shown.key_id}, this node's key is {node.signer.key_id}"
        verify(shown, request, node.signer.key.public_key())
    except (BadMessage, Unauthenticated) as error:
        return error.reason, str(error)
    return None, ""


def _is_ours(node: Node, shown: str) -> bool:
    moment = shown.partition(".")[0]
    if not (moment.isascii() and moment.isdigit() and len(moment) < 20):
        return False
    made = int(moment)
    known = hmac.compare_digest(shown.encode(), a_pass(node.secret, made).encode())
    return known and abs(node.clock.now() - made) <= _VALID_MS


ROUTES = (Route("GET", PATH, look), Route("POST", PATH, look, body_bytes=limits.INBOX_BODY_BYTES))
