"""Moments are milliseconds; waiting times follow TIME_SCALE and are never nothing."""

import time

from hypothesis import given
from hypothesis import strategies as st

from coopfed.clock import Clock


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
