"""Passkeys on the pages: shut doors first; then making, naming and removing them, signing in with them, and after a password."""

import html
import re
from typing import Any

import pytest

from coopfed import limits
from coopfed.db.tx import Tx
from coopfed.features.accounts import passkeys, store
from coopfed.features.accounts.leaving import shut
from coopfed.features.accounts.passkeys import PasskeyRow, passkey, spent
from coopfed.features.accounts.store import AccountRow
from coopfed.worker import JOBS
from tests.coopfed.web.account.conftest import MEMBER, PASSWORD, House
from tests.coopfed.web.account.test_signing_in import second_step, signed_in
from tests.coopfed.web.looking import look
from tests.support.authenticator import VERIFIED, Authenticator
from tests.support.browser import Browser, Shown
from tests.support.nodes import a_node

OTHER = "other@mail.example"
WITH_PASSKEY = "Sign in with a passkey"


def asked(page: Shown) -> str:
    """What the page asks the browser for."""
    found = re.search(r'data-options="([^"]*)"', page.text)
    assert found is not None, page.text
    return html.unescape(found[1])


async def a_passkey(house: House, browser: Browser, name: str = "my phone", synced: bool = False) -> Authenticator:
    """Makes a passkey in a browser that is signed in. The device that has it."""
    device = Authenticator(house.node.urls.base, synced=synced)
    await browser.open("/account/passkeys")
    page = await browser.press("Go on", name=name, password=PASSWORD)
    page = await browser.press("Make the passkey", answer=device.make(asked(page)))
    assert (page.status, page.path, name in page.text) == (200, "/account/passkeys", True)
    return device


async def with_passkey(browser: Browser, device: Authenticator, **lies: Any) -> Shown:
    """Signs in by passkey. What is shown then."""
    page = await browser.open("/account/sign-in")
    return await browser.press(WITH_PASSKEY, answer=device.use(asked(page), **lies))


async def account_of(house: House, email: str = MEMBER) -> AccountRow:
    """The account with this address."""
    found = await house.node.db.read(store.by_email, email)
    assert found is not None
    return found


async def keys_of(house: House, email: str = MEMBER) -> list[PasskeyRow]:
    """The passkeys of the account."""
    return await house.node.db.read(passkeys.listed, (await account_of(house, email)).id)


def count_spent(tx: Tx) -> int:
    """How many challenges are remembered."""
    return len(tx.execute(spent.select()).all())


async def is_out(browser: Browser) -> bool:
    """Whether nobody is signed in there."""
    return (await browser.open("/account")).path.startswith("/account/sign-in")


# --- signing in: shut -------------------------------------------------------------------------------------------


async def test_answer_is_good_once(house: House) -> None:
    """WebAuthn 13.4.3: whoever saw an answer signs in with it nowhere; copied keys, which do not count, are no exception."""
    await house.member()
    async with house.browser() as browser:
        await signed_in(house, browser)
        device = await a_passkey(house, browser, synced=True)
    async with house.browser() as browser:
        page = await browser.open("/account/sign-in")
        fields = page.form(WITH_PASSKEY).fields | {"answer": device.use(asked(page))}
        base = house.node.urls.base
        assert (await browser.send("/account/sign-in/passkey", fields, origin=base)).path == "/account"

        again = await browser.send("/account/sign-in/passkey", fields, origin=base)

        assert (again.status, "Please begin again" in again.text) == (403, True)


async def test_answer_is_good_in_the_browser_that_was_asked(house: House) -> None:
    """security 1.6, forged forms: nobody is signed in to an account of the attacker's choice."""
    await house.member()
    async with house.browser() as browser:
        await signed_in(house, browser)
        device = await a_passkey(house, browser)
    async with house.browser() as attacker, house.browser() as victim:
        theirs = await attacker.open("/account/sign-in")
        ticket, answer = theirs.form(WITH_PASSKEY).fields["ticket"], device.use(asked(theirs))
        await victim.open("/account/sign-in")

        page = await victim.press(WITH_PASSKEY, ticket=ticket, answer=answer)

        assert (page.status, await is_out(victim)) == (403, True)


async def test_answer_to_an_old_page_is_refused(house: House) -> None:
    """limits.PASSKEY_SECONDS."""
    await house.member()
    async with house.browser() as browser:
        await signed_in(house, browser)
        device = await a_passkey(house, browser)
    async with house.browser() as browser:
        page = await browser.open("/account/sign-in")
        house.clock.pass_(limits.PASSKEY_SECONDS + 1)

        page = await browser.press(WITH_PASSKEY, answer=device.use(asked(page)))

        assert (page.status, "Please begin again" in page.text) == (403, True)
        assert (await browser.press(WITH_PASSKEY, answer=device.use(asked(page)))).path == "/account"


@pytest.mark.parametrize(
    "lie", [{"origin": "https://evil.example"}, {"without": VERIFIED}, {"owner": b"another"}], ids=str
)
async def test_answer_that_is_not_for_us_signs_nobody_in(house: House, lie: dict[str, Any]) -> None:
    """WebAuthn 7.2, at the door; each part by itself is in tests/coopfed/signing."""
    await house.member()
    async with house.browser() as browser:
        await signed_in(house, browser)
        device = await a_passkey(house, browser)
    async with house.browser() as browser:
        page = await with_passkey(browser, device, **lie)

        assert (page.status, "was not accepted" in page.text, await is_out(browser)) == (403, True, True)


async def test_copy_of_a_key_is_told_from_it(house: House) -> None:
    """WebAuthn 6.1.1: a counter that was seen already."""
    await house.member()
    async with house.browser() as browser:
        await signed_in(house, browser)
        device = await a_passkey(house, browser)
        await with_passkey(browser, device)
    async with house.browser() as browser:
        page = await with_passkey(browser, device, count=1)

        assert (page.status, "may have a copy" in page.text, await is_out(browser)) == (403, True, True)


async def test_removed_passkey_does_nothing(house: House) -> None:
    """Issue 5: removed from the page, with the password."""
    await house.member()
    async with house.browser() as browser:
        await signed_in(house, browser)
        device = await a_passkey(house, browser)
        [row] = await keys_of(house)
        await browser.open(f"/account/passkeys/{row.id}")
        assert (await browser.press("Remove the passkey", password="wrong password")).status == 403
        assert await keys_of(house) == [row]

        page = await browser.press("Remove the passkey", password=PASSWORD)

        assert (page.path, "You have none yet." in page.text) == ("/account/passkeys", True)
    async with house.browser() as browser:
        page = await with_passkey(browser, device)
        assert (page.status, "was removed" in page.text, await is_out(browser)) == (403, True, True)


async def test_passkeys_of_a_shut_account_do_nothing(house: House) -> None:
    """security 1.6: whoever may not sign in does not by another door; and may again when the account is opened."""
    await house.member()
    account = await account_of(house)
    async with house.browser() as browser:
        await signed_in(house, browser)
        device = await a_passkey(house, browser)
        await house.node.db.write(shut, account.id, house.clock.now())
    async with house.browser() as browser:
        page = await with_passkey(browser, device)
        assert (page.status, "This account is shut." in page.text, await is_out(browser)) == (403, True, True)

        await house.node.db.write(shut, account.id, None)
        assert (await with_passkey(browser, device)).path == "/account"


async def test_passkeys_go_with_their_account(house: House) -> None:
    """Deleting an account leaves nothing that signs in, or that names it."""
    await house.member()
    async with house.browser() as browser:
        await signed_in(house, browser)
        device = await a_passkey(house, browser)
        await house.node.db.write(store.remove, (await account_of(house)).id)

        assert await house.node.db.read(lambda tx: tx.execute(passkey.select()).all()) == []
    async with house.browser() as browser:
        assert (await with_passkey(browser, device)).status == 403


async def test_tries_from_one_address_are_bounded(house: House) -> None:
    """security 1.6: 25 in five minutes, as with passwords."""
    async with house.browser() as browser:
        device = Authenticator(house.node.urls.base)
        device.make('{"rp": {"id": "localhost"}, "user": {"id": "AAAA"}, "challenge": ""}')
        answers = [(await with_passkey(browser, device)).status for _ in range(26)]

        assert answers == [403] * 25 + [429]


async def test_form_of_a_passkey_from_elsewhere_is_refused(house: House) -> None:
    """security 1.6: as every form of ours."""
    await house.member()
    async with house.browser() as browser:
        page = await browser.open("/account/sign-in")
        fields = page.form(WITH_PASSKEY).fields | {"answer": "{}"}
        for path in ("/account/sign-in/passkey", "/account/sign-in/code/passkey"):
            assert (await browser.send(path, fields, origin="https://evil.example")).status == 403
        await signed_in(house, browser)
        for path in ("/account/passkeys", "/account/passkeys/new", "/account/second-factor/passkeys"):
            assert (await browser.send(path, fields, origin="https://evil.example")).status == 403, path


# --- making: shut -----------------------------------------------------------------------------------------------


async def test_passkey_is_made_with_the_password(house: House) -> None:
    """Whoever finds an open browser does not add a key of their own."""
    await house.member()
    async with house.browser() as browser:
        assert (await browser.open("/account/passkeys")).path.startswith("/account/sign-in")
        await signed_in(house, browser)
        await browser.open("/account/passkeys")

        page = await browser.press("Go on", name="my phone", password="wrong password")

        assert (page.status, "do not belong together" in page.text, "data-options" in page.text) == (403, True, False)


async def test_page_that_made_a_passkey_is_good_once_and_not_for_long(house: House) -> None:
    """WebAuthn 13.4.3, for making: replayed, late, and from before the password changed."""
    await house.member()
    async with house.browser() as browser:
        await signed_in(house, browser)
        device, base = Authenticator(house.node.urls.base), house.node.urls.base
        for waits in (0, limits.PASSKEY_SECONDS + 1):
            await browser.open("/account/passkeys")
            page = await browser.press("Go on", name="my phone", password=PASSWORD)
            fields = page.form("Make the passkey").fields | {"answer": device.make(asked(page))}
            house.clock.pass_(waits)
            statuses = [(await browser.send("/account/passkeys", fields, origin=base)).status for _ in range(2)]
            assert statuses == ([403, 403] if waits else [200, 403])
        await browser.open("/account/passkeys")
        page = await browser.press("Go on", name="my phone", password=PASSWORD)
        fields = page.form("Make the passkey").fields | {"answer": device.make(asked(page))}
        await browser.open("/account/password")
        await browser.press("Save the password", old=PASSWORD, password="a new one of fish", again="a new one of fish")

        assert (await browser.send("/account/passkeys", fields, origin=base)).status == 403
        assert len(await keys_of(house)) == 1


async def test_passkey_is_made_for_the_account_that_asked(house: House) -> None:
    """security 1.6, ownership: a page of one account is nothing in a browser of another."""
    await house.member()
    await house.member(OTHER)
    async with house.browser() as mine, house.browser() as theirs:
        await signed_in(house, mine)
        await signed_in(house, theirs, OTHER)
        await mine.open("/account/passkeys")
        page = await mine.press("Go on", name="my phone", password=PASSWORD)
        ticket, answer = page.form("Make the passkey").fields["ticket"], Authenticator(mine.base).make(asked(page))
        form = (await theirs.open("/account")).forms[0].fields["form"]

        sent = {"form": form, "ticket": ticket, "answer": answer}
        assert (await theirs.send("/account/passkeys", sent, origin=mine.base)).status == 403
        assert await keys_of(house, OTHER) == []


async def test_nobody_sees_names_or_removes_a_passkey_of_somebody_else(house: House) -> None:
    """security 1.6, ownership: queries filter by the owner."""
    await house.member()
    await house.member(OTHER)
    async with house.browser() as mine, house.browser() as theirs:
        await signed_in(house, mine)
        await signed_in(house, theirs, OTHER)
        await a_passkey(house, theirs, "theirs")
        [row] = await keys_of(house, OTHER)
        form = (await mine.open("/account")).forms[0].fields["form"]
        path = f"/account/passkeys/{row.id}"

        assert (await mine.open(path)).status == 404
        for verb, fields in (("name", {"name": "mine"}), ("remove", {"password": PASSWORD})):
            assert (await mine.send(f"{path}/{verb}", fields | {"form": form}, origin=mine.base)).status == 404
        assert await keys_of(house, OTHER) == [row]


async def test_passkey_belongs_to_one_account(house: House) -> None:
    """WebAuthn 7.1, step 26: an id that is here is not taken again."""
    await house.member()
    await house.member(OTHER)
    async with house.browser() as mine, house.browser() as theirs:
        await signed_in(house, mine)
        await signed_in(house, theirs, OTHER)
        device = await a_passkey(house, mine)
        await theirs.open("/account/passkeys")
        page = await theirs.press("Go on", name="stolen", password=PASSWORD)
        known = device.keys[0]
        answer = device.make(asked(page), credential=known.credential, new_credential=known.credential)

        page = await theirs.press("Make the passkey", answer=answer)

        assert (page.status, "is here already" in page.text) == (422, True)
        assert (await keys_of(house, OTHER), len(await keys_of(house))) == ([], 1)


async def test_names_and_numbers_of_passkeys_are_bounded(house: House) -> None:
    """limits.PASSKEYS, limits.PASSKEY_NAME_LENGTH; a name is a line."""
    await house.member()
    async with house.browser() as browser:
        await signed_in(house, browser)
        for name, told in ((" \n ", "Give the passkey a name"), ("x" * (limits.PASSKEY_NAME_LENGTH + 1), "too long")):
            await browser.open("/account/passkeys")
            page = await browser.press("Go on", name=name, password=PASSWORD)
            assert (page.status, told in page.text) == (422, True)
        await a_passkey(house, browser, "x" * limits.PASSKEY_NAME_LENGTH)
        [row] = await keys_of(house)

        def fill(tx: Tx) -> None:
            values = {name: getattr(row, name) for name in PasskeyRow.__dataclass_fields__}
            for more in range(1, limits.PASSKEYS):
                tx.execute(passkey.insert(), values | {"id": row.id + more, "credential": f"key {more}".encode()})

        await house.node.db.write(fill)
        await browser.open("/account/passkeys")
        page = await browser.press("Go on", name="one more", password=PASSWORD)
        assert (page.status, "as many passkeys as there may be" in page.text) == (422, True)


# --- open -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("synced", [False, True])
async def test_passkey_signs_in_without_password_and_code(house: House, synced: bool) -> None:
    """Issue 5: it was the device that verified who it is, so no second step follows; and one is where one wanted to be."""
    await house.member()
    async with house.browser() as browser:
        await signed_in(house, browser)
        await second_step(house, browser)
        device = await a_passkey(house, browser, synced=synced)
    for _ in range(2):
        async with house.browser() as browser:
            page = await browser.open("/account/sign-in?next=/account/password")
            page = await browser.press(WITH_PASSKEY, answer=device.use(asked(page)))

            assert (page.status, page.path) == (200, "/account/password")
    [row] = await keys_of(house)
    assert (row.sign_count, row.used_at) == (0 if synced else 2, house.clock.now())


async def test_owner_is_told_of_a_new_passkey(house: House) -> None:
    """security 1.6: whoever has a key of theirs added by somebody else hears of it."""
    await house.member()
    async with house.browser() as browser:
        await signed_in(house, browser)
        await a_passkey(house, browser, "the silver key")

    mail = (await house.post())[-1]
    body = mail.get_payload(decode=True)
    assert isinstance(body, bytes)
    assert (mail["To"], mail["Subject"]) == (MEMBER, f"A new passkey for {house.node.config.handle_domain}")
    assert "“the silver key”" in body.decode()
    assert f"{house.node.urls.base}/account/passkeys" in body.decode()


async def test_passkeys_are_listed_and_named(house: House) -> None:
    """Issue 5: each with its name, since when, and whether it is copied."""
    await house.member()
    async with house.browser() as browser:
        await signed_in(house, browser)
        await a_passkey(house, browser, "my phone", synced=True)
        await a_passkey(house, browser, "the silver key")
        assert "2 passkeys" in (await browser.open("/account")).text
        [_phone, row] = await keys_of(house)
        await browser.open(f"/account/passkeys/{row.id}")
        assert (await browser.press("Save the name", name=" ")).status == 422

        page = await browser.press("Save the name", name=" <b>the\nred key ")

        assert page.path == "/account/passkeys"
        assert ("&lt;b&gt;the red key" in page.text, "the silver key" in page.text) == (True, False)
        assert ("copied to your other devices" in page.text, "on one device only" in page.text) == (True, True)


async def test_pages_name_the_passkeys_that_there_are(house: House) -> None:
    """WebAuthn 5.4, 5.5: none twice on a device; after the password only one's own; before it nobody's."""
    await house.member()
    async with house.browser() as browser:
        await signed_in(house, browser)
        device = await a_passkey(house, browser)
        await browser.open("/account/passkeys")
        making = asked(await browser.press("Go on", name="again", password=PASSWORD))
        await second_step(house, browser)
    async with house.browser() as browser:
        before = asked(await browser.open("/account/sign-in"))
        await signed_in(house, browser)
        after = asked(browser.page)

    named = f'"id":"{device.use(after).split(chr(34))[3]}"'
    assert [named in options for options in (making, before, after)] == [True, False, True]


async def test_scripts_run_on_the_pages_that_need_one_only(house: House) -> None:
    """Design 18; security 1.5: `script-src 'self'` there, no script elsewhere, none that stands in a page."""
    await house.member()
    async with house.browser() as browser:
        page = await browser.open("/account/sign-in")
        assert "; script-src 'self'" in page.headers["Content-Security-Policy"]
        assert re.findall(r"<script[^>]*>[^<]*</script>", page.text) == re.findall(
            r'<script src="/static/passkey.js\?v=\w+" defer></script>', page.text
        )
        assert "Passkeys need JavaScript" in page.text
        await signed_in(house, browser)
        for path in ("/account", "/account/passkeys", "/account/second-factor", "/"):
            page = await browser.open(path)
            assert ("script-src" in page.headers["Content-Security-Policy"], "<script" in page.text) == (False, False)


async def test_where_no_passkeys_are_possible_none_are_offered(database_url: str) -> None:
    """WebAuthn 5.1.3: under an address instead of a name the page of signing in is as before, and runs no script."""
    async with a_node(database_url, public_url="http://127.0.0.1:8000") as node:
        page = await look(node, "/account/sign-in")

        assert (page.status, "passkey" in page.text.lower()) == (200, False)
        assert "script-src" not in page.header("Content-Security-Policy")


async def test_answered_challenges_are_forgotten_with_their_pages(house: House) -> None:
    """The job `prune`: rows stay while an answer could still be sent again, and no longer."""
    await house.member()
    async with house.browser() as browser:
        await signed_in(house, browser)
        await a_passkey(house, browser)
        await JOBS["prune"](house.node, "2026-11-24")
        assert await house.node.db.read(count_spent) == 1

        house.clock.pass_(limits.PASSKEY_SECONDS + 1)
        await JOBS["prune"](house.node, "2026-11-25")

        assert await house.node.db.read(count_spent) == 0


# --- as the second step -----------------------------------------------------------------------------------------


async def passkeys_as_second_step(house: House, browser: Browser) -> list[str]:
    """Turns them on as the second step. The recovery codes."""
    await browser.open("/account/second-factor")
    page = await browser.press("Use my passkeys")
    assert page.status == 200
    return [part.split("<")[0] for part in page.text.split("<li><code>")[1:]]


async def test_passkey_after_the_password(house: House) -> None:
    """Issue 5: instead of a code; the password alone does not do, nor does somebody else's passkey."""
    await house.member()
    await house.member(OTHER)
    async with house.browser() as browser, house.browser() as theirs:
        await signed_in(house, browser)
        device = await a_passkey(house, browser)
        codes = await passkeys_as_second_step(house, browser)
        assert len(codes) == limits.RECOVERY_CODES
        assert "Second step: on" in (await browser.open("/account")).text
        await signed_in(house, theirs, OTHER)
        foreign = await a_passkey(house, theirs)
    async with house.browser() as browser:
        await signed_in(house, browser)
        assert await is_out(browser)
        await signed_in(house, browser)
        page = await browser.press("Use a passkey", answer=foreign.use(asked(browser.page)))
        assert (page.status, "is not known here" in page.text) == (403, True)
        page = await browser.press("Use a passkey", answer=device.use(asked(page), origin="https://evil.example"))
        assert page.status == 403
        assert (await browser.press("Sign in", code="000000")).status == 403

        page = await browser.press("Use a passkey", answer=device.use(asked(browser.page)))

        assert page.path == "/account"


async def test_passkey_does_where_an_app_is_the_second_step(house: House) -> None:
    """Issue 5: as second factor instead of TOTP, once for each password."""
    await house.member()
    async with house.browser() as browser:
        await signed_in(house, browser)
        await second_step(house, browser)
        device = await a_passkey(house, browser, synced=True)
    async with house.browser() as browser:
        await signed_in(house, browser)
        fields = browser.page.form("Use a passkey instead").fields | {"answer": device.use(asked(browser.page))}
        sent = [await browser.send("/account/sign-in/code/passkey", fields, origin=browser.base) for _ in range(2)]

        assert [(page.status, page.path) for page in sent] == [
            (200, "/account"),
            (403, "/account/sign-in/code/passkey"),
        ]


async def test_recovery_code_stands_for_a_lost_passkey(house: House) -> None:
    """Issue 5: recovery stays possible; the lost key is removed, and with the last one the second step."""
    await house.member()
    async with house.browser() as browser:
        await signed_in(house, browser)
        await a_passkey(house, browser)
        codes = await passkeys_as_second_step(house, browser)
    async with house.browser() as browser:
        await signed_in(house, browser)
        assert (await browser.press("Sign in", code=codes[0])).path == "/account"
        [row] = await keys_of(house)
        page = await browser.open(f"/account/passkeys/{row.id}")
        assert "with the last of them, that is off too" in page.text
        await browser.press("Remove the passkey", password=PASSWORD)
        assert "Second step: off" in (await browser.open("/account")).text
    async with house.browser() as browser:
        assert await signed_in(house, browser) == 200
        assert not await is_out(browser)


async def test_last_passkey_takes_no_app_with_it(house: House) -> None:
    """The second step of an authenticator app does not hang on passkeys."""
    await house.member()
    async with house.browser() as browser:
        await signed_in(house, browser)
        await second_step(house, browser)
        await a_passkey(house, browser)
        [row] = await keys_of(house)
        await browser.open(f"/account/passkeys/{row.id}")
        await browser.press("Remove the passkey", password=PASSWORD)

        assert "Second step: on" in (await browser.open("/account")).text


async def test_second_step_by_passkey_needs_one(house: House) -> None:
    """Nobody is asked for what they do not have; and what is on is not turned on over it."""
    await house.member()
    async with house.browser() as browser:
        await signed_in(house, browser)
        form = (await browser.open("/account/second-factor")).forms[0].fields["form"]
        assert "Use my passkeys" not in browser.page.text
        await browser.send("/account/second-factor/passkeys", {"form": form}, origin=browser.base)
        assert "Second step: off" in (await browser.open("/account")).text

        await a_passkey(house, browser)
        codes = await passkeys_as_second_step(house, browser)
        again = await browser.send("/account/second-factor/passkeys", {"form": form}, origin=browser.base)

        assert ("recovery" in again.text, codes[0] in again.text) == (False, False)
        assert "one of your passkeys" in again.text
