"""The Mastodon client API, as far as this node speaks it: one file per resource, shapes in `shapes`."""

from typing import Any

from quart import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from coopfed.api import (
    accounts,
    admin_accounts,
    admin_hosts,
    admin_reports,
    agreements,
    announcements,
    apps,
    archives,
    blocks,
    bookmarks,
    codes,
    conversations,
    cooperatives,
    described,
    discovery,
    edits,
    endorsements,
    exports,
    feeds,
    filters,
    follows,
    homes,
    host_blocks,
    house,
    imports,
    instance,
    lists,
    markers,
    matches,
    media,
    memberships,
    mutes,
    notification_requests,
    notifications,
    oauth,
    own,
    pending,
    polls,
    profiles,
    push,
    quotes,
    rates,
    reactions,
    relationships,
    reports,
    requests,
    responses,
    scheduled,
    search,
    statuses,
    tags,
    translations,
)
from coopfed.api.asking import no_such, refusal
from coopfed.errors import CoopFedError
from coopfed.node import Node
from coopfed.observe.logs import logger

log = logger("api")


_TOLD = "Link, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, X-Request-Id"
"""Headers that web apps of other origins may read."""


_RESOURCES = (
    rates,
    apps,
    oauth,
    instance,
    house,
    statuses,
    edits,
    polls,
    quotes,
    reactions,
    accounts,
    profiles,
    cooperatives,
    codes,
    relationships,
    follows,
    notifications,
    push,
    notification_requests,
    bookmarks,
    feeds,
    filters,
    lists,
    markers,
    matches,
    media,
    memberships,
    mutes,
    blocks,
    archives,
    homes,
    host_blocks,
    imports,
    endorsements,
    exports,
    reports,
    requests,
    responses,
    tags,
    search,
    discovery,
    scheduled,
    pending,
    conversations,
    translations,
    admin_accounts,
    admin_hosts,
    admin_reports,
    agreements,
    announcements,
    described,
)
"""Every resource, with its routes; what counts requests comes first."""


class Api(Blueprint):
    """A blueprint whose endpoints are named by method and path, which are unique; functions of several files need not be."""

    def add_url_rule(self, rule: str, endpoint: str | None = None, *arguments: Any, **options: Any) -> None:
        """Adds a route. See Blueprint."""
        name = f"{' '.join(sorted(options.get('methods') or ['GET']))} {rule}".replace(".", "-")
        super().add_url_rule(rule, endpoint or name, *arguments, **options)


def create_api(node: Node) -> Blueprint:
    """The blueprint of the client API."""
    api = Api("api", __name__)
    for resource in _RESOURCES:
        resource.register(api, node)

    @api.after_request
    async def readable_elsewhere(response: Response) -> Response:
        """Web apps of other origins may ask with a token: their browsers ask first (OPTIONS) whether they may."""
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type, Idempotency-Key"
        response.headers["Access-Control-Allow-Methods"] = "GET, POST, PUT, PATCH, DELETE, OPTIONS"
        response.headers["Access-Control-Expose-Headers"] = _TOLD
        response.headers["Access-Control-Max-Age"] = "86400"
        return response

    @api.errorhandler(CoopFedError)
    async def refused(error: CoopFedError) -> Response:
        return failure(error)

    @api.errorhandler(HTTPException)
    async def http_error(error: HTTPException) -> Response:
        return failure(error)

    return api


def failure(error: Exception) -> Response:
    """The JSON that tells of any error, also of paths under /api where nothing is. What is no error of ours is 500."""
    ours = request.path.startswith(f"{own.PREFIX}/")
    if isinstance(error, HTTPException):
        headers = {name: value for name, value in error.get_headers() if name == "Allow"}
        return (own.no_such if ours else no_such)(error.code or 500, headers)
    if not isinstance(error, CoopFedError):
        log.error("api_failed", exc_info=error, request=request.scope.get("coopfed.request"))
        error = CoopFedError("unexpected")
    elif error.status_code >= 500:
        log.error("api_failed", reason=error.reason, detail=str(error), request=request.scope.get("coopfed.request"))
    return own.refusal(error) if ours else refusal(error)
