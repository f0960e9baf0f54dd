"""Profiles of cooperatives by HTTP: shut doors first, then what is changed, who reads it, and who is looked up where."""

from typing import Any

import orjson
import pytest

from actors.lookup import by_uri
from coopfed import limits
from coopfed.features.moderation import actions as moderation
from coopfed.features.moderation.audit import COMMAND_LINE
from coopfed.net import peers
from coopfed.vocab.origin import authority
from tests.coopfed.api.test_api import Client, a_client
from tests.coopfed.api.test_discovery import undiscoverable
from tests.coopfed.features.test_cooperatives import OWN, SAID
from tests.support.nodes import an_actor
from tests.support.peers import Answer
from tests.support.scene import Scene

KEYS = (
    *(
        "account",
        "legal_name",
        "names",
        "descriptions",
        "cooperative_type",
        "registry_category",
        "identifiers",
        "sectors",
    ),
    *(
        "regions",
        "languages",
        "size_class",
        "members_count",
        "workers_count",
        "offers",
        "needs",
        "sdgs",
        "ica_principles",
    ),
    *("discoverable", "aggregation_consent", "memberships", "origin", "updated_at", "settings", "warnings"),
)
"""Of the shape, in the contract's order; every one is always there."""


def own(scene: Scene, path: str) -> str:
    """An address of our own API."""
    return f"{scene.node.urls.base}/api/coopfed/v1{path}"


async def ask(scene: Scene, path: str, client: Client | None = None, headers: dict[str, str] | None = None) -> Answer:
    """A GET, of a stranger or of an app."""
    sent = {**(headers or {}), **({"Authorization": f"Bearer {client.token}"} if client else {})}
    return await scene.peer.send("GET", own(scene, path), sent)


async def change(client: Client, **fields: Any) -> Answer:
    """PATCH /profile."""
    return await client.patch(own(client.scene, "/profile"), **fields)


# --- shut -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["reader", "author", "negotiator", "officer", "moderator"])
async def test_profile_is_changed_by_editors_alone(scene: Scene, role: str) -> None:
    """api.md 1, 3: 403 insufficient_role; whoever has a role reads it."""
    client = await a_client(scene, role=role)

    answer = await change(client, sectors=["03"])

    assert (answer.status, answer.json["error"]) == (403, "insufficient_role")
    assert (await ask(scene, "/profile", client)).json["sectors"] == []


async def test_what_cannot_be_changes_nothing_and_says_why(scene: Scene) -> None:
    """api.md 1: 422 validation_failed, for each field a code and a sentence in the reader's language; all of it or nothing."""
    client = await a_client(scene)
    body = orjson.dumps(
        {"legal_name": "Fine", "sectors": ["03", "9999"], "identifiers": [{"scheme": "rea", "value": ""}]}
    )
    headers = {"Authorization": f"Bearer {client.token}", "Content-Type": "application/json", "Accept-Language": "it"}

    answer = await scene.peer.send("PATCH", own(scene, "/profile"), headers, body)

    assert (answer.status, answer.json["error"]) == (422, "validation_failed")
    assert answer.json["error_description"] == "Qualcosa non può essere accettato così com’è."
    assert answer.json["details"] == {
        "sectors": [{"error": "ERR_UNKNOWN_CODE", "description": "Questo nodo non conosce il codice."}],
        "identifiers[0]": [{"error": "ERR_BLANK", "description": "Non può essere vuoto."}],
    }
    assert (await ask(scene, "/profile", client)).json["legal_name"] == ""


# --- open -------------------------------------------------------------------------------------------------------


async def test_profile_is_changed_field_by_field(scene: Scene) -> None:
    """api.md 3: every key is always there; what is not named stays; JSON and forms alike; consents are false until given; doubts are told,
    and stored; settings are for the actor's people."""
    client = await a_client(scene)
    before = (await ask(scene, "/profile", client)).json
    assert tuple(before) == KEYS
    assert (before["aggregation_consent"], before["cooperative_type"], before["names"]) == (False, None, {})
    assert before["settings"] == {"match_digest": "none", "auto_acknowledge": False, "requires_approval": False}

    doubtful = {"scheme": "vkn", "value": "123"}
    answer = await change(client, **{**SAID, "identifiers": [*SAID["identifiers"], doubtful]})
    after = answer.json
    assert answer.status == 200, after
    assert tuple(after) == KEYS
    assert after["account"]["display_name"] == "La Lampara"
    assert after["descriptions"]["it"] == "<p>Piccola pesca.</p>"
    same = (
        "names",
        "legal_name",
        "cooperative_type",
        "sectors",
        "regions",
        "languages",
        "size_class",
        "offers",
        "needs",
    )
    assert {name: after[name] for name in same} == {name: SAID[name] for name in same}
    assert (after["members_count"], after["workers_count"]) == (34, 12)
    assert (after["sdgs"], after["ica_principles"], after["origin"]) == ([8, 12], [6], "local")
    assert [one["public"] for one in after["identifiers"]] == [True, False, False]
    ((field, code),) = [(one["field"], one["code"]) for one in after["warnings"]]
    assert (field, code) == ("identifiers[2]", "format")
    assert after["warnings"][0]["description"]

    url, form = own(scene, "/profile"), {"Content-Type": "application/x-www-form-urlencoded"}
    body = b"sdgs[]=8&sdgs[]=14&names[it]=Lampara&identifiers[][scheme]=rea&identifiers[][value]=LE-1&settings[requires_approval]=true"
    answer = await scene.peer.send("PATCH", url, {**form, "Authorization": f"Bearer {client.token}"}, body)
    assert (answer.json["sdgs"], answer.json["names"]) == ([8, 14], {"it": "Lampara"})
    assert answer.json["identifiers"] == [{"scheme": "rea", "value": "LE-1", "public": False}]
    assert (answer.json["warnings"], answer.json["settings"]["requires_approval"]) == ([], True)
    assert answer.json["sectors"] == ["03", "10"]
    cleared = (await change(client, cooperative_type=None, sectors=[], members_count="")).json
    assert (cleared["cooperative_type"], cleared["sectors"], cleared["members_count"]) == (None, [], None)
    assert (await ask(scene, "/profile", client)).json == {**cleared, "warnings": []}
    # Whatever an app read, it may send back: nothing is changed by it.
    again = (await change(client, **cleared)).json
    assert {**again, "updated_at": ""} == {**cleared, "updated_at": ""}


async def test_fields_of_codes_are_shown_by_apps_and_not_theirs_to_edit(scene: Scene) -> None:
    """client_api 5: Account.fields has them in words; `source` has what people typed, so that no app saves them as its own."""
    client = await a_client(scene)
    await change(client, **SAID)

    shown = (await client.patch("/accounts/update_credentials", fields_attributes=[{"name": "Web", "value": "x"}])).json

    assert [field["name"] for field in shown["fields"]] == ["Web", "Tipo di cooperativa", "Settore", "Regione"]
    assert [field["name"] for field in shown["source"]["fields"]] == ["Web"]


async def test_who_wants_to_be_found_is_read_by_everybody(scene: Scene) -> None:
    """api.md 3: public numbers alone, no settings; 404 unless discoverable and not shut out, but for the actor itself; 304."""
    client, other = await a_client(scene), await an_actor(scene.node, "other")
    stranger = await a_client(scene, other)
    await change(client, **SAID)
    path = f"/profiles/{scene.member.id}"

    found = await ask(scene, path)
    assert (found.status, tuple(found.json)) == (200, KEYS)
    assert [one["scheme"] for one in found.json["identifiers"]] == ["partita_iva"]
    assert (found.json["settings"], found.headers["Cache-Control"]) == (None, "public, no-cache")
    etag = {"If-None-Match": f"W/{found.headers['ETag']}"}
    assert (await ask(scene, path, headers=etag)).status == 304
    await change(client, sectors=["10"])
    assert (await ask(scene, path, headers=etag)).json["sectors"] == ["10"]
    assert (await ask(scene, path, stranger)).headers["Cache-Control"] == "private, no-cache"

    await stranger.post(f"/accounts/{scene.member.id}/block")
    assert [(await ask(scene, path, one)).status for one in (None, client, stranger)] == [200, 200, 404]
    await stranger.post(f"/accounts/{scene.member.id}/unblock")
    await undiscoverable(scene, scene.member.id)
    assert [(await ask(scene, path, one)).status for one in (None, client, stranger)] == [404, 200, 404]
    assert (await change(client, discoverable=True)).json["discoverable"] is True
    await moderation.suspend(scene.node, scene.member, True, COMMAND_LINE)
    for wrong in (path, "/profiles/4711", "/profiles/x", f"/profiles/{'9' * 30}"):
        answer = await ask(scene, wrong)
        assert (answer.status, answer.json["error"]) == (404, "not_found"), wrong


async def test_remote_cooperative_is_looked_up(scene: Scene) -> None:
    """api.md 3: by handle or address; unknown or stale it is fetched for who may have that done, and for nobody else; 502, 404; a blocked
    host is nobody's."""
    bob = scene.peer.actor("bob", changes={**OWN, "discoverable": True})
    reads, asks = await a_client(scene, scopes="read:accounts"), await a_client(scene, scopes="read:directory")
    path = f"/profiles/lookup?acct={bob.uri}"

    assert [(await ask(scene, path, one)).status for one in (None, reads)] == [404, 404]
    found = await ask(scene, path, asks)
    assert found.status == 200, found.json
    assert (found.json["sectors"], found.json["origin"], found.json["sdgs"]) == (["03", "10"], "remote", [8, 12, 14])
    assert found.json["descriptions"] == OWN["summaryMap"]
    assert (await ask(scene, path)).json == found.json
    row = await scene.node.db.read(by_uri, bob.uri)
    assert row is not None
    assert (await ask(scene, f"/profiles/{row.id}")).json == found.json
    assert (await ask(scene, "/profiles/lookup?acct=member")).json["account"]["acct"] == "member"

    bob.changes["sector"] = ["46"]
    assert (await ask(scene, path, asks)).json["sectors"] == ["03", "10"]
    scene.clock.pass_(limits.ACTOR_FRESH_SECONDS)
    assert (await ask(scene, path, reads)).json["sectors"] == ["03", "10"]
    assert (await ask(scene, path, asks)).json["sectors"] == ["46"]

    answer = await ask(scene, "/profiles/lookup")
    assert (answer.status, list(answer.json["details"])) == (422, ["acct"])
    answer = await ask(scene, f"/profiles/lookup?acct={scene.peer.base}/users/nobody", asks)
    assert answer.status == 404
    answer = await ask(scene, "/profiles/lookup?acct=http://localhost:1/users/nobody", asks)
    assert (answer.status, answer.json["error"]) == (502, "peer_unreachable")
    await scene.node.db.write(peers.set_blocked, authority(bob.uri), True)
    scene.node.memory.forget()
    assert [(await ask(scene, path, one)).status for one in (None, asks)] == [404, 404]


async def test_undiscoverable_remote_cooperative_is_nobodys_to_read(scene: Scene) -> None:
    """api.md 3: missing consent means no."""
    bob = scene.peer.actor("bob", changes={**OWN, "discoverable": None})
    asks = await a_client(scene, scopes="read:directory")

    assert (await ask(scene, f"/profiles/lookup?acct={bob.uri}", asks)).status == 404
