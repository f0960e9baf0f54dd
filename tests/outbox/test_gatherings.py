"""GET of answers, likes and boosts of a post: for those who may see it, each answer for those who may see that."""

from coopfed import limits
from coopfed.features.posts.actions import create_post, delete_post
from coopfed.features.posts.rules import Draft
from coopfed.features.posts.store import PostRow
from coopfed.vocab.audience import Visibility
from tests.support.nodes import an_actor
from tests.support.scene import Scene


async def said(scene: Scene, text: str, **more: object) -> PostRow:
    """A post of the member."""
    return await create_post(scene.node, scene.member, Draft(text, **more))  # type: ignore[arg-type]


async def test_gatherings_of_what_is_private_are_not_there(scene: Scene) -> None:
    """security 1.7: replies, likes and shares are read paths too."""
    post = await said(scene, "secret", visibility=Visibility.FOLLOWERS)

    for name in ("replies", "likes", "shares"):
        answer = await scene.peer.get(scene.node, f"{post.uri}/{name}", scene.alice)
        assert answer.status == 404


async def test_author_comes_first_and_then_everybody(scene: Scene) -> None:
    """s2s 2.15: the first page has the author's own continuation, as Mastodon reads threads; pages lead on to the others."""
    post = await said(scene, "one")
    own = await said(scene, "two", in_reply_to=post.uri)
    other = await create_post(scene.node, await an_actor(scene.node, "other"), Draft("me too", in_reply_to=post.uri))
    note = scene.alice.note(inReplyTo=post.uri)
    await scene.arrives(scene.alice.create(note))

    head = (await scene.peer.get(scene.node, f"{post.uri}/replies")).json
    first = (await scene.peer.get(scene.node, head["first"])).json
    second = (await scene.peer.get(scene.node, first["next"])).json

    assert (head["type"], head["totalItems"]) == ("Collection", 3)
    assert (first["type"], first["items"], first["partOf"]) == ("CollectionPage", [own.uri], head["id"])
    assert sorted(second["items"]) == sorted([other.uri, note["id"]])
    assert "next" not in second


async def test_answers_are_listed_for_those_who_may_see_them(scene: Scene) -> None:
    """security 1.7: an answer for few does not stand in a list for all; a deleted one in none."""
    post = await said(scene, f"hello @alice@{scene.peer.host}")
    direct = await said(scene, f"@alice@{scene.peer.host} secret", in_reply_to=post.uri, visibility=Visibility.DIRECT)
    gone = await said(scene, "gone", in_reply_to=post.uri)
    await delete_post(scene.node, scene.member, gone)

    anybody = (await scene.peer.get(scene.node, f"{post.uri}/replies?page=self")).json["items"]
    alice = await scene.peer.get(scene.node, f"{post.uri}/replies?page=self", scene.alice)

    assert anybody == []
    assert alice.json["items"] == [direct.uri]
    assert alice.headers["Cache-Control"] == "private, no-store"


async def test_pages_go_on_by_cursor(scene: Scene) -> None:
    """s2s 2.13: cursors, never offsets; each answer once."""
    post = await said(scene, "one")
    answers = [(await said(scene, f"{n}", in_reply_to=post.uri)).uri for n in range(limits.PAGE_ITEMS + 1)]

    first = (await scene.peer.get(scene.node, f"{post.uri}/replies?page=self")).json
    second = (await scene.peer.get(scene.node, first["next"])).json

    assert first["items"] + second["items"] == answers
    assert len(second["items"]) == 1
    assert second["next"] == f"{post.uri}/replies?page=others"


async def test_strange_cursor_is_refused(scene: Scene) -> None:
    """Bad input gets a clear error."""
    post = await said(scene, "one")

    for cursor in ("-1", "x", "9" * 30, "%00"):
        answer = await scene.peer.get(scene.node, f"{post.uri}/replies?page=others&after={cursor}")
        assert answer.status == 400


async def test_likes_and_shares_are_counted_and_not_named(scene: Scene) -> None:
    """s2s 1: totalItems only; who likes what is not published by others' servers either."""
    post = await said(scene, "one")
    await scene.arrives(scene.alice.says("Like", post.uri))

    likes = (await scene.peer.get(scene.node, f"{post.uri}/likes")).json
    shares = (await scene.peer.get(scene.node, f"{post.uri}/shares")).json

    assert (likes["totalItems"], shares["totalItems"]) == (1, 0)
    assert not {"items", "first"} & set(likes)


async def test_gatherings_of_what_was_deleted_are_gone(scene: Scene) -> None:
    """ActivityPub 6.4: as the object."""
    post = await said(scene, "one")
    await delete_post(scene.node, scene.member, post)

    assert (await scene.peer.get(scene.node, f"{post.uri}/replies")).status == 410


async def test_object_names_its_gatherings(scene: Scene) -> None:
    """ActivityPub 5.7, 5.8: peers find them from the object."""
    post = await said(scene, "one")

    note = (await scene.peer.get(scene.node, post.uri)).json

    assert [note[name] for name in ("replies", "likes", "shares")] == [
        f"{post.uri}/{name}" for name in ("replies", "likes", "shares")
    ]
