"""Pages in a real browser: Debian's Chromium, on a phone and on a desk. SCREENSHOTS=folder keeps what it saw there."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright

CHROMIUM = Path("/usr/bin/chromium")
WIDTHS = {"phone": 390, "desk": 1280}
SHOTS = os.environ.get("SCREENSHOTS")


@asynccontextmanager
async def a_chromium() -> AsyncIterator[Browser]:
    """Chromium without a window. The test is skipped where it is not installed."""
    if not CHROMIUM.exists():
        pytest.skip(f"no {CHROMIUM} (Debian: apt install chromium)")
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched
        await launched.close()


class Watched:
    """A page of which everything that should not happen is noted."""

    def __init__(self, page: Page, origin: str) -> None:
        self.page = page
        self.errors: list[str] = []
        self.elsewhere: list[str] = []
        page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda asked: None if asked.url.startswith(origin) else self.elsewhere.append(asked.url))

    async def keep(self, name: str) -> None:
        """Keeps a picture of the page, if somebody wants to look at it."""
        if SHOTS:
            await self.page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)

    async def barriers(self) -> list[str]:
        """What axe finds that keeps people out: the rule, and where."""
        found = await Axe().run(self.page)
        return [f"{one['id']}: {[node['target'] for node in one['nodes']]}" for one in found.response["violations"]]
