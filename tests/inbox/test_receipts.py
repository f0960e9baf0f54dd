"""Accepts, receipts and stories of others, as they arrive: shut doors first."""

from typing import Any

import pytest

from actors.lookup import by_uri
from coopfed import limits
from coopfed.errors import Conflict
from coopfed.features.agreements import actions as completing
from coopfed.features.agreements import stories
from coopfed.features.agreements.store import of_agreements
from coopfed.features.requests import agreements, answers, responding, store
from coopfed.features.requests.agreements import Held
from coopfed.features.requests.answers import AgreementRow
from coopfed.features.requests.rules import Agreement
from coopfed.features.requests.store import RequestRow
from coopfed.signing import proofs
from tests.coopfed.api.test_api import a_client
from tests.inbox.test_offers import COOPFED, _commitment, offer, proposal, published
from tests.support.jobs import run_jobs
from tests.support.peers import Document, RemoteActor, send_due
from tests.support.scene import Scene


async def agreement_of(scene: Scene, response_uri: str) -> AgreementRow | None:
    """What was agreed on by this Offer."""

    def unit(tx: Any) -> AgreementRow | None:
        row = answers.by_uri(tx, response_uri)
        return answers.agreed_on(tx, [row.id]).get(row.id) if row is not None else None

    return await scene.node.db.read(unit)


async def ours(scene: Scene) -> tuple[RequestRow, AgreementRow]:
    """A request of the member's, and what was agreed on with alice."""
    row = await published(scene)
    given = offer(scene.alice, row)
    assert await scene.arrives(given) == ["accepted"]
    response = await scene.node.db.read(answers.by_uri, given["id"])
    assert response is not None
    await responding.accept(scene.node, scene.member, response.id, "", confirmed=False)
    found = await agreement_of(scene, given["id"])
    assert found is not None
    return row, found


async def theirs(scene: Scene) -> tuple[RequestRow, str, Document]:
    """A Proposal of alice's, the id of our Offer to it, and the Accept that she would send."""
    await a_client(scene)
    document = proposal(scene.alice, scene)
    assert (await scene.arrives(scene.alice.says("Create", document)))[0] in ("accepted", "duplicate")
    row = await scene.node.db.read(store.by_uri, document["id"])
    assert row is not None
    said = {"content": "Us", "quantity": {"value": "2"}}
    answer = await responding.answer(scene.node, scene.member, None, row.id, said)
    result = {
        "type": "Agreement",
        "id": f"{scene.alice.uri}/agreements/1",
        "attributedTo": scene.alice.uri,
        "stipulates": {**_commitment("2"), "satisfies": f"{document['id']}#primary"},
    }
    return row, answer.uri, scene.alice.says("Accept", answer.uri, result=result, to=[scene.member.uri])


def receipt(actor: RemoteActor, agreement: str, outcome: str = "fulfilled", number: int = 1, **more: Any) -> Document:
    """What an actor says became of an agreement."""
    return actor.says(
        "Create",
        {
            "id": f"{actor.uri}/receipts/{number}",
            "type": "Document",
            "name": "Receipt",
            "attributedTo": actor.uri,
            "context": agreement,
            "outcome": outcome,
            "published": "2026-11-24T08:00:00Z",
            **more,
        },
        to=[],
    )


async def stands(scene: Scene, uri: str) -> tuple[str, int]:
    """Where the agreement stands, and how many receipts there are of it."""

    def unit(tx: Any) -> Held | None:
        row = agreements.by_uri(tx, uri)
        return agreements.held(tx, row) if row is not None else None

    found = await scene.node.db.read(unit)
    assert found is not None
    return found.row.status, len(found.receipts)


# --- shut -------------------------------------------------------------------------------------------------------


async def test_accept_of_another_thing_than_was_offered_is_refused(scene: Scene) -> None:
    """api.md 5: another quantity, unit, request or party, another Offer's agreement, a changed Offer; and then the one that fits."""
    _row, uri, good = await theirs(scene)
    result = good["result"]
    bob = scene.peer.actor("bob")

    async def comes(result: Document, **more: Any) -> str | None:
        said = {**good, "id": f"{good['id']}/{len(scene.peer.received)}/{id(result)}", "result": result, **more}
        return (await scene.arrives(said))[0]

    for wrong in (
        {**result, "stipulates": {**result["stipulates"], **_commitment("3")}},
        {
            **result,
            "stipulates": {**result["stipulates"], "resourceQuantity": {"hasUnit": "one", "hasNumericalValue": "2"}},
        },
        {**result, "stipulates": {**result["stipulates"], "satisfies": f"{scene.alice.uri}/proposals/2#primary"}},
        {**result, "attributedTo": bob.uri},
        {**result, "digest": "zQmNotTheOfferThatWasGiven"},
    ):
        assert await comes(wrong) == "refused_unasked", wrong
    assert await comes(result, to=[bob.uri]) == "refused_unasked"
    assert await comes({**result, "id": "https://elsewhere.example/1"}) == "refused_origin"
    assert await comes({**result, "id": f"{scene.node.urls.base}/ap/objects/1"}) == "refused_origin"
    assert await agreement_of(scene, uri) is None

    other = scene.peer.actor("other")
    signed = proofs.attach({**good, "@context": COOPFED}, other.ed25519, other.ed25519_id, scene.node.utc())
    assert await scene.arrives(signed) == ["refused_author"]
    assert await scene.arrives(good) == ["accepted"]
    found = await agreement_of(scene, uri)
    assert found is not None
    assert (found.value, found.unit, found.confirmation) == ("2", "tonne", "transport")


async def test_owner_elsewhere_does_not_choose_a_code_that_opens_something_else(scene: Scene) -> None:
    """The code of the owner's page opens the agreement here too, unless it is taken, none, or on a page of somebody else."""
    _row, mine = await ours(scene)
    free = agreements.new_code()
    for code, page in (
        (mine.code, f"{scene.peer.base}/verify/{mine.code}"),
        (free, f"https://elsewhere.example/verify/{free}"),
        ("", f"{scene.peer.base}/verify/short"),
        (free, f"{scene.peer.base}/verify/{free}"),
    ):
        _theirs, uri, accept = await theirs(scene)
        accept["result"] |= {"url": page, "id": f"{scene.alice.uri}/agreements/{uri.rpartition('/')[2]}"}
        assert await scene.arrives(accept) == ["accepted"]
        found = await agreement_of(scene, uri)
        assert found is not None
        assert (found.code == code) is (page == f"{scene.peer.base}/verify/{free}")
        assert agreements.read_code(found.code) == found.code


async def test_agreement_that_was_made_up_is_nobodys(scene: Scene) -> None:
    """A peer that says that a request of ours was agreed on, or that an Offer of others was: only its owner accepts."""
    row = await published(scene)
    given = offer(scene.alice, row)
    await scene.arrives(given)
    result = {"type": "Agreement", "id": f"{scene.alice.uri}/a", "stipulates": _commitment("1")}

    assert await scene.arrives(scene.alice.says("Accept", given["id"], result=result)) == ["refused_owner"]
    made_up = f"{scene.node.urls.base}/ap/objects/117670000000000000"
    assert await scene.arrives(receipt(scene.alice, made_up)) == ["irrelevant"]
    assert await scene.arrives(receipt(scene.alice, f"{scene.alice.uri}/agreements/9", number=2)) == ["irrelevant"]
    assert await agreement_of(scene, given["id"]) is None


async def test_receipt_counts_from_the_two_sides_alone(scene: Scene) -> None:
    """api.md 6; domain.md 8.5: of a stranger, in another's name, of another host, without an outcome, with a proof that does not hold."""
    _row, agreed = await ours(scene)
    bob = scene.peer.actor("bob")

    assert await scene.arrives(receipt(bob, agreed.uri), bob) == ["refused_owner"]
    assert await scene.arrives(receipt(scene.alice, agreed.uri, attributedTo=bob.uri)) == ["refused_author"]
    assert await scene.arrives(receipt(scene.alice, agreed.uri, id="https://elsewhere.example/r")) == ["refused_origin"]
    assert await scene.arrives(receipt(scene.alice, agreed.uri, "perhaps")) == ["malformed"]
    large = receipt(scene.alice, agreed.uri, number=4, name="x" * limits.RECEIPT_BYTES)
    assert await scene.arrives(large) == ["malformed"]
    wrong = receipt(scene.alice, agreed.uri, number=5)
    wrong = proofs.attach({**wrong, "@context": COOPFED}, bob.ed25519, bob.ed25519_id, scene.node.utc())
    assert await scene.arrives(wrong) == ["refused_author"]
    assert await stands(scene, agreed.uri) == ("active", 0)


async def test_receipt_before_anybody_agreed_says_nothing(scene: Scene) -> None:
    """api.md 6: what is only proposed is not completed."""
    _row, agreed = await ours(scene)
    await scene.node.db.write(agreements.move, agreed, Agreement.PROPOSED, None, scene.clock.now())

    assert await scene.arrives(receipt(scene.alice, agreed.uri)) == ["refused_unasked"]
    assert await stands(scene, agreed.uri) == ("proposed", 0)


# --- open -------------------------------------------------------------------------------------------------------


async def test_receipts_of_both_complete_it(scene: Scene) -> None:
    """domain.md 8.5: one alone confirms one side; doubled it changes nothing; whoever is told reads it as a message; the request is
    completed when nothing else is under way."""
    row, agreed = await ours(scene)
    client = await a_client(scene)
    first = receipt(scene.alice, agreed.uri)
    first = proofs.attach({**first, "@context": COOPFED}, scene.alice.ed25519, scene.alice.ed25519_id, scene.node.utc())

    assert await scene.arrives(first) == ["accepted"]
    assert await scene.arrives({**first, "id": f"{first['id']}/again"}) != ["accepted"]
    assert await stands(scene, agreed.uri) == ("active", 1)
    assert "Genç kooperatifçiler" in (await client.get("/notifications")).json[0]["status"]["content"]

    await completing.complete(scene.node, scene.member, agreed.id, "fulfilled")
    assert await stands(scene, agreed.uri) == ("fulfilled", 2)
    await send_due(scene.node)
    [sent] = [one.document for one in scene.peer.received if "outcome" in (one.document.get("object") or "")]
    assert (sent["object"]["type"], sent["object"]["context"], sent["object"]["outcome"]) == (
        "Document",
        agreed.uri,
        "fulfilled",
    )
    assert sent["proof"]["proofPurpose"] == "assertionMethod"
    served = await scene.peer.get(scene.node, sent["object"]["id"], scene.alice)
    assert (served.status, served.json["outcome"]) == (200, "fulfilled")
    assert (await scene.peer.get(scene.node, sent["object"]["id"], scene.peer.actor("bob"))).status == 404
    late = receipt(scene.alice, agreed.uri, "unfulfilled", number=2)
    await scene.arrives(late)
    assert (await stands(scene, agreed.uri))[0] == "fulfilled", "what both signed nobody takes back"
    assert row.uri


async def test_receipt_that_overtakes_its_accept_is_kept_for_it(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """api.md 5, *Any order*: of an owner whom one of ours answered, so many and no more; of nobody else."""
    _row, uri, accept = await theirs(scene)
    monkeypatch.setattr(limits, "RECEIPTS_WAITING", 2)
    agreement = accept["result"]["id"]

    assert await scene.arrives(receipt(scene.alice, agreement)) == ["accepted"]
    assert await scene.arrives(receipt(scene.alice, f"{agreement}/2", number=2)) == ["accepted"]
    assert await scene.arrives(receipt(scene.alice, f"{agreement}/3", number=3)) == ["refused_flood"]
    bob = scene.peer.actor("bob")
    assert await scene.arrives(receipt(bob, agreement, number=4), bob) == ["irrelevant"]

    assert await scene.arrives(accept) == ["accepted"]
    assert await stands(scene, agreement) == ("active", 1)
    found = await agreement_of(scene, uri)
    assert found is not None
    await completing.complete(scene.node, scene.member, found.id, "fulfilled")
    assert (await stands(scene, agreement))[0] == "fulfilled"


# --- stories ----------------------------------------------------------------------------------------------------


def story(actor: RemoteActor, agreement: str, number: int = 1, **more: Any) -> Document:
    """What an actor would like to publish of an agreement."""
    note = {"type": "Note", "attributedTo": actor.uri, "content": "<p>Done.</p><script>x</script>", **more}
    return actor.says("Offer", note, context=agreement, id=f"{actor.uri}/stories/{number}", to=[])


async def test_story_of_others_waits_for_our_consent(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """api.md 6: of one of the two sides, so many drafts and no more, agreed to when it was done; the post that follows is found by it."""
    _row, agreed = await ours(scene)
    client, bob = await a_client(scene), scene.peer.actor("bob")
    assert await scene.arrives(story(bob, agreed.uri), bob) == ["refused_owner"]
    assert await scene.arrives(story(scene.alice, f"{agreed.uri}0", 3)) == ["irrelevant"]
    assert await scene.arrives(story(scene.alice, agreed.uri, 4, content="x" * limits.RECEIPT_BYTES)) == ["malformed"]

    # It may have overtaken the receipt: kept, but nobody agrees before it was done.
    assert await scene.arrives(story(scene.alice, agreed.uri)) == ["accepted"]
    with pytest.raises(Conflict):
        await stories.decide(scene.node, scene.member, agreed.id, agrees=True)
    seen = (await client.get("/notifications")).json[0]["status"]
    assert (seen["visibility"], "Done." in seen["content"], "script" in seen["content"]) == ("direct", True, False)
    await scene.arrives(receipt(scene.alice, agreed.uri))
    await completing.complete(scene.node, scene.member, agreed.id, "fulfilled")
    monkeypatch.setattr(limits, "STORIES", 1)
    assert await scene.arrives(story(scene.alice, agreed.uri, 2)) == ["refused_flood"]
    await stories.decide(scene.node, scene.member, agreed.id, agrees=True)
    await send_due(scene.node)
    assert [one.document["object"] for one in scene.peer.received if one.document.get("type") == "Accept"][-1] == (
        f"{scene.alice.uri}/stories/1"
    )

    note = {**scene.alice.note("<p>Done.</p>", to=[scene.member.uri]), "supersedes": f"{scene.alice.uri}/stories/1"}
    await scene.arrives(scene.alice.create(note))
    [told] = (await scene.node.db.read(of_agreements, [agreed.id]))[agreed.id]
    assert (told.state, told.post_uri) == ("published", note["id"])


async def test_only_who_was_asked_agrees_to_our_story(scene: Scene) -> None:
    """api.md 6: an Accept of anybody else is refused, and nothing is published without one."""
    _row, agreed = await ours(scene)
    await scene.arrives(receipt(scene.alice, agreed.uri))
    await completing.complete(scene.node, scene.member, agreed.id, "fulfilled")
    alice = await scene.node.db.read(by_uri, scene.alice.uri)
    assert alice is not None
    await stories.propose(scene.node, scene.member, None, agreed.id, "Done it.", "en")
    [waits] = (await scene.node.db.read(of_agreements, [agreed.id]))[agreed.id]
    bob = scene.peer.actor("bob")

    assert await scene.arrives(bob.says("Accept", waits.uri), bob) == ["refused_owner"]
    await run_jobs(scene.node, "publish_story")
    assert await scene.arrives(scene.alice.says("Accept", waits.uri)) == ["accepted"]
    assert await scene.arrives(scene.alice.says("Accept", waits.uri)) == ["duplicate"]
    await run_jobs(scene.node, "publish_story")
    await send_due(scene.node)
    [told] = (await scene.node.db.read(of_agreements, [agreed.id]))[agreed.id]
    assert told.post_uri is not None
    posted = [one.document["object"] for one in scene.peer.received if one.document.get("type") == "Create"]
    assert [(one["id"], one["supersedes"]) for one in posted if one.get("supersedes")] == [(told.post_uri, waits.uri)]
