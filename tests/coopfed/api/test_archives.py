"""Everything of an actor in one file: who may have it, when it goes, then what is in it."""

import io
import zipfile
from pathlib import Path
from typing import Any

import orjson
import pytest

from coopfed import limits
from coopfed.features.portability.archives import MAKE_ARCHIVE
from coopfed.features.profiles.actions import delete_actor
from coopfed.worker import prune
from tests.coopfed.api.test_api import Client, a_client
from tests.coopfed.api.test_lists import known
from tests.coopfed.api.test_media import a_picture, upload
from tests.support.jobs import run_jobs
from tests.support.nodes import an_actor
from tests.support.scene import Scene, a_scene

PATH = "/api/coopfed/v1/archives"


@pytest.fixture
async def scene(database_url: str, tmp_path: Path) -> Any:
    """The scene with a data folder of its own on both engines."""
    async with a_scene(database_url, data_dir=tmp_path) as scene:
        yield scene


def at(scene: Scene, number: str = "") -> str:
    """The address of the archives, or of one."""
    return f"{scene.node.urls.base}{PATH}" + (f"/{number}" if number else "")


async def asked(client: Client) -> dict[str, Any]:
    """An archive that was asked for."""
    answer = await client.post(at(client.scene))
    assert answer.status == 202, answer.json
    found: dict[str, Any] = answer.json
    return found


async def unpacked(client: Client) -> zipfile.ZipFile:
    """The newest archive, written by its job."""
    await run_jobs(client.scene.node, MAKE_ARCHIVE)
    [shown, *_older] = (await client.get(at(client.scene))).json
    assert shown["state"] == "ready"
    answer = await client.get(shown["url"])
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/zip")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert len(answer.body) == shown["size"]
    return zipfile.ZipFile(io.BytesIO(answer.body))


def on_disk(scene: Scene) -> list[Path]:
    """Every file of an archive."""
    return sorted(scene.node.config.data_dir.joinpath("archives").glob("*"))


# --- shut -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["editor", "author", "reader", "moderator"])
async def test_archives_are_for_admins(scene: Scene, role: str) -> None:
    """Letters to few are in it: who may not give roles at the actor has none, nor asks for one."""
    admin = await a_client(scene, role="admin")
    found = await asked(admin)
    await unpacked(admin)
    other = await a_client(scene, role=role)

    for answer in (await other.get(at(scene)), await other.get(at(scene, found["id"])), await other.post(at(scene))):
        assert (answer.status, answer.json["reason"]) == (403, "insufficient_role")


async def test_archive_is_its_actors_and_needs_the_whole_scope(scene: Scene) -> None:
    """Security 1.6, ownership; and a token that reads lists only reads no letters."""
    admin, other = await a_client(scene, role="admin"), await an_actor(scene.node, "other_member")
    found = await asked(admin)
    await unpacked(admin)

    theirs = await a_client(scene, other, role="admin")
    assert (await theirs.get(at(scene, found["id"]))).status == 404
    assert (await theirs.get(at(scene))).json == []
    narrow = await a_client(scene, scopes="read:statuses read:accounts", role="admin")
    answer = await narrow.get(at(scene, found["id"]))
    assert (answer.status, answer.json["reason"]) == (403, "insufficient_scope")


async def test_no_door_leads_to_the_file(scene: Scene) -> None:
    """It lies outside of what is served, under a name that nobody can guess, readable by the node alone."""
    await asked(await a_client(scene, role="admin"))
    await run_jobs(scene.node, MAKE_ARCHIVE)

    [file] = on_disk(scene)

    assert (len(file.stem) >= 40, file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (
        True,
        0o600,
        0o700,
    )
    for path in (f"/archives/{file.name}", f"/media/archives/{file.name}", f"/media/1/{file.name}"):
        assert (await scene.peer.send("GET", f"{scene.node.urls.base}{path}", {})).status == 404


async def test_one_archive_a_day(scene: Scene) -> None:
    """429 with the seconds until the next day; what is not written yet is not to be had."""
    client = await a_client(scene, role="admin")
    found = await asked(client)

    refused = await client.post(at(scene))

    assert (refused.status, 0 < int(refused.headers["Retry-After"]) <= 24 * 3600) == (429, True)
    assert (await client.get(at(scene, found["id"]))).status == 404
    scene.clock.pass_(int(refused.headers["Retry-After"]))
    await asked(client)


# --- open -------------------------------------------------------------------------------------------------------


async def test_archive_holds_what_the_actor_said_and_kept(scene: Scene) -> None:
    """actor.json, outbox.json, likes.json, bookmarks.json, the CSV files and the uploads, letters to few included."""
    client, admin = await a_client(scene), await a_client(scene, role="admin")
    alice = await known(scene, scene.alice)
    note = scene.alice.note()
    await scene.arrives(scene.alice.create(note))
    [theirs] = (await client.get(f"/accounts/{alice}/statuses")).json
    for verb in ("favourite", "bookmark", "reblog"):
        await client.post(f"/statuses/{theirs['id']}/{verb}")
    made = (await upload(client, a_picture())).json
    first = (await client.post("/statuses", status="To everybody", media_ids=[made["id"]])).json
    await client.put(f"/statuses/{first['id']}", status="To everybody, mended", media_ids=[made["id"]])
    await client.post("/statuses", status=f"@alice@{scene.peer.host} a letter", visibility="direct")
    gone = (await client.post("/statuses", status="Never mind")).json
    await client.delete(f"/statuses/{gone['id']}")
    await asked(admin)

    with await unpacked(admin) as packed:
        assert packed.testzip() is None
        outbox = orjson.loads(packed.read("outbox.json"))
        assert (outbox["type"], outbox["totalItems"], outbox["id"]) == ("OrderedCollection", 3, "outbox.json")
        boost, post, letter = outbox["orderedItems"]
        assert (boost["type"], boost["object"]) == ("Announce", note["id"])
        assert ("mended" in post["object"]["content"], "a letter" in letter["object"]["content"]) == (True, True)
        assert orjson.loads(packed.read("likes.json"))["orderedItems"] == [note["id"]]
        assert orjson.loads(packed.read("bookmarks.json"))["orderedItems"] == [note["id"]]
        assert orjson.loads(packed.read("actor.json"))["id"] == scene.member.uri
        assert f"alice@{scene.peer.host}" in packed.read("following_accounts.csv").decode()
        [picture] = [name for name in packed.namelist() if name.startswith("media_attachments/")]
        assert picture.rpartition("/")[2] == made["url"].rpartition("/")[2]
        assert packed.read(picture).startswith(b"\xff\xd8")


async def test_empty_actor_has_an_archive_too(scene: Scene) -> None:
    """Collections of nothing are JSON."""
    client = await a_client(scene, role="admin")
    await asked(client)

    with await unpacked(client) as packed:
        for name in ("outbox.json", "likes.json", "bookmarks.json"):
            found = orjson.loads(packed.read(name))
            assert (found["orderedItems"], found["totalItems"]) == ([], 0)


async def test_archive_goes_after_its_days(scene: Scene) -> None:
    """Limit ARCHIVE_DAYS: at n and n + 1, row and file; and files whose row is gone."""
    client = await a_client(scene, role="admin")
    await asked(client)
    await run_jobs(scene.node, MAKE_ARCHIVE)
    (on_disk(scene)[0].parent / "left-behind.part").write_bytes(b"x")
    scene.clock.pass_(limits.ARCHIVE_DAYS * 24 * 3600 - 1)

    await prune(scene.node, "2026-01-01")
    assert [file.suffix for file in on_disk(scene)] == [".zip"]
    scene.clock.pass_(1)
    await prune(scene.node, "2026-01-02")

    assert (on_disk(scene), (await client.get(at(scene))).json) == ([], [])


async def test_archive_of_a_deleted_actor_goes_at_once(scene: Scene) -> None:
    """Deleting is deleting."""
    client = await a_client(scene, role="admin")
    await asked(client)
    await run_jobs(scene.node, MAKE_ARCHIVE)
    assert len(on_disk(scene)) == 1

    await delete_actor(scene.node, scene.member)
    await run_jobs(scene.node)

    assert on_disk(scene) == []


async def test_disk_that_takes_no_more_is_told(scene: Scene) -> None:
    """An archive that could not be written says so, and another may be asked for the same day."""
    client, folder = await a_client(scene, role="admin"), scene.node.config.data_dir / "archives"
    folder.write_bytes(b"in the way")
    await asked(client)
    await run_jobs(scene.node, MAKE_ARCHIVE)
    assert (await client.get(at(scene))).json[0]["state"] == "failed"
    folder.unlink()

    await asked(client)

    with await unpacked(client) as packed:
        assert packed.testzip() is None
