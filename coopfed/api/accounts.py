"""Accounts (actors): oneself, others by handle, following and being followed; and notifications."""

from typing import Any

from quart import Blueprint, Response, request

from actors.lookup import ActorRow, by_id, by_ids
from coopfed.api import assemble, shapes
from coopfed.api.asking import (
    PAGE_MAX,
    answer,
    is_markdown,
    members,
    number,
    page_links,
    parameters,
    publisher,
    quote_policy,
    several,
    speaker,
    spoken,
    stretch,
    visibility,
)
from coopfed.api.languages import for_reader
from coopfed.db.tx import Tx
from coopfed.errors import InvalidInput, NotFound
from coopfed.features.follows import actions, store
from coopfed.features.follows.actions import Wishes
from coopfed.features.mutes import store as mutes
from coopfed.features.posts.defaults import Defaults, defaults_of, set_defaults
from coopfed.features.profiles.actions import set_locked
from coopfed.features.timelines import Range
from coopfed.node import Node
from coopfed.text.parameters import truth
from webfinger.resolve import find_actor


def register(api: Blueprint, node: Node) -> None:
    """Adds the routes."""

    @api.get("/api/v1/accounts/verify_credentials")
    async def verify_credentials() -> Response:
        who = await speaker(node, "read:accounts")
        return answer(shapes.own_account(who.actor, await node.db.read(defaults_of, who.actor.id), node.urls))

    @api.get("/api/v1/preferences")
    async def preferences() -> Response:
        who = await speaker(node, "read:accounts")
        return answer(shapes.preferences(await node.db.read(defaults_of, who.actor.id)))

    @api.get("/api/v1/accounts/lookup")
    async def lookup() -> Response:
        await speaker(node, "read:accounts")
        acct = request.args.get("acct", "")
        if not acct:
            raise InvalidInput("acct is missing; give a handle like name@host")
        return await _shown(node, await find_actor(node, acct))

    @api.patch("/api/v1/accounts/update_credentials")
    async def update_credentials() -> Response:
        who = await publisher(node, "write:accounts")
        locked, wanted = truth((await parameters()).get("locked")), await members("source")
        usual = await node.db.read(defaults_of, who.actor.id)
        if wanted:
            usual = await set_defaults(node, who.actor, asked_defaults(wanted, usual))
        row = who.actor if locked is None else await set_locked(node, who.actor, locked)
        return answer(shapes.own_account(row, usual, node.urls))

    @api.get("/api/v1/accounts/relationships")
    async def relationships() -> Response:
        who = await speaker(node, "read:follows")
        asked = [number(id) for id in await several("id") or []][:PAGE_MAX]
        return answer(await node.db.read(_relationships, who.actor.id, asked))

    @api.get("/api/v1/accounts/<id>")
    async def get_account(id: str) -> Response:
        await speaker(node, "read:accounts")
        return await _shown(node, await known_account(node, id))

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

    @api.get("/api/v1/notifications")
    async def get_notifications() -> Response:
        who = await speaker(node, "read:notifications")
        found = await node.db.read(assemble.recent_notifications, who.actor.id, stretch(), node.urls)
        texts = await for_reader(node, [post for _row, _author, post in found if post is not None], spoken())
        told = {post["id"]: post for post in texts}
        return answer([shapes.notification(row, author, post and told[post["id"]]) for row, author, post in found])


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


def _waiting(tx: Tx, followed_id: int, part: Range) -> tuple[list[int], list[ActorRow]]:
    """A page of those who wait: the cursors, and the actors."""
    asked = store.pending_for(tx, followed_id, part.limit, part.max_id, max(part.since_id or 0, part.min_id or 0))
    known = by_ids(tx, [row.follower_id for row in asked])
    return [row.id for row in asked], [known[row.follower_id] for row in asked if row.follower_id in known]


def _relationships(tx: Tx, mine: int, theirs: list[int]) -> list[dict[str, object]]:
    known = by_ids(tx, theirs)
    return [relationship(tx, mine, number) for number in theirs if number in known]


def relationship(tx: Tx, mine: int, theirs: int) -> dict[str, object]:
    """The Relationship of the acting actor to another one. A unit of work."""
    between = shapes.Between(
        following=store.between(tx, mine, theirs),
        followed_by=store.between(tx, theirs, mine),
        mute=mutes.between(tx, mine, theirs),
        blocking=store.blocks(tx, mine, theirs),
        blocked_by=store.blocks(tx, theirs, mine),
    )
    return shapes.relationship(theirs, between)
