"""The end of one of our actors: who may still act as it, what its addresses answer, what is left, and who is told."""

from typing import Any

import pytest
from sqlalchemy import select

from actors.lookup import ActorRow, by_id, by_uri
from coopfed.db.models import Activity, OAuthToken, Role
from coopfed.db.tx import Tx, table
from coopfed.errors import InvalidInput
from coopfed.features.follows import actions as follows
from coopfed.features.posts.actions import create_post
from coopfed.features.posts.rules import Draft
from coopfed.features.profiles.actions import delete_actor
from tests.coopfed.api.test_api import a_client
from tests.inbox.test_endings import NOTHING, a_life, traces
from tests.support.jobs import run_jobs
from tests.support.nodes import an_actor, process_arrivals
from tests.support.peers import a_peer, send_due
from tests.support.scene import Scene


def _acting(tx: Tx, actor_id: int) -> tuple[int, int]:
    """How many roles and tokens there are for an actor."""
    counts = []
    for model in (Role, OAuthToken):
        found = table(model)
        counts.append(len(tx.execute(select(found).where(found.c.actor_id == actor_id)).all()))
    return counts[0], counts[1]


async def test_only_an_actor_of_ours_is_deleted_here(scene: Scene) -> None:
    """Door shut: neither another node's nor the node's own."""
    alice = await a_life(scene)
    node_actor = await scene.node.db.read(_by_uri, scene.node.urls.node_actor)

    for actor in (alice, node_actor):
        with pytest.raises(InvalidInput, match="cannot be deleted here"):
            await delete_actor(scene.node, actor)


def _by_uri(tx: Tx, uri: str) -> ActorRow:
    row = by_uri(tx, uri)
    assert row is not None
    return row


async def test_deletion_ends_roles_tokens_and_everything_it_did(scene: Scene) -> None:
    """s2s 2.10, 2.19; security 1.6: tokens at once; posts, reactions, follows, notifications, home and blocks by the job."""
    await a_life(scene)
    client = await a_client(scene)

    await delete_actor(scene.node, scene.member)
    refused = await client.get("/timelines/home")
    left = await scene.node.db.read(_acting, scene.member.id)
    await process_arrivals(scene.node)
    await run_jobs(scene.node)

    assert (refused.status, left) == (401, (0, 0))
    assert await scene.node.db.read(traces, scene.member.id) == NOTHING | {"reports": 0}
    gone = await scene.node.db.read(by_id, scene.member.id)
    assert gone is not None
    assert (gone.name, gone.summary, gone.handle) == ("", "", "member")


async def test_every_address_of_a_deleted_actor_is_gone(scene: Scene) -> None:
    """s2s 2.19: 410 on actor, inbox, collections and WebFinger, also before the purge; the actor's with its keys."""
    post = await create_post(scene.node, scene.member, Draft("Seeds"))
    await delete_actor(scene.node, scene.member)

    base, uri = scene.node.urls.base, scene.member.uri
    named = f"{base}/.well-known/webfinger?resource=acct:member@{scene.node.config.handle_domain}"
    found = {path: await scene.peer.get(scene.node, path) for path in (uri, named, f"{uri}/outbox", f"{uri}/followers")}
    inbox = await scene.peer.post(scene.node, scene.alice.follow(uri), inbox=f"{uri}/inbox")

    assert {answer.status for answer in (*found.values(), inbox)} == {410}
    assert found[uri].json["type"] == "Tombstone"
    assert "publicKeyPem" in found[uri].json["publicKey"]
    assert (await scene.peer.get(scene.node, post.uri)).status in (404, 410)
    await run_jobs(scene.node)
    assert (await scene.peer.get(scene.node, post.uri)).status == 410


async def test_deletion_reaches_every_known_host_and_nothing_else_does(scene: Scene) -> None:
    """s2s 2.10: also hosts where nobody follows; what waited of it besides is not sent any more, and no longer served."""
    async with a_peer() as other:
        bob = other.actor("bob")
        await scene.arrives(scene.alice.follow(scene.member.uri))
        neighbour = await an_actor(scene.node, "neighbour")
        assert (await other.post(scene.node, bob.follow(neighbour.uri))).status == 202
        await process_arrivals(scene.node)
        await send_due(scene.node)
        scene.peer.received.clear()
        other.received.clear()
        scene.peer.answers = lambda _received: 503
        await follows.follow(scene.node, scene.member, await scene.node.db.read(_by_uri, scene.alice.uri))
        await send_due(scene.node)
        scene.peer.answers = lambda _received: 202

        await delete_actor(scene.node, scene.member)
        await run_jobs(scene.node)
        scene.clock.pass_(24 * 3600)
        await send_due(scene.node)

        for peer in (scene.peer, other):
            [received] = peer.received
            assert received.document["type"] == "Delete"
            assert received.document["object"] == received.document["actor"] == scene.member.uri
            assert received.path == "/inbox"
    left = await scene.node.db.read(_said, scene.member.id)
    assert [kind for kind, body in left.items() if body] == ["Delete"]


def _said(tx: Tx, actor_id: int) -> dict[str, Any]:
    found = table(Activity)
    rows = tx.execute(select(found.c.type, found.c.body).where(found.c.actor_id == actor_id))
    return {row.type: row.body for row in rows}
