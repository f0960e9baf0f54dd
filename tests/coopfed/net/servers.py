"""Peers on loopback: real servers, well-behaved and otherwise, and a resolver that knows where they are."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from coopfed.net.client import HttpClient, Timeouts
from coopfed.net.guard import DialRules

DEVELOPMENT = DialRules(development=True)
USER_AGENT = "CoopFed/0 (+https://coop.example)"
QUICK = Timeouts(connect=5.0, read=0.2, total=0.3)

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
RawHandler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Peer:
    """A running server; `seen` are the requests it got, oldest first."""

    port: int
    seen: list[web.BaseRequest] = field(default_factory=list)

    def url(self, path: str, host: str = "peer.example", scheme: str = "http") -> str:
        """An address on this server, under any name that the resolver sends here."""
        return f"{scheme}://{host}:{self.port}{path}"


@asynccontextmanager
async def serving(handler: Handler, tls: ssl.SSLContext | None = None) -> AsyncIterator[Peer]:
    """A peer that answers with the handler."""
    peer = Peer(0)

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        peer.seen.append(request)
        await request.read()
        return await handler(request)

    runner = web.ServerRunner(web.Server(answer), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    peer.port = runner.addresses[0][1]
    try:
        yield peer
    finally:
        await runner.cleanup()


@asynccontextmanager
async def serving_raw(handler: RawHandler) -> AsyncIterator[Peer]:
    """A peer that writes what it wants; it has read the head of the request before the handler runs."""
    peer = Peer(0)
    tasks: set[asyncio.Task[None]] = set()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.current_task())  # type: ignore[arg-type]
        try:
            await reader.readuntil(b"\r\n\r\n")
            await handler(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    peer.port = server.sockets[0].getsockname()[1]
    try:
        yield peer
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class Resolver(AbstractResolver):
    """Names by a list of answers, one for each look-up, the last one for good; counts the look-ups."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers) or [["127.0.0.1"]]
        self.asked = 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The next answer; OSError when it is empty."""
        found = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        if not found:
            raise OSError("no such name")
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
            for address in found
        ]

    async def close(self) -> None:
        """Nothing to close."""


@asynccontextmanager
async def client(
    rules: DialRules = DEVELOPMENT, resolver: Resolver | None = None, timeouts: Timeouts | None = None
) -> AsyncIterator[HttpClient]:
    """A client for which every name lies on loopback."""
    http = HttpClient(rules, USER_AGENT, resolver=resolver or Resolver(), timeouts=timeouts)
    try:
        yield http
    finally:
        await http.close()
