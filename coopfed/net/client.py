"""The one HTTP client, for whatever leaves this node: guarded at the URL, at the name's addresses and at the socket.

It sends one request and gives one answer. It follows no redirects (each hop must be judged and signed again, see
`coopfed.net.fetch`), keeps no cookies, asks no proxy of the environment and writes no log.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from errno import EACCES
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from coopfed import limits
from coopfed.errors import AddressRefused, FetchError
from coopfed.net.guard import DialRules, check_address, check_url, wire_url
from coopfed.net.inflate import Inflater
from coopfed.vocab.origin import authority

AddrInfo = tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[Any, ...]]

_CHUNK: Final = 16 * limits.KIB


class FetchFault(StrEnum):
    """The `reason` of every FetchError of this module, besides those of `coopfed.net.guard.AddressFault`."""

    TIMEOUT = "timeout"
    DNS = "dns"
    """The name does not resolve."""
    REFUSED_CONNECTION = "refused_connection"
    """Nobody listens, or the network is unreachable."""
    TLS = "tls"
    """The certificate is not trusted or the handshake failed."""
    BROKEN = "broken"
    """The connection ended before the answer did, or the answer is no HTTP."""
    TOO_LARGE = "too_large"
    BOMB = "bomb"
    """A compressed answer that grows more than `limits.FETCH_RATIO` times."""
    ENCODING = "encoding"
    """An answer in an encoding that was not asked for, or a damaged one."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A peer's answer. `url` is the one that was asked, as on the wire; `body` is decoded, at most `max_bytes`;
    `headers` are found in any case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: to connect (with the TLS handshake), between two reads, and in all with waiting for a free connection."""

    connect: float = limits.CONNECT_SECONDS
    read: float = limits.READ_SECONDS
    total: float = limits.TOTAL_SECONDS


class ThreadResolver(AbstractResolver):
    """Names to addresses by the system, in threads of its own: a slow DNS server must not starve the default pool."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(limits.RESOLVER_THREADS, thread_name_prefix="resolve")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of a name; OSError when there is none."""
        found = await asyncio.get_running_loop().run_in_executor(
            self._threads, lambda: socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)
        )
        return [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=port,
                family=kind,
                proto=proto,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for kind, _, proto, _, address in found
        ]

    async def close(self) -> None:
        """Lets the threads end."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class GuardedResolver(AbstractResolver):
    """Another resolver's answers without the addresses that may not be dialled; AddressRefused when none is left.

    The addresses judged are the very ones that are dialled: there is no second look-up that could say something else.
    """

    def __init__(self, inner: AbstractResolver, rules: DialRules) -> None:
        self._inner = inner
        self._rules = rules

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of a name that may be dialled; OSError when the name has none."""
        found = await self._inner.resolve(host, port, family)
        if self._rules.anywhere:
            return found
        allowed: list[ResolveResult] = []
        refusal: AddressRefused | None = None
        for result in found:
            try:
                check_address(result["host"])
                allowed.append(result)
            except AddressRefused as error:
                refusal = error
        if refusal is not None and not allowed:
            raise AddressRefused(f"{host}: {refusal}", reason=refusal.reason)
        return allowed

    async def close(self) -> None:
        """Closes the inner resolver."""
        await self._inner.close()


def guarded_socket(rules: DialRules) -> Callable[[AddrInfo], socket.socket]:
    """A socket factory that refuses what may not be dialled (OSError EACCES), whoever asked and however it was found.

    The last line: aiohttp calls it for each address before it connects, also for IP literals, which no resolver sees.
    """

    def open_socket(info: AddrInfo) -> socket.socket:
        family, kind, proto, _, address = info
        if not rules.anywhere:
            try:
                check_address(str(address[0]))
            except AddressRefused as error:
                raise OSError(EACCES, str(error)) from error
        return socket.socket(family, kind, proto)

    return open_socket


def guarded_connector(rules: DialRules, resolver: AbstractResolver, tls: ssl.SSLContext) -> aiohttp.TCPConnector:
    """The pool of connections, with both guards built in and bounds in all and for each host. Needs a running loop."""
    return aiohttp.TCPConnector(
        ssl=tls,
        resolver=GuardedResolver(resolver, rules),
        socket_factory=guarded_socket(rules),
        limit=limits.CONNECTIONS,
        limit_per_host=limits.FETCHES_PER_HOST,
        keepalive_timeout=limits.KEEPALIVE_SECONDS,
        ttl_dns_cache=limits.DNS_SECONDS,
    )


class HttpClient:
    """Requests to other servers. One per process: it holds the connections, the TLS settings and the DNS cache.

    `resolver` replaces the system's name resolution; its answers are guarded all the same. `ca_bundle` is trusted besides
    the system's certificates. `gate` is asked before every request, redirects included, and raises for a host (an authority)
    that nothing is to be asked of.
    """

    def __init__(
        self,
        rules: DialRules,
        user_agent: str,
        *,
        ca_bundle: Path | None = None,
        resolver: AbstractResolver | None = None,
        timeouts: Timeouts | None = None,
    ) -> None:
        self._rules = rules
        self._user_agent = user_agent
        self._ca_bundle = ca_bundle
        self._resolver = resolver
        self._timeouts = timeouts or Timeouts()
        self._session: aiohttp.ClientSession | None = None
        self.gate: Callable[[str], Awaitable[None]] | None = None

    async def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None = None,
        *,
        max_bytes: int = limits.FETCH_BODY_BYTES,
        only: int | None = None,
        into: BinaryIO | None = None,
        seconds: float | None = None,
        whole: bool = False,
    ) -> Answer:
        """The answer to one request, whatever its status; redirects are answers too.

        The body of a 2xx answer to GET (`whole`: to any method) is read whole or refused; with `only` so many bytes are enough, and the
        connection is closed when more would come; with `into` it is written there and not held. `seconds` stand in place of the
        client's own in all. Of any other only the first `limits.ERROR_BODY_BYTES` are kept: whoever asks wants the status, and a peer
        must not hide it behind an endless page.
        Raises AddressRefused when the rules forbid the URL or every address of its name, FetchError (reason: a
        `FetchFault`) when no answer came or it cannot be read, and what the gate raises.
        """
        check_url(url, self._rules)
        wire = wire_url(url)
        if self.gate is not None:
            await self.gate(authority(wire))
        sent = {"User-Agent": self._user_agent, "Accept-Encoding": "gzip", **headers}
        skip = ("Content-Type",) if body is None else ()
        try:
            async with self._opened().request(
                method,
                URL(wire, encoded=True),
                headers=sent,
                data=body,
                allow_redirects=False,
                skip_auto_headers=skip,
                timeout=self._patience(seconds),
            ) as response:
                wanted = (whole or method == "GET") and 200 <= response.status < 300
                read = _whole(response, max_bytes, only, into) if wanted else _beginning(response)
                return Answer(response.status, response.headers, await read, wire)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise _explained(error, wire) from error

    async def close(self) -> None:
        """Closes all connections; a later request opens them again."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = self._open()
        return self._session

    def _patience(self, seconds: float | None = None) -> aiohttp.ClientTimeout:
        return aiohttp.ClientTimeout(
            total=seconds or self._timeouts.total, sock_connect=self._timeouts.connect, sock_read=self._timeouts.read
        )

    def _open(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=guarded_connector(self._rules, self._resolver or ThreadResolver(), tls_context(self._ca_bundle)),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
            timeout=self._patience(),
            raise_for_status=False,
        )


@cache
def tls_context(ca_bundle: Path | None) -> ssl.SSLContext:
    """Which certificates are trusted: the system's, and those of the bundle."""
    # 30 ms with the system's bundle: made once in a process, shared by all clients and connections.
    context = ssl.create_default_context()
    if ca_bundle is not None:
        context.load_verify_locations(ca_bundle)
    return context


async def _whole(response: aiohttp.ClientResponse, max_bytes: int, only: int | None, into: BinaryIO | None) -> bytes:
    inflater = Inflater(response.headers.get("Content-Encoding"), max_bytes, response.status)
    parts, size = [], 0
    async for chunk in response.content.iter_chunked(_CHUNK):
        if into is not None:
            into.write(inflater.feed(chunk))
            continue
        parts.append(inflater.feed(chunk))
        size += len(parts[-1])
        if only is not None and size >= only:
            response.close()
            return b"".join(parts)[:only]
    if into is not None:
        into.write(inflater.close())
        return b""
    return b"".join([*parts, inflater.close()])


async def _beginning(response: aiohttp.ClientResponse) -> bytes:
    """The first bytes of an answer whose status is what matters; empty when compressed or not to be had."""
    try:
        found = await response.content.read(limits.ERROR_BODY_BYTES)
    except (aiohttp.ClientError, TimeoutError, OSError):
        found = b""
    if not response.content.at_eof():
        response.close()
    return b"" if "Content-Encoding" in response.headers else found


def _explained(error: Exception, url: str) -> FetchError:
    """The error in this program's words. The order matters: aiohttp's classes inherit from several of these."""
    if isinstance(error, TimeoutError):
        return FetchError(f"timeout: {url}", reason=FetchFault.TIMEOUT)
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return FetchError(f"dns: {url}: {error}", reason=FetchFault.DNS)
    if isinstance(error, aiohttp.ClientSSLError | ssl.SSLError):
        return FetchError(f"tls: {url}: {error}", reason=FetchFault.TLS)
    if isinstance(error, aiohttp.ClientConnectorError):
        return FetchError(f"refused_connection: {url}: {error}", reason=FetchFault.REFUSED_CONNECTION)
    return FetchError(f"broken: {url}: {type(error).__name__}: {error}", reason=FetchFault.BROKEN)
