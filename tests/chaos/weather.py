"""The network between the nodes: every request passes here, and bad weather does to it what networks do."""

import asyncio
import contextlib
import logging
import random
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

LOST, UNHEARD, DOUBLED = 0.06, 0.06, 0.08
"""Shares of the deliveries that never arrive, that arrive without their sender hearing so, and that arrive twice."""
DELAY_SECONDS = 0.15
"""At most; later ones overtake."""


_SILENT = logging.getLogger("weather")
_SILENT.disabled = True
"""Cut connections are meant to be cut."""


@dataclass
class Weather:
    """What happens between the nodes. `down` are the public ports of nodes that nobody reaches now."""

    chance: random.Random
    calm: bool = False
    down: set[int] = field(default_factory=set)
    did: Counter[str] = field(default_factory=Counter)
    session: aiohttp.ClientSession | None = None

    @contextlib.asynccontextmanager
    async def before(self, public: int, listening: int) -> AsyncIterator[None]:
        """The way to one node: who asks its public port is passed on to where it listens."""
        runner = web.ServerRunner(
            web.Server(lambda request: self._pass(request, public, listening)), shutdown_timeout=0.1
        )
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", public).start()
        try:
            yield
        finally:
            await runner.cleanup()

    async def _pass(self, request: web.BaseRequest, public: int, listening: int) -> web.StreamResponse:
        body = await request.read()
        if public in self.down:
            self._cut(request, "cut off")
        fate = "" if self.calm or request.method != "POST" else self._fate()
        if not self.calm:
            await asyncio.sleep(self.chance.uniform(0, DELAY_SECONDS))
        if fate == "lost":
            self._cut(request, fate)
        if fate == "doubled":
            self.did[fate] += 1
            await self._ask(request, body, listening)
        answer = await self._ask(request, body, listening)
        if fate == "unheard":
            self._cut(request, fate)
        return answer

    def _fate(self) -> str:
        throw = self.chance.random()
        for fate, share in (("lost", LOST), ("unheard", UNHEARD), ("doubled", DOUBLED)):
            if throw < share:
                return fate
            throw -= share
        return ""

    def _cut(self, request: web.BaseRequest, fate: str) -> None:
        self.did[fate] += 1
        if request.transport is not None:
            request.transport.abort()
        raise ConnectionResetError(fate)

    async def _ask(self, request: web.BaseRequest, body: bytes, listening: int) -> web.StreamResponse:
        assert self.session is not None
        headers = CIMultiDict(request.headers)
        for name in ("Content-Length", "Transfer-Encoding", "Connection"):
            headers.popall(name, None)
        url = URL(f"http://127.0.0.1:{listening}{request.raw_path}", encoded=True)
        try:
            async with self.session.request(
                request.method, url, headers=headers, data=body or None, allow_redirects=False
            ) as found:
                told = CIMultiDict(found.headers)
                for name in ("Content-Length", "Content-Encoding", "Transfer-Encoding"):
                    told.popall(name, None)
                return web.Response(status=found.status, headers=told, body=await found.read())
        except aiohttp.ClientError:
            # The process behind is dead: nobody answers.
            self.did["dead"] += 1
            if request.transport is not None:
                request.transport.abort()
            raise ConnectionResetError("dead") from None
