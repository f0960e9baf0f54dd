"""Whether an agreement holds: one of ours by its code, or one that somebody hands over, with the keys that both sides list now.

Of what is handed over only proofs are believed. Its signers are asked for their keys, and the owner's server for where it stands now,
through the guarded client, so often and no more; what was found is told again for five minutes. Source: API contract 6, *Guest paths*;
domain research 7 (rule 8), 8.5.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from actors.attested import Flaw, Key, flaw_of, keys_of
from actors.lookup import ActorRow, by_id, by_uri
from actors.remote import fetch_actor
from coopfed import limits
from coopfed.clock import milliseconds
from coopfed.db.tx import Tx
from coopfed.errors import BadMessage, CoopFedError, FetchError, NotFound, RemoteGone
from coopfed.features.agreements import certificate
from coopfed.features.agreements.certificate import Certificate, Part, Problem, Signed
from coopfed.features.requests import agreements, rules
from coopfed.features.requests.agreements import Held
from coopfed.features.requests.rules import Confirmation, Ending, Party
from coopfed.net.fetch import Budget, fetch_json
from coopfed.node import Node
from coopfed.signing import jcs
from coopfed.text.sanitise import line, plain
from coopfed.vocab.origin import authority, lies_with
from coopfed.vocab.proposals import read_receipt
from coopfed.vocab.strict_json import parse
from coopfed.vocab.values import when

VALID, INVALID, NONE, UNCHECKED = "valid", "invalid", "none", "unchecked"


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two, as it is called here; its id where nobody here knows it."""

    name: str
    uri: str


@dataclass(frozen=True, slots=True)
class Checked:
    """A document, and what became of looking at its proof: UNCHECKED where nobody looked, since the documents do not fit together."""

    type: str
    uri: str
    signer: str
    proof: str
    document: dict[str, Any]
    outcome: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is shown to hold. `status` is None when nobody could tell where it stands now. Moments in milliseconds."""

    valid: bool
    code: str | None = None
    status: str | None = None
    confirmation: str | None = None
    title: str = ""
    category: str | None = None
    unit: str = "one"
    value: str | None = None
    reciprocal: tuple[str, str | None] | None = None
    owner: Side | None = None
    responder: Side | None = None
    created_at: int | None = None
    completed_at: int | None = None
    documents: tuple[Checked, ...] = ()
    problems: tuple[Problem, ...] = ()
    altered: tuple[Part, ...] = ()
    checked_at: int = 0


@dataclass(slots=True)
class _Asking:
    """One verification under way: how often others may still be asked, and what was found wrong."""

    budget: Budget = field(default_factory=lambda: Budget(limits.CERTIFICATE_FETCHES))
    problems: list[Problem] = field(default_factory=list)


# --- one of ours ------------------------------------------------------------------------------------------------


async def by_code(node: Node, code: str) -> Verdict:
    """The agreement that a code opens, its proofs verified anew. NotFound when it opens none."""
    one = await node.db.read(_held, code)
    owner, responder = await node.db.read(_sides, one)
    known, asking = _certificate(one), _Asking()
    checked = [await _checked(node, signed, asking) for signed in known.signed]
    unsigned = one.row.confirmation == Confirmation.SIGNATURE and any(doc.proof == NONE for doc in checked[:2])
    if unsigned:
        asking.problems.append(Problem.PROOF_MISSING)
    invalid = any(document.proof == INVALID for document in checked)
    back = one.row.reciprocal_unit
    return Verdict(
        valid=not invalid and not unsigned,
        code=one.row.code,
        status=one.row.status,
        confirmation=one.row.confirmation,
        title=one.row.title,
        category=one.row.category,
        unit=one.row.unit,
        value=one.row.value,
        reciprocal=(back, one.row.reciprocal_value) if back is not None else None,
        owner=Side(owner.name or owner.acct, owner.uri),
        responder=Side(responder.name or responder.acct, responder.uri),
        created_at=_accepted_at(known) or one.row.created_at,
        completed_at=one.row.completed_at,
        documents=tuple(checked),
        problems=tuple(dict.fromkeys(asking.problems)),
        checked_at=node.clock.now(),
    )


def _held(tx: Tx, code: str) -> Held:
    row = agreements.by_code(tx, code)
    if row is None:
        raise NotFound("no agreement has this code")
    return agreements.held(tx, row)


def _sides(tx: Tx, one: Held) -> tuple[ActorRow, ActorRow]:
    owner, responder = by_id(tx, one.request.actor_id), by_id(tx, one.response.actor_id)
    assert owner is not None
    assert responder is not None
    return owner, responder


def _certificate(one: Held) -> Certificate:
    """The documents that are held of an agreement; of a responder who agreed by a link there is no Offer."""
    kept = [one.response.document, one.row.document, *(receipt.document for receipt in one.receipts)]
    documents = (parse(raw) for raw in kept if raw)
    return certificate.of(found for found in documents if found.get("type") in ("Offer", "Accept", "Create"))


def _accepted_at(known: Certificate) -> int | None:
    published = known.accept.said.published if known.accept is not None else None
    return milliseconds(published) if published is not None else None


# --- what somebody hands over -----------------------------------------------------------------------------------


async def handed_over(node: Node, raw: bytes) -> Verdict:
    """What is shown by the documents in these bytes. Raises nothing for what stands in them, or for what other servers do."""
    try:
        given = certificate.read(raw)
        name = jcs.sha256([one.document for one in given.signed]).hex()
    except BadMessage:
        return Verdict(valid=False, problems=(Problem.UNREADABLE,), checked_at=node.clock.now())
    known = node.memory.verdicts.get(name)
    if known is not None and node.clock.now() - known[0] < node.clock.span(limits.CERTIFICATE_FRESH_SECONDS):
        found: Verdict = known[1]
        return found
    async with node.certificate_places:
        verdict = await _examined(node, given)
    if sum(len(orjson.dumps(one.document)) for one in verdict.documents) <= limits.CERTIFICATE_KEPT_BYTES:
        node.memory.verdicts.put(name, (verdict.checked_at, verdict))
    return verdict


async def at_address(node: Node, address: str) -> Verdict:
    """As `handed_over`, of the agreement on the page of another CoopFed. NotFound where there is no such page; FetchError when its server
    cannot be asked."""
    page = _page(address)
    if page is None:
        raise NotFound("no page on which an agreement is verified")
    if node.urls.is_ours(page):
        return await by_code(node, page.rpartition("/")[2])
    try:
        found = await _asked(node, page, Budget(limits.CERTIFICATE_FETCHES))
    except FetchError as error:
        if error.status in (404, 410):
            raise NotFound(str(error)) from error
        raise
    return await handed_over(node, orjson.dumps(found))


def _page(address: str) -> str | None:
    """The page of verification behind an address: only such are asked for."""
    start, _, last = address.strip().partition("?")[0].rpartition("/verify/")
    code = agreements.read_code(last.removesuffix(".json").removesuffix(".pdf"))
    return f"{start}/verify/{code}" if code is not None and "://" in start else None


async def _asked(node: Node, page: str, budget: Budget) -> dict[str, Any]:
    try:
        await node.refuse_blocked(authority(page))
        return (await fetch_json(node.http, f"{page}.json", budget=budget)).document
    except BadMessage as error:
        raise FetchError(str(error), reason="address") from error


async def _examined(node: Node, given: Certificate) -> Verdict:
    asking = _Asking(problems=list(certificate.problems(given)))
    ours = await _known_here(node, given)
    parts = certificate.altered(given, ours) if ours is not None else ()
    if asking.problems and not parts:
        # What does not fit together no key mends, and nobody is asked for one.
        return _told(node, given, asking, [_as(one, UNCHECKED) for one in given.signed])
    if ours is not None and parts:
        # Whom somebody put in the place of a side is not asked for anything.
        sides = {one.said.actor for one in ours.signed}
        looked = [
            await _checked(node, one, asking, must=True) if one.said.actor in sides else _as(one, UNCHECKED)
            for one in given.signed
        ]
        return _told(node, given, asking, looked, parts=parts)
    checked = [await _checked(node, one, asking, must=True) for one in given.signed]
    broken = any(document.proof == INVALID for document in checked)
    there = await _elsewhere(node, given, asking, ours)
    parts = certificate.altered(given, there.known) if broken and there.known is not None else ()
    handed = [one.document for one in given.receipts]
    further = [one for one in there.receipts if one.document not in handed]
    given = replace(given, receipts=(*given.receipts, *further))
    checked += [await _checked(node, one, asking) for one in further]
    return _told(node, given, asking, checked, parts=parts, there=there)


def _as(one: Signed, proof: str) -> Checked:
    if one.said.type != "Create":
        return Checked(one.said.type, one.said.id or "", one.said.actor, proof, one.document)
    # As it is read, not as it is written: its members may have longer names, or stand in lists.
    record = read_receipt(one.said)
    return Checked("Document", record.id, one.said.actor, proof, one.document, record.outcome)


async def _known_here(node: Node, given: Certificate) -> Certificate | None:
    """What this node holds of the agreement, for whoever has its code: it stands in what was accepted."""
    record = given.agreed
    page = _page(record.url) if record is not None and record.url else None
    if page is None or record is None:
        return None

    def unit(tx: Tx) -> Held | None:
        row = agreements.by_code(tx, page.rpartition("/")[2])
        return agreements.held(tx, row) if row is not None and row.uri == record.id else None

    one = await node.db.read(unit)
    return _certificate(one) if one is not None else None


@dataclass(frozen=True, slots=True)
class _There:
    """What is held of an agreement where it was made: here, or at its owner's server. `claimed` is where it stands as told there."""

    known: Certificate | None = None
    receipts: tuple[Signed, ...] = ()
    claimed: str | None = None
    code: str | None = None


async def _elsewhere(node: Node, given: Certificate, asking: _Asking, ours: Certificate | None) -> _There:
    """What is told of the agreement now, by this node if it has it, else by the owner's server. Nothing where that cannot be asked."""
    record, accept = given.agreed, given.accept
    page = _page(record.url) if record is not None and record.url else None
    if page is None or accept is None:
        return _There()
    code = page.rpartition("/")[2]
    if ours is not None:
        one = await node.db.read(_held, code)
        return _There(ours, ours.receipts, one.row.status, code)
    if not lies_with(page, accept.said.actor):
        return _There()
    try:
        told = await _asked(node, page, asking.budget)
        known = certificate.read(orjson.dumps(told))
    except CoopFedError:
        return _There(code=code)
    theirs = known.agreed
    if theirs is None or record is None or theirs.id != record.id:
        return _There(code=code)
    claimed = told.get("status")
    return _There(known, known.receipts, claimed if isinstance(claimed, str) else None, code)


def _told(
    node: Node,
    given: Certificate,
    asking: _Asking,
    checked: list[Checked],
    *,
    parts: tuple[Part, ...] = (),
    there: _There | None = None,
) -> Verdict:
    problems = [*asking.problems, *([Problem.ALTERED] if parts else [])]
    core = {"Offer": "", "Accept": ""} | {one.type: one.proof for one in checked if one.type in ("Offer", "Accept")}
    valid = not problems and all(proof == VALID for proof in core.values())
    verdict = Verdict(
        valid=valid,
        documents=tuple(checked),
        problems=tuple(dict.fromkeys(problems)),
        altered=parts,
        checked_at=node.clock.now(),
        confirmation=Confirmation.SIGNATURE.value if valid else None,
    )
    record, offered = given.agreed, given.offered
    if record is None or given.accept is None or offered is None:
        return verdict
    said = _holding(given, checked)
    taken, back = record.wanted, record.reciprocal
    return replace(
        verdict,
        code=there.code if there is not None else None,
        status=certificate.standing(there.claimed, said) if there is not None and valid else None,
        title=line(plain(record.title)),
        category=line(record.category) if record.category else None,
        unit=line(taken.unit) or "one",
        value=_plain(taken.value),
        reciprocal=(line(back.unit) or "one", _plain(back.value)) if back is not None else None,
        owner=Side(given.accept.said.actor, given.accept.said.actor),
        responder=Side(offered.actor, offered.actor),
        created_at=_accepted_at(given),
        completed_at=_completed_at(said) if valid else None,
    )


def _plain(written: str | None) -> str | None:
    amount = rules.quantity(written)
    return rules.plain(amount) if amount is not None else None


def _holding(given: Certificate, checked: list[Checked]) -> dict[tuple[Party, Ending], Signed]:
    """What the two sides said of it by receipts whose proofs hold. Not by their ids: another document may bear the id of one that holds."""
    hold = [one.document for one in checked if one.proof == VALID]
    told = certificate.receipts_of(given)
    return {(party, ending): one for party, ending, one in told if one.document in hold}


def _completed_at(said: Mapping[tuple[Party, Ending], Signed]) -> int | None:
    """When the second of two receipts was written that hold."""
    both = [said.get((party, Ending.FULFILLED)) for party in Party]
    moments = [one.said.published for one in both if one is not None and one.said.published is not None]
    return milliseconds(max(moments)) if len(moments) == len(both) else None


# --- proofs -----------------------------------------------------------------------------------------------------


async def _checked(node: Node, one: Signed, asking: _Asking, *, must: bool = False) -> Checked:
    """The document with what became of looking at its proof, by the keys that its actor lists now. `must`: it has to carry one."""
    if one.document.get("proof") is None:
        if must:
            asking.problems.append(Problem.PROOF_MISSING)
        return _as(one, NONE)
    written = when(one.document.get("published"))
    keys, trouble = await _keys(node, one.said.actor, asking.budget, limits.CERTIFICATE_KEYS_SECONDS)
    flaw = flaw_of(one.document, written, keys)
    if flaw in (Flaw.WRONG_KEY, Flaw.PROOF_INVALID) and trouble is None:
        # It may have been signed with a key that is newer than what is known here.
        keys, trouble = await _keys(node, one.said.actor, asking.budget, limits.KEY_REFETCH_SECONDS)
        flaw = flaw_of(one.document, written, keys)
    if flaw is None:
        return _as(one, VALID)
    asking.problems.append(trouble if trouble is not None and not keys else Problem(flaw.value))
    return _as(one, INVALID)


async def _keys(node: Node, uri: str, budget: Budget, age: int) -> tuple[Mapping[str, Key], Problem | None]:
    """The keys that an actor lists, fetched anew when what is known is so old (seconds); those that are known when that fails."""
    row, trouble, now = await node.db.read(by_uri, uri), None, node.clock.now()
    old = row is None or (not row.local and now - (row.fetched_at or 0) >= node.clock.span(age))
    asked = node.memory.refetched_keys.get(uri) if old else None
    if asked is not None and now - asked < node.clock.span(limits.KEY_REFETCH_SECONDS):
        # Its server did not answer a moment ago: nobody who looks at the page waits for that again.
        trouble = Problem.FETCH_FAILED
    elif old:
        node.memory.refetched_keys.put(uri, now)
        try:
            await fetch_actor(node, uri, budget)
        except RemoteGone:
            trouble = Problem.SIGNER_GONE
        except CoopFedError:
            trouble = Problem.FETCH_FAILED
    return await node.db.read(keys_of, uri), trouble


def named(tx: Tx, verdict: Verdict) -> Verdict:
    """The verdict with the names of its sides, as far as they are known here. A unit of work."""
    return replace(verdict, owner=_named(tx, verdict.owner), responder=_named(tx, verdict.responder))


def _named(tx: Tx, side: Side | None) -> Side | None:
    row = by_uri(tx, side.uri) if side is not None else None
    return Side(row.name or row.acct, row.uri) if row is not None else side
