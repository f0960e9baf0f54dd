"""What people do here: sign up, post, read it back at once, page, edit, delete, like and boost among themselves."""

import asyncio
from urllib.parse import quote

import pytest

from coopfed.vocab.terms import ACTIVITY_JSON
from tests.blackbox.house import Caller, House
from tests.support.peers import Document

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="package")]


def texts(statuses: list[Document]) -> list[str]:
    """What they say, without markup."""
    return [status["content"].removeprefix("<p>").removesuffix("</p>") for status in statuses]


async def test_every_process_is_ready(house: House) -> None:
    """Design 4: /healthz and /readyz, which supervisors and proxies ask under any name."""
    for door in house.doors:
        for path in ("/healthz", "/readyz"):
            assert (await house.ask("GET", path, {"Host": "10.0.0.1"}, door=door)).status == 200


async def test_who_signed_up_by_command_is_known_everywhere(house: House) -> None:
    """Design 5: commands beside a live server: actor, WebFinger, page and token work at every process at once."""
    newcomer = await house.member("newcomer")

    resource = quote(f"acct:{newcomer.handle}@{house.authority}")
    found = await house.everywhere(f"/.well-known/webfinger?resource={resource}")
    document = await house.everywhere(f"/ap/actors/{newcomer.id}", {"Accept": ACTIVITY_JSON})
    page = await house.everywhere(f"/@{newcomer.handle}", {"Accept": "text/html", "Accept-Language": "it"})
    me = await newcomer.everywhere("/api/v1/accounts/verify_credentials")

    assert newcomer.uri in [link.get("href") for link in found.json["links"]]
    assert (document.json["id"], document.json["preferredUsername"]) == (newcomer.uri, newcomer.handle)
    assert page.status == 200
    assert me.json["username"] == newcomer.handle


async def test_what_was_posted_is_read_at_once_at_every_process(house: House, member: Caller) -> None:
    """Design 7, *Read your own writes*: whichever process took it, whichever is asked next."""
    for door in house.doors:
        status = await member.says("Bread is ready", door)

        assert (await member.home())[0]["id"] == status["id"]
        assert (await member.everywhere(f"/api/v1/statuses/{status['id']}")).json["uri"] == status["uri"]
        note = await house.everywhere(status["uri"], {"Accept": ACTIVITY_JSON})
        assert (note.json["id"], note.json["attributedTo"]) == (status["uri"], member.uri)
        assert (await house.everywhere(f"/@{member.handle}/{status['id']}", {"Accept": "text/html"})).status == 200


async def test_ids_of_all_processes_differ_and_pages_hold_each_once(house: House) -> None:
    """Decision 9, *ids of 64 bits*: leased worker numbers; Mastodon's Link paging from process to process."""
    writer = await house.member("writer")

    posted = await asyncio.gather(
        *(writer.says(f"Number {number}", house.doors[number % len(house.doors)]) for number in range(30))
    )

    ids = {status["id"] for status in posted}
    assert len(ids) == 30
    read: list[str] = []
    path = "/api/v1/timelines/home?limit=7"
    while path:
        page = await writer.get(path)
        read += [status["id"] for status in page.json]
        links = [link.split(">;") for link in page.headers.get("Link", "").split("<")[1:]]
        path = next((url for url, relation in links if 'rel="next"' in relation), "") if page.json else ""
    assert read == sorted(ids, key=int, reverse=True)


async def test_an_edit_and_a_deletion_hold_at_every_process(house: House, member: Caller) -> None:
    """ActivityPub 6.3, 6.4: what was changed or taken back is so for whoever asks."""
    status = await member.says("Bread at nine")

    edited = await member.put(f"/api/v1/statuses/{status['id']}", status="Bread at ten")
    shown = await member.everywhere(f"/api/v1/statuses/{status['id']}")
    history = await member.everywhere(f"/api/v1/statuses/{status['id']}/history")
    deleted = await member.delete(f"/api/v1/statuses/{status['id']}")

    assert edited.status == deleted.status == 200
    assert texts([shown.json]) == ["Bread at ten"]
    assert texts(history.json) == ["Bread at nine", "Bread at ten"]
    assert (await member.everywhere(f"/api/v1/statuses/{status['id']}")).status == 404
    assert (await house.everywhere(status["uri"], {"Accept": ACTIVITY_JSON})).json["type"] == "Tombstone"
    assert status["id"] not in [one["id"] for one in await member.home()]


async def test_neighbours_follow_answer_like_and_boost(house: House) -> None:
    """Design 3, decision 8: effects between neighbours take the road of arrivals, whichever process works it off."""
    member, other_member = await asyncio.gather(house.member("mill"), house.member("field"))
    await other_member.follows(member.id)
    status = await member.says("Who brings flour?")
    await other_member.sees(lambda home: [one["id"] for one in home] == [status["id"]])

    answer = await other_member.says("We do", in_reply_to_id=status["id"])
    await other_member.post(f"/api/v1/statuses/{status['id']}/favourite")
    await other_member.post(f"/api/v1/statuses/{status['id']}/reblog")

    counts = ("replies_count", "favourites_count", "reblogs_count")
    path = f"/api/v1/statuses/{status['id']}"
    await member.eventually(path, lambda found: [found.json[name] for name in counts] == [1, 1, 1])
    told = await member.eventually("/api/v1/notifications", lambda found: len(found.json) == 4)
    assert sorted(one["type"] for one in told.json) == ["favourite", "follow", "mention", "reblog"]
    assert (await other_member.get(path)).json["favourited"]
    await other_member.post(f"/api/v1/statuses/{status['id']}/unfavourite")
    await other_member.post(f"/api/v1/statuses/{status['id']}/unreblog")
    await other_member.delete(f"/api/v1/statuses/{answer['id']}")
    await member.eventually(path, lambda found: [found.json[name] for name in counts] == [0, 0, 0])


async def test_a_like_by_many_apps_at_once_counts_once(house: House, member: Caller, other_member: Caller) -> None:
    """Design 6, *Uniqueness*: (actor, object, kind); between processes the database decides."""
    status = await member.says("Like me once")
    path = f"/api/v1/statuses/{status['id']}"

    answers = await asyncio.gather(*(other_member.post(f"{path}/favourite") for _ in range(20)))

    assert {answer.status for answer in answers} == {200}
    await member.eventually(path, lambda found: found.json["favourites_count"] == 1)
    assert [one["id"] for one in (await member.everywhere(f"{path}/favourited_by")).json] == [other_member.id]


async def test_private_words_stay_private_at_every_process(house: House, member: Caller, other_member: Caller) -> None:
    """Design 2, *one visibility definition*: a direct post is for whom it names."""
    word = await member.says("Between us", visibility="direct")

    assert (await other_member.everywhere(f"/api/v1/statuses/{word['id']}")).status == 404
    assert (await house.everywhere(word["uri"], {"Accept": ACTIVITY_JSON})).status == 404
    assert (await house.everywhere(f"/@{member.handle}/{word['id']}", {"Accept": "text/html"})).status == 404
