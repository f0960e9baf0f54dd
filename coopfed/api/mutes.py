"""Mutes: whom the actor does not want to see, and threads that it does not want to be told of."""

from quart import Blueprint, Response

from coopfed.api import assemble, words
from coopfed.api.accounts import known_account
from coopfed.api.asking import answer, page_links, parameters, speaker, stretch, writer
from coopfed.api.meant import seen, shown
from coopfed.api.relationships import relationship
from coopfed.errors import InvalidInput
from coopfed.features import muted_threads
from coopfed.features.mutes import actions
from coopfed.node import Node
from coopfed.text.parameters import truth


def register(api: Blueprint, node: Node) -> None:
    """Adds the routes."""

    @api.post("/api/v1/accounts/<id>/mute")
    async def mute(id: str) -> Response:
        who = await writer(node, "write:mutes")
        target, asked = await known_account(node, id), await parameters()
        notifications = truth(asked.get("notifications"))
        await actions.mute(
            node,
            who.actor,
            target,
            notifications=notifications is None or notifications,
            seconds=_seconds(asked.get("duration")),
        )
        return answer(await node.db.read(relationship, who.actor.id, target.id))

    @api.post("/api/v1/accounts/<id>/unmute")
    async def unmute(id: str) -> Response:
        who = await writer(node, "write:mutes")
        target = await known_account(node, id)
        await actions.unmute(node, who.actor, target)
        return answer(await node.db.read(relationship, who.actor.id, target.id))

    @api.post("/api/v1/statuses/<id>/mute")
    async def mute_thread(id: str) -> Response:
        who = await writer(node, "write:mutes", "write:conversations")
        post = await seen(node, id, who.actor.id)
        await node.db.write(muted_threads.mute, who.actor.id, post)
        return await shown(node, post, who.actor.id)

    @api.post("/api/v1/statuses/<id>/unmute")
    async def unmute_thread(id: str) -> Response:
        who = await writer(node, "write:mutes", "write:conversations")
        post = await seen(node, id, who.actor.id)
        await node.db.write(muted_threads.unmute, who.actor.id, post)
        return await shown(node, post, who.actor.id)

    @api.get("/api/v1/mutes")
    async def mutes() -> Response:
        who = await speaker(node, "read:mutes")
        asked = stretch()
        rows = await node.db.read(actions.muted, who.actor.id, asked)
        links = page_links(node.urls.base, "/api/v1/mutes", [actor.id for actor, _mute in rows], asked.limit)

        accounts = await node.db.read(assemble.accounts, [actor for actor, _mute in rows], node.urls)
        ends = [words.moment(mute.ends_at) if mute.ends_at is not None else None for _actor, mute in rows]
        found = [{**account, "mute_expires_at": end} for account, end in zip(accounts, ends, strict=True)]
        return answer(found, headers=links)


def _seconds(value: object) -> int:
    text = "0" if value in (None, "") else str(value)
    if not text.isascii() or not text.isdigit() or len(text) > 12:
        raise InvalidInput(f"duration={text[:50]!r} is no number of seconds")
    return int(text)
