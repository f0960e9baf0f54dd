"""Announcements: operators write them, people put them away and react; each person for themselves, whoever they speak as."""

from pathlib import Path
from typing import Any

import pytest

from coopfed import limits
from coopfed.errors import InvalidInput
from coopfed.features.announcements.rules import emoji
from coopfed.features.emojis.actions import add_emoji
from tests.coopfed.api.test_admin import acts, an_operator
from tests.coopfed.api.test_api import Client, a_client
from tests.coopfed.api.test_emojis import olive
from tests.coopfed.api.test_streaming import a_socket
from tests.support.nodes import an_actor
from tests.support.scene import Scene

__all__ = ["olive"]


async def shown(client: Client) -> list[dict[str, Any]]:
    """What is announced to a person."""
    return list((await client.get("/announcements")).json)


@pytest.mark.parametrize("name", ["👍", "❤️", "👩🏽‍🌾", "🇹🇷", "🏴󠁧󠁢󠁷󠁬󠁳󠁿", "5️⃣", "👨‍👩‍👧‍👦"])
def test_one_emoji_is_a_reaction(name: str) -> None:
    """With skin, profession, flag, keycap, family: one picture to the reader."""
    assert emoji(name) == name


@pytest.mark.parametrize("name", ["", "a", "👍👍", ":blobcat:", "🇹", "5", "👍a", "\u200d", "👍" * 20, "🇹🇷🇮🇹"])
def test_what_is_not_one_emoji_is_none(name: str) -> None:
    """422: words, two of them, custom ones in colons."""
    with pytest.raises(InvalidInput):
        emoji(name)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"text": " "},
        {"text": "x" * (limits.ANNOUNCEMENT_CHARACTERS + 1)},
        {"text": "x", "starts_at": "soon"},
        {"text": "x", "starts_at": "2026-12-02", "ends_at": "2026-12-01"},
        {"text": "x", "all_day": True},
    ],
)
async def test_senseless_announcement_is_refused(scene: Scene, fields: dict[str, Any]) -> None:
    """422 says what to change; nobody is told anything."""
    operator = await an_operator(scene)
    assert (await operator.post("/admin/announcements", **fields)).status == 422
    assert await shown(operator) == []


async def test_only_operators_announce(scene: Scene) -> None:
    """403 to everybody else, with whatever scope."""
    client = await a_client(scene, scopes="read write admin:read admin:write", role="admin")
    assert (await client.post("/admin/announcements", text="Hear, hear")).status == 403
    assert (await client.get("/admin/announcements")).status == 403
    assert (await client.delete("/admin/announcements/1")).status == 403


async def test_announcement_is_told_changed_and_taken_back(scene: Scene) -> None:
    """Plain text becomes HTML and nothing else; it is over when its end is; each act stands in the record."""
    operator, reader = await an_operator(scene), await a_client(scene, role="reader")
    made = await operator.post(
        "/admin/announcements",
        text="Down on Friday <b>for</b> an hour, see https://status.example/ #upkeep",
        starts_at="2026-11-27T18:00:00Z",
        ends_at="2026-11-27T19:00:00+00:00",
    )
    assert made.status == 200, made.json

    (one,) = await shown(reader)
    assert one["content"].startswith("<p>Down on Friday &lt;b&gt;for&lt;/b&gt; an hour, see <a href=")
    assert [tag["name"] for tag in one["tags"]] == ["upkeep"]
    assert (one["starts_at"], one["ends_at"]) == ("2026-11-27T18:00:00.000Z", "2026-11-27T19:00:00.000Z")
    assert (one["read"], one["reactions"], one["all_day"]) == (False, [], False)
    changed = (await operator.put(f"/admin/announcements/{one['id']}", text="Later")).json
    assert (changed["content"], changed["starts_at"]) == ("<p>Later</p>", one["starts_at"])
    scene.clock.pass_(4 * 24 * 3600)
    assert await shown(reader) == []
    assert [row["id"] for row in (await operator.get("/admin/announcements")).json] == [one["id"]]
    await operator.put(f"/admin/announcements/{one['id']}", ends_at=None)
    assert len(await shown(reader)) == 1
    assert (await operator.delete(f"/admin/announcements/{one['id']}")).status == 200
    assert (await operator.delete(f"/admin/announcements/{one['id']}")).status == 404
    assert await shown(reader) == []
    assert [act for act, _target in await acts(scene)] == [
        "announce",
        "announcement_change",
        "announcement_change",
        "announcement_remove",
    ]


async def test_person_puts_it_away_and_reacts(scene: Scene) -> None:
    """dismiss and reactions: once each, counted, taken back; another person's are their own; the same person's as another actor."""
    operator, one = await an_operator(scene), await a_client(scene, role="reader")
    other = await a_client(scene, await an_actor(scene.node, "other"))
    number = (await operator.post("/admin/announcements", text="Bread at noon")).json["id"]

    for client in (one, other, other):
        assert (await client.put(f"/announcements/{number}/reactions/🍞")).json == {}
    assert (await one.post(f"/announcements/{number}/dismiss")).json == {}
    assert (await one.post(f"/announcements/{number}/dismiss")).json == {}

    (mine,), (theirs,) = await shown(one), await shown(other)
    assert (mine["read"], theirs["read"]) == (True, False)
    assert mine["reactions"] == [{"name": "🍞", "count": 2, "me": True}]
    assert (await one.delete(f"/announcements/{number}/reactions/🍞")).json == {}
    assert (await shown(one))[0]["reactions"] == [{"name": "🍞", "count": 1, "me": False}]
    for path, status in (("4711/dismiss", 404), ("x/dismiss", 422)):
        assert (await one.post(f"/announcements/{path}")).status == status
    assert (await one.put("/announcements/4711/reactions/🍞")).status == 404
    assert (await one.put(f"/announcements/{number}/reactions/bread")).status == 422


async def test_custom_emojis_stand_in_it_and_react(scene: Scene, olive: Path) -> None:
    """Announcement.emojis and Reaction with `url` and `static_url`: by the shortcode of an emoji of this node."""
    operator, reader = await an_operator(scene), await a_client(scene)
    number = (await operator.post("/admin/announcements", text="Harvest :olive: :boat:")).json["id"]
    assert (await reader.put(f"/announcements/{number}/reactions/olive")).status == 422
    await add_emoji(scene.node, "olive", olive)

    assert (await reader.put(f"/announcements/{number}/reactions/olive")).status == 200

    (one,) = await shown(reader)
    [picture] = one["emojis"]
    assert picture["shortcode"] == "olive"
    reaction = {"name": "olive", "count": 1, "me": True}
    assert one["reactions"] == [reaction | {key: picture[key] for key in ("url", "static_url")}]
    await reader.delete(f"/announcements/{number}/reactions/olive")
    assert (await shown(reader))[0]["reactions"] == []


async def test_it_is_told_at_once(scene: Scene) -> None:
    """client_api 7: `announcement`, `announcement.reaction` and `announcement.delete` in `user`, as each person sees it; not to a token
    that may not read them."""
    operator = await an_operator(scene)
    reader, blind = await a_client(scene, scopes="read"), await a_client(scene, scopes="read:statuses write:statuses")
    async with (
        a_socket(scene, reader.token, "?stream=user") as heard,
        a_socket(scene, blind.token, "?stream=user") as other,
    ):
        number = (await operator.post("/admin/announcements", text="Bread at noon")).json["id"]
        # Once more is nothing new.
        await operator.put(f"/announcements/{number}/reactions/🍞")
        await operator.put(f"/announcements/{number}/reactions/🍞")
        told = [await heard.hears() for _ in range(2)]
        await operator.put(f"/admin/announcements/{number}", text="Bread at one")
        told.append(await heard.hears())
        assert [told[2]["payload"]] == await shown(reader)
        await operator.delete(f"/announcements/{number}/reactions/🍞")
        await operator.delete(f"/announcements/{number}/reactions/🍞")
        told.append(await heard.hears())
        await operator.delete(f"/admin/announcements/{number}")
        told.append(await heard.hears())
        await blind.post("/statuses", status="Seen")
        await other.hears_only("Seen")

    assert [one["event"] for one in told] == [
        "announcement",
        "announcement.reaction",
        "announcement",
        "announcement.reaction",
        "announcement.delete",
    ]
    assert told[1]["payload"] == {"name": "🍞", "count": 1, "announcement_id": number}
    assert (told[3]["payload"]["count"], str(told[4]["payload"])) == (0, number)


async def test_different_reactions_are_few(scene: Scene) -> None:
    """Eight, as on Mastodon; one that is there already is everybody's."""
    operator, client = await an_operator(scene), await a_client(scene)
    number = (await operator.post("/admin/announcements", text="Bread at noon")).json["id"]
    names = [chr(ord("🍇") + place) for place in range(limits.ANNOUNCEMENT_REACTIONS)]
    for name in names:
        assert (await client.put(f"/announcements/{number}/reactions/{name}")).status == 200

    assert (await client.put(f"/announcements/{number}/reactions/👍")).status == 422
    assert (await operator.put(f"/announcements/{number}/reactions/{names[0]}")).status == 200
    assert len((await shown(client))[0]["reactions"]) == limits.ANNOUNCEMENT_REACTIONS
