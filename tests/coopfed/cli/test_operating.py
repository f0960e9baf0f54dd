"""`activity show|replay`, `delivery list|retry`, `lookup` as an operator types them, on rows that a served node made. Issue 3, 7."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from coopfed.cli import app
from coopfed.features.posts.actions import create_post
from coopfed.features.posts.rules import Draft
from tests.support.nodes import a_folder
from tests.support.peers import CONTEXT, send_due
from tests.support.scene import Scene, a_scene

Asked = Callable[..., Awaitable[Result]]


@pytest.fixture
async def scene(database_url: str) -> AsyncIterator[Scene]:
    """A served node with KEEP_BODIES."""
    async with a_scene(database_url, keep_bodies=True) as scene:
        yield scene


@pytest.fixture
def asked(scene: Scene, database_url: str, tmp_path: Path) -> Asked:
    """`coopfed --data FOLDER …` beside the served node."""
    folder = tmp_path if not database_url.startswith("postgresql://") else tmp_path / "data"
    folder.mkdir(exist_ok=True)
    a_folder(database_url, folder, public_url=scene.node.urls.base)

    async def run(*arguments: str, fails: bool = False) -> Result:
        result = await asyncio.to_thread(CliRunner().invoke, app, ["--data", str(folder), *arguments])
        assert fails or result.exception is None, f"{arguments}: {result.exception!r}\n{result.output}"
        return result

    return run


def said(result: Result) -> Any:
    """The JSON a command printed."""
    return json.loads(result.stdout)


# --- activities ---------------------------------------------------------------------------------------------------


async def test_what_strangers_wrote_moves_no_cursor(scene: Scene, asked: Asked) -> None:
    """Security 1.6, *Injection*: escape sequences and turned directions in what is shown are replaced."""
    note = scene.alice.mentioning(scene.member.uri, content="<p>\x9b31mred \u202eback</p>")
    create = scene.alice.create(note)
    await scene.arrives(create)

    shown = (await asked("activity", "show", create["id"])).stdout

    assert "31mred" in shown
    assert not {"\x1b", "\x9b", "\u202e", "\r"} & set(shown)


async def test_an_arrival_is_shown_by_number_and_by_id(scene: Scene, asked: Asked) -> None:
    """`activity show ARRIVAL|ID`: for people in parts, for machines as one document."""
    create = scene.alice.create(scene.alice.mentioning(scene.member.uri))
    await scene.arrives(create)

    by_id = said(await asked("activity", "show", create["id"], "--json"))
    by_number = said(await asked("activity", "show", str(by_id["arrival"]), "--json"))
    told = (await asked("activity", "show", create["id"])).stdout

    assert by_id == by_number
    assert by_id["decision"]["outcome"] == "accepted"
    assert by_id["request"]["key_id"] == scene.alice.key_id
    assert "    outcome: accepted\n" in told
    assert "    signature base:\n        (request-target): post /inbox\n" in told


async def test_an_activity_of_ours_is_shown_with_its_deliveries(scene: Scene, asked: Asked) -> None:
    """By its number and by its id: body, and each delivery's state."""
    await scene.arrives(scene.alice.follow(scene.member.uri))
    scene.peer.answers = lambda _received: 503
    await send_due(scene.node)
    (row,) = said(await asked("delivery", "list", "--json"))

    shown = said(await asked("activity", "show", str(row["activity_id"]), "--json"))
    again = said(await asked("activity", "show", shown["activity"], "--json"))
    told = (await asked("activity", "show", shown["activity"])).stdout

    assert shown == again
    assert (shown["type"], shown["actor"]) == ("Accept", scene.member.uri)
    assert json.loads(shown["body"])["id"] == shown["activity"]
    assert [(delivery["state"], delivery["status"]) for delivery in shown["deliveries"]] == [("waiting", 503)]
    assert "deliveries: 1 waiting\n" in told


async def test_an_arrival_is_replayed_by_its_id(scene: Scene, asked: Asked) -> None:
    """`activity replay ARRIVAL|ID`."""
    create = scene.alice.create(scene.alice.mentioning(scene.member.uri))
    await scene.arrives(create)

    replayed = said(await asked("activity", "replay", create["id"], "--json"))
    shown = said(await asked("activity", "show", create["id"], "--json"))
    nothing = await asked("activity", "replay", "https://nowhere.example/1", fails=True)

    assert replayed == {"arrival": shown["arrival"]}
    assert shown["decision"]["state"] == "waiting"
    assert "KEEP_BODIES" in str(nothing.exception)


# --- deliveries ---------------------------------------------------------------------------------------------------


async def test_deliveries_are_filtered_and_retried_by_host(scene: Scene, asked: Asked) -> None:
    """`delivery list --host --state --activity`, `delivery retry ACTIVITY --host`."""
    await scene.arrives(scene.alice.follow(scene.member.uri))
    await send_due(scene.node)
    scene.peer.answers = lambda _received: 415
    await create_post(scene.node, scene.member, Draft("hello"))
    await send_due(scene.node)
    host = scene.peer.host

    given_up = said(await asked("delivery", "list", "--state", "given-up", "--json"))
    done = said(await asked("delivery", "list", "--state", "done", "--host", host.upper(), "--json"))
    both = said(await asked("delivery", "list", "--all", "--json"))
    elsewhere = said(await asked("delivery", "list", "--host", "nowhere.example", "--json"))
    number = str(given_up[0]["activity_id"])
    one = said(await asked("delivery", "list", "--all", "--activity", number, "--json"))
    by_id = said(await asked("delivery", "list", "--activity", f"{scene.node.urls.activity(int(number))}", "--json"))
    none = said(await asked("delivery", "retry", "--host", "nowhere.example", "--json"))
    retried = said(await asked("delivery", "retry", number, "--host", host, "--json"))
    wrong = await asked("delivery", "list", "--activity", "https://elsewhere.example/1", fails=True)

    assert [row["type"] for row in given_up] == ["Create"]
    assert [row["type"] for row in done] == ["Accept"]
    assert len(both) == 2
    assert elsewhere == []
    assert one == by_id == given_up
    assert (none, retried) == ({"due": 0}, {"due": 1})
    assert "neither a number nor the id" in str(wrong.exception)


# --- lookup -------------------------------------------------------------------------------------------------------


async def test_lookup_tells_every_step(scene: Scene, asked: Asked) -> None:
    """`lookup`: known before, fetched now, stored as; numbers stay numbers."""
    found = said(await asked("lookup", f"alice@{scene.peer.host}", "--json"))
    told = (await asked("lookup", scene.alice.uri)).stdout

    assert (found["known"], found["kind"], found["uri"]) == (False, "actor", scene.alice.uri)
    assert found["fetched"]["type"] == "Person"
    assert found["refused"] is None
    assert "known before: yes\n" in told
    assert f"fetched now: Person, {found['fetched']['bytes']} bytes, {scene.alice.uri}\n" in told


async def test_lookup_of_what_is_refused_fails_and_says_why(scene: Scene, asked: Asked) -> None:
    """Fetched and not stored: the reason, and status 1."""
    note = scene.alice.note(attributedTo="https://elsewhere.example/users/x")
    scene.peer.publish(note | {"@context": CONTEXT})

    result = await asked("lookup", note["id"], fails=True)
    nowhere = await asked("lookup", f"nobody@{scene.peer.host}", fails=True)

    assert result.exit_code == nowhere.exit_code == 1
    assert "refused: author_origin:" in result.stdout
    assert "stored as: nothing" in result.stdout
    assert "not known" in str(nowhere.exception)
