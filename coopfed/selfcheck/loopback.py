"""Signed requests of the node to itself through its public address: a proxy that changes anything a signature covers is found here.

Requests of peers arrive over the same way, and theirs would be refused for the same reason; they cannot tell the operator why.
"""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

import orjson

from coopfed import limits
from coopfed.errors import FetchError
from coopfed.net.client import Answer, HttpClient
from coopfed.node import Node
from coopfed.selfcheck.mirror import PASS, PATH, a_pass
from coopfed.selfcheck.verdict import Check, fine, wrong
from coopfed.signing import cavage, messages
from coopfed.signing.faults import SignatureFault
from coopfed.signing.request import Request
from coopfed.signing.verify import Scheme
from coopfed.vocab.terms import ACTIVITY_JSON

_QUERY: Final = "?resource=acct%3Anode%40here&path=a%2Fb%20c"
"""What proxies decode, or drop, when they build the address anew."""
_EMPTY: Final = len(orjson.dumps({"type": "Note", "content": ""}))
_BODY: Final = orjson.dumps({"type": "Note", "content": "x" * (limits.OUTGOING_BODY_BYTES - _EMPTY)})

_HEADER_FAULTS: Final = frozenset({
    SignatureFault.MISSING, SignatureFault.COMPONENT_MISSING, SignatureFault.INCOMPLETE, SignatureFault.INVALID,
    SignatureFault.DIGEST_MISSING, SignatureFault.DIGEST_MISMATCH, SignatureFault.DIGEST_MALFORMED,
    "duplicate_header", "signature_malformed",
})  # fmt: skip
_TIME_FAULTS: Final = frozenset({SignatureFault.STALE, SignatureFault.FUTURE, SignatureFault.EXPIRED})


async def signed_get(node: Node, http: HttpClient) -> Check:
    """A GET with a query, signed in both ways, through the public address."""
    request = Request.to("GET", node.urls.base + PATH + _QUERY)
    return await _signed(node, http, request, "signed GET")


async def signed_post(node: Node, http: HttpClient) -> Check:
    """A POST of 60 KiB, the largest that is sent and taken between servers, signed in both ways, through the public address."""
    request = Request.to("POST", node.urls.base + PATH, (("content-type", ACTIVITY_JSON),), _BODY)
    return await _signed(node, http, request, f"signed POST of {len(_BODY) // limits.KIB} KiB")


async def _signed(node: Node, http: HttpClient, request: Request, name: str) -> Check:
    for scheme in Scheme:
        signer, now = node.signer, node.utc()
        headers = (
            cavage.sign(signer.key, signer.key_id, request, now)
            if scheme is Scheme.CAVAGE
            else messages.sign(signer.key, signer.key_id, request, now)
        )
        shown = {**headers, PASS: a_pass(node.secret, node.clock.now())}
        fault = await _fault(http, request, shown)
        if fault is not None:
            return wrong(name, f"{fault} ({scheme.value})")
    return fine(name, "arrives as it was sent and verifies, by draft-cavage and by RFC 9421")


async def _fault(http: HttpClient, request: Request, headers: Mapping[str, str]) -> str | None:
    try:
        answer = await http.request(request.method, request.url, headers, request.body or None)
    except FetchError as error:
        return f"no answer: {error}"
    return explain(request, answer.status, answer.headers.get("Location"), _seen(answer))


def _seen(answer: Answer) -> dict[str, Any] | None:
    """What the mirror saw; None when something else answered."""
    try:
        document = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return None
    return document if isinstance(document, dict) and (answer.status != 200 or "sha256" in document) else None


def explain(sent: Request, status: int, location: str | None, seen: dict[str, Any] | None) -> str | None:
    """What a proxy does wrong, and what to set, by the answer to a request of ours; None when all is well. Pure.

    `seen` is what our own server said, None when the answer is not from it.
    """
    if 300 <= status < 400:
        return f"redirects to {location}; set PUBLIC_URL to the address that answers"
    if status == 421:
        return "another Host arrives; the proxy must pass it on (nginx: proxy_set_header Host $http_host)"
    if status == 413:
        return "bodies of this size are refused; raise the proxy's limit to 1 MiB (nginx: client_max_body_size 1m)"
    if seen is None and status >= 500:
        return f"the proxy answers {status}: it does not reach `coopfed serve`; compare its address with LISTEN"
    if status != 200 and seen is not None and seen.get("error") == "not_found":
        return "a CoopFed answers that does not know us: another SECRET_KEY, or the proxy drops headers that it does not know"
    if status != 200 or seen is None:
        return f"answer {status} of something else: the proxy changes the path, or the address leads to another program"
    return _changed(sent, seen)


def _changed(sent: Request, seen: dict[str, Any]) -> str | None:
    if seen["target"] != sent.target:
        return f"the proxy changes the address: {sent.target} was sent, {seen['target']} arrived; let it pass paths on unchanged"
    if seen["sha256"] != hashlib.sha256(sent.body).hexdigest():
        return f"the proxy changes the body: {len(sent.body)} bytes were sent, {seen['bytes']} arrived; let it pass bodies on"
    if seen["reason"] in _TIME_FAULTS:
        return f"the server's clock differs from this machine's: {seen['detail']}"
    if seen["reason"] in _HEADER_FAULTS:
        return (
            f"the proxy changes a signed header: {seen['detail']}; let it pass Date, Digest and Signature on unchanged"
        )
    return None if seen["reason"] is None else f"{seen['reason']}: {seen['detail']}"
