"""The posts that show requests, of the same author: whoever names another's post as the one beside their Proposal, also a neighbour's on
the same host, has none. Units of work."""

from collections.abc import Iterable

from coopfed.db.tx import Tx
from coopfed.features.posts import store as posts
from coopfed.features.posts.store import PostRow
from coopfed.features.requests.store import RequestRow


def post_of(tx: Tx, row: RequestRow) -> PostRow | None:
    """The post beside a request, if it is here; also a deleted one."""
    return posts_of(tx, [row]).get(row.id)


def posts_of(tx: Tx, rows: Iterable[RequestRow]) -> dict[int, PostRow]:
    """The posts beside these requests that are here, by the request's number; also deleted ones."""
    shown = [row for row in rows if row.companion_uri]
    found = posts.by_uris(tx, [row.companion_uri for row in shown if row.companion_uri])
    pairs = ((row, found.get(row.companion_uri or "")) for row in shown)
    return {row.id: post for row, post in pairs if post is not None and post.actor_id == row.actor_id}
