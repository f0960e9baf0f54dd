"""`/static/…`: the style sheet, a script and pictures, a handful of small files kept in memory. No other file can be asked for."""

import hashlib
from dataclasses import dataclass
from importlib.resources import files

from quart import Blueprint, Response, request

from coopfed.errors import NotFound
from coopfed.web.headers import guarded

_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "png": "image/png",
}
_YEAR, _DAY = 365 * 24 * 3600, 24 * 3600


@dataclass(frozen=True, slots=True)
class File:
    """A file as it is served; `version` changes with its content."""

    body: bytes
    content_type: str
    version: str


def _read() -> dict[str, File]:
    found = {}
    for entry in files("coopfed.web").joinpath("static").iterdir():
        body = entry.read_bytes()
        kind = _TYPES[entry.name.rpartition(".")[2]]
        found[entry.name] = File(body, kind, hashlib.sha256(body).hexdigest()[:12])
    return found


FILES = _read()
"""All of them by name."""


def address(name: str) -> str:
    """The path of a file with its version: what stands there never changes, so browsers ask once."""
    return f"/static/{name}?v={FILES[name].version}"


def register(pages: Blueprint) -> None:
    """Adds the route."""

    @pages.get("/static/<name>")
    async def static_file(name: str) -> Response:
        file = FILES.get(name)
        if file is None:
            raise NotFound(f"no static file {name}")
        age = _YEAR if request.args.get("v") == file.version else _DAY
        tag = f'"{file.version}"'
        headers = {"ETag": tag, "Cache-Control": f"public, max-age={age}"}
        if request.headers.get("If-None-Match") == tag:
            return guarded(Response(b"", 304, headers))
        return guarded(Response(file.body, 200, headers, content_type=file.content_type))
