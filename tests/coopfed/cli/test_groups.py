"""`coopfed group`: who may post, who looks after it, and moderation by one of them. Design 5."""

from tests.coopfed.cli.conftest import Run
from tests.coopfed.cli.test_commands import made, said


def test_group_has_a_rule_and_moderators(coopfed: Run) -> None:
    """`group posting`, `group moderators`: what is no group, no rule or no actor is told with what to do."""
    made(coopfed, "farm")
    coopfed("actor", "create", "club", "--type", "group", "--name", "Club")

    no_rule = coopfed("group", "posting", "club", "nobody", fails=True)
    no_group = coopfed("group", "posting", "farm", "anyone", fails=True)
    assert "use one of: anyone, followers, moderators" in str(no_rule.exception)
    assert "no group of this node" in str(no_group.exception)
    assert coopfed("group", "posting", "club", "moderators").exit_code == 0
    listed = said(coopfed("group", "moderators", "club", "--add", "farm", "--json"))
    assert [row["actor"].partition("@localhost")[0] for row in listed] == ["@farm"]
    assert said(coopfed("group", "moderators", "club", "--remove", "farm", "--json")) == []


def test_moderator_of_this_node_moderates(coopfed: Run) -> None:
    """Each act is an activity of the moderator; who is none is refused."""
    made(coopfed, "farm")
    made(coopfed, "spammer")
    coopfed("actor", "create", "club", "--type", "group", "--name", "Club")
    post = said(coopfed("post", "spammer", "@club cheap pills", "--json"))["uri"]

    refused = coopfed("group", "remove", "club", post, "--as", "farm", fails=True)
    assert "does not look after" in str(refused.exception)

    coopfed("group", "moderators", "club", "--add", "farm")
    for act in ("remove", "restore", "feature", "unfeature", "lock", "unlock"):
        assert "/ap/activities/" in said(coopfed("group", act, "club", post, "--as", "farm", "--json"))["id"]
    for act in ("ban", "unban"):
        assert coopfed("group", act, "club", "spammer", "--as", "farm").exit_code == 0
