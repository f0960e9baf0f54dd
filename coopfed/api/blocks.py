"""Blocks between actors."""

from quart import Blueprint, Response

from coopfed.api import assemble
from coopfed.api.accounts import known_account
from coopfed.api.asking import answer, page_links, publisher, speaker, stretch
from coopfed.api.relationships import relationship
from coopfed.features.blocks import actions
from coopfed.node import Node


def register(api: Blueprint, node: Node) -> None:
    """Adds the routes."""

    @api.post("/api/v1/accounts/<id>/block")
    async def block(id: str) -> Response:
        who = await publisher(node, "write:blocks")
        target = await known_account(node, id)
        await actions.block(node, who.actor, target)
        return answer(await node.db.read(relationship, who.actor.id, target.id))

    @api.post("/api/v1/accounts/<id>/unblock")
    async def unblock(id: str) -> Response:
        who = await publisher(node, "write:blocks")
        target = await known_account(node, id)
        await actions.unblock(node, who.actor, target)
        return answer(await node.db.read(relationship, who.actor.id, target.id))

    @api.get("/api/v1/blocks")
    async def blocks() -> Response:
        who = await speaker(node, "read:blocks")
        asked = stretch()
        rows = await node.db.read(actions.blocked, who.actor.id, asked)
        links = page_links(node.urls.base, "/api/v1/blocks", [row.id for row in rows], asked.limit)
        return answer(await node.db.read(assemble.accounts, rows, node.urls), headers=links)
