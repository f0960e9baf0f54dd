"""Hashtags: how much each is used, followed into home, shown on profiles; and what apps ask for when they start."""

from typing import Any

import pytest

from coopfed import limits
from coopfed.features.moderation.actions import suspend
from coopfed.features.moderation.audit import COMMAND_LINE
from coopfed.features.posts.actions import create_post
from coopfed.features.posts.rules import Draft
from coopfed.vocab.audience import Visibility
from tests.coopfed.api.test_api import Client, a_client
from tests.coopfed.api.test_feeds import say
from tests.inbox.test_posts import following
from tests.support.nodes import an_actor, process_arrivals
from tests.support.scene import Scene


async def home(client: Client) -> list[str]:
    """The texts in home, without their marks."""
    shown = (await client.get("/timelines/home")).json
    return [(one["reblog"] or one)["content"].split(">")[1].partition("<")[0].strip() for one in shown]


def tagged(scene: Scene, name: str, **more: Any) -> dict[str, Any]:
    """A note of alice with a hashtag."""
    tag = {"type": "Hashtag", "name": f"#{name}", "href": f"{scene.peer.base}/tags/{name}"}
    return scene.alice.note(tag=[tag], **more)


# --- at start ---------------------------------------------------------------------------------------------------


async def test_what_apps_ask_for_at_start_is_there(scene: Scene) -> None:
    """client_api 0.4, quirks 1 and 28: never 404, arrays are arrays."""
    client = await a_client(scene)

    for path in ("/custom_emojis", "/announcements", "/followed_tags", "/featured_tags"):
        answer = await client.get(path)
        assert (answer.status, answer.json) == (200, []), path


async def test_preferences_tell_what_posts_begin_with(scene: Scene) -> None:
    """GET /preferences: flat keys, all of them, as `source` says."""
    client = await a_client(scene)
    assert (await client.get("/preferences")).json == {
        "posting:default:visibility": "public",
        "posting:default:sensitive": False,
        "posting:default:language": None,
        "posting:default:quote_policy": "public",
        "reading:expand:media": "default",
        "reading:expand:spoilers": False,
        "reading:autoplay:gifs": False,
    }

    await client.patch(
        "/accounts/update_credentials", source={"privacy": "private", "language": "tr", "sensitive": True}
    )

    changed = (await client.get("/preferences")).json
    assert changed["posting:default:visibility"] == "private"
    assert changed["posting:default:language"] == "tr"
    assert changed["posting:default:sensitive"] is True


# --- shut -------------------------------------------------------------------------------------------------------


async def test_readers_follow_and_feature_nothing(scene: Scene) -> None:
    """api.md 1: what an actor follows and shows is not a reader's to say."""
    client = await a_client(scene, role="reader")
    for path in ("/tags/fish/follow", "/tags/fish/feature", "/featured_tags"):
        answer = await client.post(path, name="fish")
        assert (answer.status, answer.json["reason"]) == (403, "insufficient_role"), path
    assert (await client.get("/followed_tags")).json == []


@pytest.mark.parametrize("name", ["123", "a%20b", "%2523x", "a-b", "x" * 3000])
async def test_what_is_no_hashtag_is_404(scene: Scene, name: str) -> None:
    """GET /tags/:name: what no text could have as a hashtag."""
    client = await a_client(scene)
    assert (await client.get(f"/tags/{name}")).status == 404
    assert (await client.post(f"/tags/{name}/follow")).status == 404


async def test_featured_tags_are_their_owners_and_bounded(scene: Scene) -> None:
    """Ownership, bad input, and limits.FEATURED_TAGS at n and n + 1."""
    mine, theirs = await a_client(scene), await a_client(scene, await an_actor(scene.node, "other_member"))
    assert (await mine.post("/featured_tags", name="1 2")).status == 422
    assert (await mine.post("/featured_tags")).status == 422
    made = [(await mine.post("/featured_tags", name=f"tag{n}")).json["id"] for n in range(limits.FEATURED_TAGS)]

    assert (await mine.post("/featured_tags", name="more")).status == 422
    assert (await mine.post("/featured_tags", name="#TAG0")).json["id"] == made[0]
    assert (await theirs.delete(f"/featured_tags/{made[0]}")).status == 404
    assert (await theirs.get("/featured_tags")).json == []
    assert len((await mine.get("/featured_tags")).json) == limits.FEATURED_TAGS


async def test_followed_tags_are_bounded(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """limits.FOLLOWED_TAGS: at n and n + 1; the same again is no more."""
    monkeypatch.setattr(limits, "FOLLOWED_TAGS", 2)
    client = await a_client(scene)
    assert [(await client.post(f"/tags/{name}/follow")).status for name in ("a", "b", "B", "c")] == [200, 200, 200, 422]


# --- open -------------------------------------------------------------------------------------------------------


async def test_tag_tells_how_much_it_is_used(scene: Scene) -> None:
    """GET /tags/:name: seven days as strings, today first; with a token what the actor does with it."""
    client, other = await a_client(scene), await an_actor(scene.node, "other_member")
    for author in (scene.member, scene.member, other):
        await create_post(scene.node, author, Draft("#fish"))
    await create_post(scene.node, other, Draft("#fish", visibility=Visibility.UNLISTED))

    shown = (await client.get("/tags/Fish")).json

    assert (shown["name"], shown["following"], shown["featuring"]) == ("fish", False, False)
    assert shown["url"] == f"{scene.node.urls.base}/tags/fish"
    assert (len(shown["history"]), shown["id"].isdigit()) == (7, True)
    assert (shown["history"][0]["uses"], shown["history"][0]["accounts"]) == ("3", "2")
    assert {day["uses"] for day in shown["history"][1:]} == {"0"}
    await suspend(scene.node, other, True, COMMAND_LINE)
    left = (await client.get("/tags/fish")).json["history"][0]
    assert (left["uses"], left["accounts"]) == ("2", "1"), "who was suspended counts no more"
    assert [one["name"] for one in (await client.get("/search?q=fi", v2=True)).json["hashtags"]] == ["fish"]
    await suspend(scene.node, scene.member, True, COMMAND_LINE)
    found = await scene.peer.send("GET", f"{scene.node.urls.base}/api/v2/search?q=fi", {})
    assert found.json["hashtags"] == [], "nor is a hashtag found that nobody else has"
    bare = await scene.peer.send("GET", f"{scene.node.urls.base}/api/v1/tags/fish", {})
    assert (bare.status, "following" in bare.json) == (200, False)


async def test_address_of_a_tag_is_the_one_in_the_text(scene: Scene) -> None:
    """client_api 4: apps find tappable tags where `tags[].url` equals the href."""
    client = await a_client(scene)
    said = (await client.post("/statuses", status="#balık")).json
    assert f'href="{said["tags"][0]["url"]}"' in said["content"]


async def test_followed_tag_brings_public_posts_of_strangers_home(scene: Scene) -> None:
    """POST /tags/:name/follow: from this node, and from others whoever here made them come; not what is unlisted."""
    client, stranger = await a_client(scene), await an_actor(scene.node, "other_member")
    reader = await an_actor(scene.node, "reader")
    theirs = await a_client(scene, reader)
    await following(scene, scene.alice)
    assert (await theirs.post("/tags/IRMAK/follow")).json["following"] is True

    await create_post(scene.node, stranger, Draft("Here #ırmak"))
    await create_post(scene.node, stranger, Draft("Quiet #ırmak", visibility=Visibility.UNLISTED))
    await create_post(scene.node, stranger, Draft("Other #deniz"))
    await process_arrivals(scene.node)
    scene.clock.pass_(1)
    await scene.arrives(scene.alice.create(tagged(scene, "ırmak", content="<p>Elsewhere</p>")))

    assert set(await home(theirs)) == {"Here", "Elsewhere"}
    assert await home(client) == ["Elsewhere"]


async def test_last_posts_come_with_the_follow_and_leave_with_its_end(scene: Scene) -> None:
    """As after the follow of an actor; what its author or another tag brings stays."""
    client, stranger = await a_client(scene), await an_actor(scene.node, "other_member")
    await following(scene, scene.alice)
    await scene.arrives(scene.alice.create(tagged(scene, "fish", content="<p>Followed</p>")))
    for text in ("One #fish", "Both #fish #sea"):
        await create_post(scene.node, stranger, Draft(text))
    await say(scene, "Mine #fish")
    assert set(await home(client)) == {"Followed", "Mine"}

    await client.post("/tags/fish/follow")
    await client.post("/tags/sea/follow")
    assert set(await home(client)) == {"Followed", "Mine", "One", "Both"}

    assert (await client.post("/tags/fish/unfollow")).json["following"] is False
    assert set(await home(client)) == {"Followed", "Mine", "Both"}
    assert [one["name"] for one in (await client.get("/followed_tags")).json] == ["sea"]


async def test_tag_brings_back_what_a_boost_brought_first(scene: Scene) -> None:
    """A boost that is taken back takes nothing with it that a followed hashtag brings."""
    client, stranger = await a_client(scene), await an_actor(scene.node, "other_member")
    await following(scene, scene.alice)
    said = await create_post(scene.node, stranger, Draft("One #fish"))
    boost = scene.alice.says("Announce", said.uri)
    await scene.arrives(boost)
    await client.post("/tags/fish/follow")

    await scene.arrives(scene.alice.says("Undo", boost))

    shown = (await client.get("/timelines/home")).json
    assert [(one["id"], one["reblog"]) for one in shown] == [(str(said.id), None)]


async def test_blocked_and_muted_do_not_come_by_a_tag(scene: Scene) -> None:
    """What may be seen is asked when home is read."""
    client, stranger = await a_client(scene), await an_actor(scene.node, "other_member")
    await client.post("/tags/fish/follow")
    await create_post(scene.node, stranger, Draft("One #fish"))
    await process_arrivals(scene.node)
    assert await home(client) == ["One"]

    await client.post(f"/accounts/{stranger.id}/mute")

    assert await home(client) == []


async def test_followed_tags_are_paged(scene: Scene) -> None:
    """GET /followed_tags: by an internal number that only Link shows."""
    client = await a_client(scene)
    for name in ("a", "b", "c"):
        await client.post(f"/tags/{name}/follow")

    first = await client.get("/followed_tags?limit=2")
    then = await client.get(first.headers["Link"].split("<")[1].split(">")[0])

    assert [one["name"] for one in first.json] == ["c", "b"]
    assert [one["name"] for one in then.json] == ["a"]
    assert then.json[0]["following"] is True


async def test_featured_tags_stand_on_the_profile(scene: Scene) -> None:
    """Featured tags: added, counted, suggested, seen by anybody, taken away."""
    client = await a_client(scene)
    for text in ("#fish", "#fish #sea", "#sea"):
        await create_post(scene.node, scene.member, Draft(text))
    await create_post(scene.node, scene.member, Draft("#fish", visibility=Visibility.FOLLOWERS))
    assert [one["name"] for one in (await client.get("/featured_tags/suggestions")).json] == ["fish", "sea"]

    made = (await client.post("/featured_tags", name="#Fish")).json

    assert (made["name"], made["statuses_count"], len(made["last_status_at"])) == ("fish", "2", 10)
    assert [one["name"] for one in (await client.get("/featured_tags/suggestions")).json] == ["sea"]
    bare = await scene.peer.send("GET", f"{scene.node.urls.base}/api/v1/accounts/{scene.member.id}/featured_tags", {})
    assert bare.json == [made]
    assert (await client.get("/tags/fish")).json["featuring"] is True
    assert (await client.post("/tags/sea/feature")).json["featuring"] is True
    assert (await client.post("/tags/sea/unfeature")).json["featuring"] is False
    assert (await client.delete(f"/featured_tags/{made['id']}")).json == {}
    assert (await client.get("/featured_tags")).json == []
