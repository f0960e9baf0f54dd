"""A node that is killed in the middle of an import goes on with the rows that wait: each is done, none is counted twice."""

from pathlib import Path

import pytest

from actors.lookup import ActorRow
from coopfed.db.tx import Tx
from coopfed.features.portability import imports, store
from coopfed.features.portability.exports import host_block
from coopfed.node import Node
from tests.support.nodes import a_folder, an_actor, opened
from tests.support.peers import until

pytestmark = pytest.mark.slow

ROWS = 300
KILLS = 3
HURRY = 300
"""On PostgreSQL a job of a dead process waits for its lease: two seconds then, in place of ten minutes."""


def shut_out(tx: Tx, actor_id: int) -> int:
    """How many hosts the actor shuts out."""
    return len(tx.execute(host_block.select().where(host_block.c.actor_id == actor_id)).all())


async def test_killed_in_the_middle_of_an_import(database_url: str, tmp_path: Path) -> None:
    """At least once: a row is marked behind its act, and the act may be done twice."""
    server = a_folder(database_url, tmp_path, time_scale=HURRY)
    async with opened(server) as beside:
        member = await an_actor(beside)
        data = "".join(f"bad{number}.example\n" for number in range(ROWS)).encode()
        found = await imports.begin(beside, member, "domain_blocks", "merge", data)
        for _ in range(KILLS):
            before = await settled(beside, member, found.id)
            await server.start()

            async def moved_on(before: int = before) -> bool:
                return await settled(beside, member, found.id) > before

            await until(moved_on, 30)
            await server.kill()
        cut_off = await settled(beside, member, found.id)

        await server.start()

        async def finished() -> bool:
            return (await beside.db.read(store.of_actor, member.id, found.id)).finished

        try:
            await until(finished, 60)
        finally:
            await server.kill()
        ended = await beside.db.read(store.of_actor, member.id, found.id)
        assert cut_off < ROWS, "it was through before the last kill: more rows are needed on this machine"
        assert (ended.done, ended.failed, await beside.db.read(shut_out, member.id)) == (ROWS, 0, ROWS)


async def settled(node: Node, member: ActorRow, number: int) -> int:
    """Rows of which it is known what became of them."""
    return (await node.db.read(store.of_actor, member.id, number)).settled
