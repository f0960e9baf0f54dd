"""Quotes of one's own posts: who quotes them, who may, and consent taken back."""

from typing import Any

from quart import Blueprint, Response

from coopfed.api import assemble
from coopfed.api.asking import (
    answer,
    number,
    page_links,
    parameters,
    publisher,
    quote_policy,
    speaker,
    spoken,
    stretch,
)
from coopfed.api.edits import own_post
from coopfed.api.languages import for_reader
from coopfed.db.tx import Tx
from coopfed.errors import InvalidInput, NotFound
from coopfed.features.consent import quotes
from coopfed.features.quotes import actions
from coopfed.features.ranges import Range
from coopfed.ids import Urls
from coopfed.node import Node


def register(api: Blueprint, node: Node) -> None:
    """Adds the routes."""

    @api.get("/api/v1/statuses/<id>/quotes")
    async def get_quotes(id: str) -> Response:
        who, asked = await speaker(node, "read:statuses"), stretch()
        if not await node.db.read(assemble.statuses, [number(id)], who.actor.id, node.urls):
            raise NotFound(f"no status {id} for this reader")
        numbers, shown = await node.db.read(_quoting, number(id), who.actor.id, asked, node.urls)
        links = page_links(node.urls.base, f"/api/v1/statuses/{number(id)}/quotes", numbers, asked.limit)
        return answer(await for_reader(node, shown, spoken()), headers=links)

    @api.post("/api/v1/statuses/<id>/quotes/<quoting>/revoke")
    async def revoke(id: str, quoting: str) -> Response:
        who = await publisher(node, "write:statuses")
        post = await own_post(node, id, who.actor.id)
        await actions.revoke(node, who.actor, post, number(quoting))
        found = await node.db.read(assemble.statuses, [number(quoting)], who.actor.id, node.urls)
        if not found:
            raise NotFound(f"no status {quoting} for this reader")
        return answer(found[0])

    @api.put("/api/v1/statuses/<id>/interaction_policy")
    async def put_interaction_policy(id: str) -> Response:
        who = await publisher(node, "write:statuses")
        post = await own_post(node, id, who.actor.id)
        policy = quote_policy((await parameters()).get("quote_approval_policy"))
        if policy is None:
            raise InvalidInput("quote_approval_policy is missing; say public, followers or nobody")
        await actions.set_quote_policy(node, who.actor, post, policy)
        return answer((await node.db.read(assemble.statuses, [post.id], who.actor.id, node.urls))[0])


def _quoting(tx: Tx, post_id: int, viewer: int, asked: Range, urls: Urls) -> tuple[list[int], list[dict[str, Any]]]:
    numbers = quotes.quoting(tx, post_id, asked.limit, asked.max_id)
    return numbers, assemble.statuses(tx, numbers, viewer, urls)
