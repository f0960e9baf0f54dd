"""`coopfed backup`, `coopfed restore`, and the backup that `db upgrade` makes: as a volunteer would use them."""

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from coopfed.cli import app
from coopfed.db import migrate
from coopfed.db.schema import HEAD, HISTORY
from coopfed.errors import ConfigError
from tests.coopfed.cli.conftest import Run
from tests.coopfed.cli.test_commands import made, said
from tests.support.nodes import SECRET


def in_folder(data: Path, *arguments: str, database: str = "") -> Result:
    """`coopfed --data DATA …` in this process, with that PostgreSQL address or SQLite."""
    return CliRunner().invoke(app, ["--data", str(data), *arguments], env={"COOPFED_DATABASE_URL": database})


@pytest.fixture
def new_folder(tmp_path: Path) -> Path:
    """An empty data folder."""
    (tmp_path / "new").mkdir()
    return tmp_path / "new"


@pytest.fixture
def new_database(empty_database_url: str) -> str:
    """The empty database of the engine that restores: an address, or nothing for SQLite in the folder."""
    return empty_database_url if empty_database_url.startswith("postgresql://") else ""


def test_a_node_moves_into_an_empty_folder(
    coopfed: Run, folder: Path, new_folder: Path, new_database: str, tmp_path: Path
) -> None:
    """R15: settings come with the backup, the secret from where it was kept; the node is as it was, on either engine."""
    made(coopfed)
    saved = said(coopfed("backup", str(tmp_path / "node.tar.gz"), "--json"))
    shutil.copy(folder / "secret.key", new_folder)

    restored = in_folder(new_folder, "restore", str(tmp_path / "node.tar.gz"), "--json", database=new_database)

    assert restored.exception is None, restored.output
    assert said(restored)["rows"] == sum(table["rows"] for table in saved["tables"].values())
    assert [row["handle"] for row in said(in_folder(new_folder, "actor", "list", "--json", database=new_database))] == [
        row["handle"] for row in said(coopfed("actor", "list", "--json"))
    ]
    again = in_folder(new_folder, "restore", str(tmp_path / "node.tar.gz"), database=new_database)
    assert "not empty" in str(again.exception)


def test_another_secret_or_another_host_is_refused(
    coopfed: Run, new_folder: Path, new_database: str, tmp_path: Path
) -> None:
    """Keys that cannot be opened are no keys, and ids do not change their host: said before anything is in the way."""
    coopfed("backup", str(tmp_path / "node.tar.gz"))
    (new_folder / "coopfed.toml").write_text('domain = "other.example"\nsecret_key_file = "secret.key"\n')
    (new_folder / "secret.key").write_text("another secret, as long as it has to be")

    host = in_folder(new_folder, "restore", str(tmp_path / "node.tar.gz"), database=new_database)
    (new_folder / "coopfed.toml").unlink()
    secret = in_folder(new_folder, "restore", str(tmp_path / "node.tar.gz"), database=new_database)

    assert isinstance(host.exception, ConfigError)
    assert "other.example" in str(host.exception)
    assert isinstance(secret.exception, ConfigError)
    assert "SECRET_KEY" in str(secret.exception)
    (new_folder / "secret.key").write_text(SECRET)
    kept = in_folder(new_folder, "restore", str(tmp_path / "node.tar.gz"), database=new_database)
    assert kept.exception is None, kept.output


def test_there_must_be_something_to_save(tmp_path: Path) -> None:
    """A mistyped folder gives an error, not an empty backup."""
    (tmp_path / "coopfed.toml").write_text('domain = "coop.example"\n')

    result = in_folder(tmp_path, "backup", str(tmp_path / "node.tar.gz"))

    assert "run: coopfed init" in str(result.exception)
    assert list(tmp_path.iterdir()) == [tmp_path / "coopfed.toml"]


def test_an_upgrade_saves_what_it_changes(coopfed: Run, folder: Path, database_url: str) -> None:
    """Security 2.2, 10: before a migration the database is saved; the newest three backups stay; nothing to do saves nothing."""
    made(coopfed)
    nothing = said(coopfed("db", "upgrade", "--json"))
    for _ in range(4):
        migrate.downgrade(database_url, HISTORY[-2])
        upgraded = said(coopfed("db", "upgrade", "--json"))
        stamped = Path(upgraded["backup"])
        stamped.rename(stamped.with_name(stamped.name.replace(".tar", f"-{stamped.stat().st_mtime_ns}.tar")))

    assert (nothing["backup"], upgraded["schema"]) == (None, HEAD)
    migrate.downgrade(database_url, HISTORY[-2])
    kept = sorted((folder / "backups").iterdir())
    unsaved = said(coopfed("db", "upgrade", "--no-backup", "--json"))
    assert (len(kept), unsaved["backup"]) == (3, None)
    assert sorted((folder / "backups").iterdir()) == kept
    assert [row["handle"] for row in said(coopfed("actor", "list", "--json"))] == ["lampara", "node"]
