"""The scene: a node with a member, and a peer."""

from collections.abc import AsyncIterator

import pytest

from tests.support.scene import Scene, a_scene


@pytest.fixture
async def scene(database_url: str) -> AsyncIterator[Scene]:
    """The scene on a fresh database, once on each engine."""
    async with a_scene(database_url) as scene:
        yield scene
