"""Which text of a document, in which language: `content` and `contentMap` (and name, summary) together."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from coopfed.vocab.values import language_tag


class Text(NamedTuple):
    """A text, empty when there is none, and its language as a BCP 47 tag, None when unknown."""

    text: str
    language: str | None


def text_of(document: dict[str, Any], member: str, languages: Sequence[str] = ()) -> Text:
    """The text of a canonical document's `content`, `name` or `summary`.

    Only the text: unknown language. Text and map: the key whose value equals the text, but for white space (WordPress
    joins lines in the one and not in the other; Friendica's differ in more, so their language is unknown). Only a map:
    its one entry; of several the first of the wanted `languages` that is there, else the first in document order.
    Source: GoToSocial *Posts, Language*; ActivityStreams 4.7.
    """
    text: str | None = document.get(member)
    translations: dict[str, str] = document.get(f"{member}Map") or {}
    if text is not None:
        return Text(text, _language_of(text, translations))
    key = _preferred(translations, languages)
    return Text("", None) if key is None else Text(translations[key], language_tag(key))


def _language_of(text: str, translations: dict[str, str]) -> str | None:
    # Pressed once: a stranger may write a long text beside thousands of translations.
    pressed = _pressed(text) if translations else ""
    return next((language_tag(key) for key, value in translations.items() if _pressed(value) == pressed), None)


def _pressed(text: str) -> str:
    return "".join(text.split())


def _preferred(translations: dict[str, str], languages: Sequence[str]) -> str | None:
    """The key of the first wanted language, `pt` also in `pt-BR`; else the first key."""
    for wanted in languages:
        for key in translations:
            if key.lower() == wanted.lower() or key.lower().startswith(f"{wanted.lower()}-"):
                return key
    return next(iter(translations), None)
