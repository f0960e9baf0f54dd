"""Rows of translations that a service made. Units of work."""

from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert

from coopfed.db.models import Translation
from coopfed.db.tx import Tx, table
from coopfed.features.translation.rules import Texts

translation = table(Translation)
_NEW = ("version", "source_language", "provider", "texts", "created_at")
_FIND = select(translation.c.source_language, translation.c.provider, translation.c.texts).where(
    translation.c.object_id == bindparam("post"),
    translation.c.language == bindparam("wanted"),
    translation.c.version == bindparam("as_of"),
)
_PUT = insert(translation)
_PUT = _PUT.on_conflict_do_update(
    index_elements=["object_id", "language"], set_={name: getattr(_PUT.excluded, name) for name in _NEW}
)


@dataclass(frozen=True, slots=True)
class Translated:
    """A post in another language: from which, by whom, and its texts."""

    language: str
    source_language: str
    provider: str
    texts: Texts


def find(tx: Tx, object_id: int, language: str, version: int) -> Translated | None:
    """What is stored of the post as it is now (`version`: milliseconds)."""
    row = tx.execute(_FIND, {"post": object_id, "wanted": language, "as_of": version}).one_or_none()
    if row is None:
        return None
    written: dict[str, Any] = orjson.loads(bytes(row.texts))
    texts = Texts(written["content"], written["warning"], tuple(written["options"]), tuple(written["descriptions"]))
    return Translated(language, row.source_language, row.provider, texts)


def put(tx: Tx, object_id: int, version: int, found: Translated, now: int) -> None:
    """Remembers a translation, instead of one of an earlier version of the post."""
    row = {
        "object_id": object_id,
        "language": found.language,
        "version": version,
        "source_language": found.source_language,
        "provider": found.provider,
        "texts": orjson.dumps(found.texts),
        "created_at": now,
    }
    tx.execute(_PUT, row)
