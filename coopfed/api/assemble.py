"""Posts and what stands around them, read in a handful of statements, never one per post. Units of work."""

from typing import Any

from actors.lookup import by_ids
from coopfed.api.shapes import Around, status
from coopfed.db.tx import Tx
from coopfed.features import notifications, timelines
from coopfed.features.notifications import NotificationRow
from coopfed.features.posts import details, featured, store
from coopfed.features.posts.store import PostRow
from coopfed.features.timelines import Range
from coopfed.ids import Urls


def statuses(tx: Tx, ids: list[int], viewer: int, urls: Urls) -> list[dict[str, Any]]:
    """The Status of each post that the viewer may see, in the order asked for."""
    posts = store.visible_by_ids(tx, ids, viewer)
    around = _around(tx, list(posts.values()))
    return [status(posts[id], around, urls) for id in ids if id in posts]


def home(tx: Tx, viewer: int, stretch: Range, urls: Urls) -> tuple[list[int], list[dict[str, Any]]]:
    """The numbers on a page of the home timeline, and their Status shapes."""
    entries = timelines.home(tx, viewer, stretch)
    return [entry.id for entry in entries], statuses(tx, [entry.object_id for entry in entries], viewer, urls)


def recent_notifications(
    tx: Tx, viewer: int, stretch: Range, urls: Urls
) -> list[tuple[NotificationRow, Any, dict[str, Any] | None]]:
    """The newest notifications with who caused them and the Status they are about."""
    rows = notifications.recent(
        tx, viewer, stretch.limit, stretch.max_id, max(stretch.since_id or 0, stretch.min_id or 0)
    )
    authors = by_ids(tx, [row.from_id for row in rows])
    about = {
        shown["id"]: shown for shown in statuses(tx, [row.object_id for row in rows if row.object_id], viewer, urls)
    }
    return [(row, authors[row.from_id], about.get(str(row.object_id))) for row in rows if row.from_id in authors]


def _around(tx: Tx, posts: list[PostRow]) -> Around:
    numbers = [post.id for post in posts]
    parents = {post.id: post.in_reply_to_id for post in posts if post.in_reply_to_id}
    authors = store.authors_of(tx, sorted(set(parents.values())))
    return Around(
        authors=by_ids(tx, [post.actor_id for post in posts]),
        answered={id: authors[parent] for id, parent in parents.items() if parent in authors},
        mentions=details.mentions_of(tx, numbers),
        hashtags=details.hashtags_of(tx, numbers),
        files=details.attachments_of(tx, numbers),
        pinned=featured.pinned_among(tx, numbers),
    )
