"""The sample proxies in front of a real node: signatures hold, addresses are told, nothing is smuggled, figures stay inside."""

import asyncio
import contextlib
import json
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import orjson
import pytest

from coopfed import limits
from coopfed.features.accounts.store import give_role
from coopfed.features.posts.actions import create_post
from coopfed.features.posts.rules import Draft
from coopfed.oauth.tokens import issue_token
from coopfed.vocab.terms import ACTIVITY_JSON
from tests.deploy.standing import PROXIES, Standing, standing
from tests.support.nodes import an_actor
from tests.support.peers import a_peer, until

pytestmark = pytest.mark.slow


@pytest.fixture(params=PROXIES)
async def proxied(request: pytest.FixtureRequest, sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Standing]:
    """A node behind each proxy that this machine has. It answers who signs, so that a broken signature is seen."""
    path = tmp_path / "coopfed.sqlite3"
    shutil.copyfile(sqlite_template, path)
    async with standing(request.param, str(path), tmp_path, authorized_fetch=True) as found:
        yield found


async def test_signed_requests_verify_behind_the_proxy(proxied: Standing) -> None:
    """s2s 2.2: what is signed (path, Host, digest, date) reaches the node as it was: an arrival, and a signed look at an actor."""
    member = await an_actor(proxied.node)
    async with a_peer("127.0.0.1") as peer:
        alice = peer.actor("alice")

        arrived = await proxied.signed("POST", f"{proxied.base}/inbox", alice, orjson.dumps(alice.follow(member.uri)))
        looked = await proxied.signed("GET", member.uri, alice)
        page = await proxied.signed("GET", f"{member.uri}/outbox?page=true", alice)
        unsigned = await proxied.ask(
            "POST", "/inbox", {"Content-Type": ACTIVITY_JSON}, orjson.dumps(alice.follow(member.uri))
        )

        assert (arrived.status, looked.status, page.status, unsigned.status) == (202, 200, 200, 401)
        assert looked.json["name"] == "Member"
        await until(lambda: "Accept" in peer.types())


async def test_one_address_is_a_page_and_a_document(proxied: Standing) -> None:
    """Nothing in between keeps one for the other: asked in turn, each gets its own, and Vary says why."""
    member = await an_actor(proxied.node)

    for _ in range(2):
        page = await proxied.ask("GET", f"/@{member.handle}", {"Accept": "text/html"})
        asked = await proxied.ask("GET", f"/@{member.handle}", {"Accept": ACTIVITY_JSON})

        assert (page.status, page.headers["Content-Type"].partition(";")[0]) == (200, "text/html")
        assert (asked.status, asked.headers["Location"]) == (303, member.uri)
        assert "Accept" in page.headers["Vary"]
        assert "Accept" in asked.headers["Vary"]


async def test_the_client_is_told_by_the_proxy_and_by_nobody_else(proxied: Standing) -> None:
    """Security 1.4: a client that names another address is known by its own all the same."""
    await proxied.ask("POST", "/inbox", {"X-Forwarded-For": "203.0.113.9", "Content-Type": ACTIVITY_JSON}, b"{}")

    refusals = [json.loads(line) for line in proxied.server.log().splitlines() if '"inbox_refused"' in line]
    assert [refusal["client"] for refusal in refusals] == ["127.0.0.1"]


async def test_the_node_itself_refuses_what_is_too_large(proxied: Standing) -> None:
    """Security 1.4: the node's 413 comes through; far beyond that the proxy ends it."""
    as_json = {"Content-Type": ACTIVITY_JSON}

    large = await proxied.ask("POST", "/inbox", as_json, b" " * (limits.INBOX_BODY_BYTES + 1))

    assert (large.status, large.headers["Content-Type"].partition(";")[0]) == (413, "application/json")
    with contextlib.suppress(aiohttp.ClientOSError):
        # nginx closes while the rest is still being sent. Caddy counts what it passes on: it comes to its own bound, or finds before
        # that the node has answered and gone.
        assert (await proxied.ask("POST", "/inbox", as_json, b" " * (12 * limits.MIB))).status in (413, 502)


async def test_figures_are_not_for_the_world(proxied: Standing) -> None:
    """docs/metrics.md: closed at the proxy, however the path is written; open on this machine."""
    for path in ("/metrics", "/metrics?x=1"):
        assert (await proxied.ask("GET", path)).status == 404
    raw = await proxied.raw(
        f"GET //metrics HTTP/1.1\r\nHost: {proxied.node.config.authority}\r\nConnection: close\r\n\r\n".encode()
    )
    assert b"coopfed_info" not in raw
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{proxied.server.port}/metrics") as found,
    ):
        assert found.status == 200


SMUGGLED = b"0\r\n\r\nGET /healthz?smuggled HTTP/1.1\r\nHost: HOST\r\n\r\n"
AMBIGUOUS = {
    "both lengths": b"Content-Length: LENGTH\r\nTransfer-Encoding: chunked\r\n",
    "two different lengths": b"Content-Length: 5\r\nContent-Length: LENGTH\r\n",
    "a length with a sign": b"Content-Length: +LENGTH\r\n",
    "a disguised coding": b"Content-Length: LENGTH\r\nTransfer-Encoding: xchunked\r\n",
    "a coding behind a tab": b"Content-Length: LENGTH\r\nTransfer-Encoding:\tchunked\r\n",
}


@pytest.mark.parametrize("kind", AMBIGUOUS)
async def test_nothing_is_smuggled_through_the_proxy(proxied: Standing, kind: str) -> None:
    """Security 1.8; RFC 9112 6.1, 6.3: a request whose end can be read in two ways is refused, or read in one way by both, and the
    connection ends: what stands behind it is never answered."""
    host = proxied.node.config.authority.encode()
    body = SMUGGLED.replace(b"HOST", host)
    lengths = AMBIGUOUS[kind].replace(b"LENGTH", str(len(body)).encode())

    answered = await proxied.raw(b"POST /inbox HTTP/1.1\r\nHost: " + host + b"\r\n" + lengths + b"\r\n" + body)

    statuses = re.findall(rb"HTTP/1\.1 (\d)", answered)
    assert len(statuses) == 1
    assert statuses[0] in (b"4", b"5")


@pytest.mark.parametrize("proxied", ["caddy"], indirect=True)
async def test_a_restart_is_waited_for(proxied: Standing) -> None:
    """Security 2.3 R16, one process behind Caddy: whoever asks while it starts again waits a moment and is answered."""
    await proxied.server.stop()

    answer, _ = await asyncio.gather(proxied.ask("GET", "/healthz"), proxied.server.start())

    assert answer.status == 200


async def test_streams_pass_the_proxy(proxied: Standing) -> None:
    """client_api 7: a socket and a feed through the proxy hear what happens, without its collecting anything first."""
    member = await an_actor(proxied.node)
    await give_role(proxied.node, "member@mail.example", member, "editor")
    token = await issue_token(proxied.node, "member@mail.example", member, "read")
    url = f"{proxied.base}/api/v1/streaming"
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.ws_connect(f"{url}?stream=user", ssl=proxied.tls or True) as socket,
        session.get(f"{url}/user", ssl=proxied.tls or True) as feed,
    ):
        assert await feed.content.readline() == b":)\n"
        await create_post(proxied.node, member, Draft("Through the proxy"))
        assert json.loads((await socket.receive(10)).data)["event"] == "update"
        assert await feed.content.readline() == b"event: update\n"
