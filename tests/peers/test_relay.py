"""A real relay, activityrelay, between nodes of ours: what we say to it, what it passes on, and what it makes of our coming and going.

Read in the relay's own store and in our rows (FEP-ae0c). To nodes that subscribe it announces new posts by their ids, and passes on
edits and ends; whoever subscribes as to a relay of Mastodon's style is served in the same way.
"""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import select

from coopfed.db.tx import Tx
from coopfed.features.follows.store import follow
from coopfed.features.posts import store as posts
from coopfed.features.posts.actions import create_post, delete_post, edit_post
from coopfed.features.posts.rules import Draft
from coopfed.features.relays.actions import leave, subscribe
from coopfed.node import Node
from coopfed.vocab.audience import Visibility
from inbox.admit import inbox_item
from outbox import relays
from tests.peers.named import a_named_node
from tests.peers.process import Authority, PeerProcess
from tests.peers.stage import Cooperative
from tests.support.nodes import an_actor
from tests.support.peers import until

pytestmark = pytest.mark.slow

STYLES = ("litepub", "mastodon")


@pytest.fixture
async def pair(
    database_urls: list[str], authority: Authority, relay: PeerProcess
) -> AsyncIterator[tuple[Cooperative, Cooperative]]:
    """A member of each of two nodes that know nothing of each other."""
    first, second, _ = database_urls
    async with a_named_node(first, authority, relay) as here, a_named_node(second, authority, relay) as there:
        yield Cooperative(here, await an_actor(here, "member")), Cooperative(there, await an_actor(there, "mill"))


async def joins(node: Node, relay: PeerProcess, style: str = "litepub") -> None:
    """Subscribes; returns when the relay has let the node in."""
    await subscribe(node, f"{relay.origin}/{'actor' if style == 'litepub' else 'inbox'}", style)

    async def let_in() -> bool:
        return [row.accepted for row in await node.db.read(relays.relays)] == [True]

    await until(let_in)


async def members(relay: PeerProcess, *nodes: Node) -> list[dict[str, Any]]:
    """These nodes as the relay's own store has them."""
    hosts = {node.config.authority for node in nodes}
    return [row for row in (await relay.order("store"))["members"] if row["domain"] in hosts]


async def heard(relay: PeerProcess, node: Node) -> list[tuple[str, str, int]]:
    """What came to the relay's door from a node: type, scheme and the status that it answered."""
    arrivals = (await relay.order("store"))["arrivals"]
    return [(one["type"], one["scheme"], one["status"]) for one in arrivals if one["actor"].startswith(node.urls.base)]


async def came(node: Node) -> list[tuple[str, str | None, str]]:
    """What came to a node, in order: type, outcome and scheme."""
    return await node.db.read(_came)


def _came(tx: Tx) -> list[tuple[str, str | None, str]]:
    # Its own members' posts take the same road.
    items = select(inbox_item.c.type, inbox_item.c.outcome, inbox_item.c.scheme).where(inbox_item.c.trust != "local")
    return [(row.type, row.outcome, row.scheme) for row in tx.execute(items.order_by(inbox_item.c.id))]


async def has(cooperative: Cooperative, uri: str) -> None:
    """Returns when a post has come to the cooperative's node."""

    async def there() -> bool:
        return await cooperative.post(uri) is not None

    await until(there)


@pytest.mark.parametrize("style", STYLES)
async def test_relay_lets_a_node_in_and_out(
    pair: tuple[Cooperative, Cooperative], relay: PeerProcess, style: str
) -> None:
    """FEP-ae0c *Subscribing*, *Unsubscribing*: our Follow is granted and answered with one; after our Undo it sends nothing more."""
    node = pair[0].node

    await joins(node, relay, style)
    await until(lambda: node.db.read(_is_followed_by_relay))

    [row] = await members(relay, node)
    assert row == {
        "domain": node.config.authority,
        "actor": node.urls.node_actor,
        "software": "coopfed",
        "accepted": 1,
    }
    assert sorted(await came(node)) == [("Accept", "accepted", "cavage"), ("Follow", "accepted", "cavage")]

    [subscribed] = await node.db.read(relays.relays)
    await leave(node, subscribed.inbox)

    async def out() -> bool:
        return await members(relay, node) == [] and len(await came(node)) == 3

    await until(out)
    assert await node.db.read(_is_followed_by_relay) is False
    assert await heard(relay, node) == [(type, "cavage", 202) for type in ("Follow", "Accept", "Undo")]


def _is_followed_by_relay(tx: Tx) -> bool:
    return len(tx.execute(follow.select()).all()) == 1


@pytest.mark.parametrize("style", STYLES)
async def test_public_posts_reach_other_nodes_by_the_relay_and_no_others_do(
    pair: tuple[Cooperative, Cooperative], relay: PeerProcess, style: str
) -> None:
    """FEP-ae0c: what the relay hears is announced to the rest; of what is not for everybody it hears nothing."""
    here, there = pair
    await joins(here.node, relay, style)
    await joins(there.node, relay)
    quiet = [
        await create_post(here.node, here.row, Draft("Among us", visibility))
        for visibility in (Visibility.UNLISTED, Visibility.FOLLOWERS, Visibility.DIRECT)
    ]

    post = await here.says("The market opens on Saturday")
    answer = await there.says("We take part in the fair")

    await has(there, post.uri)
    await has(here, answer.uri)
    known = await there.post(post.uri)
    assert known is not None
    assert ("market opens" in known.content, known.visibility) == (True, "public")
    assert [await there.post(one.uri) for one in quiet] == [None] * 3
    told = "Announce" if style == "litepub" else "Create"
    assert [type for type, _scheme, _status in await heard(relay, here.node) if type not in ("Follow", "Accept")] == [
        told
    ]
    assert [(type, outcome) for type, outcome, _scheme in await came(there.node) if type == "Announce"] == [
        ("Announce", "accepted")
    ]


async def test_edits_and_ends_reach_other_nodes_by_the_relay(
    pair: tuple[Cooperative, Cooperative], relay: PeerProcess
) -> None:
    """s2s 2.16: the relay passes them on as they are; each is asked for at its origin before it is believed."""
    here, there = pair
    for cooperative in pair:
        await joins(cooperative.node, relay)
    post = await here.says("The market opens on Saturday")
    await has(there, post.uri)

    await edit_post(here.node, here.row, post, Draft("The market opens on Sunday", language="en"))

    async def edited() -> bool:
        found = await there.post(post.uri)
        return found is not None and "Sunday" in found.content

    await until(edited)

    await delete_post(here.node, here.row, post)

    async def gone() -> bool:
        found = await there.post(post.uri)
        return found is not None and found.deleted_at is not None

    await until(gone)
    passed_on = [(type, outcome) for type, outcome, _scheme in await came(there.node)]
    assert passed_on[-3:] == [("Announce", "accepted"), ("Update", "accepted"), ("Delete", "accepted")]


async def test_who_left_hears_and_says_nothing_more(pair: tuple[Cooperative, Cooperative], relay: PeerProcess) -> None:
    """FEP-ae0c *Unsubscribing*: neither way, and what came before stays."""
    here, there = pair
    for cooperative in pair:
        await joins(cooperative.node, relay)
    before = await there.says("We grind on Friday")
    await has(here, before.uri)

    await leave(here.node, f"{relay.origin}/actor")

    async def out() -> bool:
        return len(await members(relay, here.node, there.node)) == 1

    await until(out)
    said, unheard = await here.says("Who takes part?"), await there.says("We do")

    async def heard_there() -> bool:
        return [type for type, _scheme, _status in await heard(relay, there.node)].count("Announce") == 2

    await until(heard_there)
    assert "Announce" not in [type for type, _scheme, _status in await heard(relay, here.node)]
    assert await there.post(said.uri) is None
    assert await here.post(unheard.uri) is None
    assert await here.node.db.read(posts.by_uri, before.uri) is not None
