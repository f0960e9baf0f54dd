"""What readers find without having asked for it: suggestions, the directory, trends, posts that link to a page."""

from typing import Any

from quart import Blueprint, Response, request

from coopfed.api import assemble
from coopfed.api.accounts import known_account
from coopfed.api.asking import answer, anybody, limit, speaker, viewer, writer
from coopfed.api.readers import Reader, as_read, reader
from coopfed.api.shapes import page_card
from coopfed.api.tags import shapes_of
from coopfed.db.tx import Tx
from coopfed.errors import InvalidInput
from coopfed.features import suggestions
from coopfed.features.filters.rules import Context
from coopfed.features.suggestions import FRIENDS
from coopfed.features.trends import store as trends
from coopfed.ids import Urls
from coopfed.node import Node
from coopfed.text.parameters import truth

_PEOPLE_USUAL, _PEOPLE_MOST = 40, 80
_TAGS_USUAL, _TAGS_MOST = 10, 20
_OFFSET_MAX = 10_000
_LEGACY = {FRIENDS: "past_interactions"}
"""The words of older apps for why somebody is suggested."""


def register(api: Blueprint, node: Node) -> None:
    """Adds the routes."""
    _register_people(api, node)
    _register_trends(api, node)


def _register_people(api: Blueprint, node: Node) -> None:
    @api.get("/api/v2/suggestions")
    async def suggestions_v2() -> Response:
        who, count = await speaker(node, "read:accounts"), limit(_PEOPLE_MOST, _PEOPLE_USUAL)
        return answer(await node.db.read_long(_suggested, who.actor.id, count, node.urls))

    @api.get("/api/v1/suggestions")
    async def suggestions_v1() -> Response:
        who, count = await speaker(node, "read:accounts"), limit(_PEOPLE_MOST, _PEOPLE_USUAL)
        found = await node.db.read_long(_suggested, who.actor.id, count, node.urls)
        return answer([one["account"] for one in found])

    @api.delete("/api/v1/suggestions/<id>")
    async def dismiss_suggestion(id: str) -> Response:
        who = await writer(node, "write:accounts")
        target = await known_account(node, id)
        await node.db.write(suggestions.dismiss, who.actor.id, target.id, node.clock.now())
        return answer({})

    @api.get("/api/v1/directory")
    async def directory() -> Response:
        who, count = await anybody(node, "read:accounts"), limit(_PEOPLE_MOST, _PEOPLE_USUAL)
        order, local = request.args.get("order") or "active", bool(truth(request.args.get("local")))
        if order not in ("active", "new"):
            raise InvalidInput("Validation failed: order is active or new")
        which = (viewer(who), count, _offset(), order == "new", local, node.urls)
        return answer(await node.db.read_long(_directory, *which))


def _register_trends(api: Blueprint, node: Node) -> None:
    @api.get("/api/v1/trends")
    @api.get("/api/v1/trends/tags")
    async def trending_tags() -> Response:
        who, count = await anybody(node, "read:statuses"), limit(_TAGS_MOST, _TAGS_USUAL)
        found = await node.db.read(_tags, viewer(who), count, _offset(), node.clock.now(), node.urls)
        return answer(found)

    @api.get("/api/v1/trends/statuses")
    async def trending_statuses() -> Response:
        who, count = await anybody(node, "read:statuses"), limit()
        return answer(await node.db.read(_statuses, reader(node, who), count, _offset(), node.urls))

    @api.get("/api/v1/trends/links")
    async def trending_links() -> Response:
        await anybody(node, "read:statuses")
        count = limit(_TAGS_MOST, _TAGS_USUAL)
        return answer(await node.db.read(_links, count, _offset(), node.clock.now(), node.urls))


def _offset() -> int:
    written = request.args.get("offset", "")
    return min(int(written), _OFFSET_MAX) if written.isascii() and written.isdigit() and len(written) < 10 else 0


def _suggested(tx: Tx, viewer: int, count: int, urls: Urls) -> list[dict[str, Any]]:
    """The Suggestion of each."""
    found = suggestions.suggestions(tx, viewer, count)
    shown = assemble.accounts(tx, [one.actor for one in found], urls)
    return [
        {"source": _LEGACY.get(one.source, "global"), "sources": [one.source], "account": account}
        for one, account in zip(found, shown, strict=True)
    ]


def _directory(
    tx: Tx, viewer: int, count: int, skip: int, newest: bool, local: bool, urls: Urls
) -> list[dict[str, Any]]:
    return assemble.accounts(tx, suggestions.directory(tx, viewer, count, skip, newest=newest, local=local), urls)


def _tags(tx: Tx, viewer: int, count: int, skip: int, now: int, urls: Urls) -> list[dict[str, Any]]:
    return shapes_of(tx, trends.tags(tx, count, skip), viewer, now, urls)


def _statuses(tx: Tx, by: Reader, count: int, skip: int, urls: Urls) -> list[dict[str, Any]]:
    found = trends.statuses(tx, by.actor_id, count, skip)
    return as_read(tx, assemble.statuses(tx, found, by.actor_id, urls), by, Context.PUBLIC)


def _links(tx: Tx, count: int, skip: int, now: int, urls: Urls) -> list[dict[str, Any]]:
    """The Trends::Link of each: a PreviewCard with how often the page was linked to."""
    found = trends.links(tx, count, skip)
    used = trends.link_history(tx, [number for number, _page in found], now)
    return [
        {
            **page_card(page, urls),
            "history": [
                {"day": str(day.begins), "uses": str(day.posts), "accounts": str(day.actors)} for day in used[number]
            ],
        }
        for number, page in found
    ]
