"""Public, unlisted, for followers, direct: between other people's software and ours; in their store (whom it took the post to be for,
and who of its actors may read it) and in our rows (who here sees it)."""

import pytest

from actors.lookup import ActorRow
from actors.visibility import NOBODY
from coopfed.db.tx import Tx
from coopfed.features.posts import visible
from coopfed.features.posts.actions import edit_post
from coopfed.features.posts.rules import Draft
from coopfed.features.posts.store import PostRow
from coopfed.vocab.audience import Visibility
from coopfed.vocab.terms import PUBLIC
from tests.peers.process import PeerProcess
from tests.peers.stage import WHOLE, Cooperative, Foreigner, Record, moved_in
from tests.support.nodes import an_actor
from tests.support.peers import until

pytestmark = pytest.mark.slow

LEVELS = tuple(Visibility)


async def kept(foreigner: Foreigner, uri: str) -> Record:
    """A post as the foreign server has it: whom it is for, and who may read it; once it is there."""
    await until(lambda: foreigner.post(uri))
    found = await foreigner.post(uri)
    assert found is not None
    return {name: found[name] for name in ("to", "cc", "readers")}


def addressed(member: Cooperative, reader: Foreigner, visibility: Visibility) -> Record:
    """What that is to be (s2s 2.7): nobody but the named may read what is not for everybody."""
    followers = f"{member.id}/followers"
    return {
        Visibility.PUBLIC: {"to": [PUBLIC], "cc": [followers], "readers": None},
        Visibility.UNLISTED: {"to": [followers], "cc": [PUBLIC], "readers": None},
        Visibility.FOLLOWERS: {"to": [followers], "cc": [], "readers": [reader.name]},
        Visibility.DIRECT: {"to": [reader.id], "cc": [], "readers": [reader.name]},
    }[visibility]


async def stored(member: Cooperative, uri: str) -> PostRow:
    """A post of a foreign actor as it is stored here, once it has come."""
    await until(lambda: member.post(uri))
    found = await member.post(uri)
    assert found is not None
    return found


async def seen_by(member: Cooperative, post: PostRow, *viewers: ActorRow) -> list[bool]:
    """Whether each of these actors of ours sees the post, and whether everybody does."""
    return await member.node.db.read(_seen_by, post.id, [*(viewer.id for viewer in viewers), NOBODY])


def _seen_by(tx: Tx, post_id: int, viewers: list[int]) -> list[bool]:
    return [post_id in visible.by_ids(tx, [post_id], viewer) for viewer in viewers]


@pytest.mark.parametrize("visibility", LEVELS)
async def test_foreign_server_reads_whom_a_post_of_ours_is_for(
    member: Cooperative, foreigner: Foreigner, stranger: Foreigner, visibility: Visibility
) -> None:
    """s2s 2.7: a neighbour of the reader, who follows nobody, may read only what is for everybody."""
    await foreigner.does("follow", target=member.handle)
    await foreigner.is_let_in(member)
    named = f"{foreigner.handle} " if visibility is Visibility.DIRECT else ""

    post = await member.says(f"{named}the price of flour", visibility=visibility)

    assert await kept(foreigner, post.uri) == addressed(member, foreigner, visibility)


async def test_post_for_followers_reaches_no_server_without_one(member: Cooperative, stranger: Foreigner) -> None:
    """s2s 2.7: not although we follow somebody there; whom it names it reaches, and nobody else may read it there."""
    await member.follows(stranger)

    unheard = await member.says("Among us", visibility=Visibility.FOLLOWERS)
    naming = await member.says(f"{stranger.handle} among us", visibility=Visibility.FOLLOWERS)

    assert (await kept(stranger, naming.uri))["readers"] == [stranger.name]
    assert await stranger.post(unheard.uri) is None
    arrived = [one["type"] for one in await stranger.arrivals(member.id)]
    assert arrived == ["Follow", "Create"]


@pytest.mark.parametrize("server", ["fedify"], indirect=True)
async def test_post_for_followers_is_shown_to_foreign_followers_alone(
    member: Cooperative, foreigner: Foreigner, stranger: Foreigner
) -> None:
    """security 1.7: both on one server, each asking with its own signature."""
    await foreigner.does("follow", target=member.handle)
    await foreigner.is_let_in(member)
    post = await member.says("Among us", visibility=Visibility.FOLLOWERS)

    shown = [await one.server.order("sees", as_=one.name, id=post.uri) for one in (foreigner, stranger)]

    assert shown == [{"seen": True}, {"seen": False}]


@pytest.mark.parametrize("server", WHOLE, indirect=True)
async def test_edit_of_ours_does_not_widen(member: Cooperative, foreigner: Foreigner, stranger: Foreigner) -> None:
    """ActivityPub 6.3: it is for whom it was, and besides only for whom the new text names."""
    await foreigner.does("follow", target=member.handle)
    await foreigner.is_let_in(member)
    post = await member.says("Among us", visibility=Visibility.FOLLOWERS)
    before = await kept(foreigner, post.uri)

    await edit_post(member.node, member.row, post, Draft(f"{stranger.handle} among us now", language="en"))

    async def edited() -> bool:
        found = await foreigner.post(post.uri)
        return found is not None and "now" in found["content"]

    await until(edited)
    after = await kept(foreigner, post.uri)
    assert before == addressed(member, foreigner, Visibility.FOLLOWERS)
    assert (after["to"], after["cc"]) == (before["to"], [stranger.id])
    assert sorted(after["readers"]) == sorted([foreigner.name, stranger.name])


@pytest.mark.parametrize("visibility", LEVELS)
async def test_post_of_a_foreign_actor_is_seen_here_by_whom_it_is_for(
    member: Cooperative, foreigner: Foreigner, visibility: Visibility
) -> None:
    """s2s 2.7: the follower sees it, and a neighbour who does not follow only what is for everybody."""
    await member.follows(foreigner)
    neighbour = await an_actor(member.node, "neighbour")
    mentions = [member.handle] if visibility is Visibility.DIRECT else []

    uri = await foreigner.does("post", content="<p>Harvest</p>", visibility=visibility.value, mentions=mentions)

    post = await stored(member, uri)
    everybody = visibility in (Visibility.PUBLIC, Visibility.UNLISTED)
    assert post.visibility == visibility
    assert await seen_by(member, post, member.row, neighbour) == [True, everybody, everybody]


async def test_foreign_post_for_followers_does_not_come_without_one(member: Cooperative, foreigner: Foreigner) -> None:
    """s2s 2.7: the server of whoever does not follow is sent nothing of it; of what names our actor it is."""
    unheard = await foreigner.does("post", content="<p>Among us</p>", visibility="followers")
    naming = await foreigner.does("post", content="<p>You</p>", visibility="followers", mentions=[member.handle])

    post = await stored(member, naming)
    neighbour = await an_actor(member.node, "neighbour")
    assert post.visibility == Visibility.FOLLOWERS
    assert await seen_by(member, post, member.row, neighbour) == [True, False, False]
    assert await member.post(unheard) is None


@pytest.mark.parametrize("server", WHOLE, indirect=True)
@pytest.mark.parametrize("visibility", [Visibility.FOLLOWERS, Visibility.DIRECT])
async def test_edit_of_a_foreign_actor_does_not_widen(
    member: Cooperative, foreigner: Foreigner, visibility: Visibility
) -> None:
    """s2s 2.10: whatever the edit claims, who could not see the post does not see it now."""
    await member.follows(foreigner)
    neighbour = await an_actor(member.node, "neighbour")
    mentions = [member.handle] if visibility is Visibility.DIRECT else []
    uri = await foreigner.does("post", content="<p>Among us</p>", visibility=visibility.value, mentions=mentions)
    await stored(member, uri)

    await foreigner.does("edit", id=uri, content="<p>Everybody</p>", visibility="public")

    async def edited() -> bool:
        found = await member.post(uri)
        return found is not None and "Everybody" in found.content

    await until(edited)
    post = await stored(member, uri)
    assert post.visibility == visibility
    assert await seen_by(member, post, member.row, neighbour) == [True, False, False]


async def test_direct_post_comes_to_nobodys_shared_inbox(member: Cooperative, fedify: PeerProcess) -> None:
    """Design 9: what is for named people goes to their own inboxes; a shared one would have to guess whom it is for."""
    readers = [await moved_in(fedify, name) for name in ("reader", "otherreader")]

    post = await member.says(f"{readers[0].handle} the price", visibility=Visibility.DIRECT)

    await until(lambda: readers[0].post(post.uri))
    record = await readers[0].post(post.uri)
    assert record is not None
    assert (record["inboxes"], record["readers"]) == (["reader"], ["reader"])
