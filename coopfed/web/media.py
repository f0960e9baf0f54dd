"""`/media/…`: files that members uploaded, at addresses that nobody can guess.

They run nothing (sandbox, and a type that was looked for in the bytes), may stand in other pages, never change, and come in parts for
players. Source: security research 1.1, 1.8; client_api research 5, MediaAttachment.
"""

import re

from quart import Blueprint, Response, send_file

from coopfed.errors import NotFound
from coopfed.features.media import files, store
from coopfed.features.media.rules import EXTENSIONS, PREVIEW
from coopfed.node import Node
from coopfed.web.asking import number

_TYPES = {extension: media_type for media_type, extension in EXTENSIONS.items()} | {PREVIEW: "image/jpeg"}
_FILE = re.compile(r"([A-Za-z0-9]{40,50})\.([a-z0-9.]{3,9})")
_YEAR = 365 * 24 * 3600
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Content-Disposition": "inline",
    "Cache-Control": f"public, max-age={_YEAR}, immutable",
}


def register(pages: Blueprint, node: Node) -> None:
    """Adds the route."""

    @pages.get("/media/<id>/<file>")
    async def uploaded(id: str, file: str) -> Response:
        match = _FILE.fullmatch(file)
        row = await node.db.read(store.by_id, number(id)) if match else None
        if match is None or row is None or row.name != match[1] or not row.ready or match[2] not in _TYPES:
            raise NotFound(f"no file {file[:100]}")
        path = files.path(node.config, row.name, match[2])
        if not path.is_file():
            raise NotFound(f"the file {row.id} is not on the disk")
        response = await send_file(path, mimetype=_TYPES[match[2]], conditional=True, add_etags=True)
        response.headers.update(_HEADERS)
        return response
