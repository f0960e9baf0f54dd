"""Remote actors for the benchmarks: rows with real keys, and activities signed by them."""

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from actors.lookup import ActorRow
from actors.remote import upsert
from coopfed.node import Node
from coopfed.signing import cavage
from coopfed.signing.keys import generate_rsa, public_pem
from coopfed.signing.request import Request
from coopfed.vocab import build
from coopfed.vocab.document import read_actor
from coopfed.vocab.normalise import normalise
from coopfed.vocab.terms import PUBLIC

_KEYS = 20
_TEXT = (
    "<p>Denizde bugün poyraz var, yarın çıkıyoruz. Domani usciamo presto, se il vento lo permette. "
    + "Kooperatifin soğuk hava deposu yine doldu, komşu limandan yer arıyoruz. " * 7
    + "</p>"
)
_counter = itertools.count(1)


@dataclass(frozen=True, slots=True)
class RemoteActor:
    """A remote actor: its id, key and document."""

    uri: str
    key: RSAPrivateKey
    document: dict[str, Any]


def key_ring() -> list[RSAPrivateKey]:
    """A few keys, shared among the actors: making one costs 40 ms."""
    return [generate_rsa() for _ in range(_KEYS)]


def remote_actor(base: str, number: int, key: RSAPrivateKey) -> RemoteActor:
    """The actor `number` of a peer at `base` (scheme and authority)."""
    uri = f"{base}/users/{number}"
    document = {
        "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
        "id": uri,
        "type": "Person",
        "preferredUsername": f"user{number}",
        "name": f"User {number}",
        "inbox": f"{uri}/inbox",
        "outbox": f"{uri}/outbox",
        "followers": f"{uri}/followers",
        "endpoints": {"sharedInbox": f"{base}/inbox"},
        "publicKey": {"id": f"{uri}#main-key", "owner": uri, "publicKeyPem": public_pem(key.public_key())},
    }
    return RemoteActor(uri, key, document)


async def store(node: Node, remote: RemoteActor) -> ActorRow:
    """Puts the actor into the node's database, as if it had been fetched."""
    record = read_actor(normalise(remote.document))
    return await node.db.write(upsert, record, orjson.dumps(remote.document), node.stamp())


def create_note(remote: RemoteActor, mentioned: str) -> bytes:
    """A public Create of about 2.8 kB that mentions one of our actors."""
    number = next(_counter)
    note = build.note(
        f"{remote.uri}/notes/{number}",
        remote.uri,
        _TEXT,
        published=datetime.now(UTC),
        to=[PUBLIC],
        cc=[f"{remote.uri}/followers", mentioned],
        url=f"{remote.uri}/{number}",
        language="tr",
        tags=[build.mention(mentioned, "member@coop.example"), build.hashtag(f"{remote.uri}/tags/deniz", "deniz")],
    )
    return orjson.dumps(build.create(note, f"{remote.uri}/notes/{number}/activity"))


def signed_post(remote: RemoteActor, inbox: str, body: bytes) -> bytes:
    """A whole HTTP request for the body, signed now, ready for a socket."""
    request = Request.to("POST", inbox, (("content-type", "application/activity+json"),), body)
    headers = cavage.sign(remote.key, f"{remote.uri}#main-key", request, datetime.now(UTC))
    lines = [f"POST {request.target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


def get(url: str, *headers: str) -> bytes:
    """A whole GET request, ready for a socket."""
    request = Request.to("GET", url)
    return "\r\n".join([f"GET {request.target} HTTP/1.1", f"Host: {request.authority}", *headers, "", ""]).encode()
