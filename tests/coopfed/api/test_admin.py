"""The admin API: shut to whoever does not run the node; what is done to actors, with its effect and its row in the record."""

import orjson
import pytest

from actors.lookup import ActorRow, by_uri
from coopfed.features.accounts import store
from coopfed.features.accounts.letters import letter
from coopfed.features.accounts.store import give_role
from coopfed.features.moderation import audit
from coopfed.features.posts.actions import create_post
from coopfed.features.posts.rules import Draft
from coopfed.oauth.tokens import issue_token
from coopfed.signing.keys import unseal
from tests.coopfed.api.test_api import Client, a_client
from tests.support.nodes import an_actor, process_arrivals
from tests.support.peers import send_due
from tests.support.scene import Scene

SCOPES = "read write follow admin:read admin:write"


async def an_operator(scene: Scene) -> Client:
    """An app of somebody who runs the node."""
    row = await an_actor(scene.node, "operator")
    await give_role(scene.node, "operator@mail.example", row, "admin", operator=True)
    return Client(scene, await issue_token(scene.node, "operator@mail.example", row, SCOPES))


async def acts(scene: Scene) -> list[tuple[str, str]]:
    """What the record says, the oldest first."""
    return [(row["action"], row["target"]) for row in (await scene.node.db.read(audit.listed, 50))[::-1]]


async def alice(scene: Scene) -> ActorRow:
    """The peer's actor as a row, after it said something in public."""
    await scene.arrives(scene.alice.create(scene.alice.mentioning(scene.member.uri)))
    row = await scene.node.db.read(by_uri, scene.alice.uri)
    assert row is not None
    return row


async def public(client: Client, query: str = "") -> list[str]:
    """The authors of what stands in the public timeline."""
    return [post["account"]["acct"] for post in (await client.get(f"/timelines/public{query}")).json]


# --- shut -------------------------------------------------------------------------------------------------------

ADMIN = (
    ("GET", "/api/v1/admin/accounts"),
    ("GET", "/api/v2/admin/accounts"),
    ("GET", "/api/v1/admin/accounts/{member}"),
    ("POST", "/api/v1/admin/accounts/{member}/action"),
    ("POST", "/api/v1/admin/accounts/{member}/approve"),
    ("POST", "/api/v1/admin/accounts/{member}/reject"),
    ("POST", "/api/v1/admin/accounts/{member}/enable"),
    ("POST", "/api/v1/admin/accounts/{member}/unsilence"),
    ("POST", "/api/v1/admin/accounts/{member}/unsuspend"),
    ("POST", "/api/v1/admin/accounts/{member}/unsensitive"),
    ("DELETE", "/api/v1/admin/accounts/{member}"),
    ("GET", "/api/v1/admin/reports"),
    ("POST", "/api/v1/admin/reports/1/resolve"),
    ("GET", "/api/v1/admin/domain_blocks"),
    ("POST", "/api/v1/admin/domain_blocks"),
    ("GET", "/api/v1/admin/domain_allows"),
    ("POST", "/api/v1/admin/domain_allows"),
)


async def test_nothing_opens_to_whoever_does_not_run_the_node(scene: Scene) -> None:
    """client_api 1: behind `admin:*` scopes, 403 to others; the scope alone is not enough, nor is running the node without it."""
    member = await a_client(scene, scopes=SCOPES, role="admin")
    operator = await an_operator(scene)
    row = await scene.node.db.read(by_uri, scene.member.uri)
    assert row is not None
    await give_role(scene.node, "operator@mail.example", row, "admin", operator=True)
    narrow = Client(scene, await issue_token(scene.node, "operator@mail.example", row, "read write"))
    for method, path in ADMIN:
        url = scene.node.urls.base + path.format(member=scene.member.id)
        for client, reason in ((member, "insufficient_role"), (narrow, "insufficient_scope")):
            answer = await scene.peer.send(method, url, {"Authorization": f"Bearer {client.token}"})
            assert (answer.status, answer.json["reason"]) == (403, reason), (method, path)
    assert await acts(scene) == []
    assert (await operator.get("/admin/accounts")).status == 200


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"type": "ban"},
        {"type": "none"},
        {"type": "silence", "text": "x" * 5_001},
        {"type": "silence", "report_id": "x"},
    ],
)
async def test_act_that_is_none_does_nothing(scene: Scene, fields: dict[str, str]) -> None:
    """POST accounts/:id/action: 422 for an unknown word, for nothing with nothing said, for too much."""
    operator = await an_operator(scene)

    assert (await operator.post(f"/admin/accounts/{scene.member.id}/action", **fields)).status == 422
    assert await acts(scene) == []


async def test_node_itself_is_not_acted_upon(scene: Scene) -> None:
    """The node signs with its own actor; suspended, it would be nobody."""
    operator = await an_operator(scene)
    ours = (await scene.peer.get(scene.node, scene.node.urls.node_actor)).json["id"]
    row = await scene.node.db.read(by_uri, ours)
    assert row is not None

    assert (await operator.post(f"/admin/accounts/{row.id}/action", type="suspend")).status == 422
    fields = {"domain": scene.node.config.authority, "severity": "suspend"}
    assert (await operator.post("/admin/domain_blocks", **fields)).status == 422


async def test_apps_learn_who_runs_the_node(scene: Scene) -> None:
    """Role: apps show their screens for moderators by its permissions; to the person only, not to others who see the account."""
    operator, member = await an_operator(scene), await a_client(scene)

    mine = (await operator.get("/accounts/verify_credentials")).json
    theirs = (await member.get("/accounts/verify_credentials")).json

    assert (int(mine["role"]["permissions"]) & 0x10, theirs["role"]["permissions"]) == (0x10, "0")
    assert (await member.get(f"/accounts/{mine['id']}")).json["roles"] == []


# --- limited ----------------------------------------------------------------------------------------------------


async def test_limited_actor_is_shown_to_its_followers_only(scene: Scene) -> None:
    """Mastodon's *silence*: gone from public timelines, hashtags, search; there for followers and when asked for; marked `limited`."""
    operator, reader = await an_operator(scene), await a_client(scene, await an_actor(scene.node, "reader"))
    loud = await a_client(scene)
    post = (await loud.post("/statuses", status="Cheap watches #harvest")).json
    account = post["account"]["id"]
    follower = await a_client(scene, await an_actor(scene.node, "follower"))
    await follower.post(f"/accounts/{account}/follow")
    await process_arrivals(scene.node)
    assert await public(reader) == ["member"]

    assert (await operator.post(f"/admin/accounts/{account}/action", type="silence")).json == {}

    for client, seen in ((reader, []), (follower, ["member"]), (loud, ["member"])):
        assert await public(client) == seen
        tagged = (await client.get("/timelines/tag/harvest")).json
        assert [one["account"]["acct"] for one in tagged] == seen
        found = (await client.get("/search?q=memb", v2=True)).json["accounts"]
        assert [one["acct"] for one in found] == seen
    assert (await scene.peer.send("GET", f"{scene.node.urls.base}/api/v1/timelines/public", {})).json == []
    assert (await reader.get("/search?q=watches", v2=True)).json["statuses"] == []
    assert (await reader.get(f"/statuses/{post['id']}")).json["account"]["limited"] is True
    assert (await reader.get(f"/accounts/{account}/statuses")).json[0]["id"] == post["id"]

    undone = (await operator.post(f"/admin/accounts/{account}/unsilence")).json
    assert (undone["silenced"], "limited" in undone["account"]) == (False, False)
    assert await public(reader) == ["member"]
    assert await acts(scene) == [("limit", scene.member.uri), ("unlimit", scene.member.uri)]


async def test_answers_of_a_limited_actor_stand_in_no_strangers_thread(scene: Scene) -> None:
    """As on Mastodon: in the Context, the page and the collection of answers; their author and its followers see them."""
    operator, member = await an_operator(scene), await a_client(scene)
    row = await an_actor(scene.node, "rude")
    rude = await a_client(scene, row)
    post = (await member.post("/statuses", status="Bread at noon")).json
    await rude.post("/statuses", status="@member No bread!", in_reply_to_id=post["id"])
    await process_arrivals(scene.node)
    collection = f"{post['uri']}/replies?page=true"
    assert len((await member.get(f"/statuses/{post['id']}/context")).json["descendants"]) == 1

    await operator.post(f"/admin/accounts/{row.id}/action", type="silence")

    assert (await member.get(f"/statuses/{post['id']}/context")).json["descendants"] == []
    assert len((await rude.get(f"/statuses/{post['id']}/context")).json["descendants"]) == 1
    page = await scene.peer.send("GET", post["url"], {"Accept": "text/html"})
    assert (page.status, b"No bread" in page.body) == (200, False)
    assert b"rude" not in (await scene.peer.get(scene.node, collection)).body
    await member.post(f"/accounts/{row.id}/follow")
    await process_arrivals(scene.node)
    assert len((await member.get(f"/statuses/{post['id']}/context")).json["descendants"]) == 1


async def test_follower_that_is_limited_has_to_be_let_in(scene: Scene) -> None:
    """As on Mastodon: a Follow of a silenced account is a request, also to who takes everybody."""
    operator, member = await an_operator(scene), await a_client(scene)
    row = await alice(scene)
    await operator.post(f"/admin/accounts/{row.id}/action", type="silence")

    await scene.arrives(scene.alice.follow(scene.member.uri))

    assert [one["id"] for one in (await member.get("/follow_requests")).json] == [str(row.id)]


async def test_limited_host_limits_all_of_it(scene: Scene) -> None:
    """DomainBlock `silence`: as each of its actors, with the subdomains; an actor met later too; taken back, nobody is."""
    operator, member = await an_operator(scene), await a_client(scene)
    await alice(scene)
    assert await public(member) == [f"alice@{scene.peer.host}"]

    made = (await operator.post("/admin/domain_blocks", domain="localhost:9", severity="silence")).json
    assert await public(member) == [f"alice@{scene.peer.host}"]
    assert (await operator.delete(f"/admin/domain_blocks/{made['id']}")).json == {}
    made = (await operator.post("/admin/domain_blocks", domain=scene.peer.host, severity="silence")).json
    bob = scene.peer.actor("bob")
    await scene.arrives(bob.create(bob.mentioning(scene.member.uri)), bob)

    assert await public(member) == []
    shown = (await member.get("/notifications?types[]=mention")).json
    assert [(one["account"]["username"], one["account"]["limited"]) for one in shown] == [("alice", True)]
    [held] = (await member.get("/notifications/requests")).json
    assert (held["account"]["username"], held["account"]["limited"]) == ("bob", True)
    assert await scene.arrives(bob.follow(scene.member.uri), bob) == ["accepted"]
    [waits] = (await member.get("/follow_requests")).json
    assert waits["username"] == "bob"
    assert (await operator.get(f"/admin/accounts/{waits['id']}")).json["silenced"] is True
    silenced = (await operator.get("/admin/accounts?silenced=true")).json
    assert {one["username"] for one in silenced} == {"alice", "bob"}
    assert (await operator.delete(f"/admin/domain_blocks/{made['id']}")).status == 200
    assert sorted(await public(member)) == [f"alice@{scene.peer.host}", f"bob@{scene.peer.host}"]


# --- sensitive, suspended, disabled -----------------------------------------------------------------------------


async def test_posts_of_a_marked_actor_are_sensitive(scene: Scene) -> None:
    """Mastodon's *sensitive*: whatever the author says of them; until it is taken back."""
    operator, member = await an_operator(scene), await a_client(scene)
    post = (await member.post("/statuses", status="A picture")).json

    await operator.post(f"/admin/accounts/{scene.member.id}/action", type="sensitive")
    marked = (await member.get(f"/statuses/{post['id']}")).json["sensitive"]
    undone = (await operator.post(f"/admin/accounts/{scene.member.id}/unsensitive")).json

    assert (post["sensitive"], marked, undone["sensitized"]) == (False, True, False)
    assert (await member.get(f"/statuses/{post['id']}")).json["sensitive"] is False


async def test_suspended_actor_of_ours_is_gone_and_comes_back(scene: Scene) -> None:
    """Mastodon's *suspend*: its app is refused, page, posts and profile are gone, peers learn it from its document; then all is back."""
    operator, member, reader = (
        await an_operator(scene),
        await a_client(scene),
        await a_client(scene, await an_actor(scene.node, "reader")),
    )
    await scene.arrives(scene.alice.follow(scene.member.uri))
    post = (await member.post("/statuses", status="Soon gone")).json
    await send_due(scene.node)
    scene.peer.received.clear()

    await operator.post(f"/admin/accounts/{scene.member.id}/action", type="suspend")
    await send_due(scene.node)

    refused = await member.get("/timelines/home")
    assert (refused.status, refused.json["reason"]) == (403, "actor_suspended")
    page = await scene.peer.send("GET", scene.node.urls.profile("member"), {"Accept": "text/html"})
    assert page.status == 410
    assert (await reader.get(f"/statuses/{post['id']}")).status == 404
    assert (await reader.get(f"/accounts/{scene.member.id}")).status == 404
    assert (await reader.get("/accounts/lookup?acct=member")).status == 404
    assert (await reader.get("/search?q=@member&resolve=true", v2=True)).json["accounts"] == []
    assert (await reader.post(f"/accounts/{scene.member.id}/follow")).status == 404
    stranger = await scene.peer.send("GET", f"{scene.node.urls.base}/api/v1/accounts/lookup?acct=member", {})
    assert stranger.status == 404
    assert (await scene.peer.get(scene.node, post["uri"])).status == 404
    assert (await scene.peer.get(scene.node, f"{scene.member.uri}/outbox")).status == 410
    document = (await scene.peer.get(scene.node, scene.member.uri)).json
    assert (document["suspended"], document["summary"]) == (True, "")
    (update,) = [got.document for got in scene.peer.received if got.document["type"] == "Update"]
    assert update["object"]["suspended"] is True
    assert await scene.arrives(scene.peer.actor("carol").follow(scene.member.uri), scene.peer.actor("carol")) == [
        "actor_suspended"
    ]

    assert (await operator.post(f"/admin/accounts/{scene.member.id}/unsuspend")).json["suspended"] is False
    assert (await member.get("/timelines/home")).status == 200
    assert (await reader.get(f"/statuses/{post['id']}")).status == 200
    assert "suspended" not in (await scene.peer.get(scene.node, scene.member.uri)).json


async def test_suspended_remote_actor_is_not_heard(scene: Scene) -> None:
    """What it says has no effect, what it said is hidden, its follow of ours ends with a Reject, nothing is sent to it; what it takes
    back is taken back; its own host's newer document does not let it back."""
    operator, member = await an_operator(scene), await a_client(scene)
    row = await alice(scene)
    await scene.arrives(scene.alice.follow(scene.member.uri))
    note = scene.alice.note("<p>Before</p>")
    await scene.arrives(scene.alice.create(note))
    await send_due(scene.node)
    scene.peer.received.clear()

    await operator.post(f"/admin/accounts/{row.id}/action", type="suspend")
    await create_post(scene.node, scene.member, Draft("For followers"))
    await send_due(scene.node)

    assert [got.document["type"] for got in scene.peer.received] == ["Reject"]
    assert await scene.arrives(scene.alice.create(scene.alice.mentioning(scene.member.uri))) == ["actor_suspended"]
    assert await scene.arrives(scene.alice.says("Update", scene.alice.document())) == ["actor_suspended"]
    assert await public(member) == ["member"]
    assert (await member.get("/notifications")).json == []
    assert await scene.arrives(scene.alice.says("Delete", note["id"])) == ["accepted"]
    assert (await member.post(f"/accounts/{row.id}/follow")).status == 404

    await operator.post(f"/admin/accounts/{row.id}/unsuspend")
    assert await scene.arrives(scene.alice.create(scene.alice.note("<p>Again</p>"))) == ["irrelevant"]
    assert sorted(await public(member)) == [f"alice@{scene.peer.host}", "member"]


async def test_boosts_do_not_bring_a_suspended_actor_back(scene: Scene) -> None:
    """Mastodon CVE-2026-23961: neither of posts that are here nor of others; nor does an answer or a link."""
    operator, member = await an_operator(scene), await a_client(scene)
    row, bob = await alice(scene), scene.peer.actor("bob")
    await scene.arrives(bob.create(bob.mentioning(scene.member.uri)), bob)
    friend = await scene.node.db.read(by_uri, bob.uri)
    assert friend is not None
    await member.post(f"/accounts/{friend.id}/follow")
    await send_due(scene.node)
    asked = next(got.document for got in scene.peer.received if got.document["type"] == "Follow")
    await scene.arrives(bob.says("Accept", asked), bob)
    (known,) = (await member.get("/notifications?types[]=mention&account_id=" + str(row.id))).json
    fresh = scene.alice.note("<p>Unheard</p>")
    scene.peer.objects[fresh["id"]] = fresh

    await operator.post(f"/admin/accounts/{row.id}/action", type="suspend")
    for uri in (known["status"]["uri"], fresh["id"]):
        await scene.arrives(bob.says("Announce", uri), bob)
    await scene.arrives(bob.create(bob.note("<p>See above</p>", inReplyTo=fresh["id"])), bob)

    assert [post["account"]["username"] for post in (await member.get("/timelines/home")).json if post["reblog"]] == []
    for query in ("Unheard", fresh["id"]):
        assert (await member.get(f"/search?q={query}&resolve=true", v2=True)).json["statuses"] == []
    assert (await member.get(f"/statuses/{known['status']['id']}")).status == 404


async def test_people_of_an_actor_are_shut_out_and_let_in(scene: Scene) -> None:
    """Mastodon's *disable*: apps end, sign-in ends; who runs the node stays; a remote actor's people are not here."""
    operator, member = await an_operator(scene), await a_client(scene)
    row = await alice(scene)

    assert (await operator.post(f"/admin/accounts/{scene.member.id}/action", type="disable")).status == 200
    assert (await member.get("/timelines/home")).status == 401
    shown = (await operator.get(f"/admin/accounts/{scene.member.id}")).json
    assert (shown["disabled"], shown["email"]) == (True, "member-editor@mail.example")
    listed = (await operator.get("/admin/accounts?status=disabled", v2=True)).json
    assert [one["username"] for one in listed] == ["member"]
    assert (await operator.post(f"/admin/accounts/{scene.member.id}/enable")).json["disabled"] is False
    assert (await operator.post(f"/admin/accounts/{row.id}/action", type="disable")).status == 422


async def test_people_are_told_by_mail_in_their_language(scene: Scene) -> None:
    """`text` and `send_email_notification`: what was done, and why."""
    operator = await an_operator(scene)
    await a_client(scene)
    number = await scene.node.db.read(store.account_by_email, "member-editor@mail.example")
    await scene.node.db.write(store.set_value, number, "language", "it")

    fields = {"type": "silence", "text": "Too many watches.", "send_email_notification": True}
    assert (await operator.post(f"/admin/accounts/{scene.member.id}/action", **fields)).status == 200

    (sealed,) = await scene.node.db.read(lambda tx: tx.execute(letter.select()).all())
    written = orjson.loads(unseal(scene.node.secret, sealed.sealed, f"letter {sealed.id}"))
    assert written["to"] == "member-editor@mail.example"
    assert "Too many watches." in written["body"]
    assert "@member" in written["subject"]
    assert "ha limitato @member" in written["body"]
    row = await alice(scene)
    assert (await operator.post(f"/admin/accounts/{row.id}/action", **fields)).status == 422


async def test_what_is_suspended_can_be_deleted(scene: Scene) -> None:
    """DELETE accounts/:id: in two steps, for what cannot be undone."""
    operator = await an_operator(scene)
    await a_client(scene)

    assert (await operator.delete(f"/admin/accounts/{scene.member.id}")).status == 422
    await operator.post(f"/admin/accounts/{scene.member.id}/action", type="suspend")
    assert (await operator.delete(f"/admin/accounts/{scene.member.id}")).json["username"] == "member"
    assert (await operator.get(f"/admin/accounts/{scene.member.id}")).status == 404
