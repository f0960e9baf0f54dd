"""How the Mastodon client API writes moments, and what it calls otherwise. Pure."""

from functools import lru_cache

from coopfed.clock import DAY_MS, utc

VISIBILITY = {"followers": "private"}
"""What apps call otherwise."""


@lru_cache(4096)
def moment(milliseconds: int) -> str:
    """A moment as clients read it."""
    return utc(milliseconds).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def day(milliseconds: int) -> str:
    """The day of a moment (UTC). Source: client_api quirk 6."""
    return _day(milliseconds // DAY_MS)


@lru_cache(1024)
def _day(number: int) -> str:
    return utc(number * DAY_MS).date().isoformat()
