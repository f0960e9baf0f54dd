"""`coopfed moderation …` and `coopfed peer limit`: the same rows as the admin API, with the record of it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from coopfed.cli import app
from tests.coopfed.api.test_api import a_client
from tests.support.nodes import a_folder, an_actor
from tests.support.scene import Scene

Asked = Callable[..., Awaitable[Any]]


@pytest.fixture
def asked(scene: Scene, database_url: str, tmp_path: Path) -> Asked:
    """`coopfed … --json` beside the served node; with `fails` the status."""
    folder = tmp_path if not database_url.startswith("postgresql://") else tmp_path / "data"
    folder.mkdir(exist_ok=True)
    a_folder(database_url, folder, public_url=scene.node.urls.base)

    async def run(*arguments: str, fails: bool = False) -> Any:
        line = ["--data", str(folder), *arguments, "--json"]
        result: Result = await asyncio.to_thread(CliRunner().invoke, app, line)
        scene.node.memory.forget()
        if fails:
            return result.exception
        assert result.exception is None, f"{arguments}: {result.exception!r}\n{result.output}"
        return json.loads(result.stdout)

    return run


async def test_actor_that_nobody_knows_is_told(asked: Asked) -> None:
    """Nobody is asked for: what is not here needs no limit."""
    assert "is not known here" in str(await asked("moderation", "limit", "stranger@far.example", fails=True))
    assert await asked("moderation", "log") == []


async def test_actor_is_limited_suspended_and_let_back(scene: Scene, asked: Asked) -> None:
    """Each act has its effect beside the live server, is undone, and stands in the record as of the command line."""
    member, reader = await a_client(scene), await a_client(scene, await an_actor(scene.node, "reader"))
    await member.post("/statuses", status="Hello")

    await asked("moderation", "limit", "@member")
    assert (await reader.get("/timelines/public")).json == []
    await asked("moderation", "limit", scene.member.uri, "--undo")
    assert len((await reader.get("/timelines/public")).json) == 1
    await asked("moderation", "suspend", "member")
    assert (await member.get("/timelines/home")).status == 403
    assert "is suspended" in str(await asked("post", "member", "Still here", fails=True))
    assert (await asked("moderation", "suspend", "member", "--undo"))["undone"] is True
    assert (await member.get("/timelines/home")).status == 200
    await asked("moderation", "sensitive", "member")
    assert (await reader.get("/timelines/public")).json[0]["sensitive"] is True
    await asked("moderation", "disable", "member")
    assert (await member.get("/timelines/home")).status == 401

    rows = await asked("moderation", "log")
    assert [row["action"] for row in rows] == ["disable", "sensitize", "unsuspend", "suspend", "unlimit", "limit"]
    assert {(row["who"], row["target"]) for row in rows} == {("command line", scene.member.uri)}


async def test_host_is_limited_with_its_reasons(scene: Scene, asked: Asked) -> None:
    """`peer limit`, then `peer unblock`: with what strangers read of it."""
    url = f"{scene.node.urls.base}/api/v1/instance/domain_blocks"
    assert (await asked("peer", "limit", "loud.example", "--comment", "Loud", "--note", "for us"))["limited"] is True

    (shown,) = (await scene.peer.send("GET", url, {})).json
    assert (shown["domain"], shown["severity"], shown["comment"]) == ("loud.example", "silence", "Loud")
    assert (await asked("peer", "list"))[-1]["limited_by"] == "loud.example"
    await asked("peer", "unblock", "loud.example")
    assert (await scene.peer.send("GET", url, {})).json == []
    assert [row["action"] for row in await asked("moderation", "log")] == ["peer_unblock", "peer_limit"]


async def test_announcement_is_written_at_the_command_line(scene: Scene, asked: Asked) -> None:
    """`announcement add|list|change|remove`: what apps show."""
    client = await a_client(scene)
    assert "is no moment" in str(await asked("announcement", "add", "Bread", "--ends", "noon", fails=True))

    made = await asked("announcement", "add", "Bread at noon", "--starts", "2026-12-24", "--all-day")
    assert (await client.get("/announcements")).json[0]["content"] == "<p>Bread at noon</p>"
    await asked("announcement", "change", str(made["id"]), "Bread at one")
    (shown,) = (await client.get("/announcements")).json
    assert (shown["content"], shown["starts_at"], shown["all_day"]) == ("<p>Bread at one</p>", None, False)
    assert [row["text"] for row in await asked("announcement", "list")] == ["Bread at one"]
    await asked("announcement", "remove", str(made["id"]))
    assert (await client.get("/announcements")).json == []
