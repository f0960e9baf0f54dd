"""Who is told of matches: by mail as often as editors chose, and at once of strong ones, by a notification that any app shows."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from actors.lookup import by_uri
from coopfed import limits
from coopfed.clock import DAY_MS
from coopfed.features import mail_wishes, match_wishes
from coopfed.features.accounts.letters import SEND_LETTER
from coopfed.features.accounts.store import account_by_email, give_role
from coopfed.features.cooperatives.actions import edit
from coopfed.features.match_wishes import SEND_MATCHES, TELL_MATCHES, Rhythm
from coopfed.features.mutes.actions import mute
from coopfed.features.profiles.actions import delete_actor
from coopfed.features.requests import actions
from coopfed.features.requests.store import RequestRow
from coopfed.vocab.terms import AS_CONTEXT, PUBLIC
from coopfed.worker import PURGES
from tests.coopfed.api.test_api import a_client
from tests.coopfed.api.test_matches import OFFER, REQUEST, a_teacher, matches
from tests.coopfed.api.test_requests import SAID, ask, own, published
from tests.coopfed.features.test_digests import text
from tests.coopfed.web.account.conftest import MEMBER, House, a_house
from tests.support.jobs import run_jobs
from tests.support.nodes import an_actor, process_arrivals
from tests.support.scene import Scene

DAY = DAY_MS / 1000


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    """A node with people and their mails."""
    async with a_house(database_url, tmp_path) as found:
        yield found


async def by_hand(house: House, actor: Any, **given: Any) -> RequestRow:
    """A published request."""
    draft = await actions.draft(house.node, actor, None, {**SAID, "expires_at": "2027-06-01", **given})
    return await actions.publish(house.node, actor, None, draft.id)


async def daily(house: House, *, after: float = DAY) -> list[str]:
    """What was mailed when so much time has passed."""
    house.clock.pass_(after)
    await run_jobs(house.node, SEND_MATCHES, SEND_LETTER)
    return [text(mail) for mail in await house.post()]


# --- by mail ----------------------------------------------------------------------------------------------------


async def test_nobody_is_mailed_who_did_not_ask_or_may_not_decide(house: House) -> None:
    """api.md 3: `match_digest` is none until an editor says otherwise; authors get nothing, nor who chose no mails of this type."""
    teacher = await an_actor(house.node, "teacher", name="Teacher")
    await by_hand(house, teacher, **OFFER)
    await by_hand(house, house.cooperative, **REQUEST)
    await house.member(role="author")
    assert await daily(house) == []

    await edit(house.node, house.cooperative, {"settings": {"match_digest": "daily"}})
    assert await daily(house) == [], "an author decides about nothing"
    await give_role(house.node, MEMBER, house.cooperative, "negotiator")
    number = await house.node.db.read(account_by_email, MEMBER)
    assert number is not None
    await house.node.db.write(mail_wishes.want, number, ("mention",))
    assert await daily(house) == []
    await house.node.db.write(mail_wishes.want, number, ("mention", "match"))
    assert len(await daily(house)) == 1, "nothing was lost meanwhile"


async def test_the_best_new_matches_come_by_mail_until_one_has_enough(house: House) -> None:
    """domain.md 8.7: the best five, with reasons; each once; every week where that was chosen; a link for no more; few are not told."""
    await house.member()
    teacher = await an_actor(house.node, "teacher", name="Teacher")
    asked = await by_hand(house, house.cooperative, **REQUEST)
    few = {"audience": "actors", "recipients": [str(house.cooperative.id)], "title": "Only between us"}
    await by_hand(house, teacher, **{**OFFER, **few})
    for n in range(limits.MATCH_MAILED):
        await by_hand(house, teacher, **{**OFFER, "title": f"Corso {n}"})
    await house.node.db.write(match_wishes.want, house.cooperative.id, Rhythm.DAILY, house.node.stamp())

    first = (await daily(house))[-1]
    assert first.count("100 üzerinden 95 puan") == limits.MATCH_MAILED
    assert "Corso 4 – Teacher (@teacher@" in first
    assert f"şunun için: {asked.title}" in first
    assert "  - Aynısı: Eğitim ve öğretim (40)" in first
    assert "/account/matches/fishers" in first
    found = await daily(house)
    assert len(found) == 2, "the sixth comes with the next"
    assert "Az kişi için olan bir talep" in found[-1]
    assert "Only between us" not in found[-1]
    assert len(await daily(house)) == 2, "of nothing new there is no mail"

    await house.node.db.write(match_wishes.want, house.cooperative.id, Rhythm.WEEKLY, house.node.stamp())
    await by_hand(house, teacher, **{**OFFER, "title": "Corso ancora"})
    assert len(await daily(house, after=6 * DAY)) == 2
    found = await daily(house)
    assert len(found) == 3
    assert "Corso ancora" in found[-1]
    mail = (await house.post())[-1]
    async with house.browser() as browser:
        await browser.open(str(mail["List-Unsubscribe"]).strip("<>"))
        await browser.press("No more mails")
    await by_hand(house, teacher, **{**OFFER, "title": "Corso di nuovo"})
    assert len(await daily(house, after=7 * DAY)) == 3


async def test_mails_end_with_their_actor(house: House) -> None:
    """Of an actor that is gone nothing is remembered, and nobody is mailed."""
    await house.member()
    await by_hand(house, await an_actor(house.node, "teacher"), **OFFER)
    await by_hand(house, house.cooperative, **REQUEST)
    await house.node.db.write(match_wishes.want, house.cooperative.id, Rhythm.DAILY, house.node.stamp())
    assert len(await daily(house)) == 1

    await delete_actor(house.node, house.cooperative)
    for purge in PURGES:
        await purge(house.node, str(house.cooperative.id))

    assert await house.node.db.read(match_wishes.rhythm_of, house.cooperative.id) is Rhythm.NONE
    assert len(await daily(house)) == 1


# --- at once ----------------------------------------------------------------------------------------------------


async def look(scene: Scene) -> None:
    """What is to be told of new requests is."""
    await process_arrivals(scene.node)
    scene.clock.pass_(limits.MATCH_SOON_SECONDS)
    await run_jobs(scene.node, TELL_MATCHES)


async def test_strong_matches_are_told_at_once_in_any_app(scene: Scene) -> None:
    """Issue 6, 7 and 8: both sides get Mastodon's `status` notification with the other's post, once however often it is edited."""
    actor, teacher = await a_teacher(scene)
    weak, weaker = await a_teacher(scene, "weak")
    await edit(scene.node, weak, {"regions": ["ITC1"], "languages": ["fr"]})
    client = await a_client(scene)
    stranger = await a_client(scene, await an_actor(scene.node, "stranger"))
    one = await published(client, **REQUEST)
    await look(scene)
    told = (await teacher.get("/notifications")).json
    assert [(n["type"], n["account"]["id"], n["status"]["id"]) for n in told] == [
        ("status", str(scene.member.id), one["companion"]["status_id"])
    ]
    assert [m["score"] for m in await matches(scene, teacher)] == [limits.MATCH_STRONG], "its profile is just enough"
    assert [m["score"] for m in await matches(scene, weaker)] == [limits.MATCH_STRONG - 10]
    assert (await weaker.get("/notifications")).json == []

    offer = await published(teacher, **OFFER)
    await look(scene)
    told = (await client.get("/notifications")).json
    assert [(n["type"], n["account"]["id"], n["status"]["id"]) for n in told] == [
        ("status", str(actor.id), offer["companion"]["status_id"])
    ]
    await teacher.patch(own(scene, f"/requests/{offer['id']}"), title="Corsi nuovi")
    await look(scene)
    assert len((await client.get("/notifications")).json) == 1
    assert len((await teacher.get("/notifications")).json) == 1, "of the same post once"
    assert (await stranger.get("/notifications")).json == []


async def test_nobody_is_told_of_too_many_or_of_whom_they_mute(scene: Scene) -> None:
    """domain.md 8.7: muting is remembered; some a day, the others are in the list; a weak match is told in mails alone."""
    actor, teacher = await a_teacher(scene)
    client = await a_client(scene)
    await published(client, **REQUEST)
    await mute(scene.node, scene.member, actor)
    await published(teacher, **OFFER)
    await look(scene)
    assert (await client.get("/notifications")).json == []

    _other, second = await a_teacher(scene, "second")
    await published(second, **{**OFFER, "sectors": ["01"], "regions": ["TR"], "languages": ["tr"]})
    for n in range(limits.MATCH_NOTICES_A_DAY + 1):
        await published(second, **{**OFFER, "title": f"Corso {n}"})
    await look(scene)
    assert len((await client.get("/notifications")).json) == limits.MATCH_NOTICES_A_DAY
    scene.clock.pass_(DAY + 1)
    await published(second, **{**OFFER, "title": "Domani"})
    await look(scene)
    assert len((await client.get("/notifications")).json) > limits.MATCH_NOTICES_A_DAY


async def test_offer_of_another_server_is_told_with_its_post(scene: Scene) -> None:
    """domain.md 8.2, 8.7: a Proposal that comes before its post, or without it: the post is asked for when somebody is to be told."""
    client = await a_client(scene)
    await published(client, **REQUEST)
    await scene.arrives(scene.alice.follow(scene.member.uri))
    note = scene.alice.note("<p>Corsi per cooperative</p>", to=[PUBLIC])
    scene.peer.publish({"@context": AS_CONTEXT, **note})
    proposal = {
        **{"id": f"{scene.alice.uri}/requests/1", "type": "Proposal", "purpose": "offer", "name": "Corsi"},
        **{"attributedTo": scene.alice.uri, "published": scene.node.utc().isoformat(), "requestStatus": "open"},
        **{"collaborationCategory": "training", "sector": ["85"], "region": ["ITF4"], "acceptsLanguages": ["it"]},
        **{"to": [PUBLIC, scene.member.uri], "companion": note["id"], "hasEnd": "2026-12-14T20:59:59Z"},
    }
    assert await scene.arrives(scene.alice.says("Create", proposal, to=[PUBLIC, scene.member.uri])) == ["accepted"]

    await look(scene)

    alice = await scene.node.db.read(by_uri, scene.alice.uri)
    assert alice is not None
    told = (await client.get("/notifications")).json
    assert [(n["type"], n["account"]["id"], n["status"]["uri"]) for n in told if n["type"] == "status"] == [
        ("status", str(alice.id), note["id"])
    ]


async def test_setting_is_read_and_checked(scene: Scene) -> None:
    """api.md 3: `match_digest` none, daily, weekly."""
    client = await a_client(scene)
    path = own(scene, "/profile")
    answer = await client.patch(path, settings={"match_digest": "hourly"})
    assert answer.json["details"] == {"settings[match_digest]": [answer.json["details"]["settings[match_digest]"][0]]}
    assert (await client.patch(path, settings={"match_digest": "weekly"})).json["settings"]["match_digest"] == "weekly"
    assert (await ask(scene, "/profile", client)).json["settings"]["match_digest"] == "weekly"
    assert (await client.patch(path, settings={"match_digest": "none"})).json["settings"]["match_digest"] == "none"
