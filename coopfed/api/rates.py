"""How many requests an app may make, and that it is told. Source: client_api research 4; Mastodon, *Rate limits*."""

from typing import Any

from quart import Blueprint, Response, g, request

from coopfed.api.words import moment
from coopfed.errors import TooMany
from coopfed.net.throttle import network
from coopfed.net.windows import Allowance, Left
from coopfed.node import Node

_SECONDS = 300
_RELAXED = 1000
"""For a node under development that sets no limit of its own: its tests ask all day."""
DELETIONS = Allowance(30, 1800)
"""Of statuses and boosts, by an account: each is told to every follower's server."""


def register(api: Blueprint, node: Node) -> None:
    """Counts each request by its token, or by its address when it has none, and says what is left."""

    @api.before_request
    async def count() -> None:
        if request.method == "OPTIONS":
            return
        given = request.headers.get("Authorization")
        if given:
            g.left = node.take("requests of token", _allowance(node, "rate_token"), given)
        else:
            g.left = node.take("requests from", _allowance(node, "rate_address"), network(client_address()))
        if g.left.refused:
            raise TooMany("too many requests", seconds=node.seconds_until(g.left.resets_at))

    @api.after_request
    async def tell(response: Response) -> Response:
        left: Left | None = g.get("left")
        if left is not None:
            response.headers["X-RateLimit-Limit"] = str(left.limit)
            response.headers["X-RateLimit-Remaining"] = str(left.remaining)
            # A date, as Mastodon writes it: Mastodon.py waits by it.
            response.headers["X-RateLimit-Reset"] = moment(left.resets_at)
        return response


def client_address() -> str:
    """Where the request came from, as the application found out; see `Application.client`."""
    return str(request.scope.get("coopfed.client", ""))


def allow_account(node: Node, account_id: int) -> None:
    """TooMany when all apps of an account together ask too often."""
    node.allow("requests of account", _allowance(node, "rate_account"), str(account_id))


def allow_stranger(node: Node, address: str) -> None:
    """TooMany when too many requests come from the address with tokens that are none."""
    node.allow("bad tokens from", _allowance(node, "rate_address"), network(address))


def allow_deletion(node: Node, account_id: int) -> None:
    """TooMany when an account deletes too much."""
    node.allow("deletions of account", _relaxed(node, DELETIONS), str(account_id))


def _allowance(node: Node, setting: str) -> Allowance:
    found: Any = getattr(node.config, setting)
    allowance = Allowance(found, _SECONDS)
    return allowance if setting in node.config.model_fields_set else _relaxed(node, allowance)


def _relaxed(node: Node, allowance: Allowance) -> Allowance:
    if not node.config.development:
        return allowance
    return Allowance(allowance.limit * _RELAXED, allowance.seconds)
