"""Bookmarks, and the posts that the actor likes: one's own lists, in the order in which they were marked."""

from collections.abc import Callable
from typing import Any

from quart import Blueprint, Response

from coopfed.api import assemble
from coopfed.api.asking import answer, page_links, speaker, stretch, writer
from coopfed.api.meant import seen, shown
from coopfed.db.tx import Tx
from coopfed.features import bookmarks
from coopfed.features.ranges import Range
from coopfed.features.reactions import reads
from coopfed.ids import Urls
from coopfed.node import Node
from coopfed.oauth.tokens import Bearer


def register(api: Blueprint, node: Node) -> None:
    """Adds the routes."""

    @api.post("/api/v1/statuses/<id>/bookmark")
    async def add_bookmark(id: str) -> Response:
        who = await writer(node, "write:bookmarks")
        post = await seen(node, id, who.actor.id)
        await node.db.write(bookmarks.add, node.minter.mint(), who.actor.id, post)
        return await shown(node, post, who.actor.id)

    @api.post("/api/v1/statuses/<id>/unbookmark")
    async def remove_bookmark(id: str) -> Response:
        who = await writer(node, "write:bookmarks")
        post = await seen(node, id, who.actor.id)
        await node.db.write(bookmarks.remove, who.actor.id, post)
        return await shown(node, post, who.actor.id)

    @api.get("/api/v1/bookmarks")
    async def list_bookmarks() -> Response:
        who = await speaker(node, "read:bookmarks")
        return await _page(node, who, "/api/v1/bookmarks", bookmarks.listed)

    @api.get("/api/v1/favourites")
    async def list_favourites() -> Response:
        who = await speaker(node, "read:favourites")
        return await _page(node, who, "/api/v1/favourites", reads.favoured)


Marked = Callable[[Tx, int, int, int | None, int], list[tuple[int, int]]]
"""Posts that an actor marked, at most so many, below a cursor and above another one: of each its cursor and number."""


async def _page(node: Node, who: Bearer, path: str, marked: Marked) -> Response:
    asked = stretch()
    cursors, found = await node.db.read(_statuses, marked, who.actor.id, asked, node.urls)
    return answer(found, headers=page_links(node.urls.base, path, cursors, asked.limit))


def _statuses(tx: Tx, marked: Marked, viewer: int, asked: Range, urls: Urls) -> tuple[list[int], list[dict[str, Any]]]:
    rows = marked(tx, viewer, asked.limit, asked.max_id, asked.above)
    return [cursor for cursor, _post in rows], assemble.statuses(tx, [post for _cursor, post in rows], viewer, urls)
