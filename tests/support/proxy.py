"""A reverse proxy in front of a served node, in the loop of the test; it can be told to do what careless proxies do.

async with a_proxied_node(database_url, proxy) as node      its public address is the proxy's
proxy.change = lambda passing: …                            what it does to a request, or its own answer instead
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from coopfed.node import Node
from tests.support.nodes import a_served_node, free_port


@dataclass(frozen=True)
class Passing:
    """A request on its way through."""

    method: str
    target: str
    headers: CIMultiDict[str]
    body: bytes

    def with_header(self, name: str, value: str | None) -> "Passing":
        """The same with another value of a header, or without it."""
        headers = self.headers.copy()
        headers.popall(name, None)
        if value is not None:
            headers[name] = value
        return replace(self, headers=headers)


@dataclass
class Proxy:
    """What the proxy does; nothing by itself. `answer` changes the headers of answers."""

    port: int = field(default_factory=free_port)
    change: Callable[[Passing], Passing | web.Response] = lambda passing: passing
    answer: Callable[[CIMultiDict[str]], None] = lambda _headers: None
    upstream: str = ""
    passed: list[Passing] = field(default_factory=list)


@asynccontextmanager
async def a_proxied_node(database_url: str, proxy: Proxy, **settings: Any) -> AsyncIterator[Node]:
    """A served node behind the proxy."""
    settings = {"public_url": f"http://localhost:{proxy.port}"} | settings
    async with a_served_node(database_url, **settings) as node, aiohttp.ClientSession(auto_decompress=False) as session:
        proxy.upstream = proxy.upstream or f"http://{node.config.listen}"
        runner = web.ServerRunner(web.Server(lambda request: _pass(proxy, session, request)), shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", proxy.port).start()
        try:
            yield node
        finally:
            await runner.cleanup()


async def _pass(proxy: Proxy, session: aiohttp.ClientSession, request: web.BaseRequest) -> web.StreamResponse:
    headers = CIMultiDict(request.headers)
    headers["X-Forwarded-For"] = "203.0.113.9"
    headers.popall("Transfer-Encoding", None)
    arrived = Passing(request.method, request.raw_path, headers, await request.read())
    proxy.passed.append(arrived)
    changed = proxy.change(arrived)
    if isinstance(changed, web.Response):
        return changed
    changed.headers.popall("Content-Length", None)
    url = URL(f"{proxy.upstream}{changed.target}", encoded=True)
    try:
        async with session.request(
            changed.method,
            url,
            headers=changed.headers,
            data=changed.body or None,
            allow_redirects=False,
            skip_auto_headers=("Content-Type",),
        ) as found:
            told = CIMultiDict(found.headers)
            told.popall("Content-Length", None)
            proxy.answer(told)
            return web.Response(status=found.status, headers=told, body=await found.read())
    except aiohttp.ClientError:
        return web.Response(status=502, text="Bad Gateway")
