"""The custom emojis of this node: found by what stands in a text, written as tags of posts and actors. Units of work, but for `tags`."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert

from coopfed import limits
from coopfed.clock import utc
from coopfed.db.models import Emoji
from coopfed.db.tx import Tx, table
from coopfed.ids import Urls
from coopfed.vocab import build

EXTENSIONS = {"image/png": "png", "image/gif": "gif", "image/webp": "webp"}
STILL = "still.png"
"""How the picture is called that does not move."""
_SHORTCODE = re.compile(r"(?<![A-Za-z0-9_:]):([A-Za-z0-9_]{2,64}):(?![A-Za-z0-9_:])")

emoji = table(Emoji)


@dataclass(frozen=True, slots=True)
class EmojiRow:
    """A custom emoji of ours; see `coopfed.db.models.profiles.Emoji`. `updated_at` in milliseconds."""

    id: int
    shortcode: str
    category: str
    name: str
    media_type: str
    visible: bool
    created_at: int
    updated_at: int

    def picture(self, urls: Urls) -> str:
        """Where its picture is served."""
        return urls.emoji_picture(f"{self.name}.{EXTENSIONS[self.media_type]}")

    def still(self, urls: Urls) -> str:
        """Where the picture is served that does not move."""
        return urls.emoji_picture(f"{self.name}.{STILL}")


_FIELDS = tuple(EmojiRow.__dataclass_fields__)
_COLUMNS = tuple(emoji.c[name] for name in _FIELDS)
_NAMED = select(*_COLUMNS).where(emoji.c.shortcode.in_(bindparam("codes", expanding=True)))
_BY_ID = select(*_COLUMNS).where(emoji.c.id == bindparam("which"))
_BY_NAME = select(*_COLUMNS).where(emoji.c.name == bindparam("file"))
_ALL = select(*_COLUMNS).order_by(emoji.c.category, emoji.c.shortcode)
_PUT = insert(emoji)
_PUT = _PUT.on_conflict_do_update(
    index_elements=["shortcode"],
    set_={name: _PUT.excluded[name] for name in ("category", "name", "media_type", "visible", "updated_at")},
)
_REMOVE = delete(emoji).where(emoji.c.shortcode == bindparam("code"))


def shortcodes(*texts: str) -> list[str]:
    """What looks like a custom emoji in the texts, each once, at most `limits.TAGS`. Pure."""
    return list(dict.fromkeys(code for text in texts for code in _SHORTCODE.findall(text)))[: limits.TAGS]


def named(tx: Tx, codes: list[str]) -> list[EmojiRow]:
    """Those of these that are emojis of ours, in order of their shortcodes."""
    if not codes:
        return []
    return sorted((EmojiRow(*row) for row in tx.execute(_NAMED, {"codes": codes})), key=lambda row: row.shortcode)


def used_in(tx: Tx, *texts: str) -> list[EmojiRow]:
    """The emojis of ours that stand in these texts."""
    return named(tx, shortcodes(*texts))


def by_id(tx: Tx, number: int) -> EmojiRow | None:
    """The emoji with this number."""
    row = tx.execute(_BY_ID, {"which": number}).one_or_none()
    return None if row is None else EmojiRow(*row)


def by_name(tx: Tx, file: str) -> EmojiRow | None:
    """The emoji whose picture has this name."""
    row = tx.execute(_BY_NAME, {"file": file}).one_or_none()
    return None if row is None else EmojiRow(*row)


def every(tx: Tx) -> list[EmojiRow]:
    """All of them, by category."""
    return [EmojiRow(*row) for row in tx.execute(_ALL)]


def put(tx: Tx, row: EmojiRow) -> None:
    """A new emoji, or another picture for the one that has this shortcode; that keeps its number."""
    tx.execute(_PUT, {name: getattr(row, name) for name in _FIELDS})


def remove(tx: Tx, code: str) -> None:
    """There is no such emoji any more; texts that have it keep its shortcode."""
    tx.execute(_REMOVE, {"code": code})


def tags(rows: Iterable[EmojiRow], urls: Urls) -> list[build.Document]:
    """The emojis as documents carry them. Pure. Source: toot:Emoji; s2s research 1.2, *Custom emoji in tag*."""
    return [
        build.emoji(urls.emoji(row.id), row.shortcode, row.picture(urls), row.media_type, utc(row.updated_at))
        for row in rows
    ]
