"""Statuses of an account, of everybody, and with a hashtag; anybody may ask."""

from typing import Any

from quart import Blueprint, Response, request

from coopfed.api import assemble
from coopfed.api.accounts import known_account
from coopfed.api.asking import answer, anybody, page_links, stretch
from coopfed.api.readers import Reader, as_read, reader
from coopfed.db.tx import Tx
from coopfed.errors import AddressRefused, InvalidInput
from coopfed.features import feeds
from coopfed.features.feeds import Wish
from coopfed.features.filters.rules import Context
from coopfed.features.home_timeline import Entry
from coopfed.features.posts import featured
from coopfed.features.ranges import Range
from coopfed.ids import Urls
from coopfed.net.guard import wire_url
from coopfed.node import Node
from coopfed.text.parameters import folded, listed, truth

Page = tuple[list[int], list[dict[str, Any]]]
_TAGS = 4
"""Further hashtags of a kind that may be asked for together, as on Mastodon."""


def register(api: Blueprint, node: Node) -> None:
    """Adds the routes."""

    @api.get("/api/v1/accounts/<id>/statuses")
    async def statuses_of(id: str) -> Response:
        who, actor = await anybody(node, "read:statuses"), await known_account(node, id)
        asked, wish, tag = stretch(), _wish(), request.args.get("tagged", "")
        read = _pinned if truth(request.args.get("pinned")) else _of_actor
        page = await node.db.read(read, actor.id, reader(node, who), asked, wish, tag, node.urls)
        return _answered(node, page, f"/api/v1/accounts/{actor.id}/statuses", asked)

    @api.get("/api/v1/timelines/public")
    async def public_timeline() -> Response:
        who, asked = await anybody(node, "read:statuses"), stretch()
        page = await node.db.read(_public, reader(node, who), asked, _wish(), node.urls)
        return _answered(node, page, "/api/v1/timelines/public", asked)

    @api.get("/api/v1/timelines/tag/<name>")
    async def tag_timeline(name: str) -> Response:
        who, asked = await anybody(node, "read:statuses"), stretch()
        given = folded(request.args.items(multi=True))
        more = {kind: [str(tag) for tag in listed(given.get(kind)) or []][:_TAGS] for kind in ("any", "all", "none")}
        page = await node.db.read(_tagged, reader(node, who), asked, _wish(), name, more, node.urls)
        return _answered(node, page, f"/api/v1/timelines/tag/{name}", asked)

    @api.get("/api/v1/timelines/link")
    async def link_timeline() -> Response:
        who, asked = await anybody(node, "read:statuses"), stretch()
        try:
            address = wire_url(request.args.get("url", ""))
        except AddressRefused as error:
            raise InvalidInput("Validation failed: url is missing or no address") from error
        page = await node.db.read(_linking, reader(node, who), asked, _wish(), address, node.urls)
        return _answered(node, page, "/api/v1/timelines/link", asked)


def _wish() -> Wish:
    asked = request.args
    local, remote = truth(asked.get("local")), truth(asked.get("remote"))
    return Wish(
        replies=not truth(asked.get("exclude_replies")),
        boosts=not truth(asked.get("exclude_reblogs")),
        only_media=bool(truth(asked.get("only_media"))),
        local=True if local else False if remote else None,
    )


def _answered(node: Node, page: Page, path: str, asked: Range) -> Response:
    ids, shown = page
    return answer(shown, headers=page_links(node.urls.base, path, ids, asked.limit))


def _page(tx: Tx, entries: list[Entry], by: Reader, context: Context, urls: Urls) -> Page:
    ids, shown = assemble.shown(tx, entries, by.actor_id, urls)
    return ids, as_read(tx, shown, by, context)


def _of_actor(tx: Tx, actor_id: int, by: Reader, asked: Range, wish: Wish, tag: str, urls: Urls) -> Page:
    return _page(tx, feeds.of_actor(tx, actor_id, by.actor_id, asked, wish, tag), by, Context.ACCOUNT, urls)


def _pinned(tx: Tx, actor_id: int, by: Reader, _asked: Range, _wish: Wish, _tag: str, urls: Urls) -> Page:
    entries = [Entry(number, number, None) for number in featured.pinned(tx, actor_id)]
    return [], _page(tx, entries, by, Context.ACCOUNT, urls)[1]


def _public(tx: Tx, by: Reader, asked: Range, wish: Wish, urls: Urls) -> Page:
    return _page(tx, feeds.public(tx, by.actor_id, asked, wish), by, Context.PUBLIC, urls)


def _linking(tx: Tx, by: Reader, asked: Range, wish: Wish, address: str, urls: Urls) -> Page:
    return _page(tx, feeds.linking(tx, by.actor_id, asked, wish, address), by, Context.PUBLIC, urls)


def _tagged(tx: Tx, by: Reader, asked: Range, wish: Wish, name: str, more: dict[str, list[str]], urls: Urls) -> Page:
    entries = feeds.tagged(tx, by.actor_id, asked, wish, [name, *more["any"]], more["all"], more["none"])
    return _page(tx, entries, by, Context.PUBLIC, urls)
