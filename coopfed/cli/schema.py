"""`coopfed db upgrade|check`."""

import typer

from coopfed.cli.common import Json, configured, say


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    db = typer.Typer(help="The database's schema.", no_args_is_help=True)
    db.command("upgrade")(upgrade)
    db.command("check")(check)
    app.add_typer(db, name="db")


def upgrade(as_json: Json = False) -> None:
    """Bring the database to this version's schema. Stop the server first; safe to repeat."""
    from coopfed.db import migrate
    from coopfed.db.schema import HEAD

    config = configured(as_json=as_json)
    migrate.upgrade(migrate.target_of(config))
    say(f"the database has the schema {HEAD}", {"schema": HEAD}, as_json=as_json)


def check(as_json: Json = False) -> None:
    """Compare the database with what this version expects."""
    from coopfed.db import migrate
    from coopfed.db.schema import HEAD
    from coopfed.errors import SchemaMismatch

    differences = migrate.drift(migrate.target_of(configured(as_json=as_json)))
    if differences:
        raise SchemaMismatch(f"the database differs from schema {HEAD}: {differences[:5]}; run: coopfed db upgrade")
    say(f"the database agrees with schema {HEAD}", {"schema": HEAD, "differences": []}, as_json=as_json)
