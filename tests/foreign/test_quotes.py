"""Recorded quotes and policies of other software through the real inbox: FEP-044f's own messages, Fedibird's, WordPress'."""

import json
from pathlib import Path
from typing import Any

import pytest

from coopfed.db.tx import Tx
from coopfed.features.consent import quotes
from coopfed.features.consent.quotes import QuoteRow
from coopfed.features.posts import store
from coopfed.features.posts.actions import create_post
from coopfed.features.posts.rules import Draft
from coopfed.vocab.records import PolicyRecord
from coopfed.vocab.terms import AS_CONTEXT
from outbox.publish import activity
from tests.foreign.network import Network, a_network
from tests.foreign.test_end_to_end import a_create, arrives, hosts, known, sent
from tests.support.jobs import run_jobs
from tests.support.peers import Document
from tests.support.scene import Scene

pytestmark = pytest.mark.slow

ALICE, BOB = "https://example.com/users/alice", "https://example.com/users/bob"
QUOTED, QUOTING = f"{ALICE}/statuses/1", f"{BOB}/statuses/1"


def examples(folder: Path) -> dict[str, Document]:
    """The messages of FEP-044f by their type; of its notes that which quotes in every dialect."""
    found: dict[str, Document] = {}
    for row in json.loads((folder / "fep/examples.json").read_text("utf-8")):
        document = row["document"]
        if row["fep"] == "044f" and (document["type"] != "Note" or "quoteUri" in document):
            found[document["type"]] = {"@context": AS_CONTEXT} | document
    return found


def as_ours(document: Document, **ids: str) -> Document:
    """The message about our post: its ids in place of those of the example."""
    text = json.dumps(document)
    for theirs, ours in ids.items():
        text = text.replace(json.dumps({"quoted": QUOTED, "author": ALICE}[theirs]), json.dumps(ours))
    found: Document = json.loads(text)
    return found


def _quote_of(tx: Tx, uri: str) -> QuoteRow | None:
    post = store.by_uri(tx, uri)
    return quotes.find(tx, post.id) if post is not None else None


def _said(tx: Tx) -> list[Document]:
    return [json.loads(row.body) for row in tx.execute(activity.select().order_by(activity.c.id))]


def _policy(tx: Tx, uri: str) -> PolicyRecord | None:
    post = store.by_uri(tx, uri)
    return post.allows if post is not None else None


async def test_the_request_of_the_proposal_is_answered_as_the_proposal_answers(
    scene: Scene, foreign_messages: Path, tmp_path: Path
) -> None:
    """FEP-044f *Example `QuoteRequest` activity*, *Example `Accept`*: what Mastodon sends and reads."""
    post = await create_post(scene.node, scene.member, Draft("Quote me"))
    recorded = examples(foreign_messages)
    request = as_ours(recorded["QuoteRequest"], quoted=post.uri)
    async with a_network(scene.node, hosts(foreign_messages), tmp_path) as network:
        await known(scene, network, BOB)

        assert await arrives(scene, network, request, BOB) == "accepted"

    row = await scene.node.db.read(_quote_of, QUOTING)
    assert row is not None
    assert row.state == "accepted"
    accept = (await scene.node.db.read(_said))[-1]
    assert {name: accept["object"][name] for name in ("type", "id", "actor", "object")} == {
        "type": "QuoteRequest",
        "id": request["id"],
        "actor": BOB,
        "object": post.uri,
    }
    assert recorded["Accept"].keys() <= accept.keys()
    assert recorded["Accept"]["object"].keys() == accept["object"].keys()


async def test_the_answers_of_the_proposal_are_understood(scene: Scene, foreign_messages: Path, tmp_path: Path) -> None:
    """FEP-044f *Example `Accept`*, *Example `Reject`*: the QuoteRequest embedded, with our ids."""
    recorded = examples(foreign_messages)
    async with a_network(scene.node, hosts(foreign_messages), tmp_path) as network:
        network.actor(ALICE)
        free = {"canQuote": {"automaticApproval": "https://www.w3.org/ns/activitystreams#Public"}}
        note = recorded["Note"] | {"id": QUOTED, "attributedTo": ALICE, "interactionPolicy": free}
        for member in ("quote", "quoteUri", "quoteUrl", "_misskey_quote", "tag"):
            note.pop(member)
        network.documents[QUOTED] = note
        await known(scene, network, ALICE)
        post = await create_post(scene.node, scene.member, Draft("Indeed", quote=QUOTED))
        (request,) = [said for said in await scene.node.db.read(_said) if said["type"] == "QuoteRequest"]

        answered = {"type": "QuoteRequest", "id": request["id"], "actor": scene.member.uri, "object": QUOTED}
        for type, state in (("Accept", "accepted"), ("Reject", "revoked")):
            answer = recorded[type] | {"id": f"{ALICE}/activities/{type}", "object": answered}
            assert await arrives(scene, network, answer, ALICE) == "accepted"
            row = await scene.node.db.read(_quote_of, post.uri)
            assert row is not None
            assert row.state == state


@pytest.mark.parametrize(("change", "state"), [({}, "accepted"), ({"attributedTo": BOB}, "unverified")])
async def test_the_stamp_of_the_proposal_is_believed(
    scene: Scene, foreign_messages: Path, tmp_path: Path, change: dict[str, Any], state: str
) -> None:
    """FEP-044f *Example of `QuoteAuthorization`*: looked up where it lies, both ends compared. Its quoter lives on another host."""
    quoter = "https://example.org/users/bob"
    recorded = examples(foreign_messages)
    stamp = recorded["QuoteAuthorization"]
    note = recorded["Note"] | {
        "id": stamp["interactingObject"],
        "attributedTo": quoter,
        "quoteAuthorization": stamp["id"],
    }
    async with a_network(scene.node, hosts(foreign_messages), tmp_path) as network:
        network.actor(ALICE)
        network.documents[QUOTED] = {
            "@context": AS_CONTEXT,
            "id": QUOTED,
            "type": "Note",
            "attributedTo": ALICE,
            "content": "x",
            "to": note["to"],
        }
        network.documents[stamp["id"]] = stamp | change
        await known(scene, network, quoter)
        assert await arrives(scene, network, a_create(note, quoter), quoter) == "accepted"
        await run_jobs(scene.node, quotes.CHECK_QUOTE)

    row = await scene.node.db.read(_quote_of, note["id"])
    assert row is not None
    assert (row.state, row.legacy) == (state, False)


async def test_a_quote_of_fedibird_is_a_link(scene: Scene, foreign_messages: Path, tmp_path: Path) -> None:
    """s2s 2.21: `quoteUri` and `_misskey_quote`: its author was not asked; the line that it wrote itself stays the only one."""
    note = sent(foreign_messages, "pleroma-lineage/quote.json", None)
    async with a_network(scene.node, hosts(foreign_messages), tmp_path) as network:
        await known(scene, network, note["attributedTo"])
        assert await arrives(scene, network, a_create(note, note["attributedTo"]), note["attributedTo"]) == "accepted"

    row = await scene.node.db.read(_quote_of, note["id"])
    post = await scene.node.db.read(store.by_uri, note["id"])
    assert row is not None
    assert post is not None
    assert (row.quoted_uri, row.state, row.legacy) == (note["quoteUri"], "unverified", True)
    assert post.content.count("quote-inline") == 1


async def test_the_policy_of_wordpress_is_kept(scene: Scene, foreign_messages: Path, tmp_path: Path) -> None:
    """GoToSocial's words in another program: who may quote, in the words that it has."""
    page = sent(foreign_messages, "lemmy-assets/wordpress/objects/page.json", None)
    author = page["attributedTo"]
    async with a_network(scene.node, hosts(foreign_messages), tmp_path) as network:
        network.documents[page["id"]] = page
        await known(scene, network, author)
        assert await arrives(scene, network, a_create(page, author), author) == "accepted"

    policy = await scene.node.db.read(_policy, page["id"])
    assert policy is not None
    assert policy.quote is not None
    assert set(policy.quote.automatic) == set(_listed(page["interactionPolicy"]["canQuote"]))


def _listed(rule: Document) -> list[str]:
    found = rule.get("automaticApproval", rule.get("always"))
    return found if isinstance(found, list) else [found]


def test_the_network_of_the_tests_knows_the_examples(foreign_messages: Path) -> None:
    """The folder still holds what is read here."""
    assert examples(foreign_messages).keys() == {"Note", "QuoteRequest", "QuoteAuthorization", "Accept", "Reject"}
    assert Network().find(QUOTED) is None
