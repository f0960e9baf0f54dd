"""Fedify's actors in a group of ours, and ours in a group of Fedify's, which passes on as Guppe does or as Lemmy (FEP-1b12).

Read in Fedify's own store and in our rows. Another node of ours with a member stands for the rest of the group.
"""

from collections.abc import AsyncIterator

import pytest

from coopfed.features.groups import store as groups
from coopfed.features.posts import groups as places
from coopfed.features.posts.actions import create_post
from coopfed.features.posts.rules import Draft
from coopfed.features.reactions.rules import BOOST
from coopfed.node import Node
from tests.peers.process import Authority, PeerProcess
from tests.peers.stage import Cooperative, Foreigner, moved_in
from tests.support.nodes import a_served_node, an_actor
from tests.support.peers import until

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("server", ["fedify"], indirect=True)]


@pytest.fixture
async def ours(database_urls: list[str], authority: Authority) -> AsyncIterator[Node]:
    """The node of the group: the first of two."""
    async with _a_node(database_urls[0], authority) as node:
        yield node


@pytest.fixture
async def elsewhere(database_urls: list[str], authority: Authority) -> AsyncIterator[Cooperative]:
    """A member on another node of ours."""
    async with _a_node(database_urls[1], authority) as node:
        yield Cooperative(node, await an_actor(node, "bakery"))


def _a_node(url: str, authority: Authority) -> AsyncIterator[Node]:
    return a_served_node(url, work=True, certificate=authority.certificate, ca_bundle=authority.bundle)


@pytest.fixture
async def club(ours: Node) -> Cooperative:
    """A group of ours."""
    return Cooperative(ours, await an_actor(ours, "club", "group"))


async def joins(foreigner: Foreigner, club: Cooperative) -> None:
    """Follows the group; returns when that is granted, and the group has learnt what its server runs."""
    await foreigner.does("follow", target=club.handle)
    await foreigner.is_let_in(club)
    await learnt(club, foreigner.server.host)


async def learnt(club: Cooperative, host: str) -> None:
    """Returns when the group knows in which form a host reads what it passes on."""

    async def known() -> bool:
        return (await club.node.db.read(groups.software, host))[0] is not None

    await until(known)


async def is_a_member(cooperative: Cooperative, club: Cooperative) -> None:
    """Follows the group from another node; returns when the group knows what that runs."""
    await cooperative.follows(club)
    await learnt(club, cooperative.node.config.authority)


async def boosts(foreigner: Foreigner, actor: str) -> list[str]:
    """What Fedify's store has as boosted by an actor."""
    known = (await foreigner.store())["boosts"]
    return [one["object"] for one in known.values() if one["actor"] == actor]


async def test_foreign_member_posts_to_a_group_of_ours(
    club: Cooperative, member: Cooperative, foreigner: Foreigner, stranger: Foreigner, elsewhere: Cooperative
) -> None:
    """FEP-1b12: a mention brings the post to the group; everybody who follows it hears of it, in the form that their server reads."""
    await joins(foreigner, club)
    await joins(stranger, club)
    await member.follows(club)
    await is_a_member(elsewhere, club)

    post = await foreigner.does("post", content="<p>Who sells nets?</p>", mentions=[club.handle])

    async def heard() -> bool:
        here = await member.home() == [(post, club.id)] and await elsewhere.home() == [(post, club.id)]
        return here and await boosts(stranger, club.id) == [post]

    await until(heard)
    assert [one["status"] for one in await stranger.arrivals(club.id) if one["type"] == "Announce"] == [202]

    await foreigner.does("remove", id=post)

    async def gone() -> bool:
        rows = [await one.post(post) for one in (member, elsewhere)]
        deleted = all(row is not None and row.deleted_at is not None for row in rows)
        return deleted and await boosts(stranger, club.id) == []

    await until(gone)
    assert (await member.home(), await elsewhere.home()) == ([], [])


async def test_foreign_member_hears_of_others_and_comments(
    club: Cooperative, member: Cooperative, foreigner: Foreigner, elsewhere: Cooperative
) -> None:
    """FEP-1b12: a post of ours is announced to it, and its comment joins the thread wherever the group has members; no comment is
    boosted (LemmyNet/lemmy#2224)."""
    await joins(foreigner, club)
    await is_a_member(elsewhere, club)
    post = await create_post(club.node, member.row, Draft("@club who bakes bread?", language="en"))

    async def heard() -> bool:
        return await boosts(foreigner, club.id) == [post.uri] and await elsewhere.home() == [(post.uri, club.id)]

    await until(heard)
    comment = await foreigner.does("post", content="<p>We do</p>", inReplyTo=post.uri)

    async def joined() -> bool:
        rows = [await one.post(comment) for one in (member, elsewhere)]
        return all(row is not None and row.in_reply_to_id is not None for row in rows)

    await until(joined)
    row = await member.post(comment)
    assert row is not None
    assert [found.id for found in await club.node.db.read(places.standing_in, row.id)] == [club.row.id]
    assert await boosts(foreigner, club.id) == [post.uri]
    assert await elsewhere.home() == [(post.uri, club.id)]

    await foreigner.does("remove", id=comment)

    async def gone() -> bool:
        rows = [await one.post(comment) for one in (member, elsewhere)]
        return all(found is not None and found.deleted_at is not None for found in rows)

    await until(gone)


@pytest.mark.parametrize("form", ["plain", "whole"])
async def test_our_member_in_a_foreign_group(
    member: Cooperative, foreigner: Foreigner, fedify: PeerProcess, form: str
) -> None:
    """FEP-1b12: our post comes to the group by a mention; what the group announces, an id or a whole Create, stands in the home of its
    follower once, and whoever answers it here tells the group too."""
    guild = await moved_in(fedify, f"guild{foreigner.name}", group=form)
    await member.follows(guild)
    await foreigner.does("follow", target=guild.handle)

    ours = await member.says(f"{guild.handle} who bakes bread?")
    theirs = await foreigner.does("post", content="<p>Who sells nets?</p>", mentions=[guild.handle])

    async def heard() -> bool:
        # A post stands there once: our own does since it was written.
        return set(await member.home()) == {(ours.uri, None), (theirs, guild.id)}

    async def boosted() -> bool:
        return [(kind, actor) for kind, actor, _id in await member.reactions(ours.uri)] == [(BOOST, guild.id)]

    await until(heard)
    await until(boosted)
    record = await guild.post(ours.uri)
    assert record is not None
    assert guild.id in [*record["to"], *record["cc"]]
    known = await member.post(theirs)
    assert known is not None
    assert [group.uri for group in await member.node.db.read(places.standing_in, known.id)] == [guild.id]

    answer = await member.says("We do", answers=theirs)
    await until(lambda: foreigner.post(answer.uri))
    told = await foreigner.post(answer.uri)
    assert told is not None
    assert guild.id in told["cc"]

    await foreigner.does("remove", id=theirs)

    async def gone() -> bool:
        return await member.home() == [(answer.uri, None), (ours.uri, None)]

    await until(gone)
    left = await member.post(theirs)
    assert left is not None
    # Only the whole form tells of the Delete; the end of a boost is no more than that.
    assert (left.deleted_at is not None) == (form == "whole")


@pytest.mark.parametrize("ending", ["leave", "unfollow"])
async def test_foreign_actor_joins_a_group_of_ours_and_leaves(
    club: Cooperative, foreigner: Foreigner, ending: str
) -> None:
    """ActivityStreams, Join and Leave: Fedify takes our Accept for that of its Join, and both ways out are ways out."""
    asked = await foreigner.does("join", target=club.handle)
    await foreigner.is_let_in(club)
    row = await club.follow_of(foreigner.id, club.id)
    assert row is not None
    assert (row.accepted, row.joined, row.uri) == (True, True, asked)

    await foreigner.does(ending, target=club.id, **({} if ending == "leave" else {"follow": asked}))

    async def out() -> bool:
        return await club.follow_of(foreigner.id, club.id) is None

    await until(out)
    assert await club.taken(foreigner.id) == [
        ("Join", "accepted"),
        ("Leave" if ending == "leave" else "Undo", "accepted"),
    ]
    assert (await club.itself()).followers_count == 0
