"""Passkeys in a real browser with a real (virtual) authenticator: made, used instead of the password and after it; on a phone and a desk.

Chromium's own WebAuthn speaks with it, so that script, policy, options and verification are tried as one.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Browser, CDPSession

from tests.coopfed.web.account.conftest import PASSWORD, House
from tests.coopfed.web.account.test_in_chromium import is_good, sign_in
from tests.support.chromium import WIDTHS, Watched

pytestmark = pytest.mark.slow


class Device:
    """The authenticator within the browser."""

    def __init__(self, session: CDPSession, id: str) -> None:
        self.session = session
        self.id = id

    async def keys(self) -> list[dict[str, Any]]:
        """The passkeys that it keeps."""
        found = await self.session.send("WebAuthn.getCredentials", {"authenticatorId": self.id})
        keys: list[dict[str, Any]] = found["credentials"]
        return keys

    async def is_refused_by_its_owner(self) -> None:
        """From now on its owner does not pass its check (a wrong finger)."""
        await self.session.send("WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": False})


@asynccontextmanager
async def looked_at(
    house: House, chromium: Browser, device: str, **options: Any
) -> AsyncIterator[tuple[Watched, Device]]:
    """A page in a browser with an authenticator in it."""
    context = await chromium.new_context(viewport={"width": WIDTHS[device], "height": 844}, **options)
    page = await context.new_page()
    session = await context.new_cdp_session(page)
    await session.send("WebAuthn.enable")
    made = await session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
            }
        },
    )
    yield Watched(page, house.node.urls.base), Device(session, made["authenticatorId"])
    await context.close()


async def make_passkey(watched: Watched, base: str, name: str) -> None:
    """Makes one, as the pages lead."""
    await watched.page.goto(f"{base}/account/passkeys")
    await watched.page.fill("#name", name)
    await watched.page.fill("#password", PASSWORD)
    await watched.page.click("form.sheet button")
    await watched.page.click("form[data-passkey] button")


@pytest.mark.parametrize("device", WIDTHS)
async def test_member_signs_in_with_a_passkey(house: House, chromium: Browser, device: str) -> None:
    """Issue 5: made on the page, used at the next sign-in, looked at on the way; Turkish on the phone, English on the desk."""
    await house.member()
    base, locale = house.node.urls.base, "tr" if device == "phone" else "en"
    async with looked_at(house, chromium, device, locale=locale) as (watched, authenticator):
        await watched.page.goto(f"{base}/account/passkeys")
        await is_good(watched, "sign-in-with-passkey", device)
        await sign_in(watched)
        await is_good(watched, "no-passkeys", device)
        await watched.page.fill("#name", "my phone")
        await watched.page.fill("#password", PASSWORD)
        await watched.page.click("form.sheet button")
        await is_good(watched, "passkey-new", device)

        await watched.page.click("form[data-passkey] button")

        await watched.page.wait_for_url(f"{base}/account/passkeys")
        await is_good(watched, "passkeys", device)
        [key] = await authenticator.keys()
        assert (key["rpId"], key["isResidentCredential"]) == ("localhost", True)
        await watched.page.click(".rows a")
        await is_good(watched, "passkey", device)

        await watched.page.goto(f"{base}/account")
        await watched.page.locator("form[action='/account/sign-out'] button").click()
        await watched.page.goto(f"{base}/account/sign-in")
        await watched.page.click("form[data-passkey] button")

        await watched.page.wait_for_url(f"{base}/account")
        assert await watched.page.locator("#passkeys").count() == 1
        assert [key["signCount"] for key in await authenticator.keys()] == [2]


@pytest.mark.parametrize("device", WIDTHS)
async def test_member_passes_the_second_step_with_a_passkey(house: House, chromium: Browser, device: str) -> None:
    """Issue 5: the passkey after the password; Italian."""
    await house.member()
    base = house.node.urls.base
    async with looked_at(house, chromium, device, locale="it") as (watched, _authenticator):
        await watched.page.goto(f"{base}/account")
        await sign_in(watched)
        await make_passkey(watched, base, "il telefono")
        await watched.page.wait_for_url(f"{base}/account/passkeys")
        await watched.page.goto(f"{base}/account/second-factor")
        await is_good(watched, "second-step-offered", device)
        await watched.page.click("form[action='/account/second-factor/passkeys'] button")
        assert await watched.page.locator(".codes li").count() == 10
        await watched.page.goto(f"{base}/account/second-factor")
        await is_good(watched, "second-step-by-passkey", device)
        await watched.page.goto(f"{base}/account")
        await watched.page.locator("form[action='/account/sign-out'] button").click()
        await watched.page.goto(f"{base}/account/sign-in")
        await sign_in(watched)
        await is_good(watched, "code-or-passkey", device)

        await watched.page.click("form[data-passkey] button")

        await watched.page.wait_for_url(f"{base}/account")


async def test_page_says_what_went_wrong(house: House, chromium: Browser) -> None:
    """WCAG 4.1.3: a second key for one device, a finger that is not recognised; each is said, and the form is not sent."""
    await house.member()
    base = house.node.urls.base
    async with looked_at(house, chromium, "phone") as (watched, authenticator):
        await watched.page.goto(f"{base}/account")
        await sign_in(watched)
        await make_passkey(watched, base, "my phone")
        await watched.page.wait_for_url(f"{base}/account/passkeys")

        await make_passkey(watched, base, "my phone again")

        told = watched.page.locator("form[data-passkey] [role=alert]")
        await told.wait_for(state="visible")
        assert await told.inner_text() == "This device has a passkey for your account already."
        await is_good(watched, "passkey-known", "phone")

        await authenticator.is_refused_by_its_owner()
        await watched.page.goto(f"{base}/account")
        await watched.page.locator("form[action='/account/sign-out'] button").click()
        await watched.page.goto(f"{base}/account/sign-in")
        await watched.page.click("form[data-passkey] button")
        await told.wait_for(state="visible")
        assert "You can try again" in await told.inner_text()
        await is_good(watched, "passkey-cancelled", "phone")


async def test_browser_without_passkeys_or_script_signs_in_with_the_password(house: House, chromium: Browser) -> None:
    """Design 18: without JavaScript the page says what is missing, and all else works; so it does where the browser is too old."""
    await house.member()
    base = house.node.urls.base
    context = await chromium.new_context(java_script_enabled=False, viewport={"width": WIDTHS["phone"], "height": 844})
    page = await context.new_page()
    await page.goto(f"{base}/account/sign-in")
    assert await page.locator("noscript").inner_text()
    assert not await page.locator("form[data-passkey] button").is_visible()
    await page.fill("#email", "member@mail.example")
    await page.fill("#password", PASSWORD)
    await page.click("form.sheet button")
    await page.wait_for_url(f"{base}/account")
    await context.close()

    context = await chromium.new_context(viewport={"width": WIDTHS["phone"], "height": 844})
    await context.add_init_script("delete window.PublicKeyCredential")
    watched = Watched(await context.new_page(), base)
    await watched.page.goto(f"{base}/account/sign-in")
    await is_good(watched, "no-webauthn", "phone")
    assert await watched.page.locator("form[data-passkey] .unable").inner_text() == "This browser knows no passkeys."
    assert not await watched.page.locator("form[data-passkey] button").is_visible()
    await context.close()
