"""Agreements by HTTP: shut doors first, then from acceptance to both receipts, and the story that both tell."""

import asyncio
import itertools
from typing import Any

from actors.lookup import by_id
from coopfed import limits
from coopfed.db.tx import Tx
from coopfed.errors import Conflict
from coopfed.features.agreements import actions as completing
from coopfed.features.requests import actions as requesting
from coopfed.features.requests import agreements, answers, responding, rules, store
from coopfed.node import Node, open_node
from tests.coopfed.api.test_api import Client, a_client
from tests.coopfed.api.test_comment_answers import asked, heard, number_of, press, sent, taken
from tests.coopfed.api.test_comment_answers import look as link_page
from tests.coopfed.api.test_requests import SAID, document, own, published, say
from tests.support.jobs import run_jobs
from tests.support.nodes import an_actor, process_arrivals
from tests.support.peers import Answer
from tests.support.scene import Scene


async def look(client: Client, id: str) -> Answer:
    """An agreement, as this side sees it."""
    return await client.get(f"{client.scene.node.urls.base}/api/coopfed/v1/agreements/{id}")


async def look_at_all(client: Client, query: str) -> Answer:
    """All of this side."""
    return await client.get(f"{client.scene.node.urls.base}/api/coopfed/v1/agreements?{query}")


async def act(client: Client, id: str, verb: str, **given: Any) -> Answer:
    """What this side does with one."""
    return await client.post(f"{client.scene.node.urls.base}/api/coopfed/v1/agreements/{id}/{verb}", **given)


async def on_story(client: Client, id: str, verb: str) -> Answer:
    """What this side thinks of the story."""
    return await client.post(f"{client.scene.node.urls.base}/api/coopfed/v1/agreements/{id}/story/{verb}")


async def agreed(client: Client, them: Client, given: str = "1", **request: Any) -> dict[str, Any]:
    """An agreement on a request of the client's, as its owner sees it."""
    one = await published(client, **request)
    answer = (await say(them, f"/requests/{one['id']}/responses", content="Possiamo.", quantity={"value": given})).json
    accepted = (await say(client, f"/responses/{answer['id']}/accept", content="Benissimo.")).json
    found = await look(client, accepted["agreement_id"])
    assert found.status == 200, found.json
    return dict(found.json)


async def settled(scene: Scene) -> None:
    """Everything here has reached whom it is for."""
    await process_arrivals(scene.node)
    await run_jobs(scene.node, "retell_request", "publish_story")
    await process_arrivals(scene.node)


# --- shut -------------------------------------------------------------------------------------------------------


async def test_agreement_is_of_its_two_sides(scene: Scene) -> None:
    """api.md 6: 404 for anybody else, by API and by id; readers of a side change nothing; each says only what can be said now."""
    client, other = await a_client(scene), await an_actor(scene.node, "other")
    them, third = await a_client(scene, other), await a_client(scene, await an_actor(scene.node, "third"))
    one = await agreed(client, them)

    assert (await look(third, one["id"])).status == 404
    assert (await look_at_all(third, "")).json == []
    assert (await document(scene, one["uri"])).status == 404
    for verb in ("complete", "close", "story", "story/accept", "story/reject"):
        assert (await act(third, one["id"], verb, outcome="fulfilled", content="x", language="it")).status == 404, verb
        assert (await act(await a_client(scene, role="reader"), one["id"], verb)).status == 403, verb
    wrong = await act(client, one["id"], "complete", outcome="perhaps")
    assert wrong.json["details"]["outcome"][0]["error"] == "ERR_INVALID"
    early = await act(client, one["id"], "story", content="We did it", language="en")
    assert (early.status, early.json["details"]["allowed"]) == (409, []), "there is nothing to tell yet"
    assert (await act(them, one["id"], "close")).json["error"] == "not_a_party"
    closing = await act(client, one["id"], "close")
    assert (closing.status, closing.json["details"]) == (409, {"status": "active", "allowed": ["complete"]})
    assert (await look_at_all(client, "side=both")).status == 422
    assert (await look_at_all(client, "status[]=over")).status == 422


# --- open -------------------------------------------------------------------------------------------------------


async def test_both_hold_the_same_signed_agreement(scene: Scene) -> None:
    """api.md 6; domain.md 8.3, 8.5: Offer and Accept with proofs, the code and its page; the other side reads the same."""
    client, them = await a_client(scene), await a_client(scene, await an_actor(scene.node, "other"))
    one = await agreed(client, them)

    assert (one["side"], one["status"], one["confirmation"]) == ("owner", "active", "signature")
    assert (one["title"], one["category"]) == ("Genç kooperatifçiler için iki ortak", "project-partner")
    assert one["quantity"] == {"unit": "one", "value": "1"}
    assert one["terms"] == "<p>Possiamo.</p>"
    assert one["offer"]["proof"]["cryptosuite"] == one["accept"]["proof"]["cryptosuite"] == "eddsa-jcs-2022"
    assert one["accept"]["result"]["id"] == one["uri"]
    assert one["accept"]["result"]["url"] == one["verification_url"]
    assert one["verification_url"].endswith(one["verification_code"].replace("-", ""))
    theirs = (await look(them, one["id"])).json
    assert (theirs["side"], theirs["offer"], theirs["accept"]) == ("responder", one["offer"], one["accept"])
    assert [row["id"] for row in (await look_at_all(them, "side=responder&status[]=active")).json] == [one["id"]]
    assert (await look_at_all(them, "side=owner")).json == []
    assert (await look_at_all(client, f"request_id={one['request_id']}")).json[0]["id"] == one["id"]


async def test_completed_is_what_both_sides_say(scene: Scene) -> None:
    """api.md 6; domain.md 8.5: a receipt of each with a proof; then the request is completed, and who still waited is told."""
    client, other = await a_client(scene), await an_actor(scene.node, "other")
    them, third = await a_client(scene, other), await a_client(scene, await an_actor(scene.node, "third"))
    one = await agreed(client, them)
    waits = (await say(third, f"/requests/{one['request_id']}/responses", content="Us too")).json
    await settled(scene)
    assert (await say(client, f"/requests/{one['request_id']}/settle")).json["status"] == "agreed"

    first = (await act(client, one["id"], "complete", outcome="fulfilled")).json
    assert (first["status"], [(r["by"], r["outcome"]) for r in first["receipts"]]) == (
        "active",
        [("owner", "fulfilled")],
    )
    assert (await act(client, one["id"], "complete", outcome="fulfilled")).json["receipts"] == first["receipts"], (
        "again"
    )
    assert (await act(client, one["id"], "complete", outcome="unfulfilled")).status == 409
    await settled(scene)
    told = (await them.get("/notifications")).json[0]
    assert "Yapıldığı onaylandı" in told["status"]["content"]
    assert (await document(scene, first["receipts"][0]["uri"])).status == 404

    second = (await act(them, one["id"], "complete", outcome="fulfilled")).json
    assert (second["status"], second["allowed"]) == ("fulfilled", ["story"])
    await settled(scene)
    seen = (await client.get(own(scene, f"/requests/{one['request_id']}"))).json
    assert (seen["status"], seen["allowed"]) == ("completed", ["delete"])
    assert (await third.get(own(scene, f"/responses/{waits['id']}"))).json["status"] == "lapsed"
    proposal = (await document(scene, seen["uri"])).json
    assert (proposal["requestStatus"], proposal["publishes"]["finished"]) == ("completed", True)


async def test_what_fell_through_is_free_again(scene: Scene) -> None:
    """api.md 6: one side says unfulfilled; or the owner closes after thirty days of silence; what was agreed on outlives the request."""
    client, them = await a_client(scene), await a_client(scene, await an_actor(scene.node, "other"))
    one = await agreed(client, them, "2")
    request = f"/requests/{one['request_id']}"
    assert (await client.get(own(scene, request))).json["quantity"]["remaining"] == "0"
    assert (await act(them, one["id"], "complete", outcome="unfulfilled")).json["status"] == "closed_unfulfilled"
    await settled(scene)
    seen = (await client.get(own(scene, request))).json
    assert (seen["status"], seen["quantity"]["remaining"]) == ("agreed", "2")
    assert (await say(client, f"{request}/reopen")).json["status"] == "open"

    again = (await say(them, f"{request}/responses", content="Now really", quantity={"value": "2"})).json
    accepted = (await say(client, f"/responses/{again['id']}/accept")).json
    second = accepted["agreement_id"]
    await act(client, second, "complete", outcome="fulfilled")
    assert (await act(client, second, "close")).status == 409
    scene.clock.pass_(limits.AGREEMENT_SILENCE_SECONDS)
    assert "close" in (await look(client, second)).json["allowed"]
    closed = (await act(client, second, "close")).json
    assert (closed["status"], closed["allowed"]) == ("closed_unfulfilled", [])
    assert (await act(client, second, "close")).json["updated_at"] == closed["updated_at"]
    assert (await act(them, second, "complete", outcome="fulfilled")).status == 409

    await say(client, f"{request}/reopen")
    await say(client, f"{request}/withdraw")
    await client.delete(own(scene, request))
    assert (await look(them, one["id"])).json["title"] == one["title"]


async def test_story_is_told_when_both_agree(scene: Scene) -> None:
    """api.md 6; domain.md 8.5: offered, refused, offered by the other, agreed to, posted in public naming both."""
    client, them = await a_client(scene), await a_client(scene, await an_actor(scene.node, "other"))
    one = await agreed(client, them)
    for side in (client, them):
        await act(side, one["id"], "complete", outcome="fulfilled")
    await settled(scene)

    wrong = await act(client, one["id"], "story", content="x" * (limits.COMPANION_CHARACTERS + 1), language="")
    assert set(wrong.json["details"]) == {"content", "language"}
    first = (await act(client, one["id"], "story", content="Insieme abbiamo finito.", language="it")).json
    assert (first["story"]["state"], first["story"]["status_id"], first["allowed"]) == ("proposed", None, [])
    assert (await on_story(client, one["id"], "accept")).json["error"] == "not_a_party"
    await settled(scene)
    told = (await them.get("/notifications")).json[0]["status"]
    assert "Insieme abbiamo finito." in told["content"]
    assert told["visibility"] == "direct"
    assert (await look(them, one["id"])).json["allowed"] == ["story/accept", "story/reject"]
    assert (await on_story(them, one["id"], "reject")).json["story"]["state"] == "refused"
    await settled(scene)
    public = await scene.peer.send("GET", f"{scene.node.urls.base}/api/v1/accounts/{scene.member.id}/statuses", {})
    assert not [post for post in public.json if "finito" in post["content"]]

    second = (await act(them, one["id"], "story", content="Fatto, con **tutti**.", language="it")).json
    assert (await act(them, one["id"], "story", content="Fatto, con **tutti**.", language="it")).json == second
    await on_story(client, one["id"], "accept")
    await settled(scene)
    for side in (client, them):
        story = (await look(side, one["id"])).json["story"]
        assert story["state"] == "published"
    post = (await client.get(f"/statuses/{story['status_id']}")).json
    assert (post["visibility"], post["account"]["acct"]) == ("public", "other")
    assert "Fatto, con <strong>tutti</strong>." in post["content"]
    assert "Fatto insieme" in post["content"]
    assert [one["acct"] for one in post["mentions"]] == ["member"]
    await on_story(client, one["id"], "accept")
    await settled(scene)
    assert (await look(client, one["id"])).json["story"]["status_id"] == story["status_id"], "once"
    assert (await act(client, one["id"], "story", content="More", language="en")).status == 409


# --- quantities -------------------------------------------------------------------------------------------------


async def test_acceptances_at_one_moment_never_exceed_what_there_is(scene: Scene) -> None:
    """domain.md 8.1 (b): under a lock, on both engines, also when two processes of one node accept at once."""
    number = await _request(scene, available="3")
    given = [await _answer(scene, number, f"other{count}") for count in range(8)]
    beside = await open_node(scene.node.config, scene.clock)
    try:

        async def accept(node: Node, answer: int) -> bool:
            try:
                await responding.accept(node, scene.member, answer, "", confirmed=False)
            except Conflict:
                return False
            return True

        pairs = zip(itertools.cycle((scene.node, beside)), given, strict=False)
        won = await asyncio.gather(*(accept(node, answer) for node, answer in pairs))
    finally:
        await beside.close()

    assert sum(won) == 3
    row = await scene.node.db.read(store.get, number)
    assert row is not None
    assert row.status == "agreed"
    assert await scene.node.db.read(answers.remaining, row) == 0
    assert await scene.node.db.read(agreements.of_request, number) == [rules.Agreement.ACTIVE] * 3


async def test_both_sides_complete_at_one_moment(scene: Scene) -> None:
    """domain.md 8.5: neither of two receipts that are written at once is lost."""
    number = await _request(scene, available="1")
    answer = await _answer(scene, number, "other")
    await responding.accept(scene.node, scene.member, answer, "", confirmed=False)
    agreement = (await scene.node.db.read(answers.agreed_on, [answer]))[answer]
    other = await scene.node.db.read(by_id, (await scene.node.db.read(_responder, answer)))
    assert other is not None

    sides = (scene.member, other)
    await asyncio.gather(*(completing.complete(scene.node, side, agreement.id, "fulfilled") for side in sides))

    done = await scene.node.db.read(agreements.get, agreement.id)
    assert done is not None
    assert done.status == "fulfilled"


async def _request(scene: Scene, available: str) -> int:
    said = {**SAID, "quantity": {"unit": "one", "available": available}}
    draft = await requesting.draft(scene.node, scene.member, None, said)
    return (await requesting.publish(scene.node, scene.member, None, draft.id)).id


async def _answer(scene: Scene, number: int, name: str) -> int:
    given = {"content": "Me", "quantity": {"value": "1"}}
    return (await responding.answer(scene.node, await an_actor(scene.node, name), None, number, given)).id


def _responder(tx: Tx, answer: int) -> int:
    found = answers.get(tx, answer)
    assert found is not None
    return found.actor_id


# --- with people without our software ---------------------------------------------------------------------------


async def test_whoever_has_no_server_of_ours_completes_it_by_a_link(scene: Scene) -> None:
    """api.md 6; domain.md 8.4: the same kind of link, good once; what they agreed to so is shown as weaker; the request is completed."""
    client = await a_client(scene)
    one = await published(client, quantity={"unit": "one", "available": "1"})
    response = await taken(client, one, await heard(scene, one, scene.alice))
    first = await asked(scene, client, response)
    [proposed] = (await look_at_all(client, "status[]=proposed")).json
    assert (proposed["confirmation"], proposed["offer"], proposed["allowed"]) == (None, None, ["close"])
    page = f"{proposed['verification_url']}.json"
    assert (await scene.peer.send("GET", page, {})).json["status"] == "proposed"
    assert (await act(client, proposed["id"], "complete", outcome="fulfilled")).status == 409
    await press(scene, first)
    now = (await look(client, proposed["id"])).json
    assert (now["status"], now["confirmation"]) == ("active", "link")

    await act(client, proposed["id"], "complete", outcome="fulfilled")
    second = await sent(scene)
    assert second != first
    assert (await link_page(scene, first)).status == 410
    told = (await link_page(scene, second)).body.decode()
    assert "Was it done?" in told
    assert (await look(client, proposed["id"])).json["status"] == "active", "a look changes nothing"
    await press(scene, second)
    scene.clock.pass_(120)  # what `sent` claimed of other work and did not do comes again
    await settled(scene)
    now = (await look(client, proposed["id"])).json
    assert (now["status"], [receipt["by"] for receipt in now["receipts"]]) == ("fulfilled", ["owner", "responder"])
    assert (await press(scene, second)).status == 410
    assert (await client.get(own(scene, f"/requests/{one['id']}"))).json["status"] == "completed"
    shown = (await scene.peer.send("GET", page, {})).json
    assert (shown["valid"], shown["status"], shown["confirmation"]) == (True, "fulfilled", "link")
    assert [(doc["type"], doc["proof"]) for doc in shown["documents"]] == [("Accept", "valid"), ("Document", "valid")]


async def test_who_says_by_a_link_that_it_was_not_done_closes_it(scene: Scene) -> None:
    """api.md 6: unfulfilled of either side; and a proposal that its owner closes is void, with its link."""
    client = await a_client(scene)
    one = await published(client, quantity={"unit": "one", "available": "2"})
    response = await taken(client, one, await heard(scene, one, scene.alice))
    await press(scene, await asked(scene, client, response))
    [made] = (await look_at_all(client, "")).json
    await act(client, made["id"], "complete", outcome="fulfilled")
    await press(scene, await sent(scene), "refuse")
    assert (await look(client, made["id"])).json["status"] == "closed_unfulfilled"

    bob = scene.peer.actor("bob")
    note = bob.mentioning(scene.member.uri, content="<p>Me</p>", inReplyTo=one["companion"]["uri"])
    await scene.arrives(bob.create(note), bob)
    other = await taken(client, one, await number_of(scene, note["id"]))
    secret = await asked(scene, client, other)
    [waits] = (await look_at_all(client, "status[]=proposed")).json
    assert (await act(client, waits["id"], "close")).json["status"] == "closed_unfulfilled"
    assert (await link_page(scene, secret)).status == 410
    assert (await client.get(own(scene, f"/responses/{other['id']}"))).json["status"] == "declined"
