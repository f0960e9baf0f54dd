"""A node under the rules of production, listening on loopback: what its doors do with addresses that must not be dialled.

`asked` are the names that it had resolved. Only names below `.net` have an address, and each leads inside: nothing is ever reached.
"""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import hypercorn.asyncio
import orjson
from aiohttp.abc import AbstractResolver, ResolveResult

from actors.lookup import ActorRow
from actors.remote import store_actor
from coopfed import listen
from coopfed.app import Application
from coopfed.net.client import HttpClient
from coopfed.node import Node, dial_rules, user_agent
from coopfed.signing.request import Request
from coopfed.vocab.document import read_actor
from coopfed.vocab.normalise import normalise
from coopfed.vocab.terms import ACTIVITY_JSON
from tests.support.nodes import FakeClock, a_node, an_actor, free_port, process_arrivals
from tests.support.peers import Answer, Document, RemoteActor, signed

INSIDE = "10.0.0.7"


@dataclass
class InnerNames(AbstractResolver):
    """Every name below `.net` leads inside; the others do not exist."""

    asked: list[str] = field(default_factory=list)

    async def resolve(self, host: str, port: int = 0, family: int = socket.AF_UNSPEC) -> list[ResolveResult]:
        """The inner address, or OSError."""
        self.asked.append(host)
        if not host.endswith(".net"):
            raise OSError(f"{host} has no address")
        return [ResolveResult(hostname=host, host=INSIDE, port=port, family=socket.AF_INET, proto=0, flags=0)]

    async def close(self) -> None:
        """Nothing is held."""


@dataclass
class Production:
    """The node, its member, the port of its doors, the names it had resolved, and alice, a stranger it knows already."""

    node: Node
    member: ActorRow
    port: int
    names: InnerNames
    session: aiohttp.ClientSession
    alice: RemoteActor

    async def post(self, activity: Document, key_id: str | None = None) -> Answer:
        """A message signed by alice, under this key id or her own."""
        body = orjson.dumps(activity)
        request = Request.to("POST", self.node.urls.shared_inbox, (("content-type", ACTIVITY_JSON),), body)
        headers = signed(request, self.alice.rsa, key_id or self.alice.key_id, self.node)
        async with self.session.post(f"http://127.0.0.1:{self.port}/inbox", data=body, headers=headers) as response:
            return await Answer.of(response)

    async def arrives(self, activity: Document) -> list[str | None]:
        """The outcomes after it was posted and processed."""
        answer = await self.post(activity)
        assert answer.status == 202, answer
        return [outcome and outcome.value for outcome in await process_arrivals(self.node)]

    async def knows(self, actor: RemoteActor) -> ActorRow:
        """The actor, stored as if its host had been asked."""
        document = actor.document()
        return await store_actor(self.node, read_actor(normalise(document)), orjson.dumps(document))


@asynccontextmanager
async def a_production_node(database_url: str, **settings: Any) -> AsyncIterator[Production]:
    """The node of https://coop.example and its doors."""
    names = InnerNames()
    async with a_node(database_url, clock=FakeClock(), development=False, **settings) as node:
        gate = node.http.gate
        await node.http.close()
        node.http = HttpClient(dial_rules(node.config), user_agent(node.config), resolver=names)
        node.http.gate = gate
        port, stop = free_port(), asyncio.Event()
        listen.mend()
        serving = asyncio.create_task(
            hypercorn.asyncio.serve(Application(node), listen.settings(f"127.0.0.1:{port}"), shutdown_trigger=stop.wait)  # type: ignore[arg-type]
        )
        try:
            async with aiohttp.ClientSession() as session:
                found = Production(
                    node,
                    await an_actor(node),
                    port,
                    names,
                    session,
                    RemoteActor("https://peer.cooperative.org", "alice"),
                )
                await found.knows(found.alice)
                yield found
        finally:
            stop.set()
            await serving
