"""`coopfed backup FILE` and `coopfed restore FILE`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from coopfed.cli.common import STATE, Json, configured, is_a_terminal, say
from coopfed.clock import utc

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from coopfed.config import Config


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command("backup")(backup)
    app.command("restore")(restore)


def backup(
    file: Path = typer.Argument(..., help="File to write, e.g. node.tar.gz; it must not be there yet."),
    as_json: Json = False,
) -> None:
    """Write database and settings to one file. Also beside a live server. Keep copies of SECRET_KEY and uploaded files apart."""
    from coopfed.config import FILE_NAME
    from coopfed.db import archive, migrate
    from coopfed.errors import ConfigError

    config = configured(as_json=as_json)
    if not config.on_postgres and not config.sqlite_path.exists():
        raise ConfigError(f"there is no database in {config.data_dir.resolve()}; run: coopfed init")
    with _progress("saving") as told:
        manifest = archive.write(migrate.target_of(config), file, config.base_url, config.data_dir / FILE_NAME, told)
    size = file.stat().st_size
    text = (
        f"{manifest.rows} rows of {len(manifest.tables)} tables are in {file} ({size // 1024} KiB). "
        "The keys in it are sealed with SECRET_KEY, which is not: keep a copy of that elsewhere. "
        f"Uploaded files are not in it either: they lie in {config.media_url or (config.data_dir / 'media').resolve()}."
    )
    tables = {name: {"rows": found.rows, "sha256": found.sha256} for name, found in manifest.tables.items()}
    say(text, {"file": str(file), "bytes": size, "schema": manifest.schema, "tables": tables}, as_json=as_json)


def restore(
    file: Path = typer.Argument(..., help="A file that `coopfed backup` wrote.", exists=True, dir_okay=False),
    as_json: Json = False,
) -> None:
    """Fill an empty data folder or database from a backup. The server must not run; the same SECRET_KEY must be there."""
    from coopfed.db import archive, migrate

    manifest = archive.read_manifest(file)
    made = _bring_settings(file)
    config = configured(as_json=as_json)
    _refuse_another_node(config, manifest.node)
    archive.verify(file, manifest)
    target = migrate.target_of(config)
    began_without = not config.on_postgres and not config.sqlite_path.exists()
    try:
        with _progress("restoring") as told:
            archive.restore(target, file, manifest, lambda connection: _try_a_key(config, connection), told)
    except BaseException:
        if began_without:
            _take_away(config)
        raise
    moment = utc(manifest.created_at).isoformat(timespec="seconds")
    text = f"{config.base_url} is as it was on {moment}: {manifest.rows} rows. Start it with: coopfed serve"
    data = {"node": config.base_url, "moment": moment, "rows": manifest.rows, "schema": manifest.schema, "made": made}
    say(text, data, as_json=as_json)


def _bring_settings(file: Path) -> list[str]:
    """Writes the settings that were packed with the backup where there are none."""
    from coopfed.config import FILE_NAME, process_environment
    from coopfed.db import archive

    folder = Path(STATE.data or process_environment().get("COOPFED_DATA_DIR", "."))
    settings = archive.settings_of(file)
    if settings is None or (folder / FILE_NAME).exists():
        return []
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / FILE_NAME).write_bytes(settings)
    return [FILE_NAME]


def _refuse_another_node(config: "Config", node: str) -> None:
    from coopfed.errors import ConfigError

    if config.base_url != node:
        raise ConfigError(
            f"the backup is of {node}, the settings here are of {config.base_url}: ids cannot change; set DOMAIN to that"
        )
    if not config.secret_key.get_secret_value():
        raise ConfigError("SECRET_KEY is empty; put the file that SECRET_KEY_FILE names beside coopfed.toml first")


def _try_a_key(config: "Config", connection: "Connection") -> None:
    """Opens one of the private keys: SECRET_KEY is the one that sealed them, or ConfigError says so."""
    from sqlalchemy import text

    from coopfed.signing.keys import unseal

    sealed = text("SELECT uri, private FROM actor_key WHERE private IS NOT NULL LIMIT 1")
    for uri, private in connection.execute(sealed):
        unseal(config.secret_key.get_secret_value().encode(), private, uri)


def _take_away(config: "Config") -> None:
    # A database that nobody can open would be in the way of the next try.
    for suffix in ("", "-wal", "-shm"):
        Path(f"{config.sqlite_path}{suffix}").unlink(missing_ok=True)


@contextmanager
def _progress(label: str) -> "Iterator[Callable[[str, int], None]]":
    """A line that counts rows where a person watches; nothing for machines."""
    if not is_a_terminal():
        yield lambda _table, _rows: None
        return
    from rich.console import Console

    with Console(stderr=True).status(label) as status:
        yield lambda table, rows: status.update(f"{label} {table}: {rows} rows")
