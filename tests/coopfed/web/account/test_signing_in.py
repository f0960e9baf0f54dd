"""Signing in: shut doors first, then the password, then the second step; sessions, and how they end."""

import pyotp
import pytest

from coopfed import limits
from coopfed.features.accounts import sessions, store
from coopfed.features.accounts.leaving import shut
from coopfed.web import forms
from tests.coopfed.web.account.conftest import MEMBER, PASSWORD, House
from tests.support.browser import Browser


async def signed_in(house: House, browser: Browser, email: str = MEMBER, password: str = PASSWORD) -> int:
    """Signs in by the page. The status of what is shown then."""
    await browser.open("/account/sign-in")
    return (await browser.press("Sign in", email=email, password=password)).status


# --- shut -------------------------------------------------------------------------------------------------------


async def test_pages_of_signed_in_people_lead_to_signing_in_and_back(house: House) -> None:
    """security 1.6: nobody sees them, and whoever signs in is where they wanted to be."""
    await house.member()
    async with house.browser() as browser:
        page = await browser.open("/account/password")
        assert page.path.startswith("/account/sign-in?next=%2Faccount%2Fpassword")

        page = await browser.press("Sign in", email=MEMBER, password=PASSWORD)

        assert page.path == "/account/password"


async def test_wrong_password_and_unknown_address_are_told_alike(house: House) -> None:
    """security 1.6: nobody learns who has an account here."""
    await house.member()
    await store_without_password(house, "invited@mail.example")
    told = []
    for email, password in (
        (MEMBER, "wrong password"),
        ("nobody@mail.example", PASSWORD),
        ("invited@mail.example", ""),
    ):
        async with house.browser() as browser:
            assert await signed_in(house, browser, email, password) == 403
            told.append(browser.page.text.replace(email, ""))
            assert (await browser.open("/account")).path.startswith("/account/sign-in")

    assert "Address and password do not belong together." in told[0]
    assert [text.count("fault-line") for text in told] == [1, 1, 1]


async def store_without_password(house: House, email: str) -> None:
    """An account whose owner has not come in yet."""
    await store.give_role(house.node, email, house.cooperative, "editor")


async def test_form_from_elsewhere_is_refused(house: House) -> None:
    """security 1.6: Origin, Sec-Fetch-Site and the token of the browser's own page, each."""
    await house.member()
    async with house.browser() as browser:
        page = await browser.open("/account/sign-in")
        fields = page.forms[0].fields | {"email": MEMBER, "password": PASSWORD}
        base = house.node.urls.base

        assert (await browser.send("/account/sign-in", fields)).status == 403
        assert (await browser.send("/account/sign-in", fields, origin="https://evil.example")).status == 403
        assert (await browser.send("/account/sign-in", fields, origin="null")).status == 403
        assert (await browser.send("/account/sign-in", fields, sec_fetch_site="cross-site")).status == 403
        assert (await browser.send("/account/sign-in", fields | {"form": "0" * 64}, origin=base)).status == 403
        async with house.browser() as other:
            assert (await other.send("/account/sign-in", fields, origin=base)).status == 403
        assert (await browser.send("/account/sign-in", fields, sec_fetch_site="same-origin")).status == 200


@pytest.mark.parametrize(
    "wanted", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "", "/ok\r\nX: y"]
)
async def test_nobody_is_led_to_another_host(house: House, wanted: str) -> None:
    """security 1.6, open redirects: Mastodon CVE-2026-33868."""
    assert forms.way_back(wanted) == "/account"


async def test_tries_are_bounded_for_an_account_and_for_an_address(house: House) -> None:
    """security 1.6: ten tries for an account, whoever tries; and after a while again."""
    await house.member()
    async with house.browser() as browser:
        answers = [await signed_in(house, browser, password=f"wrong password {n}") for n in range(11)]
        assert answers == [403] * 10 + [429]
        assert await signed_in(house, browser) == 429

        house.clock.pass_(301)
        assert await signed_in(house, browser) == 200


async def test_shut_account_is_out_at_once(house: House) -> None:
    """security 1.6: sessions do not outlive the account's end."""
    await house.member()
    account = await house.node.db.read(store.by_email, MEMBER)
    assert account is not None
    async with house.browser() as browser:
        await signed_in(house, browser)
        await house.node.db.write(shut, account.id, house.clock.now())

        assert (await browser.open("/account")).path.startswith("/account/sign-in")
        assert await signed_in(house, browser) == 403
        assert "This account is shut." in browser.page.text


# --- open -------------------------------------------------------------------------------------------------------


async def test_password_signs_in(house: House) -> None:
    """Issue 5, part 1: the page says who one is, and as whom one may speak."""
    await house.member()
    async with house.browser() as browser:
        assert await signed_in(house, browser, email=f" {MEMBER.upper()} ") == 200

        page = await browser.open("/account")

        assert (MEMBER in page.text, "Fishers" in page.text, "Test browser" in page.text) == (True, True, True)
        assert page.headers["Cache-Control"] == "private, no-store"
        assert "form-action 'self'" in page.headers["Content-Security-Policy"]


async def test_account_page_says_what_to_type_in_an_app(house: House) -> None:
    """A node that is not on the usual port is found by an app only with its port."""
    await house.member()
    async with house.browser() as browser:
        await signed_in(house, browser)

        assert f"type {house.node.config.authority} as the server" in browser.page.text


async def test_cookie_is_for_the_browser_alone(house: House) -> None:
    """security 1.6: HttpOnly, SameSite; and a new secret at each sign-in."""
    await house.member()
    made = []
    for _ in range(2):
        async with house.browser() as browser:
            await signed_in(house, browser)
            [cookie] = [one for one in browser.session.cookie_jar if one.key == "coopfed-session"]
            assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
            made.append(cookie.value)

    assert made[0] != made[1]


async def test_pages_for_everybody_set_no_cookie(house: House) -> None:
    """README: no cookie but for whoever signs in."""
    async with house.browser() as browser:
        for path in ("/", "/@fishers"):
            assert "Set-Cookie" not in (await browser.open(path)).headers


async def test_signing_out_ends_the_session(house: House) -> None:
    """The cookie is no use to whoever has a copy of it."""
    await house.member()
    async with house.browser() as browser, house.browser() as thief:
        await signed_in(house, browser)
        thief.session.cookie_jar.update_cookies({one.key: one.value for one in browser.session.cookie_jar})
        assert (await thief.open("/account")).path == "/account"

        await browser.open("/account")
        await browser.press("Sign out")

        assert (await browser.open("/account")).path.startswith("/account/sign-in")
        assert (await thief.open("/account")).path.startswith("/account/sign-in")


async def test_sessions_are_listed_and_ended_from_another(house: House) -> None:
    """Issue 5, part 1: sessions listed and revocable."""
    await house.member()
    async with house.browser() as phone, house.browser() as desk:
        await signed_in(house, phone)
        await signed_in(house, desk)
        assert (await desk.open("/account")).text.count("Test browser") == 2

        await desk.press("Sign out everywhere else")

        assert (await phone.open("/account")).path.startswith("/account/sign-in")
        assert (await desk.open("/account")).path == "/account"


async def test_nobody_ends_a_session_of_somebody_else(house: House) -> None:
    """security 1.6, ownership: queries filter by the owner."""
    await house.member()
    await house.member("other@mail.example")
    other = await house.node.db.read(store.by_email, "other@mail.example")
    assert other is not None
    async with house.browser() as mine, house.browser() as theirs:
        await signed_in(house, mine)
        await signed_in(house, theirs, "other@mail.example")
        [session] = await house.node.db.read(sessions.listed, other.id)
        token = (await mine.open("/account")).forms[0].fields["form"]

        answer = await mine.send(f"/account/sessions/{session.id}/end", {"form": token}, origin=house.node.urls.base)

        assert answer.status == 404
        assert (await theirs.open("/account")).path == "/account"


async def test_session_ends_when_its_browser_was_not_seen_for_long(house: House) -> None:
    """limits.SESSION_DAYS: while it is used it lasts."""
    await house.member()
    async with house.browser() as browser:
        await signed_in(house, browser)
        for _ in range(3):
            house.clock.pass_((limits.SESSION_DAYS - 1) * 24 * 3600)
            assert (await browser.open("/account")).path == "/account"

        house.clock.pass_((limits.SESSION_DAYS + 1) * 24 * 3600)

        assert (await browser.open("/account")).path.startswith("/account/sign-in")


# --- the second step --------------------------------------------------------------------------------------------


async def second_step(house: House, browser: Browser) -> tuple[str, list[str]]:
    """Turns the second step on. The authenticator's key, and the recovery codes."""
    page = await browser.open("/account/second-factor")
    key = page.text.split('<code class="key">')[1].split("<")[0]
    page = await browser.press("Turn it on", password=PASSWORD, code=code_of(house, key))
    assert page.status == 200
    return key, [part.split("<")[0] for part in page.text.split("<li><code>")[1:]]


def code_of(house: House, key: str) -> str:
    """What the authenticator shows now."""
    return pyotp.TOTP(key).at(house.clock.now() // 1000)


async def test_second_step_is_turned_on_with_the_password_and_a_key_that_nobody_saw_before(house: House) -> None:
    """security 1.6: whoever finds an open browser neither locks its owner out, nor keeps a key that the owner turns on some day."""
    await house.member()
    async with house.browser() as browser:
        await signed_in(house, browser)
        page = await browser.open("/account/second-factor")
        seen = page.text.split('<code class="key">')[1].split("<")[0]
        found = await browser.press("Turn it on", password="wrong password", code=code_of(house, seen))
        assert (found.status, seen in found.text) == (403, True)
        assert "Turn it on" in (await browser.open("/account/second-factor")).text

        wrong = await browser.press("Turn it on", password=PASSWORD, code=code_of(house, seen))

        assert (wrong.status, "Turn it off" in (await browser.open("/account/second-factor")).text) == (403, False)


async def test_second_step_asks_for_a_code(house: House) -> None:
    """Issue 5, part 1: TOTP; a wrong code, and one that was used, do not sign in."""
    await house.member()
    async with house.browser() as browser:
        await signed_in(house, browser)
        key, _codes = await second_step(house, browser)
    async with house.browser() as other:
        await signed_in(house, other)
        assert (await other.press("Sign in", code="000000")).status == 403
        assert (await other.press("Sign in", code=code_of(house, key))).status == 403, "it was used to turn it on"
        assert (await other.open("/account")).path.startswith("/account/sign-in")
        house.clock.pass_(30)
        await signed_in(house, other)

        assert (await other.press("Sign in", code=code_of(house, key))).path == "/account"


async def test_recovery_code_is_good_once(house: House) -> None:
    """Issue 5, part 1: for whoever lost the phone."""
    await house.member()
    async with house.browser() as browser:
        await signed_in(house, browser)
        _key, codes = await second_step(house, browser)
        assert len(codes) == limits.RECOVERY_CODES
    answers = []
    for _ in range(2):
        async with house.browser() as other:
            await signed_in(house, other)
            answers.append((await other.press("Sign in", code=codes[0].upper())).status)

    assert answers == [200, 403]


async def test_late_second_step_begins_again(house: House) -> None:
    """limits.SECOND_FACTOR_SECONDS: a ticket is no password."""
    await house.member()
    async with house.browser() as browser:
        await signed_in(house, browser)
        key, _codes = await second_step(house, browser)
    async with house.browser() as other:
        await signed_in(house, other)
        house.clock.pass_(limits.SECOND_FACTOR_SECONDS + 1)

        page = await other.press("Sign in", code=code_of(house, key))

        assert (page.status, "Please begin again" in page.text) == (403, True)


async def test_second_step_is_turned_off_with_the_password(house: House) -> None:
    """Whoever finds an open browser does not take it away."""
    await house.member()
    async with house.browser() as browser:
        await signed_in(house, browser)
        await second_step(house, browser)
        await browser.open("/account/second-factor")
        assert (await browser.press("Turn it off", password="wrong password")).status == 403
        assert (await browser.press("Turn it off", password=PASSWORD)).path == "/account"
    async with house.browser() as other:
        assert await signed_in(house, other) == 200
        assert (await other.open("/account")).path == "/account"
