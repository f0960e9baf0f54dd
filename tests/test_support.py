"""The two engines of the storage tests are what they claim to be."""

import sqlite3
from pathlib import Path

import asyncpg


async def test_storage_tests_run_on_a_real_database_at_head(database_url: str) -> None:
    """Design 8: a real SQLite file and a real PostgreSQL, both migrated."""
    query = "SELECT count(*) FROM alembic_version"

    if database_url.startswith("postgresql://"):
        connection = await asyncpg.connect(database_url)
        version = await connection.fetchval("SELECT version()")
        count = await connection.fetchval(query)
        await connection.close()
    else:
        with sqlite3.connect(database_url) as connection:
            version = "SQLite" if Path(database_url).read_bytes().startswith(b"SQLite format 3") else ""
            count = connection.execute(query).fetchone()[0]

    assert version.startswith(("PostgreSQL", "SQLite"))
    assert count == 1


async def test_each_storage_test_has_a_database_of_its_own(empty_database_url: str) -> None:
    """Design 8: what one test leaves behind, no other one finds."""
    if empty_database_url.startswith("postgresql://"):
        connection = await asyncpg.connect(empty_database_url)
        tables = await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
        await connection.execute("CREATE TABLE left_behind (id integer)")
        await connection.close()
    else:
        with sqlite3.connect(empty_database_url) as connection:
            tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            connection.execute("CREATE TABLE left_behind (id integer)")

    assert tables == 0
