"""The client API over real HTTP: tokens and roles first, then statuses, the home timeline, notifications, requests."""

from dataclasses import dataclass
from typing import Any

import orjson
import pytest

from actors.lookup import ActorRow, by_uri
from coopfed.db.tx import Tx
from coopfed.features.accounts.store import give_role
from coopfed.features.follows import actions as follows
from coopfed.features.posts.actions import create_post
from coopfed.features.posts.rules import Draft
from coopfed.features.profiles.actions import delete_actor
from coopfed.oauth import tokens
from coopfed.oauth.tokens import issue_token
from coopfed.vocab.audience import Visibility
from tests.support.nodes import an_actor, process_arrivals
from tests.support.peers import Answer, send_due
from tests.support.scene import Scene


@dataclass
class Client:
    """An app with a token. `v2`: of version 2 of the API."""

    scene: Scene
    token: str

    async def get(self, path: str, token: str | None = None, *, v2: bool = False) -> Answer:
        """A GET."""
        return await self._ask("GET", path, token, v2=v2)

    async def post(self, path: str, *, v2: bool = False, **fields: Any) -> Answer:
        """A POST with a JSON body."""
        return await self._ask("POST", path, None, orjson.dumps(fields), v2=v2)

    async def put(self, path: str, *, v2: bool = False, **fields: Any) -> Answer:
        """A PUT with a JSON body."""
        return await self._ask("PUT", path, None, orjson.dumps(fields), v2=v2)

    async def patch(self, path: str, **fields: Any) -> Answer:
        """A PATCH with a JSON body."""
        return await self._ask("PATCH", path, None, orjson.dumps(fields))

    async def delete(self, path: str, *, v2: bool = False) -> Answer:
        """A DELETE."""
        return await self._ask("DELETE", path, None, v2=v2)

    async def _ask(self, method: str, path: str, token: str | None, body: bytes = b"", *, v2: bool = False) -> Answer:
        headers = {"Authorization": f"Bearer {token or self.token}"}
        if body:
            headers["Content-Type"] = "application/json"
        url = path if path.startswith("http") else f"{self.scene.node.urls.base}/api/{'v2' if v2 else 'v1'}{path}"
        return await self.scene.peer.send(method, url, headers, body)


async def a_client(
    scene: Scene, actor: ActorRow | None = None, scopes: str = "read write", role: str = "editor"
) -> Client:
    """An app that may speak as the member (or another actor) in this role."""
    actor = actor or scene.member
    email = f"{actor.handle}-{role}@mail.example"
    await give_role(scene.node, email, actor, role)
    return Client(scene, await issue_token(scene.node, email, actor, scopes))


# --- tokens -----------------------------------------------------------------------------------------------------

PATHS = (
    ("GET", "/accounts/verify_credentials", "read"),
    ("GET", "/timelines/home", "read"),
    ("GET", "/notifications", "read"),
    ("GET", "/follow_requests", "read"),
    ("POST", "/statuses", "write"),
    ("DELETE", "/statuses/{post}", "write"),
    ("POST", "/accounts/{member}/follow", "write"),
    ("POST", "/accounts/{member}/unfollow", "write"),
    ("POST", "/follow_requests/{member}/authorize", "write"),
    ("POST", "/follow_requests/{member}/reject", "write"),
)


async def test_no_path_opens_without_a_token_that_may(scene: Scene) -> None:
    """RFC 6750 3.1: 401 without or with a bad token, 403 insufficient_scope with one of another scope; nothing happens."""
    post = await create_post(scene.node, scene.member, Draft("Stays"))
    reader, writer = await a_client(scene, scopes="read"), await a_client(scene, scopes="write")
    for method, template, scope in PATHS:
        url = f"{scene.node.urls.base}/api/v1{template.format(member=scene.member.id, post=post.id)}"
        for authorization in ("", "Bearer", "Bearer ", "Bearer nonsense", f"Basic {reader.token}", reader.token):
            answer = await scene.peer.send(method, url, {"Authorization": authorization})
            assert (answer.status, answer.json["reason"]) == (401, "invalid_token"), (url, authorization)
            assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
        other = writer if scope == "read" else reader
        answer = await scene.peer.send(method, url, {"Authorization": f"Bearer {other.token}"})
        assert (answer.status, answer.json["reason"]) == (403, "insufficient_scope"), url
    assert (await reader.get(f"/statuses/{post.id}")).status == 200


async def test_reader_may_read_and_nothing_else(scene: Scene) -> None:
    """api.md 1: roles: 403 insufficient_role for what is public speech."""
    client = await a_client(scene, role="reader")

    assert (await client.get("/timelines/home")).status == 200
    for path in ("/statuses", f"/accounts/{scene.member.id}/follow", f"/follow_requests/{scene.member.id}/authorize"):
        answer = await client.post(path, status="Not mine to say")
        assert (answer.status, answer.json["reason"]) == (403, "insufficient_role")


async def test_role_that_was_taken_away_ends_the_token(scene: Scene) -> None:
    """security 1.6: what a token allows is asked each time."""
    client = await a_client(scene)

    await scene.node.db.write(_no_roles)

    answer = await client.get("/timelines/home")
    assert (answer.status, answer.json["reason"]) == (403, "insufficient_role")


def _no_roles(tx: Tx) -> None:
    tx.execute(tokens.role.delete())


async def test_token_of_a_deleted_actor_is_none(scene: Scene) -> None:
    """security 1.6: tokens do not outlive who they speak for."""
    client = await a_client(scene)

    await delete_actor(scene.node, scene.member)

    assert (await client.get("/timelines/home")).status == 401


async def test_tokens_are_not_in_the_database(scene: Scene) -> None:
    """security 1.6: only a keyed hash is stored."""
    client = await a_client(scene)

    (row,) = await scene.node.db.read(lambda tx: tx.execute(tokens.oauth_token.select()).all())

    assert client.token.encode() not in bytes(row.hash)
    assert bytes(row.hash) == tokens.hashed(scene.node.secret, client.token)
    assert bytes(row.hash) != tokens.hashed(b"another secret", client.token)


async def test_follow_scope_lets_follow(scene: Scene) -> None:
    """client_api research: Mastodon's old `follow` scope stands for reading and writing follows, and nothing else."""
    other = await an_actor(scene.node, "other_member")
    client = await a_client(scene, scopes="follow")

    assert (await client.post(f"/accounts/{other.id}/follow")).status == 200
    assert (await client.get("/follow_requests")).status == 200
    assert (await client.get("/timelines/home")).status == 403
    assert (await client.post("/statuses", status="x")).status == 403


# --- statuses ---------------------------------------------------------------------------------------------------


async def test_status_is_posted_read_and_deleted(scene: Scene) -> None:
    """Mastodon client API: the status answered is the status read; deleting gives the text back for redrafting."""
    client = await a_client(scene)

    posted = await client.post(
        "/statuses", status="Seeds for all <b>", visibility="unlisted", language="it", spoiler_text="cw"
    )
    read = await client.get(f"/statuses/{posted.json['id']}")
    deleted = await client.delete(f"/statuses/{posted.json['id']}")
    again = await client.get(f"/statuses/{posted.json['id']}")

    status = posted.json
    assert (posted.status, read.json) == (200, status)
    assert (status["visibility"], status["language"], status["spoiler_text"], status["sensitive"]) == (
        "unlisted",
        "it",
        "cw",
        True,
    )
    assert "&lt;b&gt;" in status["content"]
    assert status["account"]["acct"] == "member"
    assert status["uri"].startswith(f"{scene.node.urls.base}/ap/objects/")
    assert deleted.json["text"] == "Seeds for all <b>"
    assert (again.status, (await client.delete(f"/statuses/{posted.json['id']}")).status) == (404, 404)


async def test_what_cannot_be_posted_is_422_and_says_why(scene: Scene) -> None:
    """security, head: 422 for API validation; the sentence is for the member."""
    client = await a_client(scene)
    for fields in (
        {},
        {"status": "  "},
        {"status": "x" * 5001},
        {"status": "x", "visibility": "everybody"},
        {"status": "x", "language": "../../etc"},
        {"status": "x", "in_reply_to_id": "abc"},
        {"status": "x", "in_reply_to_id": "9" * 19},
    ):
        answer = await client.post("/statuses", **fields)

        assert answer.status in (404, 422), fields
        assert answer.json["error"]
    raw = {"Authorization": f"Bearer {client.token}", "Content-Type": "application/json"}
    for body in (b"{", b"[]", b"\xff"):
        answer = await scene.peer.send("POST", f"{scene.node.urls.base}/api/v1/statuses", raw, body)
        assert answer.status == 400


async def test_body_over_the_bound_is_413(scene: Scene) -> None:
    """security 1.4: API 256 KiB."""
    client = await a_client(scene)

    assert (await client.post("/statuses", status="x" * 300_000)).status == 413


async def test_private_words_are_read_by_whom_they_are_for(scene: Scene) -> None:
    """security 1.6, 1.7: IDOR: another's private status is the same 404 as none, in status, delete, reply and home."""
    other, follower = await an_actor(scene.node, "other_member"), await an_actor(scene.node, "follower")
    await follows.follow(scene.node, follower, scene.member)
    await process_arrivals(scene.node)
    private = await create_post(scene.node, scene.member, Draft("Among us", visibility=Visibility.FOLLOWERS))
    direct = await create_post(scene.node, scene.member, Draft("Only @follower", visibility=Visibility.DIRECT))
    await process_arrivals(scene.node)
    stranger, friend = await a_client(scene, other), await a_client(scene, follower)

    nothing = await stranger.get(f"/statuses/{2**62}")
    for post in (private, direct):
        hidden = await stranger.get(f"/statuses/{post.id}")
        assert (hidden.status, hidden.body) == (404, nothing.body)
        assert (await stranger.post("/statuses", status="x", in_reply_to_id=str(post.id))).status == 404
        assert (await stranger.delete(f"/statuses/{post.id}")).status == 404
        assert (await friend.get(f"/statuses/{post.id}")).status == 200
        assert (await friend.delete(f"/statuses/{post.id}")).status == 404
    assert (await stranger.get("/timelines/home")).json == []
    assert [status["id"] for status in (await friend.get("/timelines/home")).json] == [str(private.id)]
    assert (await stranger.get("/notifications")).json == []
    (told, _asked) = (await friend.get("/notifications")).json, None
    assert [note["status"]["id"] for note in told if note["type"] == "mention"] == [str(direct.id)]


async def test_numbers_that_are_none_are_404_or_422(scene: Scene) -> None:
    """security, head: never 5xx for hostile input."""
    client = await a_client(scene)
    for number in ("0", "-1", "9" * 19, "9" * 40, "abc", "1.5", "%C2%B2", "1;drop"):
        for path in (
            f"/statuses/{number}",
            f"/accounts/{number}",
            f"/timelines/home?max_id={number}",
            f"/notifications?max_id={number}",
        ):
            assert (await client.get(path)).status in (200, 404, 422), path
        assert (await client.post(f"/follow_requests/{number}/authorize")).status in (404, 422)
        assert (await client.post(f"/accounts/{number}/follow")).status in (404, 422)


# --- timelines --------------------------------------------------------------------------------------------------


async def test_home_is_paged_by_links(scene: Scene) -> None:
    """client_api research: Link with next (max_id) and prev (min_id); following them shows each status once, in order."""
    client = await a_client(scene)
    posts = [str((await create_post(scene.node, scene.member, Draft(f"{number}"))).id) for number in range(7)]

    seen, path = [], "/timelines/home?limit=3"
    while True:
        page = await client.get(path)
        if not page.json:
            break
        seen += [status["id"] for status in page.json]
        links = dict(reversed(part.split("; ")) for part in page.headers["Link"].split(", "))
        path = links['rel="next"'].strip("<>")

    assert seen == posts[::-1]
    above = await client.get(f"/timelines/home?limit=2&min_id={posts[2]}")
    since = await client.get(f"/timelines/home?limit=2&since_id={posts[2]}")
    assert [status["id"] for status in above.json] == [posts[4], posts[3]]
    assert [status["id"] for status in since.json] == [posts[6], posts[5]]


async def test_limits_are_bounded(scene: Scene) -> None:
    """client_api research: 20 by default, at most 40."""
    client = await a_client(scene)
    for number in range(42):
        await create_post(scene.node, scene.member, Draft(f"{number}"))

    for limit, expected in (("", 20), ("0", 1), ("100", 40), ("99999999999", 20), ("x", 20), ("-5", 20)):
        assert len((await client.get(f"/timelines/home?limit={limit}")).json) == expected, limit


# --- accounts, notifications, requests --------------------------------------------------------------------------


async def test_accounts_are_found_and_followed(scene: Scene) -> None:
    """Mastodon client API: lookup by handle, follow, relationship; a remote one is requested until it accepts."""
    client = await a_client(scene)

    own = (await client.get("/accounts/verify_credentials")).json
    found = (await client.get(f"/accounts/lookup?acct=alice@{scene.peer.host}")).json
    asked = (await client.post(f"/accounts/{found['id']}/follow")).json
    pair = {"type": "Follow", "actor": scene.member.uri, "object": scene.alice.uri}
    await scene.arrives(scene.alice.says("Accept", pair))
    await scene.arrives(scene.alice.follow(scene.member.uri))
    again = (await client.post(f"/accounts/{found['id']}/follow")).json
    ended = (await client.post(f"/accounts/{found['id']}/unfollow")).json
    await send_due(scene.node)

    assert (own["id"], own["source"]["privacy"]) == (str(scene.member.id), "public")
    assert (found["acct"], found["uri"]) == (f"alice@{scene.peer.host}", scene.alice.uri)
    assert (asked["requested"], asked["following"]) == (True, False)
    assert (again["requested"], again["following"], again["followed_by"]) == (False, True, True)
    assert (ended["requested"], ended["following"]) == (False, False)
    assert scene.peer.types().count("Follow") == 1
    assert scene.peer.types()[-1] == "Undo"
    missing = await client.get(f"/accounts/lookup?acct=nobody@{scene.peer.host}")
    assert missing.status == 404
    assert (await client.get("/accounts/lookup")).status == 422
    assert (await client.post(f"/accounts/{scene.member.id}/follow")).status == 422


async def test_requests_are_let_in_or_turned_away(scene: Scene) -> None:
    """Mastodon client API: follow_requests; each answer leaves as Accept or Reject."""
    locked = await an_actor(scene.node, "locked", locked=True)
    client = await a_client(scene, locked)
    bob = scene.peer.actor("bob")
    for actor in (scene.alice, bob):
        await scene.arrives(actor.follow(locked.uri), actor)
    alice_id, bob_id = [await _number(scene, actor.uri) for actor in (scene.alice, bob)]

    waiting = (await client.get("/follow_requests")).json
    told = (await client.get("/notifications")).json
    taken = await client.post(f"/follow_requests/{alice_id}/authorize")
    refused = await client.post(f"/follow_requests/{bob_id}/reject")
    await send_due(scene.node)

    assert [account["id"] for account in waiting] == [bob_id, alice_id]
    assert [note["type"] for note in told] == ["follow_request", "follow_request"]
    assert (taken.json["followed_by"], refused.json["followed_by"]) == (True, False)
    assert sorted(scene.peer.types()) == ["Accept", "Reject"]
    assert (await client.get("/follow_requests")).json == []
    assert (await client.post(f"/follow_requests/{bob_id}/authorize")).status == 404
    assert [note["type"] for note in (await client.get("/notifications")).json] == ["follow"]


async def _number(scene: Scene, uri: str) -> str:
    row = await scene.node.db.read(by_uri, uri)
    assert row is not None
    return str(row.id)


async def test_mention_is_told_with_its_status_and_paged(scene: Scene) -> None:
    """Mastodon client API: notifications, the newest first, by max_id."""
    client = await a_client(scene)
    notes = [scene.alice.mentioning(scene.member.uri) for _ in range(3)]
    for note in notes:
        await scene.arrives(scene.alice.create(note))

    first = (await client.get("/notifications?limit=2")).json
    rest = (await client.get(f"/notifications?limit=2&max_id={first[-1]['id']}")).json

    assert [note["status"]["uri"] for note in first + rest] == [note["id"] for note in reversed(notes)]
    assert {note["account"]["acct"] for note in first} == {f"alice@{scene.peer.host}"}


@pytest.mark.parametrize("path", ["/nothing", "/statuses/1/nothing"])
async def test_paths_that_are_not_there_are_json_too(scene: Scene, path: str) -> None:
    """Clients read JSON, also in a 404."""
    client = await a_client(scene)

    answer = await client.get(path)

    assert (answer.status, answer.json["reason"]) == (404, "not_found")
