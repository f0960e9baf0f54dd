"""What the node says of itself: the same in both documents, whole for strict apps, and true to its settings."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from coopfed.features.posts.actions import create_post
from coopfed.features.posts.rules import Draft
from coopfed.net import peers
from tests.support.scene import Scene, a_scene

SETTINGS: dict[str, Any] = {
    "title": "Balıkçılar",
    "description": "Kooperatifin düğümü.\n\nİkinci paragraf <script>alert(1)</script>",
    "rules": ("Saygılı olun.", "Reklam yok."),
    "contact_email": "node@coop.example",
    "contact_actor": "member",
    "registration": "approval",
}


@pytest.fixture
async def told(database_url: str) -> AsyncIterator[Scene]:
    """A node that says who it is."""
    async with a_scene(database_url, **SETTINGS) as scene:
        yield scene


async def ask(scene: Scene, path: str) -> Any:
    """What anybody is answered."""
    answer = await scene.peer.send("GET", f"{scene.node.urls.base}{path}", {})
    assert answer.status == 200, path
    return answer.json


async def test_both_documents_tell_the_same(told: Scene) -> None:
    """client_api 5, Instance v1 and v2."""
    old, new = [await ask(told, f"/api/{version}/instance") for version in ("v1", "v2")]

    assert (old["title"], new["title"]) == ("Balıkçılar",) * 2
    assert (old["uri"], new["domain"]) == (told.node.config.handle_domain,) * 2
    assert old["version"] == new["version"]
    assert float(new["version"][:3]) >= 4.3, "Ice Cubes reads it as a number"
    assert new["description"] == "Kooperatifin düğümü."
    assert ("<script" in old["description"], "İkinci" in old["description"]) == (False, True)
    assert [rule["text"] for rule in new["rules"]] == list(SETTINGS["rules"])
    assert old["rules"] == new["rules"] == await ask(told, "/api/v1/instance/rules")
    assert (new["contact"]["email"], new["contact"]["account"]["username"]) == ("node@coop.example", "member")
    assert (new["registrations"]["enabled"], new["registrations"]["approval_required"]) == (True, True)
    assert old["configuration"]["statuses"] == new["configuration"]["statuses"]


async def test_gotosocial_1339_nothing_that_ivory_needs_is_missing(scene: Scene) -> None:
    """client_api quirk 1, 5, 41: every key is there, no URL is an empty text."""
    new, old = await ask(scene, "/api/v2/instance"), await ask(scene, "/api/v1/instance")

    assert new["registrations"] == {
        "enabled": False,
        "approval_required": False,
        "reason_required": False,
        "message": None,
        "min_age": None,
        "url": None,
    }
    assert (new["contact"]["email"], new["contact"]["account"]) == ("", None)
    assert new["thumbnail"]["url"].startswith("http")
    assert new["configuration"]["urls"]["streaming"].startswith("ws")
    assert old["urls"]["streaming_api"].startswith("ws")
    assert set(old["stats"]) == {"user_count", "status_count", "domain_count"}
    assert all(isinstance(count, int) for count in old["stats"].values())


async def test_documents_follow_what_operators_set_and_members_say(scene: Scene) -> None:
    """Instance v1 and v2, rules, extended_description: nothing is a fixed text; counts are at most five minutes old."""
    paths = ("/api/v1/instance", "/api/v2/instance", "/api/v1/instance/rules", "/api/v1/instance/extended_description")
    before = [await ask(scene, path) for path in paths]
    for name, value in SETTINGS.items():
        object.__setattr__(scene.node.config, name, value)
    await create_post(scene.node, scene.member, Draft("Counted"))
    scene.clock.pass_(301)

    old, new, rules, about = [await ask(scene, path) for path in paths]

    assert (before[0]["stats"]["status_count"], old["stats"]["status_count"]) == (0, 1)
    assert (before[0]["title"], before[1]["title"]) != (old["title"], new["title"])
    assert (before[2], before[3]["content"]) == ([], "")
    assert [rule["text"] for rule in rules] == list(SETTINGS["rules"])
    assert "İkinci" in about["content"]


async def test_hosts_are_told_without_those_that_are_blocked(scene: Scene) -> None:
    """GET /instance/peers and /instance/domain_blocks."""
    await scene.arrives(scene.alice.follow(scene.member.uri))
    assert await ask(scene, "/api/v1/instance/peers") == [scene.peer.host]
    assert await ask(scene, "/api/v1/instance/domain_blocks") == []

    await scene.node.db.write(peers.set_blocked, scene.peer.host, True)

    assert await ask(scene, "/api/v1/instance/peers") == []
    [block] = await ask(scene, "/api/v1/instance/domain_blocks")
    assert (block["domain"], block["severity"]) == (scene.peer.host, "suspend")


async def test_activity_has_twelve_weeks_in_words(scene: Scene) -> None:
    """GET /instance/activity: counts are texts, as apps decode them."""
    await create_post(scene.node, scene.member, Draft("This week"))
    scene.clock.pass_(7 * 24 * 3600)
    await create_post(scene.node, scene.member, Draft("And this"))
    await create_post(scene.node, scene.member, Draft("And again"))

    weeks = await ask(scene, "/api/v1/instance/activity")

    assert [week["statuses"] for week in weeks[:3]] == ["2", "1", "0"]
    assert len(weeks) == 12
    assert {type(value) for week in weeks for value in week.values()} == {str}
