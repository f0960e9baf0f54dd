"""The scene of most tests: a served node with a member, and a peer with an actor."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from actors.lookup import ActorRow
from coopfed.db.tx import Tx
from coopfed.node import Node
from inbox.admit import inbox_item
from tests.support.nodes import FakeClock, a_served_node, an_actor, process_arrivals
from tests.support.peers import Document, Peer, RemoteActor, a_peer


@dataclass
class Scene:
    """A served node on a clock that stands still, its member, a peer and the peer's actor alice."""

    node: Node
    clock: FakeClock
    member: ActorRow
    peer: Peer
    alice: RemoteActor

    async def arrives(self, activity: Document, actor: RemoteActor | None = None) -> list[str | None]:
        """The outcomes after the activity was posted and everything that waits was processed."""
        answer = await self.peer.post(self.node, activity, actor)
        assert answer.status == 202, answer
        return [outcome and outcome.value for outcome in await process_arrivals(self.node)]

    async def rows(self) -> int:
        """How many arrivals are stored."""
        return len(await self.node.db.read(_items))

    async def outcomes(self) -> list[tuple[str, str | None, str | None]]:
        """Type, outcome and error of every arrival, in the order of their numbers."""
        return [(row.type, row.outcome, row.error) for row in await self.node.db.read(_items)]


def _items(tx: Tx) -> list[Any]:
    return list(tx.execute(inbox_item.select().order_by(inbox_item.c.id)).all())


@asynccontextmanager
async def a_scene(database_url: str, **settings: Any) -> AsyncIterator[Scene]:
    """The scene on a fresh database."""
    clock = FakeClock()
    async with a_served_node(database_url, clock=clock, **settings) as node, a_peer() as peer:
        yield Scene(node, clock, await an_actor(node), peer, peer.actor("alice"))
