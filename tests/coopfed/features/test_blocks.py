"""What members do about others: block and unblock; what goes out by it, and what does not go out any more."""

from typing import Any

import pytest

from actors.lookup import ActorRow, by_uri
from coopfed.db.tx import Tx
from coopfed.errors import Forbidden, InvalidInput
from coopfed.features import home_timeline, notifications
from coopfed.features.blocks import store
from coopfed.features.blocks.actions import block, unblock
from coopfed.features.follows import actions as follows
from coopfed.features.follows import store as follow_store
from coopfed.features.posts import visible
from coopfed.features.posts.actions import create_post, delete_post
from coopfed.features.posts.rules import Draft
from coopfed.features.ranges import Range
from coopfed.vocab.audience import Visibility
from outbox.publish import activity, delivery
from tests.support.nodes import an_actor, process_arrivals
from tests.support.peers import send_due
from tests.support.scene import Scene, a_scene


async def row(scene: Scene, uri: str) -> ActorRow:
    """The actor with this id."""
    found = await scene.node.db.read(by_uri, uri)
    assert found is not None
    return found


async def friends(scene: Scene) -> ActorRow:
    """Alice and the member follow each other; both wrote."""
    await scene.arrives(scene.alice.follow(scene.member.uri))
    alice = await row(scene, scene.alice.uri)
    await follows.follow(scene.node, scene.member, alice)
    await send_due(scene.node)
    asked = next(got.document for got in scene.peer.received if got.document["type"] == "Follow")
    await scene.arrives(scene.alice.says("Accept", asked))
    await scene.arrives(scene.alice.create(scene.alice.mentioning(scene.member.uri)))
    scene.peer.received.clear()
    return alice


async def sent(scene: Scene) -> list[dict[str, Any]]:
    """What the peer got since the last time, after everything due was sent."""
    await send_due(scene.node)
    found = [got.document for got in scene.peer.received]
    scene.peer.received.clear()
    return found


def _waiting(tx: Tx) -> list[str]:
    joined = delivery.join(activity, activity.c.id == delivery.c.activity_id)
    waiting = joined.select().where(delivery.c.state == 0).with_only_columns(activity.c.type)
    return sorted(tx.execute(waiting).scalars())


# --- shut -------------------------------------------------------------------------------------------------------


async def test_nobody_blocks_oneself(scene: Scene) -> None:
    """A mistake gets a clear error."""
    with pytest.raises(InvalidInput, match="itself"):
        await block(scene.node, scene.member, scene.member)


async def test_who_is_blocked_is_not_followed(scene: Scene) -> None:
    """First the block ends, then a follow may begin."""
    alice = await friends(scene)
    await block(scene.node, scene.member, alice)

    with pytest.raises(Forbidden, match="blocks the other"):
        await follows.follow(scene.node, scene.member, alice)


async def test_nothing_is_delivered_to_whom_the_author_blocks(scene: Scene) -> None:
    """security 2.3, I8: no delivery is created after the block, by mention or by a direct post; but an older post ends there."""
    alice = await friends(scene)
    old = await create_post(scene.node, scene.member, Draft(f"For @alice@{scene.peer.host}"))
    await sent(scene)
    await block(scene.node, scene.member, alice)
    await sent(scene)

    for visibility in Visibility:
        await create_post(scene.node, scene.member, Draft(f"Not for @alice@{scene.peer.host}", visibility=visibility))
    assert await scene.node.db.read(_waiting) == []

    await delete_post(scene.node, scene.member, old)
    assert [document["type"] for document in await sent(scene)] == ["Delete"]


async def test_what_waited_for_the_blocked_is_dropped(scene: Scene) -> None:
    """security 1.7: no re-delivery after a block; what goes to others on the same host still goes."""
    alice = await friends(scene)
    scene.peer.answers = lambda _received: 503
    await create_post(scene.node, scene.member, Draft("For followers"))
    await create_post(
        scene.node, scene.member, Draft(f"For @alice@{scene.peer.host} alone", visibility=Visibility.DIRECT)
    )
    scene.peer.actor("bob")
    await create_post(scene.node, scene.member, Draft(f"For @alice@{scene.peer.host} and @bob@{scene.peer.host}"))
    assert await scene.node.db.read(_waiting) == ["Create", "Create", "Create"]

    await block(scene.node, scene.member, alice)

    assert await scene.node.db.read(_waiting) == ["Create", "Reject", "Undo"]


async def test_followers_on_the_same_host_keep_what_waited(scene: Scene) -> None:
    """s2s 2.18: a shared inbox stands for all behind it."""
    bob = scene.peer.actor("bob")
    await scene.arrives(bob.follow(scene.member.uri), bob)
    alice = await friends(scene)
    await create_post(scene.node, scene.member, Draft("For followers"))

    await block(scene.node, scene.member, alice)

    assert "Create" in await scene.node.db.read(_waiting)


# --- open -------------------------------------------------------------------------------------------------------


async def test_block_ends_everything_and_tells_only_of_the_follows(scene: Scene) -> None:
    """s2s 2.11, 2.12: Undo of the own follow, Reject of the other's; the Block itself is not told."""
    alice = await friends(scene)

    await block(scene.node, scene.member, alice)
    await block(scene.node, scene.member, alice)

    told = await sent(scene)
    assert sorted(document["type"] for document in told) == ["Reject", "Undo"]
    assert {document["object"]["type"] for document in told} == {"Follow"}
    assert await scene.node.db.read(_between, scene.member.id, alice.id) == (False, False, 0, [])


def _between(tx: Tx, member: int, other: int) -> tuple[bool, bool, int, list[str]]:
    return (
        follow_store.between(tx, member, other) is not None,
        follow_store.between(tx, other, member) is not None,
        len(home_timeline.read(tx, member, Range(40))),
        [found.type for found in notifications.recent(tx, member, 40)],
    )


async def test_blocked_actor_is_not_heard(scene: Scene) -> None:
    """s2s 2.22, step 9: its Follow is rejected, its mention tells nobody."""
    alice = await friends(scene)
    await block(scene.node, scene.member, alice)

    assert await scene.arrives(scene.alice.follow(scene.member.uri)) == ["refused_blocked"]
    await scene.arrives(scene.alice.create(scene.alice.mentioning(scene.member.uri)))

    assert await scene.node.db.read(notifications.recent, scene.member.id, 40) == []


async def test_blocked_actor_does_not_see_the_blockers_posts(scene: Scene) -> None:
    """security 1.7: public posts too; the blocker's neighbours are as visible as before."""
    alice = await friends(scene)
    post = await create_post(scene.node, scene.member, Draft("Public"))
    await sent(scene)
    assert (await scene.peer.get(scene.node, post.uri, scene.alice)).status == 200

    await block(scene.node, scene.member, alice)

    assert (await scene.peer.get(scene.node, post.uri, scene.alice)).status == 404
    assert (await scene.peer.get(scene.node, post.uri)).status == 200


async def test_block_is_told_where_the_setting_says_so(database_url: str) -> None:
    """s2s 2.12: deliver only if configured; its Undo goes after it, with the same id."""
    async with a_scene(database_url, deliver_blocks=True) as scene:
        alice = await friends(scene)

        await block(scene.node, scene.member, alice)
        told = {document["type"]: document for document in await sent(scene)}
        await unblock(scene.node, scene.member, alice)
        await unblock(scene.node, scene.member, alice)
        undone = await sent(scene)

        assert sorted(told) == ["Block", "Reject", "Undo"]
        assert (told["Block"]["object"], told["Block"]["to"]) == (scene.alice.uri, [scene.alice.uri])
        assert [document["type"] for document in undone] == ["Undo"]
        assert undone[0]["object"] == {name: value for name, value in told["Block"].items() if name != "@context"}


async def test_unblocked_actor_may_come_back(scene: Scene) -> None:
    """The follows do not come back by themselves; without the setting nothing was told and nothing is taken back."""
    alice = await friends(scene)
    await block(scene.node, scene.member, alice)
    await sent(scene)

    await unblock(scene.node, scene.member, alice)

    assert await sent(scene) == []
    assert await scene.arrives(scene.alice.follow(scene.member.uri)) == ["accepted"]


async def test_neighbours_on_this_node_block_each_other(scene: Scene) -> None:
    """Design 3.8: the same effects as across the network, at once, and nothing that arrives later undoes them."""
    other = await an_actor(scene.node, "other_member")
    await follows.follow(scene.node, other, scene.member)
    await follows.follow(scene.node, scene.member, other)
    await process_arrivals(scene.node)
    post = await create_post(scene.node, scene.member, Draft("Hello @other_member"))
    await process_arrivals(scene.node)

    await block(scene.node, scene.member, other)
    at_once = await scene.node.db.read(_between, other.id, scene.member.id)
    await create_post(scene.node, scene.member, Draft("Still talking about @other_member"))
    await process_arrivals(scene.node)

    assert at_once == (False, False, 0, [])
    assert await scene.node.db.read(_between, other.id, scene.member.id) == at_once
    assert await scene.node.db.read(visible.by_ids, [post.id], other.id) == {}
    assert await scene.node.db.read(store.between, scene.member.id, other.id) is not None
    assert await send_due(scene.node) == 0
