"""What people do about memberships of their actors: ask, invite, answer, suspend, end, sign again. Source: API contract 8."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from sqlalchemy.exc import IntegrityError

from actors.lookup import ActorRow
from coopfed.db.tx import Tx
from coopfed.errors import AlreadyExists, BadMessage, Conflict, InvalidInput, MembershipLoop, NotFound
from coopfed.features.follows.store import blocks
from coopfed.features.memberships import rules, steps, store
from coopfed.features.memberships.rules import Side, State, Status
from coopfed.features.memberships.steps import Held, Keys
from coopfed.features.memberships.store import MembershipRow
from coopfed.features.posts import once
from coopfed.features.posts.once import Key
from coopfed.node import Node, SigningKey, Stamp
from coopfed.vocab import memberships
from coopfed.vocab.normalise import normalise
from coopfed.vocab.origin import same_authority
from coopfed.vocab.strict_json import parse


@dataclass(frozen=True, slots=True)
class Wanted:
    """A membership that is to be: of which kind, since when; `key` when the request may come twice."""

    kind: str
    started_on: date
    key: Key | None = None


async def request(node: Node, member: ActorRow, umbrella: ActorRow, wanted: Wanted) -> MembershipRow:
    """An actor of ours signs that it is a member, and asks the umbrella to sign too: an Offer.

    AlreadyExists when there is one that lives, MembershipLoop when the umbrella is itself below the member, InvalidInput for actors
    that are no organisations. Source: domain research 9.1.
    """
    check_ours(member)
    keys = await steps.keys_for(node, member)
    return await _made(node, _request, member, umbrella, wanted, keys)


def _request(
    tx: Tx, member: ActorRow, umbrella: ActorRow, wanted: Wanted, keys: dict[int, SigningKey], stamp: Stamp
) -> MembershipRow:
    known = _known(tx, wanted, stamp)
    if known is not None:
        return known
    refuse(tx, member, umbrella)
    row = _new(member, umbrella, wanted, Status.REQUESTED, Side.MEMBER, stamp)
    number = stamp.mint(None)
    held = Held(store.add(tx, row._replace(offer_uri=stamp.urls.activity(number))), member, umbrella, {})
    held = offered(tx, held, keys, number, stamp)
    _remember(tx, wanted, row, stamp)
    return held.row


def offered(tx: Tx, held: Held, keys: dict[int, SigningKey], number: int, stamp: Stamp) -> Held:
    """A member of ours signs, and offers that under this activity's number; in answer to the Invite if there was one."""
    held = steps.attest(tx, held, Side.MEMBER, steps.keys_by_side(held, keys), stamp)
    target = _members_of(tx, held.umbrella)
    told = memberships.offer(
        stamp.urls.activity(number), steps.document(held, Side.MEMBER), target, held.row.invite_uri
    )
    held = steps.settled(tx, held, stamp, status=Status.REQUESTED.value, offer_uri=stamp.urls.activity(number))
    steps.say(tx, held, Side.MEMBER, told, number, stamp)
    return held


def _members_of(tx: Tx, umbrella: ActorRow) -> str | None:
    """The address of the umbrella's `members`, as far as it says so."""
    if umbrella.local:
        return f"{umbrella.uri}/members"
    raw = store.document_of(tx, umbrella.id)
    try:
        found = memberships.collection_of(normalise(parse(raw)), "members") if raw else None
        return found if found is not None and same_authority(found, umbrella.uri) else None
    except BadMessage:
        return None


async def declare(node: Node, member: ActorRow, code: str, wanted: Wanted) -> MembershipRow:
    """An actor of ours says that it is a member of a body (`umbrella_bodies`) that has no node. Nothing is signed or sent. AlreadyExists
    when it says so already. Source: domain research 9.1 *Offline umbrella*."""
    check_ours(member)
    return await node.db.write(_declare, member, code, wanted, node.stamp())


def _declare(tx: Tx, member: ActorRow, code: str, wanted: Wanted, stamp: Stamp) -> MembershipRow:
    known = _known(tx, wanted, stamp)
    if known is not None:
        return known
    if store.declared(tx, member.id, code) is not None:
        raise AlreadyExists(f"@{member.handle} declares {code} already")
    row = _new(member, None, wanted, Status.ACTIVE, None, stamp)
    row = store.add(tx, row._replace(umbrella_code=code, state=State.DECLARED.value))
    _remember(tx, wanted, row, stamp)
    return row


async def invite(
    node: Node, umbrella: ActorRow, member: ActorRow, wanted: Wanted, also: Callable[[Tx], None] | None = None
) -> MembershipRow:
    """An umbrella of ours asks a cooperative to become its member: an Invite; `also` is done with it, or neither is. Raises as `request`.
    Source: domain research 9.1."""
    check_ours(umbrella)

    def unit(
        tx: Tx, one: ActorRow, other: ActorRow, asked: Wanted, keys: dict[int, SigningKey], stamp: Stamp
    ) -> MembershipRow:
        row = _invite(tx, one, other, asked, keys, stamp)
        if also is not None:
            also(tx)
        return row

    return await _made(node, unit, member, umbrella, wanted, {})


def _invite(
    tx: Tx, member: ActorRow, umbrella: ActorRow, wanted: Wanted, _keys: dict[int, SigningKey], stamp: Stamp
) -> MembershipRow:
    known = _known(tx, wanted, stamp)
    if known is not None:
        return known
    refuse(tx, member, umbrella)
    row, number = _new(member, umbrella, wanted, Status.INVITED, Side.UMBRELLA, stamp), stamp.mint(None)
    uri = stamp.urls.activity(number)
    held = Held(store.add(tx, row._replace(invite_uri=uri)), member, umbrella, {})
    told = memberships.invite(uri, umbrella.uri, member.uri, wanted.kind, f"{umbrella.uri}/members")
    steps.say(tx, held, Side.UMBRELLA, told, number, stamp)
    _remember(tx, wanted, row, stamp)
    return held.row


def check_ours(actor: ActorRow) -> None:
    """InvalidInput for what is no organisation of this node that is there. Pure."""
    if not actor.local or actor.gone_at is not None or actor.suspended or actor.type != "Organization":
        raise InvalidInput("only an organisation of this node is a member, or has members")


async def _made(
    node: Node,
    unit: Callable[[Tx, ActorRow, ActorRow, Wanted, dict[int, SigningKey], Stamp], MembershipRow],
    member: ActorRow,
    umbrella: ActorRow,
    wanted: Wanted,
    keys: dict[int, SigningKey],
) -> MembershipRow:
    try:
        return await node.db.write(unit, member, umbrella, wanted, keys, node.stamp())
    except IntegrityError as error:
        raise AlreadyExists("made at this moment by somebody else") from error


def refuse(tx: Tx, member: ActorRow, umbrella: ActorRow) -> None:
    """AlreadyExists or MembershipLoop when these two cannot become member and umbrella now; InvalidInput when either is gone or blocks
    the other. A unit of work. Source: domain research 9.1 *Levels*."""
    for one, other in ((member, umbrella), (umbrella, member)):
        if one.gone_at is not None or one.suspended:
            raise InvalidInput(f"@{one.acct} is not there any more")
        if blocks(tx, one.id, other.id):
            raise InvalidInput(f"@{one.acct} and @{other.acct} are parted by a block")
    known = store.of_pair(tx, member.id, umbrella.id)
    if known is not None and known.lives and (member.local or umbrella.local) and not known.only_seen:
        raise AlreadyExists(f"membership {known.id} is {known.status}")
    if closes_loop(tx, member, umbrella):
        raise MembershipLoop(f"@{umbrella.acct} is below @{member.acct}")
    if known is not None and known.lives:
        store.forget(tx, known.id)


def closes_loop(tx: Tx, member: ActorRow, umbrella: ActorRow) -> bool:
    """Whether the umbrella is the member, or below it. A unit of work."""
    return member.id == umbrella.id or member.id in rules.above(
        umbrella.id, lambda below: store.live_umbrellas(tx, below)
    )


def above(tx: Tx, actor_id: int) -> list[int]:
    """All umbrellas of which this actor is a member, directly or through others, by memberships that are confirmed; the nearest first. A
    unit of work. Source: domain research 9.1 *Levels*."""
    return rules.above(actor_id, lambda below: store.confirmed_umbrellas(tx, below))


def _new(
    member: ActorRow, umbrella: ActorRow | None, wanted: Wanted, status: Status, by: Side | None, stamp: Stamp
) -> MembershipRow:
    of = umbrella.id if umbrella is not None else None
    return store.new(stamp, member.id, of, status, by, wanted.kind, wanted.started_on.isoformat())


def _known(tx: Tx, wanted: Wanted, stamp: Stamp) -> MembershipRow | None:
    made = once.find(tx, wanted.key, stamp.now) if wanted.key is not None else None
    return store.by_id(tx, made) if made is not None else None


def _remember(tx: Tx, wanted: Wanted, row: MembershipRow, stamp: Stamp) -> None:
    if wanted.key is not None:
        once.remember(tx, wanted.key, row.id, stamp.now)


# --- verbs ------------------------------------------------------------------------------------------------------


async def act(node: Node, actor: ActorRow, id: int, verb: str, ended_on: date | None = None) -> MembershipRow:
    """The membership after an actor of ours did this to it: accept, reject, end, suspend, resume, renew. What is so already changes
    nothing and sends nothing.

    NotFound when the actor has no part in it; Conflict when it cannot be done now. Source: API contract 8.
    """
    keys = await steps.keys_for(node, actor)
    return await node.db.write(_act, actor, id, verb, ended_on, keys, node.stamp())


def _act(
    tx: Tx, actor: ActorRow, id: int, verb: str, ended_on: date | None, keys: dict[int, SigningKey], stamp: Stamp
) -> MembershipRow:
    row = store.by_id(tx, id)
    if row is None or actor.id not in (row.member_id, row.umbrella_id):
        raise NotFound(f"@{actor.handle} has no part in a membership {id}")
    side = Side.MEMBER if row.member_id == actor.id else Side.UMBRELLA
    found = steps.held(tx, row)
    may = verbs(found, row, side, stamp)
    if verb not in may:
        if _is_done(found, row, side, verb, stamp):
            return row
        raise Conflict(
            f"a membership that is {row.status} is not changed by {verb}",
            details={"status": row.status, "allowed": list(may)},
        )
    if ended_on is not None and ended_on.isoformat() < row.started_on:
        raise InvalidInput("it cannot end before it began")
    day = ended_on.isoformat() if ended_on is not None else None
    if found is None:
        last = day or stamp.utc().date().isoformat()
        row = row._replace(status=Status.ENDED.value, state=State.ENDED.value, ended_on=last, updated_at=stamp.now)
        return store.save(tx, row)
    if verb == "accept":
        refuse_loop(tx, found)
        if side is Side.MEMBER:
            return offered(tx, found, keys, stamp.mint(None), stamp).row
    return _VERBS[verb](tx, found, side, steps.keys_by_side(found, keys), stamp, day).row


def refuse_loop(tx: Tx, held: Held) -> None:
    """MembershipLoop when the umbrella has come to stand below the member since it was asked for."""
    if closes_loop(tx, held.member, held.umbrella):
        raise MembershipLoop(f"@{held.umbrella.acct} is below @{held.member.acct}")


def verbs(held: Held | None, row: MembershipRow, side: Side, stamp: Stamp) -> tuple[str, ...]:
    """What a side of ours may do now; of what the other side ended, it ends its own part too."""
    if held is None:
        return rules.allowed(Status(row.status), {side}, declared=True)
    if row.status in (Status.ACTIVE, Status.SUSPENDED) and side not in held.signed:
        # What somebody else claims of it: it has nothing to end, and signs nothing unasked.
        return ()
    may = rules.allowed(Status(row.status), {side})
    if row.status == Status.ENDED and side in held.signed and not held.is_over(side, stamp.utc()):
        return ("end",)
    return may


def _is_done(held: Held | None, row: MembershipRow, side: Side, verb: str, stamp: Stamp) -> bool:
    """Whether the verb has nothing left to do."""
    if verb in ("end", "reject"):
        return row.status == Status.ENDED and (
            held is None or side not in held.signed or held.is_over(side, stamp.utc())
        )
    if verb == "accept":
        accepted = (Status.ACTIVE, Status.REQUESTED) if side is Side.MEMBER else (Status.ACTIVE,)
        return row.status in accepted and row.offer_uri is not None
    return {"suspend": Status.SUSPENDED, "resume": Status.ACTIVE}.get(verb) == row.status and side is Side.UMBRELLA


def _accept(tx: Tx, held: Held, _side: Side, keys: Keys, stamp: Stamp, _day: str | None) -> Held:
    return steps.accept(tx, held, keys, stamp)


def _reject(tx: Tx, held: Held, side: Side, _keys: Keys, stamp: Stamp, _day: str | None) -> Held:
    asked = held.row.offer_uri if side is Side.UMBRELLA else held.row.invite_uri
    assert asked is not None
    today = stamp.utc().date().isoformat()
    held = steps.settled(tx, held, stamp, status=Status.ENDED.value, ended_on=today)
    number = stamp.mint(None)
    told = memberships.reject(stamp.urls.activity(number), held.actor(side).uri, held.actor(side.other).uri, asked)
    steps.say(tx, held, side, told, number, stamp)
    return held


def _end(tx: Tx, held: Held, side: Side, keys: Keys, stamp: Stamp, day: str | None) -> Held:
    if held.row.status == Status.INVITED:
        # Nothing is signed yet: the invitation is taken back.
        number = stamp.mint(None)
        assert held.row.invite_uri is not None
        asked = memberships.invite(
            held.row.invite_uri, held.umbrella.uri, held.member.uri, held.row.kind, f"{held.umbrella.uri}/members"
        )
        told = memberships.undo(stamp.urls.activity(number), asked)
        held = steps.settled(tx, held, stamp, status=Status.ENDED.value, ended_on=stamp.utc().date().isoformat())
        steps.say(tx, held, side, told, number, stamp)
        return held
    return steps.end(tx, held, side, keys, stamp, day)


def _suspend(tx: Tx, held: Held, side: Side, keys: Keys, stamp: Stamp, _day: str | None) -> Held:
    held = steps.attest(tx, held, side, keys, stamp, stamp.utc())
    held = steps.settled(tx, held, stamp, status=Status.SUSPENDED.value)
    steps.say_update(tx, held, side, stamp)
    steps.say_listed(tx, held, "Remove", stamp)
    return held


def _resume(tx: Tx, held: Held, side: Side, keys: Keys, stamp: Stamp, _day: str | None) -> Held:
    held = steps.attest(tx, held, side, keys, stamp)
    held = steps.settled(tx, held, stamp, status=Status.ACTIVE.value)
    steps.say_update(tx, held, side, stamp)
    steps.say_listed(tx, held, "Add", stamp)
    return held


def _renew(tx: Tx, held: Held, side: Side, keys: Keys, stamp: Stamp, _day: str | None) -> Held:
    held = steps.settled(tx, steps.attest(tx, held, side, keys, stamp), stamp)
    steps.say_update(tx, held, side, stamp)
    return held


_VERBS: dict[str, Callable[[Tx, Held, Side, Keys, Stamp, str | None], Held]] = {
    "accept": _accept,
    "reject": _reject,
    "end": _end,
    "suspend": _suspend,
    "resume": _resume,
    "renew": _renew,
}
VERBS = tuple(_VERBS)
"""What can be done to a membership."""
