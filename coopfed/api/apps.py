"""Apps register here, and ask who they are. Source: client_api research 3."""

from typing import Any

from quart import Blueprint, Response, request

from coopfed.api.asking import answer, parameters
from coopfed.api.rates import client_address, proven
from coopfed.errors import NotFound
from coopfed.features.push.keys import vapid
from coopfed.net.throttle import network
from coopfed.net.windows import Allowance
from coopfed.node import Node
from coopfed.oauth import apps
from coopfed.oauth.apps import AppRow
from coopfed.oauth.tokens import app_of
from coopfed.text.parameters import listed

_REGISTRATIONS = Allowance(25, 600)
"""Mastodon allows five in ten minutes; a whole office may stand behind one address."""


def register(api: Blueprint, node: Node) -> None:
    """Adds the routes."""

    @api.post("/api/v1/apps")
    async def register_app() -> Response:
        node.allow("register apps", _REGISTRATIONS, network(client_address()))
        asked = await parameters()
        uris = [line for given in listed(asked.get("redirect_uris")) or [] for line in str(given).split("\n")]
        row, secret = await apps.register_app(
            node,
            str(asked.get("client_name") or ""),
            uris,
            str(asked.get("scopes") or ""),
            str(asked["website"]) if asked.get("website") else None,
        )
        private = {"client_id": row.client_id, "client_secret": secret, "client_secret_expires_at": 0}
        return answer({**application(row, (await vapid(node)).public), **private})

    @api.get("/api/v1/apps/verify_credentials")
    async def verify_app() -> Response:
        number = await app_of(node, request.headers.get("Authorization"))
        proven()
        row = await node.db.read(apps.by_id, number) if number is not None else None
        if row is None:
            raise NotFound("this token belongs to no app")
        return answer(application(row, (await vapid(node)).public))


def application(row: AppRow, vapid_key: str) -> dict[str, Any]:
    """An Application, as anybody with one of its tokens may see it, with the key of the node that Web Push goes by."""
    return {
        "id": str(row.id),
        "name": row.name,
        "website": row.website,
        "scopes": row.scopes.split(),
        "redirect_uris": row.redirects,
        "redirect_uri": row.redirect_uris,
        "vapid_key": vapid_key,
    }
