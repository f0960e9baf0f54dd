"""Two nodes of ours vote on each other's polls over HTTP, their loops at work: the counts agree, and nobody is named."""

from coopfed.features.polls.actions import vote
from coopfed.features.posts.actions import edit_post
from coopfed.features.posts.rules import Draft, PollDraft
from coopfed.vocab.audience import Visibility
from tests.federation.test_nodes_together import Member, members
from tests.support.peers import until
from tests.support.polls import OPTIONS, asks, counts, poll_of, told_of_polls, votes_stored

QUICK = 720.0
"""TIME_SCALE: five minutes are less than half a second, three minutes a quarter of one."""


async def votes_on(voter: Member, uri: str, *places: int) -> None:
    """Votes in a poll that has arrived."""
    post = await voter.knows(uri)
    assert post is not None
    await vote(voter.node, voter.row, post.id, places)


async def agree(uri: str, expected: dict[str, int], voters: int, *readers: Member) -> None:
    """Returns when all these nodes have these counts."""
    for reader in readers:

        async def there(reader: Member = reader) -> bool:
            return await counts(reader.node, uri) == (expected, voters)

        await until(there)


async def test_two_nodes_vote_on_each_others_polls(database_urls: list[str]) -> None:
    """Issue 4, 3: each asks, the other answers; one choice and several; the results come back by Updates."""
    async with members(database_urls, "bakery", "farm") as (bakery, farm):
        for one, other in ((bakery, farm), (farm, bakery)):
            object.__setattr__(one.node.clock, "scale", QUICK)
            await one.follows(other)
        first = await asks(bakery.node, bakery.row)
        second = await asks(farm.node, farm.row, multiple=True)
        for reader, poll in ((farm, first), (bakery, second)):
            await until(lambda reader=reader, poll=poll: reader.knows(poll.uri))

        await votes_on(farm, first.uri, 2)
        await votes_on(bakery, second.uri, 0, 1)

        await agree(first.uri, {"Olives": 0, "Bread": 0, "Wine": 1}, 1, bakery, farm)
        await agree(second.uri, {"Olives": 1, "Bread": 1, "Wine": 0}, 1, farm, bakery)
        assert [await votes_stored(one.node) for one in (bakery, farm)] == [3, 3]
        assert [await one.home() for one in (bakery, farm)] == [[second.uri, first.uri]] * 2
        assert [await one.told() for one in (bakery, farm)] == [["follow"], ["follow"]]


async def test_poll_for_followers_ends_on_both_nodes(database_urls: list[str]) -> None:
    """Issue 4, 3: hidden until the end; then both know the result, and both the author and who voted are told."""
    async with members(database_urls, "bakery", "farm") as (bakery, farm):
        await farm.follows(bakery)
        for one in (bakery, farm):
            object.__setattr__(one.node.clock, "scale", 100.0)
        poll = await asks(bakery.node, bakery.row, visibility=Visibility.FOLLOWERS, hide_totals=True, expires_in=300)
        await until(lambda: farm.knows(poll.uri))

        await votes_on(farm, poll.uri, 1)
        await until(lambda: votes_stored(bakery.node))
        hidden = (await poll_of(farm.node, poll.uri)).hidden

        await until(lambda: told_of_polls(farm.node, farm.row))
        await until(lambda: told_of_polls(bakery.node, bakery.row))
        await agree(poll.uri, {"Olives": 0, "Bread": 1, "Wine": 0}, 1, bakery, farm)
        assert hidden
        assert [(await poll_of(one.node, poll.uri)).hidden for one in (bakery, farm)] == [False, False]


async def test_edit_of_the_options_drops_the_votes_on_both_nodes(database_urls: list[str]) -> None:
    """s2s 2.9: another question; who voted may vote again, and the second vote counts."""
    async with members(database_urls, "bakery", "farm") as (bakery, farm):
        await farm.follows(bakery)
        for one in (bakery, farm):
            object.__setattr__(one.node.clock, "scale", QUICK)
        poll = await asks(bakery.node, bakery.row)
        await until(lambda: farm.knows(poll.uri))
        await votes_on(farm, poll.uri, 2)
        await agree(poll.uri, dict.fromkeys(OPTIONS, 0) | {"Wine": 1}, 1, bakery, farm)

        await edit_post(bakery.node, bakery.row, poll, Draft("So?", poll=PollDraft(("Yes", "No"))))
        await agree(poll.uri, {"Yes": 0, "No": 0}, 0, bakery, farm)
        await votes_on(farm, poll.uri, 0)

        await agree(poll.uri, {"Yes": 1, "No": 0}, 1, bakery, farm)
