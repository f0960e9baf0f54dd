"""The client API in OpenAPI 3.1: every route with who may ask it, as the node enforces it.

What is said of a route stands in `described.json`, a line for each. It is written by asking a node (`./run openapi`): each route
without a token, with tokens of too few scopes, in each role. A test asks anew and compares, so that the document and the doors cannot
differ. What routes answer stands in `entities.json`: the schemas against which the tests hold every answer that leaves a node under
test, those of real apps too (`tests/support/entities`). Parameters are Mastodon's and documented there.
"""

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import orjson
from quart import Blueprint, Response, request

from coopfed import __version__
from coopfed.node import Node
from coopfed.oauth.scopes import SCOPES

_HOLE = re.compile(r"<(?:\w+:)?(\w+)>")
_AGE = {"Cache-Control": "public, max-age=3600"}
_MASTODON = "https://docs.joinmastodon.org/client/intro/"


@dataclass(frozen=True, slots=True)
class Described:
    """A route: `token` is none, optional or required; any one of the `scopes` will do (without any, each token does); `role` is the
    least that does it where an actor wants what authors write to be approved (reader, author, editor; or operator); `pages` says
    whether the answer comes in pages."""

    method: str
    path: str
    summary: str
    token: str = "none"
    scopes: tuple[str, ...] = ()
    role: str = "reader"
    pages: bool = False


def register(api: Blueprint, node: Node) -> None:
    """Adds the route."""

    @api.get("/api/coopfed/v1/openapi.json")
    async def openapi() -> Response:
        body = _written(node.urls.base)
        tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        headers = {**_AGE, "ETag": tag}
        if request.headers.get("If-None-Match") == tag:
            return Response(b"", 304, headers)
        return Response(body, 200, headers, content_type="application/json; charset=utf-8")


@cache
def _written(base: str) -> bytes:
    return orjson.dumps(document(routes(), base))


@cache
def routes() -> tuple[Described, ...]:
    """What is said of each route, by path and method."""
    lines = orjson.loads(files("coopfed.api").joinpath("described.json").read_bytes())
    return tuple(Described(**{**line, "scopes": tuple(line.get("scopes", ()))}) for line in lines)


@cache
def answers() -> dict[str, Any]:
    """Which entities there are (`schemas`, by name), and what each route answers (`answers`, by method and path; null: a file)."""
    read: dict[str, Any] = orjson.loads(files("coopfed.api").joinpath("entities.json").read_bytes())
    return read


def document(described: tuple[Described, ...], base: str) -> dict[str, Any]:
    """The description of a node at this address. Source: OpenAPI 3.1.1."""
    paths: dict[str, dict[str, Any]] = {}
    for route in described:
        paths.setdefault(_HOLE.sub(r"{\1}", route.path), {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "CoopFed client API",
            "summary": "The client API of Mastodon, as far as this node speaks it, and what is CoopFed's own.",
            "description": (
                "`x-coopfed-role` is the least role at the actor that does it: reader, author or editor; or operator, who runs the "
                "node. Where the actor does not want what authors write to be approved, an author does what an editor does."
            ),
            "version": __version__,
            "license": {"name": "AGPL-3.0-or-later", "identifier": "AGPL-3.0-or-later"},
        },
        "externalDocs": {"url": _MASTODON, "description": "What is asked for under /api/v1 and /api/v2"},
        "servers": [{"url": base}],
        "paths": paths,
        "components": {
            "securitySchemes": {"oauth2": _oauth(base)},
            "schemas": {"Error": _ERROR, **answers()["schemas"]},
            "parameters": _CURSORS,
            "headers": _HEADERS,
            "responses": _FAILURES,
        },
    }


def _operation(route: Described) -> dict[str, Any]:
    holes = _HOLE.findall(route.path)
    found: dict[str, Any] = {
        "operationId": f"{route.method.lower()} {route.path}",
        "summary": route.summary,
        "tags": ["CoopFed" if "/api/coopfed/" in route.path else "Mastodon"],
        "security": _security(route),
        "responses": _responses(route, bool(holes)),
    }
    if route.token != "none":
        found["x-coopfed-role"] = route.role
    parameters = [{"name": hole, "in": "path", "required": True, "schema": {"type": "string"}} for hole in holes]
    if route.pages:
        parameters += [{"$ref": f"#/components/parameters/{name}"} for name in _CURSORS]
    return {**found, "parameters": parameters} if parameters else found


def _security(route: Described) -> list[dict[str, list[str]]]:
    if route.token == "none":
        return []
    needed: list[dict[str, list[str]]] = [{"oauth2": [scope]} for scope in route.scopes] or [{"oauth2": []}]
    return [{}, *needed] if route.token == "optional" else needed


def _responses(route: Described, named: bool) -> dict[str, Any]:
    headers = {name: {"$ref": f"#/components/headers/{name}"} for name in _HEADERS if name != "Link" or route.pages}
    codes = ["422", "429"]
    codes += ["401", "403"] if route.token != "none" else []
    codes += ["404"] if named else []
    failures = {code: {"$ref": f"#/components/responses/{code}"} for code in sorted(codes)}
    schema = answers()["answers"][f"{route.method} {route.path}"]
    content = {"application/octet-stream": {}} if schema is None else {"application/json": {"schema": schema}}
    answer = {"description": route.summary, "headers": headers, "content": content}
    return {"2XX": answer, **failures, "default": {"$ref": "#/components/responses/default"}}


def _oauth(base: str) -> dict[str, Any]:
    every = dict.fromkeys(SCOPES, "")
    return {
        "type": "oauth2",
        "description": "A wide scope holds the narrow ones below it: `read` holds `read:statuses`.",
        "flows": {
            "authorizationCode": {
                "authorizationUrl": f"{base}/oauth/authorize",
                "tokenUrl": f"{base}/oauth/token",
                "scopes": every,
            },
            "clientCredentials": {"tokenUrl": f"{base}/oauth/token", "scopes": every},
        },
    }


_ERROR = {
    "type": "object",
    "required": ["error", "reason"],
    "properties": {
        "error": {
            "type": "string",
            "description": "For people, in Mastodon's words where it has some; under /api/coopfed a code for machines.",
        },
        "error_description": {"type": "string", "description": "For people, in their language; under /api/coopfed."},
        "details": {
            "type": "object",
            "description": (
                "Under /api/coopfed: for each field that cannot be taken, codes and sentences; or the state that forbids it, and what "
                "is allowed in it."
            ),
        },
        "reason": {"type": "string", "description": "For machines."},
    },
}
_CURSORS: dict[str, Any] = {
    "limit": {
        "name": "limit",
        "in": "query",
        "description": "How many at most; a larger number than a page may have is cut.",
        "schema": {"type": "integer", "minimum": 1},
    },
    **{
        name: {
            "name": name,
            "in": "query",
            "description": text,
            "schema": {"type": "string", "pattern": "^[0-9]{1,19}$"},
        }
        for name, text in (
            ("max_id", "Older than this."),
            ("since_id", "Newer than this, the newest first."),
            ("min_id", "Newer than this, the ones next to it."),
        )
    },
}
_HEADERS: dict[str, Any] = {
    "Link": {"description": "Where the next (older) and the previous (newer) page are.", "schema": {"type": "string"}},
    "X-RateLimit-Limit": {"description": "How many requests in five minutes.", "schema": {"type": "integer"}},
    "X-RateLimit-Remaining": {"description": "How many are left.", "schema": {"type": "integer"}},
    "X-RateLimit-Reset": {
        "description": "When there are as many again.",
        "schema": {"type": "string", "format": "date-time"},
    },
}


def _failure(text: str, **headers: str) -> dict[str, Any]:
    told = {name.replace("_", "-"): {"description": why, "schema": {"type": "string"}} for name, why in headers.items()}
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    return {"description": text, "content": content, **({"headers": told} if told else {})}


_FAILURES = {
    "401": _failure("No token where one is needed, or one that is none.", WWW_Authenticate="Source: RFC 6750 3."),
    "403": _failure(
        "The token lacks the scope, or the account the role.",
        WWW_Authenticate="Where a scope is missing: a challenge for each that would do.",
    ),
    "404": _failure("Nothing is there, or nothing that may be seen."),
    "422": _failure("Something in the request cannot be taken; `error` says what to change."),
    "429": _failure("Too many requests.", Retry_After="Seconds to wait."),
    "default": _failure("Another failure."),
}
