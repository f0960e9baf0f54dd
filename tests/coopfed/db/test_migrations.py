"""The schema goes up and down on both engines, agrees with the models, and a server refuses every other one."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from alembic.config import Config as AlembicConfig
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from coopfed.db import migrate
from coopfed.db.engine import Database
from coopfed.db.open import open_database
from coopfed.db.schema import HEAD, HISTORY, require_head, revision
from coopfed.db.tx import Tx
from coopfed.errors import ConfigError, SchemaMismatch, StorageError
from coopfed.node import open_node
from tests.support.nodes import a_config, a_node

_SET_VERSION = text("UPDATE alembic_version SET version_num = :version")


def pretend(tx: Tx, version: str) -> None:
    """Makes the database say that it has another schema."""
    tx.execute(_SET_VERSION, {"version": version})


def test_the_named_head_is_the_newest_migration() -> None:
    """`coopfed.db.schema` names it, so that a server need not import alembic."""
    settings = AlembicConfig()
    settings.set_main_option("script_location", "coopfed:db/migrations")
    script = ScriptDirectory.from_config(settings)

    assert script.get_heads() == [HEAD]
    assert tuple(reversed([found.revision for found in script.walk_revisions()])) == HISTORY


def test_from_nothing_to_head_and_back_and_again(empty_database_url: str) -> None:
    """Style, *Tables and migrations*: each migration is tried both ways; nothing drifts from the models."""
    for _ in range(2):
        migrate.upgrade(empty_database_url)
        assert migrate.drift(empty_database_url) == []

        migrate.downgrade(empty_database_url, "base")
        assert migrate.drift(empty_database_url) != []

    migrate.upgrade(empty_database_url)
    migrate.upgrade(empty_database_url)
    assert migrate.drift(empty_database_url) == []


async def test_what_is_stored_outlives_an_upgrade_that_has_nothing_to_do(database_url: str) -> None:
    """`coopfed init` and `db upgrade` are safe to repeat."""
    async with a_node(database_url) as node:
        before = node.signer.key_id

    await asyncio.to_thread(migrate.upgrade, database_url)

    async with a_node(database_url) as node:
        assert node.signer.key_id == before


async def test_the_schema_at_head_is_accepted(db: Database) -> None:
    """Nothing to complain about."""
    await db.read(require_head)

    assert await db.read(revision) == HEAD


@pytest.mark.parametrize(
    ("version", "helps"),
    [("2030_01_01_later", "install the newer CoopFed again"), ("2020_01_01_earlier", "run: coopfed db upgrade")],
)
async def test_another_schema_refuses_the_start_and_says_what_helps(
    db: Database, database_url: str, monkeypatch: pytest.MonkeyPatch, version: str, helps: str
) -> None:
    """Security 2.2, *Migrations*: start-up refuses a newer schema."""
    monkeypatch.setattr("coopfed.db.schema.HISTORY", ("2020_01_01_earlier", *HISTORY))
    await db.write(pretend, version)

    with pytest.raises(SchemaMismatch, match=helps):
        await open_node(a_config(database_url))

    await db.write(pretend, HEAD)
    node = await open_node(a_config(database_url))
    await node.close()


async def test_an_empty_database_refuses_the_start(empty_database_url: str) -> None:
    """The first thing to run is init, and the message says so."""
    if not empty_database_url.startswith("postgresql://"):
        with pytest.raises(ConfigError, match="run: coopfed init"):
            await open_node(a_config(empty_database_url))
        Path(empty_database_url).touch()

    with pytest.raises(SchemaMismatch, match="run: coopfed init"):
        await open_node(a_config(empty_database_url))


async def test_a_file_that_is_no_database_refuses_the_start_with_a_sentence(tmp_path: Path) -> None:
    """A disk that returned other bytes: an error of ours that commands can tell, not a driver's."""
    file = tmp_path / "coopfed.sqlite3"
    file.write_bytes(b"\xff" * 8192)

    with pytest.raises(StorageError, match="DatabaseError: file is not a database"):
        await open_node(a_config(str(file)))


async def test_a_database_that_refuses_the_start_is_left_closed(database_url: str) -> None:
    """A failed start leaves no thread and no connection behind."""
    db = open_database(a_config(database_url))
    await db.write(pretend, "2030_01_01_later")

    for _ in range(3):
        with pytest.raises(SchemaMismatch):
            await open_node(a_config(database_url))

    assert await db.read(revision) == "2030_01_01_later"
    await db.close()


async def test_what_was_stored_under_the_former_schema_is_kept(empty_database_url: str) -> None:
    """Security 2.2, 10: rows of the release before are all there after the upgrade, and again after going back."""
    await asyncio.to_thread(migrate.upgrade, empty_database_url, HISTORY[0])
    await asyncio.to_thread(migrate.write_at_once, empty_database_url, _fill_former)

    await asyncio.to_thread(migrate.upgrade, empty_database_url)
    upgraded = await asyncio.to_thread(_entries, empty_database_url, "owner_id, entry_id, object_id")
    likes = await asyncio.to_thread(_rows, empty_database_url, "SELECT likes_count, shares_count, content FROM object")
    await asyncio.to_thread(migrate.downgrade, empty_database_url, HISTORY[0])

    assert upgraded == [(1, 10, 10), (1, 11, 11)]
    assert likes == [(0, 0, "first"), (0, 0, "second")]
    assert await asyncio.to_thread(_entries, empty_database_url, "owner_id, object_id") == [(1, 10), (1, 11)]


async def test_hashtags_that_were_stored_before_are_found_with_either_i(empty_database_url: str) -> None:
    """Migration of hashtags: each spelling of a post is found by one form, and none is lost on the way up or back."""
    spelled = [(10, "kooperatif"), (10, "yapı"), (11, "yapi"), (11, "yapı"), (12, "isı"), (12, "ısi"), (12, "ısı")]
    await asyncio.to_thread(migrate.upgrade, empty_database_url, "2026_11_25_relays")
    await asyncio.to_thread(migrate.write_at_once, empty_database_url, lambda here: _fill_hashtags(here, spelled))

    await asyncio.to_thread(migrate.upgrade, empty_database_url)
    found = "SELECT folded, object_id FROM hashtag WHERE folded IS NOT NULL ORDER BY object_id, folded"
    upgraded = await asyncio.to_thread(_rows, empty_database_url, found)
    plain = await asyncio.to_thread(
        _rows, empty_database_url, "SELECT name FROM hashtag WHERE folded = name ORDER BY 1"
    )
    await asyncio.to_thread(migrate.downgrade, empty_database_url, "2026_11_25_relays")

    assert upgraded == [("kooperatif", 10), ("yapi", 10), ("yapi", 11), ("isi", 12)]
    assert plain == [("kooperatif",), ("yapi",)]
    assert sorted(await asyncio.to_thread(_rows, empty_database_url, "SELECT object_id, name FROM hashtag")) == spelled


async def test_what_groups_of_ours_had_taken_out_leaves_their_threads(empty_database_url: str) -> None:
    """Migration of moderation: of a peer's group it is not known whether the thread was said to it."""
    await asyncio.to_thread(migrate.upgrade, empty_database_url, "2026_11_26_jobs")
    await asyncio.to_thread(migrate.write_at_once, empty_database_url, _fill_groups)

    await asyncio.to_thread(migrate.upgrade, empty_database_url, "2026_11_26_moderation")
    found = "SELECT object_id, group_id FROM group_post WHERE hidden"
    upgraded = await asyncio.to_thread(_rows, empty_database_url, found)
    await asyncio.to_thread(migrate.downgrade, empty_database_url, "2026_11_26_jobs")

    assert upgraded == [(10, 1)]
    assert len(await asyncio.to_thread(_rows, empty_database_url, "SELECT object_id FROM group_post")) == 3


async def test_blocks_from_before_are_the_operators_word(empty_database_url: str) -> None:
    """Migration of discovery: they are listed as blocks; what only stands below one is not, nor is the row of ALLOWLIST."""
    await asyncio.to_thread(migrate.upgrade, empty_database_url, "2026_12_02_profiles")
    await asyncio.to_thread(migrate.write_at_once, empty_database_url, _fill_peers)

    await asyncio.to_thread(migrate.upgrade, empty_database_url)

    found = "SELECT host, limited FROM peer WHERE judged_at IS NOT NULL"
    assert await asyncio.to_thread(_rows, empty_database_url, found) == [("spam.example", False)]
    await asyncio.to_thread(migrate.downgrade, empty_database_url, "2026_12_02_profiles")
    assert len(await asyncio.to_thread(_rows, empty_database_url, "SELECT host FROM peer WHERE blocked")) == 3


def _fill_peers(connection: Connection) -> None:
    rows = (("spam.example", "spam.example"), ("a.spam.example", "spam.example"), ("*", "*"), ("good.example", None))
    for number, (host, whose) in enumerate(rows, start=1):
        connection.execute(
            text(
                "INSERT INTO peer (id, host, blocked, blocked_by, scheme, failures, slow, open_until, due_at, lease_until) "
                "VALUES (:id, :host, :blocked, :whose, 'cavage', 0, false, 0, 0, 0)"
            ),
            {"id": number, "host": host, "blocked": whose is not None, "whose": whose},
        )


def _fill_groups(connection: Connection) -> None:
    _fill_posts(connection, (10, "first"), (11, "second"))
    connection.execute(
        text(
            "INSERT INTO actor (id, uri, local, type, handle, handle_host, handle_confirmed, name, summary, inbox, locked, "
            "discoverable, policy_version, created_at, updated_at) VALUES (2, 'https://b.example/2', false, 'Group', 'b', "
            "'b.example', true, 'B', '', 'https://b.example/2/inbox', false, true, 1, 1, 1)"
        )
    )
    for post, group, removed in ((10, 1, 5), (11, 1, None), (10, 2, 5)):
        connection.execute(
            text(
                "INSERT INTO group_post (object_id, group_id, created_at, removed_at) VALUES (:post, :whose, 1, :removed)"
            ),
            {"post": post, "whose": group, "removed": removed},
        )


def _fill_hashtags(connection: Connection, spelled: list[tuple[int, str]]) -> None:
    _fill_posts(connection, (10, "first"), (11, "second"), (12, "third"))
    for number, name in spelled:
        connection.execute(
            text("INSERT INTO hashtag (object_id, name) VALUES (:object, :name)"), {"object": number, "name": name}
        )


def _fill_former(connection: Connection) -> None:
    _fill_posts(connection, (10, "first"), (11, "second"))
    for number in (10, 11):
        connection.execute(
            text("INSERT INTO timeline_entry (owner_id, object_id) VALUES (1, :object)"), {"object": number}
        )


def _fill_posts(connection: Connection, *posts: tuple[int, str]) -> None:
    connection.execute(
        text(
            "INSERT INTO actor (id, uri, local, type, handle, handle_host, handle_confirmed, name, summary, inbox, locked, "
            "discoverable, policy_version, created_at, updated_at) VALUES (1, 'https://a.example/1', true, 'Person', 'a', "
            "'a.example', true, 'A', '', 'https://a.example/1/inbox', false, true, 1, 1, 1)"
        )
    )
    for number, content in posts:
        connection.execute(
            text(
                "INSERT INTO object (id, uri, local, type, actor_id, visibility, content, sensitive, document, "
                "published_at, received_at) VALUES (:id, :uri, true, 'Note', 1, 'public', :content, false, :raw, 1, 1)"
            ),
            {"id": number, "uri": f"https://a.example/{number}", "content": content, "raw": b"{}"},
        )


def _entries(target: str, columns: str) -> list[tuple[int, ...]]:
    return _rows(target, f"SELECT {columns} FROM timeline_entry ORDER BY {columns}")


def _rows(target: str, statement: str) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []
    migrate.read_snapshot(
        target, lambda connection: found.extend(tuple(row) for row in connection.execute(text(statement)))
    )
    return found
