"""Offers, Proposals, Accepts and Rejects of others, as they arrive: shut doors first."""

from typing import Any

import orjson
import pytest

from actors.lookup import by_uri
from actors.remote import upsert
from coopfed import limits
from coopfed.features.requests import actions, answers, remote, responding, store
from coopfed.features.requests.answers import ResponseRow
from coopfed.features.requests.store import RequestRow
from coopfed.signing import proofs
from coopfed.vocab.document import read_actor
from coopfed.vocab.normalise import normalise
from tests.coopfed.api.test_api import a_client
from tests.coopfed.api.test_requests import SAID, ask, is_member
from tests.inbox.test_posts import following
from tests.support.nodes import an_actor
from tests.support.peers import CONTEXT, Document, RemoteActor, send_due
from tests.support.scene import Scene

COOPFED = ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/data-integrity/v2"]


async def published(scene: Scene, **given: Any) -> RequestRow:
    """A request of the member's."""
    await a_client(scene)
    draft = await actions.draft(scene.node, scene.member, None, {**SAID, **given})
    return await actions.publish(scene.node, scene.member, None, draft.id)


def offer(actor: RemoteActor, row: RequestRow, value: str | None = "1", **more: Any) -> Document:
    """An Offer as FEP-0837 has it."""
    amount = {"hasUnit": "one"} | ({"hasNumericalValue": value} if value is not None else {})
    commitment = {"type": "Commitment", "satisfies": f"{row.uri}#primary", "resourceQuantity": amount}
    agreement = {"type": "Agreement", "content": "<p>We can.</p><script>x</script>", "stipulates": commitment}
    return actor.says("Offer", agreement, **{"to": [], "inReplyTo": row.uri, **more})


async def given(scene: Scene, uri: str) -> ResponseRow | None:
    """The answer that came as this Offer."""
    return await scene.node.db.read(answers.by_uri, uri)


async def rejections(scene: Scene) -> list[tuple[str, str]]:
    """What was rejected at the peer, and why."""
    await send_due(scene.node)
    told = [one.document for one in scene.peer.received if one.document.get("type") == "Reject"]
    return [(one["object"], one["summary"]) for one in told]


# --- shut -------------------------------------------------------------------------------------------------------


async def test_offer_that_nobody_can_believe_is_dropped(scene: Scene) -> None:
    """api.md 5, *Arriving Offers*: a proof that does not hold, or of another actor's key; to few who are not among them."""
    row = await published(scene)
    key, other = scene.alice, scene.peer.actor("bob")
    await scene.arrives(offer(other, row), other)
    good = proofs.attach({**offer(key, row), "@context": COOPFED}, key.ed25519, key.ed25519_id, scene.node.utc())

    tampered = {**good, "proposalUpdated": "2026-11-24T08:00:00Z"}
    foreign = proofs.attach({**offer(key, row), "@context": COOPFED}, other.ed25519, other.ed25519_id, scene.node.utc())
    assert await scene.arrives(tampered) == ["refused_author"]
    assert await scene.arrives(foreign) == ["refused_author"]
    assert await given(scene, good["id"]) is None
    few = await published(scene, audience="actors", recipients=[str((await scene.node.db.read(by_uri, other.uri)).id)])  # type: ignore[union-attr]
    assert await scene.arrives(offer(key, few)) == ["refused_hidden"]
    assert await scene.arrives(offer(key, RequestRow(1, f"{scene.node.urls.base}/ap/objects/1", True, 1))) == [
        "irrelevant"
    ]
    fresh = proofs.attach({**offer(key, row), "@context": COOPFED}, key.ed25519, key.ed25519_id, scene.node.utc())
    assert await scene.arrives(fresh) == ["accepted"]
    found = await given(scene, fresh["id"])
    assert found is not None
    assert found.signed


async def test_offer_that_cannot_stand_is_refused_with_its_reason(scene: Scene) -> None:
    """api.md 5; domain.md 8.5: at once, and it is no live answer."""
    row = await published(scene, quantity={"unit": "one", "available": "3", "minimum": "2"})
    cases = ((offer(scene.alice, row, "4"), "quantity-exhausted"), (offer(scene.alice, row, "1"), "not-eligible"))
    for document, reason in cases:
        assert await scene.arrives(document) == ["accepted"]
        assert (document["id"], reason) in await rejections(scene)
        found = await given(scene, document["id"])
        assert found is not None
        assert (found.status, found.reason) == ("declined", reason)
    await actions.withdraw(scene.node, scene.member, None, row.id)
    late = offer(scene.alice, row, "2")
    await scene.arrives(late)
    assert (late["id"], "closed") in await rejections(scene)


async def test_no_more_answers_wait_than_anybody_reads(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """security 0, rule 6."""
    row = await published(scene, quantity={})
    monkeypatch.setattr(limits, "REQUESTS_OFFERED", 1)
    bob = scene.peer.actor("bob")
    await scene.arrives(offer(scene.alice, row, None))
    refused = offer(bob, row, None)
    await scene.arrives(refused, bob)

    found = await given(scene, refused["id"])
    assert found is not None
    assert (found.status, found.reason) == ("declined", "other")


# --- open -------------------------------------------------------------------------------------------------------


async def test_offers_of_every_shape_are_read(scene: Scene) -> None:
    """FEP-0837; domain.md 8.3: without our extras, and as of 2023 (an Offer of a Commitment); the owner reads it as a direct message."""
    row = await published(scene)
    bob = scene.peer.actor("bob")
    client = await a_client(scene)

    await scene.arrives(offer(scene.alice, row))
    old = bob.says(
        "Offer",
        {
            "type": "Commitment",
            "satisfies": f"{row.uri}#primary",
            "resourceQuantity": {"hasUnit": "one", "hasNumericalValue": "1"},
        },
        to=[scene.member.uri],
    )
    await scene.arrives(old, bob)

    seen = (await client.get(f"{scene.node.urls.base}/api/coopfed/v1/responses")).json
    assert [(one["via"], one["quantity"]["value"], one["signed"]) for one in seen] == [("fep-0837", "1", False)] * 2
    told = (await client.get("/notifications")).json
    assert [(one["type"], one["status"]["content"]) for one in told][1] == ("mention", "<p>We can.</p>")

    accepted = await responding.accept(scene.node, scene.member, int(seen[0]["id"]), "", confirmed=False)
    assert accepted.status == "accepted"
    await send_due(scene.node)
    accept = next(one.document for one in scene.peer.received if one.document.get("type") == "Accept")
    assert accept["result"]["stipulates"]["resourceQuantity"] == {"hasUnit": "one", "hasNumericalValue": "1"}
    assert accept["proof"]["proofPurpose"] == "assertionMethod"
    agreement, winner = accept["result"]["id"], scene.alice if accept["to"] == [scene.alice.uri] else bob
    loser = bob if winner is scene.alice else scene.alice
    assert (await scene.peer.get(scene.node, agreement)).status == 404
    assert (await scene.peer.get(scene.node, agreement, loser)).status == 404, "it is of its two sides alone"
    served = await scene.peer.get(scene.node, agreement, winner)
    assert (served.status, served.json["type"]) == (200, "Agreement")
    await actions.withdraw(scene.node, scene.member, None, row.id)
    await send_due(scene.node)
    updates = [one.document["object"] for one in scene.peer.received if one.document.get("type") == "Update"]
    assert [(one["type"], one["requestStatus"]) for one in updates if one["type"] == "Proposal"] == [
        ("Proposal", "withdrawn")
    ], "whoever answered hears of it once, whether they follow or not"


def proposal(actor: RemoteActor, scene: Scene, **more: Any) -> Document:
    """A Proposal of a remote actor's, for the member."""
    return {
        "id": f"{actor.uri}/proposals/1",
        "type": "Proposal",
        "purpose": "offer",
        "attributedTo": actor.uri,
        "name": "Storage",
        "content": "<p>Cold.</p>",
        "published": "2026-11-24T07:00:00Z",
        "to": [scene.member.uri],
        "publishes": {
            "id": f"{actor.uri}/proposals/1#primary",
            "type": "Intent",
            "action": "deliverService",
            "resourceQuantity": {"hasUnit": "tonne"},
        },
        **more,
    }


async def test_proposal_of_another_is_kept_and_answered(scene: Scene) -> None:
    """domain.md 8.2, 8.6: by its author alone; an older version changes nothing, what an Update leaves out stays; Accept and Reject count
    from the owner alone and for what was offered."""
    bob = scene.peer.actor("bob")
    first = proposal(scene.alice, scene)
    assert await scene.arrives(bob.says("Create", first), bob) == ["refused_author"]
    large = {**first, "content": "x" * limits.REQUEST_BYTES}
    assert await scene.arrives(scene.alice.says("Create", large)) == ["malformed"]
    assert await scene.arrives(scene.alice.says("Create", first)) == ["accepted"]
    short = {name: one for name, one in first.items() if name not in ("content", "published")}
    newer = {**short, "name": "More storage", "updated": "2026-11-24T07:30:00Z", "requestStatus": "in_negotiation"}
    assert await scene.arrives(scene.alice.says("Update", newer)) == ["accepted"]
    assert await scene.arrives(scene.alice.says("Update", {**first, "updated": "2026-11-24T07:10:00Z"})) == [
        "duplicate"
    ]
    row = await scene.node.db.read(store.by_uri, first["id"])
    assert row is not None
    assert (row.title, row.content, row.status, row.purpose) == (
        "More storage",
        "<p>Cold.</p>",
        "in_negotiation",
        "offer",
    )

    answer = await responding.answer(
        scene.node, scene.member, None, row.id, {"content": "Us", "quantity": {"value": "2"}}
    )
    wrong = {"type": "Agreement", "id": f"{scene.alice.uri}/a", "stipulates": _commitment("3")}
    right = {**wrong, "stipulates": _commitment("2")}
    assert await scene.arrives(bob.says("Accept", answer.uri, result=right), bob) == ["refused_owner"]
    assert await scene.arrives(bob.says("Reject", answer.uri), bob) == ["refused_owner"]
    assert await scene.arrives(scene.alice.says("Accept", answer.uri, result=wrong)) == ["refused_unasked"]
    assert await scene.arrives(scene.alice.says("Accept", answer.uri, result=right)) == ["accepted"]
    assert await scene.arrives(scene.alice.says("Reject", answer.uri, summary="other")) == ["duplicate"]
    found = await given(scene, answer.uri)
    assert found is not None
    assert found.status == "accepted"

    gone = scene.alice.says("Delete", {"id": first["id"], "type": "Tombstone"})
    assert await scene.arrives(gone) == ["accepted"]
    assert await scene.arrives(scene.alice.says("Create", {**first, "updated": "2026-11-24T07:50:00Z"})) == [
        "refused_deleted"
    ]


async def test_proposal_that_somebody_else_brings_is_what_its_own_host_says(scene: Scene) -> None:
    """design 9, *Signer is not the actor*; domain.md 8.2 (3): of a messenger's words nothing is kept, also not of a group's, whose readers
    here get the Proposal; of an author of another host nothing is asked."""
    bob, club = scene.peer.actor("bob"), scene.peer.actor("club")
    club.changes |= {"type": "Group"}
    carol = scene.peer.actor("carol")
    served = [scene.peer.publish({"@context": CONTEXT, **proposal(actor, scene)}) for actor in (scene.alice, carol)]
    await following(scene, scene.alice)
    wrong = {**served[0], "content": "<p>Anything.</p>", "proof": {"type": "DataIntegrityProof"}}
    assert await scene.arrives(scene.alice.says("Create", wrong), bob) == ["accepted"]
    row = await scene.node.db.read(store.by_uri, served[0]["id"])
    assert row is not None
    assert (row.content, orjson.loads(row.document)) == ("<p>Cold.</p>", served[0])

    passed_on = carol.says("Create", {**served[1], "content": "<p>Anything.</p>"})
    announce = club.says("Announce", passed_on)
    assert await scene.arrives(announce) == ["irrelevant"], "nobody here follows the group"
    await following(scene, club)
    assert await scene.arrives(club.says("Announce", passed_on)) == ["accepted"]
    row = await scene.node.db.read(store.by_uri, served[1]["id"])
    assert row is not None
    assert (row.content, orjson.loads(row.document)) == ("<p>Cold.</p>", served[1])
    newer = {**served[1], "name": "More storage", "updated": "2026-11-24T07:30:00Z"}
    update = carol.says("Update", newer)
    assert await scene.arrives(club.says("Announce", update)) == ["duplicate"], "its host says nothing of it"
    scene.peer.publish(newer)
    assert await scene.arrives(club.says("Announce", carol.says("Update", newer))) == ["accepted"]
    foreign = {**served[1], "id": "https://elsewhere.example/p", "attributedTo": carol.uri}
    assert await scene.arrives(club.says("Announce", carol.says("Create", foreign))) == ["refused_origin"]


def _commitment(value: str) -> Document:
    return {"type": "Commitment", "resourceQuantity": {"hasUnit": "tonne", "hasNumericalValue": value}}


async def test_proposal_is_looked_up_by_its_post(scene: Scene) -> None:
    """domain.md 8.2: a node that gets only the Note finds the Proposal through the link."""
    document = scene.peer.publish({**proposal(scene.alice, scene), "@context": COOPFED})
    note = scene.peer.publish(scene.alice.note("<p>Storage</p>") | {"about": document["id"], "@context": COOPFED})

    found = await remote.look_up(scene.node, note["id"])

    assert (found.uri, found.title) == (document["id"], "Storage")


async def test_proposal_for_a_network_is_for_its_members_here(scene: Scene) -> None:
    """domain.md 9.9: `to` is the umbrella's `members`; shown to its confirmed members of this node, to nobody else, followed or not, as
    long as they are; of another collection, or one that somebody else claims, to nobody."""
    union = scene.peer.actor("union")
    members = f"{union.uri}/members"
    await scene.arrives(union.says("Follow", scene.member.uri), union)
    stored = await scene.node.db.read(by_uri, union.uri)
    assert stored is not None
    document = {**union.document(), "members": members}
    await scene.node.db.write(upsert, read_actor(normalise(document)), orjson.dumps(document), scene.node.stamp())
    client, other = await a_client(scene), await a_client(scene, await an_actor(scene.node, "other"))
    said = proposal(scene.alice, scene, to=[members])
    assert await scene.arrives(scene.alice.says("Create", said, to=[members])) == ["irrelevant"]

    await scene.node.db.write(is_member, scene.node.minter.mint(), scene.member.id, stored.id, "confirmed")
    foreign = proposal(scene.alice, scene, id=f"{scene.alice.uri}/proposals/2", to=[f"{scene.alice.uri}/members"])
    assert await scene.arrives(scene.alice.says("Create", foreign, to=foreign["to"])) == ["irrelevant"]
    assert await scene.arrives(scene.alice.says("Create", said, to=[members])) == ["accepted"]

    row = await scene.node.db.read(store.by_uri, said["id"])
    assert row is not None
    assert (row.audience, row.umbrella_id) == ("network", stored.id)
    assert [one["id"] for one in (await ask(scene, "/requests", client)).json] == [str(row.id)]
    for who in (other, None):
        assert (await ask(scene, "/requests", who)).json == []
        assert (await ask(scene, f"/requests/{row.id}", who)).status == 404
    await scene.node.db.write(is_member, scene.node.minter.mint(), scene.member.id, stored.id, "ended")
    assert (await ask(scene, f"/requests/{row.id}", client)).status == 404
