"""One process of each foreign implementation for the whole run, and a node of ours that meets them over TLS."""

import itertools
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from coopfed.node import Node
from tests.peers.npm import NotHere, installed
from tests.peers.process import Authority, PeerProcess, start
from tests.peers.pypi import environment
from tests.peers.stage import Cooperative, Foreigner, moved_in
from tests.support.nodes import a_served_node, an_actor

PEERS = ("fedify", "active_boxes", "apex")

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The certificate authority that all of them believe."""
    return Authority.founded(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def fedify(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PeerProcess]:
    """A server on Fedify; the test is skipped where it cannot be had."""
    yield from _from_npm("fedify", authority, tmp_path_factory.mktemp("fedify"))


@pytest.fixture(scope="session")
def active_boxes(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PeerProcess]:
    """A server on active-boxes."""
    program = Path(__file__).with_name("active_boxes_server.py")
    peer = start([sys.executable, str(program)], authority, tmp_path_factory.mktemp("active_boxes") / "log")
    yield peer
    peer.stop()


@pytest.fixture(scope="session")
def apex(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PeerProcess]:
    """A server on activitypub-express; the test is skipped where it cannot be had."""
    yield from _from_npm("apex", authority, tmp_path_factory.mktemp("apex"), signs_with="cavage", takes_with=200)


@pytest.fixture(scope="session")
def relay(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PeerProcess]:
    """activityrelay; the test is skipped where it cannot be had."""
    folder = tmp_path_factory.mktemp("activityrelay")
    try:
        python = environment("activityrelay")
    except NotHere as error:
        pytest.skip(f"the foreign relay activityrelay cannot be had: {error}")
    program = Path(__file__).parent / "activityrelay" / "server.py"
    peer = start(
        [sys.executable, str(program), str(python), str(folder)], authority, folder / "log", signs_with="cavage"
    )
    yield peer
    peer.stop()


def _from_npm(name: str, authority: Authority, folder: Path, **manners: Any) -> Iterator[PeerProcess]:
    try:
        found = installed(name)
    except NotHere as error:
        pytest.skip(f"the foreign peer {name} cannot be had: {error}")
    peer = start(found.command(), authority, folder / "log", **manners)
    yield peer
    peer.stop()


@pytest.fixture(params=PEERS)
def server(request: pytest.FixtureRequest) -> PeerProcess:
    """Each of the foreign servers; the test runs once with each."""
    found: PeerProcess = request.getfixturevalue(request.param)
    return found


@pytest.fixture
async def ours(database_url: str, authority: Authority) -> AsyncIterator[Node]:
    """A node of ours at work, on https, which believes the authority."""
    certificate, bundle = authority.certificate, authority.bundle
    async with a_served_node(database_url, work=True, certificate=certificate, ca_bundle=bundle) as node:
        yield node


@pytest.fixture
async def member(ours: Node) -> Cooperative:
    """A cooperative on our node."""
    return Cooperative(ours, await an_actor(ours, "member"))


@pytest.fixture
async def foreigner(server: PeerProcess) -> Foreigner:
    """A new actor on the foreign server."""
    return await moved_in(server, f"farm{next(_numbers)}")


@pytest.fixture
async def stranger(server: PeerProcess) -> Foreigner:
    """Another one, who follows nobody."""
    return await moved_in(server, f"mill{next(_numbers)}")
