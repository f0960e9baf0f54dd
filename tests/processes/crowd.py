"""Two hundred hosts on loopback that follow one actor, remember every delivery, and send what they are given until it is taken.

Each host is an authority of its own (a port) with one actor. They are known to the node as rows with real keys, so that no time
goes into fetching them; their signatures are real.
"""

import asyncio
import contextlib
import itertools
import random
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import aiohttp
import orjson
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from sqlalchemy import text

from actors.lookup import ActorRow
from actors.remote import upsert
from coopfed.db.tx import Tx
from coopfed.features.follows import store as follows
from coopfed.node import Node
from coopfed.signing import cavage
from coopfed.signing.keys import generate_rsa, public_pem, sign_bytes
from coopfed.signing.request import Request
from coopfed.vocab.document import read_actor
from coopfed.vocab.normalise import normalise
from coopfed.vocab.strict_json import parse
from coopfed.vocab.terms import ACTIVITY_JSON

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
CONTEXT = "https://www.w3.org/ns/activitystreams"
TWICE = 0.1
"""Share of the arrivals that are sent a second time although they were taken."""
SENDERS = 24
_KEYS = 4


@dataclass(frozen=True, slots=True)
class Member:
    """The one actor of a host."""

    base: str
    key: RSAPrivateKey

    @property
    def uri(self) -> str:
        """Its id."""
        return f"{self.base}/users/member"

    @property
    def inbox(self) -> str:
        """Where its deliveries go."""
        return f"{self.base}/users/member/inbox"

    def document(self) -> bytes:
        """Its actor document."""
        key = {"id": f"{self.uri}#main-key", "owner": self.uri, "publicKeyPem": public_pem(self.key.public_key())}
        return orjson.dumps(
            {
                "@context": [CONTEXT, "https://w3id.org/security/v1"],
                "id": self.uri,
                "type": "Person",
                "preferredUsername": "member",
                "inbox": self.inbox,
                "outbox": f"{self.uri}/outbox",
                "followers": f"{self.uri}/followers",
                "publicKey": key,
            }
        )

    def follow(self, target: str) -> bytes:
        """It asks to follow."""
        return orjson.dumps(
            {"@context": CONTEXT, "id": f"{self.uri}/follows/1", "type": "Follow", "actor": self.uri, "object": target}
        )

    def create(self, number: int, target: str) -> bytes:
        """It mentions somebody in a post."""
        note = {
            "id": f"{self.uri}/notes/{number}",
            "type": "Note",
            "attributedTo": self.uri,
            "content": f"<p>Word number {number} of {self.base}</p>",
            "published": datetime.now(UTC).isoformat(timespec="seconds"),
            "to": [target],
            "cc": [PUBLIC],
            "tag": [{"type": "Mention", "href": target, "name": "@coop"}],
        }
        activity = {"id": f"{note['id']}/activity", "type": "Create", "actor": self.uri, "object": note}
        return orjson.dumps({"@context": CONTEXT, **activity, "to": note["to"], "cc": note["cc"]})


@dataclass(slots=True)
class Crowd:
    """The hosts and what their inboxes got: how often each activity came to each inbox."""

    members: list[Member]
    got: Counter[tuple[str, str]] = field(default_factory=Counter)

    async def receive(self, request: web.BaseRequest) -> web.StreamResponse:
        """Takes everything that is posted."""
        body = await request.read()
        if request.method != "POST":
            return web.Response(status=404)
        self.got[orjson.loads(body)["id"], f"http://{request.host}{request.path}"] += 1
        return web.Response(status=202)

    async def settle_at(self, node: Node, followed: ActorRow) -> None:
        """Makes the members known to the node, as followers of one of its actors."""
        for member in self.members:
            await node.db.write(_become_follower, member, followed, node)

    def repeats(self) -> int:
        """How many deliveries came more often than once, over and above."""
        return sum(count - 1 for count in self.got.values())


def _become_follower(tx: Tx, member: Member, followed: ActorRow, node: Node) -> None:
    stamp = node.stamp()
    raw = member.document()
    row = upsert(tx, read_actor(normalise(parse(raw))), raw, stamp)
    follows.accept(tx, follows.ask(tx, row.id, followed.id, f"{member.uri}/follows/0", stamp))
    tx.execute(text("DELETE FROM job"))  # Nobody here answers WebFinger.


@contextlib.asynccontextmanager
async def a_crowd(count: int) -> AsyncIterator[Crowd]:
    """So many hosts, listening."""
    crowd = Crowd([])
    runner = web.ServerRunner(web.Server(crowd.receive), shutdown_timeout=0.1)
    await runner.setup()
    keys = [generate_rsa() for _ in range(_KEYS)]
    try:
        for index in range(count):
            await web.TCPSite(runner, "127.0.0.1", 0, backlog=64).start()
            port = runner.addresses[-1][1]
            crowd.members.append(Member(f"http://localhost:{port}", keys[index % _KEYS]))
        yield crowd
    finally:
        await runner.cleanup()


# --- what they send ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Letter:
    """An activity on its way to the node."""

    sender: Member
    body: bytes


@dataclass(slots=True)
class Post:
    """Sends letters to an inbox until each is taken, some of them twice. `sent` counts the tries, `taken` the 2xx."""

    inbox: str
    chance: random.Random
    sent: int = 0
    taken: int = 0

    async def deliver(self, letters: list[Letter]) -> None:
        """Returns when every letter was acknowledged."""
        again = [letter for letter in letters if self.chance.random() < TWICE]
        queue = iter([*letters, *again])
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
            await asyncio.gather(*(self._carry(session, queue) for _ in range(SENDERS)))

    async def _carry(self, session: aiohttp.ClientSession, queue: Iterator[Letter]) -> None:
        for letter in queue:
            for tries in itertools.count():
                self.sent += 1
                if await self._try(session, letter):
                    break
                await asyncio.sleep(min(0.02 * 2**tries, 0.3))
            self.taken += 1

    async def _try(self, session: aiohttp.ClientSession, letter: Letter) -> bool:
        request = Request.to("POST", self.inbox, (("content-type", ACTIVITY_JSON),), letter.body)
        key = letter.sender.key
        prepared = cavage.prepare(key, f"{letter.sender.uri}#main-key", request, datetime.now(UTC))
        signature = await asyncio.to_thread(sign_bytes, key, prepared.base)
        try:
            async with session.post(self.inbox, data=letter.body, headers=prepared.headers(signature)) as answer:
                said = await answer.text()
                assert answer.status in (202, 503), f"{answer.status}: {said}"
                return answer.status == 202
        except (aiohttp.ClientError, TimeoutError, OSError):
            return False
