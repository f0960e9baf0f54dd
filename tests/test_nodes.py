"""The nodes that other tests stand on: opened, served, and as processes."""

from pathlib import Path
from typing import Any

import pytest

from actors.local import signing_key
from coopfed.net.client import HttpClient
from coopfed.net.guard import DialRules
from tests.support.nodes import FakeClock, a_folder, a_node, a_process, a_served_node, an_actor
from tests.support.peers import a_peer


async def test_a_node_has_its_signer_and_makes_actors(database_url: str) -> None:
    """Design 8: a real node on a real database, time in the hands of the test."""
    clock = FakeClock()

    async with a_node(database_url, clock=clock) as node:
        member = await an_actor(node, "member")
        clock.pass_(60)

        assert node.signer.key_id == "https://coop.example/ap/node#main-key"
        assert (await signing_key(node, member.id)).id == f"{member.uri}#main-key"
        assert node.clock.now() - member.created_at == 60_000


async def test_a_served_node_answers_under_its_own_name(database_url: str) -> None:
    """Design 8: real HTTP between real nodes on loopback."""
    http = HttpClient(DialRules(development=True), "CoopFed tests")

    async with a_served_node(database_url, work=True) as node:
        answer = await http.request("GET", f"{node.urls.base}/healthz", {})
    await http.close()

    assert answer.status == 200
    assert node.urls.base.encode() in answer.body


@pytest.mark.slow
async def test_a_process_serves_until_it_is_stopped(database_url: str, tmp_path: Path) -> None:
    """Design 8: a process of its own, ended by its id."""
    async with a_process(a_folder(database_url, tmp_path)) as server:
        status = await server.stop()

        assert status == 0
        assert not server.running


async def test_a_row_read_before_a_signal_is_not_remembered_after_it(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Issue 3, 7: what another process changed meanwhile would else be unknown here until the next change."""
    async with a_served_node(database_url) as node, a_peer() as peer:
        member, alice = await an_actor(node), peer.actor("alice")
        assert (await peer.post(node, alice.follow(member.uri))).status == 202
        node.memory.forget()
        read = node.db.read

        async def read_while_a_signal_comes(unit: Any, *arguments: Any) -> Any:
            found = await read(unit, *arguments)
            node.memory.forget()
            return found

        monkeypatch.setattr(node.db, "read", read_while_a_signal_comes)
        assert (await peer.post(node, alice.follow(member.uri))).status == 202
        assert (await peer.get(node, member.uri)).status == 200
        assert await node.peer(peer.host) is not None
        await signing_key(node, member.id)

        memory = node.memory
        assert [len(cache) for cache in (memory.keys, memory.peers, memory.documents, memory.signing)] == [0, 0, 0, 0]
