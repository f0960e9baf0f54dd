"""A web site on loopback, with pages that posts link to, and a memory of who asked for them.

async with a_site() as site                            `site.page("/1", title="Bread")` is an address
await previews(node)                                   what each post shows, once the jobs that are due in the next minute are done
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html import escape

from aiohttp import web

from coopfed import limits
from coopfed.db.tx import Tx
from coopfed.features.previews import store
from coopfed.features.previews.store import FETCH_PREVIEW, PreviewRow
from coopfed.node import Node
from tests.support.jobs import run_jobs
from tests.support.nodes import FakeClock


@dataclass
class Site:
    """The site. `answers` by path; what is not there is 404. `asked` are the requests, oldest first: path with query, and headers. When
    `held` is set, it answers only after the event."""

    base: str
    answers: dict[str, web.Response | bytes] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    held: asyncio.Event | None = None

    @property
    def paths(self) -> list[str]:
        """What was asked for."""
        return [path for path, _headers in self.asked]

    def page(self, path: str, title: str = "Bread", head: str = "") -> str:
        """Puts a page there. Its address."""
        text = f"<!doctype html><html lang='en'><head><title>{escape(title)}</title>{head}</head><body>x</body></html>"
        self.answers[path] = text.encode()
        return f"{self.base}{path}"

    def redirect(self, path: str, location: str) -> str:
        """Leads on from there. Its address."""
        self.answers[path] = web.Response(status=302, headers={"Location": location})
        return f"{self.base}{path}"

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """The handler."""
        self.asked.append((request.path_qs, dict(request.headers)))
        if self.held is not None:
            await self.held.wait()
        found = self.answers.get(request.path)
        if found is None:
            return web.Response(status=404, text="nothing here", content_type="text/html")
        if isinstance(found, bytes):
            return web.Response(body=found, content_type="text/html")
        return web.Response(status=found.status, body=found.body, headers=found.headers)


@asynccontextmanager
async def a_site(host: str = "localhost") -> AsyncIterator[Site]:
    """A running site on loopback under this name."""
    site = Site("")
    runner = web.ServerRunner(web.Server(site.answer), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    site.base = f"http://{host}:{runner.addresses[0][1]}"
    try:
        yield site
    finally:
        if site.held is not None:
            site.held.set()
        await runner.cleanup()


async def previews(node: Node, *posts: int) -> list[PreviewRow | None]:
    """What each of the posts shows, after a minute in which the pages were asked for."""
    assert isinstance(node.clock, FakeClock)
    node.clock.pass_(limits.PREVIEW_SPREAD_SECONDS)
    await run_jobs(node, FETCH_PREVIEW)
    found = await node.db.read(store.of_posts, list(posts))
    return [found.get(post) for post in posts]


async def states(node: Node) -> dict[str, str]:
    """The state of every page that is known, by its address."""
    return await node.db.read(_states)


def _states(tx: Tx) -> dict[str, str]:
    return {row.url: row.state for row in tx.execute(store.preview.select())}
