"""Bytes that two programs could read differently, in JSON and in signatures: status, reason on the one line, nothing stored or asked.

The parsers have their own tests with many more; here it is shown that the door uses them, in this order: size, JSON, authority, key,
signature.
"""

import base64
import hashlib
import hmac

import orjson
import pytest
from structlog.testing import capture_logs

from coopfed.signing.keys import public_pem
from coopfed.signing.request import Request
from coopfed.signing.verify import Scheme
from coopfed.vocab.terms import ACTIVITY_JSON
from tests.inbox.test_door import raw, reasons, refused
from tests.support.peers import Answer, Document, signed
from tests.support.scene import Scene

START = b'{"@context":"https://www.w3.org/ns/activitystreams","type":"Follow","id":"%s/activities/x","actor":"%s","object":"%s"'
BODIES = {
    "a key twice": (b',"actor":"https://other.example/"}', "duplicate_key"),
    "a key twice, once written with an escape": (b',"\\u0061ctor":"https://other.example/"}', "duplicate_key"),
    "a key twice, once with a null": (b',"actor\\u0000":"https://other.example/"}', "duplicate_key"),
    "a key twice, deep inside": (b',"x":{"y":[{"z":1,"z":2}]}}', "duplicate_key"),
    "NaN": (b',"x":NaN}', "bad_number"),
    "infinity": (b',"x":-Infinity}', "bad_number"),
    "a number beyond a double": (b',"x":1e400}', "bad_number"),
    "a huge number": (b',"x":' + b"9" * 5000 + b"}", "bad_number"),
    "a number beyond 64 bits": (b',"x":9223372036854775808}', "bad_number"),
    "half a surrogate pair": (b',"x":"\\ud800"}', "bad_text"),
    "half a surrogate pair as a key": (b',"\\udfff":1}', "bad_text"),
    "bytes that are no UTF-8": (b',"x":"\xc0\xaf"}', "not_utf8"),
    "a surrogate in UTF-8": (b',"x":"\xed\xa0\x80"}', "not_utf8"),
    "depth": (b',"x":' + b"[" * 33 + b"]" * 33 + b"}", "too_deep"),
    "depth that never ends": (b',"x":' + b'{"x":' * 50_000, "too_deep"),
    "very many values": (b',"x":[' + b"0," * 20_001 + b"0]}", "too_many_values"),
    "a comma at the end": (b",}", "not_json"),
    "a comment": (b"/* x */}", "not_json"),
    "single quotes": (b",'x':1}", "not_json"),
    "a second document": (b"}{}", "not_json"),
    "a control character": (b',"x":"\x01"}', "not_json"),
    "a graph": (b',"@graph":[]}', "forbidden_keyword"),
    "included nodes": (b',"@included":[]}', "forbidden_keyword"),
    "a reversed property": (b',"@reverse":{}}', "forbidden_keyword"),
    "nested properties": (b',"@nest":{}}', "forbidden_keyword"),
    "two types": (b',"@type":"Delete"}', "ambiguous_keyword"),
    "two ids": (b',"@id":"https://other.example/1"}', "ambiguous_keyword"),
}


@pytest.mark.parametrize("how", BODIES)
async def test_json_that_parsers_read_differently_is_400(scene: Scene, how: str) -> None:
    """security 1.2, 1.4: refused before a key is asked for, and never 500."""
    rest, reason = BODIES[how]
    begin = START % tuple(text.encode() for text in (scene.peer.base, scene.alice.uri, scene.member.uri))

    answer, found = await refused(scene, raw(scene, begin + rest))

    assert (answer.status, found) == (400, reason)
    assert scene.peer.gets == []


async def test_context_that_renames_what_carries_authority_is_400(scene: Scene) -> None:
    """security 1.2, *@context games*: for a reader that expands it, `actor` would be somebody else."""
    follow = scene.alice.follow(scene.member.uri)
    follow["@context"] = [follow["@context"], {"attributedTo": "https://www.w3.org/ns/activitystreams#actor"}]

    answer, reason = await refused(scene, scene.peer.post(scene.node, follow))

    assert (answer.status, reason) == (400, "redefined_term")


async def test_linked_data_signature_proves_nothing(scene: Scene) -> None:
    """security 1.2: none is verified; what it claims is what a stranger relays."""
    bob = scene.peer.actor("bob")
    forged = bob.follow(scene.member.uri) | {
        "signature": {
            "type": "RsaSignature2017",
            "creator": bob.key_id,
            "created": "2026-11-24T08:00:00Z",
            "signatureValue": "AAAA",
        }
    }

    assert await scene.arrives(forged, scene.alice) == ["refused_relayed"]


def wire(scene: Scene) -> tuple[bytes, Request]:
    """A Follow of alice's as bytes, and the request that brings it."""
    body = orjson.dumps(scene.alice.follow(scene.member.uri))
    return body, Request.to("POST", scene.node.urls.shared_inbox, (("content-type", ACTIVITY_JSON),), body)


def parameters(header: str) -> dict[str, str]:
    """The parameters of a cavage signature."""
    return dict(part.partition("=")[::2] for part in header.split(","))


@pytest.mark.parametrize("algorithm", ["hmac-sha256", "none", "rsa-sha1", "ecdsa-sha256", "RSA-MD5", "ed25519"])
async def test_algorithm_is_that_of_the_key(scene: Scene, algorithm: str) -> None:
    """security 1.2, *Algorithm confusion*: an HMAC with the public key as its secret, no signature, a broken hash."""
    body, request = wire(scene)
    headers = signed(request, scene.alice.rsa, scene.alice.key_id, scene.node)
    names = parameters(headers["Signature"])["headers"].strip('"').split()
    values = {name.lower(): value for name, value in headers.items()} | {"(request-target)": "post /inbox"}
    base = "\n".join(f"{name}: {values[name]}" for name in names)
    secret = public_pem(scene.alice.rsa.public_key()).encode()
    code = base64.b64encode(hmac.new(secret, base.encode(), hashlib.sha256).digest()).decode()
    headers["Signature"] = (
        f'keyId="{scene.alice.key_id}",algorithm="{algorithm}",headers="{" ".join(names)}",signature="{code}"'
    )

    answer, reason = await refused(scene, scene.peer.send("POST", request.url, headers, body))

    assert (answer.status, reason) == (401, "algorithm")


@pytest.mark.parametrize("name", ["Signature", "Digest", "Date"])
async def test_deciding_headers_stand_once(scene: Scene, name: str) -> None:
    """security 1.2, *Duplicate headers*: a verifier that joins them and a reader that takes the first see two requests."""
    body, request = wire(scene)
    headers = signed(request, scene.alice.rsa, scene.alice.key_id, scene.node)

    with capture_logs() as logs:
        async with scene.peer.session.post(
            request.url, data=body, headers=[*headers.items(), (name, headers[name])], allow_redirects=False
        ) as response:
            answer = await Answer.of(response)

    assert answer.status == 400
    assert reasons(logs) == ["duplicate_header"]
    assert await scene.rows() == 0


@pytest.mark.parametrize("scheme", list(Scheme))
async def test_signature_of_one_request_opens_no_other(scene: Scene, scheme: Scheme) -> None:
    """security 1.2: method, path, query, host and body are signed; each changed alone is another request."""
    body, request = wire(scene)
    other: Document = scene.alice.follow(scene.member.uri) | {"object": "https://other.example/"}
    changed = {
        "path": Request.to("POST", scene.member.inbox, request.headers, body),
        "query": Request.to("POST", f"{request.url}?x", request.headers, body),
        "host": Request.to("POST", request.url.replace("localhost", "other.example"), request.headers, body),
        "method": Request.to("PUT", request.url, request.headers, body),
        "body": Request.to("POST", request.url, request.headers, orjson.dumps(other)),
    }

    for what, false in changed.items():
        headers = signed(false, scene.alice.rsa, scene.alice.key_id, scene.node, scheme)
        # The same headers, but for the host that brings it here.
        answer, reason = await refused(
            scene, scene.peer.send("POST", request.url, headers | {"Host": scene.node.config.authority}, body)
        )

        assert answer.status == 401, what
        assert reason in ("signature_invalid", "digest_mismatch"), what


async def test_order_of_checks_asks_for_no_key_before_authority(scene: Scene) -> None:
    """security 1.2 (Fedify CVE-2025-54888): what is no business of the sender costs no fetch and has no effect."""
    elsewhere = scene.alice.follow(scene.member.uri) | {"id": "https://victim.example/1"}
    ours = scene.alice.follow(scene.member.uri) | {"actor": scene.member.uri, "id": f"{scene.member.uri}/x"}

    for activity, reason in ((elsewhere, "id_origin"), (ours, "local_impersonation")):
        answer, found = await refused(scene, scene.peer.post(scene.node, activity, scene.alice))

        assert (answer.status, found) == (403, reason)
        assert scene.peer.gets == []
