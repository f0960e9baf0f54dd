"""What operators work through: who asks for an account, accounts by what is asked, reports, hosts; each with its row in the record."""

import pytest

from coopfed.features.accounts import joining, store
from coopfed.features.accounts.store import AccountRow
from coopfed.features.moderation.rules import veiled
from coopfed.features.posts.actions import create_post
from coopfed.features.posts.rules import Draft
from tests.coopfed.api.test_admin import acts, alice, an_operator
from tests.coopfed.api.test_api import a_client
from tests.support.nodes import an_actor
from tests.support.peers import Answer
from tests.support.scene import Scene

# --- who waits, who is listed -----------------------------------------------------------------------------------


async def test_who_asks_for_an_account_is_let_in_or_turned_away(scene: Scene) -> None:
    """pending, approve, reject: who waits has no actor yet."""
    operator = await an_operator(scene)
    for number, name in ((71, "first"), (72, "second")):
        now, reason = scene.clock.now(), f"I am {name}"
        row = AccountRow(number, f"{name}@mail.example", False, now, "x", "en", reason, now, None, None, None, None, 0)
        await scene.node.db.write(store.add, row)

    waiting = (await operator.get("/admin/accounts?pending=true")).json
    assert [(one["id"], one["invite_request"], one["account"]) for one in waiting] == [
        ("71", "I am first", None),
        ("72", "I am second", None),
    ]
    assert (await operator.post("/admin/accounts/71/approve")).json["approved"] is True
    assert (await operator.post("/admin/accounts/72/reject")).json["email"] == "second@mail.example"
    assert (await operator.get("/admin/accounts?status=pending", v2=True)).json == []
    assert (await operator.post("/admin/accounts/71/approve")).status == 404
    with pytest.raises(Exception, match="nobody"):
        await joining.let_in(scene.node, 72)
    assert await acts(scene) == [("approve", "first@mail.example"), ("reject", "second@mail.example")]


async def test_accounts_are_listed_by_what_is_asked(scene: Scene) -> None:
    """origin, status, username, by_domain, email, permissions; pages lead on."""
    operator = await an_operator(scene)
    await a_client(scene)
    row = await alice(scene)
    await operator.post(f"/admin/accounts/{row.id}/action", type="silence")

    async def names(query: str) -> list[str]:
        answer = await operator.get(f"/admin/accounts?{query}", v2=True)
        assert answer.status == 200, answer.json
        return [one["username"] for one in answer.json]

    assert await names("origin=local") == ["operator", "member"]
    assert await names("origin=remote") == ["alice"]
    assert await names("status=silenced") == ["alice"]
    assert await names("status=suspended") == []
    assert await names("username=mem") == ["member"]
    assert await names("display_name=Ali") == ["alice"]
    assert await names(f"by_domain={scene.peer.host}") == ["alice"]
    assert await names("email=member-editor@mail.example") == ["member"]
    assert await names("permissions=staff") == ["operator"]
    assert (await operator.get("/admin/accounts?status=strange", v2=True)).status == 422
    first = await operator.get("/admin/accounts?local=true&limit=1")
    then = await operator.get(first.headers["Link"].split("<")[1].split(">")[0])
    assert [one["username"] for one in (*first.json, *then.json)] == ["operator", "member"]


# --- reports ----------------------------------------------------------------------------------------------------


async def a_report(scene: Scene) -> tuple[str, Answer]:
    """Somebody complains about a post of the member."""
    post = await create_post(scene.node, scene.member, Draft("Cheap watches"))
    other = await a_client(scene, await an_actor(scene.node, "other_member"))
    fields = {"account_id": str(scene.member.id), "status_ids": [str(post.id)], "comment": "Again", "category": "spam"}
    answer = await other.post("/reports", **fields)
    assert answer.status == 200, answer.json
    return answer.json["id"], answer


async def test_report_is_worked_through(scene: Scene) -> None:
    """list, show, assign, resolve, reopen: with who did it; the complaint itself is shown with what it is about."""
    operator = await an_operator(scene)
    number, made = await a_report(scene)
    assert made.json["category"] == "spam"

    (listed,) = (await operator.get("/admin/reports")).json
    assert (listed["id"], listed["category"], listed["comment"]) == (number, "spam", "Again")
    assert (listed["account"]["username"], listed["target_account"]["username"]) == ("other_member", "member")
    assert "Cheap watches" in listed["statuses"][0]["content"]
    assigned = (await operator.post(f"/admin/reports/{number}/assign_to_self")).json
    assert assigned["assigned_account"]["username"] == "operator"
    assert (await operator.post(f"/admin/reports/{number}/unassign")).json["assigned_account"] is None
    resolved = (await operator.post(f"/admin/reports/{number}/resolve")).json
    assert (resolved["action_taken"], resolved["action_taken_by_account"]["username"]) == (True, "operator")
    assert (await operator.get("/admin/reports")).json == []
    assert [one["id"] for one in (await operator.get("/admin/reports?resolved=true")).json] == [number]
    assert len((await operator.get("/admin/reports?resolved=true&unresolved=true")).json) == 1
    assert (await operator.post(f"/admin/reports/{number}/reopen")).json["action_taken"] is False
    target = f"target_account_id={scene.member.id}"
    assert len((await operator.get(f"/admin/reports?{target}")).json) == 1
    assert (await operator.get("/admin/reports?target_account_id=4711")).json == []
    assert [act for act, _target in await acts(scene)] == [
        "report_assign",
        "report_unassign",
        "report_resolve",
        "report_reopen",
    ]


async def test_pachli_reads_every_report(scene: Scene) -> None:
    """Quirk 38, Pachli: `forwarded` is true or false, dates are dates, in the complaint and in what operators see of it."""
    operator = await an_operator(scene)
    _number, made = await a_report(scene)
    await scene.arrives(scene.alice.says("Flag", scene.member.uri, content="No"))

    for one in (made.json, *(await operator.get("/admin/reports")).json):
        assert isinstance(one["forwarded"], bool)
        assert one["created_at"].endswith("Z")
        assert one["action_taken_at"] is None


async def test_act_may_answer_a_report(scene: Scene) -> None:
    """`report_id` with an act: the report is resolved by it."""
    operator = await an_operator(scene)
    number, _made = await a_report(scene)

    await operator.post(f"/admin/accounts/{scene.member.id}/action", type="silence", report_id=number)

    assert (await operator.get(f"/admin/reports/{number}")).json["action_taken"] is True


async def test_report_is_classified_anew(scene: Scene) -> None:
    """PUT reports/:id: category; a rule that is none of the house is 422."""
    operator = await an_operator(scene)
    number, _made = await a_report(scene)

    assert (await operator.put(f"/admin/reports/{number}", category="legal")).json["category"] == "legal"
    assert (await operator.put(f"/admin/reports/{number}", category="ugly")).status == 422
    assert (await operator.put(f"/admin/reports/{number}", category="violation", rule_ids=["9"])).status == 422
    assert (await operator.get("/admin/reports/4711")).status == 404


# --- hosts ------------------------------------------------------------------------------------------------------


async def test_host_is_blocked_changed_and_let_in(scene: Scene) -> None:
    """domain_blocks: the same rows as `coopfed peer block`; everybody reads what is public of them, with stars where that is asked."""
    operator = await an_operator(scene)
    fields = {"domain": "Spam.example.", "severity": "suspend", "public_comment": "Spam", "private_comment": "ours"}
    answer = await operator.post("/admin/domain_blocks", **fields)
    assert answer.status == 200, answer.json
    made = answer.json
    assert (made["domain"], made["severity"], made["private_comment"]) == ("spam.example", "suspend", "ours")
    assert await scene.node.is_blocked("a.spam.example")

    changed = (await operator.put(f"/admin/domain_blocks/{made['id']}", severity="silence", obfuscate=True)).json
    assert (changed["severity"], changed["public_comment"], changed["obfuscate"]) == ("silence", "Spam", True)
    assert not await scene.node.is_blocked("spam.example")
    (shown,) = (await scene.peer.send("GET", f"{scene.node.urls.base}/api/v1/instance/domain_blocks", {})).json
    assert (shown["domain"], shown["severity"], shown["comment"]) == (veiled("spam.example"), "silence", "Spam")
    assert ("*" in shown["domain"], shown["digest"]) == (True, made["digest"])
    assert [one["id"] for one in (await operator.get("/admin/domain_blocks")).json] == [made["id"]]
    assert (await operator.get(f"/admin/domain_blocks/{made['id']}")).json == changed
    assert (await operator.delete(f"/admin/domain_blocks/{made['id']}")).json == {}
    assert (await operator.get(f"/admin/domain_blocks/{made['id']}")).status == 404
    for fields in ({}, {"domain": "no host"}, {"domain": "x.example", "severity": "kill"}):
        assert (await operator.post("/admin/domain_blocks", **fields)).status == 422


async def test_host_is_excepted_from_the_block_above_it(scene: Scene) -> None:
    """domain_allows: as `coopfed peer allow`."""
    operator = await an_operator(scene)
    await operator.post("/admin/domain_blocks", domain="spam.example", severity="suspend")

    made = (await operator.post("/admin/domain_allows", domain="good.spam.example")).json
    assert not await scene.node.is_blocked("good.spam.example")
    noop = (await operator.post("/admin/domain_blocks", domain="good.spam.example", severity="noop")).json
    await operator.delete(f"/admin/domain_blocks/{noop['id']}")
    assert not await scene.node.is_blocked("good.spam.example")
    assert (await operator.get("/admin/domain_allows")).json == [made]
    assert (await operator.get(f"/admin/domain_allows/{made['id']}")).json["domain"] == "good.spam.example"
    assert (await operator.delete(f"/admin/domain_allows/{made['id']}")).json == made
    assert await scene.node.is_blocked("good.spam.example")
    assert (await operator.delete(f"/admin/domain_allows/{made['id']}")).status == 404


async def test_files_and_reports_of_a_host_are_kept_out(scene: Scene) -> None:
    """reject_media: what came before goes, what comes has none; reject_reports: refused by name. Posts are read as before."""
    operator, member = await an_operator(scene), await a_client(scene)
    picture = {"type": "Document", "mediaType": "image/png", "url": f"{scene.peer.base}/1.png", "name": "A boat"}

    async def files() -> list[int]:
        return [len(post["media_attachments"]) for post in (await member.get("/timelines/public")).json]

    await scene.arrives(scene.alice.create(scene.alice.mentioning(scene.member.uri, attachment=[picture])))
    assert await files() == [1]
    fields = {"severity": "noop", "reject_media": True, "reject_reports": True}
    made = (await operator.post("/admin/domain_blocks", domain=scene.peer.host, **fields)).json

    assert await files() == [0]
    await scene.arrives(scene.alice.create(scene.alice.mentioning(scene.member.uri, attachment=[picture])))
    assert await files() == [0, 0]
    assert await scene.arrives(scene.alice.says("Flag", scene.member.uri, content="No")) == ["refused_reports"]
    await operator.put(f"/admin/domain_blocks/{made['id']}", reject_media=False, reject_reports=False)
    await scene.arrives(scene.alice.create(scene.alice.mentioning(scene.member.uri, attachment=[picture])))
    assert await files() == [1, 0, 0]
    assert await scene.arrives(scene.alice.says("Flag", scene.member.uri, content="No")) == ["accepted"]
