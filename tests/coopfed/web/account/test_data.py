"""The page of an actor's data: shut first; then files both ways, archives, aliases and the move."""

import io
import zipfile

import aiohttp
import pytest

from actors.lookup import ActorRow, by_id
from coopfed.features import host_blocks
from coopfed.features.moderation.actions import suspend
from coopfed.features.moderation.audit import COMMAND_LINE
from coopfed.features.moves.actions import set_alias
from coopfed.features.portability import archives, store
from coopfed.features.portability.archives import MAKE_ARCHIVE
from coopfed.features.portability.store import RUN_IMPORT
from tests.coopfed.web.account.conftest import MEMBER, PASSWORD, House
from tests.coopfed.web.account.test_signing_in import signed_in
from tests.support.browser import Browser, Shown
from tests.support.jobs import run_jobs

PAGE = "/account/data/fishers"


async def bring(house: House, browser: Browser, text: str, **fields: str) -> int:
    """Chooses a file and sends the form, as a browser does. The status of what is shown then."""
    page = await browser.open(PAGE)
    form = page.form("Bring the file")
    data = aiohttp.FormData(default_to_multipart=True)
    for name, value in {**form.fields, **fields}.items():
        if name != "data":
            data.add_field(name, value)
    data.add_field("data", text.encode(), filename="brought.csv" if text else "", content_type="text/csv")
    url, origin = f"{house.node.urls.base}{form.action}", {"Origin": house.node.urls.base}
    async with browser.session.post(url, data=data, headers=origin) as answer:
        browser.page = Shown(answer.status, str(answer.url), {}, await answer.text(), [])
        return answer.status


async def got(house: House, browser: Browser, path: str) -> tuple[int, bytes, str]:
    """A file: status, bytes, how it is to be kept."""
    async with browser.session.get(f"{house.node.urls.base}{path}") as answer:
        return answer.status, await answer.read(), answer.headers.get("Content-Disposition", "")


async def cooperative(house: House) -> ActorRow:
    """The cooperative as it is now."""
    row = await house.node.db.read(by_id, house.cooperative.id)
    assert row is not None
    return row


# --- shut -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["author", "reader", "moderator"])
async def test_page_is_for_editors(house: House, role: str) -> None:
    """Neither the page, nor a file, nor the way in; and no link leads there."""
    await house.member(role=role)
    async with house.browser() as browser:
        await signed_in(house, browser)

        assert f'"{PAGE}"' not in (await browser.open("/account")).text
        for path in (PAGE, f"{PAGE}/exports/blocks.csv", f"{PAGE}/imports/1/failures.csv", f"{PAGE}/archives/1"):
            assert (await browser.open(path)).status == 403, path
        assert (await browser.send(f"{PAGE}/import", {}, origin=house.node.urls.base)).status == 403


async def test_editors_have_no_archives_and_move_nobody(house: House) -> None:
    """For admins alone; the page does not offer it to others."""
    await house.member()
    async with house.browser() as browser:
        await signed_in(house, browser)
        page = await browser.open(PAGE)
        token = page.form("Bring the file").fields["form"]

        assert page.status == 200
        assert "Ask for an archive" not in page.text
        for verb in ("archive", "aliases", "move"):
            answer = await browser.send(f"{PAGE}/{verb}", {"form": token}, origin=house.node.urls.base)
            assert answer.status == 403, verb
    assert await house.node.db.read(archives.listed, house.cooperative.id) == []


async def test_suspended_actor_goes_nowhere_and_says_nothing(house: House) -> None:
    """docs/moderation.md, *suspend*: its people take along what it has; they move nobody, follow nobody and let nobody in by pages."""
    await house.member(role="admin")
    await set_alias(house.node, house.person, house.cooperative)
    async with house.browser() as browser:
        await signed_in(house, browser)
        await bring(house, browser, "person@localhost\n", type="following")
        await suspend(house.node, house.cooperative, True, COMMAND_LINE)
        token = (await browser.open(PAGE)).form("Bring the file").fields["form"]

        await run_jobs(house.node, RUN_IMPORT)
        typed = {"form": token, "password": PASSWORD, "target": house.person.uri, "aliases": house.person.uri}
        told = [
            (await browser.send(f"{PAGE}/{verb}", typed, origin=house.node.urls.base)).status
            for verb in ("import", "aliases", "move")
        ]
        typed |= {"email": "new@mail.example", "role": "reader"}
        invited = await browser.send("/account/people/fishers/invite", typed, origin=house.node.urls.base)

        assert (told, invited.status) == ([403, 403, 403], 403)
        assert (await got(house, browser, f"{PAGE}/exports/blocks.csv"))[0] == 200
    row = await cooperative(house)
    assert (row.moved_to, row.alias_uris, row.following_count) == (None, (), 0)


async def test_foreign_form_does_nothing(house: House) -> None:
    """Security 1.6: a form that no page of ours sent."""
    await house.member(role="admin")
    async with house.browser() as browser:
        await signed_in(house, browser)
        for verb in ("import", "archive", "aliases", "move"):
            answer = await browser.send(f"{PAGE}/{verb}", {"type": "blocks"}, origin="https://evil.example")
            assert answer.status == 403, verb


async def test_wrong_file_is_told_in_the_readers_words(house: House) -> None:
    """A sentence with the row, in Turkish too; nothing is kept."""
    await house.member()
    async with house.browser() as browser:
        await signed_in(house, browser)

        assert await bring(house, browser, "a@x.example;b\n", type="blocks") == 422
        assert "Row 1: columns are separated by commas, not by semicolons." in browser.page.text
        browser.session.headers["Accept-Language"] = "tr"
        page = await browser.open(PAGE)
        assert "Yanına al" in page.text
    assert await house.node.db.read(store.listed, house.cooperative.id) == []


async def test_missing_file_is_told(house: House) -> None:
    """The form without a file."""
    await house.member()
    async with house.browser() as browser:
        await signed_in(house, browser)

        assert await bring(house, browser, "", type="blocks") == 422
        assert "Choose a file." in browser.page.text


# --- open -------------------------------------------------------------------------------------------------------


async def test_file_is_brought_watched_and_taken_along(house: House) -> None:
    """Progress, then what could not be done as a file, then the same data as a file to take along."""
    await house.member()
    async with house.browser() as browser:
        await signed_in(house, browser)
        assert f'"{PAGE}"' in (await browser.open("/account")).text
        assert await bring(house, browser, "bad.example\nnot a host\n", type="domain_blocks", mode="merge") == 200
        assert ('<progress value="0" max="2">' in browser.page.text, "0 of 2 rows" in browser.page.text) == (True, True)
        assert await bring(house, browser, "worse.example\n", type="domain_blocks") == 422
        assert "Another file is being worked off." in browser.page.text

        await run_jobs(house.node, RUN_IMPORT)

        page = await browser.open(PAGE)
        assert ("1 of 2 rows were done" in page.text, "1 row could not be done" in page.text) == (True, True)
        [found] = await house.node.db.read(store.listed, house.cooperative.id)
        status, body, kept = await got(house, browser, f"{PAGE}/imports/{found.id}/failures.csv")
        assert (status, body.startswith(b"not a host,"), kept) == (
            200,
            True,
            'attachment; filename="failed_blocked_domains.csv"',
        )
        status, body, kept = await got(house, browser, f"{PAGE}/exports/domain_blocks.csv")
        assert (status, body, kept) == (200, b"bad.example\n", 'attachment; filename="blocked_domains.csv"')
        assert (await got(house, browser, f"{PAGE}/exports/nonsense.csv"))[0] == 404


async def test_file_may_overwrite(house: House) -> None:
    """The choice of the form is read: what is not in the file goes."""
    await house.member()
    await host_blocks.shut_out(house.node, house.cooperative, "old.example")
    async with house.browser() as browser:
        await signed_in(house, browser)

        await bring(house, browser, "new.example\n", type="domain_blocks", mode="overwrite")
        await run_jobs(house.node, RUN_IMPORT)

        assert (await got(house, browser, f"{PAGE}/exports/domain_blocks.csv"))[1] == b"new.example\n"


async def test_archive_is_asked_for_and_fetched(house: House) -> None:
    """One a day; the link is there when it is written."""
    await house.member(role="admin")
    async with house.browser() as browser:
        await signed_in(house, browser)
        await browser.open(PAGE)
        assert "Is being written." in (await browser.press("Ask for an archive")).text
        again = await browser.press("Ask for an archive")
        assert (again.status, "That was asked for often enough." in again.text) == (429, True)

        await run_jobs(house.node, MAKE_ARCHIVE)

        [row] = await house.node.db.read(archives.listed, house.cooperative.id)
        assert f'href="{PAGE}/archives/{row.id}"' in (await browser.open(PAGE)).text
        status, body, kept = await got(house, browser, f"{PAGE}/archives/{row.id}")
        assert (status, f"fishers-{row.id}.zip" in kept) == (200, True)
        assert "actor.json" in zipfile.ZipFile(io.BytesIO(body)).namelist()
        assert (await got(house, browser, f"{PAGE}/archives/4711"))[0] == 404


async def test_aliases_are_saved(house: House) -> None:
    """One in each line; who is not there is told, and what was typed stays."""
    await house.member(role="admin")
    async with house.browser() as browser:
        await signed_in(house, browser)
        await browser.open(PAGE)
        handle = house.node.config.handle_domain

        wrong = await browser.press("Save the accounts", aliases=f"nobody@{handle}")
        assert (wrong.status, "Nobody was found there." in wrong.text, f"nobody@{handle}" in wrong.text) == (
            422,
            True,
            True,
        )
        await browser.press("Save the accounts", aliases=f"@person@{handle}\n\n")

    assert (await cooperative(house)).alias_uris == (house.person.uri,)


async def test_actor_moves_with_the_password(house: House) -> None:
    """The other account must agree, and the password be right; then the page says where to."""
    await house.member(role="admin")
    async with house.browser() as browser:
        await signed_in(house, browser)
        await browser.open(PAGE)
        target = house.person.uri
        refused = await browser.press("Move", target=target, password=PASSWORD)
        assert (refused.status, "the other account must name this one" in refused.text) == (422, True)
        await set_alias(house.node, house.person, house.cooperative)
        wrong = await browser.press("Move", target=target, password="not the password")
        assert (wrong.status, "This is not your password." in wrong.text) == (403, True)
        assert (await cooperative(house)).moved_to is None

        moved = await browser.press("Move", target=target, password=PASSWORD)

        assert f"This account has moved to {target}." in moved.text
    assert ((await cooperative(house)).moved_to, MEMBER) == (target, "member@mail.example")
