"""Statuses of an account, of everybody, with a hashtag: what is not public stays away, wishes are heard, pages lead on."""

from typing import Any

from coopfed.features.posts.actions import create_post
from coopfed.features.posts.rules import Draft
from coopfed.features.reactions import actions as reactions
from coopfed.vocab.audience import Visibility
from tests.coopfed.api.test_api import Client, a_client
from tests.inbox.test_posts import following, post
from tests.support.nodes import an_actor
from tests.support.scene import Scene


async def say(scene: Scene, text: str, **draft: Any) -> str:
    """A post of the member. Its id in the API."""
    said = await create_post(scene.node, scene.member, Draft(text, **draft))
    scene.clock.pass_(1)
    return str(said.id)


async def ids(client: Client, path: str) -> list[str]:
    """The statuses of a page."""
    answer = await client.get(path)
    assert answer.status == 200, answer.json
    return [one["id"] for one in answer.json]


async def without_token(scene: Scene, path: str) -> list[str]:
    """What anybody is shown."""
    answer = await scene.peer.send("GET", f"{scene.node.urls.base}/api/v1{path}", {})
    assert answer.status == 200, answer.json
    return [one["id"] for one in answer.json]


async def test_bad_token_is_refused_where_none_is_needed(scene: Scene) -> None:
    """client_api 3: a bad token on a public page is still 401."""
    for path in ("/timelines/public", "/timelines/tag/x", f"/accounts/{scene.member.id}/statuses"):
        answer = await Client(scene, "made-up").get(path)
        assert (answer.status, answer.json["error"]) == (401, "The access token is invalid")


async def test_account_shows_to_each_what_they_may_see(scene: Scene) -> None:
    """GET /accounts/:id/statuses: strangers public and unlisted, the author everything."""
    posts = {
        visibility: await say(scene, str(visibility), visibility=visibility)
        for visibility in (Visibility.PUBLIC, Visibility.UNLISTED, Visibility.FOLLOWERS, Visibility.DIRECT)
    }
    path, client = f"/accounts/{scene.member.id}/statuses", await a_client(scene)
    other = await a_client(scene, await an_actor(scene.node, "other_member"))
    open_ = [posts[Visibility.UNLISTED], posts[Visibility.PUBLIC]]

    assert await without_token(scene, path) == open_
    assert await ids(other, path) == open_
    assert await ids(client, path) == list(posts.values())[::-1]


async def test_account_leaves_out_what_is_not_wanted(scene: Scene) -> None:
    """exclude_replies keeps threads with oneself; exclude_reblogs, tagged, pinned (client_api 6)."""
    client, other = await a_client(scene), await an_actor(scene.node, "other_member")
    theirs = await create_post(scene.node, other, Draft("Theirs"))
    first = await say(scene, "First #fish")
    again = await say(scene, "And on", in_reply_to=scene.node.urls.object(int(first)))
    answer = await say(scene, "An answer", in_reply_to=theirs.uri)
    boost = str((await reactions.boost(scene.node, scene.member, theirs.id)).id)
    await client.post(f"/statuses/{first}/pin")
    path = f"/accounts/{scene.member.id}/statuses"

    assert await ids(client, path) == [boost, answer, again, first]
    assert await ids(client, f"{path}?exclude_replies=1") == [boost, again, first]
    assert await ids(client, f"{path}?exclude_reblogs=true") == [answer, again, first]
    assert await ids(client, f"{path}?tagged=Fish") == [first]
    assert await ids(client, f"{path}?pinned=true") == [first]
    assert await ids(client, f"{path}?only_media=on") == []


async def test_mastodon_10227_page_links_keep_what_was_asked(scene: Scene) -> None:
    """client_api quirks 16 to 18: all parameters, bounds exclusive, no Link on an empty page."""
    client = await a_client(scene)
    posts = [await say(scene, f"Post {n}") for n in range(5)]
    path = f"/accounts/{scene.member.id}/statuses?exclude_replies=true&limit=2"
    seen, page = [], await client.get(path)
    while page.json:
        seen += [one["id"] for one in page.json]
        assert "exclude_replies=true" in page.headers["Link"]
        assert page.headers["Link"].index('rel="next"') < page.headers["Link"].index('rel="prev"')
        page = await client.get(page.headers["Link"].split("<")[1].split(">")[0])

    assert seen == posts[::-1]
    assert "Link" not in page.headers
    back = await client.get(f"{path}&min_id={posts[1]}")
    assert [one["id"] for one in back.json] == [posts[3], posts[2]]


async def test_public_timeline_is_public_and_of_here_or_elsewhere(scene: Scene) -> None:
    """GET /timelines/public: no answers, nothing unlisted; local, remote."""
    client = await a_client(scene)
    await following(scene, scene.alice)
    mine = await say(scene, "Public")
    await say(scene, "Unlisted", visibility=Visibility.UNLISTED)
    await say(scene, "Answer", in_reply_to=scene.node.urls.object(int(mine)))
    note = scene.alice.note()
    await scene.arrives(scene.alice.create(note))
    found = await post(scene, note["id"])
    assert found is not None
    theirs = str(found.id)

    assert set(await without_token(scene, "/timelines/public")) == {mine, theirs}
    assert await ids(client, "/timelines/public?local=true") == [mine]
    assert await ids(client, "/timelines/public?remote=true") == [theirs]
    await client.post(f"/accounts/{(await client.get(f'/statuses/{theirs}')).json['account']['id']}/mute")
    assert await ids(client, "/timelines/public") == [mine]


async def test_hashtags_are_found_together_and_with_either_i(scene: Scene) -> None:
    """GET /timelines/tag/:hashtag: any, all, none; folded (ecosystem 2)."""
    client = await a_client(scene)
    both, one = await say(scene, "#balık ve #ırmak"), await say(scene, "#balık")
    await say(scene, "#balık", visibility=Visibility.UNLISTED)

    assert await without_token(scene, "/timelines/tag/BALIK") == [one, both]
    assert await ids(client, "/timelines/tag/balik?all[]=IRMAK") == [both]
    assert await ids(client, "/timelines/tag/balık?none[]=ırmak") == [one]
    assert await ids(client, "/timelines/tag/nothing?any[]=ırmak") == [both]
    assert await ids(client, "/timelines/tag/nothing") == []
