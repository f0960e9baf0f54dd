"""What moves a membership on: a side signs, the other one is told, both are heard. Units of work; the keys are loaded before.

`Held` is a membership with its two actors and what both sides attest.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from actors.local import ED25519, signing_key
from actors.lookup import ActorRow, by_id
from coopfed.clock import utc
from coopfed.db.tx import Tx
from coopfed.features.cooperatives import fields
from coopfed.features.memberships import store
from coopfed.features.memberships.rules import Side, State, Status
from coopfed.features.memberships.store import MembershipRow, Signed
from coopfed.node import Node, SigningKey, Stamp
from coopfed.signing import proofs
from coopfed.vocab import memberships
from coopfed.vocab.build import Document
from coopfed.vocab.memberships import Attestation, read_attestation
from coopfed.vocab.normalise import normalise
from coopfed.vocab.strict_json import parse
from outbox.publish import publish

Keys = Mapping[Side, SigningKey]
"""The keys of those sides that live here."""


@dataclass(frozen=True, slots=True)
class Held:
    """A membership in an umbrella that speaks for itself, as it is stored here."""

    row: MembershipRow
    member: ActorRow
    umbrella: ActorRow
    signed: Mapping[Side, Signed]

    def actor(self, side: Side) -> ActorRow:
        """Who is on this side."""
        return self.member if side is Side.MEMBER else self.umbrella

    def said(self, side: Side) -> Attestation | None:
        """What this side attests."""
        found = self.signed.get(side)
        return None if found is None else read_attestation(normalise(parse(found.document)))

    def is_over(self, side: Side, now: datetime) -> bool:
        """Whether this side attests that the membership has ended."""
        said = self.said(side)
        return said is not None and said.is_over(now)

    @property
    def local(self) -> tuple[Side, ...]:
        """The sides that live here."""
        return tuple(side for side in Side if self.actor(side).local)


def held(tx: Tx, row: MembershipRow) -> Held | None:
    """The membership with all that belongs to it; None of one that is only declared."""
    umbrella = by_id(tx, row.umbrella_id) if row.umbrella_id is not None else None
    member = by_id(tx, row.member_id)
    if umbrella is None or member is None:
        return None
    return Held(row, member, umbrella, store.signed_of(tx, [row.id])[row.id])


async def keys_for(node: Node, *actors: ActorRow) -> dict[int, SigningKey]:
    """The newest Ed25519 keys of those of these actors who live here, by their numbers: what they sign is to be verified for long."""
    return {
        row.id: await signing_key(node, row.id, ED25519, newest=True)
        for row in actors
        if row.local and row.gone_at is None
    }


def keys_by_side(held: Held, keys: Mapping[int, SigningKey]) -> Keys:
    """The loaded keys by side."""
    return {side: keys[held.actor(side).id] for side in held.local if held.actor(side).id in keys}


def midnight(day: str) -> datetime:
    """The beginning of an ISO date, in UTC."""
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC)


def attest(tx: Tx, held: Held, side: Side, keys: Keys, stamp: Stamp, ended: datetime | None = None) -> Held:
    """One of ours signs what the row says, in place of what it signed before, with the other side's document as `counterpart`. A later
    version always bears a later moment. The row itself is not stored. Source: domain research 9.1; FEP-8b32."""
    own, other, key = held.signed.get(side), held.signed.get(side.other), keys[side]
    assert isinstance(key.key, Ed25519PrivateKey)
    number = own.id if own is not None else stamp.mint(None)
    moment = max(stamp.now, own.updated_at + 1) if own is not None else stamp.now
    said = Attestation(
        id=stamp.urls.object(number),
        author=held.actor(side).uri,
        member=held.member.uri,
        umbrella=held.umbrella.uri,
        kind=held.row.kind,
        started=midnight(held.row.started_on),
        updated=utc(moment),
        ended=ended,
        counterpart=other.uri if other is not None else None,
    )
    document = memberships.attestation(said, stamp.urls.membership(held.row.id))
    signed = proofs.attach(document, key.key, key.id, utc(moment))
    found = Signed(number, held.row.id, side.value, said.id, orjson.dumps(signed), moment)
    store.put_signed(tx, found)
    return replace(held, signed={**held.signed, side: found})


def document(held: Held, side: Side) -> Document:
    """What a side signed, as it travels."""
    found: Document = orjson.loads(held.signed[side].document)
    return found


def say(tx: Tx, held: Held, side: Side, activity: Document, number: int, stamp: Stamp) -> None:
    """One of ours says something about the membership to the other side, and to nobody else."""
    publish(
        tx,
        stamp,
        held.actor(side),
        number,
        activity,
        held.row.id,
        only=[held.actor(side.other).uri],
    )


def say_update(tx: Tx, held: Held, side: Side, stamp: Stamp) -> None:
    """Tells the other side what was signed anew."""
    number = stamp.mint(None)
    told = memberships.update(stamp.urls.activity(number), document(held, side), held.actor(side.other).uri)
    say(tx, held, side, told, number, stamp)


def say_listed(tx: Tx, held: Held, type: str, stamp: Stamp) -> None:
    """An umbrella of ours tells the member that its `members` lists it from now on (Add), or no more (Remove)."""
    number = stamp.mint(None)
    told = memberships.listed(type, stamp.urls.activity(number), held.umbrella.uri, held.member.uri)
    say(tx, held, Side.UMBRELLA, told, number, stamp)


def settled(tx: Tx, held: Held, stamp: Stamp, **changes: Any) -> Held:
    """Stores the row with these changes, and what may be believed of it until both sides are heard, which a job does: a change of our
    own confirms nothing, and what has ended is not confirmed any more."""
    row = held.row._replace(**changes, updated_at=stamp.now)
    found = replace(held, row=row)
    over = [side for side in Side if found.is_over(side, stamp.utc())]
    if over:
        state = State.ENDED if len(over) == len(found.signed) else State.ENDED_BY_ONE_SIDE
        row = row._replace(state=state.value, claimed_by=None, problems="ended")
    elif not row.lives:
        row = row._replace(state=State.ENDED.value, claimed_by=None)
    elif row.state != State.CONFIRMED:
        by = Side.MEMBER if Side.MEMBER in found.signed else Side.UMBRELLA
        row = row._replace(state=State.CLAIMED.value, claimed_by=by.value)
    if row.status in (Status.ACTIVE, Status.SUSPENDED):
        store.check_later(tx, row.id, stamp)
    store.save(tx, row)
    fields.refresh(tx, row.member_id, stamp)
    return replace(found, row=row)


# --- what is done in answer to the other side -------------------------------------------------------------------


def accept(tx: Tx, held: Held, keys: Keys, stamp: Stamp) -> Held:
    """An umbrella of ours takes the member in: it signs, answers the Offer with what it signed, and lists the member."""
    held = attest(tx, held, Side.UMBRELLA, keys, stamp)
    held = settled(tx, held, stamp, status=Status.ACTIVE.value)
    assert held.row.offer_uri is not None
    number = stamp.mint(None)
    told = memberships.accept(stamp.urls.activity(number), held.row.offer_uri, document(held, Side.UMBRELLA))
    say(tx, held, Side.UMBRELLA, told, number, stamp)
    say_listed(tx, held, "Add", stamp)
    return held


def taken_in(tx: Tx, held: Held, keys: Keys, stamp: Stamp) -> Held:
    """A member of ours was accepted: it signs again, now naming what the umbrella signed."""
    held = settled(tx, attest(tx, held, Side.MEMBER, keys, stamp), stamp, status=Status.ACTIVE.value)
    say_update(tx, held, Side.MEMBER, stamp)
    return held


def end(tx: Tx, held: Held, side: Side, keys: Keys, stamp: Stamp, day: str | None = None) -> Held:
    """A side of ours ends it, today or on a day that is past, and tells the other one; an umbrella lists the member no more."""
    today = stamp.utc().date().isoformat()
    last = day or today
    listed = held.row.status == Status.ACTIVE
    ended = stamp.utc() if last == today else midnight(last)
    if side in held.signed:
        held = attest(tx, held, side, keys, stamp, ended)
    held = settled(tx, held, stamp, status=Status.ENDED.value, ended_on=held.row.ended_on or last)
    if side in held.signed:
        say_update(tx, held, side, stamp)
    if side is Side.UMBRELLA and listed:
        say_listed(tx, held, "Remove", stamp)
    return held


def hear(tx: Tx, held: Held, side: Side, keys: Keys, stamp: Stamp) -> Held:
    """What follows from what the other `side` attests now. Nobody stays a member who has left: an umbrella of ours follows at once. When
    an umbrella attests no more, its member's word stands until a person ends it: the umbrella may have suspended it.

    Source: domain research 9.1 *End*; docs/decisions/0037.
    """
    over, status = held.is_over(side, stamp.utc()), held.row.status
    if side is Side.MEMBER and over and Side.UMBRELLA in keys:
        if Side.UMBRELLA in held.signed and not held.is_over(Side.UMBRELLA, stamp.utc()):
            said = held.said(side)
            assert said is not None
            assert said.ended is not None
            return end(tx, held, Side.UMBRELLA, keys, stamp, max(said.ended.date().isoformat(), held.row.started_on))
        return settled(tx, held, stamp, status=Status.ENDED.value, ended_on=held.row.ended_on or _today(stamp))
    if side is Side.UMBRELLA and Side.MEMBER in keys:
        if over and status == Status.ACTIVE:
            return settled(tx, held, stamp, status=Status.SUSPENDED.value)
        if not over and status == Status.SUSPENDED:
            return settled(tx, held, stamp, status=Status.ACTIVE.value)
    return settled(tx, held, stamp)


def _today(stamp: Stamp) -> str:
    return stamp.utc().date().isoformat()
