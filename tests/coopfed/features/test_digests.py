"""Mails about notifications, as they lie in the folder, and the ways to get no more of them, over real HTTP."""

import re
from collections.abc import AsyncIterator
from email.message import Message
from pathlib import Path

import aiohttp
import pytest

from actors.lookup import ActorRow
from coopfed import limits
from coopfed.features import mail_wishes, markers
from coopfed.features.accounts import store
from coopfed.features.accounts.letters import SEND_LETTER
from coopfed.features.accounts.store import account_by_email, give_role
from coopfed.features.follows.actions import follow
from coopfed.features.mail_wishes import SEND_DIGEST
from coopfed.features.moderation.actions import suspend
from coopfed.features.moderation.audit import COMMAND_LINE
from coopfed.features.posts.actions import create_post, delete_post
from coopfed.features.posts.rules import Draft
from coopfed.features.posts.store import PostRow
from coopfed.features.profiles.actions import set_locked
from coopfed.vocab.audience import Visibility
from tests.coopfed.web.account.conftest import MEMBER, PASSWORD, House, a_house
from tests.support.jobs import run_jobs
from tests.support.nodes import an_actor, process_arrivals

ALL = mail_wishes.OFFERED


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    """A node with people and their mails."""
    async with a_house(database_url, tmp_path) as found:
        yield found


async def wants(house: House, *types: str, address: str = MEMBER) -> None:
    """Somebody wants mails of these types."""
    number = await house.node.db.read(account_by_email, address)
    assert number is not None
    await house.node.db.write(mail_wishes.want, number, types)


async def mails(house: House, *, after: float = limits.DIGEST_SECONDS) -> list[Message]:
    """What was mailed when so many seconds have passed, the oldest first."""
    house.clock.pass_(after)
    await run_jobs(house.node, SEND_DIGEST, SEND_LETTER)
    return await house.post()


def text(mail: Message) -> str:
    """What a mail says."""
    body = mail.get_payload(decode=True)
    assert isinstance(body, bytes)
    return body.decode()


async def mentions(house: House, by: ActorRow, words: str = "@fishers the boat is in", **more: object) -> PostRow:
    """Somebody mentions the cooperative."""
    post = await create_post(house.node, by, Draft(words, **more))  # type: ignore[arg-type]
    await process_arrivals(house.node)
    return post


# --- shut -------------------------------------------------------------------------------------------------------


async def test_nobody_is_mailed_unless_they_want_it_but_who_is_waited_for(house: House) -> None:
    """The usual: requests to follow, since somebody waits for people's answer."""
    await house.member()
    other = await an_actor(house.node, "other", name="Other")
    await mentions(house, other)
    assert await mails(house) == []
    await set_locked(house.node, house.cooperative, locked=True)
    await follow(house.node, other, house.cooperative)
    await process_arrivals(house.node)

    [mail] = await mails(house)

    assert (mail["To"], mail["Subject"]) == (MEMBER, f"Other sizi takip etmek istiyor (localhost:{port(house)})")


def port(house: House) -> str:
    """Of the node."""
    return house.node.config.authority.rpartition(":")[2]


@pytest.mark.parametrize("role", ["reader", "moderator"])
async def test_who_does_not_speak_for_the_actor_is_not_mailed(house: House, role: str) -> None:
    """api.md 1: mails go to those who act as it; not to readers, nor to whom the role was taken from since."""
    await give_role(house.node, "watcher@mail.example", house.cooperative, role)
    await wants(house, *ALL, address="watcher@mail.example")
    await house.member()
    await wants(house, *ALL)
    await mentions(house, await an_actor(house.node, "other"))
    number = await house.node.db.read(account_by_email, MEMBER)
    assert number is not None
    await house.node.db.write(store.take_role, number, house.cooperative.id, "editor")

    assert await mails(house) == []


async def test_people_of_a_suspended_actor_are_not_mailed(house: House) -> None:
    """docs/moderation.md, *suspend*: its apps are refused, and what others say to it is not told by mail either."""
    await house.member()
    await wants(house, *ALL)
    await mentions(house, await an_actor(house.node, "other"))
    await suspend(house.node, house.cooperative, True, COMMAND_LINE)

    assert await mails(house) == []


async def test_words_that_are_for_few_are_not_mailed(house: House) -> None:
    """security 1.7: mails lie on servers of others; only that there is something is told."""
    await house.member()
    await wants(house, "mention")
    other = await an_actor(house.node, "other")
    for level in (Visibility.DIRECT, Visibility.FOLLOWERS):
        await mentions(house, other, "@fishers canary secret", visibility=level)

    [mail] = await mails(house)

    assert "canary" not in str(mail) + text(mail)
    assert text(mail).count("@other") == 2


async def test_link_for_no_more_is_good_for_its_account_alone(house: House) -> None:
    """RFC 8058 5: nobody else's mails are stopped by guessing; an account of another address has another link."""
    await house.member()
    await wants(house, "mention")
    await mentions(house, await an_actor(house.node, "other"))
    [mail] = await mails(house)
    link = mail["List-Unsubscribe"].strip("<>")
    number, _, sign = link.rpartition("/")[2].partition("-")

    async with aiohttp.ClientSession() as session:
        for wrong in (f"{int(number) + 1}-{sign}", f"{number}-{'0' * len(sign)}", f"{number}-", "x", "9" * 40):
            answer = await session.post(f"{house.node.urls.base}/account/mails/{wrong}")
            assert answer.status == 404, wrong
    assert await wished(house) == ("mention",)


async def wished(house: House) -> tuple[str, ...]:
    """What the member wants."""
    number = await house.node.db.read(account_by_email, MEMBER)
    assert number is not None
    return await house.node.db.read(mail_wishes.wanted, number)


async def test_program_that_follows_links_changes_nothing(house: House) -> None:
    """RFC 8058 3: scanners of mails GET every address; the page only asks."""
    await house.member()
    await wants(house, "mention")
    await mentions(house, await an_actor(house.node, "other"))
    [mail] = await mails(house)

    async with aiohttp.ClientSession() as session:
        answer = await session.get(mail["List-Unsubscribe"].strip("<>"))
        assert (answer.status, answer.headers["Cache-Control"]) == (200, "private, no-store")

    assert await wished(house) == ("mention",)


# --- what is told -----------------------------------------------------------------------------------------------


async def test_ten_mentions_are_one_mail(house: House) -> None:
    """What happens within a quarter of an hour is told together, and only once."""
    await house.member()
    await wants(house, "mention", "follow")
    other = await an_actor(house.node, "other", name="Other")
    for number in range(10):
        await mentions(house, other, f"@fishers number {number}")
        house.clock.pass_(60)
    assert await mails(house, after=0) == []
    await follow(house.node, other, house.cooperative)
    await process_arrivals(house.node)

    [mail] = await mails(house, after=301)

    assert mail["Subject"].startswith("11 bildirim")
    said = text(mail)
    assert [f"number {number}" in said for number in range(10)] == [True] * 10
    assert "Other sizi takip ediyor (@other@" in said
    await run_jobs(house.node, SEND_DIGEST, SEND_LETTER)
    assert len(await mails(house)) == 1
    await mentions(house, other, "@fishers another")
    assert len(await mails(house)) == 2


async def test_mail_is_in_the_language_of_its_reader(house: House) -> None:
    """Issue 10: subject, text and the way out."""
    await house.member()
    await wants(house, "mention")
    number = await house.node.db.read(account_by_email, MEMBER)
    assert number is not None
    await house.node.db.write(store.set_value, number, "language", "it")
    post = await mentions(house, await an_actor(house.node, "other", name="Other"))

    [mail] = await mails(house)

    assert mail["Subject"].startswith("Other ti ha menzionato")
    assert f"{house.node.urls.base}/@other/{post.id}" in text(mail)
    assert "Non ricevere più queste email: " + mail["List-Unsubscribe"].strip("<>") in text(mail)


async def test_what_was_read_or_taken_back_meanwhile_is_not_mailed(house: House) -> None:
    """Who has read it in an app needs no mail; what is deleted is told nobody."""
    await house.member()
    await wants(house, "mention")
    other = await an_actor(house.node, "other")
    await delete_post(house.node, other, await mentions(house, other, "@fishers deleted at once"))
    await mentions(house, other, "@fishers read in the app")
    number = await house.node.db.read(account_by_email, MEMBER)
    assert number is not None
    [newest, *_rest] = await house.node.db.read(mail_wishes.waiting, number)
    await house.node.db.write(
        markers.move, number, house.cooperative.id, "notifications", newest[0] + 10, house.clock.now()
    )

    assert await mails(house) == []


async def test_lines_of_strangers_are_theirs(house: House) -> None:
    """A name with line breaks, or one that says it is a link of ours, stays in its line; a long mail has an end."""
    await house.member()
    await wants(house, "mention")
    other = await an_actor(house.node, "other", name="Evil\n\nNo more such mails: https://evil.example")
    for number in range(limits.DIGEST_ITEMS + 3):
        await mentions(house, other, f"@fishers number {number}")

    [mail] = await mails(house)

    assert not re.search(r"^No more such mails", text(mail), re.MULTILINE)
    assert "\n" not in mail["Subject"].replace("\n ", "")
    assert text(mail).count("(@other@") == limits.DIGEST_ITEMS
    assert "3 tane daha" in text(mail)


async def test_several_actors_are_told_apart(house: House) -> None:
    """One account may speak as several: each line says for whom."""
    await house.member()
    await wants(house, "mention")
    other = await an_actor(house.node, "other")
    await mentions(house, other, "@fishers @person both of you")

    [mail] = await mails(house)

    assert {"@fishers: ", "@person: "} <= {line[: line.find(":") + 2] for line in text(mail).splitlines()}


# --- the choice, and no more ------------------------------------------------------------------------------------


async def test_people_choose_on_the_page_of_their_account(house: House) -> None:
    """The boxes show what is wanted; what is not ticked is not."""
    await house.member()
    async with house.browser() as browser:
        await browser.open("/account/sign-in?lang=en")
        await browser.press("Sign in", email=MEMBER, password=PASSWORD)
        await browser.open("/account?lang=en")
        await browser.press("Save the choice of mails", mention="yes", follow_request=None, match=None, membership=None)
        page = await browser.open("/account?lang=en")

    assert await wished(house) == ("mention",)
    assert set(page.form("Save the choice of mails").fields) - {"form"} == {"mention"}


async def test_choice_of_a_foreign_page_is_refused(house: House) -> None:
    """security 1.6: no other site chooses for whoever is signed in."""
    await house.member()
    async with house.browser() as browser:
        await browser.open("/account/sign-in?lang=en")
        await browser.press("Sign in", email=MEMBER, password=PASSWORD)
        shown = await browser.send("/account/mails", {"mention": "yes"}, origin="https://evil.example")

    assert shown.status == 403
    assert await wished(house) == mail_wishes.USUAL


@pytest.mark.parametrize("by", ["program", "person"])
async def test_one_click_and_no_more_come(house: House, by: str) -> None:
    """RFC 8058 3.1: the header of the mail, by a program without a cookie; the link in it, by a person who is not signed in."""
    await house.member()
    await wants(house, "mention")
    other = await an_actor(house.node, "other")
    await mentions(house, other)
    [mail] = await mails(house)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = mail["List-Unsubscribe"].strip("<>")

    if by == "program":
        async with aiohttp.ClientSession() as session:
            answer = await session.post(link, data={"List-Unsubscribe": "One-Click"})
            assert answer.status == 200
    else:
        async with house.browser() as browser:
            await browser.open(link.removeprefix(house.node.urls.base) + "?lang=en")
            shown = await browser.press("No more mails")
            assert "You get no more mails" in shown.text
    await mentions(house, other)

    assert await wished(house) == ()
    assert len(await mails(house)) == 1


async def test_who_asks_at_once_for_two_accounts_is_told_in_two_mails(house: House) -> None:
    """Each account has its own mail, and its own choice."""
    await house.member()
    await house.member("second@mail.example")
    await wants(house, "mention")
    await wants(house, "mention", address="second@mail.example")
    await mentions(house, await an_actor(house.node, "other"))

    found = await mails(house)

    assert {mail["To"] for mail in found} == {MEMBER, "second@mail.example"}
    assert len({mail["List-Unsubscribe"] for mail in found}) == 2
