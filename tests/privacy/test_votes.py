"""Votes are a number: who voted, and what, is found on no path by nobody.

A crawler with every identity reads every path of the route table, of the node of a poll and of the node of a voter.
"""

from typing import Any

import orjson
import pytest

from actors.lookup import by_uri
from coopfed import limits
from coopfed.db.tx import Tx
from coopfed.features.polls.actions import vote
from coopfed.features.posts import store
from coopfed.features.posts.actions import delete_post, edit_post
from coopfed.features.posts.rules import Draft
from coopfed.vocab.audience import Visibility
from outbox.publish import activity
from tests.coopfed.api.test_api import a_client
from tests.inbox.test_posts import following
from tests.privacy.test_who_may_see_what import Identity, World, ask, paths
from tests.support.jobs import run_jobs
from tests.support.nodes import an_actor, process_arrivals
from tests.support.peers import a_peer, send_due
from tests.support.polls import asks, chooses, question
from tests.support.scene import Scene

pytestmark = pytest.mark.slow


def _activities(tx: Tx) -> list[int]:
    return list(tx.execute(activity.select().with_only_columns(activity.c.id)).scalars())


async def test_who_voted_is_found_nowhere(scene: Scene) -> None:
    """Issue 4, 3: neither in what is served nor in what was sent: results, edits, the deletion; not even to who asked or votes too."""
    async with a_peer() as other:
        voter = other.actor("canaryvoter")
        polls = [await asks(scene.node, scene.member, multiple=True), await asks(scene.node, scene.member)]
        for poll in polls:
            for title in ("Wine", "Bread"):
                await other.post(scene.node, chooses(voter, poll.uri, title))
            assert set(map(str, await process_arrivals(scene.node))) <= {"accepted", "duplicate"}
        await scene.arrives(chooses(scene.alice, polls[0].uri, "Wine"))
        scene.clock.pass_(limits.POLL_TELL_SECONDS)
        await run_jobs(scene.node)
        await edit_post(scene.node, scene.member, polls[1], Draft("Well?"))
        await send_due(scene.node)
        await delete_post(scene.node, scene.member, polls[1])
        await send_due(scene.node)

        identities = [
            Identity("anonymous"),
            Identity("voter", signer=scene.alice),
            Identity("owner", token=(await a_client(scene)).token),
            Identity("member", token=(await a_client(scene, await an_actor(scene.node, "other"))).token),
        ]
        posts = {str(number): poll for number, poll in enumerate(polls)}
        world = World(posts, await scene.node.db.read(_activities), [], identities)
        found = await leaks(scene, world, b"canaryvoter")

        sent = [received.body for received in (*scene.peer.received, *other.received)]
        assert [received.document["type"] for received in other.received] == ["Update"] * 3 + ["Delete"]
        assert found == []
        assert [body for body in sent if b"canaryvoter" in body] == []


async def test_what_a_member_voted_is_found_nowhere(scene: Scene) -> None:
    """Issue 4, 3: the Create is for the author's host; the option stands in the poll for those who may see that, and nowhere else."""
    async with a_peer() as other:
        author = other.actor("asker")
        await other.post(scene.node, author.says("Like", "https://x.example/1"), author)
        await process_arrivals(scene.node)
        row = await scene.node.db.read(by_uri, author.uri)
        assert row is not None
        asked = question(author, {"canarychoice": 0, "other": 0}, to=[scene.member.uri], cc=[])
        await other.post(scene.node, author.create(asked), author)
        await process_arrivals(scene.node)
        poll = await scene.node.db.read(store.by_uri, asked["id"])
        assert poll is not None
        assert poll.visibility == Visibility.DIRECT
        await following(scene, scene.alice)
        await vote(scene.node, scene.member, poll.id, [0])
        await send_due(scene.node)

        identities = [
            Identity("anonymous"),
            Identity("stranger", signer=scene.alice),
            Identity("member", token=(await a_client(scene, await an_actor(scene.node, "other"))).token),
        ]
        world = World({"poll": poll}, await scene.node.db.read(_activities), [], identities)
        found = await leaks(scene, world, b"canarychoice")

        assert [orjson.loads(received.body)["object"]["name"] for received in other.received] == ["canarychoice"]
        assert found == []
        assert [received.body for received in scene.peer.received if b"canarychoice" in received.body] == []


async def leaks(scene: Scene, world: World, word: bytes) -> list[Any]:
    """Where the word is found, and by whom."""
    found = []
    for method, path in paths(scene, world):
        for who in world.identities:
            if method != "GET":
                continue
            answer = await ask(scene, method, path, who)
            assert answer.status < 500, (method, path, who.role, answer.body)
            if word in answer.body:
                found.append((path, who.role))
    return found
