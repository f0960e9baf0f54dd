"""The relay client in both styles (FEP-ae0c): each door shut, then open. The relay is a peer that answers as relays do."""

import pytest

from coopfed.db.tx import Tx
from coopfed.errors import InvalidInput, NotFound
from coopfed.features.posts import store as posts
from coopfed.features.posts import visible
from coopfed.features.posts.actions import create_post, delete_post, edit_post
from coopfed.features.posts.rules import Draft
from coopfed.features.relays.actions import leave, subscribe
from coopfed.vocab.audience import Visibility
from coopfed.vocab.terms import PUBLIC
from outbox import relays
from tests.inbox.test_boosts import home, told
from tests.inbox.test_follows import between
from tests.support.nodes import process_arrivals
from tests.support.peers import CONTEXT, Document, RemoteActor, a_peer, send_due
from tests.support.scene import Scene


async def let_in(scene: Scene, style: str) -> RemoteActor:
    """A relay at alice's host that this node asked and that let it in; what it heard so far is forgotten."""
    speaker = scene.peer.actor("relay")
    speaker.changes["type"] = "Application"
    place = f"{scene.peer.base}/inbox" if style == "mastodon" else speaker.uri
    await subscribe(scene.node, place, style)
    await send_due(scene.node)
    [follow] = [received.document for received in scene.peer.received]
    assert await scene.arrives(speaker.says("Accept", follow), speaker) == ["accepted"]
    scene.peer.received.clear()
    return speaker


async def states(scene: Scene) -> list[str]:
    """Of each relay what it answered."""
    return [row.state for row in await scene.node.db.read(relays.relays)]


def heard(scene: Scene) -> list[Document]:
    """What the relay got, in the order in which it came."""
    return [received.document for received in scene.peer.received]


# --- shut -------------------------------------------------------------------------------------------------------


async def test_only_the_relay_that_was_asked_answers(scene: Scene) -> None:
    """FEP-fe34: an Accept of our Follow by another host, and of a Follow that nobody asked."""
    await subscribe(scene.node, f"{scene.peer.base}/inbox", "mastodon")
    await send_due(scene.node)
    [follow] = heard(scene)
    async with a_peer() as other:
        stranger = other.actor("relay")
        await other.post(scene.node, stranger.says("Accept", follow), stranger)
        outcomes = await process_arrivals(scene.node)

    assert outcomes == ["refused_unasked"]
    assert await states(scene) == ["pending"]
    assert await scene.arrives(scene.alice.says("Accept", follow | {"id": "https://x.example/1"})) == [
        "refused_unasked"
    ]


@pytest.mark.parametrize("style", ["mastodon", "litepub"])
@pytest.mark.parametrize("visibility", [Visibility.UNLISTED, Visibility.FOLLOWERS, Visibility.DIRECT])
async def test_relay_hears_nothing_that_is_not_public(scene: Scene, style: str, visibility: Visibility) -> None:
    """A relay tells everybody."""
    await let_in(scene, style)

    await create_post(scene.node, scene.member, Draft("Among us", visibility))
    await send_due(scene.node)

    assert heard(scene) == []


async def test_relay_that_has_not_answered_hears_nothing(scene: Scene) -> None:
    """Nothing is sent before the Accept."""
    await subscribe(scene.node, f"{scene.peer.base}/inbox", "mastodon")
    await send_due(scene.node)

    await create_post(scene.node, scene.member, Draft("Seeds"))
    await send_due(scene.node)

    assert [activity["type"] for activity in heard(scene)] == ["Follow"]


async def test_what_a_relay_embeds_is_not_believed(scene: Scene) -> None:
    """s2s 2.16: untrusted discovery; the post is what its own host serves, and a relay's word for it is nothing."""
    speaker = await let_in(scene, "mastodon")
    async with a_peer() as other:
        bob = other.actor("bob")
        note = bob.note("<p>Bread</p>")
        other.publish({"@context": CONTEXT, **note})
        forged = bob.create(note | {"content": "<p>Bob is a thief</p>"})
        await scene.peer.post(scene.node, forged, speaker)
        [outcome] = await process_arrivals(scene.node)

    stored = await scene.node.db.read(posts.by_uri, note["id"])
    assert (outcome, stored and stored.content) == ("accepted", "<p>Bread</p>")


async def test_relay_makes_no_boosts_and_tells_nobody(scene: Scene) -> None:
    """s2s 2.16: no follow edges, no boosts, no notifications; not of private posts, not of what is ours."""
    speaker = await let_in(scene, "litepub")
    ours = await create_post(scene.node, scene.member, Draft("Seeds"))
    quiet = scene.alice.note(to=[scene.alice.followers], cc=[PUBLIC])
    for note in (scene.alice.note(), quiet):
        scene.peer.publish({"@context": CONTEXT, **note})
        expected = "refused_hidden" if note is quiet else "accepted"
        assert await scene.arrives(speaker.says("Announce", note["id"]), speaker) == [expected]

    assert await scene.arrives(speaker.says("Announce", ours.uri), speaker) == ["duplicate"]
    assert (await home(scene), await told(scene)) == ([(ours.uri, None)], [])


async def test_mistakes_are_told(scene: Scene) -> None:
    """Bad input says what to do."""
    with pytest.raises(InvalidInput, match="one of: mastodon, litepub"):
        await subscribe(scene.node, f"{scene.peer.base}/inbox", "pub")
    with pytest.raises(InvalidInput, match="to itself"):
        await subscribe(scene.node, scene.node.urls.shared_inbox, "mastodon")
    await subscribe(scene.node, f"{scene.peer.base}/inbox", "mastodon")
    with pytest.raises(InvalidInput, match="asked already"):
        await subscribe(scene.node, f"{scene.peer.base}/inbox", "mastodon")
    with pytest.raises(NotFound, match="no relay of this node"):
        await leave(scene.node, "https://x.example/inbox")


# --- open -------------------------------------------------------------------------------------------------------


async def test_mastodon_style_speaks_to_an_inbox_and_sends_the_posts_themselves(scene: Scene) -> None:
    """FEP-ae0c: Follow of the public address by the node's actor; then Create, Update and Delete; Undo embeds the Follow."""
    await subscribe(scene.node, f"{scene.peer.base}/inbox", "mastodon")
    await send_due(scene.node)
    [follow] = heard(scene)
    assert (follow["actor"], follow["object"], follow["type"]) == (scene.node.urls.node_actor, PUBLIC, "Follow")
    speaker = scene.peer.actor("relay")
    # Some answer with the id alone.
    assert await scene.arrives(speaker.says("Accept", follow["id"]), speaker) == ["accepted"]
    assert await states(scene) == ["accepted"]

    post = await create_post(scene.node, scene.member, Draft("Seeds"))
    await send_due(scene.node)
    await edit_post(scene.node, scene.member, post, Draft("Good seeds"))
    await send_due(scene.node)
    await delete_post(scene.node, scene.member, post)
    await leave(scene.node, f"{scene.peer.base}/inbox")
    await send_due(scene.node)

    said = heard(scene)[1:]
    assert sorted(activity["type"] for activity in said) == ["Create", "Delete", "Undo", "Update"]
    assert all(isinstance(activity["to"], list) for activity in said)
    [undo] = [activity for activity in said if activity["type"] == "Undo"]
    assert (undo["object"]["id"], undo["object"]["object"]) == (follow["id"], PUBLIC)
    assert await states(scene) == []


async def test_litepub_style_follows_the_actor_and_is_followed_back(scene: Scene) -> None:
    """FEP-ae0c: mutual follow; new posts as the node actor's Announce of their ids, edits and the end as they are; who leaves is followed
    no more, whatever the relay says (activityrelay sends the Undo of our Undo)."""
    speaker = await let_in(scene, "litepub")
    assert await scene.arrives(speaker.follow(scene.node.urls.node_actor), speaker) == ["accepted"]
    await send_due(scene.node)
    assert [activity["type"] for activity in heard(scene)] == ["Accept"]

    post = await create_post(scene.node, scene.member, Draft("Seeds"))
    await send_due(scene.node)
    await delete_post(scene.node, scene.member, post)
    await send_due(scene.node)

    announce, end = heard(scene)[1:]
    assert (announce["type"], announce["actor"], announce["object"]) == (
        "Announce",
        scene.node.urls.node_actor,
        post.uri,
    )
    assert announce["to"] == [f"{scene.node.urls.node_actor}/followers"]
    assert "published" in announce
    assert end["type"] == "Delete"

    await leave(scene.node, speaker.uri)

    assert await between(scene, speaker.uri, scene.node.urls.node_actor) is None


async def test_relay_of_mastodons_style_may_follow_before_it_accepts(scene: Scene) -> None:
    """FEP-ae0c: activityrelay follows back whoever asks, and its two messages arrive in any order; until the Accept only the inbox that
    was asked says who it is. Nobody elsewhere is taken for it."""
    await subscribe(scene.node, f"{scene.peer.base}/inbox", "mastodon")
    speaker = scene.peer.actor("relay")
    speaker.changes["type"] = "Application"

    async with a_peer() as other:
        stranger = other.actor("relay")
        await other.post(scene.node, stranger.follow(scene.node.urls.node_actor), stranger)
        assert await process_arrivals(scene.node) == ["unsupported"]

    assert await scene.arrives(speaker.follow(scene.node.urls.node_actor), speaker) == ["accepted"]


async def test_nobody_else_follows_the_node_itself(scene: Scene) -> None:
    """It says nothing that could be followed."""
    assert await scene.arrives(scene.alice.follow(scene.node.urls.node_actor)) == ["unsupported"]


async def test_what_a_relay_passes_on_is_found_by_its_hashtags(scene: Scene) -> None:
    """Announced by id (LitePub), or forwarded (Mastodon): stored, with its author."""
    speaker = await let_in(scene, "mastodon")
    note, other = (
        scene.alice.note(tag=[{"type": "Hashtag", "name": "#bread", "href": "https://x.example"}]) for _ in "12"
    )
    for document in (note, other):
        scene.peer.publish({"@context": CONTEXT, **document})

    assert await scene.arrives(speaker.says("Announce", note["id"]), speaker) == ["accepted"]
    assert await scene.arrives(scene.alice.create(other), speaker) == ["accepted"]

    found = await scene.node.db.read(_tagged)
    assert sorted(found) == sorted([note["id"], other["id"]])


def _tagged(tx: Tx) -> list[str]:
    return [row.uri for row in visible.public_by_hashtag(tx, "bread", 0, 40, None)]


async def test_relay_may_put_us_out(scene: Scene) -> None:
    """A Reject after the Accept ends it: nothing is said to it any more."""
    speaker = await let_in(scene, "litepub")
    [row] = await scene.node.db.read(relays.relays)

    follow = {"id": row.follow_uri, "type": "Follow", "actor": scene.node.urls.node_actor, "object": speaker.uri}
    assert await scene.arrives(speaker.says("Reject", follow), speaker) == ["accepted"]

    await create_post(scene.node, scene.member, Draft("Seeds"))
    await send_due(scene.node)
    assert (await states(scene), heard(scene)) == ([], [])
