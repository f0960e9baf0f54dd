"""Nodes of ours over HTTP: who joins late sees the whole thread after asking, and who was down catches up."""

import pytest

from actors.lookup import by_id
from coopfed import limits
from coopfed.clock import Clock
from coopfed.db.signals import Topic
from coopfed.features.posts.backfill import look_for_rest
from coopfed.features.posts.remote import known_post
from coopfed.net.peers import set_blocked
from tests.federation.test_nodes_together import Member, members
from tests.support import nodes
from tests.support.nodes import a_served_node, an_actor
from tests.support.peers import until


class Later(Clock):
    """Ahead by four times what counts as a downtime."""

    __slots__ = ()

    def now(self) -> int:
        """The moment, in milliseconds."""
        return super().now() + 4_000 * limits.DOWN_SECONDS


async def test_third_node_that_joins_late_sees_the_whole_thread(database_urls: list[str]) -> None:
    """Issue 4, 7; FEP-f228: a thread between two nodes is filled on a third from its context, every post from its origin."""
    async with members(database_urls, "bakery", "farm", "mill") as (bakery, farm, mill):
        await farm.follows(bakery)
        begun = await bakery.says("who brings flour?")
        await until(lambda: farm.knows(begun.uri))
        answer = await farm.says("we do", answers=begun.uri)
        await until(lambda: bakery.knows(answer.uri))
        thanks = await bakery.says("thanks", answers=answer.uri)
        late = await known_post(mill.node, begun.uri, mill.node.budget())

        await look_for_rest(mill.node, late.id)

        await until(lambda: mill.knows(thanks.uri))
        rows = [await mill.knows(post.uri) for post in (begun, answer, thanks)]
        assert [row and row.thread_id for row in rows] == [None, late.id, late.id]
        assert (await mill.home(), await mill.told()) == ([], [])


async def test_node_that_was_down_catches_up(database_urls: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Issue 4, 7: what nobody delivers any more is asked for at the next start, and stands in homes."""
    async with a_served_node(database_urls[0], work=True) as node:
        bakery = Member(node, await an_actor(node, "bakery"))
        port = nodes.free_port()
        monkeypatch.setattr(nodes, "free_port", lambda: port)
        async with a_served_node(database_urls[1], work=True) as before:
            farm = Member(before, await an_actor(before, "farm"))
            await farm.follows(bakery)
            await node.db.write(set_blocked, before.config.authority, True, wakes=(Topic.CACHES,))
        missed = await bakery.says("sold out")
        more = await bakery.says("until Monday", answers=missed.uri)
        await node.db.write(set_blocked, farm.node.config.authority, False, wakes=(Topic.CACHES,))

        async with a_served_node(database_urls[1], work=True, clock=Later()) as after:
            row = await after.db.read(by_id, farm.row.id)
            assert row is not None

            await Member(after, row).sees(missed, more)
