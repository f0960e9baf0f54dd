"""The pages of signed-in people in a real browser: a member signs in, lets an app in, and looks at every page on the way."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlencode, urlsplit

import pyotp
import pytest
from playwright.async_api import Browser

from coopfed.features.accounts import inviting
from coopfed.features.posts.rules import Draft
from coopfed.oauth import apps
from tests.coopfed.web.account.conftest import MEMBER, PASSWORD, House
from tests.coopfed.web.account.test_approvals import a_post_that_waits
from tests.support.chromium import WIDTHS, Watched

pytestmark = pytest.mark.slow

BACK = "https://app.example/signed-in"


async def is_good(watched: Watched, name: str, device: str) -> None:
    """WCAG 2.2 AA as far as axe sees it; no sideways scrolling; nothing on the console, nothing from elsewhere."""
    await watched.keep(f"account-{name}-{device}")
    assert await watched.barriers() == [], name
    assert await watched.page.evaluate("document.documentElement.scrollWidth") <= WIDTHS[device], name
    assert watched.errors == [], name
    assert watched.elsewhere == [], name


@asynccontextmanager
async def at_page(
    house: House, chromium: Browser, page: str, device: str, scheme: str, language: str
) -> AsyncIterator[Watched]:
    """A page of the account, to which the member signed in on the way."""
    size = {"width": WIDTHS[device], "height": 844}
    context = await chromium.new_context(viewport=size, color_scheme=scheme, locale=language)  # type: ignore[arg-type]
    watched = Watched(await context.new_page(), house.node.urls.base)
    await watched.page.goto(f"{house.node.urls.base}{page}")
    await sign_in(watched)
    await watched.page.wait_for_url(f"**{page}")
    yield watched
    await context.close()


async def sign_in(watched: Watched) -> None:
    """Fills in the form that is shown."""
    await watched.page.fill("#email", MEMBER)
    await watched.page.fill("#password", PASSWORD)
    await watched.page.click("form.sheet button")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("device", WIDTHS)
async def test_member_lets_an_app_in(house: House, chromium: Browser, device: str, scheme: str) -> None:
    """Issue 5, part 2: signing in, the choice of whom to speak as, and the way back to the app."""
    await house.member(role="admin", operator=True)
    app, _secret = await apps.register_app(house.node, "Example app", [BACK], "read write", "https://app.example")
    size = {"width": WIDTHS[device], "height": 844}
    context = await chromium.new_context(viewport=size, color_scheme=scheme)  # type: ignore[arg-type]
    watched, base = Watched(await context.new_page(), house.node.urls.base), house.node.urls.base
    query = {
        "response_type": "code",
        "client_id": app.client_id,
        "redirect_uri": BACK,
        "scope": "read write",
        "state": "s",
    }

    await watched.page.goto(f"{base}/oauth/authorize?{urlencode(query)}")
    await is_good(watched, f"sign-in-{scheme}", device)
    await sign_in(watched)
    await is_good(watched, f"consent-{scheme}", device)
    await watched.page.check(f"#actor-{house.cooperative.id}")
    async with watched.page.expect_request(lambda asked: asked.url.startswith(BACK)) as asked:
        await watched.page.click("text=Allow")

    assert parse_qs(urlsplit((await asked.value).url).query)["state"] == ["s"]
    await context.close()


@pytest.mark.parametrize("device", WIDTHS)
async def test_member_looks_after_the_account(house: House, chromium: Browser, device: str) -> None:
    """Issue 5, part 2: the account, the second step, people, requests, invitations, forgotten passwords."""
    await house.member(role="admin", operator=True)
    await a_post_that_waits(house, Draft("Palamut var, gelin #balık", language="tr", summary="Av"))
    link = await inviting.invite(
        house.node, "new@mail.example", house.cooperative, "author", invited_by=None, language="tr"
    )
    context = await chromium.new_context(viewport={"width": WIDTHS[device], "height": 844}, locale="tr")
    watched, base = Watched(await context.new_page(), house.node.urls.base), house.node.urls.base
    for name, path in (("invitation", link), ("reset", f"{base}/account/reset")):
        await watched.page.goto(path)
        await is_good(watched, name, device)
    await watched.page.goto(f"{base}/account")
    await sign_in(watched)
    for name, path in (
        ("own", "/account"),
        ("password", "/account/password"),
        ("people", "/account/people/fishers"),
        ("approvals", "/account/approvals/fishers"),
        ("data", "/account/data/fishers"),
        ("requests", "/account/requests"),
        ("second", "/account/second-factor"),
    ):
        await watched.page.goto(f"{base}{path}")
        assert await watched.page.get_attribute("html", "lang") == "tr"
        await is_good(watched, name, device)
    key = await watched.page.inner_text("code.key")
    await watched.page.fill("#code", pyotp.TOTP(key).at(house.clock.now() // 1000))
    await watched.page.fill("#password", PASSWORD)
    await watched.page.click("form.sheet button")
    await is_good(watched, "codes", device)

    assert await watched.page.locator(".codes li").count() == 10
    await context.close()
