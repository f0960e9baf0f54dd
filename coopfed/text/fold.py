"""The form in which texts are searched: what somebody types without dots, accents and capitals finds what is written with them. Pure."""

import unicodedata

LONGEST = 3_000
"""Characters of a text that are searched."""


def folded(text: str) -> str:
    """The text in one line, in lower case, without accents, with one i: `Irmak`, `ırmak` and `IRMAK` are the same, `Ömer` is `omer`.

    The same on both databases, whose own ways with letters differ. Source: design 3, row 19.
    """
    # First in lower case: İ becomes an i with a dot above, which is taken off like every other mark.
    apart = unicodedata.normalize("NFKD", text[:LONGEST].replace("\x00", "").lower())
    bare = "".join(character for character in apart if not unicodedata.combining(character))
    return " ".join(bare.replace("ı", "i").split())


def pattern(word: str) -> str:
    """A LIKE pattern (escaped by a backslash) for what contains the word, which is folded already."""
    return f"%{literal(word)}%"


def literal(word: str) -> str:
    """A word in a LIKE pattern, nothing of it a wildcard."""
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
