"""How far the reader has read, and what their apps begin a post with."""

from typing import Any

from quart import Blueprint, Response, request

from coopfed.api.asking import answer, number, parameters, speaker
from coopfed.api.words import moment
from coopfed.db.tx import Tx
from coopfed.errors import InvalidInput, Overtaken
from coopfed.features import markers
from coopfed.features.markers import MarkerRow
from coopfed.node import Node


def register(api: Blueprint, node: Node) -> None:
    """Adds the routes."""

    @api.get("/api/v1/markers")
    async def get_markers() -> Response:
        who = await speaker(node, "read:statuses")
        names = [*request.args.getlist("timeline[]"), *request.args.getlist("timeline")]
        found = await node.db.read(markers.find, who.account_id, who.actor.id, names)
        return answer({row.timeline: _marker(row) for row in found})

    @api.post("/api/v1/markers")
    async def set_markers() -> Response:
        who = await speaker(node, "write:statuses")
        asked = await parameters()
        wanted = {name: _read(asked[name]) for name in markers.TIMELINES if name in asked}

        def unit(tx: Tx, now: int) -> dict[str, Any]:
            moved = {
                name: markers.move(tx, who.account_id, who.actor.id, name, last, now) for name, last in wanted.items()
            }
            if None in moved.values():
                raise Overtaken("another app moved the marker at the same moment")
            return {name: _marker(row) for name, row in moved.items() if row is not None}

        return answer(await node.db.write(unit, node.clock.now()))


def _read(given: Any) -> int:
    if not isinstance(given, dict) or not given.get("last_read_id"):
        raise InvalidInput("Validation failed: last_read_id is missing")
    return number(str(given["last_read_id"]), "last_read_id")


def _marker(row: MarkerRow) -> dict[str, Any]:
    """A Marker."""
    return {"last_read_id": str(row.last_read_id), "version": row.version, "updated_at": moment(row.updated_at)}
