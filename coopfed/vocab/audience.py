"""How wide a post is meant: from addressing to a visibility and back, in the reading on which all peers agree."""

from collections.abc import Collection, Iterable
from enum import StrEnum

from coopfed.vocab.terms import PUBLIC


class Visibility(StrEnum):
    """How wide a post is meant. The Mastodon client API calls `followers` "private"."""

    PUBLIC = "public"
    UNLISTED = "unlisted"
    FOLLOWERS = "followers"
    DIRECT = "direct"


OPEN = frozenset({Visibility.PUBLIC, Visibility.UNLISTED})
"""What anybody may see."""


def visibility(to: Collection[str], cc: Collection[str], followers_url: str | None) -> Visibility:
    """The visibility that canonical `to` and `cc` mean. `followers_url` is the author's collection, None when unknown.

    Followers count only in `to`: Mastodon and GoToSocial read it so, and the narrower reading harms nobody.
    Source: ActivityPub 5.6, 5.1; the practice of Mastodon, GoToSocial, Pleroma and Misskey.
    """
    if PUBLIC in to:
        return Visibility.PUBLIC
    if PUBLIC in cc:
        return Visibility.UNLISTED
    if followers_url is not None and followers_url in to:
        return Visibility.FOLLOWERS
    return Visibility.DIRECT


def narrower(first: Visibility, second: Visibility) -> Visibility:
    """The one that fewer may see: an edit never widens what was said to fewer."""
    return max(first, second, key=list(Visibility).index)


def addressing(wanted: Visibility, followers_url: str, mentions: Iterable[str]) -> tuple[list[str], list[str]]:
    """`to` and `cc` for a post of this visibility that mentions these actor ids; nobody twice, mentions in order.

    Both are always lists, empty rather than left out: Lemmy and Pleroma drop a Create without `cc`.
    """
    named = [mention for mention in dict.fromkeys(mentions) if mention not in (PUBLIC, followers_url)]
    match wanted:
        case Visibility.PUBLIC:
            return [PUBLIC], [followers_url, *named]
        case Visibility.UNLISTED:
            return [followers_url], [PUBLIC, *named]
        case Visibility.FOLLOWERS:
            return [followers_url], named
        case Visibility.DIRECT:
            return named, []
