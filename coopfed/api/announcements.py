"""What operators announce: read, put away and reacted to by people; written, changed and taken back by operators."""

from collections.abc import Mapping, Sequence
from typing import Any

from quart import Blueprint, Response

from actors.emojis import EmojiRow, named, shortcodes
from coopfed.api import emojis
from coopfed.api.admin import operator
from coopfed.api.asking import answer, number, parameters, speaker
from coopfed.api.words import moment
from coopfed.clock import read_moment
from coopfed.db.tx import Tx
from coopfed.errors import InvalidInput
from coopfed.features.announcements import rules, store
from coopfed.features.announcements.rules import Said, is_emoji
from coopfed.features.announcements.store import AnnouncementRow, Told
from coopfed.ids import Urls
from coopfed.node import Node
from coopfed.text.parameters import truth
from coopfed.text.render import find_hashtags, hashtag_name, render


def register(api: Blueprint, node: Node) -> None:
    """Adds the routes."""
    _register_readers(api, node)
    _register_operators(api, node)


def _register_readers(api: Blueprint, node: Node) -> None:
    @api.get("/api/v1/announcements")
    async def announcements() -> Response:
        who = await speaker(node, "read:accounts")
        return answer(await node.db.read(_told, who.account_id, node.urls, node.clock.now()))

    @api.post("/api/v1/announcements/<id>/dismiss")
    async def dismiss_announcement(id: str) -> Response:
        who = await speaker(node, "write:accounts")
        await node.db.write(store.put_away, who.account_id, number(id))
        return answer({})

    @api.put("/api/v1/announcements/<id>/reactions/<name>")
    async def react(id: str, name: str) -> Response:
        who = await speaker(node, "write:favourites")
        await node.db.write(store.react, who.account_id, number(id), name, node.clock.now())
        return answer({})

    @api.delete("/api/v1/announcements/<id>/reactions/<name>")
    async def unreact(id: str, name: str) -> Response:
        who = await speaker(node, "write:favourites")
        await node.db.write(store.unreact, who.account_id, number(id), name)
        return answer({})


def _register_operators(api: Blueprint, node: Node) -> None:
    path = "/api/v1/admin/announcements"

    @api.get(path)
    async def list_announcements() -> Response:
        await operator(node, "admin:read")
        return answer(await node.db.read(_everything, node.urls))

    @api.post(path)
    async def announce() -> Response:
        by, said = await operator(node, "admin:write"), _said(await parameters(), Said(""))
        return await _one(await node.db.write(store.add, said, by, node.stamp()))

    @api.put(f"{path}/<id>")
    async def change_announcement(id: str) -> Response:
        by = await operator(node, "admin:write")
        before = await node.db.read(store.known, number(id))
        said = _said(await parameters(), Said(before.text, before.starts_at, before.ends_at, before.all_day))
        return await _one(await node.db.write(store.change, before.id, said, by, node.stamp()))

    @api.delete(f"{path}/<id>")
    async def remove_announcement(id: str) -> Response:
        by = await operator(node, "admin:write")
        return await _one(await node.db.write(store.remove, number(id), by, node.stamp()))

    async def _one(row: AnnouncementRow) -> Response:
        return answer((await node.db.read(shown, [Told(row)], node.urls))[0])


def _told(tx: Tx, account_id: int, urls: Urls, now: int) -> list[dict[str, Any]]:
    return shown(tx, store.told(tx, account_id, now), urls)


def _everything(tx: Tx, urls: Urls) -> list[dict[str, Any]]:
    return shown(tx, [Told(row) for row in store.everything(tx)], urls)


def shown(tx: Tx, found: Sequence[Told], urls: Urls) -> list[dict[str, Any]]:
    """The Announcement of each of these. A unit of work."""
    in_texts = shortcodes(*(one.row.text for one in found))
    reacted = [reaction.name for one in found for reaction in one.reactions if not is_emoji(reaction.name)]
    pictures = {row.shortcode: row for row in named(tx, list(dict.fromkeys([*in_texts, *reacted])))}
    return [_shape(one, pictures, urls) for one in found]


def _said(asked: dict[str, Any], before: Said) -> Said:
    """What is to be announced; what is not named stays as it was. InvalidInput says what to change."""
    all_day = truth(asked.get("all_day"))
    return rules.checked(
        Said(
            str(asked.get("text", before.text) or ""),
            _moment(asked["starts_at"]) if "starts_at" in asked else before.starts_at,
            _moment(asked["ends_at"]) if "ends_at" in asked else before.ends_at,
            before.all_day if all_day is None else all_day,
        )
    )


def _moment(given: object) -> int | None:
    if given in (None, ""):
        return None
    try:
        return read_moment(str(given))
    except ValueError as error:
        raise InvalidInput("Validation failed: moments are written like 2026-12-24T18:00:00Z") from error


def reaction(tx: Tx, number: int, name: str, urls: Urls) -> dict[str, Any]:
    """How many react to an announcement with this emoji by now. A unit of work."""
    pictures = {} if is_emoji(name) else {row.shortcode: row for row in named(tx, [name])}
    count = store.people(tx, number, name)
    return {"name": name, "count": count, "announcement_id": str(number), **_picture(pictures.get(name), urls)}


def _shape(told: Told, pictures: Mapping[str, EmojiRow], urls: Urls) -> dict[str, Any]:
    """An Announcement. Whom it names by a handle is not looked up: it speaks to everybody, and tells nobody in particular."""
    row, base = told.row, urls.tag_page("")
    names = dict.fromkeys(hashtag_name(found.name) for found in find_hashtags(row.text))
    return {
        "id": str(row.id),
        "content": render(row.text, {}, base),
        "starts_at": moment(row.starts_at) if row.starts_at is not None else None,
        "ends_at": moment(row.ends_at) if row.ends_at is not None else None,
        "all_day": row.all_day,
        "published_at": moment(row.published_at),
        "updated_at": moment(row.updated_at),
        "read": told.read,
        "mentions": [],
        "statuses": [],
        "tags": [{"name": name, "url": urls.tag_page(name)} for name in names],
        "emojis": [emojis.shape(pictures[code], urls) for code in shortcodes(row.text) if code in pictures],
        "reactions": [
            {"name": one.name, "count": one.people, "me": one.mine, **_picture(pictures.get(one.name), urls)}
            for one in told.reactions
        ],
    }


def _picture(row: EmojiRow | None, urls: Urls) -> dict[str, str]:
    return {} if row is None else {"url": row.picture(urls), "static_url": row.still(urls)}
