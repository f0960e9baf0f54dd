"""What a report may hold. Pure."""

from coopfed import limits


def cleaned(comment: str) -> str:
    """The comment as text for a terminal or a page (which escapes it): no control characters, at most so long."""
    kept = "".join(character for character in comment if character.isprintable() or character == "\n")
    return kept.strip()[: limits.REPORT_CHARACTERS]
