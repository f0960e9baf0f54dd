"""When something that has to be fetched does not come, and when this program fails: tried again, named, replayed."""

import pytest

from coopfed.outcomes import Outcome
from inbox import history, routing
from inbox.process import RETRIES
from inbox.routing import Handler
from tests.inbox.test_posts import home, post
from tests.support.nodes import process_arrivals
from tests.support.peers import CONTEXT
from tests.support.scene import Scene


async def only_arrival(scene: Scene) -> int:
    """The number of the one arrival."""
    return await scene.node.db.read(lambda tx: tx.execute(history.inbox_item.select()).one().id)


async def test_fetch_that_fails_for_now_is_tried_again(scene: Scene) -> None:
    """design 3.9: gathered again later; the item waits with its error, nothing is half done."""
    note = scene.peer.publish(scene.alice.mentioning(scene.member.uri) | {"@context": CONTEXT})
    path = note["id"].removeprefix(scene.peer.base)
    scene.peer.statuses[path] = 503

    assert await scene.arrives(scene.alice.create(note["id"])) == [None]
    row = await scene.node.db.read(history.arrival_row, await only_arrival(scene))
    assert row is not None
    assert (row.state, row.attempts) == (0, 1)
    assert "503" in (row.error or "")

    del scene.peer.statuses[path]
    assert await process_arrivals(scene.node) == []
    scene.clock.pass_(RETRIES[0] + 1)
    assert await process_arrivals(scene.node) == [Outcome.ACCEPTED]
    assert await post(scene, note["id"]) is not None


async def test_host_that_never_answers_is_unreachable_in_the_end(scene: Scene) -> None:
    """Outcome `unreachable`: after all tries; then the item is done."""
    note = scene.alice.mentioning(scene.member.uri)
    scene.peer.statuses[note["id"].removeprefix(scene.peer.base)] = 500

    outcomes = await scene.arrives(scene.alice.create(note["id"]))
    for seconds in RETRIES:
        scene.clock.pass_(seconds + 1)
        outcomes += [outcome and outcome.value for outcome in await process_arrivals(scene.node)]
    scene.clock.pass_(10 * RETRIES[-1])

    assert outcomes == [None] * len(RETRIES) + ["unreachable"]
    assert await process_arrivals(scene.node) == []


async def test_waiting_arrival_does_not_hold_up_its_lane(scene: Scene) -> None:
    """s2s 2.17: what waits for a fetch lets later messages of the actor pass; a Delete that overtakes is remembered."""
    note = scene.peer.publish(scene.alice.mentioning(scene.member.uri) | {"@context": CONTEXT})
    scene.peer.statuses[note["id"].removeprefix(scene.peer.base)] = 503
    await scene.arrives(scene.alice.create(note["id"]))
    scene.peer.statuses.clear()

    assert await scene.arrives(scene.alice.follow(scene.member.uri)) == ["accepted"]
    assert await scene.arrives(scene.alice.says("Delete", note["id"])) == ["accepted"]

    scene.clock.pass_(RETRIES[0] + 1)
    assert await process_arrivals(scene.node) == [Outcome.REFUSED_DELETED]


async def test_fault_of_ours_keeps_the_item_and_its_error_and_can_be_replayed(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Outcome `failed`: an arrival that failed keeps its row, its named outcome and its error (style, *Errors*)."""
    key = ("Create", routing.Kind.POST)
    good = routing.ROUTES[key]

    def broken(*_args: object) -> None:
        raise ZeroDivisionError("a fault of this program")

    note = scene.alice.mentioning(scene.member.uri)
    with monkeypatch.context() as patch:
        patch.setitem(routing.ROUTES, key, (Handler(good[0].gather, broken, good[0].apply),))

        assert await scene.arrives(scene.alice.create(note)) == ["failed"]

    number = await only_arrival(scene)
    row = await scene.node.db.read(history.arrival_row, number)
    assert row is not None
    assert (row.state, row.outcome, row.signer) == (2, "failed", scene.alice.uri)
    assert row.error == "ZeroDivisionError: a fault of this program"
    assert note["id"].encode() in row.raw

    assert await scene.node.db.write(history.replay, number, scene.clock.now())
    assert await process_arrivals(scene.node) == [Outcome.ACCEPTED]
    assert await post(scene, note["id"]) is not None


async def test_the_body_of_what_took_effect_is_not_kept(scene: Scene) -> None:
    """What is deleted later, or concerned nobody, must not lie in a queue: only failures keep their body, to be replayed."""
    note = scene.alice.mentioning(scene.member.uri)
    await scene.arrives(scene.alice.create(note))
    before = await home(scene)

    arrival = await only_arrival(scene)
    replayed = await scene.node.db.write(history.replay, arrival, scene.clock.now())

    row = await scene.node.db.read(history.arrival_row, arrival)
    assert row is not None
    assert (row.raw, row.key_id, row.signature_base) == (b"", None, None)
    assert not replayed
    assert await process_arrivals(scene.node) == []
    assert await home(scene) == before


async def test_replay_of_nothing_says_so(scene: Scene) -> None:
    """design 5: commands tell what they did."""
    assert not await scene.node.db.write(history.replay, 4711, scene.clock.now())
    assert await scene.node.db.read(history.arrival_row, 4711) is None


async def test_many_fetches_are_too_many(scene: Scene) -> None:
    """design 9: 20 fetches per activity; a chain of redirects and parents is cut, not followed."""
    for number in range(30):
        parent = f"{scene.peer.base}/notes/p{number + 1}"
        scene.peer.objects[f"/notes/p{number}"] = scene.alice.note(
            id=f"{scene.peer.base}/notes/p{number}", inReplyTo=parent
        ) | {"@context": CONTEXT}

    await scene.arrives(
        scene.alice.create(scene.alice.mentioning(scene.member.uri, inReplyTo=f"{scene.peer.base}/notes/p0"))
    )

    assert len(scene.peer.gets) <= 21
