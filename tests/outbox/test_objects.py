"""GET of our objects and activities: who may see what, and what is left of what was deleted."""

from actors.lookup import by_uri
from actors.visibility import object_
from coopfed.db.tx import Tx
from coopfed.features.follows import actions as follows
from coopfed.features.follows import store as follow_rows
from coopfed.features.posts.actions import create_post, delete_post
from coopfed.features.posts.rules import Draft
from coopfed.features.posts.store import PostRow
from coopfed.features.posts.store import by_uri as post_by_uri
from coopfed.features.reactions import actions as reactions
from coopfed.vocab.audience import Visibility
from outbox.publish import activity
from tests.support.nodes import process_arrivals
from tests.support.peers import RemoteActor, a_peer, an_rsa_key
from tests.support.scene import Scene


async def four_posts(scene: Scene, mentioned: RemoteActor) -> dict[Visibility, PostRow]:
    """A post of the member on each level that mentions somebody."""
    text = f"Hello @{mentioned.name}@{scene.peer.host}"
    return {level: await create_post(scene.node, scene.member, Draft(text, visibility=level)) for level in Visibility}


async def create_of(scene: Scene, post: PostRow) -> str:
    """The id of the Create of a post."""
    return await scene.node.db.read(_create_of, post.uri)


def _create_of(tx: Tx, uri: str) -> str:
    found: str = (
        tx.execute(activity.select().where(activity.c.object_uri == uri, activity.c.type == "Create")).one().uri
    )
    return found


async def test_each_level_is_served_to_whom_it_is_for_and_hidden_from_others(scene: Scene) -> None:
    """security 1.6, 1.7: public and unlisted for all but the blocked; others for whom they are; the 404 is always the same."""
    follower, blocked, stranger = (scene.peer.actor(name) for name in ("follower", "blocked", "stranger"))
    for actor in (follower, blocked):
        await scene.arrives(actor.follow(scene.member.uri))
    posts = await four_posts(scene, scene.alice)
    await scene.arrives(stranger.says("Like", "https://x.example/1"))
    await scene.node.db.write(_block, scene.member.id, blocked.uri)
    viewers = (None, stranger, follower, scene.alice, blocked)
    expected = {
        Visibility.PUBLIC: [200, 200, 200, 200, 404],
        Visibility.UNLISTED: [200, 200, 200, 200, 404],
        Visibility.FOLLOWERS: [404, 404, 200, 200, 404],
        Visibility.DIRECT: [404, 404, 404, 200, 404],
    }
    hidden = set()
    for level, post in posts.items():
        answers = [await scene.peer.get(scene.node, post.uri, viewer) for viewer in viewers]

        assert [answer.status for answer in answers] == expected[level], level
        hidden |= {answer.body for answer in answers if answer.status == 404}
        for viewer, answer in zip(viewers, answers, strict=True):
            if answer.status == 200:
                # What depends on who asks is for them alone, however public it is: the author might block the next one.
                assert answer.json["id"] == post.uri
                assert answer.headers["Cache-Control"].startswith("private" if viewer else "public")
                assert "Signature" in answer.headers["Vary"]
    assert len(hidden) == 1


def _block(tx: Tx, blocker: int, uri: str) -> None:
    target = tx.execute(follow_rows.actor.select().where(follow_rows.actor.c.uri == uri)).one().id
    tx.execute(follow_rows.block.insert(), {"actor_id": blocker, "target_id": target, "created_at": 1})


async def test_bad_signature_opens_nothing_and_says_why(scene: Scene) -> None:
    """Door shut: 401 for a signature that is none, also on what is public; never served as if it were absent."""
    posts = await four_posts(scene, scene.alice)
    thief = RemoteActor(scene.peer.base, "alice", rsa=an_rsa_key())

    for post in posts.values():
        answer = await scene.peer.get(scene.node, post.uri, thief)

        assert (answer.status, answer.json["error"]) == (401, "signature_invalid")
        assert "Accept-Signature" in answer.headers


async def test_signature_for_another_object_opens_nothing(scene: Scene) -> None:
    """security 1.2: replayed at another path."""
    posts = await four_posts(scene, scene.alice)
    own = await scene.peer.get(scene.node, posts[Visibility.DIRECT].uri, scene.alice)
    request = scene.peer.last_sent

    answer = await scene.peer.send("GET", posts[Visibility.FOLLOWERS].uri, request)

    assert (own.status, answer.status) == (200, 401)


async def test_activity_is_for_those_whom_its_object_is_for(scene: Scene) -> None:
    """security 1.7, `/activity`: the Create of what is not public is nobody's business but its readers'."""
    posts = await four_posts(scene, scene.alice)
    neighbour = scene.peer.actor("neighbour")
    await scene.arrives(neighbour.says("Like", "https://x.example/1"), neighbour)

    for level, post in posts.items():
        create = await create_of(scene, post)
        answers = [await scene.peer.get(scene.node, create, viewer) for viewer in (None, neighbour, scene.alice)]

        public = level in (Visibility.PUBLIC, Visibility.UNLISTED)
        assert [answer.status for answer in answers] == ([200] * 3 if public else [404, 404, 200])


async def test_like_and_private_boost_are_for_the_author_and_not_for_all_who_see_the_post(scene: Scene) -> None:
    """security 1.7, `/activity`: who likes a public post is its author's business, whom a private boost is for its followers'."""
    note = scene.alice.mentioning(scene.member.uri)
    await scene.arrives(scene.alice.create(note))
    post = await scene.node.db.read(post_by_uri, note["id"])
    assert post is not None
    liked = await reactions.like(scene.node, scene.member, post.id)
    boosted = await reactions.boost(scene.node, scene.member, post.id, Visibility.FOLLOWERS)
    async with a_peer() as other:
        bob = other.actor("bob")
        for activity_uri in (liked.uri, boosted.uri):
            assert activity_uri is not None
            assert (await scene.peer.get(scene.node, activity_uri)).status == 404
            assert (await other.get(scene.node, activity_uri, bob)).status == 404
            assert (await scene.peer.get(scene.node, activity_uri, scene.alice)).status == 200


async def test_follow_can_be_resolved_by_the_host_it_was_sent_to(scene: Scene) -> None:
    """s2s 2.11: Misskey resolves the id of a Follow with its node's actor; strangers learn of no follow."""
    await scene.arrives(scene.alice.says("Like", "https://x.example/1"))
    target = await scene.node.db.read(by_uri, scene.alice.uri)
    assert target is not None
    asked = await follows.follow(scene.node, scene.member, target)
    assert asked.uri is not None
    node_actor = scene.peer.actor("node")
    async with a_peer() as other:
        answers = [
            await scene.peer.get(scene.node, asked.uri),
            await other.get(scene.node, asked.uri, other.actor("bob")),
            await scene.peer.get(scene.node, asked.uri, node_actor),
        ]

    assert [answer.status for answer in answers] == [404, 404, 200]
    assert answers[2].json["object"] == scene.alice.uri


async def test_deleted_post_is_410_and_leaks_nothing(scene: Scene) -> None:
    """ActivityPub 6.4: a Tombstone with 410 for whom it was for, so that nobody else learns that it was there; its Create does not
    bring the text back."""
    posts = await four_posts(scene, scene.alice)
    creates = [await create_of(scene, post) for post in posts.values()]

    for post in posts.values():
        await delete_post(scene.node, scene.member, post)

    follower = scene.peer.actor("follower")
    await scene.arrives(follower.follow(scene.member.uri), follower)
    for level, post in posts.items():
        for viewer in (None, scene.alice, follower):
            answer = await scene.peer.get(scene.node, post.uri, viewer)
            if level is Visibility.DIRECT or (level is Visibility.FOLLOWERS and viewer is not follower):
                assert answer.status == 404
                continue
            tombstone = answer.json
            assert (answer.status, answer.headers["Content-Type"]) == (410, "application/activity+json")
            assert set(tombstone) == {"@context", "id", "type", "formerType", "deleted"}
            assert (tombstone["id"], tombstone["type"], tombstone["formerType"]) == (post.uri, "Tombstone", "Note")
    for create in creates:
        answer = await scene.peer.get(scene.node, create, scene.alice)
        assert answer.status in (404, 410)
        assert b"Hello" not in answer.body


async def test_a_browser_at_the_id_of_a_post_is_led_to_its_page(scene: Scene) -> None:
    """s2s 2.1: HTML to whom wants HTML, ActivityStreams to peers; and nothing shows that a private post is there."""
    posts = await four_posts(scene, scene.alice)
    browser = "text/html,application/xhtml+xml,*/*;q=0.8"

    for level, post in posts.items():
        answer = await scene.peer.get(scene.node, post.uri, Accept=browser)

        if level in (Visibility.PUBLIC, Visibility.UNLISTED):
            assert (answer.status, answer.headers["Location"]) == (303, post.url)
            assert "Accept" in answer.headers["Vary"]
        else:
            assert answer.status == 404


async def test_remote_posts_are_not_served_under_our_name(scene: Scene) -> None:
    """security 1.1: only what is ours has an address here."""
    note = scene.alice.mentioning(scene.member.uri)
    await scene.arrives(scene.alice.create(note))
    number = await scene.node.db.read(lambda tx: tx.execute(object_.select().where(~object_.c.local)).one().id)

    assert (await scene.peer.get(scene.node, scene.node.urls.object(number))).status == 404
    assert await process_arrivals(scene.node) == []


async def test_note_says_what_peers_need(scene: Scene) -> None:
    """s2s 2.7: lists are lists, no nulls, Mention tags, contentMap with the language, our URLs."""
    await scene.arrives(scene.alice.says("Like", "https://x.example/1"))
    post = await create_post(
        scene.node, scene.member, Draft(f"Ciao @alice@{scene.peer.host} #Coop", language="it", summary="cw")
    )

    answer = await scene.peer.get(scene.node, post.uri)

    note = answer.json
    assert b"null" not in answer.body
    assert (note["type"], note["attributedTo"], note["sensitive"], note["summary"]) == (
        "Note",
        scene.member.uri,
        True,
        "cw",
    )
    assert note["contentMap"] == {"it": note["content"]}
    assert note["to"] == ["https://www.w3.org/ns/activitystreams#Public"]
    assert note["cc"] == [scene.member.followers_uri, scene.alice.uri]
    assert note["url"].startswith(f"{scene.node.urls.base}/@member/")
    assert note["published"] == "2026-11-24T08:00:00.000Z"
    mention, hashtag = note["tag"]
    assert (mention["type"], mention["href"], mention["name"]) == (
        "Mention",
        scene.alice.uri,
        f"@alice@{scene.peer.host}",
    )
    assert (hashtag["type"], hashtag["name"].lower()) == ("Hashtag", "#coop")
