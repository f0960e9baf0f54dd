"""A third party's check: both documents from their own hosts, both proofs, and the umbrella's collection.

The verdict is kept for a day and then found anew by a job; a use that matters has it found now.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from actors.lookup import ActorRow
from coopfed import limits
from coopfed.db import jobs
from coopfed.db.engine import Lane
from coopfed.db.tx import Tx
from coopfed.errors import CoopFedError, FetchError
from coopfed.features.cooperatives import fields
from coopfed.features.memberships import hearing, rules, steps, store
from coopfed.features.memberships.rules import Heard, Listing, Problem, Side, State, Status, Verdict
from coopfed.features.memberships.steps import Held
from coopfed.features.memberships.store import MembershipRow, Signed
from coopfed.net.fetch import Budget, fetch_document
from coopfed.node import Node, SigningKey, Stamp
from coopfed.vocab.collections import items_of
from coopfed.vocab.memberships import Attestation, collection_of, names_back
from coopfed.vocab.normalise import normalise
from coopfed.vocab.origin import same_authority
from coopfed.vocab.strict_json import parse

RECHECK_MEMBERSHIPS = "recheck_memberships"


@dataclass(slots=True)
class Found:
    """What a check found: the verdict, and what each side attests, with its bytes. `failure`: a host did not answer now."""

    verdict: Verdict = field(default_factory=lambda: Verdict(None))
    words: dict[Side, tuple[Attestation, bytes]] = field(default_factory=dict)
    failure: FetchError | None = None


async def examine(
    node: Node, member: ActorRow, umbrella: ActorRow, known: Mapping[Side, Signed], *, active: bool = False
) -> Found:
    """What may be believed now of a membership of these two; `known` is what is held of it, `active` whether an umbrella of ours lists
    the member. Raises nothing for what other hosts do. Source: domain research 9.1."""
    budget, found = Budget(limits.MEMBERSHIP_FETCHES), Found()
    member, member_problem = await _fresh(node, member, budget, found)
    umbrella, umbrella_problem = await _fresh(node, umbrella, budget, found)
    heard = {Side.MEMBER: Heard(problem=member_problem), Side.UMBRELLA: Heard(problem=umbrella_problem)}
    if member_problem is None:
        heard[Side.MEMBER] = await _hear_member(node, member, umbrella, known.get(Side.MEMBER), budget, found)
    if umbrella_problem is None:
        said = heard[Side.MEMBER].said
        uri = said.counterpart if said is not None else None
        held = known.get(Side.UMBRELLA)
        if uri is None and held is not None:
            uri = held.uri
        heard[Side.UMBRELLA] = await _hear(node, Side.UMBRELLA, uri, umbrella, held, budget, found)
    listing = Listing(problem=Problem.FETCH_FAILED)
    if umbrella.local:
        listing = Listing(lists=active, names_back=True)
    elif umbrella_problem is None:
        listing = await _listing(node, member, umbrella, budget, found)
    found.words = {side: word for side, word in found.words.items() if _is_of(word[0], member, umbrella)}
    found.verdict = rules.verdict(member.uri, umbrella.uri, heard, listing, node.utc())
    return found


def _is_of(said: Attestation, member: ActorRow, umbrella: ActorRow) -> bool:
    return (said.member, said.umbrella) == (member.uri, umbrella.uri)


async def _fresh(node: Node, row: ActorRow, budget: Budget, found: Found) -> tuple[ActorRow, Problem | None]:
    try:
        now = await hearing.fresh(node, row, budget)
    except CoopFedError as error:
        _note(found, error)
        return row, Problem.FETCH_FAILED
    return now, Problem.FETCH_FAILED if now.gone_at is not None or now.suspended else None


async def _hear(
    node: Node, side: Side, uri: str | None, author: ActorRow, known: Signed | None, budget: Budget, found: Found
) -> Heard:
    if uri is None:
        return Heard()
    try:
        heard, raw = await hearing.fetched(node, uri, author, known, budget)
    except CoopFedError as error:
        _note(found, error)
        return Heard(problem=Problem.FETCH_FAILED)
    if heard.said is not None:
        found.words[side] = heard.said, raw
    return heard


async def _hear_member(
    node: Node, member: ActorRow, umbrella: ActorRow, known: Signed | None, budget: Budget, found: Found
) -> Heard:
    """What the member says of this umbrella: under the id that is known; where nothing is, or that has ended, also what its
    `memberships` shows."""
    best = await _hear(node, Side.MEMBER, known.uri if known else None, member, known, budget, found)
    if member.local or best.problem is not None or (best.said is not None and not best.said.is_over(node.utc())):
        return best
    try:
        uris = await _collected(node, member, "memberships", budget)
    except CoopFedError as error:
        _note(found, error)
        return best if best.said is not None else Heard(problem=Problem.FETCH_FAILED)
    for uri in uris[: limits.MEMBERSHIPS_READ]:
        before = found.words.get(Side.MEMBER)
        heard = await _hear(node, Side.MEMBER, uri, member, known, budget, found)
        if heard.said is not None and heard.said.umbrella == umbrella.uri:
            return heard
        if before is not None:
            found.words[Side.MEMBER] = before
    return best


async def _collected(node: Node, actor: ActorRow, name: str, budget: Budget) -> list[str]:
    """The items on the first page of a collection of an actor elsewhere; none when it has no such collection."""
    address = await _address(node, actor, name)
    if address is None:
        return []
    head = (await fetch_document(node.http, address, signer=node.signer, budget=budget)).document
    items, further = items_of(head)
    if not items and further is not None and same_authority(further, actor.uri):
        items, _ = items_of((await fetch_document(node.http, further, signer=node.signer, budget=budget)).document)
    return items


async def _address(node: Node, actor: ActorRow, name: str) -> str | None:
    """Where the actor's document says that its collection is, on its own host; None when it says nothing of the kind."""
    raw = await node.db.read(store.document_of, actor.id)
    if raw is None:
        return None
    address = collection_of(normalise(parse(raw), key_stub=True), name)
    return address if address is not None and same_authority(address, actor.uri) else None


async def _listing(node: Node, member: ActorRow, umbrella: ActorRow, budget: Budget, found: Found) -> Listing:
    """What the umbrella's `members` says, read on until the member is found, at most `limits.MEMBERS_PAGES` pages."""
    try:
        address = await _address(node, umbrella, "members")
        if address is None:
            return Listing()
        document = (await fetch_document(node.http, address, signer=node.signer, budget=budget)).document
        backwards = document.get("id") == address and names_back(document, umbrella.uri)
        for _ in range(limits.MEMBERS_PAGES):
            items, further = items_of(document)
            if member.uri in items:
                return Listing(lists=True, names_back=backwards)
            if further is None or not same_authority(further, umbrella.uri):
                break
            document = (await fetch_document(node.http, further, signer=node.signer, budget=budget)).document
    except CoopFedError as error:
        _note(found, error)
        return Listing(problem=Problem.FETCH_FAILED)
    return Listing(lists=False, names_back=backwards)


def _note(found: Found, error: CoopFedError) -> None:
    if isinstance(error, FetchError) and error.temporary:
        found.failure = found.failure or error


# --- kept -------------------------------------------------------------------------------------------------------


async def checked(node: Node, member: ActorRow, umbrella: ActorRow) -> MembershipRow | None:
    """The membership of these two as it is found now, stored; None when neither side claims one. For a use that matters."""
    row = await node.db.read(store.of_pair, member.id, umbrella.id)
    held = await node.db.read(steps.held, row) if row is not None else None
    found = await examine(node, member, umbrella, held.signed if held else {}, active=_is_listed(held))
    keys = await steps.keys_for(node, member, umbrella)
    return await node.db.write(_settle, member.id, umbrella.id, found, keys, node.stamp())


def _is_listed(held: Held | None) -> bool:
    """Whether an umbrella of ours lists the member: whom it attests, see `actors.collections.members`."""
    return held is not None and held.row.status == Status.ACTIVE and Side.UMBRELLA in held.signed


async def check_membership(node: Node, key: str) -> None:
    """The job `check_membership` (key: its number): hears both sides. FetchError when a host does not answer now; a membership that was
    confirmed within three days stays so meanwhile."""
    row = await node.db.read(store.by_id, int(key))
    held = await node.db.read(steps.held, row) if row is not None else None
    if row is None or held is None or row.status not in (Status.ACTIVE, Status.SUSPENDED):
        return
    found = await examine(node, held.member, held.umbrella, held.signed, active=_is_listed(held))
    grace = node.clock.now() - (row.checked_at or 0) < node.clock.span(limits.MEMBERSHIP_GRACE_SECONDS)
    if found.failure is not None and row.state == State.CONFIRMED and grace:
        raise found.failure
    keys = await steps.keys_for(node, held.member, held.umbrella)
    await node.db.write(_settle, held.member.id, held.umbrella.id, found, keys, node.stamp())


def _settle(
    tx: Tx, member_id: int, umbrella_id: int, found: Found, keys: dict[int, SigningKey], stamp: Stamp
) -> MembershipRow | None:
    """Stores what was found. What is nobody's claim any more is forgotten, unless it is one of ours."""
    row = store.of_pair(tx, member_id, umbrella_id)
    held = steps.held(tx, row) if row is not None else None
    if held is None or (not held.row.lives and not held.local and found.verdict.state not in (None, *_OVER)):
        return _seen(tx, member_id, umbrella_id, found, stamp) if found.verdict.state is not None else row
    if found.verdict.state is None and not held.local:
        store.forget(tx, held.row.id)
        return None
    if held.row.status not in (Status.ACTIVE, Status.SUSPENDED) and held.local:
        return held.row
    held, changed = _with_words(tx, held, found, stamp)
    if held.local:
        for side in Side:
            if side in changed or _has_run_out(held, side, stamp):
                held = steps.hear(tx, held, side, steps.keys_by_side(held, keys), stamp)
        if not held.row.lives:
            return held.row
    row = store.save(tx, _judged(held, found, stamp))
    fields.refresh(tx, member_id, stamp)
    return row


def _has_run_out(held: Held, side: Side, stamp: Stamp) -> bool:
    """Whether an end that a side elsewhere told of in advance has come, and nothing followed from it yet."""
    waits = held.row.status == Status.ACTIVE or side is Side.MEMBER
    return waits and not held.actor(side).local and held.is_over(side, stamp.utc())


_OVER = (State.ENDED, State.ENDED_BY_ONE_SIDE)


def _with_words(tx: Tx, held: Held, found: Found, stamp: Stamp) -> tuple[Held, list[Side]]:
    """The membership with what sides elsewhere attest now, and which of them say something newer."""
    changed = []
    for side, (said, raw) in found.words.items():
        moment, known = int(said.updated.timestamp() * 1000), held.signed.get(side)
        if held.actor(side).local or (known is not None and (known.uri, known.updated_at) == (said.id, moment)):
            continue
        if known is not None and known.uri == said.id and moment < known.updated_at:
            continue
        signed = Signed(known.id if known else stamp.mint(None), held.row.id, side.value, said.id, raw, moment)
        store.put_signed(tx, signed)
        held = replace(held, signed={**held.signed, side: signed})
        changed.append(side)
    return held, changed


def _judged(held: Held, found: Found, stamp: Stamp) -> MembershipRow:
    row, verdict = held.row, found.verdict
    state = verdict.state or State.CLAIMED
    by = verdict.claimed_by.value if verdict.claimed_by is not None else None
    changes: dict[str, Any] = {}
    if not held.local:
        said = next(found.words[side][0] for side in Side if side in found.words)
        over = state in _OVER
        ended = [one.ended for one, _ in found.words.values() if one.ended is not None]
        changes = {
            "kind": said.kind,
            "started_on": said.started.date().isoformat(),
            "status": (Status.ENDED if over else Status.ACTIVE).value,
            "ended_on": min(ended).date().isoformat() if over and ended else None,
        }
    now = row._replace(
        state=state.value,
        claimed_by=by if state is State.CLAIMED else None,
        problems=" ".join(verdict.problems),
        **changes,
    )
    if now != row:
        now = now._replace(updated_at=stamp.now)
    return now._replace(checked_at=stamp.now)


def _seen(tx: Tx, member_id: int, umbrella_id: int, found: Found, stamp: Stamp) -> MembershipRow:
    """The row of a membership that neither side told us of."""
    row = store.new(stamp, member_id, umbrella_id, Status.ACTIVE, None)
    held = steps.held(tx, store.add(tx, row))
    assert held is not None
    held, _ = _with_words(tx, held, found, stamp)
    return store.save(tx, _judged(held, found, stamp))


# --- every day --------------------------------------------------------------------------------------------------


async def recheck_memberships(node: Node, _key: str) -> None:
    """The job `recheck_memberships`: has memberships of ours that were not heard for a day heard again, and comes again in an hour."""
    await node.db.write(plan, node.stamp(), lane=Lane.BACK)
    await node.db.write(_look_again, node.clock.span(limits.MEMBERSHIP_FRESH_SECONDS), node.stamp(), lane=Lane.BACK)


def plan(tx: Tx, stamp: Stamp) -> None:
    """Leaves the job of the coming hour, once. A unit of work."""
    jobs.enqueue(tx, stamp.mint(None), RECHECK_MEMBERSHIPS, "", stamp.now + stamp.clock.span(3600))


def _look_again(tx: Tx, age: int, stamp: Stamp) -> None:
    for number in store.stale(tx, stamp.now - age, limits.MEMBERSHIPS_RECHECKED):
        store.check_later(tx, number, stamp)
