"""What counts as a vote. Issue 4, 3."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coopfed.features.polls.rules import counted, places


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        (["b"], [1]),
        (["b", "a", "b"], [1, 0]),
        (["B"], []),
        (["c", "a"], [0]),
        (["same"], [2]),
        ([], []),
    ],
)
def test_options_are_named_exactly(named: list[str], expected: list[int]) -> None:
    """s2s 2.9: by the name as it was written; of two alike the first is meant."""
    assert places(("a", "b", "same", "same"), named) == expected


@pytest.mark.parametrize(
    ("multiple", "chosen", "asked", "expected"),
    [
        (False, [], [1], [1]),
        (False, [], [1, 0], [1]),
        (False, [1], [0], []),
        (False, [1], [1], []),
        (True, [], [1, 0, 1], [1, 0]),
        (True, [1], [1, 0], [0]),
        (True, [0, 1], [1], []),
    ],
)
def test_first_choice_counts_and_each_once(
    multiple: bool, chosen: list[int], asked: list[int], expected: list[int]
) -> None:
    """Mastodon's rule; s2s 2.17."""
    assert counted(multiple, chosen, asked) == expected


@given(st.booleans(), st.lists(st.lists(st.integers(0, 4), max_size=4), max_size=6))
def test_nobody_has_more_votes_than_options(multiple: bool, tries: list[list[int]]) -> None:
    """However often and in whatever order they come, each option counts once, and one where one is to be chosen."""
    chosen: list[int] = []
    for asked in tries:
        chosen += counted(multiple, chosen, asked)

    assert len(chosen) == len(set(chosen))
    assert multiple or len(chosen) <= 1
