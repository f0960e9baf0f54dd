"""A text that people wrote in several languages, from the document of its post. Units of work.

Only what is another language of the same text: titles, warnings and descriptions come as their author wrote them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
from coopfed.vocab.values import language_tag

_DOCUMENTS = select(object_.c.id, object_.c.local, object_.c.document).where(
    object_.c.id.in_(bindparam("ids", expanding=True))
)


@dataclass(frozen=True, slots=True)
class Translations:
    """The texts of a post by their languages, in its author's order: at least two. `document` is canonical."""

    document: Mapping[str, Any]
    local: bool
    texts: Mapping[str, str]

    @property
    def languages(self) -> tuple[str, ...]:
        """In which languages the text is (BCP 47 tags)."""
        return tuple(self.texts)

    def chosen(self, wanted: Sequence[str]) -> str | None:
        """The first wanted language that the text is in; `pt` is found by `pt-BR` and the other way round. None when it is in none."""
        for tag in wanted:
            same = next((key for key in self.texts if key.lower() == tag.lower()), None)
            found = same or next((key for key in self.texts if _primary(key) == _primary(tag)), None)
            if found is not None:
                return found
        return None

    def html(self, language: str) -> str:
        """The clean HTML in one of the languages, with the title in it, as readers here see the post."""
        if self.local:
            return writing.titled(self.document.get("name", ""), sanitise(self.texts[language]))
        return face(read_post({**self.document, "content": self.texts[language]})).content


def _primary(tag: str) -> str:
    return tag.partition("-")[0].lower()


def of_posts(tx: Tx, ids: Sequence[int]) -> dict[int, Translations]:
    """For those of the posts that come in several languages, their texts."""
    rows = tx.execute(_DOCUMENTS, {"ids": list(ids)}) if ids else ()
    found = ((row.id, _read(bytes(row.document), row.local)) for row in rows)
    return {number: texts for number, texts in found if texts is not None}


def _read(document: bytes, local: bool) -> Translations | None:
    if b"contentMap" not in document:
        return None
    try:
        canonical: dict[str, Any] = orjson.loads(document) if local else normalise(parse(document), key_stub=True)
    except (BadMessage, orjson.JSONDecodeError):
        # Stored when less was asked of a document.
        return None
    texts = {key: text for key, text in canonical.get("contentMap", {}).items() if language_tag(key) is not None}
    return Translations(canonical, local, texts) if len(texts) > 1 else None
