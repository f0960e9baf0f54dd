"""How many requests an app may make, and that it is told. Source: client_api research 4; Mastodon, *Rate limits*."""

from typing import Any

from quart import Blueprint, Response, g, request

from coopfed.api.words import moment
from coopfed.errors import TooMany, Unauthenticated
from coopfed.net.throttle import network
from coopfed.net.windows import Allowance, Left
from coopfed.node import Node
from coopfed.oauth.tokens import app_of

_SECONDS = 300
_RELAXED = 1000
"""For a node under development that sets no limit of its own: its tests ask all day."""
DELETIONS = Allowance(30, 1800)
"""Of statuses and boosts, by an account: each is told to every follower's server."""


def register(api: Blueprint, node: Node) -> None:
    """Counts each request by its token, or by its address when it has none, and says what is left.

    A token that nobody looked at is not believed: whoever makes one up for each request would have a count of their own each time.
    Those requests count by their address as well, and where that is spent the token has to be one. Source: security research 1.6,
    *Rate limit bypass by header*.
    """

    @api.before_request
    async def count() -> None:
        if request.method == "OPTIONS":
            return
        address = network(client_address())
        if has_token():
            g.left = node.take("requests of token", _allowance(node, "rate_token"), request.headers["Authorization"])
            if node.spent("bad tokens from", _allowance(node, "rate_address"), address):
                await _prove(node)
        else:
            g.left = node.take("requests from", _allowance(node, "rate_address"), address)
        if g.left.refused:
            raise TooMany("too many requests", seconds=node.seconds_until(g.left.resets_at))

    @api.after_request
    async def tell(response: Response) -> Response:
        if has_token() and "proven" not in g and request.method != "OPTIONS":
            node.take("bad tokens from", _allowance(node, "rate_address"), network(client_address()))
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


def has_token() -> bool:
    """Whether the request has what looks like a token."""
    return request.headers.get("Authorization", "").partition(" ")[0].lower() == "bearer"


def proven() -> None:
    """The present request's token was looked at, and is one."""
    g.proven = True


async def _prove(node: Node) -> None:
    try:
        await app_of(node, request.headers["Authorization"])
    except Unauthenticated as error:
        raise TooMany("too many requests with tokens that are none", seconds=_SECONDS) from error
    proven()


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
