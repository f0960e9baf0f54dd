"""Agreements between nodes of ours over real HTTP: both sides hold the same, complete it, tell it; a third node verifies it.

Messages are lost and sent again, come twice and in any order; in the end both hold the same.
"""

import copy
import random
from typing import Any

import orjson
import pytest

from actors.local import retire_old_keys
from coopfed import limits
from coopfed.db.signals import Topic
from coopfed.db.tx import Tx
from coopfed.errors import CoopFedError
from coopfed.features.agreements import actions as completing
from coopfed.features.agreements import store as story_rows
from coopfed.features.agreements import stories
from coopfed.features.profiles.actions import rotate_keys
from coopfed.features.requests import agreements, answers, responding
from coopfed.features.requests import store as requests
from coopfed.features.requests.agreements import Held
from coopfed.net.peers import set_blocked
from coopfed.node import Node
from coopfed.signing import jcs
from tests.federation.test_requests import Side, account, calm, held, published, storm, two_sides
from tests.support.jobs import run_jobs
from tests.support.nodes import a_served_node, process_arrivals
from tests.support.peers import Document, a_peer, send_due


async def agreement(side: Side, uri: str) -> Held | None:
    """What a node holds of the agreement on this request."""

    def unit(tx: Tx) -> Held | None:
        request = requests.by_uri(tx, uri)
        assert request is not None
        people = answers.responders(tx, request.id)
        given = [one.id for person in people for one in answers.of_responder(tx, request.id, person)]
        row = next(iter(answers.agreed_on(tx, given).values()), None)
        return agreements.held(tx, row) if row is not None else None

    return await side.node.db.read(unit)


async def sure(side: Side, uri: str) -> Held:
    """As `agreement`, when there is one."""
    found = await agreement(side, uri)
    assert found is not None
    return found


def shape(one: Held | None) -> Any:
    """What both sides have to agree on; documents in their canonical form, letter by letter."""
    if one is None:
        return None
    row = one.row
    documents = [one.response.document, row.document, *(receipt.document for receipt in one.receipts)]
    return (
        (row.uri, row.status, row.value, row.unit, row.title, row.category, row.code, row.confirmation),
        sorted((receipt.uri, receipt.outcome, receipt.signed) for receipt in one.receipts),
        sorted(jcs.canonical(orjson.loads(raw)) for raw in documents),
    )


async def verified(node: Node, document: Any = None, **fields: str) -> Document:
    """What a node says of what is handed over to its page by a stranger."""
    async with a_peer() as stranger:
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        body = orjson.dumps(document)
        if fields:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = "&".join(f"{name}={value}" for name, value in fields.items()).encode()
        answer = await stranger.send("POST", f"{node.urls.base}/verify", headers, body)
        assert answer.status == 200, answer.body
        return dict(answer.json)


async def shown(node: Node, code: str) -> Document:
    """The page of verification of a node, as a machine reads it."""
    async with a_peer() as stranger:
        answer = await stranger.send("GET", f"{node.urls.base}/verify/{code}.json", {})
        assert answer.status == 200, answer.body
        return dict(answer.json)


async def test_agreed_completed_told_and_verified_by_a_third(database_urls: list[str]) -> None:
    """Issue 6, *What counts as shown*: opened on A, answered from B, agreed, completed by both receipts; C verifies the certificate."""
    async with (
        two_sides(database_urls) as (owner, responder),
        a_served_node(database_urls[2], clock=owner.clock) as third,
    ):
        mine = await published(owner, quantity={"unit": "one", "available": "1"})
        await calm(owner, responder)
        theirs, _none = await held(responder, mine.uri)
        said = {"content": "Possiamo.", "language": "it", "quantity": {"value": "1"}}
        await responding.answer(responder.node, responder.row, await account(responder), theirs.id, said)
        await calm(owner, responder)
        _row, (received,) = await held(owner, mine.uri)
        await responding.accept(owner.node, owner.row, received.id, "Welcome.", confirmed=False)
        await calm(owner, responder)
        first, second = await sure(owner, mine.uri), await sure(responder, mine.uri)
        assert shape(first) == shape(second)
        assert (first.row.status, first.row.confirmation) == ("active", "signature")

        for side, one in ((responder, second), (owner, first)):
            await completing.complete(side.node, side.row, one.row.id, "fulfilled")
            await calm(owner, responder)
        first, second = await sure(owner, mine.uri), await sure(responder, mine.uri)
        assert shape(first) == shape(second)
        assert first.row.status == "fulfilled"
        assert (await held(owner, mine.uri))[0].status == "completed"
        assert (await held(responder, mine.uri))[0].status == "completed"

        # The code on the paper opens it at both; a third node believes neither, but the signatures.
        pages = [await shown(side.node, first.row.code) for side in (owner, responder)]
        assert [(page["valid"], page["status"]) for page in pages] == [(True, "fulfilled")] * 2
        assert [doc["document"] for doc in pages[0]["documents"]] == [doc["document"] for doc in pages[1]["documents"]]
        for page in pages:
            found = await verified(third, page)
            assert (found["valid"], found["status"], found["problems"]) == (True, "fulfilled", [])
            assert (found["owner"]["uri"], found["responder"]["uri"]) == (owner.row.uri, responder.row.uri)
            assert [doc["proof"] for doc in found["documents"]] == ["valid"] * 4
            assert found["completed_at"] is not None
        there = await verified(third, code=f"{responder.node.urls.base}/verify/{first.row.code}")
        assert (there["valid"], there["status"]) == (True, "fulfilled")
        await third_party_is_not_fooled(third, pages[0])
        await third_party_asks_so_often_and_no_more(third, owner, pages[0])

        for side in (owner, responder):
            await rotate_keys(side.node, side.row)
        owner.clock.pass_(2 * 3600)
        for side in (owner, responder):
            now = side.clock.now()
            await side.node.db.write(retire_old_keys, side.row.id, now, wakes=(Topic.CACHES,))
        found = await verified(third, pages[1])
        assert (found["valid"], found["problems"]) == (True, [])
        assert (await shown(responder.node, first.row.code))["valid"]

        await stories.propose(owner.node, owner.row, await account(owner), first.row.id, "Done, all of it.", "en")
        await calm(owner, responder)
        await stories.decide(responder.node, responder.row, second.row.id, agrees=True)
        await send_due(responder.node)
        await process_arrivals(owner.node)
        await run_jobs(owner.node, "publish_story")
        await calm(owner, responder)
        told = [
            (await side.node.db.read(story_rows.of_agreements, [one.row.id]))[one.row.id][0]
            for side, one in ((owner, first), (responder, second))
        ]
        assert told[0].post_uri is not None
        assert (told[0].state, told[0].post_uri) == (told[1].state, told[1].post_uri)


async def third_party_is_not_fooled(third: Node, page: Document) -> None:
    """What was altered is refused, and told, by a node that has nothing to do with it."""

    async def found(change: Any) -> Document:
        documents = copy.deepcopy([one["document"] for one in page["documents"][:2]])
        change(*documents)
        return await verified(third, {"documents": documents})

    title = await found(lambda _offer, accept: accept["result"].update(name="Ten tonnes of gold"))
    assert (title["valid"], title["problems"], title["altered"]) == (False, ["proof_invalid", "altered"], ["title"])
    unsigned = await found(lambda _offer, accept: accept.pop("proof"))
    assert (unsigned["valid"], unsigned["problems"]) == (False, ["proof_missing"])
    quantity = await found(
        lambda offer, _accept: offer["object"]["stipulates"]["resourceQuantity"].update(hasNumericalValue="9")
    )
    assert {"quantity_mismatch", "digest_mismatch"} <= set(quantity["problems"])
    foreign = await found(lambda offer, _accept: offer.update(id="https://elsewhere.example/o"))
    assert "wrong_origin" in foreign["problems"]
    alone = await verified(third, {"documents": [page["documents"][1]["document"]]})
    assert (alone["valid"], alone["problems"]) == (False, ["one_side"])
    # One receipt does not make it fulfilled, whatever else is claimed.
    claimed = {"status": "fulfilled", "documents": page["documents"][:3]}
    assert (await verified(third, claimed))["valid"]


async def third_party_asks_so_often_and_no_more(third: Node, owner: Side, page: Document) -> None:
    """What was found is told again for five minutes without asking; then nobody tells where it stands while the owner is not to be had."""
    plain = {"offer": page["documents"][0]["document"], "accept": page["documents"][1]["document"]}
    assert (await verified(third, plain))["status"] == "fulfilled"
    await third.db.write(set_blocked, owner.node.config.authority, True)
    third.memory.forget()
    assert (await verified(third, plain))["status"] == "fulfilled", "from memory"
    owner.clock.pass_(limits.CERTIFICATE_FRESH_SECONDS)
    later = await verified(third, plain)
    assert (later["valid"], later["status"]) == (True, None)
    await third.db.write(set_blocked, owner.node.config.authority, False)
    third.memory.forget()


@pytest.mark.parametrize("seed", [3, 21])
async def test_whatever_becomes_of_messages_both_hold_the_same_agreement(database_urls: list[str], seed: int) -> None:
    """domain.md 8.5; api.md 5, *Any order*: receipts that overtake their Accept, come twice, are lost and sent again, cross each other."""
    chance = random.Random(seed)
    async with two_sides(database_urls) as (owner, responder):
        mine = await published(owner)
        await calm(owner, responder)
        theirs, _none = await held(responder, mine.uri)
        said = {"content": "Me", "quantity": {"value": "1"}}
        await responding.answer(responder.node, responder.row, await account(responder), theirs.id, said)
        await calm(owner, responder)
        _row, (received,) = await held(owner, mine.uri)
        await responding.accept(owner.node, owner.row, received.id, "", confirmed=False)
        for _ in range(8):
            owner.clock.pass_(1)
            side = chance.choice((owner, responder))
            await one_act(side, mine.uri, chance)
            for each in (owner, responder):
                await each.collect()
                await storm(chance, each)
            for each in (owner, responder):
                await process_arrivals(each.node)
        for _ in range(3):
            for each in (owner, responder):
                await each.collect()
                letters = [*each.waiting, *chance.sample(each.sent, min(6, len(each.sent)))]
                each.waiting = []
                chance.shuffle(letters)
                for due in letters:
                    await each.send(due)
            for each in (owner, responder):
                await process_arrivals(each.node)
                await run_jobs(each.node, "retell_request")

        told = await sure(owner, mine.uri)
        assert shape(told) == shape(await agreement(responder, mine.uri))
        assert told.receipts


async def one_act(side: Side, uri: str, chance: random.Random) -> None:
    """A side says what became of the agreement, if it knows of it and has not yet."""
    one = await agreement(side, uri)
    if one is None:
        return
    outcome = "fulfilled" if chance.random() < 0.7 else "unfulfilled"
    try:
        await completing.complete(side.node, side.row, one.row.id, outcome)
    except CoopFedError:
        return
