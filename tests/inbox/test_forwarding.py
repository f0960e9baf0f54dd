"""Inbox forwarding: what others say of our posts, passed on to those of our followers who could not know. ActivityPub 7.1.2."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from coopfed import limits
from coopfed.features.posts.actions import create_post
from coopfed.features.posts.rules import Draft
from coopfed.features.posts.store import PostRow
from coopfed.vocab.audience import Visibility
from tests.inbox.test_relayed import proven
from tests.support.nodes import an_actor
from tests.support.peers import CONTEXT, Document, Peer, RemoteActor, a_peer, send_due
from tests.support.scene import Scene


@asynccontextmanager
async def a_follower(scene: Scene) -> AsyncIterator[Peer]:
    """Another server with bob, who follows the member; so does alice."""
    async with a_peer() as other:
        for actor in (other.actor("bob"), scene.alice):
            assert await scene.arrives(actor.follow(scene.member.uri), actor) == ["accepted"]
        await send_due(scene.node)
        other.received.clear()
        scene.peer.received.clear()
        yield other


async def said(scene: Scene, visibility: Visibility = Visibility.PUBLIC) -> PostRow:
    """A post of the member, delivered."""
    post = await create_post(scene.node, scene.member, Draft("Who comes?", visibility))
    await send_due(scene.node)
    return post


def an_answer(scene: Scene, post: PostRow, actor: RemoteActor | None = None, **more: Any) -> Document:
    """An answer to the post, addressed to the member's followers as well, without its proof."""
    actor = actor or scene.alice
    members: dict[str, Any] = {"cc": [scene.member.uri, f"{scene.member.uri}/followers"], **more}
    return actor.create(actor.note(inReplyTo=post.uri, **members))


async def forwarded(scene: Scene, other: Peer) -> list[Document]:
    """What bob's server got that is not the member's own."""
    await send_due(scene.node)
    return [got.document for got in other.received if got.document["actor"] != scene.member.uri]


# --- what is not forwarded --------------------------------------------------------------------------------------


async def test_answer_without_a_proof_of_its_actor_is_not_forwarded(scene: Scene) -> None:
    """s2s research 2.16: nobody could believe it; and what carries another's proof is nobody's either."""
    async with a_follower(scene) as other:
        post, mallory = await said(scene), other.actor("mallory")
        bare, changed = an_answer(scene, post), proven(scene, an_answer(scene, post), scene.alice)
        changed["object"] = {**changed["object"], "content": "<p>changed after the proof</p>"}
        foreign = proven(scene, an_answer(scene, post), mallory)

        for activity in (bare, changed, foreign):
            assert await scene.arrives(activity) == ["accepted"]

        assert await forwarded(scene, other) == []


async def test_what_was_forwarded_to_us_goes_no_further(scene: Scene) -> None:
    """ActivityPub 7.1.2: one step; otherwise two nodes that follow each other would never stop."""
    async with a_follower(scene) as other, a_peer() as third:
        post, carol = await said(scene), third.actor("carol")
        answer = proven(scene, an_answer(scene, post, carol), carol)

        assert await scene.arrives(answer, scene.alice) == ["accepted"]

        assert await forwarded(scene, other) == []


async def test_answer_that_is_not_addressed_to_the_authors_followers_stays(scene: Scene) -> None:
    """ActivityPub 7.1.2: never beyond its addressing, and nobody sends to the followers of whom they do not answer."""
    neighbour = await an_actor(scene.node, "neighbour")
    async with a_follower(scene) as other:
        await scene.arrives(other.actors["/users/bob"].follow(neighbour.uri), other.actors["/users/bob"])
        post = await said(scene)
        for cc in ([scene.member.uri], [scene.member.uri, f"{neighbour.uri}/followers"], [f"{post.uri}/followers"]):
            await scene.arrives(proven(scene, an_answer(scene, post, cc=cc), scene.alice))

        assert [got["type"] for got in await forwarded(scene, other)] == ["Accept"]


async def test_answer_to_a_post_for_few_is_not_forwarded(scene: Scene) -> None:
    """Privacy: that there is such a post is not for everybody who follows now."""
    async with a_follower(scene) as other:
        post = await said(scene, Visibility.FOLLOWERS)

        outcome = await scene.arrives(proven(scene, an_answer(scene, post), scene.alice))

        assert (outcome, await forwarded(scene, other)) == (["accepted"], [])


async def test_no_more_is_forwarded_than_allowed(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """limits: otherwise anybody could send through us to all followers, again and again."""
    monkeypatch.setattr(limits, "FORWARDED_AN_HOUR", 2)
    async with a_follower(scene) as other:
        post = await said(scene)
        for _ in range(3):
            await scene.arrives(proven(scene, an_answer(scene, post), scene.alice))
        assert len(await forwarded(scene, other)) == 2

        scene.clock.pass_(3601)
        await scene.arrives(proven(scene, an_answer(scene, post), scene.alice))

        assert len(await forwarded(scene, other)) == 3


# --- what is ----------------------------------------------------------------------------------------------------


async def test_proven_answer_reaches_the_followers_as_it_came_and_once(scene: Scene) -> None:
    """ActivityPub 7.1.2: the bytes, signed by the author who is answered; not back to where it came from."""
    async with a_follower(scene) as other:
        post = await said(scene)
        scene.peer.received.clear()
        answer = proven(scene, an_answer(scene, post), scene.alice)

        for _ in range(2):
            await scene.peer.post(scene.node, answer)
        await scene.arrives(scene.alice.follow(scene.member.uri))

        assert await forwarded(scene, other) == [answer]
        got = next(got for got in other.received if got.document == answer)
        assert f'keyId="{scene.member.uri}#main-key"' in got.headers["Signature"]
        assert "Collection-Synchronization" not in got.headers
        assert answer not in [got.document for got in scene.peer.received]


@pytest.mark.parametrize("type", ["Like", "Update"])
async def test_likes_and_edits_of_answers_are_forwarded_too(scene: Scene, type: str) -> None:
    """ActivityPub 7.1.2: whatever has a post of ours as its object or as what is answered."""
    async with a_follower(scene) as other:
        post = await said(scene)
        answer = an_answer(scene, post)
        cc = answer["cc"]
        if type == "Update":
            await scene.arrives(answer)
            edited = {**answer["object"], "content": "<p>I come</p>", "updated": "2026-11-24T07:30:00Z"}
            activity = scene.alice.says("Update", edited, cc=cc)
        else:
            activity = scene.alice.says("Like", post.uri, to=[scene.member.uri], cc=cc)

        assert await scene.arrives(proven(scene, activity | {"@context": CONTEXT}, scene.alice)) == ["accepted"]

        assert [got["type"] for got in await forwarded(scene, other)] == [type]


@pytest.mark.parametrize("form", ["tombstone", "id"])
async def test_end_of_an_answer_is_forwarded_to_who_got_the_answer(scene: Scene, form: str) -> None:
    """ActivityPub 7.1.2: else it stays where only we brought it; also with those who follow no more, and once."""
    async with a_follower(scene) as other:
        post, bob = await said(scene), other.actors["/users/bob"]
        answer = an_answer(scene, post)
        await scene.arrives(proven(scene, answer, scene.alice))
        await forwarded(scene, other)
        assert await scene.arrives(bob.says("Undo", bob.follow(scene.member.uri)), bob) == ["accepted"]
        uri = answer["object"]["id"]
        deleted = {"type": "Tombstone", "id": uri} if form == "tombstone" else uri
        delete = proven(scene, scene.alice.says("Delete", deleted, cc=answer["cc"]), scene.alice)

        assert await scene.arrives(delete) == ["accepted"]
        await scene.arrives(proven(scene, scene.alice.says("Delete", deleted, cc=answer["cc"]), scene.alice))

        assert [got["type"] for got in await forwarded(scene, other)] == ["Create", "Delete"]
        assert other.received[-1].document == delete


@pytest.mark.parametrize("form", ["embedded", "id"])
async def test_end_of_a_like_is_forwarded(scene: Scene, form: str) -> None:
    """ActivityPub 7.1.2, 6.10: the followers' servers counted it."""
    async with a_follower(scene) as other:
        post = await said(scene)
        cc = [scene.member.uri, f"{scene.member.uri}/followers"]
        like = proven(scene, scene.alice.says("Like", post.uri, cc=cc), scene.alice)
        await scene.arrives(like)
        undo = scene.alice.says("Undo", like["id"] if form == "id" else like, cc=cc)

        assert await scene.arrives(proven(scene, undo, scene.alice)) == ["accepted"]

        assert [got["type"] for got in await forwarded(scene, other)] == ["Like", "Undo"]


async def test_end_without_a_proof_or_not_addressed_to_the_followers_is_not_forwarded(scene: Scene) -> None:
    """ActivityPub 7.1.2: under the same conditions as what it ends."""
    async with a_follower(scene) as other:
        post = await said(scene)
        answers = [an_answer(scene, post) for _ in range(2)]
        for answer in answers:
            await scene.arrives(proven(scene, answer, scene.alice))
        await forwarded(scene, other)
        bare = scene.alice.says("Delete", answers[0]["object"]["id"], cc=answers[0]["cc"])
        aside = proven(scene, scene.alice.says("Delete", answers[1]["object"]["id"], cc=[]), scene.alice)

        for delete in (bare, aside):
            assert await scene.arrives(delete) == ["accepted"]

        assert [got["type"] for got in await forwarded(scene, other)] == ["Create", "Create"]


async def test_nobody_ends_anothers_answer_through_us(scene: Scene) -> None:
    """FEP-fe34: neighbours on one host are strangers."""
    async with a_follower(scene) as other:
        post, mallory = await said(scene), scene.peer.actor("mallory")
        answer = an_answer(scene, post)
        await scene.arrives(proven(scene, answer, scene.alice))
        await forwarded(scene, other)
        delete = mallory.says("Delete", answer["object"]["id"], cc=answer["cc"])

        assert await scene.arrives(proven(scene, delete, mallory), mallory) == ["refused_owner"]

        assert [got["type"] for got in await forwarded(scene, other)] == ["Create"]


async def test_what_was_forwarded_can_be_ended_whatever_else_was_forwarded(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """limits: the bound is for what comes; the end of what we brought goes always, that of the rest within the bound."""
    monkeypatch.setattr(limits, "FORWARDED_AN_HOUR", 1)
    async with a_follower(scene) as other:
        post = await said(scene)
        answers = [an_answer(scene, post) for _ in range(2)]
        for answer in answers:
            await scene.arrives(proven(scene, answer, scene.alice))
        await forwarded(scene, other)
        for answer in answers:
            delete = scene.alice.says("Delete", answer["object"]["id"], cc=answer["cc"])
            await scene.arrives(proven(scene, delete, scene.alice))

        got = await forwarded(scene, other)

        assert [one["type"] for one in got] == ["Create", "Delete"]
        assert got[1]["object"] == answers[0]["object"]["id"]


async def test_answer_that_was_deleted_is_brought_to_nobody_any_more(scene: Scene) -> None:
    """Privacy: also its bare Delete, which nobody else would believe, keeps what waits here from leaving later."""
    async with a_follower(scene) as other:
        post, up = await said(scene), other.answers
        other.answers = lambda _received: 503
        answer = an_answer(scene, post)
        await scene.arrives(proven(scene, answer, scene.alice))
        assert await forwarded(scene, other) == []
        await scene.arrives(scene.alice.says("Delete", answer["object"]["id"]))
        other.answers = up
        scene.clock.pass_(3600)

        assert await forwarded(scene, other) == []


async def test_what_we_forward_is_not_shown_as_ours(scene: Scene) -> None:
    """Another's words are in nobody's outbox here."""
    async with a_follower(scene) as other:
        post = await said(scene)
        await scene.arrives(proven(scene, an_answer(scene, post), scene.alice))
        assert len(await forwarded(scene, other)) == 1

        outbox = (await scene.peer.get(scene.node, f"{scene.member.uri}/outbox")).json

        assert outbox["totalItems"] == 1
