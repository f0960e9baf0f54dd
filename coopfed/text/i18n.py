"""The texts of the program in the languages of its members, read from the catalogues beside this file.

Message ids are the English texts. The .po files are read at first use; there is no compiled copy that could be out of date.
Extracting messages from code and templates is `./run messages`; a test sees to it that every language has all of them.
"""

import gettext as plural_forms
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import IO

from babel.messages.pofile import read_po

FALLBACK = "en"


def mark(text: str) -> str:
    """The text as it is. Imported as `_`, it marks a text for the catalogues that is translated when it is shown."""
    return text


@dataclass(frozen=True, slots=True)
class Translator:
    """The texts in one language. What is not in the catalogue comes as the English id."""

    language: str
    _one: dict[str, str]
    _many: dict[str, tuple[str, ...]]
    _plural: Callable[[int], int]

    def gettext(self, message: str, /, **values: object) -> str:
        """The text in this language, with `%(name)s` replaced when values are given."""
        text = self._one.get(message, message)
        return text % values if values else text

    def ngettext(self, singular: str, plural: str, count: int, /, **values: object) -> str:
        """The form for this count, with `%(count)s` and other values replaced."""
        forms = self._many.get(singular)
        text = forms[self._plural(count)] if forms else (singular if count == 1 else plural)
        return text % {"count": count, **values}


@cache
def translator(language: str) -> Translator:
    """The texts in a language that there is a catalogue for; in English when there is none."""
    source = files("coopfed.text").joinpath("catalogues", f"{language}.po")
    if not language.isalpha() or not source.is_file():
        return translator(FALLBACK)
    with source.open("rb") as file:
        return from_catalogue(language, file)


def from_catalogue(language: str, file: IO[bytes]) -> Translator:
    """The translator of a .po file; empty translations count as missing."""
    catalogue = read_po(file, locale=language)
    one: dict[str, str] = {}
    many: dict[str, tuple[str, ...]] = {}
    for message in catalogue:
        if isinstance(message.id, str) and isinstance(message.string, str):
            if message.id and message.string:
                one[message.id] = message.string
        elif message.string and all(message.string):
            many[message.id[0]] = tuple(message.string)
    return Translator(language, one, many, plural_forms.c2py(catalogue.plural_expr))


def negotiate(accept_language: str, available: Sequence[str]) -> str:
    """The one of `available` that the header asks for most, else the first of them. Source: RFC 9110 12.5.4, RFC 4647 3.4."""
    return next((language for language in wanted(accept_language) if language in available), available[0])


def wanted(accept_language: str) -> list[str]:
    """The languages that the header asks for (primary tags), most wanted first, up to the one that may be any."""
    asked = []
    for position, part in enumerate(accept_language.split(",")[:20]):
        tag, _, parameter = part.strip().partition(";")
        quality = _quality(parameter)
        if quality > 0 and tag.strip():
            asked.append((-quality, position, tag.strip().lower()))
    tags = [tag for _, _, tag in sorted(asked)]
    return [tag.partition("-")[0] for tag in (tags[: tags.index("*")] if "*" in tags else tags)]


def _quality(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
