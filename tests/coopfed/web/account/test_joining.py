"""Coming in: closed doors, invitations, asking for an account, forgotten passwords."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from actors.roles import Role
from coopfed import limits
from coopfed.errors import Forbidden, Unauthenticated
from coopfed.features.accounts import inviting, leaving, passwords, recovery, store
from coopfed.oauth.tokens import bearer, issue_token
from tests.coopfed.web.account.conftest import MEMBER, PASSWORD, House, link_in
from tests.coopfed.web.account.test_signing_in import signed_in

NEW = "new@mail.example"
OTHER_PASSWORD = "another boat, more fishes"


async def invited(house: House, role: str = "author") -> str:
    """The link of an invitation of NEW to speak as the cooperative."""
    return await inviting.invite(house.node, NEW, house.cooperative, role, invited_by=None, language="en")


# --- shut -------------------------------------------------------------------------------------------------------


async def test_nobody_comes_in_unasked(house: House) -> None:
    """REGISTRATION=closed, as it is at first: there is no page to ask on."""
    async with house.browser() as browser:
        assert (await browser.open("/account/sign-up")).status == 404
        assert "Ask for an account" not in (await browser.open("/account/sign-in")).text


@pytest.mark.parametrize("purpose", ["invite", "confirm", "reset"])
async def test_void_link_says_so(house_by_approval: House, purpose: str) -> None:
    """A link is good once and for a time; one for another purpose does not do."""
    link = await invited(house_by_approval)
    secret = link.rpartition("/")[2]
    async with house_by_approval.browser() as browser:
        void = await browser.open(f"/account/{purpose}/made-up")
        assert (void.status, "used already, or is too old" in void.text) == (410, True)
        if purpose != "invite":
            assert (await browser.open(f"/account/{purpose}/{secret}")).status == 410
        house_by_approval.clock.pass_(limits.INVITATION_DAYS * 24 * 3600 + 1)
        assert (await browser.open(f"/account/invite/{secret}")).status == 410


@pytest.mark.parametrize(
    ("password", "again", "told"),
    [
        ("short", "short", "at least ten characters"),
        (PASSWORD, OTHER_PASSWORD, "not the same"),
        ("aaaaaaaaaaaa", "aaaaaaaaaaaa", "too easy"),
        (NEW, NEW, "too easy"),
        ("long" * 200, "long" * 200, "too long"),
    ],
)
async def test_bad_password_is_refused_with_a_reason(house: House, password: str, again: str, told: str) -> None:
    """Bad input: what to do is said, and the invitation stays good."""
    link = await invited(house)
    async with house.browser() as browser:
        await browser.open(link)

        page = await browser.press("Come in", password=password, again=again)

        assert (page.status, told in page.text) == (422, True)
        assert (await browser.press("Come in", password=PASSWORD, again=PASSWORD)).path == "/account"


# --- invitations ------------------------------------------------------------------------------------------------


async def test_invitation_lets_in_with_its_role_once(house: House) -> None:
    """Issue 5, part 1: by mail, a password is chosen, and the role is there."""
    await invited(house)
    [mail] = await house.post()
    assert (mail["To"], mail["From"], mail["Auto-Submitted"]) == (NEW, "coopfed@localhost", "auto-generated")
    assert "once, within 30 days" in str(mail)
    async with house.browser() as browser:
        page = await browser.open(link_in(mail))
        assert ("@fishers" in page.text, NEW in page.text) == (True, True)

        page = await browser.press("Come in", password=PASSWORD, again=PASSWORD)

        assert (page.path, "Fishers" in page.text, "author" in page.text) == ("/account", True, True)
        assert (await browser.open(link_in(mail))).status == 410
    account = await house.node.db.read(store.by_email, NEW)
    assert account is not None
    assert await house.node.db.read(store.roles_at, account.id) == {house.cooperative.id: {Role.AUTHOR}}


async def test_invited_member_adds_the_role_with_their_password(house: House) -> None:
    """Nobody takes over an account with a link that was meant for its owner."""
    await house.member(NEW)
    link = await invited(house, "signatory")
    async with house.browser() as browser:
        await browser.open(link)
        assert (await browser.press("Come in", password="not the password")).status == 403
        assert (await browser.press("Come in", password=PASSWORD)).path == "/account"
        assert "signatory" in browser.page.text


async def test_of_two_invitations_that_are_accepted_at_one_moment_one_chooses_the_password(house: House) -> None:
    """Whoever sets a password is not overtaken by another link that was opened before there was one."""
    links = [(await invited(house)).rpartition("/")[2], (await invited(house, "reader")).rpartition("/")[2]]

    done = await asyncio.gather(
        *(
            inviting.accept_invitation(house.node, secret, password, "en")
            for secret, password in zip(links, (PASSWORD, OTHER_PASSWORD), strict=True)
        ),
        return_exceptions=True,
    )

    refused = [result for result in done if isinstance(result, Forbidden)]
    assert [error.reason for error in refused] == ["wrong_password"]
    account = await house.node.db.read(store.by_email, NEW)
    assert account is not None
    chosen = PASSWORD if isinstance(done[1], Forbidden) else OTHER_PASSWORD
    assert await passwords.is_right(account.password, chosen)
    late = links[1] if isinstance(done[1], Forbidden) else links[0]
    assert (await inviting.accept_invitation(house.node, late, chosen, "en")).id == account.id


async def test_invitation_leaves_the_language_of_a_member_alone(house: House) -> None:
    """The language of the page on which an invitation is opened says nothing of that of mails, which its reader chose."""
    account_id = (
        await inviting.accept_invitation(house.node, (await invited(house)).rpartition("/")[2], PASSWORD, "it")
    ).id

    await inviting.accept_invitation(house.node, (await invited(house, "reader")).rpartition("/")[2], PASSWORD, "tr")

    account = await house.node.db.read(store.by_id, account_id)
    assert account is not None
    assert account.language == "it"


async def test_admin_invites_and_takes_roles_away(house: House) -> None:
    """Issue 5, part 1: roles at an actor are given by its admins, on a page; never is there nobody left who can."""
    await house.member(role="admin")
    async with house.browser() as browser, house.browser() as guest:
        await signed_in(house, browser)
        await browser.open("/account/people/fishers")
        page = await browser.press("Invite", email=NEW, role="reader")
        assert page.status == 200
        [mail] = await house.post()
        assert link_in(mail) not in page.text
        await guest.open(link_in(mail))
        await guest.press("Come in", password=PASSWORD, again=PASSWORD)
        account = await house.node.db.read(store.by_email, NEW)
        assert account is not None
        token = browser.page.forms[0].fields["form"]
        base = house.node.urls.base

        own = await house.node.db.read(store.by_email, MEMBER)
        assert own is not None
        kept = await browser.send(f"/account/people/fishers/{own.id}/admin/take", {"form": token}, origin=base)
        gone = await browser.send(f"/account/people/fishers/{account.id}/reader/take", {"form": token}, origin=base)

        assert (kept.status, "Somebody must stay" in kept.text, gone.status) == (422, True, 200)
        assert await house.node.db.read(store.roles_at, account.id) == {}


async def test_invitation_ends_with_the_role_of_whoever_made_it(house: House) -> None:
    """security 1.6: an admin who has to go takes no door along by which a second address of theirs comes back."""
    await house.member(role="admin")
    account = await house.node.db.read(store.by_email, MEMBER)
    assert account is not None
    link = await inviting.invite(
        house.node, NEW, house.cooperative, "admin", invited_by=account.id, language="en", by_mail=False
    )
    async with house.browser() as browser:
        assert (await browser.open(link)).status == 200

        await house.node.db.write(store.take_role, account.id, house.cooperative.id, "admin")

        assert (await browser.press("Come in", password=PASSWORD, again=PASSWORD)).status == 410
        assert (await browser.open(link)).status == 410
    assert await house.node.db.read(store.by_email, NEW) is None


async def test_admin_sends_a_bounded_number_of_invitations(house: House) -> None:
    """security 1.4: mails to strangers leave in the name of the node."""
    await house.member(role="admin")
    async with house.browser() as browser:
        await signed_in(house, browser)
        await browser.open("/account/people/fishers")
        for _ in range(limits.INVITATIONS):
            assert (await browser.press("Invite", email="not an address", role="reader")).status == 422

        assert (await browser.press("Invite", email=NEW, role="reader")).status == 429

    assert await house.post() == []


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
async def test_only_admins_see_the_people_of_an_actor(house: House, role: Role) -> None:
    """api.md 1: roles are given by admins of that actor."""
    await house.member(role=role)
    async with house.browser() as browser:
        await signed_in(house, browser)
        assert (await browser.open("/account/people/fishers")).status == 403
        assert (await browser.open("/account/people/nobody")).status == 404


async def test_open_invitation_is_listed_and_taken_back(house: House) -> None:
    """What was sent is known to all admins; a link that was taken back leads nowhere, and one in another role stays."""
    await house.member(role="admin")
    async with house.browser() as browser:
        await signed_in(house, browser)
        await browser.open("/account/people/fishers")
        await browser.press("Invite", email=NEW, role="reader")
        [mail] = await house.post()
        stays = await invited(house, "author")
        page = await browser.open("/account/people/fishers")
        assert page.text.count(f"<bdi>{NEW}") == 2
        form = page.form("Take back").fields
        elsewhere = {**form, "email": "other@mail.example"}
        await browser.send("/account/people/fishers/take-back", elsewhere, origin=house.node.urls.base)
        assert (await browser.open("/account/people/fishers")).text.count(f"<bdi>{NEW}") == 2
        reader = next(one for one in page.forms if one.fields.get("role") == "reader" and "Take back" in one.buttons)

        page = await browser.send("/account/people/fishers/take-back", reader.fields, origin=house.node.urls.base)

        assert page.text.count(f"<bdi>{NEW}") == 1
    async with house.browser() as browser:
        assert (await browser.open(link_in(mail))).status == 410
        assert (await browser.open(stays)).status == 200


async def test_two_admins_who_go_at_one_moment_leave_one(house: House) -> None:
    """api.md 1: an actor always has somebody who can give roles, also when two processes take one each."""
    for name in ("first", "second"):
        await house.member(f"{name}@mail.example", role="admin")
    ids = [await house.node.db.read(store.account_by_email, f"{name}@mail.example") for name in ("first", "second")]

    results = await asyncio.gather(
        *(house.node.db.write(leaving.take_role, id, house.cooperative.id, "admin") for id in ids),
        return_exceptions=True,
    )

    assert sorted(type(one).__name__ for one in results) == ["InvalidInput", "NoneType"]
    admins = [role for _id, _email, role in await house.node.db.read(store.people_of, house.cooperative.id)]
    assert admins == [Role.ADMIN]


# --- asking for an account --------------------------------------------------------------------------------------


@pytest.fixture
async def house_by_approval(a_house_with: Callable[..., Any]) -> Any:
    """A node where anybody may ask, and an operator decides."""
    async with a_house_with(registration="approval") as found:
        yield found


async def ask(house: House, email: str = NEW, reason: str = "I fish with you") -> Any:
    """Asks for an account by the page. What is shown then."""
    async with house.browser() as browser:
        await browser.open("/account/sign-up")
        return await browser.press("Ask for an account", email=email, password=PASSWORD, again=PASSWORD, reason=reason)


async def test_who_asks_confirms_and_waits_and_is_let_in(house_by_approval: House) -> None:
    """Issue 5, part 1: open sign-up with approval. Each step by mail, each told to whom it concerns."""
    house = house_by_approval
    await house.member("operator@mail.example", operator=True)
    assert "Look into your mail" in (await ask(house)).text
    [mail] = await house.post()
    async with house.browser() as browser:
        assert await signed_in(house, browser, NEW) == 403
        assert "not confirmed" in browser.page.text
        await browser.open(link_in(mail))
        page = await browser.press("Confirm", password=PASSWORD)
        assert "decide" in page.text
        assert await signed_in(house, browser, NEW) == 403
        told = [mail["To"] for mail in await house.post()]
        assert told == [NEW, "operator@mail.example"]

        async with house.browser() as operator:
            await signed_in(house, operator, "operator@mail.example")
            page = await operator.open("/account/requests")
            assert ("I fish with you" in page.text, NEW in page.text) == (True, True)
            await operator.press("Let in")

        assert [mail["To"] for mail in await house.post()][2:] == [NEW]
        assert await signed_in(house, browser, NEW) == 200


async def test_who_is_turned_away_is_forgotten(house_by_approval: House) -> None:
    """GDPR: no address is kept of whom the node does not want."""
    house = house_by_approval
    await house.member("operator@mail.example", operator=True)
    await ask(house)
    [mail] = await house.post()
    async with house.browser() as browser:
        await browser.open(link_in(mail))
        await browser.press("Confirm", password=PASSWORD)
    async with house.browser() as operator:
        await signed_in(house, operator, "operator@mail.example")
        await operator.open("/account/requests")
        await operator.press("Turn away")

    assert await house.node.db.read(store.by_email, NEW) is None
    assert (await house.post())[-1]["To"] == NEW


async def test_only_operators_decide(house_by_approval: House) -> None:
    """api.md 1: the operator flag, not a role."""
    await house_by_approval.member(role="admin")
    async with house_by_approval.browser() as browser:
        await signed_in(house_by_approval, browser)
        assert (await browser.open("/account/requests")).status == 403


@pytest.mark.parametrize(
    "written",
    [
        "root,new@mail.example",
        "x<new@mail.example>",
        "list:new@mail.example;",
        '"new"@mail.example',
        "new(x)@mail.example",
    ],
)
async def test_address_is_one_mailbox_in_one_spelling(house_by_approval: House, written: str) -> None:
    """security 1.6: a mail goes to nobody else as well, and nobody has a second account for the same mailbox."""
    page = await ask(house_by_approval, written)

    assert (page.status, "no email address" in page.text) == (422, True)
    assert await house_by_approval.post() == []


async def test_page_does_not_tell_who_has_an_account(house_by_approval: House) -> None:
    """security 1.6: the same answer; whoever has one gets a link to choose a new password."""
    house = house_by_approval
    await house.member(MEMBER)

    shown = [(await ask(house, email)).text.replace(email, "") for email in (MEMBER, NEW)]

    assert shown[0] == shown[1]
    assert {mail["To"]: link_in(mail).split("/")[-2] for mail in await house.post()} == {
        MEMBER: "reset",
        NEW: "confirm",
    }


async def test_who_asks_with_an_address_of_somebody_else_gets_no_key_to_their_account(
    a_house_with: Callable[..., Any],
) -> None:
    """security 1.6, account pre-hijacking: the address is confirmed by whoever knows the password too; the last that was chosen counts."""
    async with a_house_with(registration="open") as house:
        async with house.browser() as stranger:
            await stranger.open("/account/sign-up")
            await stranger.press("Ask for an account", email=NEW, password=OTHER_PASSWORD, again=OTHER_PASSWORD)
        await ask(house, reason="")
        first, second = [link_in(mail) for mail in await house.post()]
        async with house.browser() as browser:
            assert (await browser.open(first)).status == 410
            await browser.open(second)

            wrong = await browser.press("Confirm", password=OTHER_PASSWORD)

            assert (wrong.status, "do not belong together" in wrong.text) == (403, True)
            assert await signed_in(house, browser, NEW, OTHER_PASSWORD) == 403
            await browser.open(second)
            await browser.press("Confirm", password=PASSWORD)
            assert await signed_in(house, browser, NEW, OTHER_PASSWORD) == 403
            assert await signed_in(house, browser, NEW) == 200


async def test_open_node_lets_in_whoever_confirms(a_house_with: Callable[..., Any]) -> None:
    """REGISTRATION=open."""
    async with a_house_with(registration="open") as house:
        await ask(house, reason="")
        [mail] = await house.post()
        async with house.browser() as browser:
            await browser.open(link_in(mail))
            await browser.press("Confirm", password=PASSWORD)
            assert await signed_in(house, browser, NEW) == 200


# --- forgotten passwords ----------------------------------------------------------------------------------------


async def test_forgotten_password_is_chosen_anew_and_everything_is_signed_out(house: House) -> None:
    """security 1.6: browsers and apps do not outlive the password; and its owner is told."""
    await house.member()
    token = await issue_token(house.node, MEMBER, house.person, "read")
    async with house.browser() as browser, house.browser() as other:
        await signed_in(house, other)
        await browser.open("/account/reset")
        await browser.press("Send the link", email=MEMBER)
        [mail] = await house.post()

        await browser.open(link_in(mail))
        await browser.press("Save the password", password=OTHER_PASSWORD, again=OTHER_PASSWORD)

        assert (await other.open("/account")).path.startswith("/account/sign-in")
        with pytest.raises(Unauthenticated):
            await bearer(house.node, f"Bearer {token}", "read")
        assert await signed_in(house, browser) == 403
        assert await signed_in(house, browser, password=OTHER_PASSWORD) == 200
        assert (await browser.open(link_in(mail))).status == 410
        assert "was changed" in str((await house.post())[-1]["Subject"])


async def test_link_for_a_new_password_does_not_outlive_the_present_one(house: House) -> None:
    """security 1.6: whoever read somebody's mails for a moment keeps no link, when its owner has noticed and has another password."""
    await house.member()
    async with house.browser() as browser, house.browser() as owner:
        await browser.open("/account/reset")
        await browser.press("Send the link", email=MEMBER)
        [mail] = await house.post()
        await signed_in(house, owner)
        await owner.open("/account/password")

        await owner.press("Save the password", old=PASSWORD, password=OTHER_PASSWORD, again=OTHER_PASSWORD)

        assert (await browser.open(link_in(mail))).status == 410


async def test_password_that_the_operator_chooses_signs_everybody_out(house: House) -> None:
    """security 1.6: it is chosen for whoever lost the account to somebody; on the command line as on the page."""
    await house.member()
    token = await issue_token(house.node, MEMBER, house.person, "read")
    async with house.browser() as browser:
        await signed_in(house, browser)

        await recovery.choose_password(house.node, MEMBER, OTHER_PASSWORD)

        assert (await browser.open("/account")).path.startswith("/account/sign-in")
    with pytest.raises(Unauthenticated):
        await bearer(house.node, f"Bearer {token}", "read")


async def test_unknown_address_gets_the_same_answer_and_no_mail(house: House) -> None:
    """security 1.6: nobody learns who has an account."""
    await house.member()
    shown = []
    for email in (MEMBER, "nobody@mail.example"):
        async with house.browser() as browser:
            await browser.open("/account/reset")
            shown.append((await browser.press("Send the link", email=email)).text)

    assert shown[0] == shown[1]
    assert [mail["To"] for mail in await house.post()] == [MEMBER]


async def test_new_password_keeps_the_browser_in_which_it_was_changed(house: House) -> None:
    """Every other one is signed out."""
    await house.member()
    async with house.browser() as browser, house.browser() as other:
        await signed_in(house, browser)
        await signed_in(house, other)
        await browser.open("/account/password")
        wrong = await browser.press("Save the password", old="wrong", password=OTHER_PASSWORD, again=OTHER_PASSWORD)
        assert wrong.status == 403

        page = await browser.press("Save the password", old=PASSWORD, password=OTHER_PASSWORD, again=OTHER_PASSWORD)

        assert page.path == "/account"
        assert (await other.open("/account")).path.startswith("/account/sign-in")


async def test_admin_does_not_come_in_as_whom_they_invite(house: House) -> None:
    """security 1.6: an account without a password may run the node; its invitation goes to its mailbox and to nobody else."""
    await store.give_role(house.node, "operator@mail.example", house.person, "editor", operator=True)
    await house.member(role="admin")
    async with house.browser() as browser:
        await signed_in(house, browser)
        await browser.open("/account/people/fishers")

        page = await browser.press("Invite", email="operator@mail.example", role="reader")

    [mail] = await house.post()
    assert (mail["To"], "/account/invite/" in page.text) == ("operator@mail.example", False)
