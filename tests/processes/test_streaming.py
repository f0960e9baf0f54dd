"""Streams between processes: what one process or a command does, those who listen at another one hear; and the end of a process."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from coopfed.db.signals import Topic
from coopfed.features.accounts.store import give_role
from coopfed.features.posts.actions import create_post
from coopfed.features.posts.rules import Draft
from coopfed.oauth import tokens
from coopfed.oauth.tokens import issue_token
from tests.support.nodes import ServerProcess, a_folder, a_process, an_actor, free_port, opened
from tests.support.postgres import Cluster

_WAIT_SECONDS = 15.0


@asynccontextmanager
async def a_listener(server: ServerProcess, port: int, token: str) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """A socket at the process on this port."""
    headers = {"Host": f"localhost:{server.port}", "Authorization": f"Bearer {token}"}
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"http://127.0.0.1:{port}/api/v1/streaming?stream=user", headers=headers) as socket,
    ):
        yield socket


async def heard(socket: aiohttp.ClientWebSocketResponse) -> str:
    """The text of the next update."""
    told = json.loads((await socket.receive(_WAIT_SECONDS)).data)
    assert told["event"] == "update"
    return str(json.loads(told["payload"])["content"])


async def test_processes_on_one_postgresql_tell_each_other(
    cluster: Cluster, postgres_template: str, tmp_path: Path
) -> None:
    """Design 3.6: NOTIFY wakes, rows tell; a post at one process is heard at both."""
    name = cluster.take(postgres_template)
    server, port = a_folder(cluster.url(name), tmp_path), free_port()
    second = ServerProcess(tmp_path, port, server.config, ("serve", "--port", str(port)))
    try:
        async with a_process(server), a_process(second), opened(server) as node:
            member = await an_actor(node)
            await give_role(node, "member@mail.example", member, "editor")
            token = await issue_token(node, "member@mail.example", member, "read write")
            async with a_listener(server, server.port, token) as one, a_listener(server, port, token) as other:
                async with aiohttp.ClientSession() as session:
                    url = f"http://127.0.0.1:{port}/api/v1/statuses"
                    headers = {"Host": f"localhost:{server.port}", "Authorization": f"Bearer {token}"}
                    answer = await session.post(url, data={"status": "Said at the second"}, headers=headers)
                    assert answer.status == 200
                assert "Said at the second" in await heard(one)
                assert "Said at the second" in await heard(other)
                await _revoke(server, token)
                closing = await one.receive(_WAIT_SECONDS)
                assert (closing.type, closing.data) == (aiohttp.WSMsgType.CLOSE, 4001)
    finally:
        cluster.drop(name)


async def _revoke(server: ServerProcess, token: str) -> None:
    """The token ends, by a third process."""
    async with opened(server) as node:
        await node.db.write(tokens.end, tokens.hashed(node.secret, token), wakes=(Topic.CACHES,))


async def test_command_beside_a_live_server_is_heard_within_a_second(database_url: str, tmp_path: Path) -> None:
    """Design 3.6: on SQLite by the file's data version, on PostgreSQL by NOTIFY; and SIGTERM ends server and streams at once."""
    server = a_folder(database_url, tmp_path)
    async with a_process(server), opened(server) as node:
        member = await an_actor(node)
        await give_role(node, "member@mail.example", member, "editor")
        token = await issue_token(node, "member@mail.example", member, "read")
        async with a_listener(server, server.port, token) as socket:
            began = time.monotonic()
            await create_post(node, member, Draft("Said beside it"))
            assert "Said beside it" in await heard(socket)
            assert time.monotonic() - began < 3
            began = time.monotonic()
            ending = asyncio.create_task(server.stop())
            closing = await socket.receive(_WAIT_SECONDS)
            assert (closing.type, closing.data) == (aiohttp.WSMsgType.CLOSE, 1001)
            assert await ending == 0
            assert time.monotonic() - began < 3
