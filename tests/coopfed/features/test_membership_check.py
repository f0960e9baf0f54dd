"""A third party's check of memberships on two other hosts: what is forged in any way is not confirmed. Source: domain research 9.1."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from actors.remote import fetch_actor
from coopfed.features.memberships import check, store
from coopfed.features.memberships.store import MembershipRow
from coopfed.node import Node
from coopfed.signing import proofs
from coopfed.signing.keys import generate_ed25519, multikey
from coopfed.vocab import memberships
from coopfed.vocab.memberships import Attestation
from tests.support.nodes import FakeClock, a_node
from tests.support.peers import CONTEXT, Document, Peer, RemoteActor, a_peer

BEGAN = datetime(2026, 9, 1, tzinfo=UTC)
SIGNED = datetime(2026, 9, 3, tzinfo=UTC)


@dataclass
class World:
    """A member and its umbrella on two hosts, each attesting the other, and a node that has a part in neither."""

    node: Node
    clock: FakeClock
    one: Peer
    other: Peer
    member: RemoteActor
    umbrella: RemoteActor
    keys: dict[str, Ed25519PrivateKey] = field(default_factory=dict)

    def attests(self, actor: RemoteActor, key: Ed25519PrivateKey | None = None, **changes: Any) -> Document:
        """What the actor serves of the membership from now on, with `changes` of the attestation."""
        said = {
            "id": self.uri(actor),
            "author": actor.uri,
            "member": self.member.uri,
            "umbrella": self.umbrella.uri,
            "kind": "member",
            "started": BEGAN,
            "updated": SIGNED,
            "counterpart": self.uri(self.umbrella if actor is self.member else self.member),
        }
        updated = changes.get("updated", SIGNED)
        plain = memberships.attestation(Attestation(**(said | changes)))
        signed = proofs.attach(plain, key or actor.ed25519, actor.ed25519_id, updated)
        return self.host(actor).publish(signed)

    def uri(self, actor: RemoteActor) -> str:
        """The id of what the actor attests."""
        return f"{actor.base}/attestations/1"

    def host(self, actor: RemoteActor) -> Peer:
        """Where the actor lives."""
        return self.one if actor is self.member else self.other

    def lists(self, *members: str, **changes: Any) -> None:
        """What the umbrella's `members` shows from now on."""
        head = memberships.members_collection(self.umbrella.uri, len(members)) | {"orderedItems": list(members)}
        shown = {name: value for name, value in (head | changes).items() if value is not None}
        self.other.publish(shown)

    async def checked(self) -> MembershipRow | None:
        """What the node finds now."""
        member = await fetch_actor(self.node, self.member.uri, self.node.budget())
        umbrella = await fetch_actor(self.node, self.umbrella.uri, self.node.budget())
        return await check.checked(self.node, member, umbrella)

    async def found(self) -> tuple[str, str | None, set[str]] | None:
        """State, who claims it, problems."""
        row = await self.checked()
        return None if row is None else (row.state, row.claimed_by, set(row.problems.split()))


@asynccontextmanager
async def a_world(database_url: str) -> AsyncIterator[World]:
    """The world, in which the membership is as it should be."""
    clock = FakeClock()
    async with a_node(database_url, clock=clock) as node, a_peer() as one, a_peer() as other:
        member, umbrella = one.actor("bakery"), other.actor("union")
        member.changes = {"type": "Organization", "memberships": f"{member.uri}/memberships"}
        umbrella.changes = {"type": "Organization", "members": f"{umbrella.uri}/members"}
        world = World(node, clock, one, other, member, umbrella)
        world.attests(member)
        world.attests(umbrella)
        collection = memberships.members_collection(member.uri, 1) | {"id": f"{member.uri}/memberships"}
        one.publish(collection | {"orderedItems": [world.uri(member)]})
        world.lists(umbrella.uri, member.uri)
        yield world


def _with_wrong_key(world: World) -> None:
    world.attests(world.umbrella, key=generate_ed25519())


def _with_the_members_key(world: World) -> None:
    document = world.attests(world.umbrella)
    plain = {name: value for name, value in document.items() if name != "proof"}
    world.other.publish(proofs.attach(plain, world.member.ed25519, world.member.ed25519_id, SIGNED))


def _on_another_host(world: World) -> None:
    document = world.attests(world.umbrella, id=f"{world.one.base}/forged")
    world.other.objects.pop("/forged", None)
    world.one.publish(document)
    world.attests(world.member, counterpart=document["id"])


def _found_elsewhere_than_it_says(world: World) -> None:
    document = world.attests(world.umbrella)
    world.other.objects["/copied"] = document
    world.attests(world.member, counterpart=f"{world.other.base}/copied")


def _with_parties_swapped(world: World) -> None:
    world.attests(world.umbrella, member=world.umbrella.uri, umbrella=world.member.uri)


def _of_another_member(world: World) -> None:
    world.attests(world.umbrella, member=f"{world.one.base}/users/farm")


def _of_another_kind(world: World) -> None:
    world.attests(world.umbrella, kind="observer")


def _ended(world: World) -> None:
    world.attests(world.umbrella, ended=SIGNED, updated=SIGNED + timedelta(days=1))


def _not_listed(world: World) -> None:
    world.lists(world.umbrella.uri)


def _not_named_back(world: World) -> None:
    world.lists(world.member.uri, membersOf=None)


def _named_for_somebody_else(world: World) -> None:
    world.lists(world.member.uri, membersOf=world.member.uri)


def _without_a_collection(world: World) -> None:
    world.umbrella.changes = {"type": "Organization"}


def _listed_by_the_members_host(world: World) -> None:
    world.umbrella.changes = {"type": "Organization", "members": f"{world.one.base}/forged"}
    head = memberships.members_collection(world.umbrella.uri, 1) | {"id": f"{world.one.base}/forged"}
    world.one.publish(head | {"orderedItems": [world.member.uri]})


def _tampered(world: World) -> None:
    document = world.attests(world.umbrella)
    document["startTime"] = "2020-01-01T00:00:00.000Z"


def _without_proof(world: World) -> None:
    world.attests(world.umbrella).pop("proof")


def _without_counterpart(world: World) -> None:
    world.attests(world.umbrella, counterpart=None)


def _with_another_counterpart(world: World) -> None:
    world.attests(world.umbrella, counterpart=f"{world.one.base}/attestations/2")


def _gone(world: World) -> None:
    world.other.objects.pop("/attestations/1")


FORGERIES: list[tuple[Callable[[World], None], str]] = [
    (_with_wrong_key, "proof_invalid"),
    (_with_the_members_key, "wrong_key"),
    (_on_another_host, "wrong_origin"),
    (_found_elsewhere_than_it_says, "wrong_origin"),
    (_with_parties_swapped, "subject_mismatch"),
    (_of_another_member, "subject_mismatch"),
    (_of_another_kind, "kind_mismatch"),
    (_ended, "ended"),
    (_not_listed, "not_listed"),
    (_not_named_back, "collection_mismatch"),
    (_named_for_somebody_else, "collection_mismatch"),
    (_without_a_collection, "not_listed"),
    (_listed_by_the_members_host, "not_listed"),
    (_tampered, "proof_invalid"),
    (_without_proof, "proof_missing"),
    (_without_counterpart, "counterpart_mismatch"),
    (_with_another_counterpart, "counterpart_mismatch"),
    (_gone, "fetch_failed"),
]


async def test_what_both_attest_is_confirmed_and_kept(database_url: str) -> None:
    """domain 9.1: two fetches, two proofs, the collection; also on a later page of it. The verdict is stored, once for the pair."""
    async with a_world(database_url) as world:
        row = await world.checked()
        assert row is not None
        assert (row.state, row.status, row.kind, row.started_on) == ("confirmed", "active", "member", "2026-09-01")

        first, second = f"{world.umbrella.uri}/members/1", f"{world.umbrella.uri}/members/2"
        world.lists("https://a.example/1", orderedItems=None, first=first)
        page = {"@context": CONTEXT, "type": "OrderedCollectionPage", "partOf": f"{world.umbrella.uri}/members"}
        world.other.publish(page | {"id": first, "orderedItems": ["https://a.example/1"], "next": second})
        world.other.publish(page | {"id": second, "orderedItems": [world.member.uri]})
        again = await world.checked()
        assert again is not None
        assert (again.id, again.state) == (row.id, "confirmed")


@pytest.mark.parametrize(("forge", "problem"), FORGERIES, ids=[forge.__name__.strip("_") for forge, _ in FORGERIES])
async def test_what_is_forged_is_never_confirmed(
    database_url: str, forge: Callable[[World], None], problem: str
) -> None:
    """domain 9.1: one thing wrong, and it is a claim at most; put right, it is confirmed."""
    async with a_world(database_url) as world:
        forge(world)

        found = await world.found()

        assert found is not None
        assert found[0] in ("claimed", "ended_by_one_side")
        assert problem in found[2]
        world.clock.pass_(600)
        world.umbrella.changes = {"type": "Organization", "members": f"{world.umbrella.uri}/members"}
        for actor in (world.member, world.umbrella):
            world.attests(actor, updated=SIGNED + timedelta(days=2))
        world.lists(world.member.uri)
        assert await world.found() == ("confirmed", None, set())


async def test_an_old_version_is_not_believed_again(database_url: str) -> None:
    """domain 7 rule 6: whoever saw the end does not believe what was signed before it, wherever it is served."""
    async with a_world(database_url) as world:
        assert await world.found() == ("confirmed", None, set())
        for actor in (world.member, world.umbrella):
            world.attests(actor, ended=SIGNED, updated=SIGNED + timedelta(days=1))
        assert await world.found() == ("ended", None, {"ended"})

        for actor in (world.member, world.umbrella):
            world.attests(actor)

        assert await world.found() == ("ended", None, {"ended"})


async def test_a_key_signs_nothing_after_its_rotation(database_url: str) -> None:
    """FEP-521a: what a retired key signed stays good as long as it is listed; what it signs later, and all of a key that is taken away
    and perhaps stolen, does not."""
    async with a_world(database_url) as world:
        assert await world.found() == ("confirmed", None, set())
        old, new = world.umbrella.ed25519, generate_ed25519()
        listed = {
            "id": world.umbrella.ed25519_id,
            "type": "Multikey",
            "controller": world.umbrella.uri,
            "publicKeyMultibase": multikey(old.public_key()),
        }
        now = {**listed, "id": f"{world.umbrella.uri}#new", "publicKeyMultibase": multikey(new.public_key())}
        until = (SIGNED + timedelta(days=1)).isoformat()
        world.umbrella.changes |= {"assertionMethod": [listed | {"expires": until}, now]}
        world.clock.pass_(600)
        assert await world.found() == ("confirmed", None, set())

        world.attests(world.umbrella, updated=SIGNED + timedelta(days=2))
        assert await world.found() == ("claimed", "member", {"wrong_key"})

        world.attests(world.umbrella)
        world.umbrella.changes |= {"assertionMethod": [now]}
        world.clock.pass_(600)
        assert await world.found() == ("claimed", "member", {"wrong_key"})


async def test_nobodys_claim_is_forgotten_and_one_sides_claim_is_told(database_url: str) -> None:
    """domain 9.1: one side only is "claimed by …"; a listing alone is nobody's word."""
    async with a_world(database_url) as world:
        world.one.objects.pop("/attestations/1")
        assert await world.found() is None

        world.attests(world.member)
        world.other.objects.pop("/attestations/1")
        found = await world.found()
        assert found is not None
        assert found[:2] == ("claimed", "member")
        world.one.objects.pop("/attestations/1")
        assert await world.found() is None
        assert await world.node.db.read(store.of_pair, 1, 2) is None
