"""What of an attested membership may be believed, who may do what with it when, and which would go round in a circle. Pure.

A membership is confirmed only when both documents were had from their own hosts, both proofs hold by keys of their authors, they say
the same of the same two and name each other, none has ended, and the umbrella's `members`, which names it back, lists the member.
Source: domain research 9.1; API contract 8.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from actors.attested import Key, flaw_of
from coopfed import limits
from coopfed.codes import tables
from coopfed.errors import Fault, InvalidFields
from coopfed.vocab.memberships import Attestation
from coopfed.vocab.origin import same_authority

DEFAULT_KIND = "member"


class Side(StrEnum):
    """Which of the two."""

    MEMBER = "member"
    UMBRELLA = "umbrella"

    @property
    def other(self) -> "Side":
        """The one opposite."""
        return Side.UMBRELLA if self is Side.MEMBER else Side.MEMBER


class Status(StrEnum):
    """How far the two are with each other, as this node knows."""

    INVITED = "invited"
    REQUESTED = "requested"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    ENDED = "ended"


LIVE = (Status.INVITED, Status.REQUESTED, Status.ACTIVE, Status.SUSPENDED)
"""Of one pair there is one that lives."""
PENDING = (Status.INVITED, Status.REQUESTED)


class State(StrEnum):
    """What a third node may believe."""

    CONFIRMED = "confirmed"
    CLAIMED = "claimed"
    DECLARED = "declared"
    ENDED = "ended"
    ENDED_BY_ONE_SIDE = "ended_by_one_side"


class Problem(StrEnum):
    """Why it is not confirmed."""

    FETCH_FAILED = "fetch_failed"
    PROOF_MISSING = "proof_missing"
    PROOF_INVALID = "proof_invalid"
    WRONG_KEY = "wrong_key"
    SUBJECT_MISMATCH = "subject_mismatch"
    OBJECT_MISMATCH = "object_mismatch"
    KIND_MISMATCH = "kind_mismatch"
    COUNTERPART_MISMATCH = "counterpart_mismatch"
    NOT_LISTED = "not_listed"
    COLLECTION_MISMATCH = "collection_mismatch"
    ENDED = "ended"
    WRONG_ORIGIN = "wrong_origin"


def proved(document: dict[str, Any], said: Attestation, keys: Mapping[str, Key]) -> Problem | None:
    """Why a document, as parsed from the wire, is not its author's word; None when it is. `keys` are those of the author, by their ids.
    Source: FEP-8b32 *Verification*; see `actors.attested.flaw_of`."""
    if not same_authority(said.id, said.author):
        return Problem.WRONG_ORIGIN
    flaw = flaw_of(document, said.updated, keys)
    return None if flaw is None else Problem(flaw.value)


@dataclass(frozen=True, slots=True)
class Heard:
    """What one side says: its document when it is its own word, else why there is none. Both None: it says nothing."""

    said: Attestation | None = None
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """What the umbrella's `members` says: whether it `lists` the member, and whether it names the umbrella back; `problem` when it
    could not be read."""

    lists: bool = False
    names_back: bool = False
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What may be believed; `state` is None when neither side says anything."""

    state: State | None
    claimed_by: Side | None = None
    problems: tuple[Problem, ...] = ()


def verdict(member: str, umbrella: str, heard: Mapping[Side, Heard], listing: Listing, now: datetime) -> Verdict:
    """What a third node may believe of a membership of these two (ids), by what both say. Source: domain research 9.1."""
    found: list[Problem] = []
    words: dict[Side, Attestation] = {}
    for side, author in ((Side.MEMBER, member), (Side.UMBRELLA, umbrella)):
        said, wrong = _own_word(heard[side], author, member, umbrella)
        found += wrong
        if said is not None:
            words[side] = said
    over = {side for side, said in words.items() if said.is_over(now)}
    if over:
        found.append(Problem.ENDED)
    if len(words) == 2:
        found += _disagreements(words[Side.MEMBER], words[Side.UMBRELLA])
    elif words:
        found += [] if any(one.problem for one in heard.values()) else [Problem.COUNTERPART_MISMATCH]
    if words:
        found += _listing_problems(listing)
    problems = tuple(dict.fromkeys(found))
    if not words:
        return Verdict(None, None, problems)
    if over:
        return Verdict(State.ENDED if len(over) == len(words) else State.ENDED_BY_ONE_SIDE, None, problems)
    if not problems and len(words) == 2:
        return Verdict(State.CONFIRMED)
    return Verdict(State.CLAIMED, Side.MEMBER if Side.MEMBER in words else Side.UMBRELLA, problems)


def _own_word(heard: Heard, author: str, member: str, umbrella: str) -> tuple[Attestation | None, list[Problem]]:
    """What counts of it: only what its own author says, of these two."""
    if heard.said is None or heard.problem is not None:
        return None, [heard.problem] if heard.problem else []
    wrong = []
    if heard.said.author != author:
        wrong.append(Problem.WRONG_KEY)
    if heard.said.member != member:
        wrong.append(Problem.SUBJECT_MISMATCH)
    if heard.said.umbrella != umbrella:
        wrong.append(Problem.OBJECT_MISMATCH)
    return (None, wrong) if wrong else (heard.said, [])


def _disagreements(member: Attestation, umbrella: Attestation) -> Iterable[Problem]:
    if member.kind != umbrella.kind:
        yield Problem.KIND_MISMATCH
    if (member.counterpart, umbrella.counterpart) != (umbrella.id, member.id):
        yield Problem.COUNTERPART_MISMATCH


def _listing_problems(listing: Listing) -> Iterable[Problem]:
    if listing.problem is not None:
        yield listing.problem
        return
    if not listing.names_back:
        yield Problem.COLLECTION_MISMATCH
    if not listing.lists:
        yield Problem.NOT_LISTED


# --- levels -----------------------------------------------------------------------------------------------------


def above(start: int, umbrellas_of: Callable[[Collection[int]], Iterable[int]]) -> list[int]:
    """All umbrellas (actors' numbers) of which `start` is a member, directly or through others, the nearest first; each once, whatever
    circles others have made. `umbrellas_of` gives those right above some. At most `limits.MEMBERSHIP_LEVELS` levels.

    Computed, never signed. Source: domain research 9.1.
    """
    found: dict[int, None] = {}
    level: Collection[int] = (start,)
    for _ in range(limits.MEMBERSHIP_LEVELS):
        level = [one for one in dict.fromkeys(umbrellas_of(level)) if one not in found and one != start]
        if not level:
            break
        found |= dict.fromkeys(level)
    return list(found)


# --- what is asked for ------------------------------------------------------------------------------------------


def kind(given: object) -> str:
    """The kind of membership that a client asks for. InvalidFields for a code that is in no table. Source: API contract 2, 8."""
    if given in (None, ""):
        return DEFAULT_KIND
    if not tables.known("membership_kind", str(given)):
        raise InvalidFields({"kind": [Fault.UNKNOWN_CODE]})
    return str(given)


def day(name: str, given: object, today: date, *, since: date | None = None) -> date:
    """A day that is past, today when none is given. InvalidFields for what is none, is to come, or lies before `since`."""
    if given in (None, ""):
        return today
    try:
        found = date.fromisoformat(str(given))
    except ValueError as error:
        raise InvalidFields({name: [Fault.INVALID]}) from error
    if found > today or found.year < limits.MEMBERSHIP_YEAR or (since is not None and found < since):
        raise InvalidFields({name: [Fault.INVALID]})
    return found


def allowed(status: Status, own: Collection[Side], *, declared: bool = False) -> tuple[str, ...]:
    """The verbs that the sides of which one speaks have now. Source: API contract 8."""
    if declared:
        return ("end",) if Side.MEMBER in own and status is Status.ACTIVE else ()
    verbs: list[str] = []
    asked = {Status.INVITED: Side.MEMBER, Status.REQUESTED: Side.UMBRELLA}.get(status)
    if asked in own:
        verbs += ["accept", "reject"]
    elif asked is not None and own:
        verbs.append("end")
    if status is Status.ACTIVE and own:
        verbs += ["end", *(["suspend"] if Side.UMBRELLA in own else []), "renew"]
    if status is Status.SUSPENDED and own:
        verbs += ["end", *(["resume"] if Side.UMBRELLA in own else [])]
    return tuple(verbs)
