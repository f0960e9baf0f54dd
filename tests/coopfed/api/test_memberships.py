"""Memberships by HTTP: shut doors first, then asked for, answered, suspended, ended, and who reads of them. Source: api.md 8."""

from dataclasses import dataclass
from typing import Any

import pytest

from actors.lookup import ActorRow
from coopfed.api import memberships as api
from coopfed.features.moderation import actions as moderation
from coopfed.features.moderation.audit import COMMAND_LINE
from coopfed.net.windows import Allowance
from tests.coopfed.api.test_api import Client, a_client
from tests.support.jobs import run_jobs
from tests.support.nodes import an_actor, process_arrivals
from tests.support.peers import Answer
from tests.support.scene import Scene

KEYS = (
    *("id", "member", "umbrella", "umbrella_code", "kind", "status", "state", "claimed_by", "started_on", "ended_on"),
    *("member_uri", "umbrella_uri", "level", "problems", "checked_at", "url", "updated_at", "allowed"),
)
"""Of the shape, in the contract's order; every one is always there."""


def own(scene: Scene, path: str) -> str:
    """An address of our own API."""
    return f"{scene.node.urls.base}/api/coopfed/v1{path}"


async def ask(scene: Scene, path: str, headers: dict[str, str] | None = None) -> Answer:
    """A GET of a stranger."""
    return await scene.peer.send("GET", own(scene, path), headers or {})


@dataclass
class Two:
    """A cooperative with its signatory, and a union of the same node with its officer."""

    scene: Scene
    union: ActorRow
    signatory: Client
    officer: Client

    async def settle(self) -> None:
        """What was said arrives, and what is to be checked is."""
        await process_arrivals(self.scene.node)
        await run_jobs(self.scene.node, "check_membership")
        self.scene.clock.pass_(1)

    async def asks(self, **fields: Any) -> dict[str, Any]:
        """The cooperative asks the union; the Membership."""
        path = own(self.scene, "/memberships")
        answer = await self.signatory.post(path, umbrella=f"@{self.union.handle}", **fields)
        assert answer.status == 200, answer.json
        await self.settle()
        found: dict[str, Any] = answer.json
        return found

    async def does(self, client: Client, id: str, verb: str, **fields: Any) -> Answer:
        """A verb, with all that follows from it."""
        answer = await client.post(own(self.scene, f"/memberships/{id}/{verb}"), **fields)
        await self.settle()
        return answer

    async def confirmed(self, **fields: Any) -> dict[str, Any]:
        """A membership that both attest; as the cooperative reads it."""
        id = (await self.asks(**fields))["id"]
        assert (await self.does(self.officer, id, "accept")).status == 200
        found: dict[str, Any] = (await self.signatory.get(own(self.scene, f"/memberships/{id}"))).json
        return found


async def two(scene: Scene) -> Two:
    """The scene's member and a union beside it."""
    union = await an_actor(scene.node, "union")
    signatory, officer = await a_client(scene, role="signatory"), await a_client(scene, union, role="officer")
    return Two(scene, union, signatory, officer)


# --- shut -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["reader", "author", "editor", "negotiator", "moderator"])
async def test_memberships_are_asked_for_by_signatories_and_given_by_officers(scene: Scene, role: str) -> None:
    """api.md 1, 8: 403 insufficient_role, for the whole of it; who has no part in it is told so, or nothing."""
    both = await two(scene)
    pending = await both.asks()
    client, other = await a_client(scene, role=role), await a_client(scene, both.union, role=role)
    third = await a_client(scene, await an_actor(scene.node, "farm"), role="admin")
    path = f"/memberships/{pending['id']}"

    for answer in (
        await client.post(own(scene, "/memberships"), umbrella="@farm"),
        await client.post(own(scene, "/memberships/invite"), member="@farm"),
        await both.officer.post(own(scene, "/memberships"), umbrella="@farm"),
        await both.signatory.post(own(scene, "/memberships/invite"), member="@farm"),
        *[await other.post(own(scene, f"{path}/{verb}")) for verb in ("accept", "reject", "end", "suspend")],
        *[await client.post(own(scene, f"{path}/{verb}")) for verb in ("end", "renew")],
    ):
        assert (answer.status, answer.json["error"]) == (403, "insufficient_role")
    assert (await third.post(own(scene, f"{path}/accept"))).status == 404
    assert (await third.get(own(scene, path))).status == 404
    assert (await ask(scene, path)).status == 404
    assert (await client.get(own(scene, path))).json["status"] == "requested"

    await both.does(both.officer, pending["id"], "accept")

    refused = await third.post(own(scene, f"{path}/end"))
    assert (refused.status, refused.json["error"]) == (403, "not_a_party")


async def test_what_cannot_be_asked_for_says_why(scene: Scene) -> None:
    """api.md 1, 8: 422 for fields, 409 for what is there already or would go round in a circle; nothing is stored."""
    both = await two(scene)
    path = own(scene, "/memberships")
    for fields, wrong in (
        ({}, {"umbrella": "ERR_BLANK"}),
        ({"umbrella": "@nobody"}, {"umbrella": "ERR_INVALID"}),
        ({"umbrella": "12345"}, {"umbrella": "ERR_INVALID"}),
        ({"umbrella": "@union", "kind": "owner"}, {"kind": "ERR_UNKNOWN_CODE"}),
        ({"umbrella": "@union", "started_on": "2099-01-01"}, {"started_on": "ERR_INVALID"}),
        ({"umbrella_code": "nothing"}, {"umbrella_code": "ERR_UNKNOWN_CODE"}),
    ):
        answer = await both.signatory.post(path, **fields)
        assert answer.status == 422, fields
        assert {name: found[0]["error"] for name, found in answer.json["details"].items()} == wrong
    person = await an_actor(scene.node, "ada", "person")
    assert (await (await a_client(scene, person, role="admin")).post(path, umbrella="@union")).status == 422
    assert (await both.signatory.get(path)).json == []

    await both.confirmed()

    again = await both.signatory.post(path, umbrella=str(both.union.id))
    assert (again.status, again.json["error"]) == (409, "already_exists")
    circle = await (await a_client(scene, both.union, role="admin")).post(path, umbrella=f"@{scene.member.handle}")
    assert (circle.status, circle.json["error"]) == (409, "membership_loop")


# --- asked for and given ----------------------------------------------------------------------------------------


async def test_request_is_accepted_suspended_resumed_renewed_and_ended(scene: Scene) -> None:
    """api.md 8: each verb from where to where; what is so already changes nothing; what cannot be says what can."""
    both = await two(scene)
    pending = await both.asks(kind="associate", started_on="2026-01-31")
    assert tuple(pending) == KEYS
    assert (pending["status"], pending["state"], pending["claimed_by"]) == ("requested", "claimed", "member")
    assert (pending["kind"], pending["started_on"], pending["allowed"]) == ("associate", "2026-01-31", ["end"])
    id = pending["id"]
    suspend = await both.does(both.officer, id, "suspend")
    assert (suspend.status, suspend.json["error"]) == (409, "invalid_state")
    assert suspend.json["details"] == {"status": "requested", "allowed": ["accept", "reject"]}

    assert (await both.does(both.officer, id, "accept")).json["status"] == "active"

    active = (await both.officer.get(own(scene, f"/memberships/{id}"))).json
    assert (active["state"], active["problems"], active["allowed"]) == ("confirmed", [], ["end", "suspend", "renew"])
    assert active["checked_at"] is not None
    assert (await both.does(both.officer, id, "accept")).json["updated_at"] == active["updated_at"]

    async def signed() -> tuple[Any, Any]:
        found = [(await scene.peer.get(scene.node, active[f"{side}_uri"])).json for side in ("member", "umbrella")]
        assert [one["counterpart"] for one in found] == [active["umbrella_uri"], active["member_uri"]]
        return found[0], found[1]

    before = await signed()
    assert (await both.does(both.officer, id, "suspend")).json["status"] == "suspended"
    assert "endTime" in (await signed())[1]
    assert (await both.signatory.get(own(scene, f"/memberships/{id}"))).json["state"] == "ended_by_one_side"
    assert (await both.does(both.signatory, id, "suspend")).status == 409
    assert (await both.does(both.officer, id, "resume")).json["status"] == "active"
    assert (await both.signatory.get(own(scene, f"/memberships/{id}"))).json["state"] == "confirmed"
    assert (await both.does(both.signatory, id, "renew")).status == 200
    now = await signed()
    assert now[0]["updated"] > before[0]["updated"]
    assert "endTime" not in now[1]

    for wrong in ("2026-01-30", "2099-01-01", "soon"):
        assert (await both.does(both.signatory, id, "end", ended_on=wrong)).status == 422
    ended = (await both.does(both.signatory, id, "end", ended_on="2026-11-20")).json
    assert (ended["status"], ended["ended_on"]) == ("ended", "2026-11-20")
    last = (await both.officer.get(own(scene, f"/memberships/{id}"))).json
    assert (last["state"], last["allowed"]) == ("ended", [])
    assert all("endTime" in one for one in await signed())
    assert (await both.does(both.signatory, id, "end")).json["updated_at"] == last["updated_at"]
    assert (await both.does(both.officer, id, "resume")).status == 409


async def test_invitation_is_accepted_by_the_invited_alone(scene: Scene) -> None:
    """api.md 8, domain 9.1 *Umbrella-initiated*: the invited says yes, and the umbrella's node takes it in by itself."""
    both = await two(scene)
    path = own(scene, "/memberships/invite")
    invited = (await both.officer.post(path, member=f"@{scene.member.handle}", kind="observer")).json
    await both.settle()
    assert (invited["status"], invited["claimed_by"], invited["allowed"]) == ("invited", "umbrella", ["end"])
    assert (await both.does(both.officer, invited["id"], "accept")).status == 409

    assert (await both.does(both.signatory, invited["id"], "accept")).status == 200

    found = (await both.signatory.get(own(scene, f"/memberships/{invited['id']}"))).json
    assert (found["status"], found["state"], found["kind"]) == ("active", "confirmed", "observer")


@pytest.mark.parametrize("by_umbrella", [True, False])
async def test_what_is_refused_is_known_to_the_two_alone(scene: Scene, by_umbrella: bool) -> None:
    """api.md 8: the asked side rejects; a refusal is nobody else's business."""
    both = await two(scene)
    if by_umbrella:
        id, who = (await both.asks())["id"], both.officer
    else:
        invite = await both.officer.post(own(scene, "/memberships/invite"), member=str(scene.member.id))
        id, who = invite.json["id"], both.signatory

    refused = await both.does(who, id, "reject")

    assert (refused.json["status"], refused.json["state"]) == ("ended", "ended")
    assert (await both.does(who, id, "reject")).status == 200
    assert (await ask(scene, f"/memberships/{id}")).status == 404
    assert (await ask(scene, f"/profiles/{scene.member.id}/memberships")).json == []
    assert (await both.asks())["id"] != id


async def test_body_without_a_node_is_declared(scene: Scene) -> None:
    """domain 9.1 *Offline umbrella*: named by its code, shown as declared, ended by who declared it; once."""
    both = await two(scene)
    path = own(scene, "/memberships")
    made = (await both.signatory.post(path, umbrella_code="legacoop")).json
    assert (made["state"], made["status"], made["umbrella"], made["umbrella_code"]) == (
        *("declared", "active", None),
        "legacoop",
    )
    assert made["level"] == "national-apex"
    assert (await both.signatory.post(path, umbrella_code="legacoop")).json["error"] == "already_exists"
    assert (await ask(scene, f"/memberships/{made['id']}")).json["state"] == "declared"
    profile = (await ask(scene, f"/profiles/{scene.member.id}")).json
    assert profile["memberships"] == [
        {"umbrella": None, "umbrella_code": "legacoop", "kind": "member", "state": "declared"}
    ]

    assert (await both.does(both.signatory, made["id"], "end")).json["state"] == "ended"

    assert (await ask(scene, f"/profiles/{scene.member.id}")).json["memberships"] == []


async def test_request_that_comes_twice_is_made_once(scene: Scene) -> None:
    """api.md 1: Idempotency-Key on every POST that creates."""
    both = await two(scene)
    headers = {"Authorization": f"Bearer {both.signatory.token}", "Idempotency-Key": "k1"}
    path = f"{own(scene, '/memberships')}?umbrella=@union"

    first, second = [(await scene.peer.send("POST", path, headers)).json for _ in range(2)]

    assert first["id"] == second["id"]


# --- read -------------------------------------------------------------------------------------------------------


async def test_memberships_are_listed_by_side_status_state_and_kind(scene: Scene) -> None:
    """api.md 8: `as`, `status[]`, `state[]`, `kind[]`; newest first, in pages; a word that means nothing is refused."""
    both = await two(scene)
    active = await both.confirmed()
    path = own(scene, "/memberships")
    declared = (await both.signatory.post(path, umbrella_code="agci", kind="partner")).json
    apex = await an_actor(scene.node, "apex")
    above = (await (await a_client(scene, both.union, role="admin")).post(path, umbrella="@apex")).json

    async def listed(query: str, client: Client = both.signatory) -> list[str]:
        return [one["id"] for one in (await client.get(f"{path}?{query}")).json]

    assert await listed("") == [declared["id"], active["id"]]
    assert await listed("state[]=confirmed") == [active["id"]]
    assert await listed("kind[]=partner&kind[]=observer") == [declared["id"]]
    assert await listed("status[]=ended&status=requested") == []
    assert await listed("as=umbrella") == []
    assert await listed("as=umbrella", both.officer) == [active["id"]]
    assert await listed("as=member", both.officer) == [above["id"]]
    page = await both.signatory.get(f"{path}?limit=1")
    assert f"max_id={declared['id']}" in page.headers["Link"]
    assert await listed(f"limit=1&max_id={declared['id']}") == [active["id"]]
    assert await listed(f"limit=1&min_id={active['id']}") == [declared["id"]]
    for wrong in ("as=nobody", "status[]=gone", "state[]=true"):
        assert (await both.signatory.get(f"{path}?{wrong}")).status == 422
    assert (await (await a_client(scene, apex, "read:accounts")).get(path)).status == 403


async def test_confirmed_membership_is_read_by_everybody(scene: Scene) -> None:
    """api.md 1, 3, 8: single, of a profile, in a profile, and on the wire; not what one side asks for, nor of who is suspended."""
    both = await two(scene)
    pending = await both.asks()
    mine, theirs = (f"/profiles/{row.id}/memberships" for row in (scene.member, both.union))
    assert (await ask(scene, mine)).json == []
    collection = f"{both.union.uri}/members"
    assert (await scene.peer.get(scene.node, collection)).json["totalItems"] == 0
    assert (await scene.peer.get(scene.node, f"{scene.member.uri}/memberships")).json["orderedItems"] == []

    await both.does(both.officer, pending["id"], "accept")

    shown = await ask(scene, f"/memberships/{pending['id']}")
    assert (shown.json["state"], shown.json["allowed"]) == ("confirmed", [])
    assert (
        await ask(scene, f"/memberships/{pending['id']}", headers={"If-None-Match": shown.headers["ETag"]})
    ).status == 304
    for path in (mine, theirs):
        assert [one["id"] for one in (await ask(scene, path)).json] == [pending["id"]]
    assert (await ask(scene, f"{mine}?as=umbrella")).json == []
    within = (await ask(scene, f"/profiles/{scene.member.id}")).json["memberships"]
    assert [(one["umbrella"]["id"], one["kind"], one["state"]) for one in within] == [
        (str(both.union.id), "member", "confirmed")
    ]
    head = (await scene.peer.get(scene.node, collection)).json
    assert (head["membersOf"], head["totalItems"]) == (both.union.uri, 1)
    page = (await scene.peer.get(scene.node, head["first"])).json
    assert page["orderedItems"] == [scene.member.uri]
    listed = (await scene.peer.get(scene.node, f"{scene.member.uri}/memberships")).json["orderedItems"]
    assert listed == [shown.json["member_uri"]]
    document = (await scene.peer.get(scene.node, both.union.uri)).json
    assert (document["members"], document["memberships"]) == (collection, f"{both.union.uri}/memberships")

    await moderation.suspend(scene.node, both.union, True, COMMAND_LINE)

    assert (await ask(scene, f"/memberships/{pending['id']}")).status == 404
    assert (await ask(scene, mine)).json == []
    signed = [(await scene.peer.get(scene.node, shown.json[f"{side}_uri"])).status for side in ("member", "umbrella")]
    assert signed == [200, 404]


async def test_membership_is_looked_up(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """api.md 8: what is known for everybody; found anew only for who may have other servers asked, and not without end; 404 when neither
    side claims it."""
    monkeypatch.setattr(api, "CHECKS", Allowance(1, 900))
    both = await two(scene)
    path = "/memberships/lookup?member=@member&umbrella=@union"
    assert (await ask(scene, path)).status == 404
    assert (await ask(scene, "/memberships/lookup?member=@member")).status == 422
    assert (await ask(scene, "/memberships/lookup?member=@member&umbrella=@nobody")).status == 404
    active = await both.confirmed()

    found = (await ask(scene, path)).json

    assert (found["id"], found["state"]) == (active["id"], "confirmed")
    assert (await ask(scene, f"{path}&refresh=true")).status == 403
    reader = await a_client(scene, await an_actor(scene.node, "reader"), "read:directory")
    assert (await reader.get(own(scene, f"{path}&refresh=true"))).json["checked_at"] > found["checked_at"]
    assert (await reader.get(own(scene, path))).status == 200
    limited = await reader.get(own(scene, f"{path}&refresh=true"))
    assert (limited.status, limited.json["error"]) == (429, "rate_limited")
