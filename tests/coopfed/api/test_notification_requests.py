"""Notifications of strangers: a rule for each kind of stranger, what is held back, and what becomes of it."""

from dataclasses import replace
from typing import Any

import pytest

from coopfed import limits
from coopfed.features.moderation import actions as moderation
from coopfed.features.moderation.audit import COMMAND_LINE
from coopfed.features.notification_policy import KINDS, Policy, Stranger, Verdict, verdict
from tests.coopfed.api.test_api import Client, a_client
from tests.coopfed.api.test_notifications import groups, types
from tests.coopfed.api.test_streaming import a_socket
from tests.support.nodes import NOW, an_actor, process_arrivals
from tests.support.scene import Scene

DAY = 24 * 3600 * 1000
SETTLED, NEW = limits.FOLLOWER_SETTLED_SECONDS * 1000, limits.NEW_ACCOUNT_SECONDS * 1000
KNOWN = Stranger(True, NOW - 9 * DAY, NOW - 99 * DAY, False, False, False)
FAR = replace(KNOWN, following=False, follower_since=None)


async def policy(client: Client, **wanted: str) -> dict[str, Any]:
    """The policy, changed where something is wanted."""
    url = f"{client.scene.node.urls.base}/api/v2/notifications/policy"
    answer = await (client.patch(url, **wanted) if wanted else client.get(url))
    assert answer.status == 200, answer.json
    return dict(answer.json)


async def requests(client: Client) -> list[dict[str, Any]]:
    """The requests, whoever did something last first."""
    return list((await client.get("/notifications/requests")).json)


async def mention(scene: Scene, client: Client, **more: Any) -> None:
    """Somebody mentions the member."""
    assert (await client.post("/statuses", status="@member hello", **more)).status == 200
    await process_arrivals(scene.node)
    scene.clock.pass_(1)


# --- the rule ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "stranger", "held"),
    [
        ("for_not_following", FAR, True),
        ("for_not_following", KNOWN, False),
        ("for_not_followers", replace(KNOWN, follower_since=None), True),
        ("for_not_followers", replace(KNOWN, follower_since=NOW - SETTLED + 1), True),
        ("for_not_followers", replace(KNOWN, follower_since=NOW - SETTLED), False),
        ("for_new_accounts", replace(FAR, known_since=NOW - NEW + 1), True),
        ("for_new_accounts", replace(FAR, known_since=NOW - NEW), False),
        ("for_new_accounts", replace(KNOWN, known_since=NOW), False),
        ("for_private_mentions", replace(FAR, private=True), True),
        ("for_private_mentions", replace(KNOWN, private=True), False),
        ("for_limited_accounts", replace(FAR, limited=True), True),
        ("for_limited_accounts", replace(KNOWN, limited=True), False),
        ("for_bots", replace(FAR, bot=True), True),
        ("for_bots", replace(KNOWN, bot=True), False),
    ],
)
def test_each_kind_of_stranger_has_its_rule(kind: str, stranger: Stranger, held: bool) -> None:
    """NotificationPolicy: followed actors are no strangers, but in not following back; three days, thirty days."""
    everything = Policy(*[Verdict.ACCEPT] * len(KINDS))
    assert verdict(everything, stranger, NOW) is Verdict.ACCEPT

    for what in (Verdict.FILTER, Verdict.DROP):
        expected = what if held else Verdict.ACCEPT
        assert verdict(replace(everything, **{kind: what}), stranger, NOW) is expected


def test_the_hardest_word_counts() -> None:
    """Dropped is dropped, whatever else is only held back."""
    mixed = Policy(for_not_following=Verdict.FILTER, for_not_followers=Verdict.DROP)
    assert verdict(mixed, FAR, NOW) is Verdict.DROP


# --- over the API -----------------------------------------------------------------------------------------------


async def test_wrong_words_change_nothing(scene: Scene) -> None:
    """422 for what is no word; 404 for a request that is none; none of them is another actor's."""
    client = await a_client(scene)
    before = await policy(client)
    url = f"{scene.node.urls.base}/api/v2/notifications/policy"
    assert (await client.patch(url, for_not_following="maybe")).status == 422
    assert await policy(client) == before
    assert before == {
        **dict.fromkeys(KINDS, "accept"),
        "for_limited_accounts": "filter",
        "summary": {"pending_requests_count": 0, "pending_notifications_count": 0},
    }
    for path in ("4711/accept", "4711/dismiss", "x/accept"):
        assert (await client.post(f"/notifications/requests/{path}")).status in (404, 422)
    for verb in ("accept", "dismiss"):
        assert (await client.post(f"/notifications/requests/{verb}")).status == 422
        assert (
            await client.post(f"/notifications/requests/{verb}", id=["1"] * (limits.REQUESTS_AT_ONCE + 1))
        ).status == 422
    assert (await client.get("/notifications/requests/4711")).status == 404


async def test_what_is_held_back_is_a_request_until_it_is_accepted(scene: Scene) -> None:
    """filter, requests, accept: told where it would have stood, and what the same actor does from then on; others are still held back."""
    client, other = await a_client(scene), await a_client(scene, await an_actor(scene.node, "other"))
    third = await a_client(scene, await an_actor(scene.node, "third"))
    changed = await policy(client, for_not_following="filter")
    assert changed["for_not_following"] == "filter"
    await mention(scene, other)
    await mention(scene, third)
    await mention(scene, other)

    assert (await types(client), await groups(client)) == ([], [])
    assert (await client.get("/notifications/unread_count")).json == {"count": 0}
    assert await types(client, "?include_filtered=true") == ["mention"] * 3
    assert len(await groups(client, "?include_filtered=true")) == 3
    assert (await policy(client))["summary"] == {"pending_requests_count": 2, "pending_notifications_count": 3}
    first, second = await requests(client)
    assert (first["account"]["username"], first["notifications_count"]) == ("other", "2")
    assert (second["account"]["username"], second["notifications_count"]) == ("third", "1")
    assert "hello" in first["last_status"]["content"]
    assert first["created_at"] < second["updated_at"] < first["updated_at"]
    assert (await client.get(f"/notifications/requests/{first['id']}")).json == first
    assert await types(client, f"?account_id={first['id']}&include_filtered=true") == ["mention"] * 2
    theirs = await a_client(scene, await an_actor(scene.node, "stranger"))
    assert (await theirs.post(f"/notifications/requests/{first['id']}/accept")).status == 404
    page = await client.get("/notifications/requests?limit=1")
    then = await client.get(page.headers["Link"].split("<")[1].split(">")[0])
    assert [one["id"] for one in (*page.json, *then.json)] == [first["id"], second["id"]]

    assert (await client.post(f"/notifications/requests/{first['id']}/accept")).json == {}
    await mention(scene, other)
    await mention(scene, third)

    assert await types(client) == ["mention"] * 3
    assert (await client.get("/notifications/requests/merged")).json == {"merged": True}
    assert [one["id"] for one in await requests(client)] == [second["id"]]
    assert (await client.post(f"/notifications/requests/{first['id']}/accept")).status == 404


async def test_what_is_dismissed_or_dropped_is_never_told(scene: Scene) -> None:
    """dismiss, drop: gone; the next is held back anew."""
    client, other = await a_client(scene), await a_client(scene, await an_actor(scene.node, "other"))
    await policy(client, for_not_following="filter")
    await mention(scene, other)
    (held,) = await requests(client)

    assert (await client.post(f"/notifications/requests/{held['id']}/dismiss")).json == {}
    assert (await requests(client), await types(client, "?include_filtered=true")) == ([], [])
    await mention(scene, other)
    assert len(await requests(client)) == 1
    await client.post("/notifications/requests/dismiss", id=[held["id"]])
    await policy(client, for_not_following="drop")
    await mention(scene, other)
    assert (await requests(client), await types(client, "?include_filtered=true")) == ([], [])


async def test_several_are_accepted_together(scene: Scene) -> None:
    """POST requests/accept with id[]; streams tell that what was held back is among the others (Mastodon 4.3)."""
    client = await a_client(scene)
    await policy(client, for_not_following="filter")
    for name in ("one", "two"):
        await mention(scene, await a_client(scene, await an_actor(scene.node, name)))
    numbers = [one["id"] for one in await requests(client)]
    numbers += numbers[:1] * (limits.REQUESTS_AT_ONCE - len(numbers))

    async with a_socket(scene, client.token, "?stream=user") as heard:
        assert (await client.post("/notifications/requests/accept", id=numbers)).json == {}
        assert await heard.hears() == {"stream": ["user"], "event": "notifications_merged"}

    assert (await requests(client), await types(client)) == ([], ["mention", "mention"])


async def test_each_kind_is_found_out_from_what_is_stored(scene: Scene) -> None:
    """Private mention (not an answer), bot, new, limited, not following back: held back by that word alone; a followed one is told."""
    client = await a_client(scene)
    robot = await a_client(scene, await an_actor(scene.node, "robot", type="service"))
    other_row = await an_actor(scene.node, "other")
    other = await a_client(scene, other_row)

    async def held(kind: str, who: Client, **more: Any) -> bool:
        await policy(client, **(dict.fromkeys(KINDS, "accept") | {kind: "filter"}))
        await mention(scene, who, **more)
        number = len(await requests(client))
        for one in await requests(client):
            await client.post(f"/notifications/requests/{one['id']}/dismiss")
        return number == 1

    question = (await client.post("/statuses", status="@other well?", visibility="direct")).json
    assert await held("for_private_mentions", other, visibility="direct")
    assert not await held("for_private_mentions", other, visibility="direct", in_reply_to_id=question["id"])
    assert not await held("for_private_mentions", other)
    assert (await held("for_bots", robot), await held("for_bots", other)) == (True, False)
    assert await held("for_new_accounts", other)
    assert await held("for_not_followers", other)
    assert not await held("for_limited_accounts", other)
    await moderation.limit(scene.node, other_row, True, COMMAND_LINE)
    assert await held("for_limited_accounts", other)
    await client.post(f"/accounts/{other_row.id}/follow")
    await process_arrivals(scene.node)
    assert not await held("for_limited_accounts", other)
    assert not await held("for_new_accounts", other)
    assert await held("for_not_followers", other)


async def test_what_one_asked_to_be_told_of_is_told(scene: Scene) -> None:
    """A follow with `notify`: its posts are no stranger's doing, however hard the policy is."""
    client, other_row = await a_client(scene), await an_actor(scene.node, "other")
    other = await a_client(scene, other_row)
    await policy(client, **dict.fromkeys(KINDS, "drop"))
    await client.post(f"/accounts/{other_row.id}/follow", notify=True)
    await process_arrivals(scene.node)

    await other.post("/statuses", status="News")
    await process_arrivals(scene.node)

    assert await types(client) == ["status"]
