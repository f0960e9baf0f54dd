"""The pages of memberships: shut first; then asked for, invited, answered and ended; and what a stranger reads and can check."""

import re

import aiohttp
import pytest
from playwright.async_api import Browser as Chromium

from actors.lookup import ActorRow
from actors.profile import profile_of
from coopfed.features.accounts.store import give_role
from coopfed.features.cooperatives.actions import edit
from coopfed.features.memberships import actions
from coopfed.features.memberships.actions import Wanted, act
from coopfed.features.memberships.purge import purge_memberships
from coopfed.features.memberships.store import MembershipRow
from coopfed.features.moderation.actions import suspend
from coopfed.features.moderation.audit import COMMAND_LINE
from coopfed.features.profiles.actions import delete_actor
from tests.coopfed.features.test_membership_rules import NOW
from tests.coopfed.web.account.conftest import MEMBER, House, link_in
from tests.coopfed.web.account.test_in_chromium import at_page, is_good
from tests.coopfed.web.account.test_signing_in import signed_in
from tests.coopfed.web.looking import look
from tests.support.jobs import run_jobs
from tests.support.nodes import an_actor, process_arrivals

PAGE, UNION = "/account/memberships/fishers", "/account/memberships/union"
WANTED = Wanted("member", NOW.date())


async def settle(house: House) -> None:
    """What was said arrives, and what is to be checked is."""
    await process_arrivals(house.node)
    await run_jobs(house.node, "check_membership")
    house.clock.pass_(1)


async def confirmed(house: House, union: ActorRow) -> MembershipRow:
    """The house's cooperative is a member of the union, and both say so."""
    row = await actions.request(house.node, house.cooperative, union, WANTED)
    await act(house.node, union, row.id, "accept")
    await settle(house)
    return row


@pytest.mark.parametrize("role", ["editor", "author", "reader"])
async def test_page_is_for_signatories_and_officers(house: House, role: str) -> None:
    """api.md 1: neither the page nor a form, and no link leads there; strangers are led to sign in; a person has none."""
    row = await actions.request(house.node, house.cooperative, await an_actor(house.node, "union"), WANTED)
    await house.member(role=role)
    await give_role(house.node, MEMBER, house.person, "admin")
    async with house.browser() as browser:
        assert (await browser.open(PAGE)).path.startswith("/account/sign-in")
        await signed_in(house, browser)

        assert f'"{PAGE}"' not in (await browser.open("/account")).text
        assert (await browser.open(PAGE)).status == 403
        for path in (f"{PAGE}/ask", f"{PAGE}/invite", f"{PAGE}/{row.id}/end"):
            assert (await browser.send(path, {"other": "@union"}, origin=house.node.urls.base)).status == 403
        assert (await browser.open("/account/memberships/person")).status == 404


async def test_a_side_does_what_is_its_own(house: House) -> None:
    """api.md 8: a signatory asks and ends, an officer invites and takes in; a form of another page, and a suspended actor, do nothing."""
    union = await an_actor(house.node, "union", name="Union")
    await house.member(role="signatory")
    async with house.browser() as browser:
        await signed_in(house, browser)
        assert f'href="{PAGE}"' in (await browser.open("/account")).text
        page = await browser.open(PAGE)
        assert "Invite a member" not in page.text
        assert (await browser.send(f"{PAGE}/ask", {"other": "@union"}, origin=house.node.urls.base)).status == 403
        await browser.open(PAGE)
        assert "Nobody was found there." in (await browser.press("Sign and ask", other="@nobody")).text
        assert "This cannot be taken" in (await browser.press("Sign and ask", other="@union", started_on="soon")).text

        page = await browser.press("Sign and ask", other="@union", started_on="2026-01-31")
        await settle(house)

        assert "Waits for the umbrella’s answer." in page.text
        again = await browser.press("Sign and ask", other="@union")
        assert "There is a membership of these two already." in again.text
        await browser.open(PAGE)
        declared = await browser.press("Sign and ask", other="Legacoop")
        assert "Declared by the member." in declared.text
        await give_role(house.node, MEMBER, union, "officer")
        assert "Memberships</a>" not in (await browser.open("/account")).text.partition(UNION)[2].partition("</li>")[0]
        page = await browser.open(UNION)
        assert "Asks to be a member." in page.text
        assert "Join an umbrella" not in page.text
        await browser.press("Accept")
        await settle(house)
        assert "Confirmed: both sides signed it" in (await browser.open(UNION)).text
        assert "Suspended." in (await browser.press("Suspend")).text
        await settle(house)
        await browser.press("Resume")
        await settle(house)
        assert "Confirmed: both sides signed it" in (await browser.open(UNION)).text
        other = await an_actor(house.node, "bakers")
        assert "Waits for the cooperative’s answer." in (await browser.press("Invite", other="@bakers")).text
        assert (await browser.open("/account/memberships/bakers")).status == 403
        await give_role(house.node, MEMBER, other, "signatory")
        page = await browser.open("/account/memberships/bakers")
        assert "Invites you to be a member." in page.text
        await suspend(house.node, other, True, COMMAND_LINE)
        assert (await browser.press("Decline")).status == 403


async def test_stranger_reads_what_may_be_believed(house: House) -> None:
    """domain 9.1: who, since when, what both signed, and how it is checked; in the profile; machines are led to what was signed."""
    union, apex = await an_actor(house.node, "union", name="Union"), await an_actor(house.node, "apex", name="Apex")
    pending = await actions.request(house.node, union, apex, WANTED)
    path = f"/memberships/{pending.id}"
    assert (await look(house.node, path)).status == 404
    assert (await look(house.node, "/memberships/1")).status == 404
    await act(house.node, apex, pending.id, "accept")
    await settle(house)
    row = await confirmed(house, union)

    page = await look(house.node, f"/memberships/{row.id}", accept_language="en")

    assert "Confirmed: both sides signed it, and the umbrella lists the member." in page.text
    assert "24 November 2026" in page.text
    for wanted in ("Fishers", "Union", "Apex", f"{union.uri}#ed25519-key", f"{union.uri}/members", "eddsa-jcs-2022"):
        assert wanted in page.text
    assert page.text.count(f"{house.node.urls.base}/ap/objects/") >= 2
    turkish = await look(house.node, f"/memberships/{row.id}", accept_language="tr")
    assert "Doğrulandı" in turkish.text
    asked = await look(house.node, f"/memberships/{row.id}", accept="application/activity+json")
    assert asked.status == 303
    assert "/ap/objects/" in asked.header("Location")
    profile = await look(house.node, "/@fishers", accept_language="en")
    assert f'href="/memberships/{row.id}"' in profile.text
    assert "confirmed by both sides" in profile.text

    await act(house.node, union, row.id, "end")
    await settle(house)

    ended = await look(house.node, f"/memberships/{row.id}", accept_language="en")
    assert "One side says that it has ended; the other has not followed." in ended.text
    assert "Member of" not in (await look(house.node, "/@fishers", accept_language="en")).text
    assert (await look(house.node, path)).status == 200
    await suspend(house.node, apex, True, COMMAND_LINE)
    assert (await look(house.node, path)).status == 404


async def test_profile_of_a_confirmed_member_has_a_field_that_leads_to_the_umbrella_and_back(house: House) -> None:
    """domain 9.1: *Aderente a / Üyesi*, in the language of the name, with a link alone in its field that is verified; gone with its end."""
    union = await an_actor(house.node, "union", name="Köprü–Ponte")
    await edit(house.node, house.cooperative, {"names": {"it": "Pescatori"}, "sectors": ["03"]})

    async def fields() -> list[tuple[str, str]]:
        found = (await house.node.db.read(profile_of, house.cooperative.id)).fields
        return [(one.name, one.html) for one in found]

    row = await actions.request(house.node, house.cooperative, union, WANTED)
    await settle(house)
    assert [name for name, _html in await fields()] == ["Settore"], "asked for is not confirmed"
    await act(house.node, union, row.id, "accept")
    await settle(house)

    page = house.node.urls.membership(row.id)
    found = await fields()
    assert [name for name, _html in found] == ["Settore", "Aderente a", "Köprü–Ponte"]
    assert found[1][1] == "Köprü–Ponte"
    assert f'href="{page}"' in found[2][1]
    assert 'rel="me ' in found[2][1]
    assert re.sub("<[^>]+>", "", found[2][1]) == page, "Mastodon asks only where address and text are the same"
    shown = await look(house.node, f"/memberships/{row.id}")
    assert f'<a href="{house.cooperative.url or house.cooperative.uri}" rel="me">' in shown.text
    profile = await house.node.db.read(profile_of, house.cooperative.id)
    assert [one.verified_at is not None for one in profile.fields] == [False, False, True]
    await edit(house.node, house.cooperative, {"sectors": ["10"]})
    profile = await house.node.db.read(profile_of, house.cooperative.id)
    assert [one.verified_at is not None for one in profile.fields] == [False, False, True], "an edit leaves it so"

    await act(house.node, union, row.id, "suspend")
    await settle(house)
    assert [name for name, _html in await fields()] == ["Settore"]
    assert 'rel="me"' not in (await look(house.node, f"/memberships/{row.id}")).text
    await act(house.node, union, row.id, "resume")
    await settle(house)
    assert len(await fields()) == 3
    await delete_actor(house.node, union)
    await purge_memberships(house.node, str(union.id))
    assert [name for name, _html in await fields()] == ["Settore"]


async def test_officer_brings_a_file_of_members(house: House) -> None:
    """api.md 8: from the page too: how far it is, and what could not be done, as a file; what is no file is told."""
    await an_actor(house.node, "bakers")
    await house.member(role="officer")
    async with house.browser() as browser:
        await signed_in(house, browser)

        async def bring(text: str, **headers: str) -> str:
            form = (await browser.open(PAGE)).form("Invite all of them")
            data = aiohttp.FormData({"form": form.fields["form"]}, default_to_multipart=True)
            data.add_field("file", text.encode(), filename="members.csv" if text else "", content_type="text/csv")
            url = f"{house.node.urls.base}{form.action}"
            async with browser.session.post(
                url, data=data, headers={"Origin": house.node.urls.base} | headers
            ) as answer:
                return f"{answer.status} {await answer.text()}"

        assert (await bring("x", Origin="https://evil.example")).startswith("403")
        assert "Choose a file." in await bring("")
        assert "The file has no rows." in await bring("name,email,handle\n")
        assert "0 of 2 rows" in await bring("name,email,handle\nBakers,no address,\nNobody,,,\n")
        await run_jobs(house.node, "import_members")

        page = await browser.open(PAGE)
        assert "Finished: 0 of 2 rows were done." in page.text
        link = re.search(r'href="([^"]+failures.csv)"', page.text)
        assert link is not None
        assert "A row has a handle or an address of mail." in (await browser.open(link[1])).text


@pytest.mark.slow
@pytest.mark.parametrize(("device", "scheme", "language"), [("phone", "light", "it"), ("desk", "dark", "tr")])
async def test_pages_in_chromium(house: House, chromium: Chromium, device: str, scheme: str, language: str) -> None:
    """Design 18; WCAG 2.2 AA as far as axe sees it: full, empty and refused, on a phone and on a desk."""
    union = await an_actor(house.node, "union", name="Unione delle cooperative di pesca del Mediterraneo " * 2)
    await house.member(role="admin")
    async with at_page(house, chromium, PAGE, device, scheme, language) as watched:
        await is_good(watched, f"memberships-empty-{language}", device)
        await watched.page.fill("#ask-other", "@nobody")
        await watched.page.click("section[aria-labelledby=ask] button")
        await watched.page.wait_for_selector("[role=alert]")
        watched.errors.clear()
        await is_good(watched, f"memberships-refused-{language}", device)

        row = await confirmed(house, union)
        await actions.request(house.node, house.cooperative, await an_actor(house.node, "other"), WANTED)

        file = b"name,email,handle\nNobody,,,\nBakers,bakers@mail.example,\n"
        await watched.page.goto(f"{house.node.urls.base}{PAGE}")
        await watched.page.set_input_files("#file", {"name": "members.csv", "mimeType": "text/csv", "buffer": file})
        await watched.page.click("section[aria-labelledby=bring] button")
        await watched.page.wait_for_selector("progress")
        await is_good(watched, f"memberships-file-{language}", device)
        await run_jobs(house.node, "import_members", "send_letter")
        invitation = link_in((await house.post())[-1]).removeprefix(house.node.urls.base)

        for number, path in enumerate((PAGE, f"/memberships/{row.id}", "/@fishers", "/account", invitation)):
            await watched.page.goto(f"{house.node.urls.base}{path}")
            await is_good(watched, f"memberships-{number}-{language}", device)
