"""Runs the migrations. Imported by the command line and the tests only, since alembic is heavy."""

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config as AlembicConfig
from alembic.migration import MigrationContext
from sqlalchemy import Connection, StaticPool, create_engine, event
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import SQLModel

from coopfed.config import Config
from coopfed.db import models
from coopfed.db.engine import async_url

assert models.__all__  # importing the models fills the metadata


def upgrade(target: str, revision: str = "head") -> None:
    """Brings the database to a revision. `target` is a PostgreSQL address or the path of an SQLite file."""
    _run(target, lambda connection: command.upgrade(_alembic(connection), revision))


def current(target: str) -> str | None:
    """The revision of the database; None when it is empty or not there."""
    if not target.startswith(("postgresql", "postgres")) and not Path(target).exists():
        return None
    found: list[str | None] = []
    _run(target, lambda connection: found.append(MigrationContext.configure(connection).get_current_revision()))
    return found[0]


def downgrade(target: str, revision: str) -> None:
    """Takes the database back to a revision (`base`: to nothing)."""
    _run(target, lambda connection: command.downgrade(_alembic(connection), revision))


def drift(target: str) -> list[Any]:
    """What the database at `target` lacks or has too much, compared with the models; empty when they agree."""
    found: list[Any] = []

    def compare(connection: Connection) -> None:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found.extend(compare_metadata(context, SQLModel.metadata))

    _run(target, compare)
    return found


def read_snapshot(target: str, work: Callable[[Connection], None]) -> None:
    """Reads in one transaction that sees one moment, beside whoever writes."""
    _run(target, work, isolation="REPEATABLE READ")


def write_at_once(target: str, work: Callable[[Connection], None]) -> None:
    """Writes in one transaction: all of it is stored, or nothing."""
    _run(target, work)


def target_of(config: Config) -> str:
    """The database of a configuration, as the functions here take it."""
    return config.database_url or str(config.sqlite_path)


def _alembic(connection: Connection) -> AlembicConfig:
    settings = AlembicConfig()
    settings.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    settings.attributes["connection"] = connection
    return settings


def _run(target: str, work: Callable[[Connection], None], isolation: str | None = None) -> None:
    if target.startswith(("postgresql", "postgres")):
        asyncio.run(_run_on_postgres(target, work, isolation))
    else:
        _run_on_sqlite(target, work, "BEGIN" if isolation else "BEGIN IMMEDIATE")


def _run_on_sqlite(path: str, work: Callable[[Connection], None], begin: str) -> None:
    raw = sqlite3.connect(path, isolation_level=None, timeout=5)
    raw.execute("PRAGMA journal_mode=WAL")
    engine = create_engine("sqlite://", creator=lambda: raw, poolclass=StaticPool)
    # DDL is transactional in SQLite when the transaction is opened by hand; a failed migration leaves nothing behind.
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    try:
        with engine.begin() as connection:
            work(connection)
    finally:
        engine.dispose()
        raw.close()


async def _run_on_postgres(url: str, work: Callable[[Connection], None], isolation: str | None) -> None:
    options = {"isolation_level": isolation} if isolation else {}
    engine = create_async_engine(async_url(url), execution_options=options)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(work)
    finally:
        await engine.dispose()
