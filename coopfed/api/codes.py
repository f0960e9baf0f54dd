"""The code tables, for whoever builds forms and filters. Ours, beside Mastodon's API. Source: API contract 2."""

from typing import Any

from quart import Blueprint, Response, request

from coopfed.api.own import PREFIX, public
from coopfed.api.words import moment
from coopfed.codes import tables
from coopfed.codes.tables import Code
from coopfed.errors import NotFound
from coopfed.node import Node
from coopfed.oauth.tokens import app_of

_AGE = 3600
_WORDS = 200
"""Characters that are searched."""


def register(api: Blueprint, node: Node) -> None:
    """Adds the routes. They are public; a token that is sent must be good all the same."""

    @api.get(f"{PREFIX}/codes")
    async def code_tables() -> Response:
        await _checked(node)
        told = [
            {"table": name, "size": len(tables.table(name)), "updated_at": moment(tables.CHANGED_AT)}
            for name in tables.names()
        ]
        return public(told, age=_AGE)

    @api.get(f"{PREFIX}/codes/<name>")
    async def code_table(name: str) -> Response:
        await _checked(node)
        if name not in tables.names():
            raise NotFound(f"no table {name[:50]!r}")
        found = tables.find(name, request.args.get("q", "")[:_WORDS], request.args.get("parent"))
        return public([_shown(row) for row in found[: _limit(len(found))]], age=_AGE)


async def _checked(node: Node) -> None:
    authorization = request.headers.get("Authorization")
    if authorization:
        await app_of(node, authorization)


def _limit(most: int) -> int:
    asked = request.args.get("limit", "")
    return max(1, int(asked)) if asked.isascii() and asked.isdigit() and len(asked) < 10 else most


def _shown(row: Code) -> dict[str, Any]:
    return {"code": row.code, "labels": dict(row.labels), "parent": row.parent, "data": dict(row.data)}
