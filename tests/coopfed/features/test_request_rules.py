"""The life of requests and answers, state by state; and that the page of the docs shows this very table."""

from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coopfed.features.requests import rules
from coopfed.features.requests.rules import (
    Agreement,
    Deed,
    Ending,
    Party,
    Reason,
    Response,
    Status,
    Step,
    Verb,
    Wanted,
)

ROOT = Path(__file__).resolve().parents[3]
NOW = 1_795_507_200_000
STATUSES, VERBS = st.sampled_from(Status), st.sampled_from(Verb)
AMOUNTS = st.decimals("0.000001", "999999", places=6)
MAYBE = st.none() | AMOUNTS
WANTED = st.builds(Wanted, value=MAYBE, available=MAYBE, minimum=MAYBE, all_or_nothing=st.booleans())


def states() -> str:
    """What may become of a request, as docs/requests.md prints it."""
    lines = ["| state | what may become of it |", "|---|---|"]
    for status in Status:
        ways = [(verb, rules.after(status, verb)) for verb in rules.verbs(status)]
        told = ", ".join(f"{verb} → {to if to is not None else 'gone'}" for verb, to in ways)
        lines.append(f"| `{status}` | {told or 'nothing'} |")
    lines += ["", "| state of an answer | what may become of it |", "|---|---|"]
    for one in Response:
        steps = [f"{step} → {rules.RESPONSE[one, step]}" for step in Step if (one, step) in rules.RESPONSE]
        lines.append(f"| `{one}` | {', '.join(steps) or 'nothing'} |")
    lines += ["", "| state of an agreement | what may become of it |", "|---|---|"]
    for stand in Agreement:
        deeds = [f"{deed} → {rules.AGREEMENT[stand, deed]}" for deed in Deed if (stand, deed) in rules.AGREEMENT]
        lines.append(f"| `{stand}` | {', '.join(deeds) or 'nothing'} |")
    return "\n".join(lines)


def test_the_docs_print_the_table_of_the_code() -> None:
    """Style, *Docs and records*: docs are tested."""
    assert states() in (ROOT / "docs" / "requests.md").read_text(encoding="utf-8")


# --- states -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "next_ones"),
    [
        (Status.DRAFT, {Status.OPEN, None}),
        (Status.OPEN, {Status.OPEN, Status.IN_NEGOTIATION, Status.AGREED, Status.WITHDRAWN}),
        (Status.IN_NEGOTIATION, {Status.IN_NEGOTIATION, Status.OPEN, Status.AGREED, Status.WITHDRAWN}),
        (Status.AGREED, {Status.OPEN, Status.COMPLETED}),
        (Status.COMPLETED, {None}),
        (Status.WITHDRAWN, {None}),
        (Status.EXPIRED, {Status.OPEN, None}),
    ],
)
def test_from_each_state_only_there(status: Status, next_ones: set[Status | None]) -> None:
    """domain.md 8.1, the table; api.md 4.3, from → to."""
    assert {rules.after(status, verb) for verb in rules.verbs(status)} == next_ones


@given(STATUSES, VERBS)
def test_nothing_comes_back_from_the_end(status: Status, verb: Verb) -> None:
    """domain.md 8.1: of what is withdrawn or completed only its deletion is left; only what is not published yet is published."""
    if status in (Status.WITHDRAWN, Status.COMPLETED):
        assert rules.can(status, verb) is (verb is Verb.DELETE)
    if rules.can(status, verb):
        assert rules.after(status, verb) is not Status.DRAFT
        assert rules.after(status, verb) is not Status.EXPIRED, "that is the clock's word"


@given(STATUSES, st.none() | st.integers(0, 2 * NOW), st.integers(0, 2 * NOW), st.integers(0, NOW))
def test_the_end_is_the_clocks_and_stays(status: Status, end: int | None, now: int, later: int) -> None:
    """domain.md 8.1: an open request past its end is expired on every node, without a message; nothing agreed expires."""
    shown = rules.status_at(status, end, now)

    assert (shown is Status.EXPIRED) == (
        status is Status.EXPIRED or (status in rules.ANSWERABLE and end is not None and end <= now)
    )
    if shown is Status.EXPIRED and end is not None:
        assert rules.status_at(status, end, now + later) is Status.EXPIRED


def test_a_verb_whose_state_is_reached_changes_nothing() -> None:
    """api.md 1: it answers with the resource and sends nothing; to extend means another end each time."""
    assert rules.reached(Status.WITHDRAWN, Verb.WITHDRAW)
    assert rules.reached(Status.OPEN, Verb.PUBLISH)
    assert not rules.reached(Status.OPEN, Verb.WITHDRAW)
    assert not rules.reached(Status.OPEN, Verb.EXTEND)


@given(st.sampled_from(Response), st.sampled_from(Step))
def test_an_answer_is_decided_once(response: Response, step: Step) -> None:
    """domain.md 8.1: received, shortlisted, then one of four ends."""
    if response in rules.PENDING:
        assert (response, step) in rules.RESPONSE or step in (Step.SHORTLIST, Step.UNSHORTLIST)
    else:
        assert (response, step) not in rules.RESPONSE


# --- rules a and b ----------------------------------------------------------------------------------------------


@given(STATUSES, WANTED, MAYBE, MAYBE)
def test_only_what_is_open_takes_answers(status: Status, wanted: Wanted, asked: Decimal | None, left: None) -> None:
    """Rule a, with the reason code."""
    found = rules.refused(status, wanted, asked, left)

    if status is Status.EXPIRED:
        assert found is Reason.EXPIRED
    elif status not in (Status.OPEN, Status.IN_NEGOTIATION):
        assert found is Reason.CLOSED
    else:
        assert found not in (Reason.EXPIRED, Reason.CLOSED)


@given(WANTED, st.lists(MAYBE, max_size=8))
def test_never_more_is_agreed_on_than_there_is(wanted: Wanted, asked: list[Decimal | None]) -> None:
    """Rule b: whoever comes in whatever order, what was accepted never exceeds what is available, and suits what was asked for."""
    taken: list[Decimal] = []
    for one in asked:
        left = rules.remaining(wanted, taken)
        if rules.refused(Status.OPEN, wanted, one, left) is None:
            amount = rules.meant_by(wanted, one, left)
            if amount is not None:
                assert wanted.minimum is None or amount >= wanted.minimum
                assert not wanted.all_or_nothing or wanted.value is None or amount == wanted.value
                taken.append(amount)

    assert wanted.total is None or sum(taken, Decimal(0)) <= wanted.total


def test_amounts_and_what_they_leave() -> None:
    """api.md 4.1, 5: an Offer without an amount takes all that remains; below `minimum` and another amount than the whole are not
    eligible; more than remains is exhausted."""
    two, ten = Decimal(2), Decimal(10)
    wanted = Wanted(available=ten, minimum=two)

    assert rules.remaining(wanted, [two, two]) == 6
    assert rules.remaining(Wanted(), [two]) is None
    assert rules.meant_by(wanted, None, Decimal(6)) == 6
    assert rules.refused(Status.OPEN, wanted, Decimal(1), ten) is Reason.NOT_ELIGIBLE
    assert rules.refused(Status.OPEN, wanted, ten, Decimal(6)) is Reason.QUANTITY_EXHAUSTED
    assert rules.refused(Status.OPEN, wanted, None, Decimal(0)) is Reason.QUANTITY_EXHAUSTED
    assert rules.refused(Status.OPEN, Wanted(value=ten, all_or_nothing=True), two, ten) is Reason.NOT_ELIGIBLE
    assert rules.refused(Status.OPEN, Wanted(value=ten, all_or_nothing=True), None, ten) is None
    assert (rules.settles(Decimal(0)), rules.settles(two), rules.settles(None)) == (True, False, False)


@pytest.mark.parametrize(
    "written", ["0", "-1", "1e3", "1.1234567", "1,5", "", " 1", "NaN", "٣", True, None, 1.5, "1" * 13]
)
def test_what_is_no_amount(written: object) -> None:
    """api.md 1: decimal strings above zero, without exponent, with at most six decimals."""
    assert rules.quantity(written) is None


@given(AMOUNTS)
def test_an_amount_is_written_as_it_is_read(amount: Decimal) -> None:
    """api.md 1: `2`, `0.5`."""
    assert rules.quantity(rules.plain(amount)) == amount
    assert rules.plain(Decimal("2.500")) == "2.5"
    assert rules.plain(Decimal("1E+3")) == "1000"


# --- rules c and d ----------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(0, 3), st.text("ab", max_size=2)), min_size=1, unique=True), st.randoms())
def test_whichever_comes_first_the_same_answer_lives(offers: list[tuple[int, str]], random: object) -> None:
    """Rule c; api.md 5, any order: of two Offers of one responder the one with the later `published` lives."""

    def lives(order: list[tuple[int, str]]) -> tuple[int, str]:
        kept = order[0]
        for one in order[1:]:
            kept = one if rules.supersedes(one, kept) else kept
        return kept

    shuffled = list(offers)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert lives(offers) == lives(shuffled) == max(offers)


def test_terms_that_changed_since_are_seen() -> None:
    """Rule d: by the version that the answer names; one that names none counts from when it was written."""
    assert not rules.terms_changed(None, None, NOW)
    assert rules.terms_changed(NOW, NOW - 1, NOW + 5)
    assert not rules.terms_changed(NOW, NOW, NOW - 5)
    assert rules.terms_changed(NOW, None, NOW - 1)


# --- agreements -------------------------------------------------------------------------------------------------

SAID = st.tuples(st.sampled_from(Party), st.sampled_from(Ending))


@given(st.lists(SAID, unique=True), st.randoms())
def test_receipts_lead_to_the_same_in_whatever_order_they_are_heard(
    said: list[tuple[Party, Ending]], chance: Random
) -> None:
    """api.md 6; domain.md 8.5: completed when both say so, closed when one says otherwise; one by one as all at once."""
    at_once = rules.standing(Agreement.ACTIVE, said)
    order, stands = chance.sample(said, len(said)), Agreement.ACTIVE
    for count in range(len(order) + 1):
        stands = rules.standing(stands, order[:count])

    assert stands is at_once
    assert (at_once is Agreement.FULFILLED) == ({(party, Ending.FULFILLED) for party in Party} <= set(said))
    assert rules.standing(Agreement.PROPOSED, said) is Agreement.PROPOSED, (
        "a receipt before anybody agreed says nothing"
    )


@pytest.mark.parametrize(
    ("status", "agreements", "left", "completes"),
    [
        (Status.AGREED, [Agreement.FULFILLED], "0", True),
        (Status.AGREED, [Agreement.FULFILLED], "1", True),
        (Status.AGREED, [Agreement.FULFILLED, Agreement.ACTIVE], "0", False),
        (Status.AGREED, [Agreement.FULFILLED, Agreement.PROPOSED], "0", False),
        (Status.AGREED, [Agreement.FULFILLED, Agreement.CLOSED_UNFULFILLED], "1", False),
        (Status.AGREED, [Agreement.FULFILLED, Agreement.CLOSED_UNFULFILLED], "0", True),
        (Status.AGREED, [Agreement.CLOSED_UNFULFILLED], "1", False),
        (Status.AGREED, [], "1", False),
        (Status.OPEN, [Agreement.FULFILLED], "1", False),
    ],
)
def test_a_request_is_completed_when_all_that_was_agreed_is_done(
    status: Status, agreements: list[Agreement], left: str, completes: bool
) -> None:
    """api.md 6: as long as something fell through and is to be had again, the owner decides."""
    assert rules.completes(status, agreements, Decimal(left)) is completes
