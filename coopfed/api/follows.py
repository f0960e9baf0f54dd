"""Following and being followed."""

from quart import Blueprint, Response

from actors.lookup import ActorRow, by_ids
from coopfed.api import assemble
from coopfed.api.accounts import known_account
from coopfed.api.asking import answer, number, page_links, parameters, publisher, several, speaker, stretch
from coopfed.api.relationships import relationship
from coopfed.db.tx import Tx
from coopfed.features.follows import actions, store
from coopfed.features.follows.actions import Wishes
from coopfed.features.timelines import Range
from coopfed.node import Node
from coopfed.text.parameters import truth


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


def _waiting(tx: Tx, followed_id: int, part: Range) -> tuple[list[int], list[ActorRow]]:
    """A page of those who wait: the cursors, and the actors."""
    asked = store.pending_for(tx, followed_id, part.limit, part.max_id, max(part.since_id or 0, part.min_id or 0))
    known = by_ids(tx, [row.follower_id for row in asked])
    return [row.id for row in asked], [known[row.follower_id] for row in asked if row.follower_id in known]
