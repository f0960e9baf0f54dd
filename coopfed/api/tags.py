"""Hashtags: how much each is used, those that the actor follows, and those on profiles."""

from hashlib import sha256
from typing import Any

from quart import Blueprint, Response

from coopfed.api.accounts import known_account
from coopfed.api.asking import (
    answer,
    anybody,
    number,
    page_links,
    parameters,
    publisher,
    speaker,
    stretch,
    viewer,
    writer,
)
from coopfed.api.words import day
from coopfed.db.tx import Tx
from coopfed.errors import InvalidInput
from coopfed.features.ranges import Range
from coopfed.features.tags import featured, figures, followed
from coopfed.features.tags.featured import Featured
from coopfed.features.tags.rules import Tag, known_tag, tag
from coopfed.ids import Urls
from coopfed.node import Node
from coopfed.oauth.tokens import Bearer

_USUAL, _MOST = 100, 200


def register(api: Blueprint, node: Node) -> None:
    """Adds the routes."""

    _register_tags(api, node)
    _register_featured(api, node)


def _register_tags(api: Blueprint, node: Node) -> None:
    @api.get("/api/v1/tags/<name>")
    async def get_tag(name: str) -> Response:
        return await _shown(node, known_tag(name), await anybody(node, "read:statuses"))

    @api.post("/api/v1/tags/<name>/follow")
    async def follow_tag(name: str) -> Response:
        who, meant = await writer(node, "write:follows"), known_tag(name)
        await node.db.write(followed.follow, who.actor.id, meant, node.stamp())
        return await _shown(node, meant, who)

    @api.post("/api/v1/tags/<name>/unfollow")
    async def unfollow_tag(name: str) -> Response:
        who, meant = await writer(node, "write:follows"), known_tag(name)
        await node.db.write(followed.unfollow, who.actor.id, meant)
        return await _shown(node, meant, who)

    @api.get("/api/v1/followed_tags")
    async def followed_tags() -> Response:
        who, asked = await speaker(node, "read:follows"), stretch(_MOST, _USUAL)
        cursors, found = await node.db.read(_followed, who.actor.id, asked, node.clock.now(), node.urls)
        return answer(found, headers=page_links(node.urls.base, "/api/v1/followed_tags", cursors, asked.limit))

    @api.post("/api/v1/tags/<name>/feature")
    async def feature_tag(name: str) -> Response:
        who, meant = await publisher(node, "write:accounts"), known_tag(name)
        await node.db.write(featured.feature, who.actor.id, meant, node.stamp())
        return await _shown(node, meant, who)

    @api.post("/api/v1/tags/<name>/unfeature")
    async def unfeature_tag(name: str) -> Response:
        who, meant = await publisher(node, "write:accounts"), known_tag(name)
        await node.db.write(featured.unfeature, who.actor.id, meant)
        return await _shown(node, meant, who)


def _register_featured(api: Blueprint, node: Node) -> None:
    @api.get("/api/v1/featured_tags")
    async def own_featured_tags() -> Response:
        who = await speaker(node, "read:accounts")
        found = await node.db.read(featured.of_actor, who.actor.id)
        return answer([featured_tag(row, node.urls) for row in found])

    @api.post("/api/v1/featured_tags")
    async def add_featured_tag() -> Response:
        who = await publisher(node, "write:accounts")
        meant = tag(str((await parameters()).get("name") or ""))
        if meant is None:
            raise InvalidInput("Validation failed: Name is no hashtag")
        row = await node.db.write(featured.feature, who.actor.id, meant, node.stamp())
        return answer(featured_tag(row, node.urls))

    @api.delete("/api/v1/featured_tags/<id>")
    async def remove_featured_tag(id: str) -> Response:
        who = await publisher(node, "write:accounts")
        await node.db.write(featured.remove, who.actor.id, number(id))
        return answer({})

    @api.get("/api/v1/featured_tags/suggestions")
    async def featured_tag_suggestions() -> Response:
        who = await speaker(node, "read:accounts")
        found = await node.db.read(featured.suggestions, who.actor.id)
        return answer(await node.db.read(shapes_of, found, who.actor.id, node.clock.now(), node.urls))

    @api.get("/api/v1/accounts/<id>/featured_tags")
    async def featured_tags_of(id: str) -> Response:
        await anybody(node, "read:accounts")
        actor = await known_account(node, id)
        found = await node.db.read(featured.of_actor, actor.id)
        return answer([featured_tag(row, node.urls) for row in found])


async def _shown(node: Node, meant: Tag, who: Bearer | None) -> Response:
    return answer((await node.db.read(shapes_of, [meant], viewer(who), node.clock.now(), node.urls))[0])


def shapes_of(tx: Tx, tags: list[Tag], reader: int, now: int, urls: Urls) -> list[dict[str, Any]]:
    """The Tag of each; what the reader does with it where one is named. A unit of work."""
    forms = [one.folded for one in tags]
    used = figures.history(tx, forms, now)
    follows, shows = followed.among(tx, reader, forms), featured.among(tx, reader, forms)
    return [
        {
            "id": _number(one),
            "name": one.name,
            "url": urls.tag_page(one.name),
            "history": [
                {"day": str(one_day.begins), "uses": str(one_day.posts), "accounts": str(one_day.actors)}
                for one_day in used[one.folded]
            ],
            **({"following": one.folded in follows, "featuring": one.folded in shows} if reader else {}),
        }
        for one in tags
    ]


def _number(one: Tag) -> str:
    """Apps want a number of every hashtag, and none is kept of those that nobody follows: it is made of the name. 53 bits, as
    some read it into a JavaScript number."""
    return str(int.from_bytes(sha256(one.folded.encode()).digest()[:8]) >> 11)


def featured_tag(row: Featured, urls: Urls) -> dict[str, Any]:
    """A FeaturedTag."""
    return {
        "id": str(row.id),
        "name": row.tag.name,
        "url": urls.tag_page(row.tag.name),
        "statuses_count": str(row.posts),
        "last_status_at": day(row.last_at) if row.last_at is not None else None,
    }


def _followed(tx: Tx, reader: int, asked: Range, now: int, urls: Urls) -> tuple[list[int], list[dict[str, Any]]]:
    rows = followed.listed(tx, reader, asked.limit, asked.max_id, asked.above)
    return [cursor for cursor, _tag in rows], shapes_of(tx, [one for _cursor, one in rows], reader, now, urls)
