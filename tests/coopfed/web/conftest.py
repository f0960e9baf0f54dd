"""A node to look at, on both engines, with two actors of its own."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from actors.lookup import ActorRow
from coopfed.node import Node
from tests.support.chromium import a_chromium
from tests.support.nodes import a_node, an_actor


@pytest.fixture
async def node(database_url: str) -> AsyncIterator[Node]:
    """An open node of https://coop.example."""
    async with a_node(database_url) as opened:
        yield opened


@pytest.fixture
async def cooperative(node: Node) -> ActorRow:
    """An organisation of this node."""
    return await an_actor(node, "solar", name="Solar Coop", summary="We share the sun.")


@pytest.fixture
async def other_member(node: Node) -> ActorRow:
    """A person of this node."""
    return await an_actor(node, "ada", "person", name="Ada")


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    """A real browser, without a window."""
    async with a_chromium() as launched:
        yield launched
