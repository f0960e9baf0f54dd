"""What stands before every door: hosts, methods, the address of who asks, and no 500 for anything strange."""

from structlog.testing import capture_logs

from coopfed.node import Node
from tests.support.nodes import a_served_node
from tests.support.peers import Peer, a_peer


async def clients(node: Node, peer: Peer, forwarded: str | None) -> str:
    """Whom the log names as the sender of an unsigned message that came with this X-Forwarded-For."""
    headers = {"Content-Type": "application/activity+json"} | ({"X-Forwarded-For": forwarded} if forwarded else {})
    with capture_logs() as logs:
        await peer.send("POST", node.urls.shared_inbox, headers, b"{}")
    (line,) = [line for line in logs if line["event"] == "inbox_refused"]
    name: str = line["client"]
    return name


async def test_client_is_the_last_address_that_no_proxy_of_ours_wrote(database_url: str) -> None:
    """security 1.6 (Mastodon CVE-2023-49952): what the client itself put in front is not believed."""
    async with a_served_node(database_url, trusted_proxies="127.0.0.0/8 10.0.0.0/8") as node, a_peer() as peer:
        assert await clients(node, peer, None) == "127.0.0.1"
        assert await clients(node, peer, "203.0.113.7") == "203.0.113.7"
        assert await clients(node, peer, "198.51.100.1, 203.0.113.7") == "203.0.113.7"
        assert await clients(node, peer, "198.51.100.1, 203.0.113.7, 10.1.2.3") == "203.0.113.7"
        assert await clients(node, peer, "10.0.0.1") == "10.0.0.1"
        assert len(await clients(node, peer, "x" * 5000)) <= 64


async def test_stranger_names_no_client(database_url: str) -> None:
    """Door shut: without a trusted proxy the header counts for nothing."""
    async with a_served_node(database_url, trusted_proxies="10.0.0.0/8") as node, a_peer() as peer:
        assert await clients(node, peer, "203.0.113.7") == "127.0.0.1"


async def test_strange_requests_are_refused_and_never_500(database_url: str) -> None:
    """security, head: hostile input is 4xx; health answers under any name, everything else under ours."""
    async with a_served_node(database_url) as node, a_peer() as peer:
        base = node.urls.base
        for path in (
            "/ap/",
            "/ap/actors/",
            "/ap/objects/x",
            "/ap/activities/%00",
            "/%2e%2e/etc",
            "/ap//node",
            "/.well-known/x",
        ):
            assert 400 <= (await peer.send("GET", base + path, {})).status < 500, path
        for method in ("POST", "PUT", "PATCH", "OPTIONS", "TRACE"):
            assert 400 <= (await peer.send(method, f"{base}/ap/node", {})).status < 500, method
        for host in ("evil.example", "", "localhost", f"{node.config.authority}.evil.example"):
            assert (await peer.send("GET", f"{base}/ap/node", {"Host": host})).status in (400, 421), host
            assert (await peer.send("GET", f"{base}/healthz", {"Host": host or "x"})).status == 200
