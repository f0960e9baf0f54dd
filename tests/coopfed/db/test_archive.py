"""A backup is one moment of the whole database, goes back into either engine, and is refused where it does not belong."""

import asyncio
import gzip
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from actors.lookup import by_uri
from coopfed.db import archive, migrate
from coopfed.db.archive import ArchiveFault
from coopfed.db.schema import HEAD, HISTORY, revision
from coopfed.db.tx import Tx
from coopfed.features import notifications, subscriptions
from coopfed.features.posts.actions import create_post
from coopfed.features.posts.rules import Draft
from coopfed.features.push import actions
from coopfed.features.push.keys import vapid
from coopfed.features.streams import store as streams
from coopfed.node import Stamp
from tests.coopfed.api.test_api import a_client
from tests.coopfed.api.test_push import Browser
from tests.support.nodes import SECRET, a_node, process_arrivals
from tests.support.scene import Scene

NODE = "http://localhost"


@pytest.fixture
def elsewhere(empty_database_url: str, tmp_path: Path) -> str:
    """An empty database beside the scene's, on each engine."""
    if empty_database_url.startswith("postgresql://"):
        return empty_database_url
    (tmp_path / "elsewhere").mkdir()
    return str(tmp_path / "elsewhere" / "coopfed.sqlite3")


async def a_backup(scene: Scene, database_url: str, file: Path) -> archive.Manifest:
    """A backup of the scene after some life: a follow, posts that answer each other, a mention, a like."""
    await scene.arrives(scene.alice.follow(scene.member.uri))
    post = await create_post(scene.node, scene.member, Draft("Nets\non Monday 🐟", language="it"))
    await create_post(scene.node, scene.member, Draft("and Tuesday", in_reply_to=post.uri))
    note = scene.alice.mentioning(scene.member.uri, inReplyTo=post.uri)
    await scene.arrives(scene.alice.create(note))
    await scene.arrives(scene.alice.says("Like", post.uri))
    await process_arrivals(scene.node)
    return await asyncio.to_thread(archive.write, database_url, file, scene.node.urls.base, None)


async def restored(target: str, file: Path) -> None:
    """The backup in an empty database."""
    manifest = archive.read_manifest(file)
    archive.verify(file, manifest)
    await asyncio.to_thread(archive.restore, target, file, manifest)


def contents(manifest: archive.Manifest, *without: str) -> dict[str, archive.Contents]:
    """What the tables hold."""
    return {name: found for name, found in manifest.tables.items() if name not in without}


async def test_restored_database_is_equal_row_by_row(
    scene: Scene, database_url: str, elsewhere: str, tmp_path: Path
) -> None:
    """R15: counts and hashes of all tables equal, whichever engine wrote and whichever reads."""
    before = await a_backup(scene, database_url, tmp_path / "node.tar.gz")

    await restored(elsewhere, tmp_path / "node.tar.gz")

    after = await asyncio.to_thread(archive.write, elsewhere, tmp_path / "again.tar.gz", NODE, None)
    assert before.tables["object"].rows == 3
    assert before.tables["reaction"].rows == 1
    # The newest notification takes a number far ahead, so that none that was given away is given again.
    assert contents(after, "notification") == contents(before, "notification")
    assert after.tables["notification"].rows == before.tables["notification"].rows


async def test_restored_keys_sign_and_nothing_is_minted_twice(
    scene: Scene, database_url: str, elsewhere: str, tmp_path: Path
) -> None:
    """Security 2.2, 11: keys usable; after going back to an older moment no number repeats."""
    await a_backup(scene, database_url, tmp_path / "node.tar.gz")
    lost = await create_post(scene.node, scene.member, Draft("after the backup"))
    await scene.arrives(scene.alice.create(scene.alice.mentioning(scene.member.uri)))
    [newest, *_] = await scene.node.db.read(notifications.recent, scene.member.id, 1)

    await restored(elsewhere, tmp_path / "node.tar.gz")

    async with a_node(elsewhere, domain="localhost", public_url=scene.node.urls.base) as node:
        member = await node.db.read(by_uri, scene.member.uri)
        assert member is not None
        post = await create_post(node, member, Draft("after the restore"))
        assert post.id > lost.id
        assert await node.db.write(_notified, member.id, node.stamp()) > newest.id


async def test_restored_node_is_the_one_that_push_services_know(
    scene: Scene, database_url: str, elsewhere: str, tmp_path: Path
) -> None:
    """RFC 8292: with another key every browser would have to subscribe again; and whoever subscribes anew gets a new number."""
    client = await a_client(scene, scopes="push")
    given = Browser("https://push.cooperative.org/1").subscription()
    subscribed = await client.post("/push/subscription", subscription=given, data={"alerts": {"mention": True}})
    assert subscribed.status == 200
    await create_post(scene.node, scene.member, Draft("a row of events"))
    await a_backup(scene, database_url, tmp_path / "node.tar.gz")

    await restored(elsewhere, tmp_path / "node.tar.gz")

    async with a_node(elsewhere, domain="localhost", public_url=scene.node.urls.base) as node:
        assert (await vapid(node)).public == subscribed.json["server_key"]
        known = await node.db.read(subscriptions.one, subscribed.json["id"])
        assert known is not None
        assert actions.line(node.secret, known).endpoint == given["endpoint"]
        row = {name: getattr(known, name) for name in known.__dataclass_fields__ if name != "id"}
        assert (await node.db.write(subscriptions.put, row)).id > known.id
        newest = await node.db.read(streams.newest)
        await create_post(node, scene.member, Draft("another"))
        assert await node.db.read(streams.newest) > newest


def _notified(tx: Tx, recipient: int, stamp: Stamp) -> int:
    notifications.notify(tx, recipient, "mention", recipient, "a new one", stamp)
    return notifications.recent(tx, recipient, 1)[0].id


async def test_backup_goes_into_an_empty_database_only(scene: Scene, database_url: str, tmp_path: Path) -> None:
    """Nothing is overwritten: a restore over a living node is refused and changes nothing."""
    await a_backup(scene, database_url, tmp_path / "node.tar.gz")

    with pytest.raises(ArchiveFault, match="not empty"):
        await restored(database_url, tmp_path / "node.tar.gz")

    assert await scene.node.db.read(by_uri, scene.member.uri) is not None


async def test_damaged_backup_is_refused_before_anything_is_stored(
    scene: Scene, database_url: str, elsewhere: str, tmp_path: Path
) -> None:
    """A backup that cannot be trusted is no backup: one changed byte, or an end that is missing, is found."""
    await a_backup(scene, database_url, tmp_path / "node.tar.gz")
    changed(tmp_path / "node.tar.gz", tmp_path / "changed.tar.gz", b"Monday", b"Friday")
    whole = (tmp_path / "node.tar.gz").read_bytes()
    (tmp_path / "short.tar.gz").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "other.tar.gz").write_bytes(gzip.compress(b"something else"))

    for name in ("changed", "short", "other"):
        with pytest.raises(ArchiveFault):
            await restored(elsewhere, tmp_path / f"{name}.tar.gz")

    with pytest.raises(ArchiveFault, match="empty"):
        await asyncio.to_thread(archive.write, elsewhere, tmp_path / "none.tar.gz", NODE, None)


def changed(source: Path, target: Path, before: bytes, after: bytes) -> None:
    """The same archive with other bytes in it."""
    raw = gzip.decompress(source.read_bytes())
    assert before in raw
    target.write_bytes(gzip.compress(raw.replace(before, after)))


async def test_backup_of_a_newer_program_is_refused(scene: Scene, database_url: str, tmp_path: Path) -> None:
    """Security 2.2, 10: what this program does not know it does not touch; the message says what to install."""
    await a_backup(scene, database_url, tmp_path / "node.tar.gz")
    changed(tmp_path / "node.tar.gz", tmp_path / "newer.tar.gz", HEAD.encode(), b"2099" + HEAD[4:].encode())

    with pytest.raises(ArchiveFault, match="install that version"):
        archive.read_manifest(tmp_path / "newer.tar.gz")


async def test_backup_of_an_older_schema_is_brought_up(elsewhere: str, tmp_path: Path) -> None:
    """An old backup goes into a newer program: restored as it was, then upgraded."""
    old = str(tmp_path / "old.sqlite3")
    await asyncio.to_thread(migrate.upgrade, old, HISTORY[0])
    await asyncio.to_thread(migrate.write_at_once, old, lambda connection: connection.execute(text(_OLD_PEER)) and None)
    await asyncio.to_thread(archive.write, old, tmp_path / "old.tar.gz", NODE, None)

    await restored(elsewhere, tmp_path / "old.tar.gz")

    found: list[Any] = []
    await asyncio.to_thread(
        migrate.read_snapshot,
        elsewhere,
        lambda connection: found.extend(connection.execute(text("SELECT host, allowed FROM peer")).all()),
    )
    assert [tuple(row) for row in found] == [("peer.example", False)]
    assert await asyncio.to_thread(migrate.drift, elsewhere) == []


_OLD_PEER = (
    "INSERT INTO peer (id, host, blocked, scheme, failures, slow, open_until, due_at, lease_until) "
    "VALUES (1, 'peer.example', false, 'cavage', 0, false, 0, 0, 0)"
)


async def test_secret_key_is_not_in_the_backup(scene: Scene, database_url: str, tmp_path: Path) -> None:
    """Who steals the backup alone can sign nothing: the keys in it are sealed, and the file is the owner's only."""
    settings = tmp_path / "coopfed.toml"
    settings.write_text('domain = "localhost"\nsecret_key_file = "secret.key"\n')
    file = tmp_path / "node.tar.gz"
    await a_backup(scene, database_url, tmp_path / "first.tar.gz")
    await asyncio.to_thread(archive.write, database_url, file, NODE, settings)

    raw = gzip.decompress(file.read_bytes())

    assert SECRET.encode() not in raw
    assert b"PRIVATE KEY" not in raw
    assert archive.settings_of(file) == settings.read_bytes()
    assert file.stat().st_mode & 0o077 == 0
    with tarfile.open(file) as opened:
        assert json.loads(opened.extractfile("manifest.json").read())["schema"] == HEAD  # type: ignore[union-attr]


async def test_existing_file_is_not_overwritten(scene: Scene, database_url: str, tmp_path: Path) -> None:
    """Nothing is lost: last week's backup stays, and a failed one leaves no half file."""
    (tmp_path / "node.tar.gz").write_bytes(b"last week")

    with pytest.raises(ArchiveFault, match="there already"):
        await a_backup(scene, database_url, tmp_path / "node.tar.gz")
    with pytest.raises(ArchiveFault, match="cannot be written"):
        await asyncio.to_thread(archive.write, database_url, tmp_path / "none" / "node.tar.gz", NODE, None)

    assert (tmp_path / "node.tar.gz").read_bytes() == b"last week"
    assert await scene.node.db.read(revision) == HEAD
