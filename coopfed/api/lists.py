"""Lists of the acting actor: made, filled, read."""

from typing import Any

from quart import Blueprint, Response, request

from actors.lookup import ActorRow, by_ids
from coopfed.api import assemble
from coopfed.api.asking import answer, number, page_links, parameters, several, speaker, stretch, writer
from coopfed.api.readers import Reader, as_read, reader
from coopfed.db.tx import Tx
from coopfed.features.filters.rules import Context
from coopfed.features.lists import store
from coopfed.features.lists.store import ListRow, Replies
from coopfed.features.ranges import Range
from coopfed.ids import Urls
from coopfed.node import Node
from coopfed.text.parameters import truth

_ALL = 10_000
_PAGE_MAX = 80


def register(api: Blueprint, node: Node) -> None:
    """Adds the routes."""
    _register_lists(api, node)
    _register_members(api, node)
    _register_timeline(api, node)


def _register_lists(api: Blueprint, node: Node) -> None:
    @api.get("/api/v1/lists")
    async def lists() -> Response:
        who = await speaker(node, "read:lists")
        return answer([_list(row) for row in await node.db.read(store.of_actor, who.actor.id)])

    @api.post("/api/v1/lists")
    async def create_list() -> Response:
        who = await writer(node, "write:lists")
        asked = await parameters()
        meant = store.checked(
            asked.get("title"), asked.get("replies_policy") or Replies.LIST, bool(truth(asked.get("exclusive")))
        )
        return answer(_list(await node.db.write(store.create, who.actor.id, *meant, node.stamp())))

    @api.get("/api/v1/lists/<id>")
    async def get_list(id: str) -> Response:
        who = await speaker(node, "read:lists")
        return answer(_list(await node.db.read(store.one, who.actor.id, number(id))))

    @api.put("/api/v1/lists/<id>")
    async def change_list(id: str) -> Response:
        who = await writer(node, "write:lists")
        row, asked = await node.db.read(store.one, who.actor.id, number(id)), await parameters()
        exclusive = truth(asked.get("exclusive"))
        meant = store.checked(
            asked.get("title", row.title),
            asked.get("replies_policy") or row.replies,
            row.exclusive if exclusive is None else exclusive,
        )
        return answer(_list(await node.db.write(store.change, who.actor.id, row.id, *meant)))

    @api.delete("/api/v1/lists/<id>")
    async def delete_list(id: str) -> Response:
        who = await writer(node, "write:lists")
        await node.db.write(store.remove, who.actor.id, number(id))
        return answer({})


def _register_members(api: Blueprint, node: Node) -> None:
    @api.get("/api/v1/lists/<id>/accounts")
    async def list_accounts(id: str) -> Response:
        who = await speaker(node, "read:lists")
        row, asked = await node.db.read(store.one, who.actor.id, number(id)), stretch(_PAGE_MAX)
        # `limit=0` asks for all of them (client_api research 6).
        limit = _ALL if request.args.get("limit") == "0" else asked.limit
        rows = await node.db.read(_members, row.id, limit, asked.max_id, asked.above)
        shown = await node.db.read(assemble.accounts, rows, node.urls)
        path = f"/api/v1/lists/{row.id}/accounts"
        return answer(shown, headers=page_links(node.urls.base, path, [one.id for one in rows], asked.limit))

    @api.post("/api/v1/lists/<id>/accounts")
    async def add_accounts(id: str) -> Response:
        who = await writer(node, "write:lists")
        ids = [number(one) for one in await several("account_ids") or []]
        await node.db.write(store.add_members, who.actor.id, number(id), ids)
        return answer({})

    @api.delete("/api/v1/lists/<id>/accounts")
    async def remove_accounts(id: str) -> Response:
        who = await writer(node, "write:lists")
        ids = [number(one) for one in await several("account_ids") or []]
        await node.db.write(store.remove_members, who.actor.id, number(id), ids)
        return answer({})

    @api.get("/api/v1/accounts/<id>/lists")
    async def lists_of_account(id: str) -> Response:
        who = await speaker(node, "read:lists")
        found = await node.db.read(store.with_member, who.actor.id, number(id))
        return answer([_list(row) for row in found])


def _register_timeline(api: Blueprint, node: Node) -> None:
    @api.get("/api/v1/timelines/list/<id>")
    async def list_timeline(id: str) -> Response:
        who = await speaker(node, "read:lists")
        row, asked = await node.db.read(store.one, who.actor.id, number(id)), stretch()
        ids, shown = await node.db.read(_timeline, row, asked, reader(node, who), node.urls)
        return answer(shown, headers=page_links(node.urls.base, f"/api/v1/timelines/list/{row.id}", ids, asked.limit))


def _timeline(tx: Tx, row: ListRow, asked: Range, by: Reader, urls: Urls) -> tuple[list[int], list[dict[str, Any]]]:
    ids, shown = assemble.listed(tx, row, asked, urls)
    return ids, as_read(tx, shown, by, Context.HOME)


def _list(row: ListRow) -> dict[str, Any]:
    return {"id": str(row.id), "title": row.title, "replies_policy": row.replies, "exclusive": row.exclusive}


def _members(tx: Tx, number: int, count: int, below: int | None, above: int) -> list[ActorRow]:
    ids = store.members(tx, number, count, below, above)
    known = by_ids(tx, ids)
    return [known[id] for id in ids if id in known]
