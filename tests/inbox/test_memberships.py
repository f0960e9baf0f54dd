"""Offer, Invite, Accept, Reject, Update, Add and Remove about memberships, as a peer sends them. Source: domain research 9.1; api.md 8."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from actors.lookup import ActorRow, by_uri
from actors.remote import fetch_actor
from coopfed import limits
from coopfed.errors import Conflict, InvalidFields
from coopfed.features.blocks.actions import block
from coopfed.features.memberships import actions, check, store
from coopfed.features.memberships.actions import Wanted, act
from coopfed.features.memberships.rules import Side, above, day
from coopfed.features.memberships.store import MembershipRow
from coopfed.features.ranges import Range
from coopfed.signing import proofs
from coopfed.signing.keys import generate_ed25519
from coopfed.vocab import memberships
from coopfed.vocab.memberships import Attestation
from tests.support.jobs import run_jobs
from tests.support.nodes import an_actor, process_arrivals
from tests.support.peers import CONTEXT, Document, RemoteActor, send_due
from tests.support.scene import Scene

BEGAN = datetime(2026, 9, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)


def attested(scene: Scene, actor: RemoteActor, *, as_umbrella: bool = False, **changes: Any) -> Document:
    """What the peer's actor attests: as a member of ours, or as our member's umbrella."""
    other = scene.member.uri
    said = {
        "id": f"{actor.base}/attestations/1",
        "author": actor.uri,
        "member": other if as_umbrella else actor.uri,
        "umbrella": actor.uri if as_umbrella else other,
        "kind": "member",
        "started": BEGAN,
        "updated": NOW,
    }
    key = changes.pop("key", actor.ed25519)
    said |= changes
    return proofs.attach(memberships.attestation(Attestation(**said)), key, actor.ed25519_id, said["updated"])


def offer(scene: Scene, signed: Document, actor: RemoteActor | None = None, **more: Any) -> Document:
    """The Offer of what was signed."""
    return (actor or scene.alice).says("Offer", signed, to=[scene.member.uri], cc=None, **more)


async def held(scene: Scene) -> list[MembershipRow]:
    """All memberships of our member, the newest first."""
    return await scene.node.db.read(store.listed, scene.member.id, tuple(Side), Range(limits.PAGE_ITEMS))


async def known(scene: Scene) -> ActorRow:
    """Alice as the node knows her, fetched."""
    return await fetch_actor(scene.node, scene.alice.uri, scene.node.budget())


async def requested(scene: Scene) -> tuple[MembershipRow, Document]:
    """Our member asked alice, who got the Offer."""
    row = await actions.request(scene.node, scene.member, await known(scene), Wanted("member", NOW.date()))
    await send_due(scene.node)
    return row, scene.peer.received[-1].document


async def test_offer_that_is_not_its_members_word_is_dropped(scene: Scene) -> None:
    """api.md 8: it must verify, be by its own subject and name an organisation here; nothing of others is stored."""
    bob, person = scene.peer.actor("bob"), await an_actor(scene.node, "ada", "person")
    good = attested(scene, scene.alice)
    elsewhere = attested(scene, scene.alice, id="https://elsewhere.example/1")
    for document, outcome, actor in (
        (good | {"membershipKind": "observer"}, "refused_proof", scene.alice),
        ({name: value for name, value in good.items() if name != "proof"}, "refused_proof", scene.alice),
        (attested(scene, scene.alice, key=generate_ed25519()), "refused_proof", scene.alice),
        (attested(scene, scene.alice, key=bob.ed25519), "refused_proof", scene.alice),
        (good, "refused_author", bob),
        (elsewhere, "refused_origin", scene.alice),
        (attested(scene, scene.alice, member=bob.uri), "refused_author", scene.alice),
        (attested(scene, scene.alice, umbrella=person.uri), "irrelevant", scene.alice),
        (attested(scene, scene.alice, umbrella=bob.uri), "irrelevant", scene.alice),
        (attested(scene, scene.alice, ended=NOW), "irrelevant", scene.alice),
        (good | {"startTime": "yesterday"}, "malformed", scene.alice),
    ):
        assert await scene.arrives(offer(scene, document, actor), actor) == [outcome], document
    assert await held(scene) == []


async def test_offer_waits_for_a_person_and_is_kept_once(scene: Scene) -> None:
    """api.md 8: no machine accepts it, whatever Invite it names; again it changes nothing; accepted, the peer gets what was signed."""
    signed = attested(scene, scene.alice)
    assert await scene.arrives(offer(scene, signed, inReplyTo=f"{scene.node.urls.base}/ap/activities/1")) == [
        "accepted"
    ]
    assert await scene.arrives(offer(scene, signed)) == ["duplicate"]
    (row,) = await held(scene)
    assert (row.status, row.state, row.claimed_by) == ("requested", "claimed", "member")

    await act(scene.node, scene.member, row.id, "accept")
    await send_due(scene.node)

    accepted, listed = [received.document for received in scene.peer.received]
    assert (accepted["type"], accepted["object"]) == ("Accept", row.offer_uri)
    assert accepted["result"]["counterpart"] == signed["id"]
    assert (listed["type"], listed["object"], listed["target"]) == (
        "Add",
        scene.alice.uri,
        f"{scene.member.uri}/members",
    )
    fetched = await scene.peer.get(scene.node, accepted["result"]["id"])
    assert fetched.json == accepted["result"]


async def test_what_ended_is_not_begun_again_by_an_old_offer(scene: Scene) -> None:
    """domain 7 rule 6: the member left; what it signed before, played again in a new Offer, begins nothing."""
    signed = attested(scene, scene.alice)
    await scene.arrives(offer(scene, signed))
    (row,) = await held(scene)
    await act(scene.node, scene.member, row.id, "accept")
    ended = attested(scene, scene.alice, ended=NOW, updated=NOW + timedelta(hours=1))
    bob = scene.peer.actor("bob")

    assert await scene.arrives(bob.says("Update", ended), bob) == ["refused_author"]
    assert await scene.arrives(scene.alice.says("Update", ended)) == ["accepted"]

    (row,) = await held(scene)
    assert (row.status, row.state) == ("ended", "ended")
    assert await scene.arrives(scene.alice.says("Update", signed)) == ["duplicate"]
    assert await scene.arrives(offer(scene, signed)) == ["duplicate"]
    assert [one.status for one in await held(scene)] == ["ended"]
    assert await scene.node.db.read(above_of, scene.alice.uri) == []


def above_of(tx: Any, uri: str) -> list[int]:
    """The confirmed umbrellas of an actor."""
    row = by_uri(tx, uri)
    return actions.above(tx, row.id) if row is not None else []


async def test_accept_counts_only_from_the_umbrella_with_what_it_signed(scene: Scene) -> None:
    """api.md 8: an Accept counts only from the umbrella, with a `result` that verifies and says what was offered."""
    row, offered = await requested(scene)
    bob, own = scene.peer.actor("bob"), offered["object"]["id"]
    good = attested(scene, scene.alice, as_umbrella=True, counterpart=own)
    for result, outcome, actor in (
        (None, "malformed", scene.alice),
        (good | {"counterpart": "https://a.example/1"}, "refused_proof", scene.alice),
        (attested(scene, scene.alice, as_umbrella=True, kind="observer"), "refused_policy", scene.alice),
        (attested(scene, scene.alice), "refused_author", scene.alice),
        (good, "refused_unasked", bob),
    ):
        said = actor.says("Accept", offered["id"], result=result, to=[scene.member.uri])
        assert await scene.arrives(said, actor) == [outcome], result
    assert (await held(scene))[0].status == "requested"

    assert await scene.arrives(scene.alice.says("Accept", offered["id"], result=good)) == ["accepted"]

    await send_due(scene.node)
    told = scene.peer.received[-1].document
    assert (told["type"], told["object"]["id"], told["object"]["counterpart"]) == ("Update", own, good["id"])
    assert told["object"]["updated"] > offered["object"]["updated"]
    assert await scene.arrives(scene.alice.says("Accept", offered["id"], result=good)) == ["duplicate"]
    # What the peer serves decides: its documents are not there yet.
    await run_jobs(scene.node, "check_membership")
    (now,) = await held(scene)
    assert (now.id, now.status, now.state) == (row.id, "active", "claimed")
    assert "fetch_failed" in now.problems.split()


async def test_confirmed_membership_outlasts_a_host_that_is_down_for_a_while(scene: Scene) -> None:
    """domain 9.1: checked again every day, and by what the umbrella says of its list; down for three days, it is confirmed no more."""
    scene.alice.changes = {"type": "Organization", "members": f"{scene.alice.uri}/members"}
    _row, offered = await requested(scene)
    good = attested(scene, scene.alice, as_umbrella=True, counterpart=offered["object"]["id"])
    scene.peer.publish(good)
    listing = memberships.members_collection(scene.alice.uri, 1)
    scene.peer.publish(listing | {"orderedItems": [scene.member.uri]})
    await scene.arrives(scene.alice.says("Accept", offered["id"], result=good))

    async def now() -> str:
        await run_jobs(scene.node, "check_membership")
        return (await held(scene))[0].state

    async def a_day_later() -> str:
        scene.clock.pass_(limits.MEMBERSHIP_FRESH_SECONDS)
        await check.recheck_memberships(scene.node, "")
        return await now()

    assert await now() == "confirmed"
    scene.peer.publish(listing)
    said = scene.alice.says("Remove", scene.member.uri, target=f"{scene.alice.uri}/members")
    assert await scene.arrives(said) == ["accepted"]
    assert await now() == "claimed"
    scene.peer.publish(listing | {"orderedItems": [scene.member.uri]})
    assert await a_day_later() == "confirmed"
    scene.peer.statuses["/attestations/1"] = 503
    assert await a_day_later() == "confirmed"
    scene.clock.pass_(limits.MEMBERSHIP_GRACE_SECONDS)
    assert await a_day_later() == "claimed"
    scene.peer.statuses["/attestations/1"] = 200
    del scene.peer.statuses["/attestations/1"]
    assert await a_day_later() == "confirmed"


async def test_invite_waits_for_a_person_and_is_taken_back(scene: Scene) -> None:
    """domain 9.1 *Umbrella-initiated*: into the umbrella's own collection, of an organisation; its Undo ends it."""
    person = await an_actor(scene.node, "ada", "person")
    target = f"{scene.alice.uri}/members"
    invite = scene.alice.says("Invite", scene.member.uri, target=target, membershipKind="observer")
    for activity, outcome in (
        (scene.alice.says("Invite", person.uri, target=target), "irrelevant"),
        (scene.alice.says("Invite", scene.member.uri), "unsupported"),
        (scene.alice.says("Invite", scene.member.uri, target="https://a.example/members"), "unsupported"),
        (invite, "accepted"),
        (scene.alice.says("Invite", scene.member.uri, target=target), "duplicate"),
    ):
        assert await scene.arrives(activity) == [outcome]
    (row,) = await held(scene)
    assert (row.status, row.kind, row.claimed_by) == ("invited", "observer", "umbrella")

    assert await scene.arrives(
        scene.alice.says("Undo", {name: invite[name] for name in ("id", "type", "actor", "object")})
    ) == ["accepted"]

    assert [one.status for one in await held(scene)] == ["ended"]


@pytest.mark.parametrize("asks", ["offer", "invite"])
async def test_who_is_blocked_or_would_close_a_circle_or_comes_with_a_crowd_is_refused(
    scene: Scene, asks: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """security 0 rule 6, api.md 8: a bound on what waits, at n and n + 1; blocks; `membership_loop`."""

    def asked(actor: RemoteActor) -> Document:
        if asks == "invite":
            return actor.says("Invite", scene.member.uri, target=f"{actor.uri}/members")
        return offer(scene, attested(scene, actor, id=f"{actor.base}/of/{actor.name}"), actor)

    bob, carol = scene.peer.actor("bob"), scene.peer.actor("carol")
    monkeypatch.setattr(limits, "MEMBERSHIP_REQUESTS", 1)
    assert await scene.arrives(asked(bob), bob) == ["accepted"]
    assert await scene.arrives(asked(carol), carol) == ["refused_flood"]
    monkeypatch.setattr(limits, "MEMBERSHIP_REQUESTS", 9)
    await block(scene.node, scene.member, await fetch_actor(scene.node, carol.uri, scene.node.budget()))
    assert await scene.arrives(asked(carol), carol) == ["refused_blocked"]
    wanted = Wanted("member", NOW.date())
    if asks == "offer":
        await actions.request(scene.node, scene.member, await known(scene), wanted)
    else:
        await actions.invite(scene.node, scene.member, await known(scene), wanted)
    assert await scene.arrives(asked(scene.alice)) == ["refused_loop"]
    await process_arrivals(scene.node)


async def test_what_is_attested_has_a_size(scene: Scene) -> None:
    """security 0 rule 6: at n and n + 1 bytes, as they are stored."""

    def padded(size: int) -> Document:
        plain = {name: value for name, value in attested(scene, scene.alice).items() if name != "proof"}
        for letter in "abcdefghijklmnopqrstuvwxyz":
            # Signatures in base 58 differ in length.
            text = letter * (size - len(orjson.dumps(attested(scene, scene.alice) | {"name": ""})))
            found = proofs.attach(plain | {"name": text}, scene.alice.ed25519, scene.alice.ed25519_id, NOW)
            if len(orjson.dumps(found)) == size:
                return found
        raise AssertionError("no signature of that length")

    assert await scene.arrives(offer(scene, padded(limits.ATTESTATION_BYTES + 1))) == ["malformed"]
    assert await held(scene) == []
    assert await scene.arrives(offer(scene, padded(limits.ATTESTATION_BYTES))) == ["accepted"]


async def test_who_only_claims_to_be_a_member_is_listed_nowhere(scene: Scene) -> None:
    """domain 9.1: looked up, it is a claim; our umbrella neither lists nor attests it, and has nothing to do about it. So with an
    umbrella that claims a member of ours."""
    scene.alice.changes = {"type": "Organization", "memberships": f"{scene.alice.uri}/memberships"}
    signed = scene.peer.publish(attested(scene, scene.alice))
    head = {"@context": CONTEXT, "id": f"{scene.alice.uri}/memberships", "type": "OrderedCollection"}
    scene.peer.publish(head | {"orderedItems": [signed["id"]]})

    row = await check.checked(scene.node, await known(scene), scene.member)

    assert row is not None
    assert (row.state, row.claimed_by) == ("claimed", "member")
    again = await check.checked(scene.node, await known(scene), scene.member)
    assert again is not None
    assert "not_listed" in again.problems.split()
    listing = (await scene.peer.get(scene.node, f"{scene.member.uri}/members")).json
    assert listing["totalItems"] == 0
    assert (await scene.peer.get(scene.node, f"{scene.member.uri}/members?page=true")).json["orderedItems"] == []
    for verb in ("end", "suspend", "renew"):
        with pytest.raises(Conflict):
            await act(scene.node, scene.member, row.id, verb)
    # Asked for in earnest, it is a request like any other.
    assert await scene.arrives(offer(scene, signed)) == ["accepted"]
    assert [one.status for one in await held(scene)] == ["requested"]


async def test_end_that_was_told_in_advance_is_followed_when_it_comes(scene: Scene) -> None:
    """domain 9.1: an `endTime` that is to come changes nothing before; then the umbrella of ours follows."""
    signed = scene.peer.publish(attested(scene, scene.alice))
    await scene.arrives(offer(scene, signed))
    (row,) = await held(scene)
    await act(scene.node, scene.member, row.id, "accept")
    soon = attested(scene, scene.alice, ended=NOW + timedelta(days=2), updated=NOW + timedelta(hours=1))
    scene.peer.publish(soon)
    assert await scene.arrives(scene.alice.says("Update", soon)) == ["accepted"]
    await run_jobs(scene.node, "check_membership")
    assert [one.status for one in await held(scene)] == ["active"]

    for _ in range(2):
        scene.clock.pass_(limits.MEMBERSHIP_FRESH_SECONDS)
        await check.recheck_memberships(scene.node, "")
        await run_jobs(scene.node, "check_membership")

    assert [(one.status, one.state) for one in await held(scene)] == [("ended", "ended")]


def test_levels_end() -> None:
    """security 0 rule 6: a chain that others made is followed so far, and no further."""
    assert above(0, lambda below: [max(below) + 1]) == list(range(1, limits.MEMBERSHIP_LEVELS + 1))


async def test_collections_of_others_are_read_to_a_bound(scene: Scene) -> None:
    """security 0 rule 6: memberships of one, pages of the other, and all that one check fetches."""
    bob = scene.peer.actor("bob")
    bob.changes = {"type": "Organization", "members": f"{bob.uri}/members"}
    scene.alice.changes = {"type": "Organization", "memberships": f"{scene.alice.uri}/memberships"}
    page = {"@context": CONTEXT, "type": "OrderedCollectionPage"}
    for number in range(1, limits.MEMBERS_PAGES + 3):
        further = {"id": f"{bob.uri}/members/{number}", "next": f"{bob.uri}/members/{number + 1}", "orderedItems": []}
        scene.peer.publish(page | further)
    scene.peer.publish(memberships.members_collection(bob.uri, 1, first=f"{bob.uri}/members/1"))
    uris = [f"{scene.peer.base}/of/{number}" for number in range(limits.MEMBERSHIPS_READ + 2)]
    for uri in uris:
        scene.peer.publish(attested(scene, scene.alice, id=uri))
    head = {"@context": CONTEXT, "id": f"{scene.alice.uri}/memberships", "type": "OrderedCollection"}
    scene.peer.publish(head | {"orderedItems": uris})

    assert (
        await check.checked(scene.node, await known(scene), await fetch_actor(scene.node, bob.uri, scene.node.budget()))
        is None
    )

    read = [path for path in scene.peer.gets if path.startswith("/of/")]
    pages = [path for path in scene.peer.gets if path.startswith("/users/bob/members/")]
    assert (len(read), len(pages)) == (limits.MEMBERSHIPS_READ, limits.MEMBERS_PAGES)
    assert len(scene.peer.gets) <= limits.MEMBERSHIP_FETCHES


def test_days_have_a_beginning() -> None:
    """security 0 rule 6: nobody is a member since before there were cooperatives."""
    first = f"{limits.MEMBERSHIP_YEAR}-01-01"
    assert day("started_on", first, NOW.date()).isoformat() == first
    with pytest.raises(InvalidFields):
        day("started_on", f"{limits.MEMBERSHIP_YEAR - 1}-12-31", NOW.date())
