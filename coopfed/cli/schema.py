"""`coopfed db upgrade|check`."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer

from coopfed.cli.common import Json, configured, say

if TYPE_CHECKING:
    from pathlib import Path

    from coopfed.config import Config

_KEPT = 3
"""Backups of former schemas."""


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    db = typer.Typer(help="The database's schema.", no_args_is_help=True)
    db.command("upgrade")(upgrade)
    db.command("check")(check)
    app.add_typer(db, name="db")


def upgrade(
    no_backup: bool = typer.Option(False, "--no-backup", help="Do not save the database before it is changed."),
    as_json: Json = False,
) -> None:
    """Bring the database to this version's schema, after saving it. Stop the server first; safe to repeat."""
    from coopfed.db import migrate
    from coopfed.db.schema import HEAD

    config = configured(as_json=as_json)
    saved = None if no_backup else _save(config)
    migrate.upgrade(migrate.target_of(config))
    text = f"the database has the schema {HEAD}" + (f"; what it was before is in {saved}" if saved else "")
    say(text, {"schema": HEAD, "backup": str(saved) if saved else None}, as_json=as_json)


def _save(config: "Config") -> "Path | None":
    """Where the database was saved before it changes; None when nothing will change. The newest three are kept."""
    from coopfed.config import FILE_NAME
    from coopfed.db import archive, migrate
    from coopfed.db.schema import HEAD

    target = migrate.target_of(config)
    found = migrate.current(target)
    if found in (None, HEAD):
        return None
    folder = config.data_dir / "backups"
    folder.mkdir(mode=0o700, exist_ok=True)
    moment = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    file = folder / f"before-{HEAD}-{moment}.tar.gz"
    archive.write(target, file, config.base_url, config.data_dir / FILE_NAME)
    for old in sorted(folder.glob("before-*.tar.gz"), key=lambda one: one.stat().st_mtime)[:-_KEPT]:
        old.unlink()
    return file


def check(as_json: Json = False) -> None:
    """Compare the database with what this version expects."""
    from coopfed.db import migrate
    from coopfed.db.schema import HEAD
    from coopfed.errors import SchemaMismatch

    differences = migrate.drift(migrate.target_of(configured(as_json=as_json)))
    if differences:
        raise SchemaMismatch(f"the database differs from schema {HEAD}: {differences[:5]}; run: coopfed db upgrade")
    say(f"the database agrees with schema {HEAD}", {"schema": HEAD, "differences": []}, as_json=as_json)
