"""Who gets what: which inboxes an activity goes to, and which it never does."""

from typing import Any

from actors.lookup import ActorRow, actor, by_uri
from coopfed import limits
from coopfed.db.tx import Tx
from coopfed.features.posts.actions import create_post, delete_post, edit_post
from coopfed.features.posts.rules import Draft
from coopfed.features.profiles.actions import delete_actor
from coopfed.net import peers
from coopfed.vocab.audience import Visibility
from coopfed.vocab.terms import PUBLIC
from outbox.publish import activity, delivery, publish
from tests.support.nodes import an_actor, process_arrivals
from tests.support.peers import RemoteActor, a_peer, send_due
from tests.support.scene import Scene


async def followed_by(scene: Scene, *followers: RemoteActor) -> None:
    """These actors follow the member; the Accepts are sent."""
    for follower in followers:
        await scene.arrives(follower.follow(scene.member.uri), follower)
    await send_due(scene.node)
    scene.peer.received.clear()


async def inboxes(scene: Scene) -> list[str]:
    """The paths at which the peer got something, after everything due was sent."""
    await send_due(scene.node)
    found = [received.path for received in scene.peer.received]
    scene.peer.received.clear()
    return sorted(found)


async def waiting(scene: Scene) -> list[str]:
    """The inboxes of deliveries that are not done."""
    return await scene.node.db.read(_waiting)


def _waiting(tx: Tx) -> list[str]:
    return [row.inbox for row in tx.execute(delivery.select().where(delivery.c.state != 1))]


async def test_shared_inbox_gets_one_copy(scene: Scene) -> None:
    """s2s 2.18, *Collapse*: one POST per shared inbox, however many follow or are mentioned there."""
    others = [scene.peer.actor(name) for name in ("bob", "carol")]
    await followed_by(scene, scene.alice, *others)

    await create_post(scene.node, scene.member, Draft(f"For all, and @bob@{scene.peer.host}"))

    assert await inboxes(scene) == ["/inbox"]


async def test_actor_without_shared_inbox_gets_its_own_copy(scene: Scene) -> None:
    """ActivityPub 7.1.3: sharedInbox is optional."""
    loner = scene.peer.actor("loner", changes={"endpoints": None})
    await followed_by(scene, scene.alice, loner)

    await create_post(scene.node, scene.member, Draft("For all"))

    assert await inboxes(scene) == ["/inbox", "/users/loner/inbox"]


async def test_direct_post_goes_to_personal_inboxes_of_those_named(scene: Scene) -> None:
    """s2s 2.18; security 1.7: not to followers, not to a shared inbox that would have to guess."""
    bob = scene.peer.actor("bob")
    await followed_by(scene, scene.alice, bob)

    await create_post(
        scene.node, scene.member, Draft(f"Only you, @bob@{scene.peer.host}", visibility=Visibility.DIRECT)
    )

    assert await inboxes(scene) == ["/users/bob/inbox"]


async def test_followers_only_post_does_not_carry_public(scene: Scene) -> None:
    """security 1.7: in no spelling and at no level of the document."""
    await followed_by(scene, scene.alice)

    await create_post(scene.node, scene.member, Draft("Among us", visibility=Visibility.FOLLOWERS))
    await send_due(scene.node)

    (received,) = scene.peer.received
    assert b"Public" not in received.body
    assert received.document["to"] == [scene.member.followers_uri]


async def test_blind_recipient_gets_a_copy_that_does_not_say_so(scene: Scene) -> None:
    """ActivityPub 6: bto and bcc are delivered to and removed, on the activity and in the object."""
    bob = scene.peer.actor("bob")
    await followed_by(scene, scene.alice, bob)
    note: dict[str, Any] = {
        "id": scene.node.urls.object(5),
        "type": "Note",
        "content": "x",
        "to": [scene.alice.uri],
        "bto": [bob.uri],
    }
    document = {
        "id": scene.node.urls.activity(6),
        "type": "Create",
        "actor": scene.member.uri,
        "object": note,
        "to": [scene.alice.uri],
        "bcc": [bob.uri],
    }

    await scene.node.db.write(_publish, scene, document)
    await send_due(scene.node)

    assert sorted(received.path for received in scene.peer.received) == ["/users/alice/inbox", "/users/bob/inbox"]
    for received in scene.peer.received:
        assert b"bcc" not in received.body
        assert b"bto" not in received.body
        assert bob.uri.encode() not in received.body


def _publish(tx: Tx, scene: Scene, document: dict[str, Any]) -> None:
    publish(tx, scene.node.stamp(), scene.member, 6, document, 5)


async def test_blocked_hosts_and_gone_actors_get_nothing(scene: Scene) -> None:
    """s2s 2.18: skipped when publishing, also when they still follow."""
    async with a_peer() as other:
        bob, gone = other.actor("bob"), scene.peer.actor("gone", changes={"endpoints": None})
        await followed_by(scene, scene.alice, bob, gone)
        other.received.clear()
        await scene.node.db.write(peers.set_blocked, other.host, True)
        await scene.node.db.write(_gone, gone.uri)

        await create_post(scene.node, scene.member, Draft("For those who are left"))

        assert await inboxes(scene) == ["/inbox"]
        assert other.received == []


def _gone(tx: Tx, uri: str) -> None:
    tx.execute(actor.update().where(actor.c.uri == uri).values(gone_at=1))


async def test_host_blocked_after_publishing_gets_nothing(scene: Scene) -> None:
    """security 1.7: no delivery after a block, also of what waited for it."""
    await followed_by(scene, scene.alice)
    await create_post(scene.node, scene.member, Draft("Too late"))

    await scene.node.db.write(peers.set_blocked, scene.peer.host, True)

    assert await inboxes(scene) == []


async def test_own_origin_is_never_dialled(scene: Scene) -> None:
    """s2s 2.18: readers on this node get a local item, and an actor that names our inbox as its own reaches nothing."""
    neighbour = await an_actor(scene.node, "neighbour")
    liar = scene.peer.actor("liar", changes={"inbox": scene.member.inbox, "endpoints": None})
    await scene.arrives(liar.follow(scene.member.uri), liar)

    await create_post(scene.node, scene.member, Draft("Hello @neighbour"))
    await send_due(scene.node)
    outcomes = await process_arrivals(scene.node)

    states = await scene.node.db.read(lambda tx: [(row.last_error, row.state) for row in tx.execute(delivery.select())])
    assert neighbour.local
    assert {error for error, _state in states} == {"own_authority"} or all(state == 2 for _error, state in states)
    assert "accepted" in [str(outcome) for outcome in outcomes]


async def test_answer_goes_to_the_author_of_the_answered_post(scene: Scene) -> None:
    """s2s 2.7: put the parent author as Mention and in `to` or `cc`, followed or not."""
    async with a_peer() as other:
        bob = other.actor("bob")
        note = bob.mentioning(scene.member.uri)
        await scene.arrives(bob.create(note), bob)

        await create_post(scene.node, scene.member, Draft("Yes", in_reply_to=note["id"]))
        await send_due(scene.node)

        (received,) = other.received
    sent = received.document["object"]
    assert sent["inReplyTo"] == note["id"]
    assert bob.uri in sent["cc"]
    assert [tag["href"] for tag in sent["tag"]] == [bob.uri]
    assert PUBLIC in sent["to"]


async def test_what_is_sent_is_what_peers_read(scene: Scene) -> None:
    """s2s 2.2, 2.10: bytes hashed are bytes sent; content type, host, signed headers, one digest; addressing alike."""
    await followed_by(scene, scene.alice)

    posted = await create_post(scene.node, scene.member, Draft("A *plain* word"))
    await send_due(scene.node)

    (received,) = scene.peer.received
    create = received.document
    assert received.headers["Content-Type"] == "application/activity+json"
    assert received.headers["Host"] == scene.peer.host
    assert received.headers["Digest"].startswith("SHA-256=")
    assert 'headers="(request-target) host date digest content-type"' in received.headers["Signature"]
    assert f'keyId="{scene.member.uri}#main-key"' in received.headers["Signature"]
    assert "Signature-Input" not in received.headers
    assert (create["to"], create["cc"]) == (create["object"]["to"], create["object"]["cc"])
    assert create["actor"] == create["object"]["attributedTo"] == scene.member.uri
    assert create["object"]["id"] == posted.uri
    assert b"null" not in received.body


async def test_large_post_travels_as_an_id_and_only_its_readers_fetch_it(scene: Scene) -> None:
    """design 9: over 60 KiB: the addressee fetches it with a signature; a stranger, signed or not, finds nothing."""
    stranger = scene.peer.actor("stranger")
    await followed_by(scene, scene.alice)
    text = " ".join(["http://a.io"] * 400)

    posted = await create_post(scene.node, scene.member, Draft(text, language="en", visibility=Visibility.FOLLOWERS))
    await send_due(scene.node)

    (received,) = scene.peer.received
    assert len(received.body) < limits.OUTGOING_BODY_BYTES
    assert received.document["object"] == posted.uri
    addressee = await scene.peer.get(scene.node, posted.uri, scene.alice)
    assert addressee.status == 200
    assert len(addressee.body) > limits.OUTGOING_BODY_BYTES
    assert addressee.headers["Cache-Control"] == "private, no-store"
    assert (await scene.peer.get(scene.node, posted.uri)).status == 404
    assert (await scene.peer.get(scene.node, posted.uri, stranger)).status == 404


async def test_who_liked_a_post_hears_of_its_edit_and_end_and_is_not_named(scene: Scene) -> None:
    """Mastodon's reach list is no list of recipients that everybody reads: who likes what is nobody's business."""
    async with a_peer() as other:
        bob = other.actor("bob")
        await followed_by(scene, scene.alice)
        posted = await create_post(scene.node, scene.member, Draft("Seeds"))
        assert (await other.post(scene.node, bob.says("Like", posted.uri), bob)).status == 202
        await process_arrivals(scene.node)

        await edit_post(scene.node, scene.member, posted, Draft("Good seeds"))
        await send_due(scene.node)
        await delete_post(scene.node, scene.member, posted)
        await send_due(scene.node)

        assert other.types() == ["Update", "Delete"]
        assert not [received for received in (*other.received, *scene.peer.received) if b"bob" in received.body]


async def test_delete_goes_to_all_who_got_the_post(scene: Scene) -> None:
    """s2s 2.10: followers, mentioned, with a Tombstone and the same addressing."""
    async with a_peer() as other:
        bob = other.actor("bob")
        await followed_by(scene, scene.alice)
        posted = await create_post(scene.node, scene.member, Draft(f"Ask @bob@{other.host}"))
        await send_due(scene.node)

        await delete_post(scene.node, scene.member, posted)
        await send_due(scene.node)

        assert bob.uri in other.received[-1].document["cc"]
        assert scene.peer.types() == other.types() == ["Create", "Delete"]
    tombstone = scene.peer.received[-1].document["object"]
    assert {name: tombstone[name] for name in ("id", "type", "formerType")} == {
        "id": posted.uri,
        "type": "Tombstone",
        "formerType": "Note",
    }


async def test_end_of_an_actor_is_told_to_every_known_node(scene: Scene) -> None:
    """s2s 2.10: `object` == `actor`, to every known shared inbox, signed by the key that its peers know."""
    async with a_peer() as other:
        bob = other.actor("bob")
        await scene.arrives(bob.says("Like", "https://x.example/1"), bob)
        await followed_by(scene, scene.alice)

        await delete_actor(scene.node, scene.member)
        await send_due(scene.node)

        for peer in (scene.peer, other):
            (received,) = peer.received
            assert received.path == "/inbox"
            assert received.document["object"] == received.document["actor"] == scene.member.uri
            assert received.document["to"] == [PUBLIC]


async def test_post_that_was_never_delivered_and_is_deleted_is_not_delivered(scene: Scene) -> None:
    """security 1.7: what its author took back is not sent to a host that comes back later; the Delete is."""
    await followed_by(scene, scene.alice)
    scene.peer.answers = lambda _received: 503
    posted = await create_post(scene.node, scene.member, Draft("A slip of the tongue"))
    await send_due(scene.node)

    await delete_post(scene.node, scene.member, posted)
    scene.peer.answers = lambda _received: 202
    scene.clock.pass_(24 * 3600)
    await send_due(scene.node)

    assert scene.peer.types() == ["Delete"]
    assert b"tongue" not in await scene.node.db.read(_bodies)


def _bodies(tx: Tx) -> bytes:
    return b"".join(row.body for row in tx.execute(activity.select()))


async def test_nothing_waits_after_everything_was_sent(scene: Scene) -> None:
    """design 3.7: the queue is a table; done is done."""
    await followed_by(scene, scene.alice)
    await create_post(scene.node, scene.member, Draft("Once"))

    assert await inboxes(scene) == ["/inbox"]
    assert await waiting(scene) == []
    assert await inboxes(scene) == []


async def row_of(scene: Scene, actor: RemoteActor) -> ActorRow:
    """A remote actor as it is stored."""
    found = await scene.node.db.read(by_uri, actor.uri)
    assert found is not None
    return found
