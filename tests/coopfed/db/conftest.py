"""An open database with the tests' own table."""

from collections.abc import AsyncIterator

import pytest_asyncio

from coopfed.db.engine import Database
from coopfed.db.open import open_database
from tests.coopfed.db.tallies import create_table
from tests.support.nodes import a_config


@pytest_asyncio.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    """The database, open; closed at the end unless the test did."""
    database = open_database(a_config(database_url))
    await database.write(create_table)
    yield database
    await database.close()
