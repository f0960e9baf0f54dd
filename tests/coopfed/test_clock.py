"""Moments are milliseconds; waiting times follow TIME_SCALE and are never nothing."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coopfed.clock import HOUR_MS, Clock, read_moment


def test_now_is_in_milliseconds_of_utc() -> None:
    """Both engines store moments as integers."""
    before = time.time() * 1000

    now = Clock().now()

    assert before - 1 <= now <= time.time() * 1000


def test_waiting_times_are_divided_by_the_scale() -> None:
    """Design 5: TIME_SCALE divides every retry, probe, lease and circuit time."""
    assert Clock().span(60) == 60_000
    assert Clock(60.0).span(60) == 1_000


@given(seconds=st.floats(0, 10**7), scale=st.floats(1, 100_000))
def test_a_waiting_time_is_never_nothing(seconds: float, scale: float) -> None:
    """A wait of zero would make a loop of a retry."""
    assert Clock(scale).span(seconds) >= 1


def test_moments_are_read_with_their_offset() -> None:
    """RFC 3339 5.6; client_api 5 (ScheduledStatus): what says no offset is meant as UTC, to the ends of the calendar."""
    noon = read_moment("2026-12-24T12:00")

    assert read_moment("2026-12-24T12:00:00Z") == noon
    assert read_moment("2026-12-24T15:00+03:00") == noon
    assert read_moment("2026-12-24T15:00") == noon + 3 * HOUR_MS
    for edge in ("0001-01-01T00:00+14:00", "9999-12-31T23:59-14:00"):
        assert isinstance(read_moment(edge), int)
    for nonsense in ("", "soon", "2026-13-01", "24.12.2026"):
        with pytest.raises(ValueError, match=r"isoformat|month"):
            read_moment(nonsense)
