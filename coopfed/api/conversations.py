"""Conversations: direct posts, thread by thread."""

from typing import Any

from quart import Blueprint, Response

from coopfed.api import assemble
from coopfed.api.asking import answer, number, page_links, speaker, spoken, stretch, writer
from coopfed.api.languages import for_reader
from coopfed.db.tx import Tx
from coopfed.features import conversations
from coopfed.features.conversations import Conversation
from coopfed.features.ranges import Range
from coopfed.ids import Urls
from coopfed.node import Node


def register(api: Blueprint, node: Node) -> None:
    """Adds the routes."""

    async def one(found: Conversation, viewer: int) -> Response:
        told = await node.db.read(shown, [found], viewer, node.urls)
        return answer((await _in_language(node, told))[0])

    @api.get("/api/v1/conversations")
    async def list_conversations() -> Response:
        who, asked = await speaker(node, "read:statuses"), stretch()
        found = await node.db.read_long(_listed, who.actor.id, asked)
        told = await node.db.read(shown, found, who.actor.id, node.urls)
        links = page_links(node.urls.base, "/api/v1/conversations", [row.last for row in found], asked.limit)
        return answer(await _in_language(node, told), headers=links)

    @api.post("/api/v1/conversations/<id>/read")
    async def read_conversation(id: str) -> Response:
        who = await writer(node, "write:conversations")
        return await one(await node.db.write(_read, who.actor.id, number(id), False), who.actor.id)

    @api.post("/api/v1/conversations/<id>/unread")
    async def unread_conversation(id: str) -> Response:
        who = await writer(node, "write:conversations")
        return await one(await node.db.write(_read, who.actor.id, number(id), True), who.actor.id)

    @api.delete("/api/v1/conversations/<id>")
    async def hide_conversation(id: str) -> Response:
        who = await writer(node, "write:conversations")
        await node.db.write(conversations.hide, who.actor.id, number(id))
        return answer({})


def _listed(tx: Tx, viewer: int, asked: Range) -> list[Conversation]:
    return conversations.listed(tx, viewer, asked.limit, asked.max_id, asked.above)


def _read(tx: Tx, viewer: int, id: int, unread: bool) -> Conversation:
    return conversations.read(tx, viewer, id, unread=unread)


async def _in_language(node: Node, told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    texts = await for_reader(node, [one["last_status"] for one in told], spoken())
    return [{**one, "last_status": text} for one, text in zip(told, texts, strict=True)]


def shown(tx: Tx, found: list[Conversation], viewer: int, urls: Urls) -> list[dict[str, Any]]:
    """Conversations; without those whose last post went away at this moment: apps pass over a null there."""
    people = conversations.people(tx, viewer, [row.top for row in found])
    last = {one["id"]: one for one in assemble.statuses(tx, [row.last for row in found], viewer, urls)}
    named = list(dict.fromkeys(number for numbers in people.values() for number in numbers))
    accounts = {one["id"]: one for one in assemble.accounts_by_ids(tx, named, urls)}
    return [
        {
            "id": str(row.top),
            "unread": row.unread,
            "accounts": [accounts[str(id)] for id in people.get(row.top, []) if str(id) in accounts],
            "last_status": last[str(row.last)],
        }
        for row in found
        if str(row.last) in last
    ]
