"""`coopfed mute …` and `coopfed block …`: whom an actor does not want to see, or have anything to do with."""

import pytest

from tests.coopfed.cli.conftest import Run
from tests.coopfed.cli.test_commands import made, said


@pytest.mark.parametrize("noun", ["mute", "block"])
def test_nobody_mutes_or_blocks_for_others_or_oneself(coopfed: Run, noun: str) -> None:
    """What is refused says why, and changes nothing."""
    made(coopfed, "lampara")

    unknown = coopfed(noun, "add", "lampara", "nobody", fails=True)
    oneself = coopfed(noun, "add", "lampara", "lampara", fails=True)

    assert "nobody" in str(unknown.exception)
    assert "itself" in str(oneself.exception)
    assert said(coopfed(noun, "list", "lampara", "--json")) == []


def test_mutes_are_made_listed_and_ended(coopfed: Run) -> None:
    """`mute add|list|remove`: with notifications or without, for a time or for good; a second one takes the place of the first."""
    bakery, mill = made(coopfed, "bakery"), made(coopfed, "mill")
    made(coopfed, "lampara")

    muted = said(coopfed("mute", "add", "lampara", "bakery", "--json"))
    coopfed("mute", "add", "lampara", "mill")
    timed = coopfed("mute", "add", "lampara", "mill", "--seconds", "3600", "--notify").stdout
    too_long = coopfed("mute", "add", "lampara", "mill", "--seconds", "99999999999", fails=True)
    listed = {row["uri"]: row for row in said(coopfed("mute", "list", "lampara", "--json"))}
    ended = coopfed("mute", "remove", "lampara", "bakery").stdout

    assert muted == {"muted": bakery["uri"], "notify": False, "until": None}
    assert "duration" in str(too_long.exception)
    assert (listed[bakery["uri"]]["notify"], listed[bakery["uri"]]["until"]) == (False, None)
    assert listed[mill["uri"]]["notify"] is True
    assert listed[mill["uri"]]["until"].endswith("+00:00")
    assert "until" in timed
    assert "sees @bakery@" in ended
    assert [row["uri"] for row in said(coopfed("mute", "list", "lampara", "--json"))] == [mill["uri"]]
    assert said(coopfed("mute", "list", "bakery", "--json")) == []


def test_blocks_are_made_listed_and_ended(coopfed: Run) -> None:
    """`block add|list|remove`: follows end at once and do not come back."""
    bakery = made(coopfed, "bakery")
    made(coopfed, "lampara")
    coopfed("follow", "bakery", "lampara")

    blocked = said(coopfed("block", "add", "lampara", "bakery", "--json"))
    followers = {row["handle"]: row["followers"] for row in said(coopfed("actor", "list", "--json"))}
    listed = said(coopfed("block", "list", "lampara", "--json"))
    shown = coopfed("block", "list", "lampara", "--limit", "1").stdout
    ended = said(coopfed("block", "remove", "lampara", "bakery", "--json"))

    assert blocked == {"blocked": bakery["uri"], "in_force": True}
    assert followers["lampara"] == 0
    assert [row["uri"] for row in listed] == [bakery["uri"]]
    assert "bakery@" in shown
    assert ended == {"blocked": bakery["uri"], "in_force": False}
    assert said(coopfed("block", "list", "lampara", "--json")) == []
