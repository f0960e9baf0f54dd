"""What a report may hold. Pure."""

from collections.abc import Sequence

from coopfed import limits
from coopfed.errors import InvalidInput

CATEGORIES = ("spam", "legal", "violation", "other")


def category(written: str, rules: Sequence[str]) -> str:
    """The kind of a complaint: as it is written, else a violation where rules are named. InvalidInput for another word."""
    found = written or ("violation" if rules else "other")
    if found not in CATEGORIES:
        raise InvalidInput(f"Validation failed: category is one of {', '.join(CATEGORIES)}")
    return found


def broken(written: Sequence[str], count: int) -> str:
    """The numbers of the rules of the house that were broken, between commas; there are `count`. InvalidInput for one that is none."""
    known = [str(place) for place in range(1, count + 1)]
    unknown = [number for number in written if number not in known]
    if unknown:
        raise InvalidInput(f"Validation failed: there is no rule {unknown[0][:20]!r}")
    return ",".join(number for number in known if number in written)


def cleaned(comment: str) -> str:
    """The comment as text for a terminal or a page (which escapes it): no control characters, at most so long."""
    kept = "".join(character for character in comment if character.isprintable() or character == "\n")
    return kept.strip()[: limits.REPORT_CHARACTERS]
