"""`/media/…`: files that members uploaded, at addresses that nobody can guess; pictures of this node's emojis; copies of others' files, at
addresses that this node sealed.

They run nothing (sandbox, and a type that was looked for in the bytes), may stand in other pages, never change, and come in parts for
players. Source: security research 1.1, 1.8; client_api research 5, MediaAttachment.
"""

import re

from quart import Blueprint, Response, request, send_file

from actors.emojis import STILL, by_name
from coopfed.errors import NotFound
from coopfed.features.copies.fetch import copy_of, small
from coopfed.features.media import files, store
from coopfed.features.media.rules import EXTENSIONS, FILE, PREVIEW, SHAPES
from coopfed.node import Node
from coopfed.web.asking import number

_ENDINGS = {*EXTENSIONS.values(), PREVIEW}
_FILE = re.compile(r"([A-Za-z0-9]{40,50})\.([a-z0-9.]{3,9})")
_COPY = re.compile(r"([A-Za-z0-9_-]{1,4000})(\.small)?")
_YEAR, _DAY = 365 * 24 * 3600, 24 * 3600
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Content-Disposition": "inline",
}


def register(pages: Blueprint, node: Node) -> None:
    """Adds the routes."""

    @pages.get("/media/<id>/<file>")
    async def uploaded(id: str, file: str) -> Response:
        match = _FILE.fullmatch(file)
        row = await node.db.read(store.by_id, number(id)) if match else None
        if match is None or row is None or row.name != match[1] or not row.ready or match[2] not in _ENDINGS:
            raise NotFound(f"no file {file[:100]}")
        return await _served(node, row.name, match[2], _YEAR)

    @pages.get("/media/emojis/<file>")
    async def emoji(file: str) -> Response:
        match = _FILE.fullmatch(file)
        row = await node.db.read(by_name, match[1]) if match else None
        if match is None or row is None or match[2] not in (STILL, EXTENSIONS[row.media_type]):
            raise NotFound(f"no emoji {file[:100]}")
        return await _served(node, row.name, match[2], _YEAR)

    @pages.get("/media/copies/<shape>/<seal>/<path>")
    async def copy(shape: str, seal: str, path: str) -> Response:
        match = _COPY.fullmatch(path) if shape in SHAPES else None
        url = node.urls.copied(shape, seal, match[1]) if match is not None else None
        if match is None or url is None:
            raise NotFound("this node did not give out that address")
        row = await copy_of(node, shape, url)
        if match[2] and not row.media_type.startswith("image/"):
            raise NotFound("a film has no smaller picture")
        ending = small(shape) if match[2] else EXTENSIONS[row.media_type]
        return await _served(node, row.name, ending, _YEAR if shape == FILE else _DAY)


async def _served(node: Node, name: str, ending: str, seconds: int) -> Response:
    """The file of this name, to be kept by whoever asks for so long."""
    key, media_type = files.key(name, ending), files.media_type(ending)
    path = node.storage.path(key)
    if path is None:
        response = await _streamed(node, key, media_type)
    elif path.is_file():
        response = await send_file(path, mimetype=media_type, conditional=True, add_etags=True)
    else:
        raise NotFound(f"the file {key} is not on the disk")
    response.headers.update(_HEADERS)
    response.headers["Cache-Control"] = f"public, max-age={seconds}{', immutable' if seconds == _YEAR else ''}"
    return response


async def _streamed(node: Node, key: str, media_type: str) -> Response:
    """A file that lies elsewhere, passed on as it comes, in parts for players. Source: RFC 9110 14."""
    size = await node.storage.size(key)
    if size is None:
        raise NotFound(f"the file {key} is not in the bucket")
    start, end, status, headers = 0, size, 200, {"Accept-Ranges": "bytes", "ETag": f'"{key}"'}
    if request.headers.get("If-None-Match") == f'"{key}"':
        return Response(b"", 304, headers)
    if request.range is not None and request.range.units == "bytes":
        wanted = request.range.range_for_length(size)
        if wanted is None:
            return Response(b"", 416, headers | {"Content-Range": f"bytes */{size}"})
        (start, end), status = wanted, 206
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    headers["Content-Length"] = str(end - start)
    return Response(node.storage.read(key, start, end), status, headers, content_type=media_type)
