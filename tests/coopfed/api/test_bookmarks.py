"""Bookmarks and favourites as lists of one's own."""

from coopfed.features.posts.actions import create_post, delete_post
from coopfed.features.posts.rules import Draft
from coopfed.features.reactions import actions as reactions
from coopfed.vocab.audience import Visibility
from tests.coopfed.api.test_api import a_client
from tests.support.nodes import an_actor
from tests.support.scene import Scene


async def test_what_may_not_be_seen_is_not_marked(scene: Scene) -> None:
    """404, as for reading; another actor's bookmarks are its own."""
    other = await an_actor(scene.node, "other_member")
    hidden = await create_post(scene.node, other, Draft("For few", visibility=Visibility.DIRECT))
    client = await a_client(scene)

    assert (await client.post(f"/statuses/{hidden.id}/bookmark")).status == 404
    assert (await client.get("/bookmarks")).json == []


async def test_bookmarks_are_kept_in_their_order_and_taken_back(scene: Scene) -> None:
    """POST /statuses/:id/bookmark, /unbookmark, GET /bookmarks: twice is once; the last marked first; paged by their own numbers."""
    client, other = await a_client(scene), await a_client(scene, await an_actor(scene.node, "other_member"))
    posts = [await create_post(scene.node, scene.member, Draft(f"Post {n}")) for n in range(3)]
    for post in (posts[2], posts[0], posts[1], posts[0]):
        marked = await client.post(f"/statuses/{post.id}/bookmark")
        assert marked.json["bookmarked"] is True
        scene.clock.pass_(1)

    page = await client.get("/bookmarks?limit=2")
    assert [one["id"] for one in page.json] == [str(posts[1].id), str(posts[0].id)]
    older = page.headers["Link"].split("<")[1].split(">")[0]
    assert [one["id"] for one in (await client.get(older)).json] == [str(posts[2].id)]
    assert (await client.get(f"/statuses/{posts[0].id}")).json["bookmarked"] is True
    assert (await other.get("/bookmarks")).json == []
    assert (await other.get(f"/statuses/{posts[0].id}")).json["bookmarked"] is False

    assert (await client.post(f"/statuses/{posts[1].id}/unbookmark")).json["bookmarked"] is False
    await delete_post(scene.node, scene.member, posts[0])
    assert [one["id"] for one in (await client.get("/bookmarks")).json] == [str(posts[2].id)]


async def test_boost_is_bookmarked_as_what_it_wraps(scene: Scene) -> None:
    """Apps have the number of the boost in hand."""
    client = await a_client(scene)
    post = await create_post(scene.node, scene.member, Draft("Boosted"))
    boost = await reactions.boost(scene.node, scene.member, post.id)

    assert (await client.post(f"/statuses/{boost.id}/bookmark")).json["id"] == str(post.id)


async def test_favourites_are_listed_in_their_order(scene: Scene) -> None:
    """GET /favourites: the last liked first; taken back, gone."""
    client = await a_client(scene)
    posts = [await create_post(scene.node, scene.member, Draft(f"Post {n}")) for n in range(2)]
    for post in reversed(posts):
        await client.post(f"/statuses/{post.id}/favourite")
        scene.clock.pass_(1)
    assert [one["id"] for one in (await client.get("/favourites")).json] == [str(post.id) for post in posts]

    await client.post(f"/statuses/{posts[0].id}/unfavourite")

    assert [one["id"] for one in (await client.get("/favourites")).json] == [str(posts[1].id)]
