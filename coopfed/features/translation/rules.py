"""What of a post is translated, and what is believed of the answer. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from coopfed.errors import Unavailable
from coopfed.text.sanitise import plain, sanitise


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of a post: `content` is HTML, all others are plain."""

    content: str
    warning: str = ""
    options: tuple[str, ...] = ()
    descriptions: tuple[str, ...] = ()

    def pieces(self) -> tuple[str, ...]:
        """Everything as HTML, in one order; what is empty is left out."""
        return tuple(piece for piece in self._all() if piece)

    def _all(self) -> Iterator[str]:
        yield self.content
        yield from (escape(text, quote=False) for text in (self.warning, *self.options, *self.descriptions))


def put_back(original: Texts, pieces: Sequence[str]) -> Texts:
    """The texts with the translated pieces in their places, cleaned as whatever comes from elsewhere. Unavailable when one is missing."""
    left = list(pieces)

    def html(text: str) -> str:
        if not text:
            return ""
        if not left:
            raise Unavailable("the translation service left something out", reason="translation_failed")
        return left.pop(0)

    return Texts(
        sanitise(html(original.content)),
        plain(html(original.warning)),
        tuple(plain(html(text)) for text in original.options),
        tuple(plain(html(text)) for text in original.descriptions),
    )


def primary(language: str) -> str:
    """Of `pt-BR` the `pt`: what services know."""
    return language.partition("-")[0].lower()
