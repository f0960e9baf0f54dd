"""Two independent implementations, both ways: http-message-signatures for RFC 9421, active-boxes for everything."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from http_message_signatures import HTTPMessageSigner, HTTPMessageVerifier, InvalidSignature, algorithms
from http_message_signatures.resolvers import MappingKeyResolver

from coopfed.errors import Unauthenticated
from coopfed.signing import cavage, keys, messages, proofs
from coopfed.signing.request import Request
from coopfed.signing.verify import Scheme, presented, verify
from tests.coopfed.signing.builders import BODY, KEY_ID, MEMBER_ED25519, MEMBER_RSA, OTHER_RSA, altered, sha256

PEER = Path(__file__).parents[2] / "support" / "active_boxes_peer.py"
ACTOR_ID = KEY_ID.partition("#")[0]
URL = "https://coop.example/ap/actors/7/inbox?a=%2Fb"
ALGORITHMS: dict[str, tuple[keys.PrivateKey, type[algorithms.HTTPSignatureAlgorithm]]] = {
    "rsa": (MEMBER_RSA, algorithms.RSA_V1_5_SHA256),
    "ed25519": (MEMBER_ED25519, algorithms.ED25519),
}


class Message:
    """A request as http-message-signatures wants to see it."""

    def __init__(self, headers: dict[str, str]) -> None:
        self.method, self.url, self.headers = "POST", URL, headers


def now() -> datetime:
    """The other programs look at the machine's clock, so these tests do too."""
    return datetime.now(UTC)


def arrived(headers: dict[str, str], url: str = URL, body: bytes = BODY) -> Request:
    """A delivery as it arrives."""
    lowered = tuple((name.lower(), value) for name, value in headers.items())
    return altered(Request.to("POST", url, body=body), headers=lowered)


def active_boxes(order: dict[str, Any]) -> dict[str, Any]:
    """What active-boxes answers, in a process of its own."""
    done = subprocess.run(
        [sys.executable, str(PEER)], input=json.dumps(order), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def actor_document() -> dict[str, Any]:
    """Our actor as a peer would have fetched it."""
    return {
        "id": ACTOR_ID,
        "type": "Organization",
        "publicKey": {"id": KEY_ID, "owner": ACTOR_ID, "publicKeyPem": keys.public_pem(MEMBER_RSA.public_key())},
    }


def multikey_document() -> dict[str, Any]:
    """Our Ed25519 key as a peer would have fetched it."""
    return {
        "id": KEY_ID,
        "type": "Multikey",
        "controller": ACTOR_ID,
        "publicKeyMultibase": keys.multikey(MEMBER_ED25519.public_key()),
    }


# --- http-message-signatures ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ALGORITHMS)
def test_http_message_signatures_verifies_what_we_sign(kind: str) -> None:
    """RFC 9421, out."""
    key, algorithm = ALGORITHMS[kind]
    headers = messages.sign(key, KEY_ID, Request.to("POST", URL, body=BODY), now())
    resolver = MappingKeyResolver(public_keys={KEY_ID: key.public_key()}, private_keys={})
    verifier = HTTPMessageVerifier(signature_algorithm=algorithm, key_resolver=resolver)

    results = verifier.verify(Message(headers), body=BODY)

    covered = results[0].covered_components
    assert [name.strip('"') for name in covered if "signature-params" not in name] == [
        "@method", "@target-uri", "@authority", "content-digest",
    ]  # fmt: skip
    with pytest.raises(InvalidSignature):
        verifier.verify(Message({**headers, "Content-Digest": f"sha-256=:{sha256(b'')}:"}), body=b"")


@pytest.mark.parametrize("kind", ALGORITHMS)
@pytest.mark.parametrize("include_alg", [True, False])
def test_we_verify_what_http_message_signatures_signs(kind: str, include_alg: bool) -> None:
    """RFC 9421, in."""
    key, algorithm = ALGORITHMS[kind]
    message = Message({"Host": "coop.example", "Content-Type": "application/activity+json"})
    resolver = MappingKeyResolver(public_keys={}, private_keys={KEY_ID: key})
    HTTPMessageSigner(signature_algorithm=algorithm, key_resolver=resolver).sign(
        message,
        key_id=KEY_ID,
        covered_component_ids=("@method", "@authority", "@target-uri", "@scheme", "@path", "@query", "content-type"),
        body=BODY,
        include_alg=include_alg,
    )
    request = arrived(message.headers)

    found = presented(request, now())

    verify(found, request, key.public_key())
    with pytest.raises(Unauthenticated):
        verify(found, request, OTHER_RSA.public_key())


# --- active-boxes -----------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_active_boxes_verifies_our_cavage_signature() -> None:
    """draft-cavage 12, out."""
    headers = cavage.sign(MEMBER_RSA, KEY_ID, Request.to("POST", URL, body=BODY), now())
    order = {
        "do": "verify",
        "scheme": "cavage",
        "method": "POST",
        "target": "/ap/actors/7/inbox?a=%2Fb",
        "headers": headers,
        "documents": {KEY_ID: actor_document()},
    }

    assert active_boxes({**order, "body": BODY.decode()}) == {"valid": True}
    assert active_boxes({**order, "body": "{}"}) == {"valid": False}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("key", "document"), [(MEMBER_RSA, actor_document()), (MEMBER_ED25519, multikey_document())], ids=["rsa", "ed25519"]
)
def test_active_boxes_verifies_our_message_signature(key: keys.PrivateKey, document: dict[str, Any]) -> None:
    """RFC 9421, out."""
    headers = messages.sign(key, KEY_ID, Request.to("POST", URL, body=BODY), now())
    order = {
        "do": "verify",
        "scheme": "rfc9421",
        "method": "POST",
        "target": URL,
        "headers": headers,
        "documents": {KEY_ID: document},
    }

    assert active_boxes({**order, "body": BODY.decode()}) == {"valid": True}
    assert active_boxes({**order, "body": "{}"}) == {"valid": False}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scheme", "key"), [(Scheme.CAVAGE, "rsa"), (Scheme.RFC9421, "rsa"), (Scheme.RFC9421, "ed25519")], ids=str
)
def test_we_verify_what_active_boxes_signs(scheme: Scheme, key: str) -> None:
    """Both schemes, in."""
    order = {
        "do": "sign",
        "scheme": scheme,
        "key": key,
        "host": "coop.example",
        "path": "/inbox",
        "body": BODY.decode(),
    }
    answer = active_boxes(order)
    public = keys.load_public_pem(answer["pem"]) if "pem" in answer else keys.load_multikey(answer["multikey"])
    request = arrived(answer["headers"], "https://coop.example/inbox")

    found = presented(request, now())

    assert (found.scheme, found.key_id) == (scheme, answer["key_id"])
    verify(found, request, public)
    with pytest.raises(Unauthenticated):
        presented(arrived(answer["headers"], "https://coop.example/inbox", b"{}"), now())


@pytest.mark.slow
def test_active_boxes_verifies_our_proof_and_we_verify_theirs() -> None:
    """FEP-8b32, both ways; with a fraction and letters beyond ASCII, where canonical forms differ first."""
    document = {
        "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/data-integrity/v2"],
        "id": "https://peer.example/ap/objects/1",
        "type": "Note",
        "content": "Çiğdem: perché no?",
        "location": {"type": "Place", "longitude": -71.184902},
    }
    ours = proofs.attach(document, MEMBER_ED25519, "https://peer.example/ap/actors/7#ed25519-key", now())
    multikey = keys.multikey(MEMBER_ED25519.public_key())

    assert active_boxes({"do": "check_proof", "document": ours, "multikey": multikey}) == {"valid": True}
    forged = {**ours, "content": "no"}
    assert active_boxes({"do": "check_proof", "document": forged, "multikey": multikey}) == {"valid": False}

    theirs = active_boxes({"do": "prove", "document": document})
    proofs.verify(theirs["document"], keys.load_multikey(theirs["multikey"]))  # type: ignore[arg-type]
