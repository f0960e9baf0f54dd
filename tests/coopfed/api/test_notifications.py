"""Notifications one by one and in groups: whose they are, which are wanted, dismissed, counted; and threads that are muted."""

from typing import Any

import pytest

from coopfed import limits
from coopfed.features.posts.actions import create_post, delete_post
from coopfed.features.posts.rules import Draft
from coopfed.features.posts.store import PostRow
from tests.coopfed.api.test_api import Client, a_client
from tests.support.nodes import an_actor, process_arrivals
from tests.support.scene import Scene


async def types(client: Client, query: str = "") -> list[str]:
    """The types of notifications, the newest first."""
    answer = await client.get(f"/notifications{query}")
    assert answer.status == 200, answer.json
    return [one["type"] for one in answer.json]


async def groups(client: Client, query: str = "") -> list[dict[str, Any]]:
    """The groups, each number in them being in the lists beside."""
    answer = await client.get(f"/notifications{query}", v2=True)
    assert answer.status == 200, answer.json
    people = {one["id"] for one in answer.json["accounts"]}
    posts = {one["id"] for one in answer.json["statuses"]}
    for group in answer.json["notification_groups"]:
        assert set(group["sample_account_ids"]) <= people
        assert "status_id" not in group or group["status_id"] in posts
        assert isinstance(group["most_recent_notification_id"], int)
    return list(answer.json["notification_groups"])


async def a_life(scene: Scene) -> tuple[Client, PostRow]:
    """A member who was followed, whose post two others like and one boosts, and who was mentioned; in this order."""
    others = [await an_actor(scene.node, f"other{n}") for n in range(2)]
    said = await create_post(scene.node, scene.member, Draft("Hello"))
    clients = [await a_client(scene, other) for other in others]
    steps = (
        (0, f"/accounts/{scene.member.id}/follow", {}),
        (0, f"/statuses/{said.id}/favourite", {}),
        (1, f"/statuses/{said.id}/favourite", {}),
        (1, f"/statuses/{said.id}/reblog", {}),
        (0, "/statuses", {"status": "@member hello"}),
    )
    for who, path, fields in steps:
        assert (await clients[who].post(path, **fields)).status == 200
        await process_arrivals(scene.node)
        scene.clock.pass_(1)
    return await a_client(scene), said


# --- shut -------------------------------------------------------------------------------------------------------


async def test_notifications_are_their_recipients(scene: Scene) -> None:
    """security 1.6, ownership: for reading and dismissing."""
    client, _said = await a_life(scene)
    theirs = await a_client(scene, await an_actor(scene.node, "stranger"))
    number = (await client.get("/notifications")).json[0]["id"]
    group = (await groups(client))[1]["group_key"]

    assert (await theirs.get(f"/notifications/{number}")).status == 404
    assert (await theirs.post(f"/notifications/{number}/dismiss")).status == 404
    assert (await theirs.get(f"/notifications/{group}", v2=True)).status == 404
    assert (await theirs.get(f"/notifications/{group}/accounts", v2=True)).status == 404
    assert (await theirs.post(f"/notifications/{group}/dismiss", v2=True)).status == 404
    await theirs.post("/notifications/clear")
    assert len(await types(client)) == 5


async def test_numbers_to_which_nobody_counts_are_nobodys(scene: Scene) -> None:
    """limits.SERIAL_MAX and one more: what PostgreSQL cannot compare with a column of 32 bits is no fault, and cuts off nothing."""
    client, _said = await a_life(scene)

    for number in (limits.SERIAL_MAX, limits.SERIAL_MAX + 1):
        assert (await client.get(f"/notifications/{number}")).status == 404
        assert len(await types(client, f"?max_id={number}")) == 5
        assert await types(client, f"?since_id={number}") == []
        assert (await client.get(f"/notifications/requests?max_id={number}")).json == []


async def test_groups_are_cleared_as_notifications_are(scene: Scene) -> None:
    """POST /api/v2/notifications/clear: nothing is told any more, in neither version."""
    client, _said = await a_life(scene)
    assert await groups(client)

    assert (await client.post("/notifications/clear", v2=True)).json == {}

    assert (await groups(client), await types(client)) == ([], [])


@pytest.mark.parametrize(
    "key", ["ungrouped-9", "favourite-1-1", "favourite-99999999999999999999-1", "x", "follow-0-999999999"]
)
async def test_group_that_is_none_is_404(scene: Scene, key: str) -> None:
    """Keys are opaque, and come from anybody."""
    assert (await (await a_client(scene)).get(f"/notifications/{key}", v2=True)).status == 404


# --- one by one -------------------------------------------------------------------------------------------------


async def test_types_and_people_are_chosen(scene: Scene) -> None:
    """types[], exclude_types[], account_id; a type that nobody knows is passed over (quirk 10)."""
    client, _said = await a_life(scene)
    assert await types(client) == ["mention", "reblog", "favourite", "favourite", "follow"]

    assert await types(client, "?types[]=mention&types[]=follow&types[]=nonsense") == ["mention", "follow"]
    assert await types(client, "?exclude_types[]=favourite&exclude_types[]=nonsense") == ["mention", "reblog", "follow"]
    assert await types(client, "?types[]=nonsense") == []
    other = (await client.get("/notifications")).json[1]["account"]["id"]
    assert await types(client, f"?account_id={other}") == ["reblog", "favourite"]
    assert (await client.get("/notifications?account_id=x")).status == 422


async def test_pages_lead_on_with_what_was_asked(scene: Scene) -> None:
    """Link: next before prev, filters kept, none of an empty page; min_id gives those just above."""
    client, _said = await a_life(scene)
    first = await client.get("/notifications?limit=2&exclude_types[]=mention")
    link = first.headers["Link"]
    then = await client.get(link.split("<")[1].split(">")[0])
    end = await client.get(then.headers["Link"].split("<")[1].split(">")[0])

    assert [one["type"] for one in (*first.json, *then.json)] == ["reblog", "favourite", "favourite", "follow"]
    assert (end.json, "Link" in end.headers) == ([], False)
    assert "exclude_types%5B%5D=mention" in link
    above = await client.get(f"/notifications?limit=1&min_id={then.json[1]['id']}")
    assert above.json[0]["id"] == then.json[0]["id"]


async def test_notification_is_read_dismissed_and_cleared(scene: Scene) -> None:
    """GET /notifications/:id, POST dismiss, clear."""
    client, _said = await a_life(scene)
    shown = (await client.get("/notifications")).json
    assert (await client.get(f"/notifications/{shown[0]['id']}")).json == shown[0]
    assert (shown[0]["group_key"], shown[0]["status"]["content"][:3]) == (f"ungrouped-{shown[0]['id']}", "<p>")

    assert (await client.post(f"/notifications/{shown[0]['id']}/dismiss")).json == {}
    assert await types(client) == ["reblog", "favourite", "favourite", "follow"]
    assert (await client.post(f"/notifications/{shown[0]['id']}/dismiss")).status == 404
    assert (await client.post("/notifications/clear")).json == {}
    assert await types(client) == []


async def test_what_is_about_a_post_that_is_gone_is_not_told(scene: Scene) -> None:
    """quirk 8: a null status there stops Tusky; the page leads on all the same."""
    client, said = await a_life(scene)
    await delete_post(scene.node, scene.member, said)
    assert await types(client) == ["mention", "follow"]


async def test_unread_are_those_above_the_marker(scene: Scene) -> None:
    """GET /notifications/unread_count, of both versions."""
    client, _said = await a_life(scene)
    assert (await client.get("/notifications/unread_count")).json == {"count": 5}
    assert (await client.get("/notifications/unread_count", v2=True)).json == {"count": 4}
    assert (await client.get("/notifications/unread_count?limit=2")).json == {"count": 2}
    last = (await client.get("/notifications")).json[1]["id"]

    await client.post("/markers", notifications={"last_read_id": last})

    assert (await client.get("/notifications/unread_count")).json == {"count": 1}
    assert (await client.get("/notifications/unread_count?types[]=follow")).json == {"count": 0}


# --- in groups --------------------------------------------------------------------------------------------------


async def test_likes_of_a_post_are_told_as_one(scene: Scene) -> None:
    """GET /api/v2/notifications, /:group_key, /accounts, dismiss."""
    client, said = await a_life(scene)
    found = await groups(client)
    assert [(one["type"], one["notifications_count"]) for one in found] == [
        ("mention", 1),
        ("reblog", 1),
        ("favourite", 2),
        ("follow", 1),
    ]
    liked = found[2]
    assert (liked["status_id"], len(liked["sample_account_ids"])) == (str(said.id), 2)
    assert "status_id" not in found[3]

    one = (await client.get(f"/notifications/{liked['group_key']}", v2=True)).json
    assert [group["group_key"] for group in one["notification_groups"]] == [liked["group_key"]]
    people = (await client.get(f"/notifications/{liked['group_key']}/accounts", v2=True)).json
    assert [who["username"] for who in people] == ["other1", "other0"]
    assert len(await groups(client, "?grouped_types[]=reblog")) == 5

    assert (await client.post(f"/notifications/{liked['group_key']}/dismiss", v2=True)).json == {}
    assert [one["type"] for one in await groups(client)] == ["mention", "reblog", "follow"]
    alone = found[0]["group_key"]
    assert (await client.get(f"/notifications/{alone}", v2=True)).json["notification_groups"][0]["type"] == "mention"


async def test_group_stands_on_one_page(scene: Scene) -> None:
    """What came earlier of a group is no group of its own on a later page; another half day is another group."""
    client, said = await a_life(scene)
    third = await a_client(scene, await an_actor(scene.node, "third"))
    await third.post(f"/statuses/{said.id}/favourite")
    await process_arrivals(scene.node)
    seen, page = [], await client.get("/notifications?limit=1", v2=True)
    while "Link" in page.headers:
        seen += [(one["type"], one["notifications_count"]) for one in page.json["notification_groups"]]
        page = await client.get(page.headers["Link"].split("<")[1].split(">")[0])

    assert seen == [("favourite", 3), ("mention", 1), ("reblog", 1), ("follow", 1)]

    scene.clock.pass_(13 * 3600)
    fourth = await a_client(scene, await an_actor(scene.node, "fourth"))
    await fourth.post(f"/statuses/{said.id}/favourite")
    await process_arrivals(scene.node)
    counts = [one["notifications_count"] for one in await groups(client, "?types[]=favourite")]
    assert counts == [1, 3]


# --- threads ----------------------------------------------------------------------------------------------------


async def test_muted_thread_tells_nothing(scene: Scene) -> None:
    """POST /statuses/:id/mute: whole thread, whichever post was named; unmute brings it back; for this actor only."""
    client, other = await a_client(scene), await an_actor(scene.node, "other_member")
    theirs = await a_client(scene, other)
    said = await create_post(scene.node, scene.member, Draft("Top"))
    answer = (await theirs.post("/statuses", status="@member yes", in_reply_to_id=str(said.id))).json
    await process_arrivals(scene.node)
    assert await types(client) == ["mention"]

    muted = await client.post(f"/statuses/{answer['id']}/mute")
    await theirs.post("/statuses", status="@member again", in_reply_to_id=answer["id"])
    await theirs.post(f"/statuses/{said.id}/favourite")
    await theirs.post("/statuses", status="@member elsewhere")
    await process_arrivals(scene.node)

    assert (muted.status, muted.json["muted"]) == (200, True)
    assert (await client.get(f"/statuses/{said.id}")).json["muted"] is True
    assert (await theirs.get(f"/statuses/{said.id}")).json["muted"] is False
    assert await types(client) == ["mention"]
    assert (await client.post(f"/statuses/{said.id}/unmute")).json["muted"] is False
    assert len(await types(client)) == 4
    assert (await client.post("/statuses/1/mute")).status == 404
