"""Nodes of ours with each other: real servers on loopback, real signatures, their loops at work. Nothing is told twice.

The nodes lie on one address with several ports: "host" is the authority, with its port (design 9).
"""

import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
import trustme

from actors.lookup import ActorRow, by_id, by_uri
from coopfed.db.tx import Tx
from coopfed.errors import FetchError
from coopfed.features import home_timeline, notifications
from coopfed.features.follows import actions as follows
from coopfed.features.posts import store, visible
from coopfed.features.posts.actions import create_post, delete_post
from coopfed.features.posts.rules import Draft
from coopfed.features.posts.store import PostRow
from coopfed.features.profiles.actions import delete_actor, rotate_keys
from coopfed.features.ranges import Range
from coopfed.net.peers import all_peers, set_blocked
from coopfed.node import Node
from coopfed.vocab.audience import Visibility
from tests.support.deliveries import counts
from tests.support.nodes import a_served_node, an_actor
from tests.support.peers import until
from webfinger.resolve import find_actor


class Member:
    """An actor with the node it lives on."""

    def __init__(self, node: Node, row: ActorRow) -> None:
        self.node = node
        self.row = row

    @property
    def handle(self) -> str:
        """As others write it."""
        return f"@{self.row.handle}@{self.node.config.authority}"

    async def follows(self, other: "Member") -> None:
        """Follows another one; returns when that is granted."""
        target = await find_actor(self.node, other.handle)
        await follows.follow(self.node, self.row, target)
        await until(lambda: self._is_granted(target.id))

    async def _is_granted(self, target: int) -> bool:
        found = await self.node.db.read(follows.store.between, self.row.id, target)
        return found is not None and found.accepted

    async def says(self, text: str, visibility: Visibility = Visibility.PUBLIC, answers: str | None = None) -> PostRow:
        """Posts."""
        return await create_post(self.node, self.row, Draft(text, visibility, "en", in_reply_to=answers))

    async def home(self) -> list[str]:
        """Ids of the posts in the home timeline, the newest first."""
        return await self.node.db.read(_home, self.row.id)

    async def sees(self, *posts: PostRow) -> None:
        """Returns when the home timeline holds exactly these."""
        wanted = {post.uri for post in posts}

        async def there() -> bool:
            return set(await self.home()) == wanted

        await until(there)

    async def told(self) -> list[str]:
        """The types of notifications, sorted."""
        return sorted(row.type for row in await self.node.db.read(notifications.recent, self.row.id, 40))

    async def knows(self, uri: str) -> PostRow | None:
        """A post as it is stored on this node."""
        return await self.node.db.read(store.by_uri, uri)


def _home(tx: Tx, owner: int) -> list[str]:
    numbers = [entry.object_id for entry in home_timeline.read(tx, owner, Range(40))]
    found = visible.by_ids(tx, numbers, owner)
    return [found[number].uri for number in numbers if number in found]


@asynccontextmanager
async def members(database_urls: list[str], *handles: str) -> AsyncIterator[list[Member]]:
    """A member on a node of its own for each handle."""
    async with AsyncExitStack() as stack:
        found = []
        for url, handle in zip(database_urls, handles, strict=False):
            node = await stack.enter_async_context(a_served_node(url, work=True))
            found.append(Member(node, await an_actor(node, handle)))
        yield found


async def settled(*nodes: Node) -> None:
    """Returns when nothing waits on these nodes."""
    for node in nodes:

        async def idle(node: Node = node) -> bool:
            return (await node.db.read_long(counts))["waiting"] == 0

        await until(idle)


async def test_three_nodes_follow_post_answer_and_delete(database_urls: list[str]) -> None:
    """Issue 2: three nodes federate: each follows the others; a post, an answer, a private word, a deletion."""
    async with members(database_urls, "umbrella", "bakery", "farm") as (umbrella, bakery, farm):
        everybody = (umbrella, bakery, farm)
        for one in everybody:
            for other in everybody:
                if one is not other:
                    await one.follows(other)

        news = await umbrella.says("The market opens on Saturday")
        for one in everybody:
            await one.sees(news)
        answer = await bakery.says("We bring bread", answers=news.uri)
        for one in everybody:
            await one.sees(news, answer)
        word = await farm.says(f"{bakery.handle} flour is ready", Visibility.DIRECT)

        async def arrived() -> bool:
            return await bakery.knows(word.uri) is not None

        await until(arrived)
        among_us = await farm.says("Among followers", Visibility.FOLLOWERS)
        for one in everybody:
            await one.sees(news, answer, among_us, *([word] if one is farm else []))
        assert await umbrella.knows(word.uri) is None

        await delete_post(umbrella.node, umbrella.row, news)
        for one in everybody:
            await one.sees(answer, among_us, *([word] if one is farm else []))

        assert await umbrella.told() == ["follow", "follow", "mention"]
        assert await bakery.told() == ["follow", "follow", "mention"]
        for one in everybody:
            row = await one.node.db.read(by_id, one.row.id)
            assert row is not None
            assert (row.followers_count, row.following_count) == (2, 2)
            known = await one.knows(news.uri)
            assert known is not None
            assert (known.content, known.replies_count) == ("", 1)
            await settled(one.node)
            assert (await one.node.db.read_long(counts))["given_up"] == 0


async def test_nodes_on_one_address_are_strangers(database_urls: list[str]) -> None:
    """design 9: "Host" is the authority with its port: a block of one port is no block of the other."""
    async with members(database_urls, "bakery", "farm", "mill") as (bakery, farm, mill):
        await bakery.follows(farm)
        await mill.follows(farm)
        await farm.node.db.write(set_blocked, bakery.node.config.authority, True)
        farm.node.memory.forget()

        post = await farm.says("For the mill")

        await mill.sees(post)
        await settled(mill.node)
        assert await bakery.home() == []
        hosts = {str(row["host"]): row["blocked"] for row in await farm.node.db.read(all_peers)}
        assert hosts[bakery.node.config.authority] is True
        assert hosts[mill.node.config.authority] is False


async def test_large_private_post_reaches_followers_by_its_id(database_urls: list[str]) -> None:
    """design 9: over 60 KiB: fetched by a follower's signature; the node actor alone would be refused."""
    async with members(database_urls, "bakery", "farm") as (bakery, farm):
        await bakery.follows(farm)

        post = await farm.says(" ".join(["http://a.io"] * 400), Visibility.FOLLOWERS)

        await bakery.sees(post)
        known = await bakery.knows(post.uri)
        assert known is not None
        assert known.visibility == "followers"
        assert known.content.count("http://a.io") >= 400


async def test_conversation_goes_on_after_a_rotation(database_urls: list[str]) -> None:
    """s2s 2.4: both ends are ours: announced, delivered, switched; nothing is lost on the way."""
    async with members(database_urls, "bakery", "farm") as (bakery, farm):
        await bakery.follows(farm)
        await rotate_keys(farm.node, farm.row)
        await settled(farm.node)

        posts = [await farm.says(f"Day {number}") for number in range(3)]

        await bakery.sees(*posts)


async def test_deleted_actor_is_gone_everywhere(database_urls: list[str]) -> None:
    """s2s 2.10: the follow ends, the posts leave; a look-up says that it was deleted."""
    async with members(database_urls, "bakery", "farm") as (bakery, farm):
        await bakery.follows(farm)
        await bakery.sees(await farm.says("Goodbye"))

        await delete_actor(farm.node, farm.row)

        await bakery.sees()

        async def gone() -> bool:
            row = await bakery.node.db.read(by_uri, farm.row.uri)
            return row is not None and row.gone_at is not None

        await until(gone)
        row = await bakery.node.db.read(by_id, bakery.row.id)
        assert row is not None
        assert row.following_count == 0


async def test_nodes_meet_over_tls_with_a_private_authority(database_urls: list[str], tmp_path: Path) -> None:
    """design 8: CA_BUNDLE: without it the other node's certificate is not believed, and nothing is sent."""
    authority, bundle = trustme.CA(), tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(bundle)
    certificate = tmp_path / "node.pem"
    authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(certificate)
    first, second, third = database_urls
    async with (
        a_served_node(first, work=True, certificate=certificate, ca_bundle=bundle) as one,
        a_served_node(second, work=True, certificate=certificate, ca_bundle=bundle) as two,
        a_served_node(third, certificate=certificate) as credulous,
    ):
        bakery, farm = Member(one, await an_actor(one, "bakery")), Member(two, await an_actor(two, "farm"))
        with pytest.raises(FetchError) as refused:
            await find_actor(credulous, farm.handle)

        await bakery.follows(farm)
        post = await farm.says("Over TLS")
        await bakery.sees(post)

        assert isinstance(refused.value.__cause__, ssl.SSLError | OSError) or "tls" in refused.value.reason
        assert post.uri.startswith("https://localhost:")
