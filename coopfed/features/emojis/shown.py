"""Which custom emojis stand in posts and actors, from the tags of what is stored. Units of work.

Only documents of those are read whose text has a shortcode.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select

from actors import emojis
from actors.lookup import ActorRow, actor
from actors.visibility import object_
from coopfed.db.tx import Tx
from coopfed.errors import BadMessage
from coopfed.features.media.rules import EMOJI
from coopfed.features.posts.polls import PollRow
from coopfed.features.posts.store import PostRow
from coopfed.ids import Urls
from coopfed.text.emojis import shortcodes
from coopfed.vocab.normalise import normalise
from coopfed.vocab.strict_json import parse
from coopfed.vocab.tags import emojis_of

_OF_POSTS = select(object_.c.id, object_.c.document).where(object_.c.id.in_(bindparam("ids", expanding=True)))
_OF_ACTORS = select(actor.c.id, actor.c.document).where(actor.c.id.in_(bindparam("ids", expanding=True)))


@dataclass(frozen=True, slots=True)
class Shown:
    """A custom emoji that stands in a text; `url` is where its picture lies."""

    shortcode: str
    url: str

    def picture(self, urls: Urls) -> str:
        """Where this node serves the picture."""
        return urls.served(EMOJI, self.url)

    def still(self, urls: Urls) -> str:
        """Where this node serves the picture that does not move."""
        if urls.is_ours(self.url):
            return f"{self.url.rpartition('.')[0]}.{emojis.STILL}"
        return urls.copy(EMOJI, self.url, small=True)


Found = dict[int, list[Shown]]


def of_posts(tx: Tx, posts: Iterable[PostRow], polls: Mapping[int, PollRow]) -> Found:
    """For each post the emojis in its text and warning, and in what its poll asks."""
    asked = {number: poll.titles for number, poll in polls.items()}
    texts = {post.id: " ".join((post.summary, post.content, *asked.get(post.id, ()))) for post in posts}
    return _of(tx, _OF_POSTS, texts)


def of_texts(tx: Tx, post: PostRow, texts: Iterable[str]) -> list[Shown]:
    """The emojis in any of these texts of a post, as far as its present document names them."""
    return _of(tx, _OF_POSTS, {post.id: " ".join(texts)}).get(post.id, [])


def of_actors(tx: Tx, actors: Iterable[ActorRow], urls: Urls) -> Found:
    """For each actor the emojis in its name and summary: of one elsewhere by its document, of ours by what is an emoji now."""
    rows = list(actors)
    found = _of(tx, _OF_ACTORS, {row.id: f"{row.name} {row.summary}" for row in rows if not row.local})
    ours = {row.id: f"{row.name} {row.summary}" for row in rows if row.local and ":" in row.name + row.summary}
    known = {row.shortcode: row for row in emojis.used_in(tx, *ours.values())}
    for number, text in ours.items():
        used = (known[code] for code in emojis.shortcodes(text) if code in known)
        found[number] = [Shown(row.shortcode, row.picture(urls)) for row in used]
    return found


def _of(tx: Tx, documents: Any, texts: dict[int, str]) -> Found:
    names = {number: shortcodes(text) for number, text in texts.items() if text.count(":") > 1}
    wanted = [number for number, found in names.items() if found]
    rows = tx.execute(documents, {"ids": wanted}) if wanted else ()
    return {row.id: _named(bytes(row.document or b""), names[row.id]) for row in rows}


def _named(document: bytes, names: set[str]) -> list[Shown]:
    try:
        found = emojis_of(normalise(parse(document), key_stub=True))
    except BadMessage:
        # Deleted meanwhile, or stored when less was asked of a document.
        return []
    return [Shown(emoji.name, emoji.url) for emoji in found if emoji.name in names]
