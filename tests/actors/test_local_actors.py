"""Our own actors: their keys open for themselves alone, and a handle is given once, however many ask for it at one moment."""

import asyncio

import pytest
from sqlalchemy import update

from actors.local import NewActor, actor_key, create_actor, signing_key
from actors.lookup import ActorRow
from coopfed.db.tx import Tx
from coopfed.errors import ConfigError, InvalidInput
from coopfed.node import open_node
from tests.support.nodes import a_config, a_node, an_actor


def _move_private_key(tx: Tx, of: str, to: str) -> None:
    stolen = tx.execute(actor_key.select().where(actor_key.c.uri == of)).one().private
    tx.execute(update(actor_key).where(actor_key.c.uri == to).values(private=stolen))


async def test_a_private_key_moved_to_another_actor_does_not_open(database_url: str) -> None:
    """Whoever can write the database but has not SECRET_KEY must not sign as somebody else with a key they know."""
    async with a_node(database_url) as node:
        member, other = await an_actor(node), await an_actor(node, "other")
        assert (await signing_key(node, member.id)).id == f"{member.uri}#main-key"

        await node.db.write(_move_private_key, f"{member.uri}#main-key", f"{other.uri}#main-key")

        with pytest.raises(ConfigError):
            await signing_key(node, other.id)


async def test_a_handle_asked_for_twice_at_one_moment_is_given_once(database_url: str) -> None:
    """Two commands at once, each in a process of its own: one gets the handle, the other a sentence."""
    nodes = [await open_node(a_config(database_url)) for _ in range(2)]
    try:
        wanted = [create_actor(nodes[n % 2], NewActor("lampara", "group", f"Name {n}")) for n in range(4)]
        answers = await asyncio.gather(*wanted, return_exceptions=True)
    finally:
        for node in nodes:
            await node.close()

    assert sum(isinstance(answer, ActorRow) for answer in answers) == 1
    assert sum(isinstance(answer, InvalidInput) for answer in answers) == 3
