"""Custom emojis as the client API tells them. Pictures of others are shown from here, see `coopfed.features.copies`."""

from collections.abc import Iterable, Mapping
from typing import Any

from actors.emojis import EmojiRow
from actors.lookup import ActorRow
from coopfed.db.tx import Tx
from coopfed.features.emojis import shown
from coopfed.features.emojis.shown import Shown
from coopfed.features.posts.history import RevisionRow
from coopfed.features.posts.polls import PollRow
from coopfed.features.posts.store import PostRow
from coopfed.ids import Urls

Shape = dict[str, Any]


def of_posts(tx: Tx, posts: Iterable[PostRow], polls: Mapping[int, PollRow], urls: Urls) -> dict[int, list[Shape]]:
    """For each post the CustomEmojis in its text and warning, and in what its poll asks."""
    return _shapes(shown.of_posts(tx, posts, polls), urls)


def of_history(tx: Tx, post: PostRow, revisions: Iterable[RevisionRow], urls: Urls) -> list[Shape]:
    """The CustomEmojis in any text of a post, as far as its present document names them."""
    texts = [part for row in revisions for part in (row.summary, row.content, *row.options)]
    return [_in_text(emoji, urls) for emoji in shown.of_texts(tx, post, texts)]


def of_actors(tx: Tx, actors: Iterable[ActorRow], urls: Urls) -> dict[int, list[Shape]]:
    """For each actor the CustomEmojis in its name and summary."""
    return _shapes(shown.of_actors(tx, actors, urls), urls)


def shape(row: EmojiRow, urls: Urls) -> Shape:
    """A CustomEmoji of this node, for pickers. `category` is there for Tusky."""
    return {
        "shortcode": row.shortcode,
        "url": row.picture(urls),
        "static_url": row.still(urls),
        "visible_in_picker": row.visible,
        "category": row.category or None,
    }


def _shapes(found: dict[int, list[Shown]], urls: Urls) -> dict[int, list[Shape]]:
    return {number: [_in_text(emoji, urls) for emoji in emojis] for number, emojis in found.items()}


def _in_text(emoji: Shown, urls: Urls) -> Shape:
    return {
        "shortcode": emoji.shortcode,
        "url": emoji.picture(urls),
        "static_url": emoji.still(urls),
        "visible_in_picker": False,
        "category": None,
    }
