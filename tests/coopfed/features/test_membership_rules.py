"""What may be believed of an attested membership. The vectors are signed; each forgery changes one thing. Source: domain research 9.1."""

import copy
import json
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from actors.attested import Key
from coopfed.errors import BadMessage, InvalidFields
from coopfed.features.memberships import rules
from coopfed.features.memberships.rules import Heard, Listing, Problem, Side, State, Status, Verdict
from coopfed.signing import proofs
from coopfed.signing.keys import generate_ed25519, load_multikey
from coopfed.vocab import memberships
from coopfed.vocab.memberships import Attestation, read_attestation
from coopfed.vocab.normalise import normalise

_DATA = Path(__file__).parent.parent / "signing" / "data" / "vectors.json"
VECTORS = json.loads(_DATA.read_text(encoding="utf-8"))
MEMBER, UMBRELLA = "https://lampara.example/coops/lampara", "https://kopruponte.example/coops/kopru"
NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
LISTED = Listing(lists=True, names_back=True)


def document(name: str) -> dict[str, Any]:
    """A vector as it comes from the wire."""
    found: dict[str, Any] = copy.deepcopy(VECTORS[name]["document"])
    return found


def read(found: dict[str, Any]) -> Attestation:
    """What a document from the wire says."""
    return read_attestation(normalise(found))


def keys_of(owner: str, until: datetime | None = None) -> dict[str, Key]:
    """The keys that the owner lists."""
    return {
        f"{owner}#ed25519-key": Key(load_multikey(key["publicKeyMultibase"]), until)  # type: ignore[arg-type]
        for key in VECTORS["keys"].values()
        if key["controller"] == owner
    }


def said(side: Side) -> Attestation:
    """What the vectors say of either side."""
    return read(document(f"{side.value}_attestation"))


def judged(member: Heard | None = None, umbrella: Heard | None = None, listing: Listing = LISTED) -> Verdict:
    """The verdict on the membership of the vectors, with one side or the listing as given."""
    heard = {
        Side.MEMBER: member or Heard(said(Side.MEMBER)),
        Side.UMBRELLA: umbrella or Heard(said(Side.UMBRELLA)),
    }
    return rules.verdict(MEMBER, UMBRELLA, heard, listing, NOW)


@pytest.mark.parametrize(("side", "owner"), [(Side.MEMBER, MEMBER), (Side.UMBRELLA, UMBRELLA)])
def test_the_vectors_are_their_authors_words(side: Side, owner: str) -> None:
    """domain 9.1, FEP-8b32: both attestations hold; written by us they are the same, member by member."""
    found = document(f"{side.value}_attestation")

    assert rules.proved(found, read(found), keys_of(owner)) is None
    ours = memberships.attestation(read(found))
    assert {name: value for name, value in ours.items() if not name.endswith(("Time", "updated"))} == {
        name: value for name, value in found.items() if name != "proof" and not name.endswith(("Time", "updated"))
    }
    assert ours["startTime"] == "2026-09-01T00:00:00.000Z"


def test_what_agrees_is_confirmed() -> None:
    """domain 9.1."""
    assert judged() == Verdict(State.CONFIRMED)


def test_what_is_not_its_authors_word_says_why() -> None:
    """FEP-8b32: a changed member, no proof, another's key, another host, a key that was retired before."""
    good = document("umbrella_attestation")
    keys = keys_of(UMBRELLA)

    def why(found: dict[str, Any], known: dict[str, Key] = keys) -> Problem | None:
        return rules.proved(found, read(found), known)

    assert why(document("tampered_attestation")) is Problem.PROOF_INVALID
    assert why({**good, "counterpart": f"{MEMBER}/2"}) is Problem.PROOF_INVALID
    assert why({**good, "proof": {**good["proof"], "proofValue": "z111"}}) is Problem.PROOF_INVALID
    assert why({name: value for name, value in good.items() if name != "proof"}) is Problem.PROOF_MISSING
    assert why(good, keys_of(MEMBER)) is Problem.WRONG_KEY
    assert why(good, dict.fromkeys(keys, Key(generate_ed25519().public_key()))) is Problem.PROOF_INVALID
    assert why({**good, "id": "https://elsewhere.example/1"}) is Problem.WRONG_ORIGIN
    # Signed on 3 September: with a key that was in use until the day after, not with one that had ended.
    assert why(good, keys_of(UMBRELLA, datetime(2026, 9, 4, tzinfo=UTC))) is None
    assert why(good, keys_of(UMBRELLA, datetime(2026, 9, 2, tzinfo=UTC))) is Problem.WRONG_KEY


def test_a_retired_key_signs_nothing_new_with_an_old_date() -> None:
    """FEP-521a `expires`: neither the date of the proof nor that of the document may be later, and one must be there."""
    key, name = generate_ed25519(), f"{UMBRELLA}#ed25519-key"
    until = datetime(2026, 9, 10, tzinfo=UTC)
    plain = {name: value for name, value in document("umbrella_attestation").items() if name != "proof"}

    def why(created: datetime, updated: str) -> Problem | None:
        found = proofs.attach({**plain, "updated": updated}, key, name, created)
        return rules.proved(found, read(found), {name: Key(key.public_key(), until)})

    assert why(until - timedelta(days=1), "2026-09-03T08:00:00Z") is None
    assert why(until + timedelta(days=1), "2026-09-03T08:00:00Z") is Problem.WRONG_KEY
    assert why(until - timedelta(days=1), "2026-10-03T08:00:00Z") is Problem.WRONG_KEY


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize(
    ("change", "state", "problem"),
    [
        ({"kind": "observer"}, State.CLAIMED, Problem.KIND_MISMATCH),
        ({"counterpart": None}, State.CLAIMED, Problem.COUNTERPART_MISMATCH),
        ({"counterpart": "https://third.example/1"}, State.CLAIMED, Problem.COUNTERPART_MISMATCH),
        ({"ended": NOW - timedelta(days=1)}, State.ENDED_BY_ONE_SIDE, Problem.ENDED),
        ({"member": UMBRELLA, "umbrella": MEMBER}, State.CLAIMED, Problem.SUBJECT_MISMATCH),
        ({"umbrella": "https://third.example/u"}, State.CLAIMED, Problem.OBJECT_MISMATCH),
        ({"author": "https://third.example/u"}, State.CLAIMED, Problem.WRONG_KEY),
    ],
)
def test_one_side_that_says_something_else_confirms_nothing(
    side: Side, change: dict[str, Any], state: State, problem: Problem
) -> None:
    """domain 9.1: subject, object, kind and counterpart agree, and neither has ended."""
    heard = Heard(replace(said(side), **change))

    found = judged(**{side.value: heard})  # type: ignore[arg-type]

    assert found.state is state
    assert problem in found.problems


def test_who_claims_what_alone() -> None:
    """domain 9.1: one side only is a claim of that side; nobody's word is none; both ended is an end."""
    nothing, failed = Heard(), Heard(problem=Problem.FETCH_FAILED)

    assert judged(umbrella=failed) == Verdict(State.CLAIMED, Side.MEMBER, (Problem.FETCH_FAILED,))
    assert judged(umbrella=nothing) == Verdict(State.CLAIMED, Side.MEMBER, (Problem.COUNTERPART_MISMATCH,))
    assert judged(member=nothing) == Verdict(State.CLAIMED, Side.UMBRELLA, (Problem.COUNTERPART_MISMATCH,))
    assert judged(member=nothing, umbrella=failed).state is None
    over = {side: Heard(replace(said(side), ended=NOW)) for side in Side}
    assert judged(over[Side.MEMBER], over[Side.UMBRELLA]).state is State.ENDED
    to_come = Heard(replace(said(Side.MEMBER), ended=NOW + timedelta(days=1)))
    assert judged(member=to_come) == Verdict(State.CONFIRMED)


@pytest.mark.parametrize(
    ("listing", "problem"),
    [
        (Listing(lists=False, names_back=True), Problem.NOT_LISTED),
        (Listing(lists=True, names_back=False), Problem.COLLECTION_MISMATCH),
        (Listing(problem=Problem.FETCH_FAILED), Problem.FETCH_FAILED),
    ],
)
def test_a_collection_that_does_not_list_or_does_not_name_back_confirms_nothing(
    listing: Listing, problem: Problem
) -> None:
    """domain 9.1, FEP-5711: `members` lists the member and names its umbrella by `membersOf`."""
    assert judged(listing=listing) == Verdict(State.CLAIMED, Side.MEMBER, (problem,))


@pytest.mark.parametrize(
    "change",
    [
        {"type": "Note"},
        {"relationship": "http://purl.org/vocab/relationship/friendOf"},
        {"object": [UMBRELLA, MEMBER]},
        {"attributedTo": [UMBRELLA, MEMBER]},
        {"subject": None},
        {"subject": "javascript:1"},
        {"counterpart": "no address"},
        {"membershipKind": None},
        {"startTime": "yesterday"},
        {"updated": None},
        {"id": None},
    ],
)
def test_what_is_no_membership_is_not_read(change: dict[str, Any]) -> None:
    """ActivityStreams, Relationship: every part that carries meaning must be there and be one."""
    found = {name: value for name, value in (document("member_attestation") | change).items() if value is not None}

    with pytest.raises(BadMessage):
        read(found)


def test_levels_are_computed_and_end_though_others_made_a_circle() -> None:
    """domain 9.1 *Levels*: cooperative, union, central union, apex; each once, the nearest first."""
    levels = {1: [2, 3], 2: [4], 3: [4], 4: [5], 5: [1, 2]}

    def umbrellas(below: Collection[int]) -> list[int]:
        return [one for number in below for one in levels.get(number, [])]

    assert rules.above(1, umbrellas) == [2, 3, 4, 5]
    assert rules.above(9, umbrellas) == []


def test_days_and_kinds_are_checked() -> None:
    """api.md 8: a membership begins and ends on a day that has come; a kind is one of the table."""
    today = date(2026, 11, 24)

    assert rules.day("started_on", None, today) == today
    assert rules.day("started_on", "2026-11-23", today) == date(2026, 11, 23)
    for wrong in ("2026-11-25", "soon", "0001-01-01"):
        with pytest.raises(InvalidFields):
            rules.day("started_on", wrong, today)
    with pytest.raises(InvalidFields):
        rules.day("ended_on", "2026-11-22", today, since=date(2026, 11, 23))
    assert (rules.kind(None), rules.kind("observer")) == ("member", "observer")
    with pytest.raises(InvalidFields):
        rules.kind("owner")


def test_who_may_do_what_when() -> None:
    """api.md 8: the asked side accepts or refuses, either side ends and signs again, only the umbrella suspends."""
    both = frozenset(Side)

    assert rules.allowed(Status.INVITED, {Side.MEMBER}) == ("accept", "reject")
    assert rules.allowed(Status.INVITED, {Side.UMBRELLA}) == ("end",)
    assert rules.allowed(Status.REQUESTED, {Side.UMBRELLA}) == ("accept", "reject")
    assert rules.allowed(Status.ACTIVE, {Side.MEMBER}) == ("end", "renew")
    assert rules.allowed(Status.ACTIVE, {Side.UMBRELLA}) == ("end", "suspend", "renew")
    assert rules.allowed(Status.SUSPENDED, {Side.UMBRELLA}) == ("end", "resume")
    assert rules.allowed(Status.SUSPENDED, {Side.MEMBER}) == ("end",)
    assert rules.allowed(Status.ENDED, both) == ()
    assert rules.allowed(Status.ACTIVE, {Side.MEMBER}, declared=True) == ("end",)
    assert all(rules.allowed(status, frozenset()) == () for status in Status)
