"""A node with a member who signs in by the real pages."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest
from playwright.async_api import Browser as Chromium

from tests.coopfed.web.account.conftest import MEMBER, PASSWORD, House, a_house
from tests.support.browser import Browser
from tests.support.chromium import a_chromium

R = TypeVar("R")


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    """A node that works, and a member who may speak as themselves and as the cooperative."""
    async with a_house(database_url, tmp_path, work=True, real_time=True) as found:
        await found.member()
        yield found


@pytest.fixture
async def chromium() -> AsyncIterator[Chromium]:
    """A real browser, without a window."""
    async with a_chromium() as launched:
        yield launched


async def aside(call: Callable[..., R], *arguments: Any, **options: Any) -> R:
    """A call of a client that knows no event loop."""
    return await asyncio.to_thread(call, *arguments, **options)


async def code_for(house: House, address: str, handle: str, email: str = MEMBER) -> str:
    """Opens the address of an app in a browser, signs in, chooses whom it speaks as, and copies the code from the page."""
    async with Browser(house.node.urls.base) as browser:
        page = await browser.open(address)
        if any("Sign in" in form.buttons for form in page.forms):
            await browser.press("Sign in", email=email, password=PASSWORD)
        chosen = house.cooperative if handle == house.cooperative.handle else house.person
        page = await browser.press("Allow", actor=chosen.id)
        return page.text.split('readonly value="')[1].split('"')[0]
