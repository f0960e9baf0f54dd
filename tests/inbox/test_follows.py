"""Follow, Accept, Reject and Undo as they arrive: each door shut, then open."""

import itertools
from typing import Any

from actors.lookup import ActorRow, by_id, by_uri
from coopfed.db.tx import Tx
from coopfed.features import notifications
from coopfed.features.follows import actions, store
from tests.support.nodes import an_actor, process_arrivals
from tests.support.peers import RemoteActor, a_peer, send_due
from tests.support.scene import Scene

ANSWERS = ("Accept", "Reject")


async def row(scene: Scene, uri: str) -> ActorRow:
    """The actor with this id."""
    found = await scene.node.db.read(by_uri, uri)
    assert found is not None
    return found


async def between(scene: Scene, follower: str, followed: str) -> str | None:
    """The state of a follow; None when there is none."""
    found = await scene.node.db.read(store.between, (await row(scene, follower)).id, (await row(scene, followed)).id)
    return found and found.state


async def told(scene: Scene, actor: ActorRow) -> list[str]:
    """The types of what the actor was notified of, the newest first."""
    return [found.type for found in await scene.node.db.read(notifications.recent, actor.id, 40)]


async def sent(scene: Scene) -> list[dict[str, Any]]:
    """What the peer got, after everything due was sent."""
    await send_due(scene.node)
    return [received.document for received in scene.peer.received]


async def known(scene: Scene, actor: RemoteActor) -> ActorRow:
    """A remote actor that was seen here."""
    await scene.arrives(actor.says("Like", "https://x.example/1"), actor)
    return await row(scene, actor.uri)


async def block(scene: Scene, blocker: ActorRow, blocked: ActorRow) -> None:
    """One actor blocks another."""
    await scene.node.db.write(_block, blocker.id, blocked.id)


def _block(tx: Tx, blocker: int, blocked: int) -> None:
    tx.execute(store.block.insert(), {"actor_id": blocker, "target_id": blocked, "created_at": 1})


async def asked(scene: Scene, *targets: RemoteActor) -> list[dict[str, Any]]:
    """The Follows that the member sent to these actors, in their order: two at once are under way to a host."""
    for target in targets:
        await actions.follow(scene.node, scene.member, await known(scene, target))
    follows = {activity["object"]: activity for activity in await sent(scene) if activity["type"] == "Follow"}
    return [follows[target.uri] for target in targets]


# --- Follow -----------------------------------------------------------------------------------------------------


async def test_follow_of_an_actor_that_is_not_here_is_irrelevant(scene: Scene) -> None:
    """s2s 2.22, step 8: unknown, remote, or deleted here: nothing is stored and nothing answered."""
    stranger = scene.peer.actor("stranger")

    for target in (scene.node.urls.actor(4711), stranger.uri, f"{scene.node.urls.base}/@member"):
        assert await scene.arrives(scene.alice.follow(target)) == ["irrelevant"]

    assert await sent(scene) == []


async def test_follow_of_the_node_actor_is_unsupported(scene: Scene) -> None:
    """The node actor says nothing that could be followed."""
    assert await scene.arrives(scene.alice.follow(scene.node.urls.node_actor)) == ["unsupported"]


async def test_follow_of_nothing_is_malformed_or_unsupported(scene: Scene) -> None:
    """Door shut: a Follow needs somebody to follow."""
    activity = scene.alice.follow(scene.member.uri)
    del activity["object"]

    assert await scene.arrives(activity) == ["unsupported"]


async def test_follow_of_oneself_has_no_effect(scene: Scene) -> None:
    """Door shut: an actor cannot follow itself, be it remote."""
    assert await scene.arrives(scene.alice.follow(scene.alice.uri)) == ["irrelevant"]


async def test_blocked_follower_gets_a_reject(scene: Scene) -> None:
    """s2s 2.11: Follow from a blocked actor: Reject; a second try is rejected too."""
    await block(scene, scene.member, await known(scene, scene.alice))

    outcomes = [await scene.arrives(scene.alice.follow(scene.member.uri)) for _ in range(2)]

    assert outcomes == [["refused_blocked"], ["refused_blocked"]]
    assert [activity["type"] for activity in await sent(scene)] == ["Reject", "Reject"]
    assert await between(scene, scene.alice.uri, scene.member.uri) is None
    assert await told(scene, scene.member) == []


async def test_open_actor_accepts_at_once_with_the_follow_embedded(scene: Scene) -> None:
    """ActivityPub 7.5; s2s 2.11: unique id, exact Follow id, `to` the follower, nothing else."""
    follow = scene.alice.follow(scene.member.uri)

    outcome = await scene.arrives(follow)
    accept = (await sent(scene))[0]

    assert outcome == ["accepted"]
    assert await between(scene, scene.alice.uri, scene.member.uri) == "accepted"
    assert (accept["type"], accept["actor"], accept["to"]) == ("Accept", scene.member.uri, [scene.alice.uri])
    assert {name: accept["object"][name] for name in ("id", "type", "actor", "object")} == {
        "id": follow["id"],
        "type": "Follow",
        "actor": scene.alice.uri,
        "object": scene.member.uri,
    }
    assert accept["id"].startswith(f"{scene.node.urls.base}/ap/activities/")
    assert scene.peer.received[0].path == "/users/alice/inbox"
    assert await told(scene, scene.member) == ["follow"]


async def test_locked_actor_is_asked_and_answers_later(scene: Scene) -> None:
    """s2s 2.11; security 1.7: a Follow of a locked actor makes a request only."""
    locked = await an_actor(scene.node, "locked", locked=True)

    outcome = await scene.arrives(scene.alice.follow(locked.uri))

    assert outcome == ["accepted"]
    assert await between(scene, scene.alice.uri, locked.uri) == "pending"
    assert await told(scene, locked) == ["follow_request"]
    assert await sent(scene) == []

    await actions.let_in(scene.node, locked, (await row(scene, scene.alice.uri)).id)

    assert [activity["type"] for activity in await sent(scene)] == ["Accept"]
    assert await told(scene, locked) == ["follow"]
    found = await scene.node.db.read(by_id, locked.id)
    assert found is not None
    assert found.followers_count == 1


async def test_accept_by_the_follower_opens_no_locked_actor(scene: Scene) -> None:
    """security 1.7: a later "Accept" by the follower is nothing."""
    locked = await an_actor(scene.node, "locked", locked=True)
    follow = scene.alice.follow(locked.uri)
    await scene.arrives(follow)

    outcome = await scene.arrives(scene.alice.says("Accept", follow))

    assert outcome == ["refused_unasked"]
    assert await between(scene, scene.alice.uri, locked.uri) == "pending"


async def test_repeated_follow_with_a_new_id_is_accepted_again_and_told_once(scene: Scene) -> None:
    """s2s 2.11: the follower may have lost our answer: the Accept names the new id; nobody is told or counted twice."""
    await scene.arrives(scene.alice.follow(scene.member.uri))
    before = await scene.node.db.read(notifications.recent, scene.member.id, 40)
    again = scene.alice.follow(scene.member.uri)

    outcome = await scene.arrives(again)
    accepts = await sent(scene)

    assert outcome == ["accepted"]
    assert [accept["object"]["id"] for accept in accepts][1] == again["id"]
    assert len({accept["id"] for accept in accepts}) == 2
    assert await scene.node.db.read(notifications.recent, scene.member.id, 40) == before
    assert (await row(scene, scene.member.uri)).followers_count == 1


async def test_repeated_request_is_told_once(scene: Scene) -> None:
    """Harassment by requests: a hundred Follows with new ids are one request."""
    locked = await an_actor(scene.node, "locked", locked=True)

    for _ in range(3):
        await scene.arrives(scene.alice.follow(locked.uri))

    assert await told(scene, locked) == ["follow_request"]


async def test_new_follow_after_an_undo_is_told_again(scene: Scene) -> None:
    """What was withdrawn is not kept for ever."""
    follow = scene.alice.follow(scene.member.uri)
    await scene.arrives(follow)
    await scene.arrives(scene.alice.says("Undo", follow))

    assert await told(scene, scene.member) == []
    await scene.arrives(scene.alice.follow(scene.member.uri))
    assert await told(scene, scene.member) == ["follow"]


async def test_embedded_target_counts_by_its_id(scene: Scene) -> None:
    """s2s 2.11: some embed the actor they follow; what the copy says is not believed."""
    embedded = {
        "type": "Person",
        "id": scene.member.uri,
        "inbox": "https://evil.example/inbox",
        "preferredUsername": "x",
    }

    assert await scene.arrives(scene.alice.follow(embedded)) == ["accepted"]  # type: ignore[arg-type]
    assert (await row(scene, scene.member.uri)).inbox == scene.member.inbox


# --- Accept and Reject ------------------------------------------------------------------------------------------


async def test_answer_that_nobody_asked_for_is_refused(scene: Scene) -> None:
    """security 1.1 (Pixelfed CVE-2025-30741): an Accept counts only for a Follow of ours."""
    invented = {"type": "Follow", "actor": scene.member.uri, "object": scene.alice.uri}

    for type, answered in itertools.product(ANSWERS, (invented, f"{scene.node.urls.base}/ap/activities/1")):
        assert await scene.arrives(scene.alice.says(type, answered)) == ["refused_unasked"]


async def test_third_party_does_not_answer_for_another(scene: Scene) -> None:
    """security 1.1: only the followed answers; a neighbour on the same host is a stranger, a foreign host too."""
    follow = (await asked(scene, scene.alice))[0]
    neighbour = scene.peer.actor("neighbour")

    async with a_peer() as other:
        strangers = (neighbour, other.actor("stranger"))
        tried = itertools.product(strangers, ANSWERS, (follow, follow["id"]))
        outcomes = [await scene.arrives(actor.says(type, answered), actor) for actor, type, answered in tried]

    assert outcomes == [["refused_unasked"]] * 8
    assert await between(scene, scene.member.uri, scene.alice.uri) == "pending"


async def test_followed_accepts_by_id_or_by_pair(scene: Scene) -> None:
    """s2s 2.11: match by stored Follow id first, then by (actor, object)."""
    alice = await known(scene, scene.alice)
    pair = {"type": "Follow", "actor": scene.member.uri, "object": scene.alice.uri}
    forms = (
        lambda follow: follow["id"],
        lambda follow: follow,
        lambda _follow: pair,
        lambda _follow: pair | {"id": f"{scene.peer.base}/invented/1"},
        lambda _follow: pair | {"object": {"type": "Person", "id": scene.alice.uri}},
    )
    for form in forms:
        follow = (await asked(scene, scene.alice))[-1]

        assert await scene.arrives(scene.alice.says("Accept", form(follow))) == ["accepted"]
        assert await between(scene, scene.member.uri, scene.alice.uri) == "accepted"
        await actions.unfollow(scene.node, scene.member, alice)


async def test_second_accept_is_a_duplicate(scene: Scene) -> None:
    """s2s 2.17: counters change only when a row does."""
    follow = (await asked(scene, scene.alice))[0]
    await scene.arrives(scene.alice.says("Accept", follow))

    assert await scene.arrives(scene.alice.says("Accept", follow)) == ["duplicate"]
    assert (await row(scene, scene.member.uri)).following_count == 1


async def test_reject_ends_a_request_and_a_granted_follow(scene: Scene) -> None:
    """ActivityPub 7.7; s2s 2.11: Reject after Accept removes the follower."""
    bob = scene.peer.actor("bob")
    to_alice, to_bob = await asked(scene, scene.alice, bob)
    await scene.arrives(bob.says("Accept", to_bob))

    outcomes = [
        await scene.arrives(scene.alice.says("Reject", to_alice)),
        await scene.arrives(bob.says("Reject", to_bob)),
    ]

    assert outcomes == [["accepted"], ["accepted"]]
    assert await between(scene, scene.member.uri, scene.alice.uri) is None
    assert await between(scene, scene.member.uri, bob.uri) is None
    assert (await row(scene, scene.member.uri)).following_count == 0


async def test_accept_after_our_undo_grants_nothing(scene: Scene) -> None:
    """security 1.1: the follow was taken back; an Accept that crosses the Undo must not bring it back."""
    follow = (await asked(scene, scene.alice))[0]
    await actions.unfollow(scene.node, scene.member, await row(scene, scene.alice.uri))

    assert await scene.arrives(scene.alice.says("Accept", follow)) == ["refused_unasked"]
    assert await between(scene, scene.member.uri, scene.alice.uri) is None


# --- Undo -------------------------------------------------------------------------------------------------------


async def test_somebody_else_does_not_undo_a_follow(scene: Scene) -> None:
    """FEP-fe34: only the follower, by id or embedded; a neighbour is a stranger."""
    follow = scene.alice.follow(scene.member.uri)
    await scene.arrives(follow)
    neighbour = scene.peer.actor("neighbour")

    outcomes = [await scene.arrives(neighbour.says("Undo", undone)) for undone in (follow, follow["id"])]

    assert outcomes == [["refused_owner"], ["refused_owner"]]
    assert await between(scene, scene.alice.uri, scene.member.uri) == "accepted"


async def test_follower_undoes_by_id_or_by_pair(scene: Scene) -> None:
    """s2s 2.11: the inner id may be missing (mastodon/mastodon#6211) or be another one."""
    bare = {"type": "Follow", "actor": scene.alice.uri, "object": scene.member.uri}
    forms = (
        lambda follow: follow["id"],
        lambda follow: follow,
        lambda _follow: bare,
        lambda _follow: bare | {"id": f"{scene.peer.base}/another/1"},
    )
    for form in forms:
        follow = scene.alice.follow(scene.member.uri)
        await scene.arrives(follow)

        assert await scene.arrives(scene.alice.says("Undo", form(follow))) == ["accepted"]
        assert await between(scene, scene.alice.uri, scene.member.uri) is None
        assert (await row(scene, scene.member.uri)).followers_count == 0


async def test_undo_of_what_cannot_be_on_its_way_is_a_duplicate(scene: Scene) -> None:
    """s2s 2.11: no id, an id on another host, or what came and was undone: there is nothing to undo."""
    pair = {"type": "Follow", "actor": scene.alice.uri, "object": scene.member.uri}
    done = scene.alice.follow(scene.member.uri)
    await scene.arrives(done)
    await scene.arrives(scene.alice.says("Undo", done))

    for undone in (pair, "https://elsewhere.example/follows/1", done, done["id"]):
        assert await scene.arrives(scene.alice.says("Undo", undone)) == ["duplicate"]


async def test_undo_that_comes_before_its_follow_is_remembered(scene: Scene) -> None:
    """s2s 2.17: "arrived first" memory: who left before they came is not let in; a later Follow is."""
    for form in ("embedded", "id"):
        follow = scene.alice.follow(scene.member.uri)

        undone = await scene.arrives(scene.alice.says("Undo", follow if form == "embedded" else follow["id"]))

        assert (undone, await scene.arrives(follow)) == (["accepted"], ["refused_deleted"])
        assert await between(scene, scene.alice.uri, scene.member.uri) is None
    assert await scene.arrives(scene.alice.follow(scene.member.uri)) == ["accepted"]


async def test_neighbour_that_took_the_same_follow_id_does_not_lock_the_follower_in(scene: Scene) -> None:
    """design 9, *Neighbours on one host are strangers*: ids of Follows are not unique among them."""
    follow = scene.alice.follow(scene.member.uri)
    neighbour = scene.peer.actor("neighbour")
    await scene.arrives(neighbour.follow(scene.member.uri, id=follow["id"]))
    await scene.arrives(follow)

    outcome = await scene.arrives(scene.alice.says("Undo", follow["id"]))

    assert outcome == ["accepted"]
    assert await between(scene, scene.alice.uri, scene.member.uri) is None
    assert await between(scene, neighbour.uri, scene.member.uri) == "accepted"


async def test_undo_of_an_unsupported_activity_is_named_so(scene: Scene) -> None:
    """Outcome `unsupported`: no handler for this activity and kind of object."""
    heard = scene.alice.says("Listen", f"{scene.node.urls.base}/ap/objects/1")

    assert await scene.arrives(heard) == ["unsupported"]
    assert await scene.arrives(scene.alice.says("Undo", heard)) == ["unsupported"]


# --- between neighbours of this node ----------------------------------------------------------------------------


async def test_follow_between_actors_of_this_node_takes_the_same_road(scene: Scene) -> None:
    """design 3.8: a local activity for local readers takes the same handlers; nothing is sent to ourselves."""
    other = await an_actor(scene.node, "other_member")

    await actions.follow(scene.node, scene.member, other)
    await process_arrivals(scene.node)

    assert await between(scene, scene.member.uri, other.uri) == "accepted"
    assert await told(scene, other) == ["follow"]
    assert await send_due(scene.node) == 0


async def test_unfollow_between_actors_of_this_node_withdraws_what_was_told(scene: Scene) -> None:
    """design 3.8: as for a remote Undo."""
    other = await an_actor(scene.node, "other_member", locked=True)
    await actions.follow(scene.node, scene.member, other)
    await process_arrivals(scene.node)
    assert await told(scene, other) == ["follow_request"]

    await actions.unfollow(scene.node, scene.member, other)
    await process_arrivals(scene.node)

    assert await told(scene, other) == []
