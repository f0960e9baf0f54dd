"""A peer on loopback: real keys, real sockets, and a memory of what its inboxes got.

async with a_peer() as peer                        serves actor documents, WebFinger, objects; records deliveries
alice = peer.actor("alice")                        an actor with an RSA and an Ed25519 key
await peer.post(node, alice.follow(member.uri))    signed as its actor, sent to the node's shared inbox
await send_due(node)                               the node's due deliveries, as its worker sends them
"""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import aiohttp
import orjson
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from multidict import CIMultiDictProxy

import outbox.queue
from coopfed import limits
from coopfed.node import Node
from coopfed.signing import cavage, messages
from coopfed.signing.keys import generate_ed25519, generate_rsa, multikey, public_pem
from coopfed.signing.request import Request
from coopfed.signing.verify import Scheme
from coopfed.vocab.terms import ACTIVITY_JSON
from outbox.worker import send_batch

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
CONTEXT = "https://www.w3.org/ns/activitystreams"
WAIT_SECONDS = 15.0
_RSA_KEYS = 6

Document = dict[str, Any]
Answering = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]

_rsa_numbers = itertools.count()
_numbers = itertools.count(1)


def an_rsa_key() -> RSAPrivateKey:
    """One of six RSA keys, handed out in turn: making one costs a tenth of a second."""
    return _made_rsa(next(_rsa_numbers) % _RSA_KEYS)


@cache
def _made_rsa(_number: int) -> RSAPrivateKey:
    return generate_rsa()


@dataclass
class RemoteActor:
    """An actor of a peer. `changes` win over the members of its document; None leaves one out."""

    base: str
    name: str
    rsa: RSAPrivateKey = field(default_factory=an_rsa_key)
    ed25519: Ed25519PrivateKey = field(default_factory=generate_ed25519)
    key_name: str = "main-key"
    changes: Document = field(default_factory=dict)

    @property
    def uri(self) -> str:
        """Its id."""
        return f"{self.base}/users/{self.name}"

    @property
    def key_id(self) -> str:
        """The id of its RSA key."""
        return f"{self.uri}#{self.key_name}"

    @property
    def ed25519_id(self) -> str:
        """The id of its Ed25519 key."""
        return f"{self.uri}#ed25519-key"

    @property
    def inbox(self) -> str:
        """Its own inbox."""
        return f"{self.uri}/inbox"

    @property
    def followers(self) -> str:
        """Its followers collection."""
        return f"{self.uri}/followers"

    def document(self) -> Document:
        """Its actor document."""
        whole: Document = {
            "@context": [CONTEXT, "https://w3id.org/security/v1"],
            "id": self.uri,
            "type": "Person",
            "preferredUsername": self.name,
            "name": self.name.title(),
            "inbox": self.inbox,
            "outbox": f"{self.uri}/outbox",
            "followers": self.followers,
            "following": f"{self.uri}/following",
            "url": f"{self.base}/@{self.name}",
            "endpoints": {"sharedInbox": f"{self.base}/inbox"},
            "publicKey": {"id": self.key_id, "owner": self.uri, "publicKeyPem": public_pem(self.rsa.public_key())},
            "assertionMethod": [
                {
                    "id": self.ed25519_id,
                    "type": "Multikey",
                    "controller": self.uri,
                    "publicKeyMultibase": multikey(self.ed25519.public_key()),
                }
            ],
        }
        return {name: value for name, value in (whole | self.changes).items() if value is not None}

    def says(self, type: str, object: Any, **more: Any) -> Document:
        """An activity of this actor with an id of its own."""
        number = next(_numbers)
        activity = {
            "@context": CONTEXT,
            "id": f"{self.base}/activities/{number}",
            "type": type,
            "actor": self.uri,
            "object": object,
            "to": [PUBLIC],
            "cc": [self.followers],
        }
        return {name: value for name, value in (activity | more).items() if value is not None}

    def follow(self, target: str, **more: Any) -> Document:
        """A Follow."""
        return self.says("Follow", target, **({"to": [target], "cc": None} | more))

    def note(self, content: str = "<p>Harvest on Saturday</p>", **more: Any) -> Document:
        """A public Note with an id of its own."""
        note = {
            "id": f"{self.base}/notes/{next(_numbers)}",
            "type": "Note",
            "attributedTo": self.uri,
            "content": content,
            "published": "2026-11-24T07:00:00Z",
            "to": [PUBLIC],
            "cc": [self.followers],
        }
        return {name: value for name, value in (note | more).items() if value is not None}

    def create(self, note: Document | str, **more: Any) -> Document:
        """The Create of a Note, addressed as the Note is."""
        addressed = {name: note.get(name) for name in ("to", "cc")} if isinstance(note, dict) else {}
        return self.says("Create", note, **(addressed | more))

    def mentioning(self, *hrefs: str, **more: Any) -> Document:
        """A Note that mentions these actors."""
        tags = [{"type": "Mention", "href": href, "name": "@somebody"} for href in hrefs]
        return self.note(**({"tag": tags, "cc": [self.followers, *hrefs]} | more))


@dataclass
class Received:
    """A request that an inbox got."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def document(self) -> Document:
        """Its body."""
        document: Document = orjson.loads(self.body)
        return document


@dataclass
class Peer:
    """A server of another implementation. `answers` gives the status of each POST; `gets` are the paths that were fetched."""

    base: str
    session: aiohttp.ClientSession
    actors: dict[str, RemoteActor] = field(default_factory=dict)
    objects: dict[str, Document] = field(default_factory=dict)
    statuses: dict[str, int] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    names: dict[str, Document] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)
    gets: list[str] = field(default_factory=list)
    fetched_by: list[dict[str, str]] = field(default_factory=list)
    answers: Callable[[Received], web.StreamResponse | int] = lambda _received: 202
    held: asyncio.Event | None = None
    """When set, inboxes answer only after the event."""
    last_sent: dict[str, str] = field(default_factory=dict)
    """The headers of the last request that this peer made."""
    knocking: int = 0
    most_knocking: int = 0
    """How many deliveries wait for an answer, now and at most."""

    @property
    def host(self) -> str:
        """Its authority."""
        return self.base.partition("://")[2]

    def actor(self, name: str = "alice", **options: Any) -> RemoteActor:
        """A new actor, served from now on."""
        actor = RemoteActor(self.base, name, **options)
        self.actors[f"/users/{name}"] = actor
        return actor

    def publish(self, document: Document) -> Document:
        """Serves an object under its id."""
        self.objects[document["id"].removeprefix(self.base)] = document
        return document

    def types(self) -> list[str]:
        """The types of the activities that arrived, in order."""
        return [received.document["type"] for received in self.received]

    async def post(
        self,
        node: Node,
        activity: Document | bytes,
        actor: RemoteActor | None = None,
        *,
        scheme: Scheme = Scheme.CAVAGE,
        inbox: str | None = None,
        changed: dict[str, str] | None = None,
        key: RSAPrivateKey | Ed25519PrivateKey | None = None,
        key_id: str | None = None,
        seconds: float = 0,
        more: tuple[tuple[str, str], ...] = (),
    ) -> "Answer":
        """Signs and sends an activity to the node. `actor` signs (the activity's own when left out), `seconds` after now, with `more`
        headers (names in lower case); `changed` are headers set after signing."""
        body = activity if isinstance(activity, bytes) else orjson.dumps(activity)
        signer = actor or self.actors[orjson.loads(body)["actor"].removeprefix(self.base)]
        url = inbox or node.urls.shared_inbox
        headers = signed(
            Request.to("POST", url, (("content-type", ACTIVITY_JSON), *more), body),
            key or signer.rsa,
            key_id or signer.key_id,
            node,
            scheme,
            seconds,
        )
        return await self.send("POST", url, headers | (changed or {}), body)

    async def get(self, node: Node, url: str, actor: RemoteActor | None = None, **headers: str) -> "Answer":
        """Fetches a document of the node, signed when an actor is given."""
        accept = {"Accept": ACTIVITY_JSON} | {name.replace("_", "-"): value for name, value in headers.items()}
        proved = signed(Request.to("GET", url), actor.rsa, actor.key_id, node) if actor else {}
        return await self.send("GET", url, proved | accept)

    async def send(self, method: str, url: str, headers: dict[str, str], body: bytes = b"") -> "Answer":
        """A request exactly so. Redirects are not followed."""
        self.last_sent = headers
        async with self.session.request(
            method, url, headers=headers, data=body or None, allow_redirects=False
        ) as response:
            return await Answer.of(response)


@dataclass(frozen=True)
class Answer:
    """What the node answered."""

    status: int
    headers: CIMultiDictProxy[str]
    body: bytes

    @classmethod
    async def of(cls, response: aiohttp.ClientResponse) -> "Answer":
        """The answer, read to its end."""
        return cls(response.status, response.headers, await response.read())

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return orjson.loads(self.body)


def signed(
    request: Request,
    key: RSAPrivateKey | Ed25519PrivateKey,
    key_id: str,
    node: Node,
    scheme: Scheme = Scheme.CAVAGE,
    seconds: float = 0,
) -> dict[str, str]:
    """The headers of a signed request, signed so many seconds after the node's now."""
    moment = node.utc().fromtimestamp(node.clock.now() / 1000 + seconds, node.utc().tzinfo)
    if scheme is Scheme.CAVAGE:
        return cavage.sign(key, key_id, request, moment)
    return messages.sign(key, key_id, request, moment)


@asynccontextmanager
async def a_peer(host: str = "localhost") -> AsyncIterator[Peer]:
    """A running peer on loopback under this name."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        peer = Peer("", session)
        runner = web.ServerRunner(web.Server(lambda request: _answer(peer, request)), shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        peer.base = f"http://{host}:{runner.addresses[0][1]}"
        try:
            yield peer
        finally:
            if peer.held is not None:
                peer.held.set()
            await runner.cleanup()


async def _answer(peer: Peer, request: web.BaseRequest) -> web.StreamResponse:
    if request.method == "POST":
        return await _receive(peer, request)
    peer.gets.append(request.path)
    peer.fetched_by.append(dict(request.headers))
    if request.path in peer.statuses:
        return web.Response(status=peer.statuses[request.path])
    if request.path in peer.redirects:
        return web.Response(status=302, headers={"Location": peer.redirects[request.path]})
    if request.path == "/.well-known/webfinger":
        return _webfinger(peer, request.query.get("resource", ""))
    document = peer.actors[request.path].document() if request.path in peer.actors else peer.objects.get(request.path)
    if document is None:
        return web.Response(status=404)
    return web.Response(body=orjson.dumps(document), content_type=ACTIVITY_JSON)


async def _receive(peer: Peer, request: web.BaseRequest) -> web.StreamResponse:
    received = Received(request.path_qs, dict(request.headers), await request.read())
    peer.knocking += 1
    peer.most_knocking = max(peer.knocking, peer.most_knocking)
    try:
        if peer.held is not None:
            await peer.held.wait()
    finally:
        peer.knocking -= 1
    answer = peer.answers(received)
    if isinstance(answer, int):
        if 200 <= answer < 300:
            peer.received.append(received)
        return web.Response(status=answer)
    return answer


def _webfinger(peer: Peer, resource: str) -> web.StreamResponse:
    document = peer.names.get(resource)
    name, _, host = resource.removeprefix("acct:").partition("@")
    actor = peer.actors.get(f"/users/{name}") if host == peer.host else None
    if document is None and actor is not None:
        links = [{"rel": "self", "type": ACTIVITY_JSON, "href": actor.uri}]
        document = {"subject": resource, "links": links}
    if document is None:
        return web.Response(status=404)
    return web.Response(body=orjson.dumps(document), content_type="application/jrd+json")


async def until(condition: Callable[[], Any], seconds: float = WAIT_SECONDS) -> None:
    """Returns when the condition (a plain or async function) holds; TimeoutError when it does not in time."""
    async with asyncio.timeout(seconds):
        while True:
            found = condition()
            if await found if isinstance(found, Awaitable) else found:
                return
            await asyncio.sleep(0.01)


async def send_due(node: Node, *, slow: bool | None = None) -> int:
    """Sends every due delivery of the fast lane and the slow one (or of one), until none is due. How many claims had work."""
    rounds, turns = 0, asyncio.Semaphore(limits.DELIVERIES_IN_FLIGHT)
    lanes = (False, True) if slow is None else (slow,)
    while True:
        now = node.clock.now()
        until_then = now + limits.LEASE_SECONDS * 1000
        works = []
        for lane in lanes:
            each = 1 if lane else limits.DELIVERIES_PER_CLAIM
            works += await node.db.claim(outbox.queue.claim, now, until_then, lane, limits.DELIVERIES_IN_FLIGHT, each)
        if not works:
            return rounds
        rounds += 1
        assert rounds < 200, "a host is due again and again"
        await asyncio.gather(*(send_batch(node, work, turns) for work in works))
