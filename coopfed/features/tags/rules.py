"""What a hashtag is that somebody names. Pure."""

from dataclasses import dataclass

from coopfed.errors import NotFound
from coopfed.text.render import find_hashtags, folded_hashtag
from coopfed.vocab.tags import hashtag


@dataclass(frozen=True, slots=True)
class Tag:
    """A hashtag: its name as it is written, in lower case, and the form by which it is found."""

    name: str
    folded: str


def tag(written: str) -> Tag | None:
    """The hashtag that is meant, with or without its sign; None for what no text could have as one."""
    bare = hashtag(written)
    found = find_hashtags(f"#{bare}") if bare is not None else ()
    if bare is None or len(found) != 1 or found[0].end != len(bare) + 1:
        return None
    return Tag(bare, folded_hashtag(bare))


def known_tag(written: str) -> Tag:
    """As `tag`. NotFound for what is none."""
    found = tag(written)
    if found is None:
        raise NotFound(f"{written[:50]!r} is no hashtag")
    return found
