"""`coopfed actor lock` and `coopfed follower …`: who may follow, as an operator decides it."""

from tests.coopfed.cli.conftest import Run
from tests.coopfed.cli.test_commands import made, said


def test_followers_are_let_in_and_turned_away(coopfed: Run) -> None:
    """`follower list|accept|reject`: who waits, who is let in, who is removed; and that there is nobody."""
    bakery = made(coopfed, "bakery")
    made(coopfed, "lampara")
    coopfed("actor", "lock", "lampara")

    nobody = [coopfed("follower", verb, "lampara", "bakery", fails=True) for verb in ("accept", "reject")]
    coopfed("follow", "bakery", "lampara")
    waiting = said(coopfed("follower", "list", "lampara", "--json"))
    shown = coopfed("follower", "list", "lampara", "--limit", "1").stdout
    accepted = said(coopfed("follower", "accept", "lampara", "bakery", "--json"))
    listed = {row["handle"]: row["followers"] for row in said(coopfed("actor", "list", "--json"))}
    rejected = coopfed("follower", "reject", "lampara", "bakery").stdout
    after = {row["handle"]: row["followers"] for row in said(coopfed("actor", "list", "--json"))}

    assert ["no follow request" in str(result.exception) for result in nobody] == [True, True]
    assert [row["uri"] for row in waiting] == [bakery["uri"]]
    assert "bakery@" in shown
    assert accepted == {"follower": bakery["uri"], "accepted": True}
    assert (listed["lampara"], after["lampara"]) == (1, 0)
    assert "does not follow @lampara" in rejected
    assert said(coopfed("follower", "list", "lampara", "--json")) == []


def test_actor_is_locked_and_opened(coopfed: Run) -> None:
    """`actor lock`, `--undo`: says how it is now, also when it was so; the node's own actor is no one to follow."""
    made(coopfed, "lampara")

    for arguments, locked in ((("lampara",), True), (("lampara",), True), (("lampara", "--undo"), False)):
        assert said(coopfed("actor", "lock", *arguments, "--json"))["locked"] is locked
    assert "by hand" in coopfed("actor", "lock", "lampara").stdout
    assert "can be followed" in str(coopfed("actor", "lock", "node", fails=True).exception)
