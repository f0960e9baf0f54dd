"""Deliveries as the operator chooses them, and sends them again. Issue 3, 7: `delivery list|retry`."""

from typing import Any

from coopfed.db.models.traffic import DEAD, DONE, WAITING
from coopfed.features.figures import figures
from coopfed.net import peers
from outbox.history import Which, deliveries_of, listed, retry, said
from tests.outbox.test_deliver import attempts_of, deliveries, followed, say
from tests.support.peers import a_peer, send_due
from tests.support.scene import Scene


async def chosen(scene: Scene, **which: Any) -> list[tuple[str, str]]:
    """Host and state of what is listed."""
    rows = await scene.node.db.read_long(listed, Which(**which), 50)
    return [(row["host"], row["state"]) for row in rows]


async def test_nothing_is_sent_again_to_a_blocked_host(scene: Scene) -> None:
    """Door shut: what a block gave up stays given up until the block ends."""
    await followed(scene)
    attempts_of(scene.peer, 503)
    await say(scene)
    await send_due(scene.node)
    await scene.node.db.write(peers.set_blocked, scene.peer.host, True)

    everything = await scene.node.db.write(retry, Which(), scene.clock.now())
    by_name = await scene.node.db.write(retry, Which(host=scene.peer.host), scene.clock.now())
    while_blocked = await chosen(scene)
    await scene.node.db.write(peers.set_blocked, scene.peer.host, False)
    seen = attempts_of(scene.peer, 202)
    afterwards = await scene.node.db.write(retry, Which(), scene.clock.now())
    await send_due(scene.node)

    assert (everything, by_name, afterwards) == (0, 0, 1)
    assert while_blocked == [(scene.peer.host, "given up")]
    assert len(seen) == 1


async def test_deliveries_are_chosen_by_host_state_and_activity(scene: Scene) -> None:
    """Filters, alone and together."""
    async with a_peer() as other:
        await followed(scene, scene.alice, other.actor("bob"))
        other.received.clear()
        attempts_of(other, 415)
        await say(scene, "first")
        await send_due(scene.node)
        first = (await scene.node.db.read_long(listed, Which(states=(DEAD,)), 1))[0]["activity_id"]
        await say(scene, "second")

        here, there = scene.peer.host, other.host
        assert sorted(await chosen(scene)) == sorted([(here, "waiting"), (there, "waiting"), (there, "given up")])
        assert sorted(await chosen(scene, host=there)) == [(there, "given up"), (there, "waiting")]
        assert await chosen(scene, states=(DEAD,)) == [(there, "given up")]
        assert sorted(await chosen(scene, activity=first, states=(WAITING, DONE, DEAD))) == sorted(
            [(here, "done"), (there, "given up")]
        )
        assert await chosen(scene, host="nowhere.example") == []
        assert await chosen(scene, activity=4711) == []


async def test_one_host_is_tried_again_and_others_are_left_alone(scene: Scene) -> None:
    """`delivery retry --host`: through its open circuit; the circuit of others stays open."""
    async with a_peer() as other:
        await followed(scene, scene.alice, other.actor("bob"))
        for peer in (scene.peer, other):
            attempts_of(peer, 503)
        for _ in range(5):
            await say(scene)
            scene.clock.pass_(2 * 3600)
            await send_due(scene.node)
        circuits = (await scene.node.db.read_long(figures, scene.clock.now())).peers
        assert circuits["open"] == 2
        back, still = attempts_of(scene.peer, 202), attempts_of(other, 202)

        again = await scene.node.db.write(retry, Which(host=scene.peer.host), scene.clock.now())
        await send_due(scene.node)

        assert again == len(back) == 5
        assert still == []
        circuits = (await scene.node.db.read_long(figures, scene.clock.now())).peers
        assert circuits["open"] == 1


async def test_what_was_given_up_gets_all_its_tries_again(scene: Scene) -> None:
    """An operator's word that the peer is mended is worth more than one try."""
    await followed(scene)
    attempts_of(scene.peer, 401)
    await say(scene)
    for _ in range(4):
        await send_due(scene.node)
        scene.clock.pass_(24 * 3600)
    assert (await deliveries(scene))[-1][:2] == (DEAD, 3)

    await scene.node.db.write(retry, Which(), scene.clock.now())
    await send_due(scene.node)

    assert (await deliveries(scene))[-1][:2] == (WAITING, 1)


async def test_an_activity_of_ours_is_shown_with_every_delivery(scene: Scene) -> None:
    """For our own activity ids: the stored body and each delivery's state."""
    await followed(scene)
    attempts_of(scene.peer, 503)
    await say(scene, "A word to all")
    await send_due(scene.node)
    number = (await scene.node.db.read_long(listed, Which(), 1))[0]["activity_id"]

    found = await scene.node.db.read(said, number)
    (delivery,) = await scene.node.db.read_long(deliveries_of, number)

    assert found is not None
    assert (found.type, found.actor, found.public) == ("Create", scene.member.uri, True)
    assert b"A word to all" in found.body
    assert (delivery["host"], delivery["state"], delivery["attempts"]) == (scene.peer.host, "waiting", 1)
    assert (delivery["last_status"], delivery["last_error"]) == (503, "status_503")
    assert await scene.node.db.read(said, 4711) is None
