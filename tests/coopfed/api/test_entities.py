"""Entities are whole: every key that apps decode is there, of the type that they expect. Source: client_api research 5, quirks of 10.

Every other test that asks a served node holds its answers against them too: see `tests.support.entities`.
"""

from typing import Any

import pytest

from actors.lookup import by_uri
from coopfed.features.moves.actions import move
from coopfed.features.posts.actions import create_post
from coopfed.features.posts.rules import Draft
from coopfed.features.profiles.actions import set_locked
from coopfed.vocab.audience import Visibility
from tests.coopfed.api.observing import routes
from tests.coopfed.api.test_api import a_client
from tests.coopfed.api.test_lists import known
from tests.inbox.test_posts import following
from tests.support.entities.answers import ANSWERS, FILE
from tests.support.entities.people import Account, CredentialAccount, MutedAccount
from tests.support.entities.posts import Status
from tests.support.entities.watched import fault_in, fault_in_event, fault_of, rule_of
from tests.support.nodes import an_actor
from tests.support.scene import Scene


def test_every_route_says_what_it_answers() -> None:
    """And nothing else is said."""
    assert {f"{method} {path}" for method, path in routes()} == set(ANSWERS)


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"url": ""}, "$.url"),
        ({"url": None}, "$.url"),
        ({"followers_count": None}, "$.followers_count"),
        ({"followers_count": "1"}, "$.followers_count"),
        ({"locked": 1}, "$.locked"),
        ({"id": 1}, "$.id"),
        ({"created_at": "2026-11-24T00:00:00Z"}, "$.created_at"),
        ({"last_status_at": "2026-11-24T00:00:00.000Z"}, "$.last_status_at"),
        ({"emojis": None}, "$.emojis"),
        ({"fields": [{"name": "a", "value": "b"}]}, "$.fields[0]"),
        ({"moved": {}}, "$.moved"),
        ({"invented": True}, "$: "),
    ],
)
async def test_wrong_member_is_a_fault(scene: Scene, changed: dict[str, Any], fault: str) -> None:
    """Quirks 2, 4, 5, 6, 38, 39, 43: an empty address, a null count, a number as id, a moment without milliseconds."""
    client = await a_client(scene)
    shown = (await client.get(f"/accounts/{scene.member.id}")).json
    assert fault_of(shown, Account) is None

    assert str(fault_of({**shown, **changed}, Account)).startswith(fault)


async def test_missing_member_is_a_fault(scene: Scene) -> None:
    """client_api 0.5: all keys, always, but those that may be left out."""
    shown = (await (await a_client(scene)).get(f"/accounts/{scene.member.id}")).json

    for name in shown:
        assert fault_of({key: value for key, value in shown.items() if key != name}, Account) is not None, name


def test_what_nobody_described_is_a_fault() -> None:
    """A new route, a new event, JSON where a file is."""
    assert rule_of("GET", "/api/v1/accounts/7/statuses") == "GET /api/v1/accounts/<id>/statuses"
    assert (rule_of("GET", "/@member"), rule_of("GET", "/api/v1/nothing")) == (None, None)
    assert fault_in("GET /api/v1/made_up", 200, b"{}") is not None
    assert fault_in("GET /api/v1/exports/blocks.csv", 200, b"[]") is not None
    assert ANSWERS["GET /api/v1/exports/blocks.csv"] == FILE
    assert fault_in("GET /api/v1/lists", 404, b'{"error": "no"}') is None
    assert fault_in("GET /api/v1/lists", 404, b"[]") is not None
    assert fault_in_event("made_up", "") is not None
    assert (fault_in_event("delete", "7"), fault_in_event("filters_changed", "")) == (None, None)
    assert fault_in_event("delete", "{}") is not None
    assert fault_in_event("update", "{}") is not None


async def test_accounts_are_whole(scene: Scene) -> None:
    """Account of ours and of others, CredentialAccount with source and role."""
    client, alice = await a_client(scene), await known(scene, scene.alice)
    own = (await client.get("/accounts/verify_credentials")).json

    await client.post(f"/accounts/{alice}/mute", duration=60)
    (muted,) = (await client.get("/mutes")).json

    assert fault_of(own, CredentialAccount) is None
    assert fault_of(muted, MutedAccount) is None
    for shown in (own, (await client.get(f"/accounts/{alice}")).json):
        assert shown["created_at"].endswith("T00:00:00.000Z")
        assert {"moved", "suspended", "limited"} & set(shown) == set()


async def test_last_status_is_a_day(scene: Scene) -> None:
    """quirk 6: a bare date, of what everybody may see."""
    client = await a_client(scene)
    await create_post(scene.node, scene.member, Draft("Few", visibility=Visibility.FOLLOWERS))
    assert (await client.get(f"/accounts/{scene.member.id}")).json["last_status_at"] is None

    said = await create_post(scene.node, scene.member, Draft("All"))

    assert (await client.get(f"/accounts/{scene.member.id}")).json["last_status_at"] == "2026-11-24"
    shown = (await client.get(f"/statuses/{said.id}")).json
    assert shown["account"]["last_status_at"] == shown["created_at"][:10]


async def test_moved_account_names_the_new_one(scene: Scene) -> None:
    """Account `moved`: an Account again."""
    client = await a_client(scene)
    await following(scene, scene.alice)
    scene.alice.changes = {"alsoKnownAs": [scene.member.uri]}
    await scene.arrives(scene.alice.says("Update", scene.alice.document()))
    target = await scene.node.db.read(by_uri, scene.alice.uri)
    assert target is not None
    await move(scene.node, scene.member, target)

    shown = (await client.get(f"/accounts/{scene.member.id}")).json

    assert fault_of(shown["moved"], Account) is None
    assert shown["moved"]["uri"] == scene.alice.uri


async def test_those_who_wait_are_counted(scene: Scene) -> None:
    """CredentialAccount source.follow_requests_count."""
    client = await a_client(scene)
    await set_locked(scene.node, scene.member, True)
    await scene.arrives(scene.alice.follow(scene.member.uri))

    assert (await client.get("/accounts/verify_credentials")).json["source"]["follow_requests_count"] == 1


async def test_statuses_are_whole(scene: Scene) -> None:
    """Status of ours and of others, and a boost with the post in it."""
    client = await a_client(scene)
    await following(scene, scene.alice)
    await an_actor(scene.node, "other_member")
    said = await create_post(scene.node, scene.member, Draft(f"#fish @alice@{scene.peer.host} @other_member"))
    await scene.arrives(scene.alice.create(scene.alice.note()))
    await client.post(f"/statuses/{said.id}/reblog")

    shown = (await client.get("/timelines/home")).json

    assert len(shown) == 2
    assert fault_of(shown, list[Status]) is None
    boosted = next(one["reblog"] for one in shown if one["reblog"])
    assert boosted["reblog"] is None
    named = {mention["acct"]: mention for mention in boosted["mentions"]}
    assert set(named) == {f"alice@{scene.peer.host}", "other_member"}
    for mention in named.values():
        assert f'href="{mention["url"]}"' in boosted["content"]
