"""Whom a post reaches, at each level: what goes on the wire, whose inbox gets it, and who may fetch it. Through real inboxes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from coopfed.errors import CoopFedError
from coopfed.features.posts import store
from coopfed.features.posts.actions import create_post, edit_post
from coopfed.features.posts.rules import Draft
from coopfed.features.reactions import actions as reactions
from coopfed.vocab.audience import OPEN, Visibility
from tests.coopfed.api.test_api import a_client
from tests.support.nodes import an_actor, process_arrivals
from tests.support.peers import PUBLIC, Document, Peer, RemoteActor, a_peer, send_due
from tests.support.scene import Scene

LEVELS = list(Visibility)
READS = {
    Visibility.PUBLIC: {"follower", "mentioned", "stranger", "nobody"},
    Visibility.UNLISTED: {"follower", "mentioned", "stranger", "nobody"},
    Visibility.FOLLOWERS: {"follower", "mentioned"},
    Visibility.DIRECT: {"mentioned"},
}
"""Who may fetch a post of each level."""


@asynccontextmanager
async def readers(scene: Scene) -> AsyncIterator[dict[str, tuple[Peer, RemoteActor]]]:
    """Three servers: bob follows the member, carol is mentioned, dan is neither (but known here)."""
    async with a_peer() as first, a_peer() as second, a_peer() as third:
        found = {
            "follower": (first, first.actor("bob")),
            "mentioned": (second, second.actor("carol")),
            "stranger": (third, third.actor("dan")),
        }
        for peer, actor in found.values():
            follow = actor.follow(scene.member.uri)
            assert await scene.arrives(follow, actor) == ["accepted"]
            if actor.name != "bob":
                await scene.arrives(actor.says("Undo", follow), actor)
            await send_due(scene.node)
            peer.received.clear()
        yield found


async def got(scene: Scene, peer: Peer, type: str) -> list[Document]:
    """What of this type arrived at a server."""
    await send_due(scene.node)
    return [received.document for received in peer.received if received.document["type"] == type]


@pytest.mark.parametrize("level", LEVELS)
async def test_post_reaches_those_it_is_for_and_nobody_else(scene: Scene, level: Visibility) -> None:
    """ActivityPub 5.6, 6, 7.1: addressing as all peers read it; blind addressing never on the wire; fetched by the same people."""
    async with readers(scene) as people:
        carol, followers = people["mentioned"][1], f"{scene.member.uri}/followers"
        post = await create_post(scene.node, scene.member, Draft(f"Nets @carol@{people['mentioned'][0].host}", level))

        arrived = {who: await got(scene, peer, "Create") for who, (peer, _actor) in people.items()}
        fetched = {
            who: (await scene.peer.get(scene.node, post.uri, actor)).status for who, (_peer, actor) in people.items()
        }
        fetched["nobody"] = (await scene.peer.get(scene.node, post.uri)).status

    wire = {
        Visibility.PUBLIC: ([PUBLIC], [followers, carol.uri]),
        Visibility.UNLISTED: ([followers], [PUBLIC, carol.uri]),
        Visibility.FOLLOWERS: ([followers], [carol.uri]),
        Visibility.DIRECT: ([carol.uri], []),
    }[level]
    told = {"mentioned"} if level == Visibility.DIRECT else {"mentioned", "follower"}
    assert {who for who, creates in arrived.items() if creates} == told
    for creates in arrived.values():
        for create in creates:
            assert (create["to"], create["cc"]) == (create["object"]["to"], create["object"]["cc"]) == wire
            assert not {"bto", "bcc"} & {*create, *create["object"]}
    assert {who for who, status in fetched.items() if status == 200} == READS[level]
    assert {status for status in fetched.values() if status != 200} <= {404}


@pytest.mark.parametrize("level", LEVELS)
async def test_edit_reaches_no_wider(scene: Scene, level: Visibility) -> None:
    """s2s research 2.10: a draft of a wider level changes the text and not the readers."""
    async with readers(scene) as people:
        handle = f"@carol@{people['mentioned'][0].host}"
        post = await create_post(scene.node, scene.member, Draft(f"Nets {handle}", level))
        await edit_post(scene.node, scene.member, post, Draft(f"Boats {handle}", Visibility.PUBLIC))

        updates = {who: await got(scene, peer, "Update") for who, (peer, _actor) in people.items()}
        stranger = (await scene.peer.get(scene.node, post.uri, people["stranger"][1])).status

    told = {"mentioned"} if level == Visibility.DIRECT else {"mentioned", "follower"}
    assert {who for who, found in updates.items() if found} == told
    assert (PUBLIC in str(updates["mentioned"][0]["object"]["to"] + updates["mentioned"][0]["object"]["cc"])) is (
        level in OPEN
    )
    assert (stranger == 200) is (level in OPEN)


@pytest.mark.parametrize("level", [Visibility.FOLLOWERS, Visibility.DIRECT])
async def test_boost_by_a_reader_takes_nothing_to_others(scene: Scene, level: Visibility) -> None:
    """s2s research 2.12: who may read a post for few does not pass it on."""
    booster = await an_actor(scene.node, "booster")
    async with readers(scene) as people:
        dan = people["stranger"][1]
        await scene.arrives(dan.follow(booster.uri), dan)
        post = await create_post(scene.node, scene.member, Draft("Nets @booster", level))
        await process_arrivals(scene.node)

        with pytest.raises(CoopFedError):
            await reactions.boost(scene.node, booster, post.id, Visibility.PUBLIC, None)

        assert await got(scene, people["stranger"][0], "Announce") == []


@pytest.mark.parametrize("field", ["to", "cc"])
async def test_addressed_without_a_mention_is_read_and_tells_nobody(scene: Scene, field: str) -> None:
    """mastodon#7394: a silent mention, not a lost post."""
    app = await a_client(scene)
    addressed: dict[str, Any] = {"to": [], "cc": [], field: [scene.member.uri]}
    note = scene.alice.note(**addressed)

    assert await scene.arrives(scene.alice.create(note)) == ["accepted"]

    post = await scene.node.db.read(store.by_uri, note["id"])
    assert post is not None
    assert (await app.get(f"/statuses/{post.id}")).json["visibility"] == "direct"
    assert (await app.get("/notifications")).json == []
