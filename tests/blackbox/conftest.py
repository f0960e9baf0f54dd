"""The two houses: every test of this folder runs on both."""

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.blackbox.house import Caller, House, four_processes, one_process
from tests.support.peers import Peer, a_peer

HOUSES = ("one process, SQLite", "four processes, PostgreSQL")


@pytest.fixture(scope="package", params=HOUSES)
def ground(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A migrated database for the house: the path of a file, or an address."""
    if request.param == HOUSES[0]:
        path: Path = tmp_path_factory.mktemp("one") / "coopfed.sqlite3"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield str(path)
        return
    cluster = request.getfixturevalue("cluster")
    name = cluster.create(request.getfixturevalue("postgres_template"))
    yield cluster.url(name)
    cluster.drop(name)


@pytest_asyncio.fixture(loop_scope="package", scope="package")
async def house(ground: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A running installation, shared by the tests of the folder: each brings people and peers of its own."""
    on_postgres = ground.startswith("postgresql://")
    opening = four_processes(ground, tmp_path_factory.mktemp("four")) if on_postgres else one_process(Path(ground))
    async with opening as running:
        yield running


@pytest_asyncio.fixture(loop_scope="package", scope="package")
async def member(house: House) -> Caller:
    """Somebody of this node."""
    return await house.member("bakery")


@pytest_asyncio.fixture(loop_scope="package", scope="package")
async def other_member(house: House) -> Caller:
    """Somebody else of this node."""
    return await house.member("farm")


@pytest_asyncio.fixture(loop_scope="package")
async def peer() -> AsyncIterator[Peer]:
    """Another server, with a memory of what it got."""
    async with a_peer() as running:
        yield running
