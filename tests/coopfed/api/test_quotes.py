"""Quotes in the client API: the Quote in its states, who may quote, consent taken back."""

from typing import Any

import orjson
import pytest

from actors.lookup import by_uri
from coopfed.db.signals import Topic
from coopfed.features.blocks.actions import block
from coopfed.features.posts import store
from coopfed.features.posts.actions import create_post
from coopfed.features.posts.rules import Draft
from coopfed.net import peers
from coopfed.vocab.audience import Visibility
from coopfed.vocab.origin import authority
from coopfed.vocab.terms import PUBLIC
from tests.coopfed.api.test_api import Client, a_client
from tests.inbox.test_quotes import FREE, a_page, asking, received
from tests.support.jobs import run_jobs
from tests.support.nodes import an_actor
from tests.support.scene import Scene


async def put(client: Client, path: str, **fields: Any) -> Any:
    """A PUT with a JSON body."""
    return await client._ask("PUT", path, None, orjson.dumps(fields))


async def test_no_quote_path_opens_without_a_token_that_may(scene: Scene) -> None:
    """RFC 6750 3.1: reading needs read, taking back and policies need write, on one's own posts only."""
    other = await an_actor(scene.node, "other_member")
    post = await create_post(scene.node, scene.member, Draft("Mine"))
    quoting = await create_post(scene.node, other, Draft("Yes", quote=post.uri))
    reader, stranger = await a_client(scene, scopes="read"), await a_client(scene, other)
    base = f"/statuses/{post.id}"

    assert (await (await a_client(scene, scopes="write")).get(f"{base}/quotes")).status == 403
    assert (await reader.post(f"{base}/quotes/{quoting.id}/revoke")).status == 403
    assert (await put(reader, f"{base}/interaction_policy", quote_approval_policy="nobody")).status == 403
    assert (await stranger.post(f"{base}/quotes/{quoting.id}/revoke")).status == 404
    assert (await put(stranger, f"{base}/interaction_policy", quote_approval_policy="nobody")).status == 404
    assert (await stranger.get(f"/statuses/{quoting.id}")).json["quote"]["state"] == "accepted"


async def test_a_quote_is_posted_and_shown_with_what_it_quotes(scene: Scene) -> None:
    """Mastodon 4.5: `quoted_status` in full at depth one, only its id within; counts and notification."""
    other = await an_actor(scene.node, "other_member")
    client, theirs = await a_client(scene), await a_client(scene, other)
    first = (await client.post("/statuses", status="First")).json
    second = (await theirs.post("/statuses", status="Second", quoted_status_id=first["id"])).json
    third = (await client.post("/statuses", status="Third", quoted_status_id=second["id"])).json

    assert first["quote"] is None
    assert second["quote"]["state"] == "accepted"
    assert second["quote"]["quoted_status"]["id"] == first["id"]
    inner = third["quote"]["quoted_status"]["quote"]
    assert inner == {"state": "accepted", "quoted_status_id": first["id"]}
    shown = (await client.get(f"/statuses/{first['id']}")).json
    assert shown["quotes_count"] == 1
    (told,) = (await client.get("/notifications")).json
    assert (told["type"], told["status"]["id"], told["account"]["username"]) == ("quote", second["id"], "other_member")
    assert [status["id"] for status in (await client.get(f"/statuses/{first['id']}/quotes")).json] == [second["id"]]


async def test_each_state_of_a_quote_is_told(scene: Scene) -> None:
    """Client API *Quote*: pending, rejected, revoked, deleted, unauthorized, blocked_account; else no quoted status."""
    alice = scene.alice
    client = await a_client(scene)
    await scene.arrives(alice.says("Like", "https://x.example/1"))
    note = scene.peer.publish(a_page(alice.note(interactionPolicy=FREE)))
    shown = await _quoting(scene, note["id"])
    assert await _state(client, shown) == ("pending", None)
    request = await received(scene, "QuoteRequest")
    await scene.arrives(alice.says("Accept", request["id"], result=f"{scene.peer.base}/stamps/1", cc=None))
    quoted = await scene.node.db.read(store.by_uri, note["id"])
    assert quoted is not None
    assert await _state(client, shown) == ("accepted", str(quoted.id))

    row = await scene.node.db.read(by_uri, alice.uri)
    assert row is not None
    other = await an_actor(scene.node, "other_member")
    await block(scene.node, other, row)
    assert await _state(await a_client(scene, other), shown) == ("blocked_account", None)
    blocked = await an_actor(scene.node, "blocked_member")
    await scene.arrives(alice.says("Block", blocked.uri, to=[blocked.uri], cc=None))
    assert await _state(await a_client(scene, blocked), shown) == ("unauthorized", None)
    await scene.arrives(alice.says("Delete", note["id"]))
    assert await _state(client, shown) == ("deleted", None)

    note = scene.peer.publish(a_page(alice.note(interactionPolicy=FREE)))
    shown = await _quoting(scene, note["id"])
    request = await received(scene, "QuoteRequest")
    await scene.arrives(alice.says("Reject", request["id"], cc=None))
    assert await _state(client, shown) == ("rejected", None)


async def _quoting(scene: Scene, uri: str) -> int:
    return (await create_post(scene.node, scene.member, Draft("See", quote=uri))).id


async def _state(client: Client, number: int) -> tuple[str, str | None]:
    quote = (await client.get(f"/statuses/{number}")).json["quote"]
    return quote["state"], quote["quoted_status"] and quote["quoted_status"]["id"]


async def test_quote_of_whom_the_reader_muted_is_not_shown_unasked(scene: Scene) -> None:
    """Client API *Quote*: muted_account, at depth one and within; nothing of the post, while everybody else sees it."""
    other, reader = await an_actor(scene.node, "other_member"), await an_actor(scene.node, "reader")
    client, theirs = await a_client(scene), await a_client(scene, reader)
    canary = await create_post(scene.node, other, Draft("canary"))
    quoting = await create_post(scene.node, scene.member, Draft("See", quote=canary.uri))
    outer = await create_post(scene.node, scene.member, Draft("And see", quote=quoting.uri))
    await theirs.post(f"/accounts/{other.id}/mute")

    seen = (await theirs.get(f"/statuses/{quoting.id}")).json
    within = (await theirs.get(f"/statuses/{outer.id}")).json["quote"]["quoted_status"]

    assert seen["quote"] == {"state": "muted_account", "quoted_status": None}
    assert within["quote"] == {"state": "muted_account", "quoted_status_id": None}
    assert await _state(client, quoting.id) == ("accepted", str(canary.id))
    await theirs.post(f"/accounts/{other.id}/unmute")
    assert await _state(theirs, quoting.id) == ("accepted", str(canary.id))


async def test_quote_of_a_blocked_host_says_so(scene: Scene) -> None:
    """Client API *Quote*: blocked_domain, for all readers here; by their own block they are told first."""
    alice, reader = scene.alice, await an_actor(scene.node, "reader")
    client, theirs = await a_client(scene), await a_client(scene, reader)
    await scene.arrives(alice.says("Like", "https://x.example/1"))
    note = scene.peer.publish(a_page(alice.note(interactionPolicy=FREE)))
    shown = await _quoting(scene, note["id"])
    request = await received(scene, "QuoteRequest")
    await scene.arrives(alice.says("Accept", request["id"], result=f"{scene.peer.base}/stamps/1", cc=None))
    row = await scene.node.db.read(by_uri, alice.uri)
    assert row is not None
    await block(scene.node, reader, row)

    await scene.node.db.write(peers.set_blocked, authority(alice.uri), True, wakes=(Topic.CACHES,))

    assert await _state(client, shown) == ("blocked_domain", None)
    assert await _state(theirs, shown) == ("blocked_account", None)


async def test_what_nobody_is_known_to_have_agreed_to_is_a_link(scene: Scene) -> None:
    """s2s 2.21: no Quote, so that apps show the line in the text instead of hiding it."""
    client, alice = await a_client(scene), scene.alice
    bob = scene.peer.actor("bob")
    quoted = scene.peer.publish(a_page(bob.note()))
    note = alice.note("<p>Look</p>", quote=quoted["id"], to=[PUBLIC, scene.member.uri])
    await scene.arrives(alice.create(note))
    await run_jobs(scene.node)
    post = await scene.node.db.read(store.by_uri, note["id"])
    assert post is not None

    status = (await client.get(f"/statuses/{post.id}")).json

    assert status["quote"] is None
    assert quoted["id"] in status["content"]


async def test_a_quoted_post_is_shown_only_to_whom_it_is_for(scene: Scene) -> None:
    """Issue 4, 1: one's own private post in a private quote: who may read the one need not be let read the other."""
    reader = await an_actor(scene.node, "other_member")
    private = await create_post(scene.node, scene.member, Draft("canary", visibility=Visibility.FOLLOWERS))
    draft = Draft(f"@{reader.handle} see", visibility=Visibility.DIRECT, quote=private.uri)
    quoting = await create_post(scene.node, scene.member, draft)

    seen = (await (await a_client(scene, reader)).get(f"/statuses/{quoting.id}")).json
    own = (await (await a_client(scene)).get(f"/statuses/{quoting.id}")).json

    assert (seen["quote"]["state"], seen["quote"]["quoted_status"]) == ("unauthorized", None)
    assert own["quote"]["quoted_status"]["id"] == str(private.id)


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"quoted_status_id": "abc"}, 422),
        ({"quoted_status_id": "99"}, 404),
        ({"quoted_status_id": "{private}"}, 422),
        ({"quote_approval_policy": "everybody"}, 422),
    ],
)
async def test_what_cannot_be_quoted_is_told(scene: Scene, fields: dict[str, str], status: int) -> None:
    """s2s 2.21: a post for few is quoted by its author to as few; others not at all."""
    private = await create_post(scene.node, scene.member, Draft("For few", visibility=Visibility.FOLLOWERS))
    filled = {name: value.format(private=private.id) for name, value in fields.items()}

    answer = await (await a_client(scene)).post("/statuses", status="x", **filled)

    assert answer.status == status
    assert answer.json["error"]


async def test_who_may_quote_is_told_to_each_reader(scene: Scene) -> None:
    """Client API *QuoteApproval*: whom the author allows, and whether the reader is among them."""
    other = await an_actor(scene.node, "other_member")
    client, theirs = await a_client(scene), await a_client(scene, other)
    seen = {}
    for policy in ("public", "followers", "nobody"):
        number = (await client.post("/statuses", status=policy, quote_approval_policy=policy)).json["id"]
        own, found = [(await who.get(f"/statuses/{number}")).json["quote_approval"] for who in (client, theirs)]
        assert own["current_user"] == "automatic"
        seen[policy] = (found["automatic"], found["manual"], found["current_user"])
    remote = scene.peer.publish(
        a_page(scene.alice.note(interactionPolicy={"canQuote": {"manualApproval": [PUBLIC]}}, to=[PUBLIC, other.uri]))
    )
    await scene.arrives(scene.alice.create(remote))
    post = await scene.node.db.read(store.by_uri, remote["id"])
    assert post is not None

    assert seen == {
        "public": (["public"], [], "automatic"),
        "followers": (["followers"], [], "denied"),
        "nobody": ([], [], "denied"),
    }
    asked = (await theirs.get(f"/statuses/{post.id}")).json["quote_approval"]
    assert asked == {"automatic": [], "manual": ["public"], "current_user": "manual"}


async def test_policy_is_changed_after_posting(scene: Scene) -> None:
    """Mastodon 4.5: PUT interaction_policy; what is for few stays quotable by its author alone."""
    client = await a_client(scene)
    number = (await client.post("/statuses", status="Mine")).json["id"]
    private = (await client.post("/statuses", status="Mine", visibility="private")).json["id"]

    changed = await put(client, f"/statuses/{number}/interaction_policy", quote_approval_policy="nobody")

    assert changed.json["quote_approval"]["automatic"] == []
    assert changed.json["edited_at"] is None
    for path, fields in (
        (number, {}),
        (number, {"quote_approval_policy": "x"}),
        (private, {"quote_approval_policy": "public"}),
    ):
        assert (await put(client, f"/statuses/{path}/interaction_policy", **fields)).status == 422


async def test_consent_is_taken_back(scene: Scene) -> None:
    """Mastodon 4.5: revoke answers with the quoting status, whose quote is revoked; it is in no list of quotes any more."""
    client, alice = await a_client(scene), scene.alice
    post = await create_post(scene.node, scene.member, Draft("Mine"))
    note = alice.note(quote=post.uri)
    await scene.arrives(asking(alice, post.uri, note))
    quoting = await scene.node.db.read(store.by_uri, note["id"])
    assert quoting is not None

    revoked = await client.post(f"/statuses/{post.id}/quotes/{quoting.id}/revoke")

    assert revoked.json["quote"] == {"state": "revoked", "quoted_status": None}
    assert (await client.post(f"/statuses/{post.id}/quotes/{quoting.id}/revoke")).status == 404
    assert (await client.get(f"/statuses/{post.id}/quotes")).json == []
    assert (await client.get("/notifications")).json == []


async def test_an_answer_that_waits_says_so_to_its_author(scene: Scene) -> None:
    """GoToSocial: shown to who sent it as pending; under a key of our own that other apps do not mind."""
    client = await a_client(scene)
    await scene.arrives(scene.alice.says("Like", "https://x.example/1"))
    policy = {"canReply": {"manualApproval": [PUBLIC]}}
    note = scene.alice.note(interactionPolicy=policy, to=[PUBLIC, scene.member.uri])
    await scene.arrives(scene.alice.create(note))
    post = await scene.node.db.read(store.by_uri, note["id"])
    assert post is not None

    answer = (await client.post("/statuses", status="May I?", in_reply_to_id=str(post.id))).json

    assert answer["coopfed"] == {"consent": "pending"}
    assert (await client.get(f"/statuses/{answer['id']}")).json["coopfed"] == {"consent": "pending"}
    assert "coopfed" not in (await client.get(f"/statuses/{post.id}")).json
