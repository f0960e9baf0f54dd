"""Aliases and moving away over the client API: who may, what is missing, then what peers are told."""

from typing import Any

import pytest

from coopfed.features.accounts import recovery
from tests.coopfed.api.test_api import Client, a_client
from tests.coopfed.features.test_moves import a_new_home, document, sent
from tests.support.scene import Scene

PASSWORD = "four fishes and a boat"


async def an_admin(scene: Scene) -> Client:
    """An app of an admin who has a password."""
    client = await a_client(scene, role="admin")
    await recovery.choose_password(scene.node, "member-admin@mail.example", PASSWORD)
    return client


def types(found: list[dict[str, Any]]) -> list[str]:
    """What kinds of activities they are."""
    return [one["type"] for one in found]


# --- shut -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["editor", "author", "reader"])
async def test_only_admins_decide_where_an_actor_lives(scene: Scene, role: str) -> None:
    """Not even with the right password."""
    home, _row = await a_new_home(scene)
    client = await a_client(scene, role=role)

    for answer in (
        await client.post("/accounts/alias", also_known_as_uris=[home.uri]),
        await client.post("/accounts/move", password=PASSWORD, moved_to_uri=home.uri),
    ):
        assert (answer.status, answer.json["reason"]) == (403, "insufficient_role")
    assert await sent(scene) == []


async def test_move_needs_the_password(scene: Scene) -> None:
    """Security 1.6: whoever has a stolen token does not take the followers along, nor guesses for long."""
    home, _row = await a_new_home(scene)
    client = await an_admin(scene)

    missing = await client.post("/accounts/move", moved_to_uri=home.uri)
    wrong = [await client.post("/accounts/move", password="not it at all", moved_to_uri=home.uri) for _ in range(11)]

    assert (missing.status, wrong[0].status, wrong[0].json["reason"]) == (422, 403, "wrong_password")
    assert wrong[-1].status == 429
    assert "movedTo" not in await document(scene)
    assert await sent(scene) == []


async def test_target_must_call_the_actor_its_own(scene: Scene) -> None:
    """FEP-7628; and it has to be somebody."""
    home, _row = await a_new_home(scene)
    home.changes.clear()
    client = await an_admin(scene)

    for target, said in ((home.uri, "does not call"), (f"{scene.peer.base}/users/nobody", "nobody was found")):
        answer = await client.post("/accounts/move", password=PASSWORD, moved_to_uri=target)
        assert (answer.status, said in answer.json["error"]) == (422, True), answer.json
    assert await sent(scene) == []


async def test_alias_must_be_there(scene: Scene) -> None:
    """One that is nobody changes nothing, nor does oneself, nor a request that names none."""
    home, _row = await a_new_home(scene)
    client = await an_admin(scene)
    nobody = f"{scene.peer.base}/users/nobody"

    for fields in ({"also_known_as_uris": [home.uri, nobody]}, {"also_known_as_uris": [scene.member.uri]}, {}):
        assert (await client.post("/accounts/alias", **fields)).status == 422
    assert "alsoKnownAs" not in await document(scene)


# --- open -------------------------------------------------------------------------------------------------------


async def test_aliases_are_what_was_asked_for(scene: Scene) -> None:
    """GoToSocial *accounts/alias*: the list replaces the former one; followers are told; one that is gone may stay."""
    home, _row = await a_new_home(scene)
    client = await an_admin(scene)

    shown = await client.post("/accounts/alias", also_known_as_uris=[f"@home@{scene.peer.host}", scene.alice.uri])

    assert (shown.status, shown.json["source"]["also_known_as_uris"]) == (200, [home.uri, scene.alice.uri])
    assert (await document(scene))["alsoKnownAs"] == [home.uri, scene.alice.uri]
    assert types(await sent(scene)) == ["Update"]
    scene.peer.statuses["/users/home"] = 410
    await client.post("/accounts/alias", **{"also_known_as_uris[]": [home.uri]})
    assert (await document(scene))["alsoKnownAs"] == [home.uri]
    await client.post("/accounts/alias", also_known_as_uris=[])
    assert "alsoKnownAs" not in await document(scene)


async def test_actor_moves(scene: Scene) -> None:
    """GoToSocial *accounts/move*: 202, the document says where to, followers are told by Move and Update."""
    home, _row = await a_new_home(scene)
    client = await an_admin(scene)

    answer = await client.post("/accounts/move", password=PASSWORD, moved_to_uri=home.uri)

    assert (answer.status, answer.json["moved"]["acct"]) == (202, f"home@{scene.peer.host}")
    assert (await document(scene))["movedTo"] == home.uri
    assert types(await sent(scene)) == ["Move", "Update"]
    again = await client.post("/accounts/move", password=PASSWORD, moved_to_uri=home.uri)
    assert (again.status, "has moved" in again.json["error"]) == (422, True)
