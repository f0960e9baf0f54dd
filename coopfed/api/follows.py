"""Following and being followed."""

from collections.abc import Callable
from typing import Any

from quart import Blueprint, Response

from actors.lookup import ActorRow, by_ids
from actors.profile import profile_of, profiles_of
from coopfed.api import assemble
from coopfed.api.accounts import known_account
from coopfed.api.asking import (
    PAGE_MAX,
    answer,
    anybody,
    number,
    page_links,
    parameters,
    publisher,
    several,
    speaker,
    stretch,
    viewer,
)
from coopfed.api.relationships import relationship
from coopfed.db.tx import Tx
from coopfed.features.follows import actions, store
from coopfed.features.follows.actions import Wishes
from coopfed.features.ranges import Range
from coopfed.ids import Urls
from coopfed.node import Node
from coopfed.text.parameters import truth

_MOST = 80


def register(api: Blueprint, node: Node) -> None:
    """Adds the routes."""

    @api.post("/api/v1/accounts/<id>/follow")
    async def follow(id: str) -> Response:
        who = await publisher(node, "write:follows")
        target, asked, languages = await known_account(node, id), await parameters(), await several("languages")
        wishes = Wishes(
            truth(asked.get("reblogs")), truth(asked.get("notify")), None if languages is None else tuple(languages)
        )
        await actions.follow(node, who.actor, target, wishes)
        return answer(await node.db.read(relationship, who.actor.id, target.id))

    @api.post("/api/v1/accounts/<id>/unfollow")
    async def unfollow(id: str) -> Response:
        who = await publisher(node, "write:follows")
        target = await known_account(node, id)
        await actions.unfollow(node, who.actor, target)
        return answer(await node.db.read(relationship, who.actor.id, target.id))

    @api.post("/api/v1/accounts/<id>/remove_from_followers")
    async def remove_from_followers(id: str) -> Response:
        who = await publisher(node, "write:follows")
        target = await known_account(node, id)
        await actions.remove_follower(node, who.actor, target)
        return answer(await node.db.read(relationship, who.actor.id, target.id))

    @api.get("/api/v1/accounts/<id>/followers")
    async def followers(id: str) -> Response:
        return await _people(node, id, "followers", store.followers)

    @api.get("/api/v1/accounts/<id>/following")
    async def following(id: str) -> Response:
        return await _people(node, id, "following", store.following)

    @api.get("/api/v1/accounts/familiar_followers")
    async def familiar_followers() -> Response:
        who = await speaker(node, "read:follows")
        asked = [number(id) for id in await several("id") or []][:PAGE_MAX]
        return answer(await node.db.read(_familiar, who.actor.id, asked, node.urls))

    @api.get("/api/v1/follow_requests")
    async def follow_requests() -> Response:
        who = await speaker(node, "read:follows")
        asked = stretch()
        cursors, waiting = await node.db.read(_waiting, who.actor.id, asked)
        links = page_links(node.urls.base, "/api/v1/follow_requests", cursors, asked.limit)
        return answer(await node.db.read(assemble.accounts, waiting, node.urls), headers=links)

    @api.post("/api/v1/follow_requests/<id>/authorize")
    async def authorize(id: str) -> Response:
        who = await publisher(node, "write:follows")
        await actions.let_in(node, who.actor, number(id))
        return answer(await node.db.read(relationship, who.actor.id, number(id)))

    @api.post("/api/v1/follow_requests/<id>/reject")
    async def reject(id: str) -> Response:
        who = await publisher(node, "write:follows")
        await actions.turn_away(node, who.actor, number(id))
        return answer(await node.db.read(relationship, who.actor.id, number(id)))


Read = Callable[[Tx, int, int, int, int | None, int], list[tuple[int, int]]]


async def _people(node: Node, id: str, what: str, read: Read) -> Response:
    who, actor = await anybody(node, "read:accounts"), await known_account(node, id)
    asked = stretch(_MOST, _MOST // 2)
    rows = await node.db.read(_page, read, actor.id, viewer(who), asked)
    path = f"/api/v1/accounts/{actor.id}/{what}"
    links = page_links(node.urls.base, path, [cursor for cursor, _number in rows], asked.limit)
    numbers = [number for _cursor, number in rows]
    return answer(await node.db.read(assemble.accounts_by_ids, numbers, node.urls), headers=links)


def _page(tx: Tx, read: Read, whose: int, reader: int, asked: Range) -> list[tuple[int, int]]:
    if store.blocks(tx, whose, reader) or (whose != reader and profile_of(tx, whose).hide_collections):
        return []
    return read(tx, whose, reader, asked.limit, asked.max_id, asked.above)


def _familiar(tx: Tx, reader: int, asked: list[int], urls: Urls) -> list[dict[str, Any]]:
    known, profiles = by_ids(tx, asked), profiles_of(tx, asked)
    hidden = {number for number, profile in profiles.items() if profile.hide_collections}
    return [
        {"id": str(id), "accounts": assemble.accounts_by_ids(tx, store.familiar(tx, id, reader, _MOST), urls)}
        for id in dict.fromkeys(asked)
        if id in known and id not in hidden and not store.blocks(tx, id, reader)
    ]


def _waiting(tx: Tx, followed_id: int, part: Range) -> tuple[list[int], list[ActorRow]]:
    """A page of those who wait: the cursors, and the actors."""
    asked = store.pending_for(tx, followed_id, part.limit, part.max_id, part.above)
    known = by_ids(tx, [row.follower_id for row in asked])
    return [row.id for row in asked], [known[row.follower_id] for row in asked if row.follower_id in known]
