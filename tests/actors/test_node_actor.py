"""The node's own actor is one, however often and by however many it is made."""

import asyncio

from actors.local import create_node_actor, make_node_actor, public_keys
from actors.lookup import local_actors
from coopfed.node import open_node
from tests.support.nodes import a_config, a_key_pair


async def test_two_processes_that_make_the_node_actor_at_one_moment_have_the_same(database_url: str) -> None:
    """Design 5: `coopfed init` is safe to repeat, also on several machines of one PostgreSQL at once."""
    nodes = [await open_node(a_config(database_url)) for _ in range(2)]
    try:
        pairs = [a_key_pair() for _ in range(6)]
        made = await asyncio.gather(*(make_node_actor(nodes[index % 2], pair) for index, pair in enumerate(pairs)))
        stored = await nodes[0].db.read(local_actors)
    finally:
        for node in nodes:
            await node.close()

    assert {row.id for row in made} == {row.id for row in stored}
    assert len(stored) == 1


async def test_the_node_actor_that_there_is_keeps_its_keys(database_url: str) -> None:
    """Peers know its key; a second `coopfed init` must not change it."""
    node = await open_node(a_config(database_url))
    try:
        first = await node.db.write(create_node_actor, a_key_pair(), node.stamp(), "coop.example", "coop.example")
        before = await node.db.read(public_keys, first.id)
        again = await make_node_actor(node, a_key_pair())
        after = await node.db.read(public_keys, first.id)
    finally:
        await node.close()

    assert again == first
    assert after == before
