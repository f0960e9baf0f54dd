"""Block and Undo(Block) as they arrive: whom they do not concern, then what they end and hide."""

from typing import Any

import pytest

from actors.lookup import ActorRow, by_uri
from coopfed.db.tx import Tx
from coopfed.errors import Forbidden
from coopfed.features import home_timeline, notifications
from coopfed.features.blocks import store
from coopfed.features.follows import actions as follows
from coopfed.features.follows import store as follow_store
from coopfed.features.posts import visible
from coopfed.features.ranges import Range
from tests.support.nodes import an_actor, process_arrivals
from tests.support.peers import send_due
from tests.support.scene import Scene


async def row(scene: Scene, uri: str) -> ActorRow:
    """The actor with this id."""
    found = await scene.node.db.read(by_uri, uri)
    assert found is not None
    return found


async def blocks(scene: Scene, blocker: str, blocked: str) -> bool:
    """Whether one actor blocks another."""
    one, other = await row(scene, blocker), await row(scene, blocked)
    return await scene.node.db.read(store.between, one.id, other.id) is not None


async def friends(scene: Scene) -> None:
    """Alice and the member follow each other; she wrote a post and mentioned the member."""
    await scene.arrives(scene.alice.follow(scene.member.uri))
    await follows.follow(scene.node, scene.member, await row(scene, scene.alice.uri))
    await send_due(scene.node)
    asked = next(got.document for got in scene.peer.received if got.document["type"] == "Follow")
    await scene.arrives(scene.alice.says("Accept", asked))
    await scene.arrives(scene.alice.create(scene.alice.mentioning(scene.member.uri)))
    scene.peer.received.clear()


async def seen(scene: Scene) -> dict[str, Any]:
    """What is left between the member and alice."""
    alice = await row(scene, scene.alice.uri)
    return await scene.node.db.read(_seen, scene.member.id, alice.id)


def _seen(tx: Tx, member: int, alice: int) -> dict[str, Any]:
    return {
        "follows": follow_store.between(tx, member, alice) is not None,
        "followed": follow_store.between(tx, alice, member) is not None,
        "home": len(home_timeline.read(tx, member, Range(40))),
        "told": sorted({found.type for found in notifications.recent(tx, member, 40)}),
        "posts": len(visible.by_actor(tx, alice, member, 40, None)),
    }


# --- shut -------------------------------------------------------------------------------------------------------


async def test_block_of_nobody_here_is_irrelevant(scene: Scene) -> None:
    """s2s 2.22, step 8: a block among others, of an unknown actor or of oneself is nobody's business here."""
    other = scene.peer.actor("other")

    for target in (other.uri, scene.node.urls.actor(4711), scene.alice.uri, other.document()):
        assert await scene.arrives(scene.alice.says("Block", target)) == ["irrelevant"]


async def test_neighbour_does_not_undo_a_block(scene: Scene) -> None:
    """FEP-fe34: only the blocker, also when another actor of its host names the Block."""
    block = scene.alice.says("Block", scene.member.uri)
    await scene.arrives(block)
    neighbour = scene.peer.actor("neighbour")

    for undone in (block, block["id"]):
        assert await scene.arrives(neighbour.says("Undo", undone)) == ["refused_owner"]
    assert await blocks(scene, scene.alice.uri, scene.member.uri)


async def test_undone_block_does_not_come_back(scene: Scene) -> None:
    """s2s 2.17: an Undo that arrives before its Block is remembered, for its actor only."""
    block = scene.alice.says("Block", scene.member.uri)
    neighbour = scene.peer.actor("neighbour")
    await scene.arrives(neighbour.says("Undo", block))
    await scene.arrives(scene.alice.says("Undo", block))

    assert await scene.arrives(block) == ["refused_deleted"]
    assert not await blocks(scene, scene.alice.uri, scene.member.uri)


async def test_undo_of_a_stranger_does_not_undo_beforehand(scene: Scene) -> None:
    """FEP-fe34: what somebody else undid before it came, stands."""
    block = scene.alice.says("Block", scene.member.uri)
    await scene.arrives(scene.peer.actor("neighbour").says("Undo", block))

    assert await scene.arrives(block) == ["accepted"]


# --- open -------------------------------------------------------------------------------------------------------


async def test_block_ends_both_follows_and_hides_the_blocker(scene: Scene) -> None:
    """s2s 2.12: both edges, home entries and notifications go; the blocker's public posts are hidden from the blocked."""
    await friends(scene)
    before = await seen(scene)

    outcome = await scene.arrives(scene.alice.says("Block", scene.member.uri))

    assert before == {"follows": True, "followed": True, "home": 1, "told": ["follow", "mention"], "posts": 1}
    assert outcome == ["accepted"]
    assert await seen(scene) == {"follows": False, "followed": False, "home": 0, "told": [], "posts": 0}
    member = await row(scene, scene.member.uri)
    assert (member.followers_count, member.following_count) == (0, 0)
    await send_due(scene.node)
    assert scene.peer.received == []


async def test_blocker_is_not_heard_any_more(scene: Scene) -> None:
    """s2s 2.12: what the blocker says afterwards notifies nobody it blocks, and cannot be followed by them."""
    await scene.arrives(scene.alice.says("Block", scene.member.uri))

    await scene.arrives(scene.alice.create(scene.alice.mentioning(scene.member.uri)))

    assert (await seen(scene))["told"] == []
    with pytest.raises(Forbidden, match="blocks the other"):
        await follows.follow(scene.node, scene.member, await row(scene, scene.alice.uri))


async def test_repeated_block_is_a_duplicate_and_keeps_its_newer_id(scene: Scene) -> None:
    """s2s 2.17: (actor, object) is the key of a block."""
    first, second = (scene.alice.says("Block", scene.member.uri) for _ in range(2))

    assert await scene.arrives(first) == ["accepted"]
    assert await scene.arrives(second) == ["duplicate"]
    assert await scene.arrives(scene.alice.says("Undo", second)) == ["accepted"]


async def test_blocker_undoes_the_block_in_every_shape(scene: Scene) -> None:
    """s2s 2.11: the embedded id may be missing or another one."""
    bare = {"type": "Block", "actor": scene.alice.uri, "object": scene.member.uri}
    forms = (
        lambda block: block,
        lambda block: block["id"],
        lambda _block: bare,
        lambda _block: bare | {"id": f"{scene.peer.base}/another/1"},
    )
    for form in forms:
        block = scene.alice.says("Block", scene.member.uri)
        await scene.arrives(block)

        assert await scene.arrives(scene.alice.says("Undo", form(block))) == ["accepted"]
        assert not await blocks(scene, scene.alice.uri, scene.member.uri)


async def test_only_what_the_blocked_had_from_the_blocker_goes(scene: Scene) -> None:
    """s2s 2.12: another member's follow, home and notifications of the same actor stay."""
    other = await an_actor(scene.node, "other_member")
    await friends(scene)
    await scene.arrives(scene.alice.follow(other.uri))
    await scene.arrives(scene.alice.create(scene.alice.mentioning(other.uri)))

    await scene.arrives(scene.alice.says("Block", scene.member.uri))

    assert [found.type for found in await scene.node.db.read(notifications.recent, other.id, 40)] == [
        "mention",
        "follow",
    ]
    assert await process_arrivals(scene.node) == []
