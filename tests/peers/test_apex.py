"""What activitypub-express refuses, and what becomes of it."""

import pytest

from coopfed.features.reactions import actions as reactions
from coopfed.net.peers import find
from tests.peers.process import PeerProcess
from tests.peers.stage import Cooperative, Foreigner
from tests.support.deliveries import counts
from tests.support.peers import until

pytestmark = pytest.mark.slow


async def test_a_like_that_a_server_has_no_use_for_is_given_up(member: Cooperative, apex: PeerProcess) -> None:
    """s2s 2.18: 400 is final. That server takes a like of an activity only; nothing else suffers from its answer."""
    made = await apex.order("actor", name="mill")
    mill = Foreigner(apex, "mill", made["id"], made["handle"])
    await member.follows(mill)
    theirs = await mill.does("post", content="<p>We grind on Friday</p>")
    await until(lambda: member.post(theirs))
    post = await member.post(theirs)
    assert post is not None

    await reactions.like(member.node, member.row, post.id)

    async def given_up() -> bool:
        return (await member.node.db.read_long(counts))["given_up"] == 1

    await until(given_up)
    arrived = [(one["type"], one["scheme"], one["status"]) for one in await mill.arrivals(member.id)]
    assert arrived == [("Follow", "cavage", 200), ("Like", "cavage", 400), ("Like", "rfc9421", 500)]
    host = await member.node.db.read(find, apex.host)
    assert host is not None
    assert not host.slow
