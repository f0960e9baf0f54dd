"""What active-boxes can do and the other foreign servers do not."""

import pytest

from tests.peers.process import PeerProcess
from tests.peers.stage import Cooperative, Foreigner

pytestmark = pytest.mark.slow


async def test_an_ed25519_key_of_another_server_is_understood(member: Cooperative, active_boxes: PeerProcess) -> None:
    """FEP-521a, RFC 9421 §3.3.6: the key is found among the assertion methods of the actor, and its signature is valid."""
    made = await active_boxes.order("actor", name="mill")
    mill = Foreigner(active_boxes, "mill", made["id"], made["handle"])
    await active_boxes.order("knock", origin=member.node.urls.base, scheme="ed25519")

    await mill.does("follow", target=member.handle)
    await mill.is_let_in(member)

    assert await member.arrivals(mill.id) == [("Follow", "accepted", "rfc9421")]
