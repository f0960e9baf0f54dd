"""`coopfed relay add|list|remove`. Design 5."""

from tests.coopfed.cli.conftest import Run
from tests.coopfed.cli.test_commands import said

INBOX = "http://127.0.0.1:9/inbox"


def test_relay_is_asked_listed_and_left(coopfed: Run) -> None:
    """It waits for the relay's answer; what was never asked cannot be left."""
    assert "no relay of this node" in str(coopfed("relay", "remove", INBOX, fails=True).exception)

    assert said(coopfed("relay", "add", INBOX, "--json")) == {"inbox": INBOX, "style": "mastodon"}
    assert said(coopfed("relay", "list", "--json")) == [{"inbox": INBOX, "style": "mastodon", "state": "pending"}]
    assert "left" in coopfed("relay", "remove", INBOX).stdout
    assert said(coopfed("relay", "list", "--json")) == []
