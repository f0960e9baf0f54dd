"""Who reads a page, as far as a page wants to know: the language. Nothing is remembered, no cookie is set.

The language is `?lang=` when the node speaks it (then every link between pages carries it on), else what the browser asks for. Texts
that people wrote in several languages come in any of them, asked for in the same way.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time
from babel.numbers import format_decimal
from quart import request

from coopfed.clock import utc
from coopfed.node import Node
from coopfed.text.i18n import Translator, negotiate, translator
from coopfed.text.i18n import wanted as i18n_wanted
from coopfed.vocab.values import language_tag

NAMES = {"tr": "Türkçe", "it": "Italiano", "en": "English"}
"""Each language by its own name, as whoever looks for it reads it."""
_LOCALES = {"en": "en_GB"}
"""Where Babel's plain locale is not what our readers write: English here is Europe's, with the day before the month."""


@dataclass(frozen=True, slots=True)
class Reader:
    """The reader of one page: language, whether they chose it, the page's path and query without the language; in which languages they
    want texts, the most wanted first."""

    texts: Translator
    chosen: bool
    languages: tuple[str, ...]
    path: str
    query: tuple[tuple[str, str], ...]
    reads: tuple[str, ...] = ()

    @property
    def language(self) -> str:
        """The language of the page."""
        return self.texts.language

    @property
    def _locale(self) -> str:
        return _LOCALES.get(self.language, self.language)

    def link(self, path: str, **query: object) -> str:
        """A path of ours, carrying the chosen language on."""
        wanted = [*query.items(), *([("lang", self.language)] if self.chosen else [])]
        return f"{path}?{urlencode(wanted)}" if wanted else path

    def others(self) -> Iterator[tuple[str, str, str]]:
        """This page in each language: (code, name, path)."""
        for language in self.languages:
            yield language, NAMES[language], f"{self.path}?{urlencode([*self.query, ('lang', language)])}"

    def texts_in(self, languages: tuple[str, ...], path: str | None = None) -> Iterator[tuple[str, str, str]]:
        """A page of ours, else this one, with its text in each of these languages: (code, name, path)."""
        query = self.query if path is None else ()
        for language in languages:
            yield language, name_of(language), f"{path or self.path}?{urlencode([*query, ('lang', language)])}"

    def moment(self, milliseconds: int) -> str:
        """A moment as people of this language write it, in UTC."""
        time = format_time(utc(milliseconds), "HH:mm", locale=self._locale)
        return f"{self.day(milliseconds)}, {time} UTC"

    def day(self, milliseconds: int) -> str:
        """A day as people of this language write it."""
        return format_date(utc(milliseconds), "long", locale=self._locale)

    def number(self, count: int) -> str:
        """A count with the separators of the language."""
        return format_decimal(count, locale=self._locale)


def name_of(language: str) -> str:
    """A language by its own name; its code when nobody here knows it."""
    try:
        return NAMES.get(language) or Locale.parse(language, sep="-").display_name or language
    except (UnknownLocaleError, ValueError):
        return language


def reader(node: Node) -> Reader:
    """The reader of the present request."""
    languages = node.config.languages
    wanted = request.args.get("lang", "")
    chosen = wanted in languages
    language = wanted if chosen else negotiate(request.headers.get("Accept-Language", ""), languages)
    query = tuple((name, value) for name, value in request.args.items() if name != "lang")
    # One slash at the beginning: the error page of `//elsewhere.example` must not link to that host.
    path = f"/{quote(request.path.lstrip('/'), safe='/@')}"
    return Reader(translator(language), chosen, languages, path, query, reading())


def reading() -> tuple[str, ...]:
    """In which languages the reader wants texts, as far as they say: by `?lang=`, then by what the browser asks for."""
    asked = language_tag(request.args.get("lang", ""))
    return (*([asked] if asked is not None else []), *i18n_wanted(request.headers.get("Accept-Language", "")))
