"""Follower synchronisation with Fedify (FEP-8fcf), and its follow of a locked cooperative: another implementation of the same words."""

from collections.abc import AsyncIterator

import pytest

from coopfed.db.tx import Tx
from coopfed.features.follows import actions as follows
from coopfed.features.follows.synchronise import sync
from coopfed.features.posts.actions import create_post
from coopfed.features.posts.rules import Draft
from coopfed.features.profiles.actions import set_locked
from coopfed.node import Node
from coopfed.vocab.audience import Visibility
from tests.peers.process import Authority
from tests.peers.stage import Cooperative, Foreigner
from tests.support.nodes import a_served_node, an_actor
from tests.support.peers import until

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("server", ["fedify"], indirect=True)]

SCALE = 50
"""The ten seconds before a difference is looked into pass so much faster."""


@pytest.fixture
async def ours(database_url: str, authority: Authority) -> AsyncIterator[Node]:
    """As everywhere here, in quick time."""
    certificate, bundle = authority.certificate, authority.bundle
    async with a_served_node(
        database_url, work=True, certificate=certificate, ca_bundle=bundle, time_scale=SCALE
    ) as node:
        yield node


async def test_follow_that_fedify_lost_ends_here(member: Cooperative, ours: Node, foreigner: Foreigner) -> None:
    """FEP-8fcf *On the receiving end*: the header beside Fedify's post, its list at an address with a query, the same digest."""
    other = Cooperative(ours, await an_actor(ours, "other"))
    for cooperative in (member, other):
        await cooperative.follows(foreigner)
    await foreigner.server.order("knock", origin=ours.urls.base, scheme="cavage")
    await foreigner.server.order("drop", as_=foreigner.name, follower=other.id)

    note = await foreigner.does("among", content="Among us")

    async def ended() -> bool:
        return await other.follow_of(other.id, foreigner.id) is None

    await until(ended)
    follow = await member.follow_of(member.id, foreigner.id)
    assert follow is not None
    assert follow.accepted
    assert await member.post(note) is not None


async def test_header_that_fedify_does_not_sign_is_passed_over(
    member: Cooperative, ours: Node, foreigner: Foreigner
) -> None:
    """FEP-8fcf: *signed*: with RFC 9421 Fedify sends the header and does not cover it; the post is taken, and nothing ends."""
    other = Cooperative(ours, await an_actor(ours, "other"))
    for cooperative in (member, other):
        await cooperative.follows(foreigner)
    await foreigner.server.order("knock", origin=ours.urls.base, scheme="rfc9421")
    await foreigner.server.order("drop", as_=foreigner.name, follower=other.id)

    notes = [await foreigner.does("among", content=f"Among us {number}") for number in range(2)]

    async def there() -> bool:
        return await member.post(notes[-1]) is not None

    await until(there)
    assert await ours.db.read(_heard) == 0
    assert await other.follow_of(other.id, foreigner.id) is not None


def _heard(tx: Tx) -> int:
    return len(tx.execute(sync.select()).all())


@pytest.mark.parametrize("scheme", ["cavage", "rfc9421"])
async def test_fedify_verifies_what_carries_our_header(
    member: Cooperative, ours: Node, foreigner: Foreigner, scheme: str
) -> None:
    """FEP-8fcf *On the sender end*: one more signed header breaks no verifier, in either kind of signature."""
    await foreigner.does("follow", target=member.handle)
    await foreigner.is_let_in(member)
    await member.knocks(foreigner, scheme)

    post = await create_post(ours, member.row, Draft("Among us", Visibility.FOLLOWERS, "en"))

    async def arrived() -> bool:
        return await foreigner.post(post.uri) is not None

    await until(arrived)
    creates = [one for one in await foreigner.arrivals(member.id) if one["type"] == "Create"]
    assert [(one["scheme"], one["status"]) for one in creates] == [(scheme, 202)]


async def test_locked_cooperative_lets_fedify_in_later(member: Cooperative, ours: Node, foreigner: Foreigner) -> None:
    """s2s 2.11: asked, told, let in: Fedify takes an Accept that comes when it comes."""
    await set_locked(ours, member.row, True)
    await foreigner.does("follow", target=member.handle)

    async def waits() -> bool:
        row = await member.follow_of(foreigner.id, member.id)
        return row is not None and not row.accepted

    await until(waits)
    before = await foreigner.state_towards(member.id)
    await follows.let_in(ours, member.row, (await member.known(foreigner)).id)

    await foreigner.is_let_in(member)
    assert before == "asked"
    assert (await member.itself()).followers_count == 1
