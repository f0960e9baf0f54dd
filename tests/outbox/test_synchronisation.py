"""Follower synchronisation as it leaves (FEP-8fcf): what is said beside which posts, and to whom the list is shown."""

import hashlib

import pytest

from actors.lookup import by_uri
from actors.synchronisation import Claim, digest, read, written
from coopfed.features.blocks.actions import block
from coopfed.features.posts.actions import create_post
from coopfed.features.posts.rules import Draft
from coopfed.features.profiles.actions import delete_actor
from coopfed.vocab.audience import Visibility
from tests.support.nodes import an_actor, process_arrivals
from tests.support.peers import RemoteActor, a_peer, send_due
from tests.support.scene import Scene

HEADER = "Collection-Synchronization"


async def followed(scene: Scene, *followers: RemoteActor) -> None:
    """These follow the member, and know that they may."""
    for follower in followers:
        await scene.arrives(follower.follow(scene.member.uri), follower)
    await process_arrivals(scene.node)
    await send_due(scene.node)
    scene.peer.received.clear()


async def say(scene: Scene, visibility: Visibility = Visibility.FOLLOWERS, text: str = "Among us") -> None:
    """The member posts."""
    await create_post(scene.node, scene.member, Draft(text, visibility=visibility))
    await send_due(scene.node)


def list_of(scene: Scene) -> str:
    """Where the member's followers of a host are listed."""
    return f"{scene.member.uri}/followers_synchronization"


def said(scene: Scene, *uris: str) -> Claim:
    """What is to be said of these followers."""
    return Claim(f"{scene.member.uri}/followers", list_of(scene), digest(set(uris)))


def test_digest_is_that_of_the_fep() -> None:
    """FEP-8fcf *Partial follower collection digest*: its own example; the order says nothing, of nobody it is 64 zeros."""
    uris = ["https://testing.example.org/users/1", "https://testing.example.org/users/2"]

    assert digest(set(uris)) == "c33f48cd341ef046a206b8a72ec97af65079f9a3a9b90eef79c5920dce45c61f"
    assert digest({uris[0]}) == hashlib.sha256(uris[0].encode()).hexdigest()
    assert digest(set()) == "0" * 64


def test_what_is_written_is_read() -> None:
    """FEP-8fcf *The Collection-Synchronization HTTP Header*: in the syntax of `Signature`."""
    claim = Claim("https://example.org/users/1/followers", "https://example.org/users/1/sync", "ab" * 32)

    assert read(written(claim)) == claim


# --- shut -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("visibility", [Visibility.PUBLIC, Visibility.UNLISTED, Visibility.DIRECT])
async def test_only_posts_for_followers_say_who_follows(scene: Scene, visibility: Visibility) -> None:
    """FEP-8fcf *On the sender end*; as Mastodon."""
    await followed(scene, scene.alice)

    await say(scene, visibility, f"@alice@{scene.peer.host} hello")

    assert scene.peer.types() == ["Create"]
    assert HEADER not in scene.peer.received[0].headers


async def test_host_whose_actors_have_their_inboxes_elsewhere_is_told_nothing(scene: Scene) -> None:
    """FEP-8fcf *Requirements*: ids and inboxes on one authority; else the list would lack followers, who would be removed."""
    async with a_peer() as bridge:
        bridged = bridge.actor("bridged", changes={"inbox": f"{scene.peer.base}/inbox", "endpoints": None})
        await followed(scene, scene.alice)
        await bridge.post(scene.node, bridged.follow(scene.member.uri))
        await followed(scene)

        await say(scene)
        answers = [
            await scene.peer.get(scene.node, list_of(scene), scene.alice),
            await bridge.get(scene.node, list_of(scene), bridged),
        ]

    assert HEADER not in scene.peer.received[0].headers
    assert [answer.status for answer in answers] == [404, 404]


async def test_list_is_shown_to_nobody_without_a_signature(scene: Scene) -> None:
    """FEP-8fcf: "Accessing it should require authentication": who follows whom is not for strangers."""
    await followed(scene, scene.alice)

    answer = await scene.peer.get(scene.node, list_of(scene))

    assert (answer.status, answer.json["error"]) == (401, "signature_required")


async def test_host_sees_its_own_followers_and_no_others(scene: Scene) -> None:
    """FEP-8fcf *Partial follower collection*: of the authority that asks, with its port; not those who only asked to follow."""
    locked = await an_actor(scene.node, "locked", locked=True)
    async with a_peer() as other:
        bob, carol = other.actor("bob"), other.actor("carol")
        await followed(scene, scene.alice)
        await other.post(scene.node, bob.follow(scene.member.uri))
        await scene.arrives(scene.alice.follow(locked.uri))

        seen = {
            actor.name: (await peer.get(scene.node, list_of(scene), actor)).json["orderedItems"]
            for peer, actor in ((scene.peer, scene.alice), (other, bob), (other, carol))
        }
        waiting = await scene.peer.get(scene.node, f"{locked.uri}/followers_synchronization", scene.alice)

    assert seen == {"alice": [scene.alice.uri], "bob": [bob.uri], "carol": [bob.uri]}
    assert waiting.json["orderedItems"] == []
    assert waiting.headers["Cache-Control"] == "private, no-store"


async def test_blocked_actor_and_followers_of_who_is_gone_are_told_nothing(scene: Scene) -> None:
    """design 9: what is for others is not for whom the actor blocks; 410 for who is deleted, 404 for who never was."""
    await followed(scene, scene.alice)
    alice = await scene.node.db.read(by_uri, scene.alice.uri)
    assert alice is not None
    await block(scene.node, scene.member, alice)

    blocked = await scene.peer.get(scene.node, list_of(scene), scene.alice)
    await delete_actor(scene.node, scene.member)
    gone = await scene.peer.get(scene.node, list_of(scene), scene.alice)
    never = await scene.peer.get(scene.node, f"{scene.node.urls.actor(4711)}/followers_synchronization", scene.alice)

    assert [answer.status for answer in (blocked, gone, never)] == [404, 410, 404]


# --- open -------------------------------------------------------------------------------------------------------


async def test_post_for_followers_says_which_of_them_live_there(scene: Scene) -> None:
    """FEP-8fcf: each host hears of its own; the signature covers it, and the list has the digest."""
    carol = scene.peer.actor("carol")
    async with a_peer() as other:
        bob = other.actor("bob")
        await followed(scene, scene.alice, carol)
        await other.post(scene.node, bob.follow(scene.member.uri))
        await followed(scene)

        await say(scene)
        listed = (await scene.peer.get(scene.node, list_of(scene), scene.alice)).json
        there = other.received[-1]

    here = scene.peer.received[0]
    assert read(here.headers[HEADER]) == said(scene, scene.alice.uri, carol.uri)
    assert read(there.headers[HEADER]) == said(scene, bob.uri)
    assert "collection-synchronization" in here.headers["Signature"]
    assert digest(set(listed["orderedItems"])) == read(here.headers[HEADER]).digest
    assert (listed["id"], listed["totalItems"]) == (list_of(scene), 2)


async def test_both_kinds_of_signature_cover_it(scene: Scene) -> None:
    """FEP-8fcf; RFC 9421 2.5: what is not signed may have been put there by anybody."""
    await followed(scene, scene.alice)
    scene.peer.answers = lambda received: 202 if "Signature-Input" in received.headers else 401

    await say(scene)

    assert '"collection-synchronization"' in scene.peer.received[0].headers["Signature-Input"]


async def test_host_without_followers_hears_that_it_has_none(scene: Scene) -> None:
    """s2s 2.18: empty set: 64 zeros: somebody there is mentioned, and the host may believe that they follow."""
    async with a_peer() as other:
        other.actor("bob")
        await followed(scene, scene.alice)

        await say(scene, text=f"@bob@{other.host} hello")

        assert read(other.received[0].headers[HEADER]) == said(scene)


async def test_retry_says_what_is_true_by_then(scene: Scene) -> None:
    """s2s 2.2: made at send time and not at enqueue time, as the signature is."""
    carol = scene.peer.actor("carol")
    await followed(scene, scene.alice, carol)
    scene.peer.answers = lambda _received: 503
    await say(scene)
    scene.peer.answers = lambda _received: 202

    await scene.arrives(carol.says("Undo", carol.follow(scene.member.uri)))
    scene.clock.pass_(3600)
    await send_due(scene.node)

    assert read(scene.peer.received[-1].headers[HEADER]) == said(scene, scene.alice.uri)
