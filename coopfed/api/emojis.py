"""Custom emojis of posts and actors, as the client API tells them: from the tags of what is stored. Units of work.

Only documents of those are read whose text has a shortcode. Pictures of others are shown from here, see `coopfed.features.copies`.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import bindparam, select

from actors import emojis
from actors.emojis import EmojiRow
from actors.lookup import ActorRow, actor
from actors.visibility import object_
from coopfed.db.tx import Tx
from coopfed.errors import BadMessage
from coopfed.features.media.rules import EMOJI
from coopfed.features.posts.history import RevisionRow
from coopfed.features.posts.polls import PollRow
from coopfed.features.posts.store import PostRow
from coopfed.ids import Urls
from coopfed.vocab.normalise import normalise
from coopfed.vocab.strict_json import parse
from coopfed.vocab.tags import emojis_of

Shape = dict[str, Any]

_SHORTCODE = re.compile(r":([A-Za-z0-9_-]+):")
_OF_POSTS = select(object_.c.id, object_.c.document).where(object_.c.id.in_(bindparam("ids", expanding=True)))
_OF_ACTORS = select(actor.c.id, actor.c.document).where(actor.c.id.in_(bindparam("ids", expanding=True)))


def of_posts(tx: Tx, posts: Iterable[PostRow], polls: Mapping[int, PollRow], urls: Urls) -> dict[int, list[Shape]]:
    """For each post the CustomEmojis in its text and warning, and in what its poll asks."""
    asked = {number: poll.titles for number, poll in polls.items()}
    texts = {post.id: (post.summary, post.content, *asked.get(post.id, ())) for post in posts}
    return _of(tx, _OF_POSTS, {number: " ".join(parts) for number, parts in texts.items()}, urls)


def of_history(tx: Tx, post: PostRow, revisions: Iterable[RevisionRow], urls: Urls) -> list[Shape]:
    """The CustomEmojis in any text of a post, as far as its present document names them."""
    parts = [part for row in revisions for part in (row.summary, row.content, *row.options)]
    return _of(tx, _OF_POSTS, {post.id: " ".join(parts)}, urls).get(post.id, [])


def of_actors(tx: Tx, actors: Iterable[ActorRow], urls: Urls) -> dict[int, list[Shape]]:
    """For each actor the CustomEmojis in its name and summary: of one elsewhere by its document, of ours by what is an emoji now."""
    rows = list(actors)
    found = _of(tx, _OF_ACTORS, {row.id: f"{row.name} {row.summary}" for row in rows if not row.local}, urls)
    ours = {row.id: f"{row.name} {row.summary}" for row in rows if row.local and ":" in row.name + row.summary}
    known = {row.shortcode: row for row in emojis.used_in(tx, *ours.values())}
    for number, text in ours.items():
        found[number] = [shape(known[code], urls) for code in emojis.shortcodes(text) if code in known]
    return found


def shape(row: EmojiRow, urls: Urls) -> Shape:
    """A CustomEmoji of this node. `category` is there for Tusky."""
    return {
        "shortcode": row.shortcode,
        "url": row.picture(urls),
        "static_url": row.still(urls),
        "visible_in_picker": row.visible,
        "category": row.category or None,
    }


def _of(tx: Tx, documents: Any, texts: dict[int, str], urls: Urls) -> dict[int, list[Shape]]:
    names = {number: set(_SHORTCODE.findall(text)) for number, text in texts.items()}
    wanted = [number for number, found in names.items() if found]
    rows = tx.execute(documents, {"ids": wanted}) if wanted else ()
    return {row.id: _shapes(bytes(row.document or b""), names[row.id], urls) for row in rows}


def _shapes(document: bytes, names: set[str], urls: Urls) -> list[Shape]:
    try:
        found = emojis_of(normalise(parse(document), key_stub=True))
    except BadMessage:
        # Deleted meanwhile, or stored when less was asked of a document.
        return []
    return [
        {"shortcode": emoji.name, **_pictures(emoji.url, urls), "visible_in_picker": False, "category": None}
        for emoji in found
        if emoji.name in names
    ]


def _pictures(url: str, urls: Urls) -> dict[str, str]:
    if urls.is_ours(url):
        return {"url": url, "static_url": f"{url.rpartition('.')[0]}.{emojis.STILL}"}
    return {"url": urls.copy(EMOJI, url), "static_url": urls.copy(EMOJI, url, small=True)}
