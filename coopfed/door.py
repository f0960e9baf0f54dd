"""The protocol's doors: routes, requests and answers for machines, free of any web framework.

Inbox, actors, objects, WebFinger and NodeInfo are answered by plain functions `(node, request, …) -> Response` before Quart is
asked (`coopfed.app`); that saves a third of the time of a small request. Pages and the client API are Quart's.
"""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

import orjson

from coopfed import limits
from coopfed.errors import BadMessage, CoopFedError, TooMany, Unauthenticated, Unavailable
from coopfed.signing import messages
from coopfed.signing.request import Request
from coopfed.vocab.terms import ACTIVITY_JSON, wants_activity

Headers = tuple[tuple[str, str], ...]

JSON = "application/json; charset=utf-8"
VARY = ("Vary", "Accept, Signature, Signature-Input")


@dataclass(frozen=True, slots=True)
class Response:
    """An answer: status, ready bytes, content type and further headers."""

    status: int
    body: bytes = b""
    content_type: str | None = None
    headers: Headers = ()


Handler = Callable[..., Awaitable[Response]]
"""`(node, request, client, *path_parts) -> Response`; `client` is the address the request came from."""


@dataclass(frozen=True, slots=True)
class Route:
    """A door: method, path pattern with `<name>` parts (digits only when `<id>`), and who answers.

    `body_bytes` is what a request may carry (0: its body is not read); `cors` lets scripts of other sites read the answer.
    """

    method: str
    path: str
    handler: Handler
    body_bytes: int = 0
    cors: bool = False
    any_host: bool = False


def query_of(request: Request) -> dict[str, str]:
    """The parameters of the query, the first of each name. BadMessage when there are too many of them."""
    try:
        query = parse_qs(request.target.partition("?")[2], max_num_fields=limits.QUERY_FIELDS, keep_blank_values=True)
    except ValueError as error:
        raise BadMessage(f"more than {limits.QUERY_FIELDS} parameters in the query") from error
    return {name: values[0] for name, values in query.items()}


def prefers_page(request: Request) -> bool:
    """Whether a browser asks: it wants HTML rather than ActivityStreams. Without an Accept header a peer asks."""
    accept = request.header("accept")
    return accept is not None and "text/html" in accept and not wants_activity(accept)


def activity_response(document: Any, request: Request, *, status: int = 200, private: bool = False) -> Response:
    """An ActivityStreams document (a dict, or bytes already serialised) with its cache rules and ETag.

    Source: ActivityPub 3.2; the content type is exactly one that Lemmy and GoToSocial compare with.
    """
    body = document if isinstance(document, bytes) else orjson.dumps(document)
    etag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
    cache = "private, no-store" if private else "public, max-age=180"
    headers: Headers = (("ETag", etag), ("Cache-Control", cache), VARY)
    if status == 200 and _is_known(etag, request.header("if-none-match")):
        return Response(304, headers=headers)
    return Response(status, body, ACTIVITY_JSON, headers)


def _is_known(etag: str, header: str | None) -> bool:
    """Whether the asker has it: weak comparison, since proxies that compress weaken tags. Source: RFC 9110 13.1.2."""
    return etag in {tag.strip().removeprefix("W/") for tag in (header or "").split(",")}


def json_response(document: Any, *, status: int = 200, content_type: str = JSON, headers: Headers = ()) -> Response:
    """A JSON document."""
    return Response(status, orjson.dumps(document), content_type, headers)


def error_response(error: CoopFedError) -> Response:
    """What a stranger learns of an error: status, the reason's name and the safe sentence."""
    headers: list[tuple[str, str]] = [("Cache-Control", "no-store")]
    if isinstance(error, Unavailable):
        headers.append(("Retry-After", str(error.retry_after)))
    elif isinstance(error, TooMany):
        headers.append(("Retry-After", str(error.seconds)))
    elif error.status_code == 503:
        headers.append(("Retry-After", "30"))
    if isinstance(error, Unauthenticated):
        headers.append(("Accept-Signature", messages.accept_signature()))
    body = {"error": error.reason, "error_description": error.safe}
    return json_response(body, status=error.status_code, headers=tuple(headers))
