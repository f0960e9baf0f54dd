"""/.well-known/webfinger and host-meta, for our own actors."""

from actors.lookup import ActorRow, by_uri, local_by_handle
from coopfed.db.tx import Tx
from coopfed.door import Response, Route, json_response, query_of
from coopfed.errors import BadMessage, Gone, NotFound
from coopfed.ids import NODE_HANDLE
from coopfed.node import Node
from coopfed.signing.request import Request
from webfinger.jrd import CONTENT_TYPE, write_host_meta, write_host_meta_json, write_jrd
from webfinger.resource import Handle, parse_resource

_CACHE = (("Cache-Control", "public, max-age=180"),)


async def get_webfinger(node: Node, request: Request, _client: str) -> Response:
    """The JRD of an actor of ours, asked for by handle (of either domain), by id, by page or by the node's address.

    400 without a resource, 404 for an unknown one, 410 for a deleted actor. Source: RFC 7033 4.2.
    """
    resource = query_of(request).get("resource", "")
    if not resource:
        raise BadMessage("webfinger without a resource parameter")
    row = await node.db.read(_asked_for, node, resource)
    if row is None:
        raise NotFound("no such resource here")
    if row.gone_at is not None:
        raise Gone(f"{row.handle} was deleted")
    jrd = write_jrd(Handle(row.handle, node.config.handle_domain), row.uri, row.url or row.uri)
    return json_response(jrd, content_type=CONTENT_TYPE, headers=_CACHE)


def _asked_for(tx: Tx, node: Node, resource: str) -> ActorRow | None:
    asked = parse_resource(resource)
    if isinstance(asked, Handle):
        ours = asked.host in (node.config.handle_domain, node.config.authority)
        return local_by_handle(tx, asked.name) if ours else None
    if asked.url.rstrip("/") == node.urls.base:
        return local_by_handle(tx, NODE_HANDLE)
    if asked.url.startswith(f"{node.urls.base}/@"):
        return local_by_handle(tx, asked.url.removeprefix(f"{node.urls.base}/@"))
    row = by_uri(tx, asked.url)
    return row if row is not None and row.local else None


async def get_host_meta(node: Node, request: Request, _client: str) -> Response:
    """Where WebFinger is asked, as XRD, or as JSON when that is wanted. Source: RFC 6415 2, 3."""
    if "json" in (request.header("accept") or ""):
        return json_response(write_host_meta_json(node.urls.base), headers=_CACHE)
    body = write_host_meta(node.urls.base).encode()
    return Response(200, body, "application/xrd+xml; charset=utf-8", _CACHE)


ROUTES = (
    Route("GET", "/.well-known/webfinger", get_webfinger, cors=True),
    Route("GET", "/.well-known/host-meta", get_host_meta, cors=True),
)
