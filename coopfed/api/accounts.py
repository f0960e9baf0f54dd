"""Accounts (actors): oneself, and others by number and by handle."""

from quart import Blueprint, Response, request

from actors.lookup import ActorRow, by_id
from coopfed.api import assemble, people
from coopfed.api.asking import PAGE_MAX, answer, anybody, number, several, speaker
from coopfed.errors import InvalidInput, NotFound
from coopfed.features.posts.defaults import defaults_of
from coopfed.node import Node
from webfinger.resolve import find_actor, known_by_handle


def register(api: Blueprint, node: Node) -> None:
    """Adds the routes."""

    @api.get("/api/v1/accounts/verify_credentials")
    async def verify_credentials() -> Response:
        who = await speaker(node, "read:accounts", "profile")
        return answer(await node.db.read(assemble.own, who.actor, who.account_id, node.urls))

    @api.get("/api/v1/preferences")
    async def preferences() -> Response:
        who = await speaker(node, "read:accounts")
        return answer(people.preferences(await node.db.read(defaults_of, who.actor.id)))

    @api.get("/api/v1/accounts/lookup")
    async def lookup() -> Response:
        who, acct = await anybody(node, "read:accounts"), request.args.get("acct", "")
        if not acct:
            raise InvalidInput("acct is missing; give a handle like name@host")
        # A stranger does not make this node ask others.
        row = await (find_actor if who is not None else known_by_handle)(node, acct)
        if row.suspended:
            raise NotFound(f"{row.uri} is suspended")
        return await _shown(node, row)

    @api.get("/api/v1/accounts")
    async def get_accounts() -> Response:
        await anybody(node, "read:accounts")
        asked = list(dict.fromkeys(number(id) for id in await several("id") or []))[:PAGE_MAX]
        return answer(await node.db.read(assemble.accounts_by_ids, asked, node.urls))

    @api.get("/api/v1/accounts/<id>")
    async def get_account(id: str) -> Response:
        await anybody(node, "read:accounts")
        return await _shown(node, await known_account(node, id))


async def _shown(node: Node, row: ActorRow) -> Response:
    return answer((await node.db.read(assemble.accounts, [row], node.urls))[0])


async def known_account(node: Node, id: str) -> ActorRow:
    """The actor with this number. NotFound when there is none (any more), or its own host suspended it."""
    row = await node.db.read(by_id, number(id))
    if row is None or row.gone_at is not None or row.suspended:
        raise NotFound(f"no account {id}")
    return row
