"""Likes and boosts between other people's software and ours, and how they are taken back; in their store and in our rows."""

import pytest

from coopfed.features.reactions import actions as reactions
from coopfed.features.reactions.rules import BOOST, LIKE
from tests.peers.stage import WHOLE, Cooperative, Foreigner
from tests.support.peers import until

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("server", WHOLE, indirect=True)]


async def test_a_foreign_actor_likes_and_boosts_and_takes_it_back(member: Cooperative, foreigner: Foreigner) -> None:
    """ActivityPub 7.10, 7.11, 6.10: counted by our post, each under the id it came with, and no longer after its Undo."""
    post = await member.says("The market opens on Saturday")

    like = await foreigner.does("react", kind="like", object=post.uri)
    boost = await foreigner.does("react", kind="boost", object=post.uri)

    async def counted(likes: int, shares: int) -> bool:
        found = await member.post(post.uri)
        return found is not None and (found.likes_count, found.shares_count) == (likes, shares)

    await until(lambda: counted(1, 1))
    assert sorted(await member.reactions(post.uri)) == sorted(
        [(LIKE, foreigner.id, like), (BOOST, foreigner.id, boost)]
    )

    await foreigner.does("unreact", kind="like", object=post.uri, id=like)
    await foreigner.does("unreact", kind="boost", object=post.uri, id=boost)

    await until(lambda: counted(0, 0))
    assert await member.reactions(post.uri) == []
    assert sorted(await member.taken(foreigner.id)) == [
        (type, "accepted") for type in ("Announce", "Like", "Undo", "Undo")
    ]
    assert await member.verified(foreigner.id) == {foreigner.server.signs_with}


async def test_a_cooperative_likes_and_boosts_and_takes_it_back(member: Cooperative, foreigner: Foreigner) -> None:
    """ActivityPub 6.8, 7.11, 6.10: the author's server knows of both, and of neither any more after the Undo."""
    await member.follows(foreigner)
    theirs = await foreigner.does("post", content="<p>Harvest on Saturday</p>")
    await until(lambda: member.post(theirs))
    post = await member.post(theirs)
    assert post is not None

    await reactions.like(member.node, member.row, post.id)
    await reactions.boost(member.node, member.row, post.id)

    async def known(*wanted: tuple[str, str]) -> bool:
        return await foreigner.reactions(theirs) == [*wanted]

    await until(lambda: known(("likes", member.id), ("boosts", member.id)))

    await reactions.unlike(member.node, member.row, post.id)
    await reactions.unboost(member.node, member.row, post.id)

    await until(known)
    # A like goes to its author's inbox and a boost to the shared one: between the two nothing is promised.
    arrived = [one for one in await foreigner.arrivals(member.id) if one["type"] != "Follow"]
    assert sorted(one["type"] for one in arrived) == ["Announce", "Like", "Undo", "Undo"]
    assert {(one["status"], one["scheme"]) for one in arrived} == {(202, "cavage")}
