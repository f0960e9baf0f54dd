"""Nobody makes this node a weapon: what one message of a stranger can make it send to others is bounded."""

from contextlib import AsyncExitStack

import pytest

from actors.lookup import by_uri
from coopfed import limits
from coopfed.features.posts.actions import create_post
from coopfed.features.posts.rules import Draft
from tests.support.peers import CONTEXT, a_peer, send_due
from tests.support.scene import Scene


async def test_inboxes_on_a_victims_host_have_an_end(scene: Scene) -> None:
    """security 1.4, *Fan-out amplification*: actors of one host whose inboxes all lie on another make every post a volley at it."""
    async with a_peer() as victim:
        crowd = [scene.peer.actor(f"a{number}") for number in range(limits.INBOXES_ELSEWHERE + 1)]
        for number, actor in enumerate(crowd):
            actor.changes = {"inbox": f"{victim.base}/search?q={number}", "endpoints": None}

        answers = [await scene.peer.post(scene.node, actor.follow(scene.member.uri), actor) for actor in crowd]

        assert [answer.status for answer in answers] == [202] * limits.INBOXES_ELSEWHERE + [401]
        assert await scene.node.db.read(by_uri, crowd[-1].uri) is None


async def test_actor_known_before_the_bound_was_reached_is_refreshed(scene: Scene) -> None:
    """Who is counted already is not counted again when its document comes anew."""
    async with a_peer() as bridge:
        crowd = [scene.peer.actor(f"a{number}") for number in range(limits.INBOXES_ELSEWHERE)]
        for number, actor in enumerate(crowd):
            actor.changes = {"inbox": f"{bridge.base}/{number}", "endpoints": None}
            await scene.peer.post(scene.node, actor.follow(scene.member.uri), actor)
        await scene.arrives(scene.alice.follow(scene.member.uri))

        crowd[0].changes["name"] = "New"
        outcomes = await scene.arrives(crowd[0].says("Update", crowd[0].document()), crowd[0])

    row = await scene.node.db.read(by_uri, crowd[0].uri)
    assert outcomes == ["accepted"]
    assert row is not None
    assert row.name == "New"


async def test_known_actor_does_not_move_its_inbox_over_the_bound(scene: Scene) -> None:
    """An Update is no way around it."""
    async with a_peer() as victim:
        crowd = [scene.peer.actor(f"a{number}") for number in range(limits.INBOXES_ELSEWHERE)]
        for number, actor in enumerate(crowd):
            actor.changes = {"inbox": f"{victim.base}/{number}", "endpoints": None}
            await scene.peer.post(scene.node, actor.follow(scene.member.uri), actor)
        await scene.arrives(scene.alice.follow(scene.member.uri))

        scene.alice.changes = {"inbox": f"{victim.base}/x", "endpoints": None}
        outcomes = await scene.arrives(scene.alice.says("Update", scene.alice.document()))

    row = await scene.node.db.read(by_uri, scene.alice.uri)
    assert outcomes == ["unreachable"]
    assert row is not None
    assert row.inbox == scene.alice.inbox


async def test_shared_inbox_on_a_victims_host_is_not_used(scene: Scene) -> None:
    """security 1.4: a shared inbox counts beside the inbox only, whatever thousands of actors say."""
    async with a_peer() as victim:
        scene.alice.changes = {"endpoints": {"sharedInbox": f"{victim.base}/inbox"}}
        await scene.arrives(scene.alice.follow(scene.member.uri))

        await create_post(scene.node, scene.member, Draft("For all"))
        await send_due(scene.node)

        assert victim.received == []
    assert sorted(scene.peer.types()) == ["Accept", "Create"]


async def test_one_inbox_of_many_actors_gets_one_request(scene: Scene) -> None:
    """security 1.4: at most one request for an activity and an inbox."""
    shared = f"{scene.peer.base}/users/alice/inbox"
    for number in range(5):
        actor = scene.peer.actor(f"a{number}")
        actor.changes = {"inbox": shared, "endpoints": None}
        await scene.arrives(actor.follow(scene.member.uri), actor)
    await send_due(scene.node)
    scene.peer.received.clear()

    await create_post(scene.node, scene.member, Draft("For all"))
    await send_due(scene.node)

    assert scene.peer.types() == ["Create"]


async def test_thread_over_many_hosts_spends_one_budget(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """security 1.4, *Wildcard-DNS recursion*: each post above lies on another host and mentions more; the budget is the arrival's."""
    monkeypatch.setattr(limits, "FETCHES_PER_ACTIVITY", 6)
    async with AsyncExitStack() as stack:
        peers = [await stack.enter_async_context(a_peer()) for _ in range(8)]
        above: str | None = None
        for peer in peers:
            strangers = [f"{peer.base}/users/{name}" for name in "xyz"]
            note = peer.actor("bob").mentioning(*strangers, inReplyTo=above)
            peer.publish(note | {"@context": CONTEXT})
            above = note["id"]

        outcomes = await scene.arrives(scene.alice.create(scene.alice.mentioning(scene.member.uri, inReplyTo=above)))

        gets = [path for peer in peers for path in peer.gets]
    assert outcomes == ["accepted"]
    assert len(gets) == 6
    assert not [path for path in gets if path[-1] in "xyz"]
