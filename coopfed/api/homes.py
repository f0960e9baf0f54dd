"""What else an actor calls its own, and moving away: as GoToSocial's API has them. For the actor's admins."""

from quart import Blueprint, Response

from actors.lookup import by_id
from coopfed.api import assemble
from coopfed.api.asking import admin, answer, parameters, several
from coopfed.api.rates import client_address
from coopfed.errors import InvalidInput, NotFound
from coopfed.features.portability import homes
from coopfed.node import Node
from coopfed.oauth.tokens import Bearer


def register(api: Blueprint, node: Node) -> None:
    """Adds the routes."""

    @api.post("/api/v1/accounts/alias")
    async def alias() -> Response:
        who = await admin(node, "write:accounts")
        written = await several("also_known_as_uris")
        if written is None:
            raise InvalidInput("also_known_as_uris is missing; send it empty to have no alias")
        await homes.set_aliases(node, who.actor, written)
        return await _own(node, who)

    @api.post("/api/v1/accounts/move")
    async def move() -> Response:
        who, asked = await admin(node, "write:accounts"), await parameters()
        password, target = str(asked.get("password") or ""), str(asked.get("moved_to_uri") or "")
        await homes.move(node, who.actor, who.account_id, password, target, client_address())
        return await _own(node, who, 202)


async def _own(node: Node, who: Bearer, status: int = 200) -> Response:
    """The account as it is now, with `source.also_known_as_uris` as GoToSocial has it."""
    row = await node.db.read(by_id, who.actor.id)
    if row is None:
        raise NotFound("the actor is gone")
    shown = await node.db.read(assemble.own, row, who.account_id, node.urls)
    shown["source"]["also_known_as_uris"] = list(row.alias_uris)
    return answer(shown, status)
