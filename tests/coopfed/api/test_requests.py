"""Collaboration requests by HTTP: shut doors first, then from draft to the end, who reads them, and what is answered."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from actors import proposal_readers
from actors.lookup import by_uri
from actors.requests import membership
from coopfed import limits
from coopfed.db.tx import Tx
from coopfed.features.requests.actions import tend
from tests.coopfed.api.test_api import Client, a_client
from tests.coopfed.api.test_media import a_photo, upload
from tests.coopfed.web.looking import look
from tests.support.jobs import run_jobs
from tests.support.nodes import NOW, an_actor, process_arrivals
from tests.support.peers import Answer, send_due
from tests.support.scene import Scene

END = "2026-12-14T20:59:59.000Z"
SAID: dict[str, Any] = {
    "purpose": "request",
    "title": "Genç kooperatifçiler için iki ortak",
    "content": "On sekiz aylık eğitim projesi için **iki kooperatif** arıyoruz.",
    "language": "tr",
    "category": "project-partner",
    "expires_at": END,
    "quantity": {"unit": "one", "available": "2"},
    "sectors": ["85"],
    "regions": ["IT"],
    "languages": ["tr", "it"],
    "sdgs": [4],
}
"""What the contract's example says."""


def own(scene: Scene, path: str) -> str:
    """An address of our own API."""
    return f"{scene.node.urls.base}/api/coopfed/v1{path}"


async def ask(scene: Scene, path: str, client: Client | None = None) -> Answer:
    """A GET, of a stranger or of an app."""
    headers = {"Authorization": f"Bearer {client.token}"} if client else {}
    return await scene.peer.send("GET", own(scene, path), headers)


async def say(client: Client, path: str = "/requests", **given: Any) -> Answer:
    """A POST to our own API."""
    return await client.post(own(client.scene, path), **given)


async def published(client: Client, **given: Any) -> dict[str, Any]:
    """A published request."""
    answer = await say(client, **{**SAID, **given, "publish": True})
    assert answer.status == 200, answer.json
    return dict(answer.json)


async def document(scene: Scene, uri: str) -> Answer:
    """What a peer gets under an id."""
    return await scene.peer.send("GET", uri, {"Accept": "application/activity+json"})


# --- shut -------------------------------------------------------------------------------------------------------


async def test_what_lacks_something_is_not_published_and_says_why(scene: Scene) -> None:
    """api.md 4.3: a draft needs only a title; 422 names each field; codes are known ones, the end is to come, at most two years away."""
    client = await a_client(scene)
    draft = (await say(client, title="Only this")).json

    answer = await say(client, f"/requests/{draft['id']}/publish")
    assert (answer.status, answer.json["error"]) == (422, "validation_failed")
    assert set(answer.json["details"]) == {"content", "language", "category", "expires_at"}

    wrong = {"category": "no-such", "expires_at": "2020-01-01", "quantity": {"value": "-1", "unit": "cubit"}}
    answer = await client.patch(own(scene, f"/requests/{draft['id']}"), **wrong, title="", audience="all")
    assert {name: one[0]["error"] for name, one in answer.json["details"].items()} == {
        "category": "ERR_UNKNOWN_CODE",
        "expires_at": "ERR_IN_PAST",
        "quantity[value]": "ERR_INVALID",
        "quantity[unit]": "ERR_UNKNOWN_CODE",
        "title": "ERR_BLANK",
        "audience": "ERR_INVALID",
    }
    assert (await ask(scene, f"/requests/{draft['id']}", client)).json["title"] == "Only this", "nothing was stored"
    assert (await ask(scene, f"/requests/{draft['id']}")).status == 404, "a draft is its owner's alone"
    assert (await document(scene, draft["uri"])).status == 404


async def test_authors_draft_and_editors_publish_what_they_have_read(scene: Scene) -> None:
    """api.md 4.3, roles: an author's request waits for an editor (202, `approval`); what is changed after it was read is not published."""
    author, editor = await a_client(scene, role="author"), await a_client(scene)
    reader = await a_client(scene, role="reader")
    assert (await say(reader, **SAID)).json["error"] == "insufficient_role"

    answer = await say(author, **SAID, publish=True)
    number, seen = answer.json["id"], answer.json["updated_at"]
    assert (answer.status, answer.json["status"], answer.json["approval"]) == (202, "draft", "pending")
    assert (await say(author, f"/requests/{number}/withdraw")).status == 403
    scene.clock.pass_(1)
    changed = await author.patch(own(scene, f"/requests/{number}"), title="Another thing")
    assert changed.json["approval"] is None, "it has to be handed in anew"
    answer = await say(editor, f"/requests/{number}/publish", version=seen)
    assert (answer.status, answer.json["error"]) == (409, "overtaken")

    answer = await say(editor, f"/requests/{number}/publish", version=changed.json["updated_at"])
    assert (answer.status, answer.json["status"], answer.json["approval"]) == (200, "open", None)
    assert (await author.patch(own(scene, f"/requests/{number}"), title="Mine")).status == 403
    assert (await author.delete(own(scene, f"/requests/{number}"))).status == 403


# --- open -------------------------------------------------------------------------------------------------------


async def test_a_request_from_draft_to_its_end(scene: Scene) -> None:
    """domain.md 8.1; api.md 4: published with a post beside it; edited both; fixed is fixed; withdrawn with its first line; deleted."""
    client = await a_client(scene)
    one = await published(client)
    assert (one["status"], one["quantity"]["remaining"], one["allowed"]) == (
        "open",
        "2",
        ["settle", "extend", "withdraw"],
    )
    post = (await client.get(f"/statuses/{one['companion']['status_id']}")).json
    assert post["content"].startswith("<p><strong>İş birliği talebi: Genç kooperatifçiler için iki ortak</strong></p>")
    assert "iki kooperatif" in post["content"]
    assert "14 Aralık 2026" in post["content"]
    assert one["url"] in post["content"]

    proposal = (await document(scene, one["uri"])).json
    assert (proposal["type"], proposal["requestStatus"], proposal["companion"]) == (
        "Proposal",
        "open",
        one["companion"]["uri"],
    )
    assert proposal["publishes"]["availableQuantity"] == {"hasUnit": "one", "hasNumericalValue": "2"}
    assert proposal["proof"]["cryptosuite"] == "eddsa-jcs-2022"
    note = (await document(scene, one["companion"]["uri"])).json
    assert note["about"] == one["uri"]
    assert [tag["href"] for tag in note["tag"] if tag["type"] == "Link"] == [one["uri"]]

    answer = await client.patch(own(scene, f"/requests/{one['id']}"), purpose="offer", audience="actors")
    assert set(answer.json["details"]) >= {"purpose", "audience"}
    it = await client.put(
        own(scene, f"/requests/{one['id']}/translations/it"), title="Due partner", content="Cerchiamo."
    )
    assert [(t["language"], t["title"]) for t in it.json["translations"]] == [("it", "Due partner")]
    proposal = (await document(scene, one["uri"])).json
    assert proposal["nameMap"]["it"] == "Due partner"
    note = (await document(scene, one["companion"]["uri"])).json
    assert "Richiesta di collaborazione: Due partner" in note["contentMap"]["it"]
    assert note["about"] == one["uri"], "an edit takes nothing away"

    refused = await client.put(f"/statuses/{post['id']}", status="something else")
    assert refused.status == 422, "the post is changed with the request alone"
    assert (await client.delete(f"/statuses/{post['id']}")).status == 422
    answer = await client.delete(own(scene, f"/requests/{one['id']}"))
    assert (answer.status, answer.json["error"], answer.json["details"]["status"]) == (409, "invalid_state", "open")

    gone = (await say(client, f"/requests/{one['id']}/withdraw")).json
    assert (gone["status"], gone["allowed"]) == ("withdrawn", ["delete"])
    again = await say(client, f"/requests/{one['id']}/withdraw")
    assert (again.status, again.json["updated_at"]) == (200, gone["updated_at"]), "said again it changes nothing"
    note = (await document(scene, one["companion"]["uri"])).json
    assert note["content"].startswith("<p>[Kapandı]</p>")
    proposal = (await document(scene, one["uri"])).json
    assert (proposal["requestStatus"], proposal["publishes"]["finished"]) == ("withdrawn", True)

    assert (await client.delete(own(scene, f"/requests/{one['id']}"))).status == 200
    assert (await ask(scene, f"/requests/{one['id']}")).status == 410
    tombstone = await document(scene, one["uri"])
    assert (tombstone.status, tombstone.json["type"]) == (410, "Tombstone")
    assert (await document(scene, one["companion"]["uri"])).status == 410


async def test_files_stand_with_a_request_and_its_post(scene: Scene) -> None:
    """api.md 4.3, `media_ids[]`: the actor's own and nobody else's; they outlive the nightly sweep, go out with the post, and stay as they
    are once it is published."""
    client, other = await a_client(scene), await a_client(scene, actor=await an_actor(scene.node, "other"))
    mine, theirs = [(await upload(one, a_photo(), description="The ice")).json["id"] for one in (client, other)]
    files = [str(number) for number in range(limits.REQUEST_FILES + 1)]
    for wrong in ([theirs], ["1"], ["x"], files):
        answer = await say(client, **{**SAID, "media_ids": wrong})
        assert (answer.status, list(answer.json["details"])) == (422, ["media_ids"]), wrong
    network = {"audience": "network", "umbrella_id": str(scene.member.id), "media_ids": [mine]}
    assert "media_ids" in (await say(client, **{**SAID, **network})).json["details"]

    draft = (await say(client, **SAID, media_ids=[mine])).json
    assert [one["description"] for one in draft["media_attachments"]] == ["The ice"]
    held = await say(client, **{**SAID, "media_ids": [mine]})
    assert (held.status, list(held.json["details"])) == (422, ["media_ids"]), "another request has it"
    scene.clock.pass_(2 * 24 * 3600)
    await run_jobs(scene.node, "sweep_media")
    one = (await say(client, f"/requests/{draft['id']}/publish")).json

    [file] = one["media_attachments"]
    post = (await client.get(f"/statuses/{one['companion']['status_id']}")).json
    assert [shown["url"] for shown in post["media_attachments"]] == [file["url"]]
    note = (await document(scene, one["companion"]["uri"])).json
    assert [part["name"] for part in note["attachment"] if part["type"] != "Link"] == ["The ice"]
    page = await look(scene.node, f"/requests/{one['id']}")
    assert 'alt="The ice"' in page.text
    answer = await client.patch(own(scene, f"/requests/{one['id']}"), title="Other", media_ids=[])
    assert "media_ids" in answer.json["details"]
    await client.patch(own(scene, f"/requests/{one['id']}"), title="Other")
    again = (await ask(scene, f"/requests/{one['id']}")).json
    assert (again["title"], len(again["media_attachments"])) == ("Other", 1), "an edit takes nothing away"


async def test_the_end_comes_by_the_clock(scene: Scene) -> None:
    """domain.md 8.1, api.md 4.3 *The clock*: expired without a message; then the post says so; extended it is open again."""
    client = await a_client(scene)
    one = await published(client, expires_at="2026-11-24T09:00:00Z")
    scene.clock.pass_(3601)

    assert (await ask(scene, f"/requests/{one['id']}")).json["status"] == "expired"
    assert (await ask(scene, "/requests")).json == []
    assert [r["id"] for r in (await ask(scene, "/requests?status[]=expired")).json] == [one["id"]]
    await tend(scene.node, f"{one['id']} {NOW + 3_600_000}")
    note = (await document(scene, one["companion"]["uri"])).json
    assert note["content"].startswith("<p>[Kapandı]</p>")

    answer = await say(client, f"/requests/{one['id']}/extend", expires_at="2026-11-24T09:00:00Z")
    assert answer.json["details"]["expires_at"][0]["error"] == "ERR_IN_PAST"
    answer = await say(client, f"/requests/{one['id']}/extend", expires_at=END)
    assert (answer.json["status"], answer.json["expires_at"]) == ("open", END)
    note = (await document(scene, one["companion"]["uri"])).json
    assert note["content"].startswith("<p><strong>"), note["content"]


async def test_who_reads_what(scene: Scene) -> None:
    """api.md 4.2: for named actors these alone, with a direct post; for a network the confirmed members of the umbrella, as soon and as
    long as they are; 404 for all others."""
    client, other = await a_client(scene), await an_actor(scene.node, "other")
    third = await a_client(scene, await an_actor(scene.node, "third"))
    them = await a_client(scene, other)

    few = await published(client, audience="actors", recipients=[str(other.id)])
    assert few["companion"] is not None
    assert [one["id"] for one in few["recipients"]] == [str(other.id)]
    assert (await ask(scene, f"/requests/{few['id']}")).status == 404
    assert (await ask(scene, f"/requests/{few['id']}", third)).status == 404
    assert (await ask(scene, f"/requests/{few['id']}", them)).status == 200
    assert (await document(scene, few["uri"])).status == 404
    await process_arrivals(scene.node)
    told = (await them.get("/notifications")).json
    assert [(one["type"], one["status"]["visibility"]) for one in told] == [("mention", "direct")]

    net = await published(client, audience="network", umbrella_id=str(other.id))
    assert (net["companion"], net["audience"]) == (None, "network")
    assert (await ask(scene, f"/requests/{net['id']}", them)).status == 404
    assert (await ask(scene, f"/requests/{net['id']}", client)).status == 200
    assert (await ask(scene, "/requests")).json == []
    member = (await third.get("/accounts/verify_credentials")).json["id"]
    for state, status in (("claimed", 404), ("confirmed", 200), ("ended", 404)):
        await scene.node.db.write(is_member, scene.node.minter.mint(), int(member), other.id, state)
        assert (await ask(scene, f"/requests/{net['id']}", third)).status == status, state


async def test_network_hears_of_requests_where_proposals_are_read(scene: Scene) -> None:
    """domain 9.9: to confirmed members on servers that read Proposals, and nobody else; no Note; `to` the umbrella's `members`; fetched by
    members who sign, as long as they are."""
    umbrella = await an_actor(scene.node, "umbrella")
    await scene.arrives(scene.alice.follow(scene.member.uri))
    alice = await scene.node.db.read(by_uri, scene.alice.uri)
    assert alice is not None
    client = await a_client(scene)

    async def sent() -> list[str]:
        scene.peer.received.clear()
        await published(client, audience="network", umbrella_id=str(umbrella.id))
        await run_jobs(scene.node)
        await send_due(scene.node)
        return [one.document["object"]["type"] for one in scene.peer.received if one.document["type"] == "Create"]

    assert await sent() == []
    await scene.node.db.write(is_member, scene.node.minter.mint(), alice.id, umbrella.id, "confirmed")
    assert await sent() == []
    await scene.node.db.write(proposal_readers.spoke, alice.id)
    assert await sent() == ["Proposal"]
    told = next(one.document for one in scene.peer.received if one.document["type"] == "Create")
    assert told["to"] == told["object"]["to"] == [f"{umbrella.uri}/members"]
    assert "cc" not in told or told["cc"] == []
    uri, bob = told["object"]["id"], scene.peer.actor("bob")
    assert (await scene.peer.get(scene.node, uri)).status == 404
    assert (await scene.peer.get(scene.node, uri, bob)).status == 404
    assert (await scene.peer.get(scene.node, uri, scene.alice)).status == 200, "a member may fetch it"
    await scene.node.db.write(is_member, scene.node.minter.mint(), alice.id, umbrella.id, "ended")
    assert (await scene.peer.get(scene.node, uri, scene.alice)).status == 404


def is_member(tx: Tx, number: int, member: int, umbrella: int, state: str) -> None:
    """A membership as this node knows it, in place of what it knew."""
    tx.execute(membership.delete().where(membership.c.member_id == member))
    values = {"kind": "member", "status": "active", "state": state, "started_on": "2026-01-01"}
    tx.execute(
        membership.insert().values(
            id=number, member_id=member, umbrella_id=umbrella, created_at=1, updated_at=1, **values
        )
    )


async def test_the_board_finds_by_codes_words_and_places(scene: Scene) -> None:
    """api.md 4.2: a parent region finds its children; words without dots and accents; facets count; wrong words are told."""
    client = await a_client(scene)
    one = await published(client, regions=["ITF4"], title="Soğuk zincir")
    await published(client, purpose="offer", category="training", regions=["TR"], title="Corso")

    async def found(query: str) -> list[str]:
        return [row["title"] for row in (await ask(scene, f"/requests?{query}")).json]

    assert await found("") == ["Corso", "Soğuk zincir"]
    assert await found("region[]=IT") == ["Soğuk zincir"]
    assert await found("q=soguk+ZINCIR") == ["Soğuk zincir"]
    assert await found("purpose=offer&category[]=training") == ["Corso"]
    assert await found("sector[]=03") == []
    assert await found(f"max_id={one['id']}") == []
    assert await found(f"account_id={scene.member.id}&status[]=draft") == []
    counts = (await ask(scene, "/requests/facets")).json
    assert counts["purpose"] == [{"code": "offer", "count": 1}, {"code": "request", "count": 1}]
    assert (await ask(scene, "/requests?status[]=nonsense")).status == 422
    first = await ask(scene, "/requests?limit=1")
    assert 'rel="next"' in first.headers["link"]


# --- answers ----------------------------------------------------------------------------------------------------


async def test_an_answer_from_both_sides(scene: Scene) -> None:
    """api.md 5; domain.md 8.1 (b), (c), (d): one live answer of each; quantities hold; changed terms are confirmed."""
    client, other = await a_client(scene), await an_actor(scene.node, "other")
    them, third = (
        await a_client(scene, other, role="negotiator"),
        await a_client(scene, await an_actor(scene.node, "third")),
    )
    one = await published(client)
    answers = f"/requests/{one['id']}/responses"

    assert (await say(client, answers, content="Me")).json["error"] == "not_a_party"
    assert (await say(them, answers, content="")).json["details"]["content"][0]["error"] == "ERR_BLANK"
    assert (await say(them, answers, content="All", quantity={"value": "3"})).json["error"] == "quantity_exhausted"
    first = (await say(them, answers, content="Possiamo.", language="it", quantity={"value": "2"})).json
    assert (first["direction"], first["status"], first["signed"], first["allowed"]) == (
        "sent",
        "received",
        True,
        ["withdraw"],
    )
    await process_arrivals(scene.node)
    told = (await client.get("/notifications")).json
    assert [(n["type"], n["status"]["content"], n["status"]["visibility"]) for n in told] == [
        ("mention", "<p>Possiamo.</p>", "direct")
    ]
    second = (await say(them, answers, content="One is enough.", quantity={"value": "1"})).json
    seen = (await ask(scene, "/responses?direction=received", client)).json
    assert [(r["id"], r["status"]) for r in seen] == [(second["id"], "received"), (first["id"], "withdrawn")]
    assert (seen[1]["superseded_by_id"], seen[0]["supersedes_id"]) == (second["id"], first["id"])
    assert (await ask(scene, answers, third)).json == []
    assert (await ask(scene, f"/responses/{second['id']}", third)).status == 404
    assert (await ask(scene, f"/requests/{one['id']}", them)).json["response_id"] == second["id"]

    assert (await say(client, f"/responses/{second['id']}/shortlist")).json["status"] == "shortlisted"
    assert (await ask(scene, f"/requests/{one['id']}")).json["status"] == "in_negotiation"
    assert (await say(them, f"/responses/{second['id']}/accept")).json["error"] == "not_a_party"
    scene.clock.pass_(5)
    await client.patch(own(scene, f"/requests/{one['id']}"), content="Other terms")
    answer = await say(client, f"/responses/{second['id']}/accept")
    assert (answer.status, answer.json["error"]) == (409, "terms_changed")
    answer = await say(client, f"/responses/{second['id']}/accept", confirm_terms=True, content="Welcome.")
    assert (answer.status, answer.json["status"]) == (200, "accepted")
    assert answer.json["agreement_id"] is not None
    now = (await ask(scene, f"/requests/{one['id']}", client)).json
    assert (now["status"], now["quantity"]["remaining"]) == ("open", "1")
    await process_arrivals(scene.node)
    told = (await them.get("/notifications")).json
    assert "Welcome." in told[0]["status"]["content"]

    late = (await say(third, answers, content="Me too", quantity={"value": "1"})).json
    assert (await client.patch(own(scene, f"/requests/{one['id']}"), quantity={"available": "0.5"})).json["error"] == (
        "quantity_exhausted"
    )
    assert (await say(client, f"/responses/{late['id']}/accept")).json["status"] == "accepted"
    now = (await ask(scene, f"/requests/{one['id']}", client)).json
    assert (now["status"], now["quantity"]["remaining"], now["allowed"]) == ("agreed", "0", [])
    assert (await say(them, answers, content="More")).json["error"] == "invalid_state"


async def test_answers_that_end_otherwise(scene: Scene) -> None:
    """domain.md 8.1: declined, withdrawn, lapsed when the request ends; a decided one is not decided again."""
    client = await a_client(scene)
    people = [await a_client(scene, await an_actor(scene.node, name)) for name in ("first", "second", "third")]
    one = await published(client)
    given = [(await say(who, f"/requests/{one['id']}/responses", content="Me")).json["id"] for who in people]

    assert (await say(client, f"/responses/{given[0]}/shortlist")).json["status"] == "shortlisted"
    assert (await say(client, f"/responses/{given[0]}/unshortlist")).json["status"] == "received"
    assert (await ask(scene, f"/requests/{one['id']}")).json["status"] == "open"
    answer = await say(client, f"/responses/{given[0]}/reject", reason="no-such")
    assert answer.json["details"]["reason"][0]["error"] == "ERR_UNKNOWN_CODE"
    answer = await say(client, f"/responses/{given[0]}/reject", reason="not-eligible", content="Sorry.")
    assert (answer.json["status"], answer.json["reason"]) == ("declined", "not-eligible")
    answer = await say(client, f"/responses/{given[0]}/accept")
    assert (answer.status, answer.json["details"]) == (409, {"status": "declined", "allowed": []})
    assert (await say(people[1], f"/responses/{given[1]}/withdraw")).json["status"] == "withdrawn"
    assert (await say(people[1], f"/responses/{given[1]}/withdraw")).status == 200

    await say(client, f"/requests/{one['id']}/withdraw", content="We found **one** nearby.")
    assert (await ask(scene, f"/responses/{given[2]}", people[2])).json["status"] == "lapsed"
    await process_arrivals(scene.node)
    words = [one["status"]["content"] for one in (await people[2].get("/notifications")).json]
    assert any("We found <strong>one</strong> nearby." in word for word in words), words


async def test_a_request_that_comes_twice_is_one(scene: Scene) -> None:
    """api.md 1: Idempotency-Key on every POST that creates."""
    client = await a_client(scene)
    headers = {
        "Authorization": f"Bearer {client.token}",
        "Content-Type": "application/json",
        "Idempotency-Key": "one",
    }
    body = orjson.dumps({"title": "Once"})

    first = await scene.peer.send("POST", own(scene, "/requests"), headers, body)
    second = await scene.peer.send("POST", own(scene, "/requests"), headers, body)

    assert first.json["id"] == second.json["id"]


async def test_what_is_said_of_a_request_stands_with_it(scene: Scene) -> None:
    """api.md 4.2, 4.3: public answers to its post; found by its post; settled and open again; a translation that goes."""
    client = await a_client(scene)
    them = await a_client(scene, await an_actor(scene.node, "other"))
    one = await published(client)
    post = one["companion"]
    said = await them.post("/statuses", status="What a good idea", in_reply_to_id=post["status_id"])
    await them.post("/statuses", status="Between us", in_reply_to_id=post["status_id"], visibility="direct")
    await them.post(f"/statuses/{post['status_id']}/favourite")

    comments = (await ask(scene, f"/requests/{one['id']}/comments")).json
    assert [(c["kind"], c["status"]["id"]) for c in comments] == [("reply", said.json["id"])]
    seen = (await ask(scene, f"/requests/lookup?uri={post['uri']}", them)).json
    assert (seen["id"], seen["comments_count"], seen["interest_count"]) == (one["id"], 1, 1)
    assert (seen["responses_count"], seen["allowed"]) == (None, [])
    assert (await ask(scene, f"/requests/lookup?uri={scene.node.urls.base}/nothing", them)).status == 404

    assert (await say(client, f"/requests/{one['id']}/settle")).json["status"] == "agreed"
    assert (await say(client, f"/requests/{one['id']}/reopen")).json["status"] == "open"
    await client.put(own(scene, f"/requests/{one['id']}/translations/it"), title="Due", content="Cerchiamo.")
    assert (await client.delete(own(scene, f"/requests/{one['id']}/translations/it"))).json["translations"] == []
    assert "nameMap" in (await document(scene, one["uri"])).json
    assert "it" not in (await document(scene, one["uri"])).json["nameMap"]


async def test_bounds_of_what_is_written(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """security 0, rule 6: at n and at n + 1."""
    client = await a_client(scene)
    fit = {
        "title": "t" * limits.REQUEST_TITLE_CHARACTERS,
        "content": "c" * limits.REQUEST_CHARACTERS,
        "sectors": ["01", "02", "03", "05", "06"][: limits.REQUEST_SECTORS],
        "regions": ["IT", "TR", "ITF", "ITG", "ITH"][: limits.REQUEST_REGIONS],
        "quantity": {"value": f"{'9' * limits.QUANTITY_DIGITS}.{'1' * limits.QUANTITY_DECIMALS}"},
        "expires_at": _in_days(limits.REQUEST_DAYS),
    }
    assert (await say(client, **fit)).status == 200
    over = {
        "title": fit["title"] + "t",
        "content": fit["content"] + "c",
        "sectors": [*fit["sectors"], "07"],
        "regions": [*fit["regions"], "ITI"],
        "quantity": {"value": f"1.{'1' * (limits.QUANTITY_DECIMALS + 1)}"},
        "expires_at": _in_days(limits.REQUEST_DAYS + 1),
        "recipients": [str(number) for number in range(1, limits.REQUEST_RECIPIENTS + 2)],
    }
    answer = await say(client, **over)
    assert set(answer.json["details"]) == {*over, "quantity[value]"} - {"quantity"}

    long = await published(client, content="word " * (limits.COMPANION_CHARACTERS // 5 + 100))
    post = (await client.get(f"/statuses/{long['companion']['status_id']}")).json
    assert "word…" in post["content"]
    for tag in ("it", "en", "fr", "de", "es", "pt"):
        answer = await client.put(
            own(scene, f"/requests/{long['id']}/translations/{tag}"), title="T", content="ş" * limits.REQUEST_CHARACTERS
        )
        if answer.status != 200:
            break
    assert answer.status == 422, limits.REQUEST_BYTES

    monkeypatch.setattr(limits, "REQUEST_DRAFTS", 2)
    assert (await say(client, title="Second")).status == 200
    assert (await say(client, title="Third")).status == 422


def _in_days(days: int) -> str:
    return datetime.fromtimestamp(NOW / 1000 + days * 86_400, UTC).isoformat()
