"""Move as it arrives: every way to take followers without consent first, then the move."""

from typing import Any

import pytest

from actors.lookup import ActorRow, by_uri
from coopfed import limits
from coopfed.db.tx import Tx
from coopfed.features import home_timeline, notifications
from coopfed.features.blocks.actions import block
from coopfed.features.follows import actions as follows
from coopfed.features.follows import store
from coopfed.features.moves.actions import set_alias
from coopfed.features.ranges import Range
from coopfed.net import peers
from tests.support.jobs import run_jobs
from tests.support.nodes import an_actor, process_arrivals
from tests.support.peers import Document, RemoteActor, a_peer, send_due
from tests.support.scene import Scene


async def row(scene: Scene, uri: str) -> ActorRow:
    """The actor with this id."""
    found = await scene.node.db.read(by_uri, uri)
    assert found is not None
    return found


async def following(scene: Scene, follower: ActorRow | None = None) -> dict[str, str]:
    """Whom an actor of ours (the member) follows: names and states."""
    return await scene.node.db.read(_following, (follower or scene.member).id)


def _following(tx: Tx, follower: int) -> dict[str, str]:
    statement = (
        store.follow.join(store.actor, store.actor.c.id == store.follow.c.followed_id)
        .select()
        .where(store.follow.c.follower_id == follower)
        .with_only_columns(store.actor.c.handle, store.follow.c.state)
    )
    return {row.handle: row.state for row in tx.execute(statement)}


async def follows_alice(scene: Scene, follower: ActorRow | None = None) -> None:
    """The member (or another of ours) follows alice, who accepted and has written."""
    await scene.arrives(scene.alice.follow(scene.member.uri))
    await scene.arrives(scene.alice.says("Undo", scene.alice.follow(scene.member.uri)))
    await follows.follow(scene.node, follower or scene.member, await row(scene, scene.alice.uri))
    await send_due(scene.node)
    asked = [got.document for got in scene.peer.received if got.document["type"] == "Follow"][-1]
    await scene.arrives(scene.alice.says("Accept", asked))
    await scene.arrives(scene.alice.create(scene.alice.note()))
    scene.peer.received.clear()


def a_target(scene: Scene, name: str = "newalice") -> RemoteActor:
    """Where alice goes: it calls her its own, and her document says that she went there."""
    target = scene.peer.actor(name, changes={"alsoKnownAs": [scene.alice.uri]})
    scene.alice.changes["movedTo"] = target.uri
    return target


def moving(alice: RemoteActor, target: RemoteActor | str, **more: Any) -> Document:
    """Alice's Move."""
    return alice.says("Move", alice.uri, target=target if isinstance(target, str) else target.uri, **more)


async def moves(scene: Scene, activity: Document, actor: RemoteActor | None = None) -> list[str | None]:
    """The outcomes of the Move, after the job that it may have left is done."""
    outcomes = await scene.arrives(activity, actor)
    await run_jobs(scene.node)
    return outcomes


# --- shut -------------------------------------------------------------------------------------------------------


async def test_target_that_does_not_call_the_old_actor_its_own_gets_nobody(scene: Scene) -> None:
    """security 1.1, *Move without consent of the target*: alsoKnownAs, fetched anew."""
    await follows_alice(scene)
    target = a_target(scene)
    target.changes.clear()

    assert await moves(scene, moving(scene.alice, target)) == ["refused_owner"]
    assert await following(scene) == {"alice": "accepted"}


async def test_old_actor_whose_document_does_not_say_so_keeps_its_followers(scene: Scene) -> None:
    """s2s 2.12: movedTo must name this very target; stricter than Mastodon."""
    await follows_alice(scene)
    target = a_target(scene)
    for changes in ({}, {"movedTo": f"{scene.peer.base}/users/somewhere"}):
        scene.alice.changes = dict(changes)

        assert await moves(scene, moving(scene.alice, target)) == ["refused_owner"]
    assert await following(scene) == {"alice": "accepted"}


async def test_nobody_moves_another_actor(scene: Scene) -> None:
    """FEP-fe34: neighbours are strangers: neither end of the move speaks."""
    await follows_alice(scene)
    target, neighbour = a_target(scene), scene.peer.actor("neighbour")

    for moved in (scene.alice.uri, scene.alice.document()):
        stolen = neighbour.says("Move", moved, target=target.uri)
        assert await moves(scene, stolen, neighbour) == ["refused_owner"]
    assert await following(scene) == {"alice": "accepted"}


@pytest.mark.parametrize("said", [None, "somewhere"])
async def test_new_actor_that_the_old_one_does_not_name_pulls_nobody(scene: Scene, said: str | None) -> None:
    """s2s 2.12, *Pull mode*: the old actor's document, fetched anew, names this very target; that it is called its own is not enough."""
    await follows_alice(scene)
    target = a_target(scene)
    scene.alice.changes = {"movedTo": f"{scene.peer.base}/users/{said}"} if said else {}

    assert await moves(scene, target.says("Move", scene.alice.uri, target=target.uri), target) == ["refused_owner"]
    assert await following(scene) == {"alice": "accepted"}


async def test_our_own_actors_are_not_pulled_away(scene: Scene) -> None:
    """Door shut: a stranger says that a member of ours went to it: our document says whether it did, and it did not."""
    target = scene.peer.actor("newhome", changes={"alsoKnownAs": [scene.member.uri]})
    await scene.arrives(scene.alice.follow(scene.member.uri))

    assert await moves(scene, target.says("Move", scene.member.uri, target=target.uri), target) == ["refused_owner"]


async def test_pulled_move_whose_old_host_is_silent_waits(scene: Scene) -> None:
    """s2s 2.12: without the old document there is no move; it is tried again, and given up like any other fetch."""
    await follows_alice(scene)
    target = a_target(scene)
    scene.peer.statuses["/users/alice"] = 503

    assert await moves(scene, target.says("Move", scene.alice.uri, target=target.uri), target) == [None]
    assert await following(scene) == {"alice": "accepted"}


@pytest.mark.parametrize("target", [None, "itself"])
async def test_move_to_nowhere_is_malformed(scene: Scene, target: str | None) -> None:
    """Door shut: a Move leads somewhere else."""
    await follows_alice(scene)

    activity = scene.alice.says("Move", scene.alice.uri, target=scene.alice.uri if target else None)

    assert await moves(scene, activity) == ["malformed"]


async def test_nothing_is_fetched_for_a_move_that_concerns_nobody(scene: Scene) -> None:
    """s2s 2.22, step 8: a Move must not make us ask others around."""
    target = a_target(scene)
    await scene.arrives(scene.alice.create(scene.alice.mentioning(scene.member.uri)))
    scene.peer.gets.clear()

    assert await scene.arrives(moving(scene.alice, target)) == ["irrelevant"]
    assert scene.peer.gets == []


async def test_target_that_moved_on_is_refused(scene: Scene) -> None:
    """No chains: followers would be sent on and on."""
    await follows_alice(scene)
    target = a_target(scene)
    target.changes["movedTo"] = f"{scene.peer.base}/users/further"

    assert await moves(scene, moving(scene.alice, target)) == ["refused_moved"]


async def test_actor_moves_once_in_seven_days(scene: Scene) -> None:
    """s2s 2.12, *cooldown*: one second before the week is over nothing is even fetched; then it moves again."""
    await follows_alice(scene)
    first = a_target(scene)
    assert await moves(scene, moving(scene.alice, first)) == ["accepted"]
    await follows_alice_again(scene)
    second = a_target(scene, "newest")

    scene.clock.pass_(limits.MOVE_REST_SECONDS - 1)
    scene.peer.gets.clear()
    early = await moves(scene, moving(scene.alice, second))
    asked = [path for path in scene.peer.gets if path == "/users/newest"]
    scene.clock.pass_(1)
    later = await moves(scene, moving(scene.alice, second))

    assert (early, asked, later) == (["refused_moved"], [], ["accepted"])
    assert "newest" in await following(scene)


async def follows_alice_again(scene: Scene) -> None:
    """Another member follows alice, whose document says that she moved: as one that asked before did."""
    other = await an_actor(scene.node, "other_member")
    await scene.node.db.write(_follow, other.id, (await row(scene, scene.alice.uri)).id, scene)
    member = scene.member
    await scene.node.db.write(_follow, member.id, (await row(scene, scene.alice.uri)).id, scene)


def _follow(tx: Tx, follower: int, followed: int, scene: Scene) -> None:
    store.accept(tx, store.ask(tx, follower, followed, None, scene.node.stamp()))


# --- open -------------------------------------------------------------------------------------------------------


async def test_followers_follow_to_the_new_home(scene: Scene) -> None:
    """s2s 2.12: Follow to the target, then Undo to the old; the old posts stay in the home timeline, nobody is told."""
    await follows_alice(scene)
    target = a_target(scene)

    outcome = await moves(scene, moving(scene.alice, target))
    await send_due(scene.node)

    assert outcome == ["accepted"]
    assert await following(scene) == {"newalice": "pending"}
    by_type = {got.document["type"]: got.document["object"] for got in scene.peer.received}
    assert by_type["Follow"] == target.uri
    assert by_type["Undo"]["object"] == scene.alice.uri
    member = await row(scene, scene.member.uri)
    assert member.following_count == 0
    assert len(await scene.node.db.read(home_timeline.read, member.id, Range(40))) == 1
    assert [found.type for found in await scene.node.db.read(notifications.recent, member.id, 40)] == []


async def test_job_that_is_done_twice_moves_nobody_twice(scene: Scene) -> None:
    """security 2.2: at least once, one effect."""
    await follows_alice(scene)
    target = a_target(scene)
    await moves(scene, moving(scene.alice, target))
    await send_due(scene.node)
    scene.peer.received.clear()

    await run_jobs(scene.node)
    await send_due(scene.node)

    assert scene.peer.received == []


async def test_blocked_home_is_not_followed(scene: Scene) -> None:
    """A member who blocks the target leaves the old actor and follows nobody."""
    await follows_alice(scene)
    target = a_target(scene)
    await scene.arrives(target.create(target.mentioning(scene.member.uri)), target)
    await block(scene.node, scene.member, await row(scene, target.uri))

    assert await moves(scene, moving(scene.alice, target)) == ["accepted"]
    assert await following(scene) == {}


async def test_actor_may_move_here(scene: Scene) -> None:
    """s2s 2.12: the target is one of ours; its alias is asked, not its word."""
    other = await an_actor(scene.node, "other_member")
    await follows_alice(scene, other)
    scene.alice.changes["movedTo"] = scene.member.uri
    shut = await moves(scene, moving(scene.alice, scene.member.uri))
    await set_alias(scene.node, scene.member, await row(scene, scene.alice.uri))

    outcome = await moves(scene, moving(scene.alice, scene.member.uri))
    await process_arrivals(scene.node)

    assert (shut, outcome) == (["refused_owner"], ["accepted"])
    assert await following(scene, other) == {"member": "accepted"}


async def test_target_on_a_blocked_host_is_not_asked(scene: Scene) -> None:
    """security 1.7: nothing is fetched from there."""
    await follows_alice(scene)
    async with a_peer() as elsewhere:
        target = elsewhere.actor("newalice", changes={"alsoKnownAs": [scene.alice.uri]})
        scene.alice.changes["movedTo"] = target.uri
        await scene.node.db.write(_block_host, elsewhere.host)

        assert await moves(scene, moving(scene.alice, target)) == ["peer_blocked"]
        assert elsewhere.gets == []


def _block_host(tx: Tx, host: str) -> None:
    peers.set_blocked(tx, host, True)


async def test_new_actor_pulls_the_followers_when_the_old_one_names_it(scene: Scene) -> None:
    """s2s 2.12, FEP-7628 *Pull mode*: the target tells, by id or with the old document; both documents are fetched again."""
    await follows_alice(scene)
    target = a_target(scene)
    target.changes.clear()
    scene.peer.gets.clear()

    assert await moves(scene, target.says("Move", scene.alice.uri, target=target.uri), target) == ["accepted"]

    assert {"/users/alice", "/users/newalice"} <= set(scene.peer.gets)
    assert await following(scene) == {"newalice": "pending"}
    again = target.says("Move", scene.alice.document(), target=target.uri)
    assert await moves(scene, again, target) == ["irrelevant"]
