"""How the Mastodon client API writes moments, and what it calls otherwise. Pure."""

from coopfed.clock import utc

VISIBILITY = {"followers": "private"}
"""What apps call otherwise."""


def moment(milliseconds: int) -> str:
    """A moment as clients read it."""
    return utc(milliseconds).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def day(milliseconds: int) -> str:
    """The day of a moment (UTC). Source: client_api quirk 6."""
    return utc(milliseconds).date().isoformat()
