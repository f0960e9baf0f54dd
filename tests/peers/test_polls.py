"""Fedify's actors vote in our polls, and ours in theirs, over TLS: read in Fedify's own store and in our rows."""

import pytest

from coopfed.features.polls.actions import vote
from tests.peers.process import PeerProcess
from tests.peers.stage import Cooperative, Foreigner
from tests.support.peers import until
from tests.support.polls import OPTIONS, asks, counts, poll_of, votes_stored

pytestmark = pytest.mark.slow

QUICK = 360.0
"""TIME_SCALE: three minutes are half a second."""


@pytest.fixture
def server(fedify: PeerProcess) -> PeerProcess:
    """Only Fedify's vocabulary knows polls."""
    return fedify


async def counted_there(foreigner: Foreigner, poll: str) -> dict[str, int | None]:
    """The counts of a poll of ours, as Fedify read them."""
    record = await foreigner.post(poll)
    assert record is not None
    found: dict[str, int | None] = record["poll"]["counts"]
    return found


@pytest.mark.parametrize("multiple", [False, True], ids=["one", "several"])
async def test_a_foreign_actor_votes_in_our_poll(member: Cooperative, foreigner: Foreigner, multiple: bool) -> None:
    """s2s 2.9: its Create is counted once; our Update brings the counts back, and is no edit there."""
    object.__setattr__(member.node.clock, "scale", QUICK)
    await foreigner.does("follow", target=member.handle)
    await foreigner.is_let_in(member)
    poll = await asks(member.node, member.row, multiple=multiple)
    await until(lambda: foreigner.post(poll.uri))

    for name in ("Wine", "Bread"):
        await foreigner.does("vote", poll=poll.uri, name=name)
    expected = dict.fromkeys(OPTIONS, 0) | {"Wine": 1} | ({"Bread": 1} if multiple else {})

    async def told() -> bool:
        return await counted_there(foreigner, poll.uri) == expected

    await until(told)
    record = await foreigner.post(poll.uri)
    assert record is not None
    assert await counts(member.node, poll.uri) == (expected, 1)
    assert (record["poll"]["voters"], record["edits"]) == (1, [])
    assert record["poll"]["endTime"] is not None
    second = "accepted" if multiple else "duplicate"
    assert await member.taken(foreigner.id) == [("Follow", "accepted"), ("Create", "accepted"), ("Create", second)]


@pytest.mark.parametrize("multiple", [False, True], ids=["one", "several"])
async def test_our_actor_votes_in_a_foreign_poll(member: Cooperative, foreigner: Foreigner, multiple: bool) -> None:
    """s2s 2.9: read as a poll here; each choice comes there as a vote with our actor's name on it, and as no post."""
    await member.follows(foreigner)
    uri = await foreigner.does("ask", content="<p>What?</p>", options=list(OPTIONS), multiple=multiple)
    await until(lambda: member.post(uri))
    post = await member.post(uri)
    assert post is not None
    chosen = [2, 0] if multiple else [2]

    await vote(member.node, member.row, post.id, chosen)

    async def counted() -> bool:
        return len((await foreigner.store())["votes"][uri]) == len(chosen)

    await until(counted)
    store = await foreigner.store()
    row = await poll_of(member.node, uri)
    assert [one["name"] for one in store["votes"][uri]] == [OPTIONS[place] for place in chosen]
    assert {one["actor"] for one in store["votes"][uri]} == {member.id}
    assert [author for author in (known["author"] for known in store["posts"].values()) if author == member.id] == []
    assert (row.titles, row.multiple, row.closed_at) == (OPTIONS, multiple, None)
    assert await votes_stored(member.node) == len(chosen)
    assert [one["status"] for one in await foreigner.arrivals(member.id)] == [202] * (1 + len(chosen))
