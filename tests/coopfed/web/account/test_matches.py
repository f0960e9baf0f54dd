"""The page of matches: shut first; then who fits and why in three languages, set aside, and how often it is mailed."""

import pytest
from playwright.async_api import Browser as Chromium

from coopfed.features.accounts.store import give_role
from coopfed.features.match_wishes import Rhythm, rhythm_of
from coopfed.features.moderation.actions import suspend
from coopfed.features.moderation.audit import COMMAND_LINE
from coopfed.features.requests.store import RequestRow
from tests.coopfed.api.test_matches import OFFER, REQUEST
from tests.coopfed.features.test_match_mails import by_hand
from tests.coopfed.web.account.conftest import MEMBER, House
from tests.coopfed.web.account.test_in_chromium import at_page, is_good
from tests.coopfed.web.account.test_signing_in import signed_in
from tests.support.chromium import WIDTHS
from tests.support.nodes import an_actor

PAGE = "/account/matches/fishers"


async def an_offer(house: House) -> RequestRow:
    """What fits the cooperative's request."""
    await by_hand(house, house.cooperative, **REQUEST)
    return await by_hand(house, await an_actor(house.node, "teacher", name="Teacher"), **OFFER)


async def test_page_is_for_those_who_act_as_the_cooperative(house: House) -> None:
    """api.md 1, 7: a reader reads, sets nothing aside and chooses nothing; others see nothing; a suspended actor does nothing."""
    await an_offer(house)
    await house.member(role="reader")
    async with house.browser() as browser:
        assert (await browser.open(PAGE)).path.startswith("/account/sign-in")
        await signed_in(house, browser)
        assert f'href="{PAGE}"' in (await browser.open("/account")).text
        page = await browser.open(PAGE)
        assert "Corsi per cooperative" in page.text
        assert "Not this one" not in page.text
        assert 'name="rhythm"' not in page.text
        assert (await browser.send(f"{PAGE}/1/dismiss", {}, origin=house.node.urls.base)).status == 403
        assert (await browser.send(f"{PAGE}/mails", {"rhythm": "daily"}, origin=house.node.urls.base)).status == 403
        assert (await browser.open("/account/matches/teacher")).status == 403
        assert (await browser.open("/account/matches/nobody")).status == 404
        await give_role(house.node, MEMBER, house.cooperative, "editor")
        await browser.open(PAGE)
        await suspend(house.node, house.cooperative, True, COMMAND_LINE)
        assert (await browser.press("Not this one")).status == 403


async def test_matches_are_read_set_aside_and_mailed(house: House) -> None:
    """domain.md 8.7: score and reasons in the reader's language; *not this one* and back; how often mails come."""
    offer = await an_offer(house)
    await house.member()
    async with house.browser() as browser:
        await signed_in(house, browser)
        page = await browser.open(PAGE)
        for wanted in (
            "95 of 100 points",
            f'href="/requests/{offer.id}"',
            "The same: Training and education (40)",
            "The same sector: Education (20)",
            "A language in common: Italian (10)",
            "Published within the last month (5)",
        ):
            assert wanted in page.text, wanted
        turkish = (await browser.open(f"{PAGE}?lang=tr")).text
        assert "Ortak dil: İtalyanca (10)" in turkish
        italian = (await browser.open(f"{PAGE}?lang=it")).text
        assert "Una lingua in comune: italiano (10)" in italian

        await browser.open(PAGE)
        assert "Corsi per cooperative" not in (await browser.press("Not this one")).text
        page = await browser.open(f"{PAGE}?aside=yes")
        assert "Corsi per cooperative" in page.text
        assert "Corsi per cooperative" not in (await browser.press("Show again")).text
        assert "Corsi per cooperative" in (await browser.open(PAGE)).text
        assert (await browser.open(f"{PAGE}?after=x")).status == 422
        await browser.open(PAGE)
        await browser.press("Save", rhythm="weekly")
        assert await house.node.db.read(rhythm_of, house.cooperative.id) is Rhythm.WEEKLY
        assert '<option value="weekly" selected>' in (await browser.open(PAGE)).text


@pytest.mark.parametrize("device", WIDTHS)
async def test_page_is_for_everybody(house: House, chromium: Chromium, device: str) -> None:
    """WCAG 2.2 AA as far as axe sees it, on a phone in the dark and on a desk, without sideways scrolling."""
    await an_offer(house)
    other = await an_actor(
        house.node, "welders", name="Saldatori e carpentieri uniti di Reggio Calabria Società Cooperativa"
    )
    await by_hand(house, other, **{**OFFER, "title": "Un corso di saldatura " * 6, "sectors": [], "regions": []})
    await house.member()
    scheme, language = ("dark", "tr-TR") if device == "phone" else ("light", "it-IT")
    async with at_page(house, chromium, PAGE, device, scheme, language) as watched:
        await is_good(watched, "matches", device)
