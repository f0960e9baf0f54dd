"""What somebody else signed: believed with the actor's own proof, or as its origin says it; else refused."""

from typing import Any

from actors.lookup import by_uri
from coopfed.net import peers
from coopfed.signing import proofs
from tests.inbox.test_posts import home, post
from tests.support.nodes import process_arrivals
from tests.support.peers import CONTEXT, Document, RemoteActor, a_peer
from tests.support.scene import Scene


def proven(scene: Scene, activity: Document, actor: RemoteActor) -> Document:
    """The activity with an integrity proof of this actor."""
    return proofs.attach(activity, actor.ed25519, actor.ed25519_id, scene.node.utc())


def served(actor: RemoteActor, scene: Scene, **more: Any) -> Document:
    """A Note to the member as its origin serves it."""
    return actor.mentioning(scene.member.uri, **more) | {"@context": CONTEXT}


async def test_relayed_create_without_proof_is_what_its_origin_says(scene: Scene) -> None:
    """design 9: the body is never trusted; the object is fetched by id from its own host."""
    async with a_peer() as other:
        bob = other.actor("bob")
        note = other.publish(served(bob, scene))
        forged = bob.create(note | {"content": "<p>forged on the way</p>"})

        outcome = await scene.arrives(forged, scene.alice)

    found = await post(scene, note["id"])
    assert outcome == ["accepted"]
    assert found is not None
    assert "forged" not in found.content


async def test_relayed_create_of_what_its_origin_does_not_have_is_unreachable(scene: Scene) -> None:
    """design 9: fetched by id or dropped; a 404 is final."""
    async with a_peer() as other:
        bob = other.actor("bob")

        assert await scene.arrives(bob.create(served(bob, scene)), scene.alice) == ["unreachable"]


async def test_relayed_create_of_an_object_elsewhere_is_refused(scene: Scene) -> None:
    """security 1.1: a relay cannot make us fetch from a third host in somebody's name."""
    async with a_peer() as other, a_peer() as third:
        bob = other.actor("bob")
        foreign = third.publish(served(third.actor("carol"), scene))

        assert await scene.arrives(bob.create(foreign), scene.alice) == ["refused_relayed"]
        assert third.gets == []


async def test_relayed_create_is_not_another_authors(scene: Scene) -> None:
    """FEP-fe34: what the origin serves must be the named actor's own."""
    async with a_peer() as other:
        bob, carol = other.actor("bob"), other.actor("carol")
        note = other.publish(served(carol, scene))

        assert await scene.arrives(bob.create(note), scene.alice) == ["refused_author"]


async def test_relayed_activities_that_cannot_be_looked_up_are_refused(scene: Scene) -> None:
    """s2s 2.16: Follow, Undo, Accept, Like, Update without proof: dropped."""
    async with a_peer() as other:
        bob = other.actor("bob")
        follow = bob.follow(scene.member.uri)
        for activity in (
            follow,
            bob.says("Undo", follow),
            bob.says("Accept", follow),
            bob.says("Update", bob.document()),
        ):
            assert await scene.arrives(activity, scene.alice) == ["refused_relayed"]


async def test_valid_proof_of_the_actor_counts_as_its_signature(scene: Scene) -> None:
    """FEP-8b32 *Verification*: forwarded by a friend, believed without asking; the embedded text counts."""
    async with a_peer() as other:
        bob = other.actor("bob")
        note = served(bob, scene)
        del note["@context"]

        outcome = await scene.arrives(proven(scene, bob.create(note), bob), scene.alice)

        assert other.gets == ["/users/bob"]
    assert outcome == ["accepted"]
    assert await post(scene, note["id"]) is not None


async def test_bad_proof_counts_as_none(scene: Scene) -> None:
    """FEP-8b32: changed after the proof, or by another key, or by another actor's key."""
    async with a_peer() as other:
        bob, carol = other.actor("bob"), other.actor("carol")
        follow = bob.follow(scene.member.uri)
        changed = proven(scene, bob.follow("https://x.example/"), bob) | {"object": scene.member.uri}
        wrong_key = proofs.attach(follow, carol.ed25519, bob.ed25519_id, scene.node.utc())
        wrong_actor = proven(scene, follow, carol)
        relayer = proven(scene, follow, scene.alice)
        rsa_key = follow | {"proof": proven(scene, follow, bob)["proof"] | {"verificationMethod": bob.key_id}}
        garbage = follow | {"proof": {"type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022"}}

        for number, activity in enumerate((changed, wrong_key, wrong_actor, relayer, rsa_key, garbage)):
            one = activity | {"id": f"{other.base}/activities/bad{number}"} if number > 5 else activity
            outcome = await scene.arrives(one, scene.alice)
            assert outcome in (["refused_relayed"], []), number
    bob_here = await scene.node.db.read(by_uri, bob.uri)
    assert bob_here is None or bob_here.following_count == 0


async def test_proof_of_a_neighbour_is_not_the_actors(scene: Scene) -> None:
    """design 9: neighbours on one host are strangers, in proofs too."""
    neighbour = scene.peer.actor("neighbour")

    assert await scene.arrives(proven(scene, scene.alice.follow(scene.member.uri), neighbour), neighbour) == [
        "refused_relayed"
    ]


async def test_relayed_delete_is_believed_when_its_origin_says_gone(scene: Scene) -> None:
    """s2s 2.16: Delete: checked to be gone (410 or a Tombstone) at its origin."""
    async with a_peer() as other:
        bob = other.actor("bob")
        notes = [served(bob, scene), served(bob, scene)]
        for note in notes:
            assert await scene.arrives(proven(scene, bob.create(note), bob), scene.alice) == ["accepted"]
        other.statuses[notes[0]["id"].removeprefix(other.base)] = 410
        other.publish({"@context": CONTEXT, "id": notes[1]["id"], "type": "Tombstone"})

        outcomes = [await scene.arrives(bob.says("Delete", note["id"]), scene.alice) for note in notes]

    assert outcomes == [["accepted"], ["accepted"]]


async def test_relayed_delete_of_what_is_still_there_is_refused(scene: Scene) -> None:
    """s2s 2.16: a forged Delete changes nothing."""
    async with a_peer() as other:
        bob = other.actor("bob")
        note = other.publish(served(bob, scene))
        await scene.arrives(bob.create(note), scene.alice)

        assert await scene.arrives(bob.says("Delete", note["id"]), scene.alice) == ["refused_relayed"]

    found = await post(scene, note["id"])
    assert found is not None
    assert found.deleted_at is None


async def test_private_post_is_not_deleted_by_a_relay_and_a_404(scene: Scene) -> None:
    """s2s 2.15: 404 on a followers-only post is not a deletion: it is what its host tells everybody who may not see it."""
    async with a_peer() as other:
        bob = other.actor("bob")
        private = served(bob, scene, to=[bob.followers], cc=[scene.member.uri])
        assert await scene.arrives(proven(scene, bob.create(private), bob), scene.alice) == ["accepted"]

        outcome = await scene.arrives(bob.says("Delete", private["id"]), scene.alice)

    found = await post(scene, private["id"])
    assert outcome == ["refused_relayed"]
    assert found is not None
    assert found.deleted_at is None


async def test_post_that_is_yet_to_come_is_not_deleted_by_a_relay_and_a_404(scene: Scene) -> None:
    """Security 1.1, *id poisoning*: where ids are counted (Lemmy) the next one is known, and everybody could bury it beforehand."""
    async with a_peer() as other:
        bob = other.actor("bob")
        await other.post(scene.node, bob.follow(scene.member.uri))
        await process_arrivals(scene.node)
        note = served(bob, scene)

        buried = await scene.arrives(bob.says("Delete", note["id"]), scene.alice)
        await other.post(scene.node, bob.create(note))
        outcomes = await process_arrivals(scene.node)

    assert (buried, list(map(str, outcomes))) == (["refused_relayed"], ["accepted"])
    assert await post(scene, note["id"]) is not None


async def test_actor_is_not_ended_by_a_relay_and_a_404(scene: Scene) -> None:
    """s2s 2.19: 404 on an actor is no deletion (it may be a block, or a broken proxy); 410 is."""
    async with a_peer() as other:
        bob = other.actor("bob")
        assert await scene.arrives(bob.follow(scene.member.uri), bob) == ["accepted"]
        end = bob.says("Delete", bob.uri)
        other.statuses["/users/bob"] = 404
        refused = await scene.arrives(end, scene.alice)
        other.statuses["/users/bob"] = 410
        taken = await scene.arrives(end | {"id": f"{end['id']}-2"}, scene.alice)

    assert (refused, taken) == (["refused_relayed"], ["accepted"])


async def test_relayed_delete_by_a_stranger_has_no_effect(scene: Scene) -> None:
    """Outcome `irrelevant` and no fault of ours: an actor never seen here has nothing here."""
    async with a_peer() as other:
        bob = other.actor("bob")
        note = bob.note()
        other.statuses[note["id"].removeprefix(other.base)] = 410

        outcome = await scene.arrives(bob.says("Delete", note["id"]), scene.alice)

    assert outcome == ["irrelevant"]


async def test_host_blocked_after_the_arrival_is_not_heard(scene: Scene) -> None:
    """s2s 2.22, step 2; outcome `peer_blocked`: also when the block came while the message waited."""
    async with a_peer() as other:
        bob = other.actor("bob")
        note = other.publish(served(bob, scene))
        await scene.peer.post(scene.node, bob.create(note), scene.alice)
        await scene.node.db.write(peers.set_blocked, other.host, True)
        scene.node.memory.forget()
        other.gets.clear()

        outcomes = await process_arrivals(scene.node)

        assert [str(outcome) for outcome in outcomes] == ["peer_blocked"]
        assert other.gets == []
    assert await home(scene) == []


async def test_what_a_host_sent_before_it_was_blocked_has_no_effect_after(scene: Scene) -> None:
    """Outcome `peer_blocked`: a flood that waits is stopped by the block too."""
    await scene.peer.post(scene.node, scene.alice.create(scene.alice.mentioning(scene.member.uri)))
    await scene.node.db.write(peers.set_blocked, scene.peer.host, True)
    scene.node.memory.forget()

    assert [str(outcome) for outcome in await process_arrivals(scene.node)] == ["peer_blocked"]


async def test_blocked_host_is_not_heard_through_a_friend(scene: Scene) -> None:
    """s2s 2.22, step 2: the host of the actor counts, not only that of the signer."""
    async with a_peer() as other:
        bob = other.actor("bob")
        await scene.node.db.write(peers.set_blocked, other.host, True)

        answer = await scene.peer.post(scene.node, proven(scene, bob.follow(scene.member.uri), bob), scene.alice)

        assert answer.status == 403
        assert other.gets == []
