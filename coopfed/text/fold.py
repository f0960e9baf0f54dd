"""The form in which texts are searched: what somebody types without dots, accents and capitals finds what is written with them. Pure."""

import re
import unicodedata
from itertools import filterfalse

LONGEST = 3_000
"""Characters of a text that are searched."""


def folded(text: str) -> str:
    """The text in one line, in lower case, without accents, with one i: `Irmak`, `ırmak` and `IRMAK` are the same, `Ömer` is `omer`.

    The same on both databases, whose own ways with letters differ. Source: design 3, row 19.
    """
    # First in lower case: İ becomes an i with a dot above, which is taken off like every other mark.
    apart = unicodedata.normalize("NFKD", text[:LONGEST].replace("\x00", "").lower())
    bare = apart if apart.isascii() else "".join(filterfalse(unicodedata.combining, apart))
    return " ".join(bare.replace("ı", "i").split())


_LEGAL_FORMS = re.compile(
    r"(?<!\S)(?:s\.\s?s\.|sinirli sorumlu|soc\.?\s?coop\.?|societa cooperativa|s\.\s?c\.\s?a\s?\.?\s?r\.\s?l\.|s\.\s?c\.\s?r\.\s?l\.|scarl"
    r"|a\s?\.?\s?r\.\s?l\.|arl|a responsabilita limitata)(?!\S)"
)


def sought(text: str) -> list[str]:
    """The words, folded, by which somebody is looked for: without `S.S.`, `Soc. Coop. a r.l.` and the like, with which one writes a
    cooperative's name and another does not; with them where nothing else is left. Source: domain research 2.2."""
    words = folded(text)
    return _LEGAL_FORMS.sub(" ", words).split() or words.split()


def pattern(word: str) -> str:
    """A LIKE pattern (escaped by a backslash) for what contains the word, which is folded already."""
    return f"%{literal(word)}%"


def literal(word: str) -> str:
    """A word in a LIKE pattern, nothing of it a wildcard."""
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
