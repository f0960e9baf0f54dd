"""One request, one answer, against servers that lie, drip, explode and vanish."""

import asyncio
import gzip
import random
import socket
import ssl
import zlib
from errno import EACCES
from pathlib import Path

import aiohttp
import pytest
import trustme
from aiohttp import web
from yarl import URL

from coopfed import limits
from coopfed.errors import AddressRefused, FetchError
from coopfed.net.client import (
    GuardedResolver,
    HttpClient,
    ThreadResolver,
    Timeouts,
    guarded_connector,
    guarded_socket,
)
from coopfed.net.guard import DialRules
from coopfed.net.inflate import Inflater
from tests.coopfed.net.servers import (
    DEVELOPMENT,
    QUICK,
    USER_AGENT,
    RawHandler,
    Resolver,
    client,
    serving,
    serving_raw,
)

PRODUCTION = DialRules()
JSON = {"Content-Type": "application/activity+json"}


async def hello(_: web.BaseRequest) -> web.StreamResponse:
    """A peer that behaves."""
    return web.Response(body=b"hello", headers=JSON)


def writes(*parts: bytes, then_wait: bool = False) -> RawHandler:
    """A peer that writes these bytes and closes, or keeps the connection and says nothing more."""

    async def handler(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for part in parts:
            writer.write(part)
            await writer.drain()
        if then_wait:
            await asyncio.Event().wait()

    return handler


async def refusal(url: str, *, timeouts: Timeouts | None = None, rules: DialRules = DEVELOPMENT) -> FetchError:
    """The error of a GET."""
    async with client(rules, timeouts=timeouts) as http:
        with pytest.raises(FetchError) as caught:
            await http.request("GET", url, {})
    return caught.value


# --- shut: the network ------------------------------------------------------------------------------------------


async def test_a_name_that_leads_inside_is_not_dialled() -> None:
    """security 1.3: the address is judged, not the name."""
    async with serving(hello) as peer, client(DialRules(allowed_ports=frozenset({peer.port}))) as http:
        with pytest.raises(AddressRefused) as caught:
            await http.request("GET", f"https://peer.example.com:{peer.port}/", {})

        assert caught.value.reason == "address_range"
        assert not caught.value.temporary
        assert peer.seen == []


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "10.0.0.1"]
)
async def test_no_spelling_of_an_inner_address_is_dialled(address: str) -> None:
    """The same, in IPv6 clothes."""
    async with client(PRODUCTION, Resolver([address])) as http:
        with pytest.raises(AddressRefused):
            await http.request("GET", "https://peer.example.com/", {})


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1/", "http://peer.example.com/", "https://localhost/", "https://a:b@peer.example.com/"]
)
async def test_a_url_against_the_rules_does_not_even_resolve(url: str) -> None:
    """The guard comes first."""
    resolver = Resolver()
    async with client(PRODUCTION, resolver) as http:
        with pytest.raises(AddressRefused):
            await http.request("GET", url, {})

    assert resolver.asked == 0


async def test_a_name_that_changes_its_mind_is_judged_each_time() -> None:
    """DNS rebinding: public at the first look-up, loopback at the second."""
    guarded = GuardedResolver(Resolver(["8.8.8.8"], ["127.0.0.1"]), PRODUCTION)

    first = await guarded.resolve("peer.example.com", 443)

    assert [result["host"] for result in first] == ["8.8.8.8"]
    with pytest.raises(AddressRefused):
        await guarded.resolve("peer.example.com", 443)


async def test_the_address_that_was_judged_is_the_one_dialled() -> None:
    """DNS rebinding: there is one look-up for a connection, so nothing can change between judging and dialling."""
    resolver = Resolver(["127.0.0.1"], [])
    async with serving(hello) as peer, client(resolver=resolver) as http:
        await http.request("GET", peer.url("/"), {})

    assert resolver.asked == 1


async def test_inner_addresses_among_public_ones_are_left_out() -> None:
    """A forgotten 6to4 record does not make a peer unreachable, and is not dialled either."""
    guarded = GuardedResolver(Resolver(["127.0.0.1", "8.8.8.8", "2002:808:808::"]), PRODUCTION)

    assert [result["host"] for result in await guarded.resolve("peer.example.com", 443)] == ["8.8.8.8"]


async def test_the_socket_is_the_last_line() -> None:
    """ecosystem 0.4: no resolver sees an IP literal; the socket factory does, whoever asked."""
    async with serving(hello) as peer:
        connector = guarded_connector(PRODUCTION, Resolver(), ssl.create_default_context())
        async with aiohttp.ClientSession(connector=connector) as session:
            with pytest.raises(aiohttp.ClientConnectorError) as caught:
                await session.get(f"http://127.0.0.1:{peer.port}/")

        assert caught.value.os_error.errno == EACCES
        assert peer.seen == []


async def test_the_resolver_is_guarded_before_a_socket_is_thought_of() -> None:
    """The first line: the refusal is its own, and not the socket's."""
    connector = guarded_connector(PRODUCTION, Resolver(), ssl.create_default_context())
    async with aiohttp.ClientSession(connector=connector) as session:
        with pytest.raises(AddressRefused, match=r"peer\.example\.com"):
            await session.get("http://peer.example.com/")


@pytest.mark.parametrize("address", [("127.0.0.1", 443), ("::1", 443, 0, 0), ("fe80::1%lo", 443, 0, 1)])
def test_no_socket_is_opened_for_a_closed_address(address: tuple[object, ...]) -> None:
    """Before connect, for each address."""
    family = socket.AF_INET6 if ":" in str(address[0]) else socket.AF_INET

    with pytest.raises(OSError, match="address_range"):
        guarded_socket(PRODUCTION)((family, socket.SOCK_STREAM, 6, "", address))


async def test_a_name_without_address_is_told_apart() -> None:
    """`dns`, worth another try."""
    async with client(resolver=Resolver([])) as http:
        with pytest.raises(FetchError) as caught:
            await http.request("GET", "http://peer.example/", {})

    assert caught.value.reason == "dns"
    assert caught.value.temporary


async def test_a_closed_port_is_told_apart() -> None:
    """`refused_connection`, worth another try."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        error = await refusal(f"http://peer.example:{unused.getsockname()[1]}/")

    assert error.reason == "refused_connection"
    assert error.temporary


# --- shut: what comes back --------------------------------------------------------------------------------------


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/activity+json\r\n"


@pytest.mark.parametrize(
    "parts",
    [(), (HEAD,), (HEAD + b"Content-Length: 10\r\n\r\nhalf",)],
    ids=["silence", "half a head", "half a body"],
)
async def test_a_peer_that_stops_talking_is_left(parts: tuple[bytes, ...]) -> None:
    """CVE-2023-36461: time is bounded."""
    async with serving_raw(writes(*parts, then_wait=True)) as peer:
        error = await refusal(peer.url("/"), timeouts=QUICK)

    assert error.reason == "timeout"
    assert error.temporary


async def test_a_peer_that_drips_is_left() -> None:
    """Each read is in time, the whole is not."""

    async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + b"Content-Length: 100000\r\n\r\n")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.01)

    async with serving_raw(drip) as peer:
        error = await refusal(peer.url("/"), timeouts=QUICK)

    assert error.reason == "timeout"


@pytest.mark.parametrize(
    "parts",
    [
        (),
        (b"SSH-2.0-OpenSSH_9\r\n\r\n",),
        (HEAD,),
        (HEAD + b"Content-Length: 10\r\n\r\nhalf",),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",),
    ],
    ids=["closed", "no http", "half a head", "half a body", "bad chunk"],
)
async def test_a_broken_answer_is_told_apart(parts: tuple[bytes, ...]) -> None:
    """Never an exception of the library."""
    async with serving_raw(writes(*parts)) as peer:
        error = await refusal(peer.url("/"))

    assert error.reason == "broken"
    assert error.temporary


@pytest.mark.parametrize("declared", [True, False])
async def test_one_byte_too_many_is_refused(declared: bool) -> None:
    """At n it is read, at n + 1 not; also when nobody said how long it would be."""
    body = {"/n": b"a" * limits.FETCH_BODY_BYTES, "/n1": b"a" * (limits.FETCH_BODY_BYTES + 1)}

    async def large(request: web.BaseRequest) -> web.StreamResponse:
        if declared:
            return web.Response(body=body[request.path])
        response = web.StreamResponse()
        response.enable_chunked_encoding()
        await response.prepare(request)
        await response.write(body[request.path])
        return response

    async with serving(large) as peer, client() as http:
        assert (await http.request("GET", peer.url("/n"), {})).body == body["/n"]
        with pytest.raises(FetchError) as caught:
            await http.request("GET", peer.url("/n1"), {})

    assert caught.value.reason == "too_large"
    assert not caught.value.temporary


async def test_a_bomb_does_not_explode() -> None:
    """security 1.4: a ratio of more than 100 is no document."""
    bomb = gzip.compress(b" " * 500_000)

    async def bombing(_: web.BaseRequest) -> web.StreamResponse:
        return web.Response(body=bomb, headers={**JSON, "Content-Encoding": "gzip"})

    async with serving(bombing) as peer:
        error = await refusal(peer.url("/"))

    assert error.reason == "bomb"
    assert not error.temporary


def test_a_bomb_is_stopped_while_it_explodes() -> None:
    """Memory: 1 GiB of blanks in 1 MiB of gzip stops within the first slice."""
    compressor = zlib.compressobj(9, wbits=31)
    wire = b"".join(compressor.compress(b" " * limits.MIB) for _ in range(64)) + compressor.flush()

    with pytest.raises(FetchError) as caught:
        Inflater("gzip", limits.MIB, 200).feed(wire)

    assert caught.value.reason in {"bomb", "too_large"}


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("br", b"x"),
        ("gzip, gzip", b"x"),
        ("gzip", b"no gzip at all"),
        ("gzip", gzip.compress(b"{}")[:-3]),
        ("gzip", gzip.compress(b"{}") + b"behind"),
    ],
    ids=["brotli", "twice", "damaged", "cut", "behind"],
)
async def test_an_encoding_that_cannot_be_read_is_refused(encoding: str, body: bytes) -> None:
    """Only gzip was asked for."""

    async def encoded(_: web.BaseRequest) -> web.StreamResponse:
        return web.Response(body=body, headers={**JSON, "Content-Encoding": encoding})

    async with serving(encoded) as peer:
        error = await refusal(peer.url("/"))

    assert error.reason == "encoding"
    assert not error.temporary


# --- open -------------------------------------------------------------------------------------------------------


async def test_an_answer_is_given_whole() -> None:
    """Status, headers in any case, body, and the URL as it was asked."""
    async with serving(hello) as peer, client() as http:
        answer = await http.request("GET", peer.url("/a%2Fb?c=%7e#d"), {"Accept": "a/b"})

        assert (answer.status, answer.body, answer.url) == (200, b"hello", peer.url("/a%2Fb?c=%7e"))
        assert answer.headers["content-TYPE"] == "application/activity+json"
        seen = peer.seen[0]
        assert seen.raw_path == "/a%2Fb?c=%7e"
        assert (seen.headers["User-Agent"], seen.headers["Accept"]) == (USER_AGENT, "a/b")
        assert "Content-Type" not in seen.headers
        assert "Cookie" not in seen.headers


async def test_a_body_is_sent_as_it_is() -> None:
    """The bytes that were hashed are the bytes that are sent."""
    got: list[bytes] = []

    async def inbox(request: web.BaseRequest) -> web.StreamResponse:
        got.append(await request.read())
        return web.Response(status=202)

    async with serving(inbox) as peer, client() as http:
        answer = await http.request(
            "POST", peer.url("/inbox"), {"Content-Type": "application/activity+json"}, b'{ "a":1}'
        )

        assert (answer.status, got) == (202, [b'{ "a":1}'])
        assert peer.seen[0].headers["Content-Type"] == "application/activity+json"


async def test_a_compressed_answer_is_opened() -> None:
    """gzip, within the ratio."""
    plain = b"".join(b'{"n":%d}' % number for number in range(2_000))

    async def compressed(request: web.BaseRequest) -> web.StreamResponse:
        assert request.headers["Accept-Encoding"] == "gzip"
        return web.Response(body=gzip.compress(plain), headers={**JSON, "Content-Encoding": "gzip"})

    async with serving(compressed) as peer, client() as http:
        assert (await http.request("GET", peer.url("/"), {})).body == plain


@pytest.mark.parametrize("status", [202, 301, 400, 404, 410, 500])
async def test_only_the_beginning_of_other_answers_is_kept(status: int) -> None:
    """A peer cannot hide a status behind an endless page."""

    async def page(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(
            status=status, body=b"e" * (limits.FETCH_BODY_BYTES + 1), headers={"Location": "/elsewhere"}
        )

    async with serving(page) as peer, client() as http:
        answer = await http.request("GET" if status != 202 else "POST", peer.url("/"), {})

        assert answer.status == status
        assert 0 < len(answer.body) <= limits.ERROR_BODY_BYTES
        assert len(peer.seen) == 1


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
@pytest.mark.parametrize("extra", [-1, 0, 1, 20_000_000])
async def test_beginning_of_a_page_is_enough(encoding: str, extra: int) -> None:
    """security 1.4: of a page only the head is wanted; what comes behind it is not read, and the connection is not used again."""
    enough, sent = 64 * limits.KIB, []
    body = random.Random(extra).randbytes(enough + extra)

    async def page(request: web.BaseRequest) -> web.StreamResponse:
        sent.append(request.transport)
        packed = gzip.compress(body) if encoding == "gzip" else body
        return web.Response(body=packed, headers={"Content-Encoding": encoding})

    async with serving(page) as peer, client() as http:
        for _ in range(2):
            answer = await http.request("GET", peer.url("/"), {}, only=enough)

            assert answer.body == body[:enough]
    assert (sent[0] is sent[1]) is (extra < 20_000_000)


async def test_bomb_does_not_explode_in_its_beginning() -> None:
    """A page that is nothing but blanks, in a thousandth of its length."""

    async def bombing(_: web.BaseRequest) -> web.StreamResponse:
        return web.Response(body=gzip.compress(b" " * 50_000_000), headers={"Content-Encoding": "gzip"})

    async with serving(bombing) as peer, client() as http:
        with pytest.raises(FetchError, match=r"bomb|too_large"):
            await http.request("GET", peer.url("/"), {}, only=64 * limits.KIB)


async def test_a_delivery_is_delivered_though_the_rest_never_comes() -> None:
    """The peer said 202: a second delivery would be a mistake."""
    head = b"HTTP/1.1 202 Accepted\r\nContent-Length: 10\r\n\r\n"

    async with serving_raw(writes(head, then_wait=True)) as peer, client(timeouts=QUICK) as http:
        answer = await http.request("POST", peer.url("/inbox"), {}, b"{}")

    assert (answer.status, answer.body) == (202, b"")


async def test_cookies_are_not_kept() -> None:
    """A peer must not be able to follow us around."""

    async def cookie(_: web.BaseRequest) -> web.StreamResponse:
        return web.Response(headers={"Set-Cookie": "seen=1"})

    async with serving(cookie) as peer, client() as http:
        await http.request("GET", peer.url("/"), {})
        await http.request("GET", peer.url("/"), {})

        assert "Cookie" not in peer.seen[1].headers


async def test_no_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy would dial for us, unguarded."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    async with serving(hello) as peer, client() as http:
        assert (await http.request("GET", peer.url("/"), {})).status == 200


async def test_one_host_gets_few_connections_at_once() -> None:
    """security 1.4: the fifth request waits for one of the first four."""
    running, most, enough = 0, 0, asyncio.Event()

    async def counting(_: web.BaseRequest) -> web.StreamResponse:
        nonlocal running, most
        running += 1
        most = max(most, running)
        if running == limits.FETCHES_PER_HOST:
            # Time enough for a fifth to arrive, if there were one.
            asyncio.get_running_loop().call_later(0.2, enough.set)
        await enough.wait()
        running -= 1
        return web.Response()

    async with serving(counting) as peer, client() as http:
        await asyncio.gather(*(http.request("GET", peer.url("/"), {}) for _ in range(3 * limits.FETCHES_PER_HOST)))

    assert most == limits.FETCHES_PER_HOST


async def test_a_closed_client_opens_again() -> None:
    """Closing is for good only when nobody asks again."""
    async with serving(hello) as peer, client() as http:
        await http.request("GET", peer.url("/"), {})
        await http.close()

        assert (await http.request("GET", peer.url("/"), {})).status == 200


async def test_the_system_resolves_names() -> None:
    """The default resolver, with a name that needs no network."""
    resolver = ThreadResolver()

    found = await resolver.resolve("localhost", 8000, socket.AF_INET)
    await resolver.close()

    assert [(result["host"], result["port"], result["hostname"]) for result in found] == [
        ("127.0.0.1", 8000, "localhost")
    ]


# --- TLS --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """A certificate authority that no system knows."""
    return trustme.CA()


def server_tls(authority: trustme.CA, name: str) -> ssl.SSLContext:
    """The settings of a server with a certificate for this name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


async def test_an_unknown_authority_is_refused(authority: trustme.CA) -> None:
    """Also in development: encryption is not lifted there."""
    async with serving(hello, server_tls(authority, "peer.example")) as peer:
        error = await refusal(peer.url("/", scheme="https"))

    assert error.reason == "tls"
    assert peer.seen == []


async def test_a_certificate_of_another_name_is_refused_and_the_right_one_accepted(
    authority: trustme.CA, tmp_path: Path
) -> None:
    """CA_BUNDLE, for peers with a private authority."""
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    http = HttpClient(DEVELOPMENT, USER_AGENT, ca_bundle=bundle, resolver=Resolver())

    async with serving(hello, server_tls(authority, "peer.example")) as peer:
        with pytest.raises(FetchError) as caught:
            await http.request("GET", peer.url("/", "other.example", "https"), {})
        answer = await http.request("GET", peer.url("/", scheme="https"), {})
        await http.close()

    assert caught.value.reason == "tls"
    assert answer.status == 200
    assert URL(answer.url).scheme == "https"
