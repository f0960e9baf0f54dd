"""Mails about memberships: to whom nothing is told, what is told in one mail, and how to get no more."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from actors.lookup import ActorRow
from coopfed import limits
from coopfed.features.accounts.letters import SEND_LETTER
from coopfed.features.accounts.store import give_role
from coopfed.features.memberships import actions
from coopfed.features.memberships.actions import act
from coopfed.features.memberships.news import TELL_MEMBERSHIPS
from coopfed.features.memberships.store import MembershipRow
from tests.coopfed.features.test_digests import text, wants
from tests.coopfed.web.account.conftest import MEMBER, House, a_house
from tests.coopfed.web.account.test_memberships import WANTED
from tests.support.jobs import run_jobs
from tests.support.nodes import an_actor, process_arrivals


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    """A node with people and their mails."""
    async with a_house(database_url, tmp_path) as found:
        yield found


async def told(house: House, *, after: float = limits.DIGEST_SECONDS) -> list[str]:
    """What was mailed when so many seconds have passed."""
    await process_arrivals(house.node)
    house.clock.pass_(after)
    await run_jobs(house.node, TELL_MEMBERSHIPS, SEND_LETTER)
    return [text(mail) for mail in await house.post()]


async def asks(house: House, member: ActorRow) -> MembershipRow:
    """Somebody asks the cooperative, which is an umbrella here."""
    return await actions.request(house.node, member, house.cooperative, WANTED)


async def test_only_who_decides_and_wants_mails_is_told(house: House) -> None:
    """api.md 1: officers of the umbrella, no editor, no signatory; who chose no mails of this type gets none."""
    await house.member(role="signatory")
    await give_role(house.node, MEMBER, house.cooperative, "editor")
    await asks(house, await an_actor(house.node, "bakers"))
    assert await told(house) == []

    await give_role(house.node, MEMBER, house.cooperative, "officer")
    await wants(house, "mention")
    await asks(house, await an_actor(house.node, "weavers"))
    assert await told(house) == []


async def test_what_happens_in_a_quarter_of_an_hour_is_one_mail(house: House) -> None:
    """Who asks, who invites, who ended: in one mail, without what is settled by then; and a link for no more."""
    await house.member(role="admin")
    await wants(house, "membership")
    bakers, weavers = await an_actor(house.node, "bakers", name="Bakers"), await an_actor(house.node, "weavers")
    union = await an_actor(house.node, "union", name="Union")
    row, settled = await asks(house, bakers), await asks(house, weavers)
    await actions.invite(house.node, union, house.cooperative, WANTED)
    await process_arrivals(house.node)
    await act(house.node, house.cooperative, settled.id, "accept")

    assert await told(house, after=limits.DIGEST_SECONDS - 1) == []
    [mail] = await told(house, after=1)
    assert "Bakers (@bakers@" in mail
    assert " üye olmak istiyor." in mail
    assert "Union (@union@" in mail
    assert " sizi üye olmaya davet ediyor." in mail
    assert "weavers" not in mail
    assert f"{house.node.urls.base}/account/memberships/fishers" in mail

    await act(house.node, house.cooperative, row.id, "accept")
    await process_arrivals(house.node)
    await act(house.node, bakers, row.id, "end")
    mails = await told(house)
    assert len(mails) == 2
    assert "Bakers" in mails[-1]
    assert "üyeliği sonlandırdı ya da askıya aldı." in mails[-1]

    millers = await an_actor(house.node, "millers")
    declined = await actions.invite(house.node, house.cooperative, millers, WANTED)
    await process_arrivals(house.node)
    await act(house.node, millers, declined.id, "reject")
    mails = await told(house)
    assert "kabul etmedi." in mails[-1]
    letter = (await house.post())[-1]
    async with house.browser() as browser:
        await browser.open(str(letter["List-Unsubscribe"]).strip("<>"))
        await browser.press("No more mails")
    await asks(house, millers)
    assert len(await told(house)) == 3
