"""What an operator does by command holds at every process within a second, and what must not come in does not."""

import asyncio
import time

import orjson
import pytest

from coopfed import limits
from coopfed.vocab.terms import ACTIVITY_JSON
from tests.blackbox.house import SOON, Caller, House, about, follow, object_of
from tests.support.peers import Peer, a_peer, until

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="package")]

HTML = {"Accept": "text/html"}


async def test_a_block_holds_at_every_process_within_a_second(house: House, peer: Peer, member: Caller) -> None:
    """Issue 3, *For the admin*: nothing comes in at any door, nothing leaves from any worker; and back again."""
    alice = peer.actor("alice")
    await follow(house, peer, alice, member)
    for door in house.doors:
        # Every process has seen the host unblocked, and may remember it.
        assert (await house.deliver(alice.says("Like", f"{member.uri}/none"), alice, door)).status == 202

    async def all_answer(status: int) -> bool:
        tries = [house.deliver(alice.says("Like", f"{member.uri}/none"), alice, door) for door in house.doors]
        return {answer.status for answer in await asyncio.gather(*tries)} == {status}

    async with a_peer("127.0.0.1") as neighbour:
        await follow(house, neighbour, neighbour.actor("bob"), member)
        assert (await house.run("peer", "block", peer.host)).status == 0
        began = time.monotonic()
        await until(lambda: all_answer(403))
        held = time.monotonic() - began
        unheard = await member.says("Not for the blocked")
        await until(lambda: about(neighbour, unheard["uri"]) == ["Create"])
        assert (await house.run("peer", "unblock", peer.host)).status == 0
        began = time.monotonic()
        await until(lambda: all_answer(202))
        lifted = time.monotonic() - began
    heard = await member.says("For everybody again")

    await until(lambda: about(peer, heard["uri"]) == ["Create"])
    assert about(peer, unheard["uri"]) == []
    assert max(held, lifted) < SOON


async def test_a_deleted_actor_is_gone_at_every_process(house: House, peer: Peer) -> None:
    """Security 1.6, s2s research 2.10: document, page and posts are gone, its tokens are none, its followers are told once."""
    leaver = await house.member("leaver")
    await follow(house, peer, peer.actor("alice"), leaver)
    status = await leaver.says("Good-bye")
    assert (await house.everywhere(leaver.uri, {"Accept": ACTIVITY_JSON})).status == 200

    assert (await house.run("actor", "delete", leaver.handle, "--yes")).status == 0

    await house.soon_everywhere(leaver.uri, lambda answer: answer.status == 410, Accept=ACTIVITY_JSON)
    await house.soon_everywhere(f"/@{leaver.handle}", lambda answer: answer.status == 410, **HTML)
    await house.soon_everywhere(
        "/api/v1/timelines/home", lambda answer: answer.status == 401, Authorization=f"Bearer {leaver.token}"
    )
    await until(lambda: about(peer, leaver.uri).count("Delete") == 1)

    async def taken_back() -> bool:
        answers = [await house.ask("GET", status["uri"], {"Accept": ACTIVITY_JSON}, door=door) for door in house.doors]
        return all(answer.status in (404, 410) for answer in answers)

    await until(taken_back)


async def test_a_changed_profile_is_served_by_every_process(house: House, peer: Peer) -> None:
    """Design 3.6: documents that a process remembers are dropped when a command changes them."""
    mover, alice = await house.member("mover"), peer.actor("alice")
    assert "alsoKnownAs" not in (await house.everywhere(mover.uri, {"Accept": ACTIVITY_JSON})).json

    assert (await house.run("actor", "alias", mover.handle, alice.uri)).status == 0

    await house.soon_everywhere(
        mover.uri, lambda answer: answer.json.get("alsoKnownAs") in (alice.uri, [alice.uri]), Accept=ACTIVITY_JSON
    )


async def test_new_keys_sign_from_every_worker(house: House, peer: Peer) -> None:
    """S2s research 2.4: the old key announces the new one and signs nothing afterwards, whichever worker sends."""
    baker, alice = await house.member("rotator"), peer.actor("alice")
    await follow(house, peer, alice, baker)
    old = _key_of(peer)
    first = await baker.says("Signed with the old key")
    await until(lambda: about(peer, first["uri"]) == ["Create"])

    assert (await house.run("actor", "rotate-keys", baker.handle)).status == 0

    await until(lambda: "Update" in about(peer, baker.uri))

    async def switched() -> bool:
        document = (await house.ask("GET", baker.uri, {"Accept": ACTIVITY_JSON})).json
        return bool(document["publicKey"]["id"] != old)

    await until(switched)
    # The worker that made the switch told the others by a signal; a second later all have heard it.
    await house.soon_everywhere(baker.uri, lambda answer: answer.json["publicKey"]["id"] != old, Accept=ACTIVITY_JSON)
    posted = [await baker.says(f"Signed with the new key {number}") for number in range(8)]
    await until(lambda: all(about(peer, status["uri"]) == ["Create"] for status in posted))
    document = (await house.everywhere(baker.uri, {"Accept": ACTIVITY_JSON})).json
    used = {_key_of(peer, status["uri"]) for status in posted}
    assert used == {document["publicKey"]["id"]}


def _key_of(peer: Peer, uri: str | None = None) -> str:
    """The key with which a delivery was signed: the last one, or that of a post."""
    for got in reversed(peer.received):
        if uri is None or object_of(got.document) == uri:
            signature = {name.lower(): value for name, value in got.headers.items()}["signature"]
            return signature.partition('keyId="')[2].partition('"')[0]
    raise AssertionError(f"no delivery about {uri}")


# --- refusals ---------------------------------------------------------------------------------------------------


async def test_refusals_are_the_same_at_every_process(house: House, member: Caller) -> None:
    """Style: *Refuse by default*; the same status and the same safe words whoever answers."""
    token = {"Authorization": f"Bearer {member.token}"}
    for path, headers, status in (
        ("/nothing/here", {}, 404),
        ("/ap/objects/1", {"Accept": ACTIVITY_JSON}, 404),
        ("/ap/actors/1", {"Accept": ACTIVITY_JSON}, 404),
        ("/inbox", {}, 405),
        ("/", {"Host": "elsewhere.example"}, 421),
        ("/.well-known/webfinger", {}, 400),
        ("/.well-known/webfinger?resource=acct%3Anobody%40" + house.authority, {}, 404),
        ("/api/v1/timelines/home", {}, 401),
        ("/api/v1/timelines/home", {"Authorization": "Bearer nonsense"}, 401),
        ("/api/v1/statuses/none", token, 422),
        ("/api/v1/statuses/1", token, 404),
        ("/api/v1/nothing", token, 404),
    ):
        answer = await house.everywhere(path, headers)
        assert answer.status == status, (path, answer)


async def test_what_may_not_arrive_is_refused_at_every_process(house: House, peer: Peer, member: Caller) -> None:
    """Security 1.1, 1.2, 1.4: unsigned, forged, too large, no JSON: nothing of it has an effect."""
    alice, mallory = peer.actor("alice"), peer.actor("mallory")
    forged = alice.create(alice.mentioning(member.uri, content="<p>A forged canary</p>"))
    as_json = {"Content-Type": ACTIVITY_JSON}
    for door in house.doors:
        unsigned = await house.ask("POST", "/inbox", as_json, orjson.dumps(forged), door)
        stolen = await house.deliver(forged, alice, door, key=mallory.rsa)
        large = await house.ask("POST", "/inbox", as_json, b" " * (limits.INBOX_BODY_BYTES + 1), door)
        broken = await house.ask("POST", "/inbox", as_json, b"{", door)
        typed = await house.ask("POST", "/inbox", {"Content-Type": "text/plain"}, b"{}", door)

        assert [answer.status for answer in (unsigned, stolen, large, broken, typed)] == [401, 401, 413, 400, 415]
    await house.deliver(alice.create(alice.mentioning(member.uri, content="<p>A true word</p>")), alice)
    found = await member.eventually("/api/v1/notifications", lambda answer: "A true word" in answer.body.decode())
    assert "forged canary" not in found.body.decode()


async def test_a_reader_writes_nothing_at_any_process(house: House) -> None:
    """api.md 1: roles are asked each time."""
    reader = await house.member("reader", "reader")

    for door in house.doors:
        answer = await reader.post("/api/v1/statuses", door, status="Not mine to say")
        assert (answer.status, answer.json["reason"]) == (403, "insufficient_role")
    assert await reader.home() == []
