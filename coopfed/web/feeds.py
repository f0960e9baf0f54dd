"""`/feeds/requests`: open requests and offers for readers of feeds, in three forms. Public, and the same for everybody in a language.
Source: API contract 10."""

import hashlib
from collections.abc import Sequence

from quart import Blueprint, Response, request
from werkzeug.http import http_date

from actors.visibility import NOBODY
from coopfed import limits
from coopfed.clock import utc
from coopfed.codes import tables
from coopfed.db.tx import Tx
from coopfed.errors import BadMessage, NotFound
from coopfed.features.ranges import Range
from coopfed.features.requests import board
from coopfed.features.requests.board import Wanted
from coopfed.features.requests.rules import Purpose
from coopfed.features.requests.store import LANGUAGE, REGION, SECTOR
from coopfed.node import Node
from coopfed.text.i18n import mark as _
from coopfed.text.syndication import FORMS, Feed, Item
from coopfed.vocab.values import language_tag
from coopfed.web.reader import Reader, reader
from coopfed.web.requests import Shown, shown

_MOST, _USUAL = 40, 20
_CODED = (("category", "collaboration_categories"), ("sector", "nace_divisions"), ("region", "regions"))


def register(pages: Blueprint, node: Node) -> None:
    """Adds the routes."""

    @pages.get("/feeds/requests.<form>")
    async def requests_feed(form: str) -> Response:
        if form not in FORMS:
            raise NotFound(f"no feed of the form {form[:20]!r}")
        media_type, write = FORMS[form]
        who, wanted = reader(node), _wanted()
        languages = tuple(wanted.codes[LANGUAGE])
        found = await node.db.read(_found, wanted, _limit(), who, languages, node.clock.now())
        feed = Feed(
            who.texts.gettext(_("Requests and offers")),
            f"{node.urls.base}/requests",
            f"{node.urls.base}{request.full_path.rstrip('?')}",
            [_item(one, who, node) for one in found],
        )
        return _answer(write(feed), media_type, feed)


def _found(tx: Tx, wanted: Wanted, count: int, who: Reader, languages: Sequence[str], now: int) -> list[Shown]:
    return shown(tx, board.find(tx, wanted, NOBODY, now, Range(count)), who, languages, now)


def _item(one: Shown, who: Reader, node: Node) -> Item:
    row = one.row
    published, updated = row.published_at or row.created_at, row.updated_at
    return Item(
        id=row.uri,
        url=row.url or node.urls.request_page(row.id),
        title=f"{one.purpose}: {one.title}",
        content=one.content,
        author=one.owner.name,
        author_url=one.owner.url or one.owner.uri,
        language=one.language,
        published=utc(published),
        updated=utc(updated) if updated > published else None,
        tags=(tables.label("collaboration_categories", row.category, who.language),) if row.category else (),
    )


def _wanted() -> Wanted:
    """What the query asks for; BadMessage for what is no code, purpose or language."""
    codes = {name: _several(name) for name, _table in _CODED}
    for name, table in _CODED:
        _refuse(name, [one for one in codes[name] if not tables.known(table, one)])
    purposes, languages = _several("purpose"), _several("lang")
    _refuse("purpose", [one for one in purposes if one not in list(Purpose)])
    _refuse("lang", [one for one in languages if language_tag(one) is None])
    umbrella = request.args.get("umbrella", "")
    _refuse(
        "umbrella",
        [umbrella] if umbrella and not (umbrella.isascii() and umbrella.isdigit() and len(umbrella) < 20) else [],
    )
    return Wanted(
        purposes=purposes,
        categories=codes["category"],
        codes={SECTOR: codes["sector"], REGION: codes["region"], LANGUAGE: languages},
        umbrella_id=min(int(umbrella), limits.NUMBER_MAX) if umbrella else None,
    )


def _several(name: str) -> tuple[str, ...]:
    given = [one.strip() for value in request.args.getlist(name) for one in value.split(",")]
    return tuple(dict.fromkeys(one for one in given if one))[: limits.CODES_READ]


def _refuse(name: str, wrong: list[str]) -> None:
    if wrong:
        raise BadMessage(f"{name}={wrong[0][:50]!r} is none")


def _limit() -> int:
    asked = request.args.get("limit", "")
    if asked and not (asked.isascii() and asked.isdigit() and len(asked) < 5):
        raise BadMessage("limit is a number")
    return max(1, min(int(asked or _USUAL), _MOST))


def _answer(body: bytes, media_type: str, feed: Feed) -> Response:
    """With what spares a reader from having it twice."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    headers = {"Cache-Control": "public, max-age=300", "ETag": tag, "Vary": "Accept-Language"}
    headers["Access-Control-Allow-Origin"] = "*"
    if feed.updated is not None:
        headers["Last-Modified"] = http_date(feed.updated)
    asked = [one.strip().removeprefix("W/") for one in request.headers.get("If-None-Match", "").split(",")]
    since = request.if_modified_since
    unchanged = since is not None and feed.updated is not None and feed.updated.replace(microsecond=0) <= since
    if tag in asked or (unchanged and not request.headers.get("If-None-Match")):
        return Response(b"", 304, headers)
    return Response(body, 200, headers, content_type=f"{media_type}; charset=utf-8")
