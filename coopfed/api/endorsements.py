"""Whom actors recommend, and what the acting one notes about others."""

from quart import Blueprint, Response

from coopfed.api import assemble
from coopfed.api.accounts import known_account
from coopfed.api.asking import answer, anybody, page_links, parameters, publisher, speaker, stretch, writer
from coopfed.api.relationships import relationship
from coopfed.db.tx import Tx
from coopfed.errors import NotFound
from coopfed.features import endorsements, notes
from coopfed.features.ranges import Range
from coopfed.node import Node

_MOST = 80


def register(api: Blueprint, node: Node) -> None:
    """Adds the routes. `pin` is the old word."""

    @api.post("/api/v1/accounts/<id>/endorse")
    @api.post("/api/v1/accounts/<id>/pin")
    async def endorse(id: str) -> Response:
        who = await publisher(node, "write:accounts")
        target = await known_account(node, id)
        await node.db.write(endorsements.endorse, who.actor.id, target.id, node.stamp())
        return answer(await node.db.read(relationship, who.actor.id, target.id))

    @api.post("/api/v1/accounts/<id>/unendorse")
    @api.post("/api/v1/accounts/<id>/unpin")
    async def unendorse(id: str) -> Response:
        who = await publisher(node, "write:accounts")
        target = await known_account(node, id)
        await node.db.write(endorsements.unendorse, who.actor.id, target.id)
        return answer(await node.db.read(relationship, who.actor.id, target.id))

    @api.get("/api/v1/endorsements")
    async def own_endorsements() -> Response:
        who = await speaker(node, "read:accounts")
        return await _listed(node, who.actor.id, "/api/v1/endorsements")

    @api.get("/api/v1/accounts/<id>/endorsements")
    async def endorsements_of(id: str) -> Response:
        await anybody(node, "read:accounts")
        actor = await known_account(node, id)
        return await _listed(node, actor.id, f"/api/v1/accounts/{actor.id}/endorsements")

    @api.post("/api/v1/accounts/<id>/note")
    async def note(id: str) -> Response:
        # Each reader's own app shows it, but it belongs to the actor: whoever speaks as it reads it.
        who = await writer(node, "write:accounts")
        target, asked = await known_account(node, id), await parameters()
        if target.id == who.actor.id:
            raise NotFound("an actor notes nothing about itself")
        await node.db.write(notes.note, who.actor.id, target.id, str(asked.get("comment") or ""))
        return answer(await node.db.read(relationship, who.actor.id, target.id))


async def _listed(node: Node, actor_id: int, path: str) -> Response:
    asked = stretch(_MOST, _MOST // 2)
    rows = await node.db.read(_page, actor_id, asked)
    links = page_links(node.urls.base, path, [cursor for cursor, _number in rows], asked.limit)
    numbers = [number for _cursor, number in rows]
    return answer(await node.db.read(assemble.accounts_by_ids, numbers, node.urls), headers=links)


def _page(tx: Tx, actor_id: int, asked: Range) -> list[tuple[int, int]]:
    return endorsements.listed(tx, actor_id, asked.limit, asked.max_id, asked.above)
