"""The page on which a cooperative says what it is: shut first; then codes by any label, doubtful numbers, and the public page."""

from typing import Any

import pytest
from playwright.async_api import Browser as Chromium

from actors.cooperative import Cooperative, Identifier, Kind, cooperative_of
from coopfed.features.cooperatives.actions import edit
from coopfed.features.moderation.actions import suspend
from coopfed.features.moderation.audit import COMMAND_LINE
from coopfed.web.account.profile import typed
from tests.coopfed.features.test_cooperatives import SAID
from tests.coopfed.web.account.conftest import House
from tests.coopfed.web.account.test_in_chromium import at_page, is_good
from tests.coopfed.web.account.test_signing_in import signed_in

PAGE = "/account/profile/fishers"


async def said(house: House) -> Cooperative:
    """What the cooperative says, as it is stored."""
    return await house.node.db.read(cooperative_of, house.cooperative.id)


@pytest.mark.parametrize("role", ["author", "reader", "negotiator"])
async def test_page_is_for_editors(house: House, role: str) -> None:
    """Neither the page nor the form, and no link leads there; strangers are led to sign in."""
    await house.member(role=role)
    async with house.browser() as browser:
        assert (await browser.open(PAGE)).path.startswith("/account/sign-in")
        await signed_in(house, browser)

        assert f'"{PAGE}"' not in (await browser.open("/account")).text
        assert (await browser.open(PAGE)).status == 403
        assert (await browser.send(PAGE, {}, origin=house.node.urls.base)).status == 403
        assert (await browser.open("/account/profile/nobody")).status == 404
    assert (await said(house)).says_nothing


async def test_form_of_another_page_changes_nothing(house: House) -> None:
    """security 1.6: 403 without the token, or from elsewhere."""
    await house.member()
    async with house.browser() as browser:
        await signed_in(house, browser)

        assert (await browser.send(PAGE, {"sectors[0]": "03"}, origin=house.node.urls.base)).status == 403
        form = (await browser.open(PAGE)).form("Save").fields
        assert (await browser.send(PAGE, form, origin="https://evil.example")).status == 403
    assert (await said(house)).says_nothing


async def test_suspended_actor_says_nothing_of_itself(house: House) -> None:
    """docs/moderation.md, *suspend*: 403, and nothing is stored or told."""
    await house.member()
    async with house.browser() as browser:
        await signed_in(house, browser)
        form = (await browser.open(PAGE)).form("Save").fields
        await suspend(house.node, house.cooperative, True, COMMAND_LINE)

        assert (await browser.send(PAGE, form, origin=house.node.urls.base)).status == 403
    assert (await said(house)).says_nothing


async def test_editor_says_what_the_cooperative_is(house: House) -> None:
    """Codes by whatever label somebody knows; a number that seems mistyped is stored and told; what is not ticked is not; the page of the
    actor says it in the reader's language, without what is not public."""
    await house.member()
    async with house.browser() as browser:
        await signed_in(house, browser)
        assert f'href="{PAGE}"' in (await browser.open("/account")).text
        await browser.open(PAGE)

        page = await browser.press(
            "Save",
            **{
                "names[it]": "Pescatori & figli",
                "names[tr]": "Balıkçılar",
                "descriptions[it]": "Piccola pesca.",
                "legal_name": "Pescatori soc. coop.",
                "cooperative_type": "fishery",
                "sectors[0]": "balikcilik",
                "sectors[1]": "10 – Food",
                "regions[0]": "Puglia",
                "languages": "it, tr;en",
                "members_count": "34",
                "offers[2]": "supply-goods",
                "needs[0]": "joint-purchase",
                "sdgs[13]": "14",
                "identifiers[0][scheme]": "partita_iva",
                "identifiers[0][value]": "99000010002",
                "identifiers[0][public]": "yes",
                "identifiers[2][scheme]": "rea",
                "identifiers[2][value]": "LE-123456",
                "aggregation_consent": "yes",
                "discoverable": None,
            },
        )

        assert (page.status, page.path) == (200, f"{PAGE}?saved=yes")
        assert "Saved." in page.text
        assert "The check digit does not fit" in page.text
        assert 'value="03 – Fishing and aquaculture"' in page.text
        found = await said(house)
        assert found.identifiers == (Identifier("partita_iva", "99000010002"), Identifier("rea", "LE-123456", False))
        assert (found.of(Kind.SECTOR), found.of(Kind.REGION)) == (("03", "10"), ("ITF4",))
        assert (found.of(Kind.LANGUAGE), found.of(Kind.OFFERS)) == (("it", "tr", "en"), ("supply-goods",))
        assert (found.members_count, found.workers_count, found.aggregation_consent) == (34, None, True)

        # What is shown is what is stored: saving it again changes nothing.
        form = page.form("Save").fields
        assert typed_again(form) == typed_again({**form})
        await browser.press("Save", **{"descriptions[it]": "Piccola pesca."})
        assert await said(house) == found

        public = await browser.open("/@fishers?lang=tr")
        for text in ("Balıkçılar", "Su ürünleri kooperatifi", "Kadın", "99000010002"):
            assert (text in public.text) is (text != "Kadın"), text
        assert "LE-123456" not in public.text
        assert "noindex" in public.text
        assert "Pescatori &amp; figli" in (await browser.open("/@fishers?lang=it")).text


def typed_again(form: dict[str, str]) -> dict[str, str]:
    """What a browser would send."""
    return {name: value for name, value in form.items() if value}


async def test_what_cannot_be_is_marked_and_kept_on_the_page(house: House) -> None:
    """422; nothing is stored; the word that somebody typed is still there, with what to do."""
    await house.member()
    async with house.browser() as browser:
        await signed_in(house, browser)
        await browser.open(PAGE)

        page = await browser.press(
            "Save",
            **{
                "names[it]": "Fine",
                "sectors[0]": 'fabbricazione "',
                "members_count": "many",
                "languages": "it <b>",
                "identifiers[0][scheme]": "from-nowhere",
                "identifiers[0][value]": "1",
            },
        )

        assert page.status == 422
        assert "Nothing was saved" in page.text
        assert "fabbricazione &#34;" in page.text
        assert page.text.count("aria-invalid") == 2
        assert page.form("Save").fields["names[it]"] == "Fine"
        assert page.form("Save").fields["members_count"] == "many"
    assert (await said(house)).says_nothing


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({}, {}),
        ({"names": "x", "descriptions": ["y"], "identifiers": "z", "sectors": "03", "offers": "x"}, {}),
        (
            {"identifiers": ["x", {"value": " "}, {"value": "1"}]},
            {"identifiers": [{"scheme": "None", "value": "1", "public": False}]},
        ),
        (
            {"sectors": ["", "Fishing and aquaculture"], "discoverable": "yes"},
            {"sectors": ["03"], "discoverable": True},
        ),
    ],
)
def test_forms_that_no_page_of_ours_made(form: dict[str, Any], expected: dict[str, Any]) -> None:
    """Whatever is sent has the shape that the page shows again."""
    plain = {
        **dict.fromkeys(("cooperative_type", "size_class", "legal_name", "registry_category"), ""),
        **dict.fromkeys(("members_count", "workers_count"), ""),
        **{name: [] for name in ("sectors", "regions", "offers", "needs", "sdgs", "ica_principles", "languages")},
        **{"names": {}, "descriptions": {}, "identifiers": [], "discoverable": False, "aggregation_consent": False},
    }

    assert typed(form) == plain | expected


@pytest.mark.slow
@pytest.mark.parametrize(("device", "scheme", "language"), [("phone", "light", "tr"), ("desk", "dark", "it")])
async def test_pages_in_chromium(house: House, chromium: Chromium, device: str, scheme: str, language: str) -> None:
    """WCAG 2.2 AA as far as axe sees it, without a script: the editor empty, refused and saved, and the public page."""
    await house.member(role="admin")
    async with at_page(house, chromium, PAGE, device, scheme, language) as watched:
        await is_good(watched, f"profile-empty-{language}", device)
        await watched.page.fill('[name="sectors[0]"]', "x y z")
        await watched.page.click("form.wide > p > button")
        await watched.page.wait_for_selector("[role=alert]")
        watched.errors.clear()
        await is_good(watched, f"profile-refused-{language}", device)

        numbers = [*SAID["identifiers"], {"scheme": "vkn", "value": "1234567891", "public": True}]
        await edit(house.node, house.cooperative, {**SAID, "identifiers": numbers, "legal_name": "Uzun ad " * 30})
        await watched.page.goto(f"{house.node.urls.base}{PAGE}")
        await watched.page.click("form.wide > p > button")
        await watched.page.wait_for_selector("[role=status]")
        await is_good(watched, f"profile-saved-{language}", device)
        await watched.page.goto(f"{house.node.urls.base}/@fishers")
        await is_good(watched, f"profile-public-{language}", device)
