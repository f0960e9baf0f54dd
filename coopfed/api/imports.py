"""Files that an actor brings along. The way in is GoToSocial's; how far it is, and what could not be done, is told by ours beside it."""

import asyncio
from typing import Any

from quart import Blueprint, Response, request

from coopfed.api.asking import answer, editor, number, parameters
from coopfed.api.uploads import IMPORT
from coopfed.api.words import moment
from coopfed.errors import InvalidInput
from coopfed.features.portability import imports, store
from coopfed.features.portability.formats import FILE_NAMES, Kind, download
from coopfed.features.portability.store import ImportRow
from coopfed.node import Node

PATH = "/api/coopfed/v1/imports"


def register(api: Blueprint, node: Node) -> None:
    """Adds the routes."""

    @api.post(IMPORT)
    async def bring() -> Response:
        # It follows, blocks, mutes and marks: whoever lets an app do so lets it write everything.
        who = await editor(node, "write")
        asked, data = await parameters(), await _data()
        kind, mode = str(asked.get("type") or ""), str(asked.get("mode") or "merge")
        found = await imports.begin(node, who.actor, kind, mode, data)
        return answer(shown(node, found), 202)

    @api.get(PATH)
    async def list_imports() -> Response:
        who = await editor(node, "read")
        return answer([shown(node, one) for one in await node.db.read(store.listed, who.actor.id)])

    @api.get(f"{PATH}/<id>")
    async def get_import(id: str) -> Response:
        who = await editor(node, "read")
        return answer(shown(node, await node.db.read(store.of_actor, who.actor.id, number(id))))

    @api.get(f"{PATH}/<id>/failures.csv")
    async def get_failures(id: str) -> Response:
        who = await editor(node, "read")
        found = await node.db.read(store.of_actor, who.actor.id, number(id))
        return Response(imports.failures(node, found), 200, download(f"failed_{FILE_NAMES[Kind(found.kind)]}"))


async def _data() -> bytes:
    """The file: a part of the form, or its text among the parameters."""
    file = (await request.files).get("data") if request.mimetype == "multipart/form-data" else None
    if file is not None:
        return await asyncio.to_thread(file.read)
    text = (await parameters()).get("data")
    if not isinstance(text, str):
        raise InvalidInput("data is missing: send the CSV file")
    return text.encode(errors="replace")


def shown(node: Node, found: ImportRow) -> dict[str, Any]:
    """An import: how far it is. `failures` leads to the rows that could not be done."""
    return {
        "id": str(found.id),
        "type": found.kind,
        "mode": found.mode,
        "state": "finished" if found.finished else "running",
        "total": found.total,
        "done": found.done,
        "failed": found.failed,
        "failures": f"{node.urls.base}{PATH}/{found.id}/failures.csv" if found.failed else None,
        "created_at": moment(found.created_at),
        "finished_at": moment(found.finished_at) if found.finished_at is not None else None,
    }
