"""What no member does about others, whatever the surface lets through."""

import pytest

from actors.lookup import by_uri
from coopfed.errors import InvalidInput
from coopfed.features.blocks.actions import block
from coopfed.features.mutes.actions import mute
from tests.support.scene import Scene


async def test_nobody_acts_for_an_actor_of_another_node(scene: Scene) -> None:
    """api.md 1: an account speaks as actors of this node only."""
    await scene.arrives(scene.alice.says("Like", "https://x.example/1"))
    alice = await scene.node.db.read(by_uri, scene.alice.uri)
    assert alice is not None

    for act in (mute, block):
        with pytest.raises(InvalidInput, match="not an actor of this node"):
            await act(scene.node, alice, scene.member)
