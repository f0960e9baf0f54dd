"""The page on which editors decide: shut first, then read, published, refused."""

import pytest

from coopfed.features.accounts import recovery
from coopfed.features.accounts.store import account_by_email, give_role
from coopfed.features.posts import approval, kept
from coopfed.features.posts.defaults import needs_approval, set_needs_approval
from coopfed.features.posts.rules import Draft, PollDraft
from coopfed.features.posts.store import some_of
from tests.coopfed.web.account.conftest import MEMBER, PASSWORD, House
from tests.coopfed.web.account.test_signing_in import signed_in

AUTHOR = "author@mail.example"
PAGE = "/account/approvals/fishers"


async def a_post_that_waits(house: House, draft: Draft) -> int:
    """What an author wrote for the cooperative, which wants an editor to agree. Its number."""
    await give_role(house.node, AUTHOR, house.cooperative, "author")
    await recovery.choose_password(house.node, AUTHOR, PASSWORD)
    await house.node.db.write(set_needs_approval, house.cooperative.id, True)
    account = await house.node.db.read(account_by_email, AUTHOR)
    assert account is not None
    node = house.node
    named = (node.secret, node.config.handle_domain, node.stamp())
    row = await node.db.write(approval.submit, house.cooperative, account, draft, node.clock.now(), *named)
    return row.id


async def posts(house: House) -> int:
    """How many posts the cooperative has."""
    return len(await house.node.db.read(some_of, house.cooperative.id, 10))


async def waiting(house: House) -> int:
    """How many wait."""
    return await house.node.db.read(kept.count_waiting, house.cooperative.id)


@pytest.mark.parametrize("role", ["author", "reader", "moderator"])
async def test_page_is_for_editors(house: House, role: str) -> None:
    """Api 1, *Roles*: neither the page nor the decision, nor whether one is needed."""
    number = await a_post_that_waits(house, Draft("May I?"))
    await house.member(role=role)
    async with house.browser() as browser:
        await signed_in(house, browser)
        token = (await browser.open("/account")).form("Sign out").fields["form"]

        answers = [
            await browser.send(path, {"form": token}, origin=house.node.urls.base)
            for path in (f"{PAGE}/{number}/approve", f"{PAGE}/{number}/refuse", "/account/people/fishers/approval")
        ]

        assert (await browser.open(PAGE)).status == 403
        assert [answer.status for answer in answers] == [403, 403, 403]
    assert (await posts(house), await waiting(house)) == (0, 1)
    assert await house.node.db.read(needs_approval, house.cooperative.id)


async def test_foreign_form_decides_nothing(house: House) -> None:
    """Security 1.6: a form that no page of ours sent."""
    number = await a_post_that_waits(house, Draft("May I?"))
    await house.member()
    async with house.browser() as browser:
        await signed_in(house, browser)

        answer = await browser.send(f"{PAGE}/{number}/approve", {}, origin="https://evil.example")

    assert (answer.status, await posts(house)) == (403, 0)


async def test_editor_publishes_what_an_author_wrote(house: House) -> None:
    """Issue 5, part 1: one page; the account says that something waits."""
    await a_post_that_waits(house, Draft("Boats <b>for</b> all", summary="Boats"))
    await house.member()
    async with house.browser() as browser:
        await signed_in(house, browser)
        assert "1 post waits for you" in (await browser.open("/account")).text
        page = await browser.open(PAGE)
        assert "Boats &lt;b&gt;for&lt;/b&gt; all" in page.text
        assert AUTHOR in page.text

        after = await browser.press("Publish")

    assert "Nothing waits" in after.text
    assert (await posts(house), await waiting(house)) == (1, 0)


async def test_text_that_was_changed_after_it_was_read_is_not_published(house: House) -> None:
    """security 1.6: what the editor read, in every language, or nothing."""
    number = await a_post_that_waits(house, Draft("Harmless", language="en", translations={"it": "Innocuo"}))
    await house.member()
    async with house.browser() as browser:
        await signed_in(house, browser)
        assert "Innocuo" in (await browser.open(PAGE)).text
        row = await house.node.db.read(kept.one, house.cooperative.id, number)
        await house.node.db.write(kept.rewrite, row, Draft("Not so"))

        after = await browser.press("Publish")

        assert (after.status, "changed after you opened" in after.text, await posts(house)) == (422, True, 0)
        assert "Nothing waits" in (await browser.press("Publish")).text
    assert (await posts(house), await waiting(house)) == (1, 0)


async def test_editor_refuses_with_a_reason(house: House) -> None:
    """The author gets the text back, and learns why."""
    await a_post_that_waits(house, Draft("Too early"))
    await house.member()
    async with house.browser() as browser:
        await signed_in(house, browser)
        await browser.open(PAGE)

        after = await browser.press("Do not publish", reason="After the meeting")

    assert "Nothing waits" in after.text
    assert await posts(house) == 0
    [mail] = [mail for mail in await house.post() if mail["To"] == AUTHOR]
    assert "After the meeting" in str(mail)


async def test_what_cannot_be_published_says_so(house: House) -> None:
    """Bad input: nothing is lost, and the reason is told."""
    await a_post_that_waits(house, Draft("Answer", in_reply_to="https://gone.example/1"))
    await house.member()
    async with house.browser() as browser:
        await signed_in(house, browser)
        await browser.open(PAGE)

        after = await browser.press("Publish")

    assert (after.status, "cannot be published any more" in after.text) == (422, True)
    assert (await posts(house), await waiting(house)) == (0, 1)


async def test_admin_says_whether_posts_need_an_editor(house: House) -> None:
    """Both ways, on the page of the actor's people."""
    await house.member(role="admin")
    async with house.browser() as browser:
        await signed_in(house, browser)
        await browser.open("/account/people/fishers")

        page = await browser.press("Save", needed="on")

        assert "checked" in page.text
        assert await house.node.db.read(needs_approval, house.cooperative.id)
        token = page.form("Save").fields["form"]
        await browser.send("/account/people/fishers/approval", {"form": token}, origin=house.node.urls.base)
        assert not await house.node.db.read(needs_approval, house.cooperative.id)


async def test_poll_and_language_are_shown(house: House) -> None:
    """An editor sees what will be published."""
    await a_post_that_waits(house, Draft("Quale?", language="it", poll=PollDraft(("Rete", "Lenza"), 3600)))
    await house.member()
    async with house.browser() as browser:
        await signed_in(house, browser)

        page = await browser.open(PAGE)

    assert 'lang="it"' in page.text
    assert "Lenza" in page.text
    assert MEMBER not in page.text
