"""Invite, Offer, Accept, Reject, Update, Add and Remove about memberships as they arrive; and the Invite that an Undo is about.

Nothing is believed that its author did not sign, and no machine takes a member in unless the umbrella invited it. What an Add or a
Remove says is looked up, as everybody would.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

from actors.lookup import ActorRow, by_uri
from coopfed import limits
from coopfed.codes import tables
from coopfed.db.tx import Tx
from coopfed.errors import AlreadyExists, InvalidInput, MembershipLoop
from coopfed.features.memberships import actions, hearing, news, rules, steps, store
from coopfed.features.memberships.news import Event
from coopfed.features.memberships.rules import Side, Status
from coopfed.features.memberships.steps import Held
from coopfed.features.memberships.store import MembershipRow, Signed
from coopfed.features.undone import Undone
from coopfed.node import Node, SigningKey, Stamp
from coopfed.outcomes import Outcome, Refusal
from coopfed.vocab import values
from coopfed.vocab.arrival import Arrival, Trust
from coopfed.vocab.memberships import Attestation
from coopfed.vocab.origin import same_authority
from coopfed.vocab.records import Activity, ObjectRef


@dataclass(frozen=True, slots=True)
class Facts:
    """The two actors as far as they are known here, what the arrival carries, and what is held of the pair; `keys` of ours."""

    member: ActorRow | None
    umbrella: ActorRow | None
    held: Held | None
    keys: Mapping[int, SigningKey]
    said: Attestation | None = None
    raw: bytes = b""


async def _facts(node: Node, member: str, umbrella: str, said: Attestation | None = None, raw: bytes = b"") -> Facts:
    one, other, held = await node.db.read(_pair, member, umbrella)
    keys = await steps.keys_for(node, *(row for row in (one, other) if row is not None))
    return Facts(one, other, held, keys, said, raw)


def _pair(tx: Tx, member: str, umbrella: str) -> tuple[ActorRow | None, ActorRow | None, Held | None]:
    one, other = by_uri(tx, member), by_uri(tx, umbrella)
    row = store.of_pair(tx, one.id, other.id) if one is not None and other is not None else None
    return one, other, steps.held(tx, row) if row is not None else None


def _check_ours(row: ActorRow | None) -> ActorRow:
    if row is None or not row.local or row.gone_at is not None or row.suspended or row.type != "Organization":
        raise Refusal(Outcome.IRRELEVANT, "not an organisation of this node")
    return row


def _check_pair(tx: Tx, member: ActorRow, umbrella: ActorRow) -> None:
    """Refusal when these two cannot become member and umbrella now, or too many wait already at the one who is asked."""
    asked = umbrella if umbrella.local else member
    try:
        actions.refuse(tx, member, umbrella)
    except AlreadyExists as error:
        raise Refusal(Outcome.DUPLICATE, str(error)) from error
    except MembershipLoop as error:
        raise Refusal(Outcome.REFUSED_LOOP, str(error)) from error
    except InvalidInput as error:
        raise Refusal(Outcome.REFUSED_BLOCKED, str(error)) from error
    if store.waiting(tx, asked.id) >= limits.MEMBERSHIP_REQUESTS:
        raise Refusal(Outcome.REFUSED_FLOOD, f"{limits.MEMBERSHIP_REQUESTS} wait at @{asked.acct} already")


# --- Offer ------------------------------------------------------------------------------------------------------


async def gather_offer(node: Node, arrival: Arrival) -> Facts:
    """What a cooperative signed and offers to its umbrella."""
    said, raw = await hearing.arrived(node, arrival, "object")
    return await _facts(node, said.member, said.umbrella, said, raw)


def check_offer(_arrival: Arrival, facts: Facts) -> None:
    """By its own subject, of a membership in an organisation of ours that has not ended. Source: API contract 8."""
    assert facts.said is not None
    if facts.said.author != facts.said.member:
        raise Refusal(Outcome.REFUSED_AUTHOR, "offered by somebody else than the member")
    if facts.said.ended is not None:
        raise Refusal(Outcome.IRRELEVANT, "it has ended")
    _check_ours(facts.umbrella)


def apply_offer(tx: Tx, arrival: Arrival, facts: Facts, stamp: Stamp) -> Outcome:
    """A request that waits for a person; accepted at once where it answers the umbrella's own Invite, with what that named."""
    member, umbrella, said = facts.member, facts.umbrella, facts.said
    assert member is not None
    assert umbrella is not None
    assert said is not None
    row = store.of_pair(tx, member.id, umbrella.id)
    held = steps.held(tx, row) if row is not None else None
    invited = held is not None and held.row.status == Status.INVITED
    if arrival.trust is not Trust.LOCAL:
        if held is not None and not (held.row.lives and held.row.only_seen) and _is_old(held, said):
            return Outcome.DUPLICATE
        if held is None or not (invited or _offers_again(held, said)):
            _check_pair(tx, member, umbrella)
            held = Held(store.add(tx, _asked(member, umbrella, said, stamp)), member, umbrella, {})
        held = _with_word(tx, held, Side.MEMBER, said, facts.raw, stamp)
        changes = {"kind": said.kind, "started_on": said.started.date().isoformat()} if not invited else {}
        held = steps.settled(tx, held, stamp, status=Status.REQUESTED.value, offer_uri=arrival.activity.id, **changes)
    if held is None or held.row.status != Status.REQUESTED:
        return Outcome.DUPLICATE
    answers = values.reference(arrival.activity.document.get("inReplyTo"))
    if held.row.invite_uri is not None and answers == held.row.invite_uri and said.kind == held.row.kind:
        if actions.closes_loop(tx, member, umbrella):
            return Outcome.REFUSED_LOOP
        held = replace(held, row=held.row._replace(started_on=said.started.date().isoformat()))
        steps.accept(tx, held, steps.keys_by_side(held, facts.keys), stamp)
    else:
        news.note(tx, umbrella, held.row.id, Event.ASKED, stamp)
    return Outcome.ACCEPTED


def _is_old(held: Held, said: Attestation) -> bool:
    """Whether it is no newer than what the member said of this before: played again after its end it begins nothing."""
    known = held.signed.get(Side.MEMBER)
    return known is not None and known.uri == said.id and int(said.updated.timestamp() * 1000) <= known.updated_at


def _offers_again(held: Held, said: Attestation) -> bool:
    known = held.signed.get(Side.MEMBER)
    return held.row.status == Status.REQUESTED and known is not None and known.uri == said.id


def _asked(member: ActorRow, umbrella: ActorRow, said: Attestation, stamp: Stamp) -> MembershipRow:
    day = said.started.date().isoformat()
    return store.new(stamp, member.id, umbrella.id, Status.REQUESTED, Side.MEMBER, said.kind, day)


def _with_word(tx: Tx, held: Held, side: Side, said: Attestation, raw: bytes, stamp: Stamp) -> Held:
    """The membership with what a side elsewhere attests now; an older version changes nothing."""
    known, moment = held.signed.get(side), int(said.updated.timestamp() * 1000)
    if held.actor(side).local or (known is not None and known.uri == said.id and moment <= known.updated_at):
        return held
    signed = Signed(known.id if known else stamp.mint(None), held.row.id, side.value, said.id, raw, moment)
    store.put_signed(tx, signed)
    return replace(held, signed={**held.signed, side: signed})


# --- Invite -----------------------------------------------------------------------------------------------------


async def gather_invite(node: Node, arrival: Arrival) -> Facts:
    """Whom an umbrella invites."""
    return await _facts(node, arrival.activity.object_id or "", arrival.activity.actor)


def check_invite(arrival: Arrival, facts: Facts) -> None:
    """An organisation of ours, into a collection of the umbrella's own host, by an activity that can be answered."""
    _check_ours(facts.member)
    target = arrival.activity.target
    if facts.umbrella is None or arrival.activity.id is None:
        raise Refusal(Outcome.MALFORMED, "an Invite without an id, or of nobody")
    if target is None or not same_authority(target, facts.umbrella.uri):
        raise Refusal(Outcome.UNSUPPORTED, "not into the members of who invites")


def apply_invite(tx: Tx, arrival: Arrival, facts: Facts, stamp: Stamp) -> Outcome:
    """It waits for a person. Source: domain research 9.1 *Umbrella-initiated*."""
    member, umbrella = facts.member, facts.umbrella
    assert member is not None
    assert umbrella is not None
    if arrival.trust is Trust.LOCAL:
        known = store.of_pair(tx, member.id, umbrella.id)
        if known is not None and known.status == Status.INVITED:
            news.note(tx, member, known.id, Event.INVITED, stamp)
        return Outcome.DUPLICATE
    _check_pair(tx, member, umbrella)
    given = values.text(arrival.activity.document.get("membershipKind"))
    kind = given if given is not None and tables.known("membership_kind", given) else rules.DEFAULT_KIND
    row = store.new(stamp, member.id, umbrella.id, Status.INVITED, Side.UMBRELLA, kind, invite_uri=arrival.activity.id)
    store.add(tx, row)
    news.note(tx, member, row.id, Event.INVITED, stamp)
    return Outcome.ACCEPTED


def undone(tx: Tx, ref: ObjectRef, actor_uri: str) -> Undone | None:
    """The Invite that an Undo by this umbrella names. A unit of work."""
    for row in store.by_request(tx, ref.id) if ref.id is not None else ():
        held = steps.held(tx, row)
        if held is not None and row.invite_uri == ref.id and row.status == Status.INVITED:
            return Undone(held.umbrella.uri, partial(_uninvited, held))
    return None


def _uninvited(held: Held, tx: Tx, stamp: Stamp) -> None:
    steps.settled(tx, held, stamp, status=Status.ENDED.value, ended_on=stamp.utc().date().isoformat())


# --- Accept, Reject ---------------------------------------------------------------------------------------------


def answered(tx: Tx, activity: Activity) -> Held | None:
    """The membership whose Offer or Invite an Accept or Reject is about. A unit of work."""
    uri = activity.object_id
    found = [steps.held(tx, row) for row in store.by_request(tx, uri)] if uri is not None else []
    parts = [held for held in found if held is not None]
    return next(
        (held for held in parts if activity.actor in (held.member.uri, held.umbrella.uri)), next(iter(parts), None)
    )


async def gather_answer(node: Node, arrival: Arrival, held: Held) -> Facts:
    """What the asked side answers; with an Accept what the umbrella signed."""
    if arrival.activity.type == "Accept" and arrival.activity.actor == held.umbrella.uri:
        said, raw = await hearing.arrived(node, arrival, "result")
        return await _facts(node, held.member.uri, held.umbrella.uri, said, raw)
    return await _facts(node, held.member.uri, held.umbrella.uri)


def check_answer(arrival: Arrival, facts: Facts) -> None:
    """Only who was asked answers, and an Accept carries what the umbrella attests of this very member. Source: API contract 8."""
    held, activity = facts.held, arrival.activity
    if held is None or facts.member is None or facts.umbrella is None:
        raise Refusal(Outcome.REFUSED_UNASKED, "nobody here asked for it")
    asked = held.member.uri if activity.object_id == held.row.invite_uri else held.umbrella.uri
    if activity.actor != asked or (activity.type == "Accept" and asked != held.umbrella.uri):
        raise Refusal(Outcome.REFUSED_UNASKED, "answered by somebody else, or not by an Offer")
    said = facts.said
    if said is not None and (said.member, said.umbrella) != (held.member.uri, held.umbrella.uri):
        raise Refusal(Outcome.REFUSED_AUTHOR, "it attests another membership")
    if said is not None and (said.kind != held.row.kind or said.ended is not None):
        raise Refusal(Outcome.REFUSED_POLICY, "another kind than was offered, or one that has ended")


def apply_accept(tx: Tx, arrival: Arrival, facts: Facts, stamp: Stamp) -> Outcome:
    """The umbrella took a member of ours in: what it signed is kept, and the member signs again with its id."""
    held = _now(tx, facts)
    if held is None or facts.said is None or not held.member.local:
        return Outcome.DUPLICATE
    held = _with_word(tx, held, Side.UMBRELLA, facts.said, facts.raw, stamp)
    waits = held.row.status == Status.REQUESTED or (arrival.trust is Trust.LOCAL and held.row.status == Status.ACTIVE)
    own = held.said(Side.MEMBER)
    if not waits or (own is not None and own.counterpart == facts.said.id):
        return Outcome.DUPLICATE
    steps.taken_in(tx, held, steps.keys_by_side(held, facts.keys), stamp)
    return Outcome.ACCEPTED


def apply_reject(tx: Tx, arrival: Arrival, facts: Facts, stamp: Stamp) -> Outcome:
    """It ends before it began; what a member of ours signed, it takes back."""
    held = _now(tx, facts)
    if held is None or held.row.status not in (Status.INVITED, Status.REQUESTED, Status.ENDED):
        return Outcome.DUPLICATE
    own = Side.MEMBER in held.signed and held.member.local and not held.is_over(Side.MEMBER, stamp.utc())
    if arrival.trust is Trust.LOCAL or own or held.row.status != Status.ENDED:
        asker = held.umbrella if arrival.activity.actor == held.member.uri else held.member
        news.note(tx, asker, held.row.id, Event.DECLINED, stamp)
    if held.row.status == Status.ENDED and not own:
        return Outcome.DUPLICATE
    if own:
        held = steps.attest(tx, held, Side.MEMBER, steps.keys_by_side(held, facts.keys), stamp, stamp.utc())
    steps.settled(tx, held, stamp, status=Status.ENDED.value, ended_on=stamp.utc().date().isoformat())
    return Outcome.ACCEPTED


def _now(tx: Tx, facts: Facts) -> Held | None:
    """The membership as it is in this transaction."""
    row = store.by_id(tx, facts.held.row.id) if facts.held is not None else None
    return steps.held(tx, row) if row is not None else None


# --- Update, Add, Remove ----------------------------------------------------------------------------------------


async def gather_update(node: Node, arrival: Arrival) -> Facts:
    """What a side signed anew."""
    said, raw = await hearing.arrived(node, arrival, "object")
    return await _facts(node, said.member, said.umbrella, said, raw)


def check_update(_arrival: Arrival, facts: Facts) -> None:
    """By one of the two, of a membership that is known here: what somebody else's is like is looked up when it is asked for."""
    assert facts.said is not None
    if facts.said.author not in (facts.said.member, facts.said.umbrella):
        raise Refusal(Outcome.REFUSED_AUTHOR, "attested by neither side")
    if facts.held is None or not facts.held.local:
        raise Refusal(Outcome.IRRELEVANT, "no membership of ours")


def apply_update(tx: Tx, arrival: Arrival, facts: Facts, stamp: Stamp) -> Outcome:
    """The newer version takes the place of the older one, and what follows from it happens. Source: domain research 7 rule 6, 9.1."""
    held, said = _now(tx, facts), facts.said
    if held is None or said is None:
        return Outcome.IRRELEVANT
    side = Side.MEMBER if said.author == held.member.uri else Side.UMBRELLA
    known = held.signed.get(side)
    if known is None or known.uri != said.id:
        # Nobody attests here what was neither offered nor accepted.
        return Outcome.REFUSED_UNASKED
    if arrival.trust is not Trust.LOCAL and int(said.updated.timestamp() * 1000) <= known.updated_at:
        return Outcome.DUPLICATE
    if said.is_over(stamp.utc()) and (arrival.trust is Trust.LOCAL or not held.is_over(side, stamp.utc())):
        news.note(tx, held.actor(side.other), held.row.id, Event.ENDED, stamp)
    held = _with_word(tx, held, side, said, facts.raw, stamp)
    steps.hear(tx, held, side, steps.keys_by_side(held, facts.keys), stamp)
    return Outcome.ACCEPTED


async def gather_listed(node: Node, arrival: Arrival) -> Facts:
    """Whom an umbrella lists, or no more."""
    return await _facts(node, arrival.activity.object_id or "", arrival.activity.actor)


def check_pin(_arrival: Arrival, facts: Facts) -> None:
    """Of a membership of ours."""
    if facts.held is None or not facts.held.local:
        raise Refusal(Outcome.IRRELEVANT, "no membership of ours")


def apply_add(tx: Tx, _arrival: Arrival, facts: Facts, stamp: Stamp) -> Outcome:
    """Both sides are heard again: the collection is asked, not its messenger."""
    assert facts.held is not None
    store.check_later(tx, facts.held.row.id, stamp)
    return Outcome.ACCEPTED


apply_remove = apply_add
