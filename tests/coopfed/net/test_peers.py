"""What holds for a host: by its own word, by that of a domain above it, by the list of those that are allowed."""

from collections.abc import AsyncIterator

import pytest

from coopfed.errors import PeerBlocked
from coopfed.net import peers
from coopfed.net.fetch import fetch_document
from coopfed.node import Node, open_node
from tests.support.nodes import a_config, a_node
from tests.support.peers import a_peer


@pytest.fixture
async def node(database_url: str) -> AsyncIterator[Node]:
    """A node, once on each engine."""
    async with a_node(database_url) as node:
        yield node


async def blocked(node: Node, *hosts: str) -> list[bool]:
    """Whether each host is blocked, as the doors ask; and the rows of those that are known say the same."""
    node.memory.forget()
    found = [await node.is_blocked(host) for host in hosts]
    rows = {str(row["host"]): row["blocked"] for row in await node.db.read(peers.all_peers)}
    assert {host: rows[host] for host in hosts if host in rows} == {
        host: holds for host, holds in zip(hosts, found, strict=True) if host in rows
    }
    return found


HOSTS = ("spam.example", "spam.example:8443", "a.spam.example", "b.a.spam.example:9000", "notspam.example", "example")


@pytest.mark.parametrize("known", [(), HOSTS], ids=["new", "known"])
async def test_block_covers_subdomains_and_ports(node: Node, known: tuple[str, ...]) -> None:
    """security 1.7: exact host and subdomains, port removed; of hosts dealt with before and of those that come later."""
    for host in known:
        await node.db.write(peers.ensure, host)

    await node.db.write(peers.set_blocked, "spam.example", True)
    for host in HOSTS:
        await node.db.write(peers.ensure, host)

    assert await blocked(node, *HOSTS) == [True, True, True, True, False, False]
    assert await node.db.write(peers.set_blocked, "spam.example", False) is None
    assert await blocked(node, *HOSTS) == [False] * 6


async def test_block_of_a_port_is_of_that_port(node: Node) -> None:
    """An operator who names a port means it."""
    await node.db.write(peers.set_blocked, "peer.example:8443", True)

    assert await blocked(node, "peer.example:8443", "peer.example", "peer.example:9000") == [True, False, False]


async def test_lifting_one_block_leaves_the_others(node: Node) -> None:
    """The domain above still holds, and is named."""
    await node.db.write(peers.set_blocked, "spam.example", True)
    await node.db.write(peers.set_blocked, "a.spam.example", True)

    assert await node.db.write(peers.set_blocked, "a.spam.example", False) == "spam.example"
    assert await blocked(node, "a.spam.example") == [True]

    await node.db.write(peers.set_blocked, "a.spam.example", True)
    await node.db.write(peers.set_blocked, "spam.example", False)
    assert await blocked(node, "a.spam.example", "spam.example") == [True, False]


async def test_allowed_host_is_excepted_and_a_later_block_wins(node: Node) -> None:
    """The nearest word holds, and of two on one host the later."""
    await node.db.write(peers.set_blocked, "spam.example", True)
    await node.db.write(peers.allow, "good.spam.example")
    assert await blocked(node, "good.spam.example", "bad.spam.example") == [False, True]

    await node.db.write(peers.set_blocked, "good.spam.example", True)
    await node.db.write(peers.set_blocked, "good.spam.example", False)
    assert await blocked(node, "good.spam.example") == [True]


async def test_this_node_is_never_blocked(node: Node) -> None:
    """A block of the domain above must not shut us out of ourselves."""
    await node.db.write(peers.set_blocked, "example", True)

    assert await blocked(node, node.config.authority) == [False]


async def test_allowlist_shuts_out_whoever_is_not_named(database_url: str) -> None:
    """Design 5, ALLOWLIST: hosts known before and new ones, exactly the named ones excepted; the setting back, all are in."""
    async with a_node(database_url) as node:
        await node.db.write(peers.ensure, "old.example")
    async with a_node(database_url, allowlist=True) as node:
        await node.db.write(peers.allow, "friend.example")
        hosts = ("old.example", "new.example", "friend.example", "sub.friend.example")

        assert await blocked(node, *hosts) == [True, True, False, True]
        assert peers.EVERYBODY not in {row["host"] for row in await node.db.read(peers.all_peers)}
    open_again = await open_node(a_config(database_url))
    try:
        assert await blocked(open_again, *hosts) == [False] * 4
    finally:
        await open_again.close()


async def test_nothing_is_asked_of_a_blocked_host_by_a_redirect(node: Node) -> None:
    """security 1.7: applied on fetch; the gate stands before every request, whoever makes it."""
    async with a_peer() as spam, a_peer("127.0.0.1") as friend:
        alice = spam.actor("alice")
        friend.redirects["/away"] = alice.uri
        await node.db.write(peers.set_blocked, spam.host, True)
        node.memory.forget()

        with pytest.raises(PeerBlocked, match="is blocked here"):
            await fetch_document(node.http, f"{friend.base}/away", signer=node.signer, budget=node.budget())
        with pytest.raises(PeerBlocked):
            await node.http.request("POST", f"{spam.base}/inbox", {}, b"{}")

        assert friend.gets == ["/away"]
        assert spam.gets == []
        assert spam.received == []
