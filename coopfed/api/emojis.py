"""Custom emojis of posts and actors, as the client API tells them: from the tags of what is stored. Units of work.

Only documents of those are read whose text has a shortcode. On our own pages shortcodes stay text: pictures lie on other hosts.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import bindparam, select

from actors.lookup import ActorRow, actor
from actors.visibility import object_
from coopfed.db.tx import Tx
from coopfed.errors import BadMessage
from coopfed.features.posts.history import RevisionRow
from coopfed.features.posts.polls import PollRow
from coopfed.features.posts.store import PostRow
from coopfed.vocab.normalise import normalise
from coopfed.vocab.strict_json import parse
from coopfed.vocab.tags import emojis_of

Shape = dict[str, Any]

_SHORTCODE = re.compile(r":([A-Za-z0-9_-]+):")
_OF_POSTS = select(object_.c.id, object_.c.document).where(object_.c.id.in_(bindparam("ids", expanding=True)))
_OF_ACTORS = select(actor.c.id, actor.c.document).where(actor.c.id.in_(bindparam("ids", expanding=True)))


def of_posts(tx: Tx, posts: Iterable[PostRow], polls: Mapping[int, PollRow]) -> dict[int, list[Shape]]:
    """For each post the CustomEmojis in its text and warning, and in what its poll asks."""
    asked = {number: poll.titles for number, poll in polls.items()}
    texts = {post.id: (post.summary, post.content, *asked.get(post.id, ())) for post in posts if not post.local}
    return _of(tx, _OF_POSTS, {number: " ".join(parts) for number, parts in texts.items()})


def of_history(tx: Tx, post: PostRow, revisions: Iterable[RevisionRow]) -> list[Shape]:
    """The CustomEmojis in any text of a post, as far as its present document names them."""
    parts = [part for row in revisions for part in (row.summary, row.content, *row.options)]
    return [] if post.local else _of(tx, _OF_POSTS, {post.id: " ".join(parts)}).get(post.id, [])


def of_actors(tx: Tx, actors: Iterable[ActorRow]) -> dict[int, list[Shape]]:
    """For each actor the CustomEmojis in its name and summary."""
    return _of(tx, _OF_ACTORS, {row.id: f"{row.name} {row.summary}" for row in actors if not row.local})


def _of(tx: Tx, documents: Any, texts: dict[int, str]) -> dict[int, list[Shape]]:
    names = {number: set(_SHORTCODE.findall(text)) for number, text in texts.items()}
    wanted = [number for number, found in names.items() if found]
    rows = tx.execute(documents, {"ids": wanted}) if wanted else ()
    return {row.id: _shapes(bytes(row.document or b""), names[row.id]) for row in rows}


def _shapes(document: bytes, names: set[str]) -> list[Shape]:
    try:
        found = emojis_of(normalise(parse(document), key_stub=True))
    except BadMessage:
        # Deleted meanwhile, or stored when less was asked of a document.
        return []
    return [
        {"shortcode": emoji.name, "url": emoji.url, "static_url": emoji.url, "visible_in_picker": False}
        for emoji in found
        if emoji.name in names
    ]
