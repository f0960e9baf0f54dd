"""When to send again, when to give up, how long a host is left alone: the table, row by row, and its bounds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outbox.retry import (
    CIRCUIT_FAILURES,
    CIRCUIT_FIRST,
    CIRCUIT_MAX,
    DAY,
    FINAL,
    HOUR,
    JITTER,
    MINUTE,
    SCHEDULE,
    Answer,
    Verdict,
    circuit,
    decide,
)

statuses = st.one_of(st.none(), st.integers(100, 599))
answers = st.builds(
    Answer,
    status=statuses,
    error=st.sampled_from([None, "timeout", "address_refused"]),
    retry_after=st.one_of(st.none(), st.floats(0, 1e9)),
)
chances = st.floats(0, 1)


@given(st.integers(200, 299), st.integers(1, 100), chances)
def test_every_2xx_is_the_end(status: int, tries: int, chance: float) -> None:
    """ActivityPub 7: delivered."""
    assert decide(tries, Answer(status), chance).verdict is Verdict.DONE


@pytest.mark.parametrize("status", sorted({400, 405, 410, 413, 415, 501}))
def test_what_the_peer_does_not_want_is_not_sent_again(status: int) -> None:
    """s2s 2.18, *Final*."""
    assert status in FINAL
    assert decide(1, Answer(status), 0.5).verdict is Verdict.GIVEN_UP


def test_address_that_may_not_be_dialled_is_final() -> None:
    """security 1.3: the rule will be the same next time."""
    refused = Answer(None, "address_range", final=True)

    assert decide(1, refused, 0.5).verdict is Verdict.GIVEN_UP
    assert not refused.host_failed


def test_a_fault_of_ours_does_not_speak_against_the_host() -> None:
    """A key that cannot be opened must not put a healthy host into the slow lane."""
    ours = Answer(None, "config", ours=True)

    assert decide(1, ours, 0.5).verdict is Verdict.AGAIN
    assert not ours.host_failed


@pytest.mark.parametrize("status", [401, 403])
def test_trouble_with_our_key_gets_three_tries(status: int) -> None:
    """design 9, *Retries*: 401 and 403."""
    verdicts = [decide(tries, Answer(status), 0.5).verdict for tries in (1, 2, 3)]

    assert verdicts == [Verdict.AGAIN, Verdict.AGAIN, Verdict.GIVEN_UP]


def test_not_found_gets_three_tries_on_three_days() -> None:
    """design 9, *Retries*: 404: a proxy in front of a peer in trouble answers so."""
    decisions = [decide(tries, Answer(404), chance) for tries in (1, 2, 3) for chance in (0.0, 0.5, 1.0)]

    assert [decision.verdict for decision in decisions[:6]] == [Verdict.AGAIN] * 6
    assert [decision.wait for decision in decisions[:3]] == pytest.approx([0.8 * DAY, DAY, 1.2 * DAY])
    assert {decision.verdict for decision in decisions[6:]} == {Verdict.GIVEN_UP}


def test_schedule_is_seven_days_long() -> None:
    """s2s 2.18: 0, 1 m, 5 m, 15 m, 1 h, 2 h, 4 h, 8 h, then every 12 h up to 7 days."""
    assert SCHEDULE[:7] == (MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR)
    assert set(SCHEDULE[7:]) == {12 * HOUR}
    assert 7 * DAY <= sum(SCHEDULE) < 7.5 * DAY


@given(st.one_of(st.none(), st.sampled_from([408, 425, 429, 500, 502, 503, 504, 302])), chances)
def test_temporary_trouble_is_tried_through_the_whole_schedule(status: int | None, chance: float) -> None:
    """s2s 2.18: 429, 5xx, network, TLS, DNS: retry; then given up."""
    for tries, wait in enumerate(SCHEDULE, start=1):
        decision = decide(tries, Answer(status), chance)

        assert decision.verdict is Verdict.AGAIN
        assert (1 - JITTER) * wait <= decision.wait <= (1 + JITTER) * wait + 1e-6
    assert decide(len(SCHEDULE) + 1, Answer(status), chance).verdict is Verdict.GIVEN_UP


@given(st.integers(1, 50), answers, chances)
def test_no_wait_is_negative_or_longer_than_a_day_and_jitter(tries: int, answer: Answer, chance: float) -> None:
    """s2s 2.18: Retry-After is honoured up to 24 h: a peer cannot make us wait for ever, nor at once."""
    decision = decide(tries, answer, chance)

    if decision.verdict is Verdict.AGAIN:
        assert (1 - JITTER) * MINUTE <= decision.wait <= (1 + JITTER) * DAY + 1e-6


@given(st.floats(0, 1e7), chances)
def test_retry_after_wins_when_it_is_longer(seconds: float, chance: float) -> None:
    """RFC 9110 10.2.3."""
    decision = decide(1, Answer(503, retry_after=seconds), chance)

    assert decision.wait >= min(seconds, DAY)


@given(st.integers(1, 60), answers, chances)
def test_everything_ends(tries: int, answer: Answer, chance: float) -> None:
    """Nothing is tried for ever."""
    if tries > len(SCHEDULE):
        assert decide(tries, answer, chance).verdict is not Verdict.AGAIN


def test_development_nodes_try_again_after_two_seconds() -> None:
    """design 5: DEVELOPMENT: only the first wait is shorter."""
    assert decide(1, Answer(503), 0.5, first_wait=2.0).wait == 2.0
    assert decide(2, Answer(503), 0.5, first_wait=2.0).wait == 5 * MINUTE


def test_circuit_opens_at_the_fifth_failure_and_doubles_to_twelve_hours() -> None:
    """s2s 2.18: half-open probe after 30 min, growing to 12 h."""
    assert [circuit(failures) for failures in range(CIRCUIT_FAILURES)] == [0.0] * CIRCUIT_FAILURES
    assert [circuit(failures) for failures in (5, 6, 7)] == [CIRCUIT_FIRST, 2 * CIRCUIT_FIRST, 4 * CIRCUIT_FIRST]
    assert circuit(10) == CIRCUIT_MAX


@given(st.integers(0, 10**9))
def test_circuit_is_never_longer_than_half_a_day(failures: int) -> None:
    """A host that failed for a year is asked twice a day."""
    assert 0.0 <= circuit(failures) <= CIRCUIT_MAX


@pytest.mark.parametrize(
    ("status", "failed"), [(None, True), (429, True), (500, True), (404, False), (401, False), (202, False)]
)
def test_only_what_the_host_cannot_do_speaks_against_the_host(status: int | None, failed: bool) -> None:
    """A peer that refuses one message is no peer that is down."""
    assert Answer(status).host_failed is failed
