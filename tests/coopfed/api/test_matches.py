"""Matches by HTTP: shut doors first, then who fits whom and why, and what is set aside."""

from typing import Any

from actors.lookup import ActorRow
from coopfed import limits
from coopfed.features.cooperatives.actions import edit
from tests.coopfed.api.test_api import Client, a_client
from tests.coopfed.api.test_requests import ask, own, published, say
from tests.support.nodes import an_actor
from tests.support.peers import Answer
from tests.support.scene import Scene

OFFER: dict[str, Any] = {
    "purpose": "offer",
    "category": "training",
    "title": "Corsi per cooperative",
    "sectors": ["85"],
    "regions": ["ITF4"],
    "languages": ["it"],
}
REQUEST = {**OFFER, "purpose": "request", "title": "Eğitim arıyoruz", "regions": ["IT"], "languages": ["it", "tr"]}
PROFILE = {"offers": ["training"], "sectors": ["85"], "regions": ["ITF5"], "languages": ["it"]}


async def a_teacher(scene: Scene, handle: str = "teacher") -> tuple[ActorRow, Client]:
    """A cooperative that has training to offer, and its app."""
    actor = await an_actor(scene.node, handle)
    await edit(scene.node, actor, PROFILE)
    return actor, await a_client(scene, actor)


async def matches(scene: Scene, client: Client, query: str = "") -> list[dict[str, Any]]:
    """What the app is shown."""
    answer = await client.get(f"{scene.node.urls.base}/api/coopfed/v1/matches{query}")
    assert answer.status == 200, answer.json
    return list(answer.json)


async def dismiss(client: Client, id: str) -> Answer:
    """Not this one."""
    return await client.post(f"{client.scene.node.urls.base}/api/coopfed/v1/matches/{id}/dismiss")


async def restore(client: Client, id: str) -> Answer:
    """Or yes."""
    return await client.post(f"{client.scene.node.urls.base}/api/coopfed/v1/matches/{id}/restore")


async def test_matches_are_shown_to_those_who_may_read_and_set_aside_by_negotiators(scene: Scene) -> None:
    """api.md 7: scope and role; others' matches and requests are not there; what cannot be asked for is told."""
    _actor, teacher = await a_teacher(scene)
    client, reader = await a_client(scene), await a_client(scene, role="reader")
    foreign = await published(teacher, **OFFER)
    one = await published(client, **REQUEST)
    found = (await matches(scene, client))[0]

    assert (await ask(scene, "/matches")).status == 401
    assert (await ask(scene, "/matches", await a_client(scene, scopes="read:statuses"))).status == 403
    assert (await ask(scene, f"/matches?request_id={foreign['id']}", client)).status == 404
    for wrong in ("kind=people", "min_score=20", "min_score=x", f"offset={limits.MATCHES_DEEP + 1}"):
        answer = await ask(scene, f"/matches?{wrong}", client)
        assert (answer.status, answer.json["error"]) == (422, "validation_failed"), wrong
    assert (await dismiss(reader, found["id"])).json["error"] == "insufficient_role"
    assert (await dismiss(teacher, found["id"])).status == 404
    assert (await dismiss(client, "12345")).status == 404
    assert await matches(scene, client, f"?offset={limits.MATCHES_DEEP}") == []
    assert [m["dismissed"] for m in await matches(scene, client, f"?request_id={one['id']}&kind=request")] == [False]


async def test_matches_come_with_their_reasons_the_best_first(scene: Scene) -> None:
    """domain.md 8.7; api.md 7: requests and profiles of others, for own requests and the own profile; with points and codes."""
    actor, teacher = await a_teacher(scene)
    client = await a_client(scene)
    offer, one = await published(teacher, **OFFER), await published(client, **REQUEST)

    found = await matches(scene, client)
    assert [(m["kind"], m["score"], m["for_request_id"], m["account"]["id"]) for m in found] == [
        ("request", 95, one["id"], str(actor.id)),
        ("profile", 75, one["id"], str(actor.id)),
    ]
    assert (found[0]["request"]["id"], found[1]["request"]) == (offer["id"], None)
    assert found[0]["reasons"] == [
        {"part": "category", "points": 40, "code": "category_same", "values": ["training"]},
        {"part": "sector", "points": 20, "code": "sector_same", "values": ["85"]},
        {"part": "place", "points": 20, "code": "place_same", "values": ["ITF4"]},
        {"part": "language", "points": 10, "code": "language_common", "values": ["it"]},
        {"part": "nearness", "points": 5, "code": "recent", "values": []},
    ]
    assert [m["id"] for m in await matches(scene, client, "?min_score=80")] == [found[0]["id"]]
    assert [m["id"] for m in await matches(scene, client, "?limit=1&offset=1")] == [found[1]["id"]]
    assert await matches(scene, client) == found, "and under the same numbers"

    theirs = await matches(scene, teacher)
    assert [(m["for_request_id"], m["request"]["id"], m["score"]) for m in theirs] == [
        (offer["id"], one["id"], 95),
        (None, one["id"], 75),
    ]
    await say(client, f"/requests/{one['id']}/withdraw")
    assert await matches(scene, client) == []
    assert await matches(scene, teacher) == []


async def test_not_this_one_is_remembered_for_the_cooperative(scene: Scene) -> None:
    """api.md 7: remembered for the cooperative, nothing is sent; said again it answers 200; taken back it is shown again."""
    _actor, teacher = await a_teacher(scene)
    client, colleague = await a_client(scene), await a_client(scene, role="negotiator")
    await published(teacher, **OFFER)
    one = await published(client, **REQUEST)
    best, profile = await matches(scene, client)

    for _ in range(2):
        answer = await dismiss(client, best["id"])
        assert (answer.status, answer.json["dismissed"]) == (200, True)
    assert await matches(scene, colleague) == [profile]
    assert [m["id"] for m in await matches(scene, colleague, "?dismissed=true")] == [best["id"]]
    await client.patch(own(scene, f"/requests/{one['id']}"), title="Another title")
    assert await matches(scene, colleague) == [profile], "an edit brings nothing back"

    assert (await restore(colleague, best["id"])).json["dismissed"] is False
    assert [m["id"] for m in await matches(scene, client)] == [best["id"], profile["id"]]
    assert len(await matches(scene, teacher)) == 2, "the other side never knew"
