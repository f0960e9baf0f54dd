"""The pages on which an actor's people answer requests and decide about answers: shut first, then each step by a form, without scripts."""

import pytest
from playwright.async_api import Browser as Chromium

from actors.lookup import ActorRow
from coopfed import limits
from coopfed.db.tx import Tx
from coopfed.features.accounts import recovery
from coopfed.features.accounts.store import give_role
from coopfed.features.agreements import actions as completing
from coopfed.features.blocks.actions import block, unblock
from coopfed.features.moderation.actions import suspend
from coopfed.features.moderation.audit import COMMAND_LINE
from coopfed.features.posts.actions import create_post
from coopfed.features.posts.defaults import acknowledges
from coopfed.features.posts.rules import Draft
from coopfed.features.ranges import Range
from coopfed.features.requests import actions, agreements, approving, responding, store
from coopfed.features.requests.answers import AgreementRow
from coopfed.features.requests.store import RequestRow
from coopfed.vocab.audience import Visibility
from tests.coopfed.api.test_requests import SAID
from tests.coopfed.web.account.conftest import MEMBER, PASSWORD, House
from tests.coopfed.web.account.test_in_chromium import at_page, is_good
from tests.coopfed.web.account.test_signing_in import signed_in
from tests.coopfed.web.looking import look
from tests.support.browser import Browser
from tests.support.nodes import an_actor, process_arrivals

PAGE = "/account/answers/fishers"


async def asked_by(house: House, owner: ActorRow, **more: object) -> RequestRow:
    """A request of this actor, published."""
    account = await give_role(house.node, "owner@mail.example", owner, "editor")
    draft = await actions.draft(house.node, owner, account, {**SAID, "language": "en", **more})
    return await actions.publish(house.node, owner, account, draft.id)


async def a_reply(house: House, row: RequestRow, author: ActorRow, text: str, **more: object) -> None:
    """A post below that of the request."""
    given = {"language": "en", "in_reply_to": row.companion_uri, **more}
    await create_post(house.node, author, Draft(f"@fishers {text}", **given))  # type: ignore[arg-type]
    await process_arrivals(house.node)


@pytest.mark.parametrize("role", ["author", "reader", "signatory"])
async def test_pages_are_for_negotiators(house: House, role: str) -> None:
    """api.md 1: neither the pages nor a form, and no link leads there; strangers are led to sign in; what is not for the actor is not
    there; a suspended actor, and a form of another page, do nothing."""
    other = await an_actor(house.node, "other", name="Other")
    row, few = (
        await asked_by(house, house.cooperative),
        await asked_by(house, other, audience="actors", recipients=[str(house.person.id)]),
    )
    offer = await responding.answer(house.node, other, None, row.id, {"content": "Me"})
    await house.member(role=role)
    async with house.browser() as browser:
        assert (await browser.open(f"{PAGE}/{row.id}")).path.startswith("/account/sign-in")
        await signed_in(house, browser)
        assert f'"{PAGE}"' not in (await browser.open("/account")).text
        assert (await browser.open(PAGE)).status == 403
        for path in (f"{PAGE}/{row.id}/give", f"{PAGE}/{row.id}/take", f"{PAGE}/{row.id}/{offer.id}/accept"):
            assert (await browser.send(path, {"content": "Me"}, origin=house.node.urls.base)).status == 403

        await give_role(house.node, MEMBER, house.cooperative, "negotiator")
        assert f'href="{PAGE}"' in (await browser.open("/account")).text
        assert (await browser.open(f"{PAGE}/{few.id}")).status == 404
        assert (await browser.send(f"{PAGE}/{row.id}/{offer.id}/accept", {}, origin=house.node.urls.base)).status == 403
        page = await browser.open(f"{PAGE}/{row.id}")
        token = page.forms[0].fields["form"]
        wrong = f"{PAGE}/{few.id}/{offer.id}/accept"
        assert (await browser.send(wrong, {"form": token}, origin=house.node.urls.base)).status == 404
        assert (
            await browser.send(f"{PAGE}/{row.id}/{offer.id}/eat", {"form": token}, origin=house.node.urls.base)
        ).status == 404
        await suspend(house.node, house.cooperative, True, COMMAND_LINE)
        answer = await browser.send(f"{PAGE}/{row.id}/{offer.id}/accept", {"form": token}, origin=house.node.urls.base)
        assert answer.status == 403


async def test_a_member_answers_and_takes_it_back(house: House) -> None:
    """api.md 5: from the request's page to the form, as the actor of one's choice; a counter-offer takes the place of the first; both
    sides write to each other; what cannot be is told."""
    other = await an_actor(house.node, "other", name="Other")
    row = await asked_by(house, other)
    await house.member(role="negotiator")
    assert f'href="/account/answer/{row.id}"' in (await look(house.node, f"/requests/{row.id}")).text
    async with house.browser() as browser:
        await signed_in(house, browser)
        chosen = await browser.open(f"/account/answer/{row.id}")
        assert [name in chosen.text for name in ("@fishers", "@person")] == [True, True]
        await browser.open(f"{PAGE}/{row.id}")
        assert "There is not that much left." in (await browser.press("Sign and send", content="All", value="9")).text
        assert (
            "That amount cannot be taken." in (await browser.press("Sign and send", content="All", value="many")).text
        )
        assert "Write a text" in (await browser.press("Sign and send", content=" ")).text

        page = await browser.press("Sign and send", content="We can.", value="2", language="it")
        assert page.path == f"{PAGE}/{row.id}"
        assert [word in page.text for word in ("We can.", "signed", "Answer anew")] == [True, True, True]
        page = await browser.press("Sign and send", content="One only.", value="1")
        assert ("One only." in page.text, "We can." in page.text) == (True, False)
        page = await browser.press("Send", content="When do you begin?")
        assert "When do you begin?" in page.text
        assert "Received" in (await browser.open(PAGE)).text
        await browser.open(f"{PAGE}/{row.id}")
        assert "Withdrawn" in (await browser.press("Take it back")).text


async def test_an_owner_decides(house: House) -> None:
    """api.md 5: shortlisted, asked, declined with a reason, accepted when the changed terms were read."""
    first, second = [await an_actor(house.node, name, name=name.title()) for name in ("first", "second")]
    row = await asked_by(house, house.cooperative)
    for actor in (first, second):
        await responding.answer(
            house.node, actor, None, row.id, {"content": f"By {actor.name}", "quantity": {"value": "1"}}
        )
    await house.member(role="negotiator")
    async with house.browser() as browser:
        await signed_in(house, browser)
        page = await browser.open(PAGE)
        assert ("2 answers wait" in page.text, "Thanks by a program" in page.text) == (True, False)
        await give_role(house.node, MEMBER, house.cooperative, "editor")
        await browser.open(PAGE)
        await browser.press("Save", thanks="on")
        assert await house.node.db.read(acknowledges, house.cooperative.id)
        page = await browser.open(f"{PAGE}/{row.id}")
        assert page.text.index("By Second") < page.text.index("By First")
        assert "Shortlisted" in (await browser.press("Shortlist")).text
        await browser.press("No longer shortlist")
        assert "How many?" in (await browser.press("Send", content="How many?")).text
        await block(house.node, second, house.cooperative)
        page = await browser.press("Send", content="Are you there?")
        [kept] = [form.action for form in page.forms if form.fields.get("content") == "Are you there?"]
        assert (page.status, kept.partition("?")[0].endswith("/write")) == (422, True)
        await unblock(house.node, second, house.cooperative)
        page = await browser.press("Decline", reason="not-eligible", content="Too far away.")
        assert "Declined" in page.text
        house.clock.pass_(5)
        await actions.change(house.node, house.cooperative, None, row.id, {"content": "Other terms"}, editor=True)
        page = await browser.open(f"{PAGE}/{row.id}")
        assert "has changed since" in page.text
        assert "Please read both and confirm" in (await browser.press("Accept", content="")).text
        page = await browser.press("Accept", content="Welcome.", confirmed="1")
        assert [word in page.text for word in ("Accepted", "agreement: Active", 'href="/verify/')] == [True] * 3
        page = await browser.press("It was done")
        assert ("agreement: Active" in page.text, "It was done" in page.text) == (True, False), "once of each side"
        [made] = await house.node.db.read(_agreements, first.id)
        await completing.complete(house.node, first, made.id, "fulfilled")
        assert "agreement: Fulfilled" in (await browser.open(f"{PAGE}/{row.id}")).text


def _agreements(tx: Tx, responder: int) -> list[AgreementRow]:
    return agreements.listed(tx, responder, Range(5), limits.NUMBER_MAX)


async def test_a_post_becomes_an_answer_by_forms(house: House) -> None:
    """domain 8.4: read, made an answer of, measured, accepted; its author, of the same node, agrees signed in, and nobody else."""
    other = await an_actor(house.node, "other", name="Other")
    row = await asked_by(house, house.cooperative)
    await a_reply(house, row, other, "We could do <b>one</b>")
    await a_reply(house, row, other, "Between us: also two", visibility=Visibility.DIRECT)
    await house.member(role="negotiator")
    async with house.browser() as browser, house.browser() as theirs:
        await signed_in(house, browser)
        page = await browser.open(f"{PAGE}/{row.id}")
        assert [word in page.text for word in ("replied", "wrote to you alone", "&lt;b&gt;one")] == [True, True, True]
        await browser.press("This is an answer", value="")
        page = await browser.press("Accept", content="Welcome.")
        assert "Say for how much it is" in page.text
        page = await browser.press("That much", value="1")
        page = await browser.press("Accept", content="Welcome.")
        assert "has not agreed yet" in page.text
        assert "I agree" not in [text for form in page.forms for text in form.buttons]

        await _another(house, theirs, other)
        page = await theirs.open(f"/account/answers/other/{row.id}")
        assert "They would like to agree with you on this." in page.text
        page = await theirs.press("I agree")
        assert "agreement: Active" in page.text
        assert "agreement: Active" in (await browser.open(f"{PAGE}/{row.id}")).text


async def _another(house: House, browser: Browser, actor: ActorRow) -> None:
    """Somebody else signs in, who negotiates for this actor."""

    address = "another@mail.example"
    await give_role(house.node, address, actor, "negotiator")
    await recovery.choose_password(house.node, address, PASSWORD)
    await browser.open("/account/sign-in")
    await browser.press("Sign in", email=address, password=PASSWORD)


async def test_editors_hear_of_drafts_that_wait(house: House) -> None:
    """api.md 4.3: a mail when something waits, with the way to a page on which it is read, published, or given back with a reason."""

    await house.member()
    author = await give_role(house.node, "author@mail.example", house.cooperative, "author")
    await recovery.choose_password(house.node, "author@mail.example", PASSWORD)
    drafts = [
        await actions.draft(house.node, house.cooperative, author, {**SAID, "title": title}) for title in ("Ağ", "Kasa")
    ]
    for draft in drafts:
        await approving.hand_in(house.node, house.cooperative, draft.id)
        await approving.hand_in(house.node, house.cooperative, draft.id)
    mails = await house.post()
    assert [(mail["To"], "waits for you" in mail["Subject"]) for mail in mails] == [(MEMBER, True)]
    assert "/account/approvals/fishers" in mails[0].get_payload()

    async with house.browser() as browser:
        await signed_in(house, browser)
        assert "2 posts wait for you" in (await browser.open("/account")).text
        page = await browser.open("/account/approvals/fishers")
        assert [title in page.text for title in ("Ağ", "Kasa", "iki kooperatif")] == [True, True, True]
        house.clock.pass_(1)
        await actions.change(house.node, house.cooperative, author, drafts[0].id, {"title": "Ağlar"}, editor=True)
        assert "It was changed after you opened this page." in (await browser.press("Publish the request")).text
        await browser.press("Publish the request")
        page = await browser.press("Give the draft back", reason="Which boxes?")
        assert "Nothing waits." in page.text
    first, second = [await house.node.db.read(store.get, draft.id) for draft in drafts]
    assert first is not None
    assert second is not None
    assert (first.status, second.status, second.waiting) == ("open", "draft", False)
    mails = await house.post()
    assert (mails[-1]["To"], "Which boxes?" in mails[-1].get_payload()) == ("author@mail.example", True)


@pytest.mark.slow
@pytest.mark.parametrize(("device", "language"), [("phone", "tr"), ("desk", "it"), ("phone", "en")])
async def test_pages_fit_are_quiet_and_clean(house: House, chromium: Chromium, device: str, language: str) -> None:
    """Design 18, 20; WCAG 1.4.10: no sideways scrolling, nothing on the console; axe finds nothing."""
    other = await an_actor(house.node, "other", name="Other")
    third = await an_actor(house.node, "third", name="Third")
    row = await asked_by(house, house.cooperative, regions=["ITF4", "TR"])
    theirs = await asked_by(house, other, title="uzun" * 40, reciprocal={"unit": "one", "value": "3"})
    await responding.answer(house.node, third, None, row.id, {"content": "x" * 300, "quantity": {"value": "1"}})
    await responding.answer(
        house.node, house.cooperative, None, theirs.id, {"content": "We can.", "reciprocal": {"value": "2"}}
    )
    await a_reply(house, row, other, "We could do one")
    await house.member(role="editor")
    for number, page in enumerate([PAGE, f"{PAGE}/{row.id}", f"{PAGE}/{theirs.id}", f"/account/answer/{theirs.id}"]):
        async with at_page(house, chromium, page, device, "light" if language == "tr" else "dark", language) as watched:
            await watched.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")
            await is_good(watched, f"answers-{number}-{language}", device)
