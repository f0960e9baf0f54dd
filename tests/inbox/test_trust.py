"""What was proved about one body is not believed of another one, nor for ever. Design 9: neighbours on one host are strangers."""

from typing import Any

from coopfed.net import peers
from tests.inbox.test_follows import between
from tests.inbox.test_posts import post
from tests.inbox.test_relayed import proven
from tests.support.nodes import process_arrivals
from tests.support.peers import a_peer
from tests.support.scene import Scene


def _undo(actor: Any, follow: dict[str, Any], **more: Any) -> dict[str, Any]:
    undo: dict[str, Any] = actor.says("Undo", follow, **more)
    return undo


async def test_a_repeated_id_takes_the_trust_of_its_new_body(scene: Scene) -> None:
    """A neighbour repeats its own id with somebody else as the actor: the row must not stay `direct`."""
    mallory = scene.peer.actor("mallory")
    follow = scene.alice.follow(scene.member.uri)
    await scene.arrives(follow)
    own = _undo(mallory, mallory.follow(scene.member.uri))
    await scene.arrives(own, mallory)

    outcomes = await scene.arrives(_undo(scene.alice, follow, id=own["id"]), mallory)

    assert outcomes == ["refused_relayed"]
    assert await between(scene, scene.alice.uri, scene.member.uri) == "accepted"


async def test_an_old_proof_of_an_undo_is_not_played_again(scene: Scene) -> None:
    """Anybody may keep what was once proved; what came since must not be undone by it."""
    async with a_peer() as other:
        bob = other.actor("bob")
        follow = bob.follow(scene.member.uri)
        old_undo = proven(scene, _undo(bob, follow), bob)
        scene.clock.pass_(13 * 3600)
        await other.post(scene.node, follow, bob)
        await scene.arrives(scene.alice.follow(scene.member.uri))

        outcomes = await scene.arrives(old_undo, scene.alice)

    assert outcomes == ["refused_relayed"]
    assert await between(scene, bob.uri, scene.member.uri) == "accepted"


async def test_a_blocked_host_is_asked_for_nothing_and_its_posts_are_not_shown(scene: Scene) -> None:
    """A suspended host's posts must not come back as the parents of others' (the class of CVE-2026-23961)."""
    async with a_peer() as other:
        parent = other.publish(other.actor("bob").note() | {"@context": "https://www.w3.org/ns/activitystreams"})
        await scene.node.db.write(peers.set_blocked, other.host, True)
        answer = scene.alice.mentioning(scene.member.uri, inReplyTo=parent["id"])

        assert await scene.arrives(scene.alice.create(answer)) == ["accepted"]

        assert other.gets == []
    assert await post(scene, parent["id"]) is None


async def test_a_proof_with_a_key_elsewhere_makes_us_ask_nobody(scene: Scene) -> None:
    """security 1.3: `verificationMethod` is a stranger's word; the actor's key lies on the actor's host, so no other is asked."""
    async with a_peer() as other, a_peer() as victim:
        bob = other.actor("bob")
        forged = proven(scene, bob.follow(scene.member.uri), bob)
        forged["proof"]["verificationMethod"] = f"{victim.base}/users/carol#key"

        outcomes = await scene.arrives(forged, scene.alice)

        assert victim.gets == []
    assert outcomes == ["refused_relayed"]


async def test_a_fresh_proof_is_not_played_again_by_another(scene: Scene) -> None:
    """security 1.2, *Replay*: what the actor sent itself comes a second time through somebody else, after its end."""
    async with a_peer() as other:
        bob = other.actor("bob")
        follow = proven(scene, bob.follow(scene.member.uri), bob)
        await other.post(scene.node, follow, bob)
        await other.post(scene.node, _undo(bob, follow), bob)
        await scene.arrives(scene.alice.follow(scene.member.uri))

        outcomes = await scene.arrives(follow, scene.alice)

    assert outcomes == ["duplicate"]
    assert await between(scene, bob.uri, scene.member.uri) is None


async def test_a_fresh_proof_of_an_older_text_is_not_played_again(scene: Scene) -> None:
    """security 1.2, *Replay*: an edit without `updated` counts by its arrival, so an older one must not arrive twice."""
    async with a_peer() as other:
        bob = other.actor("bob")
        note = bob.mentioning(scene.member.uri)
        first = proven(scene, bob.says("Update", note | {"content": "<p>first</p>"}), bob)
        second = bob.says("Update", note | {"content": "<p>second</p>"})
        for activity in (bob.create(note), first, second):
            await other.post(scene.node, activity, bob)
            await process_arrivals(scene.node)

        outcomes = await scene.arrives(first, scene.alice)

    found = await post(scene, note["id"])
    assert outcomes == ["duplicate"]
    assert found is not None
    assert "second" in found.content
