"""Statuses in the language of their reader, where people wrote them in several. Units of work."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from coopfed.db.tx import Tx
from coopfed.errors import BadMessage
from coopfed.features.posts import translations
from coopfed.features.posts.translations import Translations
from coopfed.node import Node

Shape = dict[str, Any]


def in_language(tx: Tx, shown: list[Shape], wanted: Sequence[str]) -> list[Shape]:
    """The statuses (those in boosts, and those that are quoted) with the text in the first wanted language that they come in; others as
    they are.

    `wanted` are primary tags, see `i18n.wanted`. Only of what is in another language is the document looked at.
    Source: ActivityStreams 4.7.
    """
    inner = [status for one in shown for status in _texts_of(one)]
    foreign = {int(status["id"]) for status in inner if wanted and status["language"] and _primary(status) != wanted[0]}
    known = translations.of_posts(tx, list(foreign))
    texts = {str(number): _text(found, wanted) for number, found in known.items()}
    return [_with(status, texts) for status in shown]


async def for_reader(node: Node, shown: list[Shape], languages: Sequence[str]) -> list[Shape]:
    """As `in_language`; nothing is read for who says no language."""
    return await node.db.read(in_language, shown, languages) if shown and languages else shown


def _texts_of(status: Shape) -> Iterator[Shape]:
    """The status that has the text, and the one that is quoted in it."""
    whole = status["reblog"] or status
    yield whole
    quoted = (whole["quote"] or {}).get("quoted_status")
    if quoted is not None:
        yield quoted


def _primary(status: Shape) -> str:
    return str(status["language"]).partition("-")[0].lower()


def _with(status: Shape, texts: Mapping[str, tuple[str, str] | None]) -> Shape:
    whole = status["reblog"] or status
    changed: Shape = {}
    found = texts.get(whole["id"])
    if found is not None:
        changed = {"language": found[0], "content": found[1]}
    quoted = (whole["quote"] or {}).get("quoted_status")
    if quoted is not None:
        changed["quote"] = {**whole["quote"], "quoted_status": _with(quoted, texts)}
    again = status["reblog"] and {**status["reblog"], **changed}
    return {**status, **changed, "reblog": again}


def _text(found: Translations, wanted: Sequence[str]) -> tuple[str, str] | None:
    """Language and clean HTML of the wanted text; None where the text as it is stored is the best there is."""
    language = found.chosen(wanted)
    try:
        return None if language is None else (language, found.html(language))
    except BadMessage:
        return None
