"""An independent peer: active-boxes, in a process of its own, told what to do by one JSON object on standard input.

It imports nothing of this project, and this project's tests import nothing of it: what passes between them is what
would pass over the wire. Run as `python active_boxes_peer.py`; answers one JSON object on standard output.
"""

import asyncio
import json
import sys
from typing import Any

from active_boxes.activitypub import use_backend
from active_boxes.data_integrity import generate_integrity_proof, verify_integrity_proof
from active_boxes.httpsig import sign_request, sign_request_rfc9421, verify_request, verify_request_cavage
from active_boxes.key import Ed25519Key, Key

ACTOR = "https://active.example/users/peer"


class Documents:
    """A backend that knows the documents it was given and fetches nothing."""

    def __init__(self, documents: dict[str, Any]) -> None:
        self.documents = documents

    def fetch_iri(self, iri: str, **_: Any) -> Any:
        """The document under this id."""
        return self.documents[iri]


async def verify(order: dict[str, Any]) -> dict[str, Any]:
    """Whether a request is validly signed by one of the given actors' keys."""
    use_backend(Documents(order["documents"]))
    check = verify_request_cavage if order["scheme"] == "cavage" else verify_request
    valid = await check(order["method"], order["target"], order["headers"], order["body"])
    return {"valid": valid}


async def sign(order: dict[str, Any]) -> dict[str, Any]:
    """A signed delivery, with the public key to verify it by."""
    headers = {"User-Agent": "active-boxes", "Content-Type": "application/activity+json"}
    if order["scheme"] == "cavage":
        rsa = Key(ACTOR)
        rsa.new()
        headers = await sign_request("POST", order["path"], headers, rsa, order["body"], host=order["host"])
        return {"headers": headers, "pem": rsa.privkey.publickey().export_key().decode(), "key_id": rsa.key_id()}
    url = f"https://{order['host']}{order['path']}"
    if order["key"] == "ed25519":
        ed25519 = Ed25519Key(ACTOR)
        ed25519.new()
        headers = await sign_request_rfc9421("POST", url, headers, ed25519, order["body"])
        return {"headers": headers, "multikey": ed25519.to_multikey()["publicKeyMultibase"], "key_id": ed25519.key_id()}
    rsa = Key(ACTOR)
    rsa.new()
    headers = await sign_request_rfc9421("POST", url, headers, rsa, order["body"])
    return {"headers": headers, "pem": rsa.privkey.publickey().export_key().decode(), "key_id": rsa.key_id()}


async def prove(order: dict[str, Any]) -> dict[str, Any]:
    """The document with a proof, and the key to verify it by."""
    key = Ed25519Key(ACTOR)
    key.new()
    document = order["document"]
    generate_integrity_proof(document, key)
    return {"document": document, "multikey": key.to_multikey()["publicKeyMultibase"]}


async def check_proof(order: dict[str, Any]) -> dict[str, Any]:
    """Whether a document's proof is valid."""
    key = Ed25519Key.from_multikey({"id": "k", "controller": "c", "publicKeyMultibase": order["multikey"]})
    return {"valid": verify_integrity_proof(order["document"], key)}


ORDERS = {"verify": verify, "sign": sign, "prove": prove, "check_proof": check_proof}

if __name__ == "__main__":
    order = json.load(sys.stdin)
    json.dump(asyncio.run(ORDERS[order["do"]](order)), sys.stdout)
