"""The pages on which an actor's people write requests and offers: shut first; then written, handed in, published, changed and ended."""

from datetime import timedelta

import pytest
from playwright.async_api import Browser as Chromium

from coopfed.clock import utc
from coopfed.features.accounts.store import give_role
from coopfed.features.moderation.actions import suspend
from coopfed.features.moderation.audit import COMMAND_LINE
from coopfed.features.ranges import Range
from coopfed.features.requests import store
from coopfed.features.requests.board import Wanted, find
from coopfed.features.requests.rules import Status
from coopfed.features.requests.store import RequestRow
from tests.coopfed.web.account.conftest import MEMBER, House
from tests.coopfed.web.account.test_in_chromium import at_page, is_good
from tests.coopfed.web.account.test_memberships import confirmed
from tests.coopfed.web.account.test_signing_in import signed_in
from tests.coopfed.web.looking import look
from tests.support.nodes import an_actor

PAGE = "/account/board/fishers"
NEW = f"{PAGE}/new"


def five(house: House, **more: str) -> dict[str, str]:
    """The five fields that are enough."""
    day = (utc(house.node.clock.now()) + timedelta(days=30)).date().isoformat()
    said = {"purpose": "request", "title": "Ice for the season", "content": "Ten tonnes, from May to July."}
    return {**said, "category": "storage-cold-chain", "expires_at": day, **more}


async def requests(house: House) -> list[RequestRow]:
    """Every request of the house's cooperative, the newest first."""
    wanted = Wanted(statuses=tuple(Status), actor_id=house.cooperative.id)
    ids = await house.node.db.read(find, wanted, house.cooperative.id, house.node.clock.now(), Range(40))
    return list((await house.node.db.read(store.by_ids, ids)).values())


async def test_page_is_for_those_who_write_or_negotiate(house: House) -> None:
    """api.md 1: a reader finds no link and no page; a negotiator writes nothing; a foreign form does nothing."""
    await house.member(role="reader")
    async with house.browser() as browser:
        assert (await browser.open(PAGE)).path.startswith("/account/sign-in")
        await signed_in(house, browser)
        assert f'"{PAGE}"' not in (await browser.open("/account")).text
        assert [(await browser.open(path)).status for path in (PAGE, NEW)] == [403, 403]
        assert (await browser.send(NEW, five(house), origin=house.node.urls.base)).status == 403
        await give_role(house.node, MEMBER, house.cooperative, "negotiator")
        assert "Write a request or an offer" not in (await browser.open(PAGE)).text
        page = await browser.open(NEW)
        assert (await browser.send(NEW, {**five(house), "form": "x"}, origin=house.node.urls.base)).status == 403
        assert 'name="publish"' not in page.text
        await give_role(house.node, MEMBER, house.cooperative, "editor")
        await browser.open(NEW)
        assert (await browser.send(NEW, five(house), origin="https://other.example")).status == 403
        await browser.open(NEW)
        await suspend(house.node, house.cooperative, True, COMMAND_LINE)
        assert (await browser.press("Publish", **five(house))).status == 403
    assert await requests(house) == []


async def test_five_fields_are_enough_and_a_form_that_comes_twice_writes_once(house: House) -> None:
    """domain 13: what, offer or need, category, place, until when; what is missing is marked, and what was typed is not lost."""
    await house.member(role="editor")
    async with house.browser() as browser:
        await signed_in(house, browser)
        assert f'href="{PAGE}"' in (await browser.open("/account")).text
        await browser.open(NEW)
        missing = await browser.press("Publish", **five(house, expires_at="", category=""))
        assert missing.status == 422
        assert missing.text.count("This must not be empty.") == 2
        assert "Ten tonnes, from May to July." in missing.text
        [draft] = await requests(house)
        assert (draft.at(house.node.clock.now()), draft.published_at) == (Status.DRAFT, None)

        page = await browser.press("Publish", **five(house), **{"regions[0]": "Calabria", "quantity[value]": "10"})

        assert "Published." in page.text
        [row] = await requests(house)
        assert (row.status, row.of("region"), row.value, row.unit) == (Status.OPEN, ("ITF6",), "10", "tonne")
        assert (await look(house.node, f"/requests/{row.id}")).status == 200

        form = await browser.open(NEW)
        again = five(house, title="Twice", form=form.form("Publish").fields["form"])
        again["once"] = form.form("Publish").fields["once"]
        for _ in range(2):
            await browser.send(NEW, again, origin=house.node.urls.base)
        assert [one.title for one in await requests(house)] == ["Twice", "Ice for the season"]


async def test_author_hands_in_and_an_editor_publishes_what_was_read(house: House) -> None:
    """api.md 4.3: what an author wrote waits; what was changed after it was read is not published by mistake."""
    await house.member(role="author")
    async with house.browser() as browser:
        await signed_in(house, browser)
        await browser.open(NEW)
        page = await browser.press("Hand in to be published", **five(house))
        assert "An editor has to agree" in page.text
        [row] = await requests(house)
        assert (row.waiting, row.published_at) == (True, None)
        assert (await browser.send(f"{PAGE}/{row.id}/publish", {}, origin=house.node.urls.base)).status in (403, 409)
        await give_role(house.node, MEMBER, house.cooperative, "editor")
        shown = await browser.open(PAGE)
        stale = shown.form("Publish").fields
        await browser.open(f"{PAGE}/{row.id}")
        await browser.press("Save as a draft", title="Ice, and more of it")
        late = await browser.send(f"{PAGE}/{row.id}/publish", stale, origin=house.node.urls.base)
        assert (late.status, "It was changed after you opened this page." in late.text) == (409, True)
        odd = await browser.send(f"{PAGE}/{row.id}/publish", {**stale, "value": "²"}, origin=house.node.urls.base)
        assert odd.status == 409, "what no page of ours sends"

        await browser.open(PAGE)
        await browser.press("Publish")

        [row] = await requests(house)
        assert (row.status, row.title) == (Status.OPEN, "Ice, and more of it")


async def test_published_one_is_changed_translated_extended_and_ended(house: House) -> None:
    """domain 8.1: what everybody knows is changed by editors, and only what may be; then withdrawn, and deleted."""
    await house.member(role="editor")
    async with house.browser() as browser:
        await signed_in(house, browser)
        await browser.open(NEW)
        other = {"translations[tr][title]": "Buz", "translations[tr][content]": "On ton."}
        await browser.press("Publish", **five(house), **other)
        [row] = await requests(house)
        assert row.translations["tr"].title == "Buz"
        form = await browser.open(f"{PAGE}/{row.id}")
        assert 'name="purpose"' not in form.text
        page = await browser.press(
            "Save", title="Ice!", **{"translations[tr][title]": "", "translations[tr][content]": ""}
        )
        assert "Changed." in page.text
        later = (utc(house.node.clock.now()) + timedelta(days=60)).date().isoformat()
        assert (await browser.press("Change its end", value="2020-01-01")).status == 409
        await browser.open(PAGE)
        await browser.press("Change its end", value=later)
        [row] = await requests(house)
        assert (row.title, dict(row.translations)) == ("Ice!", {})
        assert row.expires_at is not None
        assert utc(row.expires_at).date().isoformat() == later

        await browser.press("Withdraw", value="We found some.")

        [row] = await requests(house)
        assert row.status == Status.WITHDRAWN
        await browser.press("Delete")
        assert await requests(house) == []


async def test_it_may_be_for_a_network_or_for_those_who_are_named(house: House) -> None:
    """domain 9.9: an umbrella whose member one is, with how many read it; handles that lead to nobody are refused."""
    bakers = await an_actor(house.node, "bakers")
    await house.member(role="editor")
    async with house.browser() as browser:
        await signed_in(house, browser)
        assert 'value="network"' not in (await browser.open(NEW)).text
        wrong = await browser.press("Publish", **five(house, audience="actors", recipients="@nobody"))
        assert (wrong.status, "This cannot be read." in wrong.text, "@nobody" in wrong.text) == (422, True, True)
        assert await requests(house) == []
        await browser.press("Publish", **five(house, audience="actors", recipients="@bakers"))
        [row] = await requests(house)
        assert (row.audience, row.recipients) == ("actors", (bakers.id,))
        union = await an_actor(house.node, "union", name="Union")
        await confirmed(house, union)
        form = await browser.open(NEW)
        assert "Union (1 cooperative)" in form.text
        await browser.press("Publish", **five(house, title="Inside", audience="network", umbrella_id=str(union.id)))
        row = (await requests(house))[0]
        assert (row.title, row.umbrella_id, row.companion_uri) == ("Inside", union.id, None)


@pytest.mark.slow
@pytest.mark.parametrize(("device", "scheme", "language"), [("phone", "light", "it"), ("desk", "dark", "tr")])
async def test_pages_in_chromium(house: House, chromium: Chromium, device: str, scheme: str, language: str) -> None:
    """Design 18; WCAG 2.2 AA as far as axe sees it: written, refused and listed, on a phone and on a desk."""
    await house.member(role="editor")
    async with at_page(house, chromium, NEW, device, scheme, language) as watched:
        await is_good(watched, f"board-new-{language}", device)
        await watched.page.fill("#title", "Ghiaccio per la stagione delle alici, da maggio a luglio")
        await watched.page.click("button[name=publish]")
        await watched.page.wait_for_selector("[role=alert]")
        watched.errors.clear()
        await is_good(watched, f"board-refused-{language}", device)
        await watched.page.fill("#text", "Dieci tonnellate.")
        await watched.page.select_option("#category", "storage-cold-chain")
        await watched.page.fill("#expires_at", five(house)["expires_at"])
        await watched.page.click("button[name=publish]")
        await watched.page.wait_for_selector("[role=status]")
        await is_good(watched, f"board-list-{language}", device)
