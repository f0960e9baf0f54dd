"""An installation seen from outside: the doors of its processes, one public address, a command line, and callers with tokens.

    async with one_process(path) as house          `coopfed serve` on SQLite
    async with four_processes(url, folder) as house      `coopfed serve --no-worker` and `coopfed worker`, twice each, on PostgreSQL
    caller = await house.member("bakery")          somebody who signed up by command, with a token
    await caller.get("/api/v1/timelines/home")     each request comes to the next process
    await caller.everywhere("/api/v1/…")           to all of them; their answers must be the same

Nothing here looks into a process or its database. What reaches the public address goes to the processes in turn, as behind a
load balancer.
"""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import orjson
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from coopfed.signing import cavage
from coopfed.signing.request import Request
from coopfed.vocab.terms import ACTIVITY_JSON
from tests.support.commands import Ended, ran
from tests.support.nodes import ServerProcess, a_folder, free_port
from tests.support.peers import Answer, Document, Peer, RemoteActor, until

SOON = 1.0
"""Seconds within which a process knows what another one or a command did."""


@dataclass
class House:
    """A node. `public` is its address, `doors` those of the processes that answer; `folder` is where commands run."""

    public: str
    doors: tuple[str, ...]
    folder: Path
    session: aiohttp.ClientSession
    _turn: Iterator[str] = field(init=False)
    _handles: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self._turn = itertools.cycle(self.doors)

    @property
    def authority(self) -> str:
        """Host and port of the public address."""
        return self.public.partition("://")[2]

    async def ask(
        self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"", door: str | None = None
    ) -> Answer:
        """A request to one process (the next one when none is named), as a proxy hands it on."""
        sent = {"Host": self.authority} | (headers or {})
        url = (door or next(self._turn)) + path.removeprefix(self.public)
        async with self.session.request(method, url, headers=sent, data=body or None, allow_redirects=False) as answer:
            return await Answer.of(answer)

    async def everywhere(self, path: str, headers: dict[str, str] | None = None) -> Answer:
        """What all processes answer, which is the same."""
        answers = await asyncio.gather(*(self.ask("GET", path, headers, door=door) for door in self.doors))
        for answer in answers[1:]:
            assert (answer.status, answer.body) == (answers[0].status, answers[0].body), path
        return answers[0]

    async def soon_everywhere(self, path: str, wanted: Callable[[Answer], bool], **headers: str) -> Answer:
        """What all processes answer once they know: within a second."""
        found: list[Answer] = []

        async def known() -> bool:
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            found[:] = await asyncio.gather(*(self.ask("GET", path, sent, door=door) for door in self.doors))
            return all(map(wanted, found))

        try:
            await until(known, SOON)
        except TimeoutError:
            raise AssertionError([(answer.status, answer.body[:300]) for answer in found]) from None
        return found[0]

    async def run(self, *arguments: str) -> Ended:
        """A command beside the running processes."""
        return await ran(self.folder, *arguments)

    async def member(self, prefix: str, role: str = "editor") -> "Caller":
        """Somebody new who signed up by command, as an operator does it for them."""
        handle = f"{prefix}{next(self._handles)}"
        email = f"{handle}@mail.example"
        made = await self.run("actor", "create", handle, "--type", "organization", "--name", prefix.title(), "--json")
        given = await self.run("account", "create", email, "--actor", handle, "--role", role, "--json")
        token = await self.run("token", "create", "--account", email, "--actor", handle, "--json")
        assert given.json["role"] == role
        return Caller(self, handle, made.json["uri"], token.json["token"])

    async def deliver(
        self,
        activity: Document,
        actor: RemoteActor,
        door: str | None = None,
        *,
        key: RSAPrivateKey | None = None,
    ) -> Answer:
        """An activity, signed by its actor, at the shared inbox of one process (the next one when none is named)."""
        body = orjson.dumps(activity)
        request = Request.to("POST", f"{self.public}/inbox", (("content-type", ACTIVITY_JSON),), body)
        headers = cavage.sign(key or actor.rsa, actor.key_id, request, datetime.now(UTC))
        return await self.ask("POST", "/inbox", headers, body, door)


@dataclass
class Caller:
    """An app with a token: it speaks as one actor."""

    house: House
    handle: str
    uri: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        """What it sends with every request."""
        return {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}

    @property
    def id(self) -> str:
        """The number of its actor."""
        return self.uri.rpartition("/")[2]

    async def get(self, path: str, door: str | None = None) -> Answer:
        """A GET."""
        return await self.house.ask("GET", path, self.headers, door=door)

    async def post(self, path: str, door: str | None = None, **fields: Any) -> Answer:
        """A POST with a JSON body."""
        return await self.house.ask("POST", path, self.headers, orjson.dumps(fields), door)

    async def put(self, path: str, **fields: Any) -> Answer:
        """A PUT with a JSON body."""
        return await self.house.ask("PUT", path, self.headers, orjson.dumps(fields))

    async def delete(self, path: str) -> Answer:
        """A DELETE."""
        return await self.house.ask("DELETE", path, self.headers)

    async def everywhere(self, path: str) -> Answer:
        """What all processes answer it, which is the same."""
        return await self.house.everywhere(path, self.headers)

    async def says(self, text: str, door: str | None = None, **more: Any) -> Document:
        """Posts; the Status."""
        answer = await self.post("/api/v1/statuses", door, status=text, **more)
        assert answer.status == 200, answer
        status: Document = answer.json
        return status

    async def home(self, query: str = "") -> list[Document]:
        """Its home timeline, as every process tells it."""
        found: list[Document] = (await self.everywhere(f"/api/v1/timelines/home{query}")).json
        return found

    async def knows(self, uri: str) -> Document:
        """The actor with this address, found across the network; its Account."""
        answer = await self.get(f"/api/v1/accounts/lookup?acct={uri}")
        assert answer.status == 200, answer
        found: Document = answer.json
        return found

    async def follows(self, account: str) -> None:
        """Follows an account by its number; returns when that is granted."""
        assert (await self.post(f"/api/v1/accounts/{account}/follow")).status == 200

        async def granted() -> bool:
            return bool((await self.post(f"/api/v1/accounts/{account}/follow")).json["following"])

        await until(granted)

    async def sees(self, wanted: Callable[[list[Document]], bool]) -> list[Document]:
        """Its home timeline once it is so at every process."""
        found: list[Document] = (await self.eventually("/api/v1/timelines/home", lambda home: wanted(home.json))).json
        return found

    async def eventually(self, path: str, wanted: Callable[[Answer], bool]) -> Answer:
        """What all processes answer once every one answers so."""
        found: list[Answer] = []

        async def so() -> bool:
            asked = (self.get(path, door) for door in self.house.doors)
            found[:] = await asyncio.gather(*asked)
            return all(map(wanted, found))

        await until(so)
        return found[0]


# --- what other servers say and see ------------------------------------------------------------------------------


async def follow(house: House, peer: Peer, who: RemoteActor, member: Caller) -> None:
    """The peer's actor follows the member; returns when the Accept arrived."""
    assert (await house.deliver(who.follow(member.uri), who)).status == 202
    await until(lambda: any(got.document["type"] == "Accept" for got in peer.received))


def about(peer: Peer, uri: str) -> list[str]:
    """The types of what the peer got about an object, in the order in which it came."""
    return [got.document["type"] for got in peer.received if object_of(got.document) == uri]


def object_of(activity: Document) -> str:
    """The id of what an activity is about."""
    found = activity["object"]
    uri: str = found["id"] if isinstance(found, dict) else found
    return uri


# --- the processes ----------------------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def one_process(path: Path) -> AsyncIterator[House]:
    """A node on an SQLite file: one process does everything."""
    port = free_port()
    server = a_folder(str(path), public_url=f"http://localhost:{port}")
    async with a_house(port, [server]) as house:
        yield house


@contextlib.asynccontextmanager
async def four_processes(url: str, folder: Path) -> AsyncIterator[House]:
    """A node on PostgreSQL: two processes answer, two work; each has a folder of its own, as on four machines."""
    port = free_port()
    servers = []
    for name, arguments in (
        ("door1", ("serve", "--no-worker")),
        ("door2", ("serve", "--no-worker")),
        ("worker1", ("worker",)),
        ("worker2", ("worker",)),
    ):
        (folder / name).mkdir()
        server = a_folder(url, folder / name, public_url=f"http://localhost:{port}")
        server.arguments = arguments
        servers.append(server)
    async with a_house(port, servers) as house:
        yield house


@contextlib.asynccontextmanager
async def a_house(port: int, servers: Sequence[ServerProcess]) -> AsyncIterator[House]:
    """The node set up by `coopfed init`, its processes running, its public port open; ended at the end however it ends."""
    answering = [server for server in servers if server.arguments[0] == "serve"]
    addresses = [("127.0.0.1", server.port) for server in answering]
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        try:
            made = await ran(servers[0].folder, "init")
            assert made.status == 0, made.errors
            await asyncio.gather(*(server.start(ready=server in answering) for server in servers))
            await until(lambda: all("started" in server.log() for server in servers))
            doors = tuple(f"http://{host}:{number}" for host, number in addresses)
            async with a_balancer(port, addresses):
                yield House(f"http://localhost:{port}", doors, servers[0].folder, session)
        finally:
            for server in servers:
                if server.running:
                    await server.kill()
    # A fault that a later try made good is a fault all the same.
    faults = [line for server in servers for line in server.log().splitlines() if "Traceback" in line]
    assert not faults, "\n".join(faults)[:4000]


@contextlib.asynccontextmanager
async def a_balancer(port: int, targets: Sequence[tuple[str, int]]) -> AsyncIterator[None]:
    """Hands each connection to the next of the targets, byte for byte."""
    turn = itertools.cycle(targets)

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            onward = await asyncio.open_connection(*next(turn))
            await asyncio.gather(_pump(reader, onward[1]), _pump(onward[0], writer))

    server = await asyncio.start_server(carry, "127.0.0.1", port)
    try:
        yield
    finally:
        server.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while piece := await reader.read(65_536):
            writer.write(piece)
            await writer.drain()
    writer.close()
