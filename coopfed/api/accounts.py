"""Accounts (actors): oneself, and others by number and by handle."""

from typing import Any

from quart import Blueprint, Response, request

from actors.lookup import ActorRow, by_id
from coopfed.api import assemble, people
from coopfed.api.asking import (
    answer,
    anybody,
    is_markdown,
    members,
    number,
    parameters,
    publisher,
    quote_policy,
    speaker,
    visibility,
)
from coopfed.errors import InvalidInput, NotFound
from coopfed.features.posts.defaults import Defaults, defaults_of, set_defaults
from coopfed.features.profiles.actions import set_locked
from coopfed.node import Node
from coopfed.text.parameters import truth
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

    @api.patch("/api/v1/accounts/update_credentials")
    async def update_credentials() -> Response:
        who = await publisher(node, "write:accounts")
        locked, wanted = truth((await parameters()).get("locked")), await members("source")
        usual = await node.db.read(defaults_of, who.actor.id)
        if wanted:
            await set_defaults(node, who.actor, asked_defaults(wanted, usual))
        row = who.actor if locked is None else await set_locked(node, who.actor, locked)
        return answer(await node.db.read(assemble.own, row, who.account_id, node.urls))

    @api.get("/api/v1/accounts/<id>")
    async def get_account(id: str) -> Response:
        await anybody(node, "read:accounts")
        return await _shown(node, await known_account(node, id))


async def _shown(node: Node, row: ActorRow) -> Response:
    return answer((await node.db.read(assemble.accounts, [row], node.urls))[0])


def asked_defaults(wanted: dict[str, Any], usual: Defaults) -> Defaults:
    """The defaults that a client asks for; what it does not name stays, an empty language is none. InvalidInput says what to change."""
    language = usual.language if wanted.get("language") is None else str(wanted["language"])
    sensitive, markdown = truth(wanted.get("sensitive")), is_markdown(wanted.get("content_type"))
    return Defaults(
        visibility=visibility(wanted.get("privacy"), usual.visibility),
        language=language or None,
        sensitive=usual.sensitive if sensitive is None else sensitive,
        markdown=usual.markdown if markdown is None else markdown,
        quote_policy=quote_policy(wanted.get("quote_policy")) or usual.quote_policy,
    )


async def known_account(node: Node, id: str) -> ActorRow:
    """The actor with this number. NotFound when there is none (any more), or its own host suspended it."""
    row = await node.db.read(by_id, number(id))
    if row is None or row.gone_at is not None or row.suspended:
        raise NotFound(f"no account {id}")
    return row
