"""What other servers see: each activity once and in order, whichever process sends it; each effect once, whichever takes it."""

import asyncio
from collections import Counter
from datetime import UTC, datetime

import pytest

from coopfed.signing.keys import generate_rsa
from tests.blackbox.house import Caller, House, about, follow, object_of
from tests.support.peers import Answer, Document, Peer, until

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="package")]


async def test_a_follower_gets_everything_once_and_in_order(house: House, peer: Peer, member: Caller) -> None:
    """Design 9, *Order between processes*: Create and edits of a post arrive so, each once, with two workers; then its end."""
    alice = peer.actor("alice")
    await follow(house, peer, alice, member)

    posts = []
    for number in range(4):
        status = await member.says(f"Delivery {number}")
        for edit in range(3):
            await member.put(f"/api/v1/statuses/{status['id']}", status=f"Delivery {number}, edited {edit}")
        posts.append(status)
    await until(lambda: all(about(peer, post["uri"]).count("Update") == 3 for post in posts))
    for post in posts:
        await member.delete(f"/api/v1/statuses/{post['id']}")

    await until(lambda: all("Delete" in about(peer, post["uri"]) for post in posts))
    for post in posts:
        assert about(peer, post["uri"]) == ["Create", "Update", "Update", "Update", "Delete"]
        edits = [got.document["object"] for got in peer.received if object_of(got.document) == post["uri"]][1:4]
        assert [edit["content"].removesuffix("</p>")[-1] for edit in edits] == ["0", "1", "2"]
    ids = Counter(got.document["id"] for got in peer.received)
    assert max(ids.values()) == 1


async def test_what_is_deleted_at_once_ends_with_the_delete(house: House, peer: Peer, member: Caller) -> None:
    """Security 1.7: whether or not a worker was quicker than the author: nothing about a post comes after its Delete."""
    alice = peer.actor("alice")
    await follow(house, peer, alice, member)

    posts = []
    for number in range(6):
        status = await member.says(f"Slip {number}")
        await member.put(f"/api/v1/statuses/{status['id']}", status=f"Slip {number}, edited")
        await member.delete(f"/api/v1/statuses/{status['id']}")
        posts.append(status["uri"])
    last = await member.says("Afterwards")

    await until(lambda: about(peer, last["uri"]) == ["Create"] and all("Delete" in about(peer, post) for post in posts))
    for post in posts:
        assert about(peer, post) in (["Create", "Update", "Delete"], ["Create", "Delete"], ["Delete"])


async def test_a_burst_reaches_many_servers_once_each(house: House, peer: Peer, member: Caller) -> None:
    """Design 9: claims skip what another worker has: nothing is sent twice, nothing is left."""
    alice = peer.actor("alice")
    await follow(house, peer, alice, member)

    posted = await asyncio.gather(*(member.says(f"Burst {number}") for number in range(24)))

    wanted = {status["uri"] for status in posted}
    await until(lambda: all(about(peer, post) for post in wanted))
    assert all(about(peer, post) == ["Create"] for post in wanted)


async def test_what_arrives_at_any_process_is_seen_at_every_process(house: House, peer: Peer, member: Caller) -> None:
    """Issue 2: a post, its edit and its deletion, each brought to another process."""
    alice = peer.actor("alice")
    found = await member.knows(alice.uri)
    await member.post(f"/api/v1/accounts/{found['id']}/follow")
    await until(lambda: "Follow" in peer.types())
    asked = next(got.document for got in peer.received if got.document["type"] == "Follow")
    await house.deliver(alice.says("Accept", asked, to=[member.uri], cc=None), alice)
    path = f"/api/v1/accounts/{found['id']}/follow"
    await until(lambda: _granted(member, path))

    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    note = alice.mentioning(member.uri, content="<p>Harvest on Saturday</p>", published=now)
    await house.deliver(alice.create(note), alice)
    home = await member.sees(lambda home: any(status["uri"] == note["id"] for status in home))
    status = next(status for status in home if status["uri"] == note["id"])
    await house.deliver(alice.says("Update", {**note, "content": "<p>On Sunday</p>", "updated": now}), alice)
    shown = f"/api/v1/statuses/{status['id']}"
    await member.eventually(shown, lambda answer: "On Sunday" in answer.json["content"])
    await house.deliver(alice.says("Delete", note["id"]), alice)

    await member.eventually(shown, lambda answer: answer.status == 404)
    assert all(one["id"] != status["id"] for one in await member.home())


async def _granted(member: Caller, path: str) -> bool:
    return bool((await member.post(path)).json["following"])


async def test_one_activity_that_comes_many_times_at_once_has_one_effect(
    house: House, peer: Peer, member: Caller
) -> None:
    """Security 2.3 R10: the same activity at all processes in parallel: 202 each time, one post, one notification."""
    alice = peer.actor("alice")
    note = alice.mentioning(member.uri, content="<p>Said once</p>")
    said = alice.create(note)

    answers = await asyncio.gather(
        *(house.deliver(said, alice, house.doors[number % len(house.doors)]) for number in range(20))
    )

    assert {answer.status for answer in answers} == {202}
    await member.eventually("/api/v1/notifications", lambda answer: len(_told_of(answer, note)) == 1)
    # A second activity that was sent later is worked off later: what the copies would do is done by then.
    await house.deliver(alice.create(alice.mentioning(member.uri, content="<p>Afterwards</p>")), alice)
    await member.eventually("/api/v1/notifications", lambda answer: "Afterwards" in answer.body.decode())
    assert len(_told_of(await member.everywhere("/api/v1/notifications"), note)) == 1


def _told_of(answer: Answer, note: Document) -> list[Document]:
    return [one["status"] for one in answer.json if one["status"] and one["status"]["uri"] == note["id"]]


async def test_likes_and_boosts_from_outside_count_once_each(house: House, peer: Peer, member: Caller) -> None:
    """ActivityPub 7.8, 7.10: thirty servers' worth of likes over all processes; each can be taken back."""
    fans = [peer.actor(f"fan{number}") for number in range(15)]
    status = await member.says("Popular")
    likes = [fan.says("Like", status["uri"]) for fan in fans]
    boosts = [fan.says("Announce", status["uri"]) for fan in fans]

    answers = await asyncio.gather(
        *(house.deliver(said, fan) for pair in (likes, boosts) for said, fan in zip(pair, fans, strict=True))
    )
    assert {answer.status for answer in answers} == {202}

    path = f"/api/v1/statuses/{status['id']}"
    counted = ("favourites_count", "reblogs_count")
    await member.eventually(path, lambda answer: [answer.json[name] for name in counted] == [15, 15])
    await asyncio.gather(*(house.deliver(fan.says("Undo", said), fan) for said, fan in zip(likes, fans, strict=True)))
    await member.eventually(path, lambda answer: [answer.json[name] for name in counted] == [0, 15])


async def test_likes_boosts_and_answers_of_ours_leave_once(house: House, peer: Peer, member: Caller) -> None:
    """ActivityPub 6.8, 6.10: whichever process was asked, a worker tells the author's server."""
    alice = peer.actor("alice")
    note = alice.mentioning(member.uri, content="<p>Please like</p>")
    await house.deliver(alice.create(note), alice)
    answer = await member.eventually("/api/v1/notifications", lambda found: bool(_told_of(found, note)))
    (status,) = _told_of(answer, note)

    await member.post(f"/api/v1/statuses/{status['id']}/favourite")
    await member.post(f"/api/v1/statuses/{status['id']}/reblog")
    reply = await member.says("Gladly", in_reply_to_id=status["id"])

    await until(lambda: sorted(about(peer, note["id"]) + about(peer, reply["uri"])) == ["Announce", "Create", "Like"])


async def test_a_replaced_key_is_forgotten_by_every_process(house: House, peer: Peer, member: Caller) -> None:
    """Security 1.2, *key rotation*: a stolen key that its owner replaced opens no door, also none that had used it before."""
    alice = peer.actor("alice")
    for door in house.doors:
        assert (await house.deliver(alice.says("Like", f"{member.uri}/none"), alice, door)).status == 202
    old, new = alice.rsa, generate_rsa()
    alice.rsa = new

    # The old key announces the new one.
    told = await house.deliver(alice.says("Update", alice.document()), alice, key=old)

    assert told.status == 202

    async def only_the_new_one_opens() -> bool:
        tries = [house.deliver(alice.says("Like", f"{member.uri}/none"), alice, door, key=old) for door in house.doors]
        return {answer.status for answer in await asyncio.gather(*tries)} == {401}

    await until(only_the_new_one_opens)
    for door in house.doors:
        assert (await house.deliver(alice.says("Like", f"{member.uri}/none"), alice, door)).status == 202
