"""Bugs that others met between servers (s2s research, section 3), for signatures, follows and keys: each by its symptom.

What is not here has a test of its own: behind a proxy (4) in `deploy/test_proxies_at_work.py`; two secure servers (5) and a rotation
that a peer has pinned (24) in `federation/test_drift_and_rotation.py`, the latter in `outbox/test_deliver.py` too; a first knock with
RFC 9421 (35) in `outbox/test_deliver.py`.
"""

import base64
import hashlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from actors.absent import refresh_actor
from actors.lookup import by_uri
from coopfed.features.follows import actions as follows
from coopfed.features.follows import store
from coopfed.features.posts import store as posts
from coopfed.features.posts.actions import create_post
from coopfed.features.posts.rules import Draft
from coopfed.signing import cavage
from coopfed.signing.keys import sign_bytes
from coopfed.signing.request import Request
from coopfed.vocab.audience import Visibility
from coopfed.vocab.terms import ACTIVITY_JSON
from tests.support.peers import PUBLIC, RemoteActor, send_due
from tests.support.scene import Scene, a_scene


@pytest.fixture
async def secure(database_url: str) -> AsyncIterator[Scene]:
    """The scene with AUTHORIZED_FETCH."""
    async with a_scene(database_url, authorized_fetch=True) as scene:
        yield scene


def state_of(scene: Scene, follower: str, followed: str) -> Any:
    """A read: the state of a follow between two ids."""

    def read(tx: Any) -> str | None:
        one, other = by_uri(tx, follower), by_uri(tx, followed)
        row = store.between(tx, one.id, other.id) if one and other else None
        return row and row.state

    return scene.node.db.read(read)


# --- signatures -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("with_query", [True, False])
async def test_1_signed_get_of_a_page_is_not_401_for_its_query(secure: Scene, with_query: bool) -> None:
    """mastodon#18638, #28476, GoToSocial#894: one side signs the path with the query, the other without."""
    url = f"{secure.member.uri}/followers?page=true"
    prepared = cavage.prepare(
        secure.alice.rsa, secure.alice.key_id, Request.to("GET", url), secure.node.utc(), with_query=with_query
    )
    headers = prepared.headers(sign_bytes(secure.alice.rsa, prepared.base)) | {"Accept": ACTIVITY_JSON}

    unsigned = await secure.peer.get(secure.node, url)
    signed = await secure.peer.send("GET", url, headers)

    assert (unsigned.status, signed.status) == (401, 200)


async def test_2_post_is_not_refused_for_its_digest(scene: Scene) -> None:
    """bridgy-fed#68: Digest is there, signed, and of the very bytes that are sent: not of what a second serialisation would give."""
    await scene.arrives(scene.alice.follow(scene.member.uri))
    await create_post(scene.node, scene.member, Draft("Çiftlik, ığdır: İstanbul – più “€” 🐟"))

    await send_due(scene.node)

    assert any("Çiftlik".encode() in received.body for received in scene.peer.received)
    for received in scene.peer.received:
        whole = base64.b64encode(hashlib.sha256(received.body).digest()).decode()
        assert received.headers["Digest"] == f"SHA-256={whole}"
        assert 'headers="(request-target) host date digest content-type"' in received.headers["Signature"]


async def test_3_signature_names_its_algorithm(scene: Scene) -> None:
    """rss-to-activitypub#59: Misskey refuses a Signature without `algorithm`; ours has all four parameters, and we read three."""
    follow = scene.alice.follow(scene.member.uri)
    await scene.arrives(follow)

    await send_due(scene.node)
    request = Request.to("GET", scene.member.uri)
    headers = cavage.sign(scene.alice.rsa, scene.alice.key_id, request, scene.node.utc())
    headers["Signature"] = headers["Signature"].replace('algorithm="rsa-sha256",', "")
    read = await scene.peer.send("GET", f"{scene.member.uri}", headers | {"Accept": ACTIVITY_JSON})

    sent = cavage.parameters(scene.peer.received[0].headers["Signature"])
    assert {"keyid", "algorithm", "headers", "signature"} == set(sent)
    assert sent["algorithm"] == "rsa-sha256"
    assert read.status == 200


async def test_6_refusal_to_show_the_signer_is_not_our_500(scene: Scene) -> None:
    """fedify#589: the signer's host answers our fetch of the key with 401: the signer is not known, and nothing is broken here."""
    for status in (401, 403):
        ghost = scene.peer.actor(f"ghost{status}")
        scene.peer.statuses[f"/users/ghost{status}"] = status

        answer = await scene.peer.post(scene.node, ghost.follow(scene.member.uri))

        assert (answer.status, answer.json["error"]) == (401, "key_unavailable")
        assert "Accept-Signature" in answer.headers


async def test_35_stripped_actor_document_takes_no_collections_away(scene: Scene) -> None:
    """misskey#17706: who does not verify our signature shows a document without `followers`: posts for followers must not become
    direct ones here, nor pins be lost; what the document does say is taken."""
    scene.alice.changes = {"featured": f"{scene.alice.uri}/featured"}
    await _followed(scene, scene.alice)
    scene.alice.changes = {"followers": None, "name": "Stripped"}

    await refresh_actor(scene.node, scene.alice.uri)
    note = scene.alice.note(to=[scene.alice.followers], cc=[])
    await scene.arrives(scene.alice.create(note))

    row = await scene.node.db.read(by_uri, scene.alice.uri)
    post = await scene.node.db.read(posts.by_uri, note["id"])
    assert row is not None
    assert post is not None
    assert (row.name, row.followers_uri) == ("Stripped", scene.alice.followers)
    assert row.featured_uri == f"{scene.alice.uri}/featured"
    assert post.visibility == Visibility.FOLLOWERS


# --- follows ----------------------------------------------------------------------------------------------------


async def _followed(scene: Scene, actor: RemoteActor) -> dict[str, Any]:
    """The member asks to follow and is let in; the Follow."""
    follow = await _asked(scene, actor)
    await scene.arrives(actor.says("Accept", follow), actor)
    return follow


async def _asked(scene: Scene, actor: RemoteActor) -> dict[str, Any]:
    await scene.arrives(actor.says("Like", "https://x.example/1"), actor)
    row = await scene.node.db.read(by_uri, actor.uri)
    assert row is not None
    await follows.follow(scene.node, scene.member, row)
    await send_due(scene.node)
    return scene.peer.received[-1].document


@pytest.mark.parametrize(
    "form", ["id", "embedded", "in a list", "list of ids", "another id", "no id", "actor embedded"]
)
async def test_12_follow_does_not_stay_pending(scene: Scene, form: str) -> None:
    """guppe#55, bookwyrm#634, peertube#3219, misskey#8655, #9139, mastodon#8218: in whatever form the Accept names it."""
    follow = await _asked(scene, scene.alice)
    named: dict[str, Any] = {
        "id": follow["id"],
        "embedded": follow,
        "in a list": [follow],
        "list of ids": [follow["id"]],
        "another id": follow | {"id": f"{scene.peer.base}/invented/1"},
        "no id": {name: value for name, value in follow.items() if name != "id"},
        "actor embedded": follow | {"actor": {"type": "Organization", "id": scene.member.uri}},
    }

    assert await scene.arrives(scene.alice.says("Accept", named[form])) == ["accepted"]

    assert await state_of(scene, scene.member.uri, scene.alice.uri) == "accepted"


async def test_12_accept_whose_id_was_used_before_lets_in_the_next(scene: Scene) -> None:
    """guppe#55: some give all their Accepts one id: the second is no repetition of the first; ours have each their own."""
    bob = scene.peer.actor("bob")
    first = await _asked(scene, scene.alice)
    reused = scene.alice.says("Accept", first)
    await scene.arrives(reused)
    row = await scene.node.db.read(by_uri, scene.alice.uri)
    assert row is not None
    await follows.unfollow(scene.node, scene.member, row)
    second = await _asked(scene, scene.alice)

    await scene.arrives(reused | {"object": second})
    for follower in (scene.alice, bob, scene.alice):
        await scene.arrives(follower.follow(scene.member.uri), follower)
    await send_due(scene.node)

    assert await state_of(scene, scene.member.uri, scene.alice.uri) == "accepted"
    ours = [received.document["id"] for received in scene.peer.received if received.document["type"] == "Accept"]
    assert len(ours) == len(set(ours)) == 3


async def test_13_unfollow_is_seen(scene: Scene) -> None:
    """mastodon#6211, misskey#15464, friendica#6419: the inner Follow has no id; the Undo has the id of an earlier one."""
    bare = {"type": "Follow", "actor": scene.alice.uri, "object": scene.member.uri}
    undo = scene.alice.says("Undo", bare)

    for number in range(2):
        await scene.arrives(scene.alice.follow(scene.member.uri))
        await scene.arrives(undo | {"published": f"2026-11-24T07:00:0{number}Z"})

        assert await state_of(scene, scene.alice.uri, scene.member.uri) is None
    ours = await _followed(scene, scene.alice)
    row = await scene.node.db.read(by_uri, scene.alice.uri)
    assert row is not None
    await follows.unfollow(scene.node, scene.member, row)
    await send_due(scene.node)
    sent = scene.peer.received[-1].document
    assert (sent["type"], sent["object"]["id"], sent["object"]["object"]) == ("Undo", ours["id"], scene.alice.uri)


async def test_30_followers_collections_are_there_and_are_read_in_every_form(scene: Scene) -> None:
    """mastodon#10643, bridgy-fed#40, #54: ours are always served with a total; of others a literal collection is its id, and without
    any the post for "followers" reaches those who are named, and nobody else."""
    for name in ("followers", "following", "outbox"):
        served = (await scene.peer.get(scene.node, f"{scene.member.uri}/{name}")).json
        assert served["totalItems"] == 0
    literal = scene.peer.actor("literal", changes={"followers": None})
    whole = {"id": literal.followers, "type": "Collection", "totalItems": 1}
    literal.changes = {"followers": whole}
    nameless = scene.peer.actor("nameless", changes={"followers": None})
    seen = {}
    for actor in (literal, nameless):
        await _followed(scene, actor)
        note = actor.note(to=[actor.followers], cc=[])
        await scene.arrives(actor.create(note), actor)
        post = await scene.node.db.read(posts.by_uri, note["id"])
        assert post is not None
        assert PUBLIC not in note["to"]
        seen[actor.name] = post.visibility

    assert seen == {"literal": "followers", "nameless": "direct"}
