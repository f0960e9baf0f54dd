"""Bookmarks, and the posts that the actor likes: one's own lists, in the order in which they were marked."""

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
        asked = stretch()
        cursors, found = await node.db.read(_bookmarked, who.actor.id, asked, node.urls)
        return answer(found, headers=page_links(node.urls.base, "/api/v1/bookmarks", cursors, asked.limit))

    @api.get("/api/v1/favourites")
    async def list_favourites() -> Response:
        who = await speaker(node, "read:favourites")
        asked = stretch()
        cursors, found = await node.db.read(_favoured, who.actor.id, asked, node.urls)
        return answer(found, headers=page_links(node.urls.base, "/api/v1/favourites", cursors, asked.limit))


def _bookmarked(tx: Tx, viewer: int, asked: Range, urls: Urls) -> tuple[list[int], list[dict[str, Any]]]:
    rows = bookmarks.listed(tx, viewer, asked.limit, asked.max_id, asked.above)
    return [cursor for cursor, _post in rows], assemble.statuses(tx, [post for _cursor, post in rows], viewer, urls)


def _favoured(tx: Tx, viewer: int, asked: Range, urls: Urls) -> tuple[list[int], list[dict[str, Any]]]:
    rows = reads.favoured(tx, viewer, asked.limit, asked.max_id, asked.above)
    return [cursor for cursor, _post in rows], assemble.statuses(tx, [post for _cursor, post in rows], viewer, urls)
