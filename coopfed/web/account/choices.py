"""What forms offer to choose from, and what was chosen: codes by their labels in the reader's language, without a script. Whatever label
somebody knows leads to the code; a word that leads to none stays, to be shown again. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from coopfed.codes import tables
from coopfed.errors import Fault
from coopfed.text.fold import folded
from coopfed.text.i18n import mark as _
from coopfed.vocab.values import language_tag
from coopfed.web.reader import name_of

FAULTS = {
    Fault.BLANK: _("This must not be empty."),
    Fault.INVALID: _("This cannot be read."),
    Fault.TOO_LONG: _("This is too long, or too many."),
    Fault.UNKNOWN_CODE: _("Nothing of that name is in the list, or several are: choose one of it."),
}
_BETWEEN = re.compile(r"[\s,;]+")


@dataclass(frozen=True, slots=True)
class Option:
    """What can be chosen, in the reader's words."""

    code: str
    label: str


def options(table: str, language: str) -> list[Option]:
    """Everything in a table of codes, in its order."""
    return [Option(row.code, row.label(language)) for row in tables.table(table).values()]


def by_label(found: Iterable[Option]) -> list[Option]:
    """The same in the order of the labels."""
    return sorted(found, key=lambda one: folded(one.label))


def tongues(found: Iterable[str]) -> list[Option]:
    """These languages, each once, with their own names."""
    return [Option(tag, name_of(tag)) for tag in dict.fromkeys(found) if language_tag(tag)]


def lines(table: str, codes: Sequence[str], most: int, language: str) -> list[str]:
    """What stands in the lines of a form into which codes are typed, with empty ones behind: so many as may be named."""
    texts = [f"{code} – {tables.label(table, code, language)}" if tables.known(table, code) else code for code in codes]
    return texts + [""] * (most - len(texts))


def several(value: Any) -> list[Any]:
    """A field that stands several times in a form; empty where it does not."""
    return value if isinstance(value, list) else []


def meant(table: str, value: Any) -> list[str]:
    """The codes that were typed into such lines."""
    words = [str(text) for text in several(value) if str(text).strip()]
    return [tables.meant(table, word) or word for word in words]


def tags(value: Any) -> list[str]:
    """Tags of languages, typed into one line."""
    return [tag for tag in _BETWEEN.split(str(value or "")) if tag]
