"""A group of one node, members on two others: what is said to it reaches them whole, and what becomes of it too."""

from coopfed.features.groups import actions, store
from coopfed.features.groups.actions import Ruling
from coopfed.features.posts.actions import delete_post, edit_post
from coopfed.features.posts.rules import Draft
from tests.federation.test_nodes_together import members
from tests.support.nodes import an_actor
from tests.support.peers import until
from webfinger.resolve import find_actor

from tests.federation.test_nodes_together import Member  # isort: skip


async def test_group_carries_posts_comments_edits_and_their_end_between_nodes(database_urls: list[str]) -> None:
    """FEP-1b12: bakery hears of farm, whom it does not follow, by the group alone."""
    async with members(database_urls, "umbrella", "farm", "bakery") as (umbrella, farm, bakery):
        club = Member(umbrella.node, await an_actor(umbrella.node, "club", "group"))
        for one in (farm, bakery):
            await one.follows(club)

        async def learnt() -> bool:
            hosts = [one.node.config.authority for one in (farm, bakery)]
            return all([(await club.node.db.read(store.software, host))[1] for host in hosts])

        await until(learnt)
        post = await farm.says(f"{club.handle} who bakes?")
        await bakery.sees(post)
        comment = await bakery.says("We do", answers=post.uri)

        async def joined() -> bool:
            found = [await one.knows(comment.uri) for one in (umbrella, farm)]
            return all(row is not None and row.in_reply_to_id is not None for row in found)

        await until(joined)
        edited = await edit_post(farm.node, farm.row, post, Draft(f"{club.handle} who bakes bread?"))

        async def read_again() -> bool:
            found = await bakery.knows(edited.uri)
            return found is not None and "bread" in found.content

        await until(read_again)
        await delete_post(farm.node, farm.row, post)

        async def gone() -> bool:
            found = await bakery.knows(post.uri)
            return found is not None and found.deleted_at is not None

        await until(gone)


async def test_moderator_of_another_node_takes_a_post_out(database_urls: list[str]) -> None:
    """FEP-1b12 *Moderation*: appointed at the group's node, acting from its own."""
    async with members(database_urls, "umbrella", "farm", "bakery") as (umbrella, farm, bakery):
        club = Member(umbrella.node, await an_actor(umbrella.node, "club", "group"))
        for one in (farm, bakery):
            await one.follows(club)
        await actions.appoint(umbrella.node, club.row, await find_actor(umbrella.node, farm.handle))
        post = await umbrella.says("@club cheap pills")
        await bakery.sees(post)
        there = await find_actor(farm.node, club.handle)

        await actions.rule(farm.node, there, farm.row, Ruling("Delete", post.uri))

        await bakery.sees()
        kept = await umbrella.knows(post.uri)
        assert kept is not None
        assert kept.deleted_at is None
