"""Statuses in the language of their reader, where people wrote them in several. Units of work."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import bindparam, select

from actors.visibility import object_
from coopfed.db.tx import Tx
from coopfed.errors import BadMessage
from coopfed.features.posts import writing
from coopfed.features.posts.cards import face
from coopfed.text.sanitise import sanitise
from coopfed.vocab.normalise import normalise
from coopfed.vocab.posts import read_post
from coopfed.vocab.strict_json import parse

Shape = dict[str, Any]

_DOCUMENTS = select(object_.c.id, object_.c.local, object_.c.document).where(
    object_.c.id.in_(bindparam("ids", expanding=True))
)


def in_language(tx: Tx, shown: list[Shape], wanted: Sequence[str]) -> list[Shape]:
    """The statuses (and those in boosts) with the text in the first wanted language that they come in; others as they are.

    `wanted` are primary tags, see `i18n.wanted`. Only of what is in another language is the document looked at.
    Source: ActivityStreams 4.7.
    """
    inner = [status["reblog"] or status for status in shown]
    foreign = {int(status["id"]) for status in inner if wanted and status["language"] and _primary(status) != wanted[0]}
    rows = tx.execute(_DOCUMENTS, {"ids": list(foreign)}) if foreign else ()
    texts = {str(row.id): _text(row.document, row.local, wanted) for row in rows}
    return [_with(status, texts) for status in shown]


def _primary(status: Shape) -> str:
    return str(status["language"]).partition("-")[0].lower()


def _with(status: Shape, texts: Mapping[str, tuple[str, str] | None]) -> Shape:
    found = texts.get((status["reblog"] or status)["id"])
    if found is None:
        return status
    changed = {"language": found[0], "content": found[1]}
    again = status["reblog"] and {**status["reblog"], **changed}
    return {**status, **changed, "reblog": again}


def _text(document: bytes, local: bool, wanted: Sequence[str]) -> tuple[str, str] | None:
    """Language and clean HTML of the wanted text; None where the text as it is stored is the best there is."""
    try:
        canonical = orjson.loads(document) if local else normalise(parse(bytes(document)), key_stub=True)
        texts: dict[str, str] = canonical.get("contentMap", {})
        language = next((key for tag in wanted for key in texts if key.partition("-")[0].lower() == tag), None)
        if language is None or len(texts) < 2:
            return None
        if local:
            return language, writing.titled(canonical.get("name", ""), sanitise(texts[language]))
        return language, face(read_post({**canonical, "content": texts[language]})).content
    except (BadMessage, orjson.JSONDecodeError):
        return None
