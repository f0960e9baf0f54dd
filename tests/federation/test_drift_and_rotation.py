"""What two nodes of ours believe of each other after something was lost, and while both change their keys: over real HTTP, at work."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import select

from actors.local import add_keys, public_keys, retire_old_keys
from actors.lookup import by_uri
from actors.remote import actor_key
from coopfed.db.signals import Topic
from coopfed.db.tx import Tx
from coopfed.features.follows import store as follows
from coopfed.features.profiles.actions import rotate_keys
from coopfed.vocab.audience import Visibility
from tests.federation.test_nodes_together import Member, settled
from tests.support.deliveries import counts
from tests.support.nodes import a_key_pair, a_served_node, an_actor
from tests.support.peers import until

SCALE = 100
"""Waiting times of seconds and minutes pass so much faster."""


@asynccontextmanager
async def members(database_urls: list[str], *handles: str, **settings: Any) -> AsyncIterator[list[Member]]:
    """A member on a node of its own for each handle, in quick time."""
    async with AsyncExitStack() as stack:
        found = []
        for url, handle in zip(database_urls, handles, strict=False):
            node = await stack.enter_async_context(a_served_node(url, work=True, time_scale=SCALE, **settings))
            found.append(Member(node, await an_actor(node, handle)))
        yield found


async def followers(at: Member, of: Member) -> set[str]:
    """The accepted followers of an actor, as a node believes."""
    return await at.node.db.read(_followers, of.row.uri)


def _followers(tx: Tx, uri: str) -> set[str]:
    row = by_uri(tx, uri)
    assert row is not None
    accepted = (follows.follow.c.followed_id == row.id, follows.follow.c.state == "accepted")
    joined = select(follows.actor.c.uri).join(follows.follow, follows.follow.c.follower_id == follows.actor.c.id)
    return set(tx.execute(joined.where(*accepted)).scalars())


async def forget(at: Member, follower: Member, followed: Member) -> None:
    """A node loses a follow, as after a crash or an old backup."""
    await at.node.db.write(_forget, follower.row.uri, followed.row.uri)


def _forget(tx: Tx, follower: str, followed: str) -> None:
    one, other = by_uri(tx, follower), by_uri(tx, followed)
    assert one is not None
    assert other is not None
    row = follows.between(tx, one.id, other.id)
    assert row is not None
    follows.end(tx, row)


@pytest.mark.slow
async def test_follow_that_one_side_lost_is_brought_in_line(database_urls: list[str]) -> None:
    """FEP-8fcf, both ways and both directions: what the followed's node lost ends at the follower's; what the follower's node lost is
    taken back at the followed's; the others stay."""
    async with members(database_urls, "bakery", "farm") as (bakery, farm):
        mill, oven = [Member(bakery.node, await an_actor(bakery.node, name)) for name in ("mill", "oven")]
        for follower in (bakery, mill, oven):
            await follower.follows(farm)
        await forget(farm, bakery, farm)
        await forget(bakery, oven, farm)

        post = await farm.says("Among us", Visibility.FOLLOWERS)

        async def agreed() -> bool:
            return await followers(bakery, farm) == await followers(farm, farm) == {mill.row.uri}

        await mill.sees(post)
        await until(agreed)
        await bakery.sees()
        await settled(bakery.node, farm.node)


@pytest.mark.slow
async def test_nothing_is_lost_while_both_sides_change_their_keys(database_urls: list[str]) -> None:
    """s2s 2.4, bug GoToSocial#2170: announced with the old key; what is under way meanwhile is signed with either, and taken; afterwards
    the old one signs nothing, and each has the other's new one."""
    async with members(database_urls, "bakery", "farm") as (bakery, farm):
        await bakery.follows(farm)
        await farm.follows(bakery)
        await asyncio.sleep(0.002)  # the keys' numbers are milliseconds
        before = [await _newest(one) for one in (bakery, farm)]

        first = await asyncio.gather(*(one.says(f"Before {number}") for number in range(4) for one in (bakery, farm)))
        await asyncio.gather(*(rotate_keys(one.node, one.row) for one in (bakery, farm)))
        later = await asyncio.gather(
            *(one.says(f"Under way {number}") for number in range(4) for one in (bakery, farm))
        )

        for one in (bakery, farm):
            await one.sees(*first, *later)
            await settled(one.node)
            assert (await one.node.db.read_long(counts))["given_up"] == 0
            await until(lambda one=one: _has_one_key(one))
        after = [await _newest(one) for one in (bakery, farm)]
        assert not set(before) & set(after)
        assert await _known(bakery, farm) == {after[1]}
        assert await _known(farm, bakery) == {after[0]}
        last = [await one.says("Afterwards") for one in (bakery, farm)]
        for one in (bakery, farm):
            await one.sees(*first, *later, *last)


async def test_keys_that_nobody_announced_are_found(database_urls: list[str]) -> None:
    """s2s 2.4: the Update got lost (a restored backup, a new machine): the other side holds the old keys, and asks for the new ones."""
    async with members(database_urls, "bakery", "farm") as (bakery, farm):
        await bakery.follows(farm)
        await bakery.sees(first := await farm.says("With the old key"))
        await asyncio.sleep(0.002)
        now = farm.node.clock.now()
        await farm.node.db.write(add_keys, farm.row, a_key_pair(), now, wakes=(Topic.CACHES,))
        await farm.node.db.write(retire_old_keys, farm.row.id, now, wakes=(Topic.CACHES,))

        second = await farm.says("With a new one")

        await bakery.sees(first, second)
        assert await _known(bakery, farm) == {await _newest(farm)}


async def test_two_secure_servers_do_not_wait_for_each_others_key(database_urls: list[str]) -> None:
    """Bug 5 of s2s 3 (activitypub-http-signature#11): both show actors to signed requests only; the nodes' own actors, and keys, are
    for everybody."""
    async with members(database_urls, "bakery", "farm", authorized_fetch=True) as (bakery, farm):
        await bakery.follows(farm)
        await farm.follows(bakery)

        post = await farm.says("Among us", Visibility.FOLLOWERS)

        await bakery.sees(post)


async def _newest(one: Member) -> str:
    """The id of the RSA key that an actor's document shows."""
    keys = await one.node.db.read(public_keys, one.row.id)
    return [key.uri for key in keys if key.kind == "rsa" and key.retired_at is None][-1]


async def _has_one_key(one: Member) -> bool:
    keys = await one.node.db.read(public_keys, one.row.id)
    return len([key for key in keys if key.kind == "rsa" and key.retired_at is None]) == 1


async def _known(at: Member, of: Member) -> set[str]:
    """The ids of an actor's RSA keys, as another node has them."""
    return await at.node.db.read(_known_keys, of.row.uri)


def _known_keys(tx: Tx, uri: str) -> set[str]:
    row = by_uri(tx, uri)
    assert row is not None
    wanted = (actor_key.c.actor_id == row.id, actor_key.c.kind == "rsa")
    return set(tx.execute(select(actor_key.c.uri).where(*wanted)).scalars())
