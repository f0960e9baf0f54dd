"""What cooperatives offer, agree on and show, against those who would break it: through the door, and with what is handed over."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest

from coopfed import limits
from coopfed.errors import Conflict, InvalidFields, InvalidInput
from coopfed.features.agreements import actions as completing
from coopfed.features.requests import actions, responding
from coopfed.features.requests.rules import Status
from coopfed.signing import proofs
from coopfed.vocab.terms import PUBLIC
from tests.coopfed.api.test_api import a_client
from tests.coopfed.api.test_requests import ask
from tests.coopfed.web.test_verification import CONTEXT, _of_others, an_agreement, code_of, hand_over, verified
from tests.inbox.test_offers import offer, proposal, published
from tests.inbox.test_receipts import ours, receipt, theirs
from tests.support.nodes import an_actor
from tests.support.peers import Document, RemoteActor
from tests.support.scene import Scene

EXPANDED = "https://www.w3.org/ns/activitystreams#object"


@pytest.mark.parametrize("shape", ["list", "expanded", "prefixed"])
async def test_receipt_in_another_shape_does_not_break_the_page_of_its_agreement(scene: Scene, shape: str) -> None:
    """One side could make the page, the JSON and the paper of an agreement fail for good, by a receipt that is written otherwise."""
    _row, found = await ours(scene)
    said = receipt(scene.alice, found.uri)
    inner = said.pop("object")
    said |= {"list": {"object": [inner]}, "expanded": {EXPANDED: inner}, "prefixed": {"as:object": inner}}[shape]
    await scene.arrives(said)
    for form in ("", ".json"):
        answer = await verified(scene, f"/verify/{found.code}{form}")
        assert answer.status == 200, (form, answer.body)


async def test_receipt_does_not_borrow_a_signature_by_its_id(scene: Scene) -> None:
    """An owner whose server tells what the other side never said, under the id of what the owner did sign: it counts as said by nobody."""
    given, alice, bob = _of_others(scene)
    offer, accept = given["documents"]
    page = f"{scene.peer.base}/verify/AAAAAAAAAAAAAAAA"
    accept["result"]["url"] = page

    def signed(document: Document, actor: RemoteActor) -> Document:
        plain = {name: value for name, value in document.items() if name != "proof"} | {"@context": CONTEXT}
        return proofs.attach(plain, actor.ed25519, actor.ed25519_id, datetime(2026, 11, 24, 7, tzinfo=UTC))

    accept = signed(accept, alice)
    true = signed(receipt(alice, accept["result"]["id"]), alice)
    forged = {**receipt(bob, accept["result"]["id"], number=2), "id": true["id"]}
    told: Document = {"documents": [offer, accept, forged, true], "status": "fulfilled"}
    scene.peer.objects[urlsplit(page).path + ".json"] = told
    found = await hand_over(scene, [offer, accept])
    assert (found["valid"], found["status"], found["completed_at"]) == (True, "active", None)
    assert [one["proof"] for one in found["documents"]] == ["valid", "valid", "none", "valid"]

    scene.node.memory.verdicts.clear()
    told["documents"][2] = signed(forged | {"id": f"{bob.uri}/activities/r"}, bob)
    found = await hand_over(scene, [offer, accept])
    assert found["status"] == "fulfilled"


async def test_what_is_handed_over_in_odd_shapes_is_told_and_not_failed_at(scene: Scene) -> None:
    """Without ids, with ids that are no text, in lists: 200, and what is the matter with it."""
    one = await an_agreement(scene)
    await completing.complete(scene.node, scene.member, int(one["id"]), "fulfilled")
    whole = (await verified(scene, f"/verify/{code_of(one)}.json")).json
    offer, accept, signed = (entry["document"] for entry in whole["documents"])

    def without(document: Document, name: str) -> Document:
        return {key: value for key, value in document.items() if key != name}

    cases: tuple[list[Document], ...] = (
        [offer, accept, without(signed, "id")],
        [offer, accept, {**signed, "id": [signed["id"]]}],
        [offer, accept, {**signed, "object": [signed["object"]]}],
        [offer, accept, {**signed, "object": {**signed["object"], "outcome": ["fulfilled"]}}],
        [offer, accept, {**signed, "proof": [1]}],
        [offer, without(accept, "id")],
        [without(offer, "id"), accept],
        [offer, {**accept, "id": {"id": accept["id"]}}],
        [{**offer, "object": [offer["object"]]}, accept],
        [offer, {**accept, "result": [accept["result"]]}],
        [offer, {**accept, "result": {**accept["result"], "url": [{"href": 1}, 2]}}],
    )
    for case in cases:
        found = await hand_over(scene, case)
        assert not found["valid"], orjson.dumps(case)
        assert found["problems"], orjson.dumps(case)


async def test_who_moved_away_begins_nothing_new_here(scene: Scene) -> None:
    """Whoever still has a role at the old actor neither asks nor answers in its name; what was agreed on is still ended by it."""
    row, other = await published(scene), await an_actor(scene.node, "other")
    gone, said = (
        other._replace(moved_to="https://new.example/users/other"),
        {"content": "We", "quantity": {"value": "1"}},
    )
    with pytest.raises(InvalidInput):
        await actions.draft(scene.node, gone, None, {"title": "Ice"})
    with pytest.raises(InvalidInput):
        await responding.answer(scene.node, gone, None, row.id, said)
    assert (await responding.answer(scene.node, other, None, row.id, said)).pending


# --- floods -----------------------------------------------------------------------------------------------------


async def test_flood_of_answers_ends_at_the_limit(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each takes the place of the one before, and all of them are kept and looked at: so there is an end, here and for ours."""
    monkeypatch.setattr(limits, "RESPONSES_OF_ONE", 2)
    row, bob = await published(scene), scene.peer.actor("bob")
    outcomes = [await scene.arrives(offer(scene.alice, row)) for _ in range(3)]
    assert outcomes == [["accepted"], ["accepted"], ["refused_flood"]]
    assert await scene.arrives(offer(bob, row), bob) == ["accepted"], "others may still answer"

    other = await an_actor(scene.node, "other")
    for _ in range(2):
        await responding.answer(scene.node, other, None, row.id, {"content": "We", "quantity": {"value": "1"}})
    with pytest.raises(Conflict):
        await responding.answer(scene.node, other, None, row.id, {"content": "We", "quantity": {"value": "1"}})


async def test_answers_are_no_larger_than_what_is_verified(scene: Scene) -> None:
    """An Offer or Accept as large as an inbox takes would be stored, told and printed with its agreement; ours are bounded as well."""
    row, fills = await published(scene), "x" * limits.RESPONSE_BYTES
    assert await scene.arrives(offer(scene.alice, row, filling=fills)) == ["malformed"]
    other = await an_actor(scene.node, "other")
    links = "http://a.co " * (limits.REQUEST_CHARACTERS // 12)
    linked = {"content": links, "language": "en", "quantity": {"value": "1"}}
    with pytest.raises(InvalidFields):
        await responding.answer(scene.node, other, None, row.id, linked)
    _row, _uri, accept = await theirs(scene)
    assert await scene.arrives({**accept, "filling": fills}) == ["malformed"]
    assert await scene.arrives({**accept, "id": f"{accept['id']}/2"}) == ["accepted"]


async def test_flood_of_proposals_ends_at_the_limit(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever names a member reaches the board and the matches; what is known already may still change."""
    monkeypatch.setattr(limits, "REQUESTS_A_DAY", 2)
    await a_client(scene)
    documents = [proposal(scene.alice, scene, id=f"{scene.alice.uri}/proposals/{number}") for number in range(3)]
    outcomes = [await scene.arrives(scene.alice.says("Create", document)) for document in documents]
    assert outcomes == [["accepted"], ["accepted"], ["refused_flood"]]
    changed = documents[0] | {"name": "Changed", "updated": "2026-11-24T09:30:00Z"}
    assert await scene.arrives(scene.alice.says("Update", changed)) == ["accepted"]
    scene.clock.pass_(24 * 3600 + 1)
    assert await scene.arrives(scene.alice.says("Create", documents[2])) == ["accepted"]


async def test_what_strangers_hand_over_does_not_fill_the_memory(scene: Scene) -> None:
    """What is found is kept for whoever asks again soon, but not with documents that are large, also those that an owner's server adds."""
    given, _alice, _bob = _of_others(scene)
    offer, accept = given["documents"]
    fills = [{} for _ in range(limits.CERTIFICATE_KEPT_BYTES // 3)]
    assert not (await hand_over(scene, [{**offer, "filling": fills}, accept]))["valid"]
    assert len(scene.node.memory.verdicts) == 0
    assert (await hand_over(scene, [offer, accept]))["valid"]
    assert len(scene.node.memory.verdicts) == 1


# --- what is another's ------------------------------------------------------------------------------------------


async def test_proposal_has_no_post_of_a_neighbour_beside_it(scene: Scene) -> None:
    """On a host of many, somebody names another post as the one that shows their Proposal: its numbers and replies are not theirs."""
    await a_client(scene)
    bob = scene.peer.actor("bob")
    note = bob.note(to=[PUBLIC], tag=[{"type": "Mention", "href": scene.member.uri}])
    assert await scene.arrives(bob.create(scene.peer.publish(note)), bob) == ["accepted"]
    theirs = proposal(
        scene.alice, scene, to=[PUBLIC, scene.member.uri], companion=note["id"], hasEnd="2027-06-01T00:00:00Z"
    )
    assert await scene.arrives(scene.alice.says("Create", theirs)) == ["accepted"]
    own = proposal(bob, scene, to=[PUBLIC, scene.member.uri], companion=note["id"])
    assert await scene.arrives(bob.says("Create", own), bob) == ["accepted"]

    shown = {one["uri"]: one["companion"] for one in (await ask(scene, "/requests")).json}
    assert shown[theirs["id"]] is None
    assert shown[own["id"]]["uri"] == note["id"]


async def test_numbers_of_strangers_do_not_break_what_lists_them(scene: Scene) -> None:
    """A code of forty digits is no number for any client, and JSON of ours holds none; amounts and moments beyond all bounds are none."""
    client = await a_client(scene)
    bob = scene.peer.actor("bob", changes={"sdg": ["9" * 40, "8"], "icaPrinciple": ["6" * 40], "discoverable": True})
    much: dict[str, Any] = {"hasUnit": "tonne", "hasNumericalValue": "1e400"}
    odd: tuple[dict[str, Any], ...] = (
        {"sdg": ["9" * 40, "\u0663", "7"]},
        {
            "published": "0001-01-01T00:00:00+14:00",
            "updated": "0001-01-01T00:00:00Z",
            "hasEnd": "9999-12-31T23:59:59-14:00",
        },
        {
            "publishes": {
                "type": "Intent",
                "resourceQuantity": {**much, "hasNumericalValue": 1e308},
                "availableQuantity": much,
            }
        },
        {
            "reciprocal": {
                "type": "Intent",
                "resourceQuantity": {"hasNumericalValue": "-0"},
                "resourceConformsTo": "javascript:x",
            }
        },
        {
            "url": "javascript:alert(1)",
            "companion": {"id": 1},
            "collaborationCategory": {"a": 1},
            "requestStatus": ["open"],
        },
        {
            "contentMap": {"en": "<p>x</p>", "x" * 300: "y", "": "z"},
            "nameMap": {"\u202een": "a\r\nb"},
            "language": "\u0000",
        },
    )
    for number, members in enumerate(odd):
        said = proposal(scene.alice, scene, id=f"{scene.alice.uri}/proposals/{number}", to=[PUBLIC, scene.member.uri])
        ends = {"hasEnd": "2027-06-01T00:00:00Z"}
        await scene.arrives(scene.alice.says("Create", {**said, **ends, **members}))
    asks = await a_client(scene, scopes="read:directory")
    every = [f"status[]={status.value}" for status in Status if status is not Status.DRAFT]
    shown = await ask(scene, f"/requests?{'&'.join(every)}")
    assert shown.status == 200
    found = {one["uri"].rpartition("/")[2]: one for one in shown.json}
    assert len(found) == len(odd)
    assert found["0"]["sdgs"] == [7]
    assert (found["2"]["quantity"]["value"], found["2"]["quantity"]["available"]) == (None, None)
    assert (found["4"]["url"], found["4"]["companion"]) == (None, None)
    for one in shown.json:
        for path in (f"/requests/{one['id']}", f"/requests/{one['id']}/comments"):
            assert (await ask(scene, path)).status == 200, path
        for path in (f"/requests/{one['id']}", f"/account/answers/member/{one['id']}"):
            assert (await scene.peer.send("GET", scene.node.urls.base + path, {"Accept": "text/html"})).status < 500, (
                path
            )
    for path in ("/requests/facets", "/matches"):
        assert (await ask(scene, path, client)).status == 200, path
    for path in ("/requests", "/requests.atom"):
        assert (await scene.peer.send("GET", scene.node.urls.base + path, {"Accept": "text/html"})).status < 500, path
    profile = await ask(scene, f"/profiles/lookup?acct={bob.uri}", asks)
    assert (profile.status, profile.json["sdgs"], profile.json["ica_principles"]) == (200, [8], [])
