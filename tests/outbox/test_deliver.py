"""One delivery and what follows from it: knocks, verdicts, order, circuits, lanes, and the two loops at work."""

import asyncio
import time
from collections.abc import Callable

import pytest
from aiohttp import web

from actors.absent import check_gone
from actors.local import add_keys, signing_key
from actors.lookup import by_id
from coopfed import limits
from coopfed.db import jobs
from coopfed.db.tx import Tx
from coopfed.errors import FetchError, Unauthenticated, Unavailable
from coopfed.features.posts.actions import create_post, delete_post
from coopfed.features.posts.rules import Draft
from coopfed.features.profiles.actions import rotate_keys, switch_keys
from coopfed.net.peers import all_peers, learn_scheme
from coopfed.signing.keys import PublicKey
from coopfed.signing.request import Request
from coopfed.signing.verify import Scheme, presented, verify
from coopfed.vocab.audience import Visibility
from outbox import history
from outbox.history import Which
from outbox.publish import delivery
from outbox.retry import CIRCUIT_FIRST, DAY, SCHEDULE
from tests.support.nodes import a_key_pair, a_served_node, an_actor
from tests.support.peers import Peer, Received, RemoteActor, a_peer, send_due, until
from tests.support.scene import Scene


async def followed(scene: Scene, *followers: RemoteActor) -> None:
    """Alice, or these actors, follow the member; the Accepts are sent."""
    for follower in followers or (scene.alice,):
        await scene.arrives(follower.follow(scene.member.uri), follower)
    await send_due(scene.node)
    scene.peer.received.clear()


async def say(scene: Scene, text: str = "A word") -> None:
    """The member posts for its followers."""
    await create_post(scene.node, scene.member, Draft(text))


async def deliveries(scene: Scene) -> list[tuple[int, int, int | None]]:
    """State, attempts and last status of every delivery, the oldest first."""
    return await scene.node.db.read(_deliveries)


def _deliveries(tx: Tx) -> list[tuple[int, int, int | None]]:
    rows = tx.execute(delivery.select().order_by(delivery.c.activity_id, delivery.c.inbox))
    return [(row.state, row.attempts, row.last_status) for row in rows]


async def host(scene: Scene, peer: Peer | None = None) -> dict[str, object]:
    """What is known of the peer's host."""
    found = await scene.node.db.read(all_peers)
    return next(row for row in found if row["host"] == (peer or scene.peer).host)


def attempts_of(peer: Peer, *answers: int) -> list[Received]:
    """Makes the peer answer so, in turn (the last for good), and returns the list that fills with what came."""
    seen: list[Received] = []
    left = list(answers)

    def answer(received: Received) -> int:
        seen.append(received)
        return left.pop(0) if len(left) > 1 else left[0]

    peer.answers = answer
    return seen


def kind(received: Received) -> Scheme:
    """How a request was signed."""
    return Scheme.RFC9421 if "Signature-Input" in received.headers else Scheme.CAVAGE


# --- knocks -----------------------------------------------------------------------------------------------------


async def test_second_knock_is_rfc_9421_and_is_remembered(scene: Scene) -> None:
    """s2s 2.3, *Double knock*: cavage first, RFC 9421 on 401; what the host took is the first knock next time."""
    await followed(scene)
    seen = attempts_of(scene.peer, 401, 202)

    await say(scene, "one")
    await send_due(scene.node)
    await say(scene, "two")
    await send_due(scene.node)

    assert [kind(received) for received in seen] == [Scheme.CAVAGE, Scheme.RFC9421, Scheme.RFC9421]
    assert seen[0].body == seen[1].body
    assert "Digest" not in seen[1].headers
    assert "Content-Digest" in seen[1].headers
    assert (await host(scene))["scheme"] == "rfc9421"


async def test_host_that_goes_back_to_cavage_is_followed(scene: Scene) -> None:
    """s2s 2.3: remembered, not believed for ever."""
    await followed(scene)
    attempts_of(scene.peer, 401, 202)
    await say(scene, "one")
    await send_due(scene.node)

    seen = attempts_of(scene.peer, 400, 202)
    await say(scene, "two")
    await send_due(scene.node)

    assert [kind(received) for received in seen] == [Scheme.RFC9421, Scheme.CAVAGE]
    assert (await host(scene))["scheme"] == "cavage"


async def test_learnt_kind_is_forgotten_after_a_week(scene: Scene) -> None:
    """s2s 2.3: what a host took long ago says nothing of the host today: then cavage knocks first again, and what is taken is learnt
    anew."""
    await followed(scene)
    attempts_of(scene.peer, 401, 202)
    await say(scene, "one")
    await send_due(scene.node)
    seen = attempts_of(scene.peer, 202)

    scene.clock.pass_(limits.SCHEME_SECONDS - 1)
    await say(scene, "two")
    await send_due(scene.node)
    scene.clock.pass_(1)
    later = attempts_of(scene.peer, 401, 202)
    await say(scene, "three")
    await send_due(scene.node)
    await say(scene, "four")
    await send_due(scene.node)

    assert [kind(received) for received in seen] == [Scheme.RFC9421]
    assert [kind(received) for received in later] == [Scheme.CAVAGE, Scheme.RFC9421, Scheme.RFC9421]


async def test_kind_that_is_in_use_is_learnt_for_a_week_from_when_it_was(scene: Scene) -> None:
    """s2s 2.3: the week begins when the other kind was refused, not with every delivery."""
    await followed(scene)
    attempts_of(scene.peer, 401, 202)
    await say(scene, "one")
    await send_due(scene.node)
    scene.peer.answers = lambda _received: 202

    for day in range(6):
        scene.clock.pass_(DAY)
        await say(scene, f"{day}")
        await send_due(scene.node)
    scene.clock.pass_(DAY)
    seen = attempts_of(scene.peer, 202)
    await say(scene, "after a week")
    await send_due(scene.node)

    assert [kind(received) for received in seen] == [Scheme.CAVAGE]


# --- what a peer asks for ---------------------------------------------------------------------------------------


def asks(peer: Peer, header: str, *, until_right: Callable[[Received], bool]) -> list[Received]:
    """Makes the peer refuse with this Accept-Signature what is not right, and returns the list that fills with what came."""
    seen: list[Received] = []

    def answer(received: Received) -> web.StreamResponse | int:
        seen.append(received)
        return 202 if until_right(received) else web.Response(status=401, headers={"Accept-Signature": header})

    peer.answers = answer
    return seen


def input_of(received: Received) -> str:
    """What an RFC 9421 signature says that it is of."""
    return received.headers.get("Signature-Input", "")


def is_signed(received: Received, scene: Scene, key: PublicKey) -> bool:
    """Whether a key verifies a request that the peer got."""
    headers = tuple((name.lower(), value) for name, value in received.headers.items())
    request = Request("POST", scene.peer.host, "http", received.path, headers, received.body)
    try:
        verify(presented(request, scene.node.utc()), request, key)
    except Unauthenticated:
        return False
    return True


async def test_refusal_that_asks_for_what_we_cannot_do_gets_our_own_signature(scene: Scene) -> None:
    """RFC 9421 5.2: components that we do not know, foreign keys: no half answers; our own set may do."""
    await followed(scene)
    for header in (
        'a=("x-secret")',
        'a=("@method");keyid="https://x.example/k"',
        'a=("@method");alg="hmac-sha256"',
        "nonsense(",
    ):
        seen = asks(scene.peer, header, until_right=lambda received: bool(input_of(received)))

        await say(scene, header)
        await send_due(scene.node)
        await scene.node.db.write(learn_scheme, scene.peer.host, "cavage", scene.clock.now())

        assert [kind(received) for received in seen] == [Scheme.CAVAGE, Scheme.RFC9421]
        assert input_of(seen[1]).startswith('sig1=("@method" "@target-uri" "@authority" "content-digest");created=')


async def test_refusal_is_answered_with_what_it_asks_for(scene: Scene) -> None:
    """RFC 9421 5.2: its label, its components besides ours, its nonce and tag; signed by the actor's key."""
    await followed(scene)
    nonce = 'mine=("@method" "date" "content-type");created;nonce="n-7";tag="door"'
    seen = asks(scene.peer, nonce, until_right=lambda received: 'nonce="n-7"' in input_of(received))

    await say(scene)
    await send_due(scene.node)

    assert [kind(received) for received in seen] == [Scheme.CAVAGE, Scheme.RFC9421]
    assert input_of(seen[1]).startswith(
        'mine=("@method" "@target-uri" "@authority" "content-digest" "date" "content-type");created='
    )
    assert 'tag="door"' in input_of(seen[1])
    key = await signing_key(scene.node, scene.member.id)
    assert is_signed(seen[1], scene, key.key.public_key())


async def test_host_that_wants_a_new_nonce_each_time_gets_it_with_the_second_knock(scene: Scene) -> None:
    """RFC 9421 5.1: the kind is learnt, the nonce is not: one request more, and no cavage for who has turned away from it."""
    await followed(scene)
    seen = asks(scene.peer, 'a=("@method");nonce="n-1"', until_right=lambda received: "n-1" in input_of(received))
    await say(scene, "one")
    await send_due(scene.node)
    del seen[:]

    await say(scene, "two")
    await send_due(scene.node)

    assert [kind(received) for received in seen] == [Scheme.RFC9421, Scheme.RFC9421]
    assert ["n-1" in input_of(received) for received in seen] == [False, True]


async def test_peer_that_asks_for_ed25519_gets_it(scene: Scene) -> None:
    """RFC 9421 5.1 `alg`: signed with the actor's other key, which its document lists."""
    await followed(scene)
    seen = asks(
        scene.peer, 'a=("@method");alg="ed25519"', until_right=lambda received: 'alg="ed25519"' in input_of(received)
    )

    await say(scene)
    await send_due(scene.node)

    assert f'keyid="{scene.member.uri}#ed25519-key"' in input_of(seen[-1])
    key = await signing_key(scene.node, scene.member.id, "ed25519")
    assert is_signed(seen[-1], scene, key.key.public_key())


async def test_peer_that_is_never_content_is_not_knocked_at_for_ever(scene: Scene) -> None:
    """s2s 2.3: one answer to what is asked, then the other kind, then the verdict of any 401."""
    await followed(scene)
    await scene.node.db.write(learn_scheme, scene.peer.host, "rfc9421", scene.clock.now())
    seen = asks(scene.peer, 'a=("@method");nonce="again"', until_right=lambda _received: False)

    await say(scene)
    await send_due(scene.node)

    assert [kind(received) for received in seen] == [Scheme.RFC9421, Scheme.RFC9421, Scheme.CAVAGE]
    assert (await deliveries(scene))[-1] == (0, 1, 401)


async def test_address_with_a_query_is_knocked_at_without_it_before_the_second_kind(scene: Scene) -> None:
    """s2s 2.3: Takahe, Friendica and Mobilizon verify the path alone; the request itself keeps its query."""
    odd = scene.peer.actor("odd", changes={"inbox": f"{scene.peer.base}/inbox?who=odd", "endpoints": None})
    await scene.arrives(odd.follow(scene.member.uri), odd)
    seen = attempts_of(scene.peer, 401, 401, 202)

    await send_due(scene.node)

    assert [received.path for received in seen] == ["/inbox?who=odd"] * 3
    assert [kind(received) for received in seen] == [Scheme.CAVAGE, Scheme.CAVAGE, Scheme.RFC9421]
    assert seen[0].headers["Signature"] != seen[1].headers["Signature"]


async def test_other_refusals_are_not_knocked_at_twice(scene: Scene) -> None:
    """s2s 2.3: only 400 and 401 speak of the signature; a 500 twice is twice the load."""
    await followed(scene)
    for status in (403, 404, 500):
        seen = attempts_of(scene.peer, status)

        await say(scene, f"{status}")
        await send_due(scene.node, slow=False)

        assert len(seen) == 1


async def test_refusal_stands_when_the_second_kind_breaks_the_peer(scene: Scene) -> None:
    """s2s 2.18: activitypub-express answers 400 to a like of a Note, and 500 to RFC 9421; that is no host in trouble."""
    await followed(scene)
    for status, state in ((400, 2), (401, 0)):
        attempts_of(scene.peer, status, 500)

        await say(scene, f"{status}")
        await send_due(scene.node, slow=False)

        assert (await deliveries(scene))[-1] == (state, 1, status)
        assert (await host(scene))["failures"] == 0


# --- verdicts ---------------------------------------------------------------------------------------------------


async def test_final_answers_end_the_delivery(scene: Scene) -> None:
    """s2s 2.18: 400, 405, 413, 415, 501: one try (two knocks for 400)."""
    await followed(scene)
    for status in (400, 405, 413, 415, 501):
        attempts_of(scene.peer, status)
        await say(scene, f"{status}")

        await send_due(scene.node)

        assert (await deliveries(scene))[-1] == (2, 1, status)
        scene.peer.answers = lambda _received: 202
        await say(scene, "closes the circuit")
        await send_due(scene.node)


async def test_refused_signature_gets_three_tries(scene: Scene) -> None:
    """design 9: 401 and 403 three tries, then the operator sees it."""
    await followed(scene)
    seen = attempts_of(scene.peer, 403)
    await say(scene)

    for _ in range(6):
        await send_due(scene.node)
        scene.clock.pass_(DAY)

    assert len(seen) == 3
    assert (await deliveries(scene))[-1] == (2, 3, 403)


async def test_not_found_is_asked_again_on_two_more_days(scene: Scene) -> None:
    """design 9: 404 three tries on three days."""
    await followed(scene)
    seen = attempts_of(scene.peer, 404)
    await say(scene)
    tries = []

    for _hour in range(24 * 6):
        await send_due(scene.node)
        tries.append(len(seen))
        scene.clock.pass_(3600)

    assert tries[18] == 1
    assert tries[-1] == 3
    assert (await deliveries(scene))[-1] == (2, 3, 404)


async def test_retry_after_is_honoured(scene: Scene) -> None:
    """RFC 9110 10.2.3; s2s 2.18: up to 24 h."""
    await followed(scene)
    scene.peer.answers = lambda _received: web.Response(status=429, headers={"Retry-After": "7200"})  # type: ignore[assignment,return-value]
    await say(scene)
    await send_due(scene.node)
    seen = attempts_of(scene.peer, 202)

    scene.clock.pass_(7100)
    await send_due(scene.node)
    early = len(seen)
    scene.clock.pass_(200)
    await send_due(scene.node)

    assert (early, len(seen)) == (0, 1)


async def test_retry_carries_a_new_date(scene: Scene) -> None:
    """s2s 2.2: sign at send time and not at enqueue time."""
    await followed(scene)
    seen = attempts_of(scene.peer, 503, 202)
    await say(scene)
    await send_due(scene.node)

    scene.clock.pass_(3600)
    await send_due(scene.node)

    assert seen[0].headers["Date"] != seen[1].headers["Date"]
    assert seen[0].body == seen[1].body


async def test_gone_inbox_asks_for_the_actor_and_ends_its_follow(scene: Scene) -> None:
    """design 9: 410 refetches the actor; gone means purge; a living one is kept."""
    bob = scene.peer.actor("bob", changes={"endpoints": None})
    carol = scene.peer.actor("carol", changes={"endpoints": None})
    await followed(scene, bob, carol)
    scene.peer.statuses["/users/bob"] = 410
    attempts_of(scene.peer, 410)

    await say(scene)
    await send_due(scene.node)
    found = await scene.node.db.claim(jobs.claim, scene.clock.now(), scene.clock.now() + 1000, 20)
    for job in found:
        if job.kind == "check_gone":
            await check_gone(scene.node, job.key)

    checked = sorted(job.key for job in found if job.kind == "check_gone")
    assert checked == [bob.inbox, carol.inbox]
    member = await scene.node.db.read(by_id, scene.member.id)
    assert member is not None
    assert member.followers_count == 1


async def test_inbox_that_thousands_claim_costs_one_budget_of_fetches(scene: Scene) -> None:
    """security 1.4: a 410 of an address that its owner gave to all of its actors: some are asked, those of before last."""
    inbox = f"{scene.peer.base}/drop"
    crowd = [
        scene.peer.actor(f"one{number}", changes={"inbox": inbox, "endpoints": None})
        for number in range(limits.FETCHES_PER_ACTIVITY + 3)
    ]
    for actor in crowd:
        await scene.arrives(actor.says("Like", "https://x.example/1"), actor)
    scene.peer.gets.clear()

    scene.clock.pass_(1)
    await check_gone(scene.node, inbox)
    first = list(scene.peer.gets)
    scene.peer.gets.clear()
    scene.clock.pass_(1)
    await check_gone(scene.node, inbox)

    assert len(first) == limits.FETCHES_PER_ACTIVITY
    assert len(set(first)) == len(first)
    assert not set(scene.peer.gets[:3]) & set(first)
    scene.peer.statuses |= dict.fromkeys(scene.peer.gets, 401)
    scene.peer.gets.clear()
    with pytest.raises(FetchError):
        await check_gone(scene.node, inbox)
    assert len(scene.peer.gets) <= limits.FETCHES_PER_ACTIVITY


# --- order, circuits, lanes -------------------------------------------------------------------------------------


async def test_what_is_about_one_object_keeps_its_order(scene: Scene) -> None:
    """s2s 2.18: held messages keep order: the Delete waits for its Create, also when that fails first."""
    await followed(scene)
    posted = await create_post(scene.node, scene.member, Draft("First"))
    seen = attempts_of(scene.peer, 503, 202)
    await send_due(scene.node, slow=False)
    follow_up = await create_post(scene.node, scene.member, Draft("Second", in_reply_to=posted.uri))

    scene.clock.pass_(SCHEDULE[0] * 2)
    await send_due(scene.node)
    await delete_post(scene.node, scene.member, follow_up)
    await send_due(scene.node)

    assert [received.document["type"] for received in seen[1:]] == ["Create", "Create", "Delete"]


async def test_delivery_that_waits_for_an_earlier_one_costs_nothing_meanwhile(scene: Scene) -> None:
    """design 3.7: a lane is due when something in it can be sent; not again and again while all of it waits."""
    bob = scene.peer.actor("bob", changes={"endpoints": None})
    await scene.arrives(bob.says("Like", "https://x.example/1"), bob)
    await scene.arrives(bob.follow(scene.member.uri), bob)
    attempts_of(scene.peer, 404)
    await send_due(scene.node)
    attempts_of(scene.peer, 202)
    await scene.arrives(bob.follow(scene.member.uri), bob)

    rounds = await send_due(scene.node)

    peer = await host(scene)
    assert rounds <= 1
    assert peer["due_at"] > scene.clock.now()  # type: ignore[operator]


async def test_circuit_opens_after_five_failures_and_a_probe_closes_it(scene: Scene) -> None:
    """s2s 2.18: held for half an hour, then one message tries; when it is taken the rest follows at once."""
    await followed(scene)
    seen = attempts_of(scene.peer, 503)
    for number in range(8):
        await say(scene, f"{number}")
    await send_due(scene.node)
    failed = len(seen)
    scene.clock.pass_(CIRCUIT_FIRST - 1)
    await send_due(scene.node)
    still = len(seen)
    opened = await host(scene)

    seen = attempts_of(scene.peer, 202)
    scene.clock.pass_(2)
    await send_due(scene.node)

    assert 5 <= failed == still <= 6
    assert (opened["slow"], opened["failures"]) == (True, 5)
    assert len(seen) == 8
    closed = await host(scene)
    assert (closed["slow"], closed["failures"], closed["open_until"]) == (False, 0, 0)


async def test_signed_request_of_the_host_closes_its_circuit_at_once(scene: Scene) -> None:
    """s2s 2.18: whoever speaks lives; what waits is sent now."""
    await followed(scene)
    attempts_of(scene.peer, 503)
    for number in range(6):
        await say(scene, f"{number}")
    await send_due(scene.node)
    seen = attempts_of(scene.peer, 202)

    await scene.arrives(scene.alice.says("Like", "https://x.example/1"))
    await send_due(scene.node)

    assert len(seen) == 6


async def test_unsigned_request_closes_no_circuit(scene: Scene) -> None:
    """Door shut: else anybody could make us knock at a dead host."""
    await followed(scene)
    attempts_of(scene.peer, 503)
    for number in range(6):
        await say(scene, f"{number}")
    await send_due(scene.node)
    seen = attempts_of(scene.peer, 202)

    await scene.peer.post(
        scene.node, scene.alice.follow(scene.member.uri), key=RemoteActor(scene.peer.base, "x").rsa, seconds=-99
    )
    await send_due(scene.node)

    assert seen == []


async def test_no_more_than_two_in_flight_for_a_host(scene: Scene) -> None:
    """design 9: two in flight per host."""
    await followed(scene)
    scene.peer.held = asyncio.Event()
    for number in range(6):
        await say(scene, f"{number}")
    in_flight = 0

    sending = asyncio.create_task(send_due(scene.node))
    await until(lambda: scene.peer.knocking == 2)
    in_flight = scene.peer.knocking
    scene.peer.held.set()
    await sending

    assert in_flight == 2
    assert scene.peer.most_knocking == 2
    assert len(scene.peer.received) == 6


async def test_operator_sends_again_what_was_given_up(scene: Scene) -> None:
    """design 5: `coopfed delivery retry`: also through an open circuit."""
    await followed(scene)
    attempts_of(scene.peer, 415)
    await say(scene)
    await send_due(scene.node)
    seen = attempts_of(scene.peer, 202)

    listed = await scene.node.db.read_long(history.listed, Which(), 10)
    again = await scene.node.db.write(history.retry, Which(), scene.clock.now())
    await send_due(scene.node)

    assert [(row["state"], row["last_status"]) for row in listed] == [("given up", 415)]
    assert (again, len(seen)) == (1, 1)
    assert await scene.node.db.read_long(history.listed, Which(), 10) == []


# --- our own keys -----------------------------------------------------------------------------------------------


async def test_rotation_is_announced_with_the_old_key_and_used_by_who_has_it(scene: Scene) -> None:
    """s2s 2.4: the Update is signed with the old key; whoever took it has dropped that key and is signed to with the new one,
    while others may have pinned the old one."""
    async with a_peer() as slow:
        await followed(scene, scene.alice, slow.actor("bob"))
        slow.received.clear()
        scene.clock.pass_(1)
        seen = attempts_of(slow, 503)

        await rotate_keys(scene.node, scene.member)
        await send_due(scene.node)
        await say(scene, "meanwhile")
        await send_due(scene.node)

    update, after = scene.peer.received
    old_key, new_key = f"{scene.member.uri}#main-key", update.document["object"]["publicKey"]["id"]
    assert update.document["type"] == "Update"
    assert new_key != old_key
    assert f'keyId="{old_key}"' in update.headers["Signature"]
    assert f'keyId="{new_key}"' in after.headers["Signature"]
    assert {f'keyId="{old_key}"' in received.headers["Signature"] for received in seen} == {True}


async def test_host_that_refuses_one_key_during_a_rotation_gets_the_other(scene: Scene) -> None:
    """s2s 2.4: a host that fetched our document knows only the new key, whatever it was sent."""
    await followed(scene)
    scene.clock.pass_(1)
    await scene.node.db.write(add_keys, scene.member, a_key_pair(), scene.clock.now())
    scene.node.memory.forget()
    shown = (await scene.peer.get(scene.node, scene.member.uri)).json["publicKey"]["id"]
    scene.peer.answers = lambda received: 202 if f'"{shown}"' in str(received.headers) else 401

    await say(scene)
    await send_due(scene.node)

    assert scene.peer.types() == ["Create"]


async def test_old_keys_end_when_the_update_is_delivered(scene: Scene) -> None:
    """s2s 2.4: then only the new ones sign; the old Ed25519 key stays for old proofs, with `expires`."""
    await followed(scene)
    scene.clock.pass_(1)
    await rotate_keys(scene.node, scene.member)
    await send_due(scene.node)
    announced = next(job for job in await _jobs(scene) if job.kind == "switch_keys")

    await switch_keys(scene.node, announced.key)

    served = (await scene.peer.get(scene.node, scene.member.uri)).json
    await say(scene)
    await send_due(scene.node)
    assert served["publicKey"]["id"] != f"{scene.member.uri}#main-key"
    assert f'keyId="{served["publicKey"]["id"]}"' in scene.peer.received[-1].headers["Signature"]
    assert [("expires" in key) for key in served["assertionMethod"]] == [True, False]


async def test_new_keys_wait_while_a_peer_does_not_have_the_update(scene: Scene) -> None:
    """s2s 2.4: wait for the delivery report or 24 h."""
    await followed(scene)
    scene.clock.pass_(1)
    attempts_of(scene.peer, 503)
    await rotate_keys(scene.node, scene.member)
    await send_due(scene.node)
    announced = next(job for job in await _jobs(scene) if job.kind == "switch_keys")

    with pytest.raises(Unavailable) as waiting:
        await switch_keys(scene.node, announced.key)
    scene.clock.pass_(DAY + 1)
    await switch_keys(scene.node, announced.key)

    assert waiting.value.reason == "keys_not_announced"
    served = (await scene.peer.get(scene.node, scene.member.uri)).json
    assert len([key for key in served["assertionMethod"] if "expires" not in key]) == 1


async def _jobs(scene: Scene) -> list[jobs.Claimed]:
    return await scene.node.db.claim(jobs.claim, scene.clock.now(), scene.clock.now() + 1000, 20)


# --- the loops --------------------------------------------------------------------------------------------------


async def test_hanging_host_does_not_delay_the_healthy_ones(database_url: str) -> None:
    """design 7: hosts that failed lately go to a slow lane; one that hangs holds two connections and nothing else."""
    async with a_served_node(database_url, work=True) as node, a_peer() as healthy, a_peer() as hanging:
        member = await an_actor(node)
        for peer in (healthy, hanging):
            follower = peer.actor("follower")
            assert (await peer.post(node, follower.follow(member.uri))).status == 202
            await until(lambda peer=peer: peer.types() == ["Accept"])
        hanging.held = asyncio.Event()
        began = time.monotonic()

        for number in range(12):
            await create_post(node, member, Draft(f"{number}"))
        await until(lambda: len(healthy.received) == 13)

        assert time.monotonic() - began < 5
        assert hanging.most_knocking <= 2
        assert hanging.types() == ["Accept"]


async def test_direct_word_reaches_a_home_through_both_loops(database_url: str) -> None:
    """aesthetics 4.4, 4.5: both roads with real loops: what was posted to the door is answered by the outbox."""
    async with a_served_node(database_url, work=True) as node, a_peer() as peer:
        member = await an_actor(node)
        alice = peer.actor("alice")

        await peer.post(node, alice.create(alice.mentioning(member.uri)))
        await peer.post(node, alice.follow(member.uri))
        await until(lambda: peer.types() == ["Accept"])
        await create_post(node, member, Draft(f"@alice@{peer.host} hello", visibility=Visibility.DIRECT))
        await until(lambda: peer.types() == ["Accept", "Create"])

        assert peer.received[-1].path == "/users/alice/inbox"
