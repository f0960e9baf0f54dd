"""How far a reader of events is, whatever the order in which they appear."""

from hypothesis import given
from hypothesis import strategies as st

from coopfed import limits
from coopfed.features.streams.cursor import Cursor


def test_each_number_is_taken_once_in_whatever_order_it_appears() -> None:
    """A transaction with a smaller number may be committed later: it is read again until it is there."""
    cursor = Cursor(5)

    assert cursor.take([8], 0.0) == {8}
    assert (cursor.since, cursor.waits) == (5, True)
    assert cursor.take([6, 8], 1.0) == {6}
    assert cursor.take([7, 8], 2.0) == {7}
    assert (cursor.since, cursor.waits) == (8, False)


def test_number_that_never_comes_is_given_up() -> None:
    """Its transaction was rolled back; what is read again does not grow for ever."""
    cursor = Cursor(0)
    cursor.take([2], 0.0)

    assert cursor.take([2], limits.STREAM_GAP_SECONDS - 1) == set()
    assert cursor.waits
    assert cursor.take([2], limits.STREAM_GAP_SECONDS) == set()
    assert (cursor.since, cursor.waits) == (2, False)


def test_what_is_waited_for_is_bounded() -> None:
    """limits.STREAM_GAPS: after a jump only the last numbers may still come."""
    cursor = Cursor(0)
    cursor.take([1_000_000], 0.0)

    assert cursor.since == 1_000_000 - limits.STREAM_GAPS - 1


@given(st.permutations(range(1, 30)), st.integers(1, 7))
def test_nothing_is_lost_and_nothing_told_twice(order: list[int], step: int) -> None:
    """Whatever the order of the commits, and however they are read."""
    cursor, told = Cursor(0), list[int]()
    for seen in range(0, len(order) + step, step):
        told += sorted(cursor.take([number for number in order[:seen] if number > cursor.since], 1.0))

    assert sorted(told) == list(range(1, 30))
