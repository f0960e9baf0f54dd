"""Everything of an actor in one file, for its admins. Ours, beside Mastodon's API."""

from typing import Any

from quart import Blueprint, Response, send_file

from actors.roles import may_give_roles
from coopfed.api.asking import answer, number, speaker
from coopfed.api.words import moment
from coopfed.errors import Forbidden
from coopfed.features.portability import archives
from coopfed.features.portability.archives import ArchiveRow
from coopfed.node import Node
from coopfed.oauth.tokens import Bearer

PATH = "/api/coopfed/v1/archives"


def register(api: Blueprint, node: Node) -> None:
    """Adds the routes. All that the actor's people may see is in the file, so a token needs the whole of `read`."""

    @api.post(PATH)
    async def ask() -> Response:
        who = _admin(await speaker(node, "write"))
        return answer(_shown(node, await archives.ask(node, who.actor)), 202)

    @api.get(PATH)
    async def list_archives() -> Response:
        who = _admin(await speaker(node, "read"))
        return answer([_shown(node, row) for row in await node.db.read(archives.listed, who.actor.id)])

    @api.get(f"{PATH}/<id>")
    async def get_archive(id: str) -> Response:
        who = await speaker(node, "read")
        row = await node.db.read(archives.of_actor, who.actor.id, number(id))
        _admin(who)
        return await archive_file(node, row, who.actor.handle)


def _admin(who: Bearer) -> Bearer:
    if not may_give_roles(who.roles):
        raise Forbidden("only admins of this actor have its archives", reason="insufficient_role")
    return who


async def archive_file(node: Node, row: ArchiveRow, handle: str) -> Response:
    """The file, in parts for whoever asks for parts. NotFound while it is not ready."""
    found = archives.path(node.config, row)
    name = f"{handle}-{row.id}.zip"
    response = await send_file(found, "application/zip", as_attachment=True, attachment_filename=name, conditional=True)
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _shown(node: Node, row: ArchiveRow) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "state": "ready" if row.ready else "failed" if row.failed else "waiting",
        "size": row.size if row.ready else None,
        "url": f"{node.urls.base}{PATH}/{row.id}" if row.ready else None,
        "created_at": moment(row.created_at),
        "expires_at": moment(row.expires_at),
    }
