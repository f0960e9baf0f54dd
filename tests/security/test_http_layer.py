"""Bytes that two readers of HTTP could understand differently, sent through a socket: refused, closed, nothing stored.

Whoever smuggles hides a second request in the first one's body. So each of these is answered once, with an error, and the connection
ends: the request that would have been hidden is never answered.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from structlog.testing import capture_logs

from coopfed import limits, listen
from tests.inbox.test_door import reasons
from tests.support.scene import Scene, a_scene

HIDDEN = b"GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"


@asynccontextmanager
async def connected(scene: Scene) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection to the scene's node."""
    _, _, port = scene.node.config.authority.partition(":")
    reader, writer = await asyncio.open_connection("127.0.0.1", int(port))
    try:
        yield reader, writer
    finally:
        writer.close()


async def answers(scene: Scene, sent: bytes) -> bytes:
    """Everything that comes back until the node closes the connection."""
    async with connected(scene) as (reader, writer), asyncio.timeout(20):
        writer.write(sent)
        return await reader.read()


def posted(scene: Scene, headers: bytes, body: bytes = b"", *, host: bytes | None = None) -> bytes:
    """A POST to the shared inbox with these header lines (each with its end) and this body."""
    hosts = host if host is not None else b"Host: " + scene.node.config.authority.encode() + b"\r\n"
    return (
        b"POST /inbox HTTP/1.1\r\n" + hosts + b"Content-Type: application/activity+json\r\n" + headers + b"\r\n" + body
    )


SMUGGLING = {
    "both lengths": b"Content-Length: 4\r\n" + CHUNKED,
    "both lengths, the other first": CHUNKED + b"Content-Length: 4\r\n",
    "two different lengths": b"Content-Length: 4\r\nContent-Length: 5\r\n",
    "two lengths in one line": b"Content-Length: 4, 5\r\n",
    "length with a plus": b"Content-Length: +4\r\n",
    "length with a minus": b"Content-Length: -4\r\n",
    "length in hexadecimal": b"Content-Length: 0x4\r\n",
    "length with a blank in it": b"Content-Length: 4 4\r\n",
    "length with an underscore": b"Content-Length: 4_0\r\n",
    "length that is empty": b"Content-Length: \r\n",
    "length in other digits": b"Content-Length: \xd9\xa4\r\n",
    "length before a blank": b"Content-Length : 4\r\n",
    "coding before a blank": b"Transfer-Encoding : chunked\r\n",
    "coding with a tab": b"Transfer-Encoding:\tchunked, identity\r\n",
    "coding that is another word": b"Transfer-Encoding: xchunked\r\n",
    "coding with a vertical tab": b"Transfer-Encoding: \x0bchunked\r\n",
    "coding twice": CHUNKED + b"Transfer-Encoding: identity\r\n",
    "coding chunked twice": CHUNKED + CHUNKED,
    "coding in a list": b"Transfer-Encoding: gzip, chunked\r\n",
    "a header with a bare carriage return": b"X: a\rTransfer-Encoding: chunked\r\n",
    "a header with a null byte": b"X: a\x00b\r\n",
    "a header without a colon": b"Transfer-Encoding chunked\r\n",
    "a header name with a blank": b"Transfer Encoding: chunked\r\n",
    "an empty header name": b": chunked\r\n",
}


@pytest.mark.parametrize("how", SMUGGLING)
async def test_ambiguous_framing_is_refused_and_hides_no_request(scene: Scene, how: str) -> None:
    """RFC 9112 6.1, 6.3; security 1.8: an error, one answer, the end of the connection."""
    with capture_logs() as logs:
        came = await answers(scene, posted(scene, SMUGGLING[how], b"0\r\n\r\n" + HIDDEN))

    assert came.split(b" ")[1] in (b"400", b"501"), came
    assert came.count(b"HTTP/1.1 ") == 1, came
    assert await scene.rows() == 0
    assert not [line for line in logs if line["log_level"] in ("error", "critical")]


CHUNKS = {
    "size with a sign": b"+5\r\nhello\r\n0\r\n\r\n",
    "size with a prefix": b"0x5\r\nhello\r\n0\r\n\r\n",
    "size with a blank before": b" 5\r\nhello\r\n0\r\n\r\n",
    "size without end": b"5" * 64,
    "size that is a word": b"zz\r\nhello\r\n0\r\n\r\n",
    "chunk that is longer than it says": b"5\r\nhelloX0\r\n\r\n",
    "chunk with another end": b"5\r\nhello\n\n0\r\n\r\n",
    "chunk with two bytes for its end": b"5\r\nhelloXX0\r\n\r\n",
    "negative size": b"-5\r\nhello\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("how", CHUNKS)
async def test_bad_chunks_are_refused_and_hide_no_request(scene: Scene, how: str) -> None:
    """RFC 9112 7.1; h11 before 0.16 took any two bytes for the end of a chunk (CVE-2025-43859)."""
    with capture_logs() as logs:
        came = await answers(scene, posted(scene, CHUNKED, CHUNKS[how] + HIDDEN))

    assert came.count(b"HTTP/1.1 2") == 0, came
    assert came.count(b"HTTP/1.1 ") <= 1, came
    assert await scene.rows() == 0
    assert not [line for line in logs if line["log_level"] in ("error", "critical")]


async def test_folded_line_is_one_line(scene: Scene) -> None:
    """RFC 9112 5.2: a reader that does not refuse obsolete folding takes it for a blank; what follows the body is a second request."""
    folded = b"Transfer-Encoding:\r\n chunked\r\n"
    last = HIDDEN.replace(b"localhost", scene.node.config.authority.encode() + b"\r\nConnection: close")

    came = await answers(scene, posted(scene, folded, b"0\r\n\r\n" + last))

    assert [part.split(b" ")[0] for part in came.split(b"HTTP/1.1 ")[1:]] == [b"400", b"200"]


async def test_both_lengths_leave_their_line_in_the_log(scene: Scene) -> None:
    """security 1, the rule of logs: what the program itself refuses has a line with the reason."""
    doubled = posted(scene, b"Content-Length: 4\r\n" + CHUNKED, b"0\r\n\r\n")

    with capture_logs() as logs:
        came = await answers(scene, doubled)

    assert came.startswith(b"HTTP/1.1 400")
    assert reasons(logs) == ["ambiguous_length"]


HOSTS = {
    "two hosts": (b"Host: %s\r\nHost: %s\r\n", b"400"),
    "two different hosts": (b"Host: %s\r\nHost: evil.example\r\n", b"400"),
    "no host": (b"", b"400"),
    "another host": (b"Host: evil.example\r\n", b"421"),
    "two names in one host": (b"Host: %s, evil.example\r\n", b"421"),
    "host with user info": (b"Host: x@%s\r\n", b"421"),
    "host with a path": (b"Host: %s/x\r\n", b"421"),
    "host with a trailing dot": (b"Host: localhost.\r\n", b"421"),
}


@pytest.mark.parametrize("how", HOSTS)
async def test_host_is_ours_and_stands_once(scene: Scene, how: str) -> None:
    """RFC 9112 3.2; RFC 9110 15.5.20: links and signatures are made for our own host only."""
    template, status = HOSTS[how]
    host = template.replace(b"%s", scene.node.config.authority.encode())

    with capture_logs() as logs:
        came = await answers(scene, posted(scene, b"Connection: close\r\nContent-Length: 2\r\n", b"{}", host=host))

    assert came.split(b" ")[1] == status, came
    assert reasons(logs) == (["wrong_host"] if status == b"421" else [])
    assert await scene.rows() == 0


async def test_address_in_the_request_line_does_not_change_the_host(scene: Scene) -> None:
    """RFC 9112 3.2.2: an absolute target is for proxies; the Host header is still what is asked for."""
    ours = scene.node.config.authority.encode()
    head = b" HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"

    came = await answers(scene, b"GET http://" + ours + b"/ap/node" + head)

    assert came.split(b" ")[1] in (b"400", b"404", b"421"), came


async def test_bare_line_feeds_are_read_alike_and_hide_nothing(scene: Scene) -> None:
    """RFC 9112 2.2 allows LF for the end of a line: then a request is what its lengths say, and is answered once."""
    host = scene.node.config.authority.encode()
    body = b"{}"
    lines = b"POST /inbox HTTP/1.1\nHost: " + host + b"\nConnection: close\nContent-Length: 2\n\n"

    came = await answers(scene, lines + body + HIDDEN)

    assert came.count(b"HTTP/1.1 ") == 1
    assert came.split(b" ")[1] in (b"400", b"415")
    assert await scene.rows() == 0


async def test_headers_at_the_bound_are_read_and_more_are_431(scene: Scene) -> None:
    """security 1.4: a head has 32 KiB; an endless one costs its sender the connection."""
    rest = len(posted(scene, b"X: \r\nConnection: close\r\nContent-Length: 0\r\n"))

    def padded(size: int) -> bytes:
        return posted(scene, b"X: " + b"x" * (size - rest) + b"\r\nConnection: close\r\nContent-Length: 0\r\n")

    fits = await answers(scene, padded(limits.HEADER_BYTES))
    too_large = await answers(scene, padded(limits.HEADER_BYTES + 64 * limits.KIB))
    endless = await answers(scene, b"GET / HTTP/1.1\r\nX: " + b"x" * (2 * limits.HEADER_BYTES))

    assert fits.split(b" ")[1] == b"400"
    assert (too_large.split(b" ")[1], endless.split(b" ")[1]) == (b"431", b"431")


async def test_headers_that_drip_end_with_the_connection(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """security 1.4, *Slow peers*: the time for a whole head is not renewed by each byte; here a second instead of 65."""
    monkeypatch.setattr(limits, "IDLE_SECONDS", 1)
    async with a_scene(database_url) as scene, connected(scene) as (reader, writer), asyncio.timeout(10):
        ended = asyncio.create_task(reader.read())
        began = asyncio.get_running_loop().time()
        writer.write(b"GET / HTTP/1.1\r\nX: ")
        while not ended.done():
            writer.write(b"x")
            await asyncio.wait({ended}, timeout=0.1)
        took = asyncio.get_running_loop().time() - began

    assert took < 5


async def test_http2_is_not_spoken(scene: Scene) -> None:
    """security 1.8: rapid resets and CONTINUATION floods have nobody to talk to; the proxy in front speaks HTTP/2."""
    preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"

    came = await answers(scene, preface)

    assert came.startswith(b"HTTP/1.1 4"), came
    assert b"\x00\x00" not in came


async def test_upgrade_to_http2_is_ignored(scene: Scene) -> None:
    """RFC 9110 7.8: a server may ignore Upgrade; the request is answered as it came."""
    host = scene.node.config.authority.encode()
    upgrade = b"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\nConnection: Upgrade, HTTP2-Settings, close\r\n"

    came = await answers(scene, b"GET /ap/node HTTP/1.1\r\nHost: " + host + b"\r\n" + upgrade + b"\r\n")

    assert came.startswith(b"HTTP/1.1 200"), came
    assert b"101" not in came.partition(b"\r\n")[0]


def test_tls_offers_http1_alone() -> None:
    """security 1.8: where the program ends TLS itself it negotiates nothing else."""
    assert listen.settings("127.0.0.1:0").alpn_protocols == ["http/1.1"]


async def test_websocket_to_nowhere_is_refused(scene: Scene) -> None:
    """RFC 6455 4.2.2: only streams are sockets; nobody gets another one that stays open."""
    host = scene.node.config.authority.encode()
    upgrade = b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"

    with capture_logs() as logs:
        came = await answers(scene, b"GET /inbox HTTP/1.1\r\nHost: " + host + b"\r\n" + upgrade + b"\r\n")

    assert came.split(b" ")[1] == b"403", came
    assert reasons(logs) == ["no_websocket"]
