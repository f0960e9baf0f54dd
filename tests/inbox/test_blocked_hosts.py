"""A blocked host meets every door shut: what it sends, asks for, is sent, and what it said before. Security research 1.7."""

import pytest

from actors.lookup import ActorRow, by_uri
from coopfed.db.tx import Tx
from coopfed.errors import PeerBlocked
from coopfed.features import home_timeline, notifications
from coopfed.features.follows import actions as follows
from coopfed.features.posts import visible
from coopfed.features.posts.actions import create_post
from coopfed.features.posts.rules import Draft
from coopfed.features.ranges import Range
from coopfed.net import peers
from outbox.publish import delivery
from tests.support.jobs import run_jobs
from tests.support.peers import a_peer, send_due
from tests.support.scene import Scene, a_scene
from webfinger.resolve import find_actor

COVERING = ("localhost", "{host}")
"""The peer's name without its port, and with it."""


async def blocked(scene: Scene, host: str) -> None:
    """The operator blocks the host; processes hear of it."""
    await scene.node.db.write(peers.set_blocked, host.format(host=scene.peer.host), True)
    scene.node.memory.forget()


async def row(scene: Scene, uri: str) -> ActorRow:
    """The actor with this id."""
    found = await scene.node.db.read(by_uri, uri)
    assert found is not None
    return found


async def friends(scene: Scene) -> None:
    """Alice and the member follow each other; she wrote and mentioned the member."""
    await scene.arrives(scene.alice.follow(scene.member.uri))
    await follows.follow(scene.node, scene.member, await row(scene, scene.alice.uri))
    await send_due(scene.node)
    asked = next(got.document for got in scene.peer.received if got.document["type"] == "Follow")
    await scene.arrives(scene.alice.says("Accept", asked))
    await scene.arrives(scene.alice.create(scene.alice.mentioning(scene.member.uri)))
    await run_jobs(scene.node)
    scene.peer.received.clear()
    scene.peer.gets.clear()


@pytest.mark.parametrize("host", COVERING)
async def test_blocked_host_delivers_nothing_and_reads_nothing(scene: Scene, host: str) -> None:
    """403 to deliveries and to signed GETs, before any key is fetched; a stranger without a signature reads what is public."""
    await friends(scene)
    post = await create_post(scene.node, scene.member, Draft("For all"))
    await blocked(scene, host)
    unknown = scene.peer.actor("unknown")

    sent = [await scene.peer.post(scene.node, actor.follow(scene.member.uri)) for actor in (scene.alice, unknown)]
    paths = (post.uri, f"{post.uri}/replies", f"{scene.member.uri}/outbox", f"{scene.member.uri}/followers")
    read = [await scene.peer.get(scene.node, path, scene.alice) for path in paths]

    assert [answer.status for answer in (*sent, *read)] == [403] * (len(sent) + len(read))
    assert (await scene.peer.get(scene.node, post.uri)).status == 200
    assert scene.peer.gets == []


@pytest.mark.parametrize("host", COVERING)
async def test_nothing_is_delivered_to_a_blocked_host(scene: Scene, host: str) -> None:
    """What waits is given up, so that a block of months is not followed by a flood; what is said later makes no delivery."""
    await friends(scene)
    await create_post(scene.node, scene.member, Draft("Waits"))

    await blocked(scene, host)
    await create_post(scene.node, scene.member, Draft("Said later"))
    await send_due(scene.node)

    assert scene.peer.received == []
    assert await scene.node.db.read(_left) == [(2, "peer_blocked")]


def _left(tx: Tx) -> list[tuple[int, str | None]]:
    return [(row.state, row.last_error) for row in tx.execute(delivery.select().where(delivery.c.state != 1))]


@pytest.mark.parametrize("host", COVERING)
async def test_nothing_that_a_blocked_host_said_is_shown(scene: Scene, host: str) -> None:
    """Home, notifications and profile: the block is in the clause; when it ends, all is as before."""
    await friends(scene)
    alice = await row(scene, scene.alice.uri)
    before = await scene.node.db.read(_shown, scene.member.id, alice.id)

    await blocked(scene, host)
    meanwhile = await scene.node.db.read(_shown, scene.member.id, alice.id)
    await scene.node.db.write(peers.set_blocked, host.format(host=scene.peer.host), False)

    assert before == (1, ["mention", "follow"], 1)
    assert meanwhile == (0, [], 0)
    assert await scene.node.db.read(_shown, scene.member.id, alice.id) == before


def _shown(tx: Tx, member: int, alice: int) -> tuple[int, list[str], int]:
    return (
        len(home_timeline.read(tx, member, Range(40))),
        [found.type for found in notifications.recent(tx, member, 40)],
        len(visible.by_actor(tx, alice, member, 40, None)),
    )


@pytest.mark.parametrize("host", COVERING)
async def test_nobody_of_a_blocked_host_is_found_or_followed(scene: Scene, host: str) -> None:
    """Search: neither those who are known nor by asking the host."""
    await friends(scene)
    scene.peer.actor("stranger")
    alice = await row(scene, scene.alice.uri)
    await follows.unfollow(scene.node, scene.member, alice)
    await blocked(scene, host)

    for written in (scene.alice.uri, f"alice@{scene.peer.host}", f"stranger@{scene.peer.host}"):
        with pytest.raises(PeerBlocked):
            await find_actor(scene.node, written)
    with pytest.raises(PeerBlocked):
        await follows.follow(scene.node, scene.member, alice)
    assert scene.peer.gets == []


async def test_background_work_for_a_blocked_host_ends(scene: Scene) -> None:
    """A job that would have to ask the host is done, and not tried for days."""
    await scene.arrives(scene.alice.follow(scene.member.uri))
    scene.peer.gets.clear()
    await blocked(scene, "localhost")

    await run_jobs(scene.node)
    scene.clock.pass_(24 * 3600)

    assert await run_jobs(scene.node) == []
    assert scene.peer.gets == []


async def test_host_that_is_not_on_the_list_is_a_stranger_at_every_door(database_url: str) -> None:
    """Design 5, ALLOWLIST: nothing taken, not even its key; nothing asked; the one that is named is dealt with as ever."""
    async with a_scene(database_url, allowlist=True) as scene, a_peer() as other:
        await scene.node.db.write(peers.allow, scene.peer.host)
        scene.node.memory.forget()
        bob = other.actor("bob")

        refused = await other.post(scene.node, bob.follow(scene.member.uri))
        taken = await scene.arrives(scene.alice.follow(scene.member.uri))
        with pytest.raises(PeerBlocked):
            await find_actor(scene.node, f"bob@{other.host}")
        await create_post(scene.node, scene.member, Draft(f"For all, and @bob@{other.host}"))
        await send_due(scene.node)

        assert (refused.status, taken) == (403, ["accepted"])
        assert sorted(scene.peer.types()) == ["Accept", "Create"]
        assert (other.gets, other.received) == ([], [])
