"""Likes and boosts of statuses, and who did them. The number of a boost stands for the status that it wraps."""

from collections.abc import Callable
from typing import Any

from quart import Blueprint, Response

from actors.lookup import by_ids
from coopfed.api import assemble
from coopfed.api.asking import answer, page_links, parameters, publisher, speaker, stretch, visibility
from coopfed.api.meant import meant, seen, shown
from coopfed.db.tx import Tx
from coopfed.features.ranges import Range
from coopfed.features.reactions import actions, reads
from coopfed.ids import Urls
from coopfed.node import Node

Reactors = Callable[[Tx, int, int, int, int | None, int], list[tuple[int, int]]]


def register(api: Blueprint, node: Node) -> None:
    """Adds the routes."""

    @api.post("/api/v1/statuses/<id>/favourite")
    async def favourite(id: str) -> Response:
        who = await publisher(node, "write:favourites")
        post = await meant(node, id, who.actor.id)
        await actions.like(node, who.actor, post, who.account_id)
        return await shown(node, post, who.actor.id)

    @api.post("/api/v1/statuses/<id>/unfavourite")
    async def unfavourite(id: str) -> Response:
        who = await publisher(node, "write:favourites")
        post = await meant(node, id, who.actor.id)
        await actions.unlike(node, who.actor, post)
        return await shown(node, post, who.actor.id)

    @api.post("/api/v1/statuses/<id>/reblog")
    async def reblog(id: str) -> Response:
        who = await publisher(node, "write:statuses")
        asked = visibility((await parameters()).get("visibility"))
        post = await meant(node, id, who.actor.id)
        boost = await actions.boost(node, who.actor, post, asked, who.account_id)
        return await shown(node, boost.id, who.actor.id)

    @api.post("/api/v1/statuses/<id>/unreblog")
    async def unreblog(id: str) -> Response:
        who = await publisher(node, "write:statuses")
        post = await meant(node, id, who.actor.id)
        await actions.unboost(node, who.actor, post)
        return await shown(node, post, who.actor.id)

    @api.get("/api/v1/statuses/<id>/favourited_by")
    async def favourited_by(id: str) -> Response:
        return await _reactors(node, id, "favourited_by", reads.favoured_by)

    @api.get("/api/v1/statuses/<id>/reblogged_by")
    async def reblogged_by(id: str) -> Response:
        return await _reactors(node, id, "reblogged_by", reads.boosted_by)


async def _reactors(node: Node, id: str, name: str, found_by: Reactors) -> Response:
    who = await speaker(node, "read:accounts")
    post, asked = await seen(node, id, who.actor.id), stretch()
    cursors, accounts = await node.db.read(_accounts, found_by, post, who.actor.id, asked, node.urls)
    links = page_links(node.urls.base, f"/api/v1/statuses/{post}/{name}", cursors, asked.limit)
    return answer(accounts, headers=links)


def _accounts(
    tx: Tx, found_by: Reactors, post: int, viewer: int, asked: Range, urls: Urls
) -> tuple[list[int], list[dict[str, Any]]]:
    found = found_by(tx, post, viewer, asked.limit, asked.max_id, asked.above)
    known = by_ids(tx, [reactor for _cursor, reactor in found])
    shown = assemble.accounts(tx, [known[reactor] for _cursor, reactor in found if reactor in known], urls)
    return [cursor for cursor, _reactor in found], shown
