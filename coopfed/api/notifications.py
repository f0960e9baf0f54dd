"""Notifications: what an actor should know, one by one (version 1) and in groups (version 2)."""

from dataclasses import replace
from typing import Any

from quart import Blueprint, Response

from coopfed.api import assemble, shapes, words
from coopfed.api.asking import answer, number, page_links, parameters, several, speaker, spoken, stretch, writer
from coopfed.api.assemble import Told
from coopfed.api.languages import for_reader
from coopfed.db.tx import Tx
from coopfed.errors import NotFound
from coopfed.features import markers, notification_groups, notifications
from coopfed.features.notification_groups import GROUPED, Group
from coopfed.features.notifications import EVERY_TYPE, NotificationRow, Wish
from coopfed.features.ranges import Range
from coopfed.ids import Urls
from coopfed.node import Node
from coopfed.oauth.tokens import Bearer
from coopfed.text.parameters import truth

_USUAL, _MOST = 40, 80
_UNREAD_USUAL, _UNREAD_MOST = 100, 1_000
_SAMPLE = 8


def register(api: Blueprint, node: Node) -> None:
    """Adds the routes."""
    _register_single(api, node)
    _register_groups(api, node)


def _register_single(api: Blueprint, node: Node) -> None:
    @api.get("/api/v1/notifications")
    async def get_notifications() -> Response:
        who, asked = await speaker(node, "read:notifications"), stretch(_MOST, _USUAL)
        rows = await node.db.read(_recent, who, asked, await _wish(asked))
        shown = await _shown(node, await node.db.read(assemble.told, rows, who.actor.id, node.urls))
        links = page_links(node.urls.base, "/api/v1/notifications", [row.id for row in rows], asked.limit)
        return answer(shown, headers=links)

    @api.get("/api/v1/notifications/<id>")
    async def get_notification(id: str) -> Response:
        who = await speaker(node, "read:notifications")
        found = await node.db.read(_one, who, number(id), node.urls)
        return answer((await _shown(node, found))[0])

    @api.post("/api/v1/notifications/clear")
    @api.post("/api/v2/notifications/clear")
    async def clear() -> Response:
        who = await writer(node, "write:notifications")
        await node.db.write(_clear, who)
        return answer({})

    @api.post("/api/v1/notifications/<id>/dismiss")
    async def dismiss(id: str) -> Response:
        who = await writer(node, "write:notifications")
        if not await node.db.write(_dismiss, who, [number(id)]):
            raise NotFound(f"no notification {id} of this actor")
        return answer({})

    @api.get("/api/v1/notifications/unread_count")
    async def unread_count() -> Response:
        who, asked = await speaker(node, "read:notifications"), stretch(_UNREAD_MOST, _UNREAD_USUAL)
        rows = await node.db.read(_unread, who, asked.limit, await _wish(asked))
        return answer({"count": len(rows)})


def _register_groups(api: Blueprint, node: Node) -> None:
    @api.get("/api/v2/notifications")
    async def get_groups() -> Response:
        who, asked = await speaker(node, "read:notifications"), stretch(_USUAL, _USUAL)
        ids, shown = await node.db.read(_groups, who, asked, await _wish(asked), await _grouped(), node.urls)
        links = page_links(node.urls.base, "/api/v2/notifications", ids, asked.limit)
        return answer(await _in_language(node, shown), headers=links)

    @api.get("/api/v2/notifications/unread_count")
    async def unread_group_count() -> Response:
        who, asked = await speaker(node, "read:notifications"), stretch(_UNREAD_MOST, _UNREAD_USUAL)
        grouped = await _grouped()
        rows = await node.db.read(_unread, who, _UNREAD_MOST, await _wish(asked))
        count = len({notification_groups.key(row, grouped) for row in rows})
        return answer({"count": min(count, asked.limit)})

    @api.get("/api/v2/notifications/<group_key>")
    async def get_group(group_key: str) -> Response:
        who = await speaker(node, "read:notifications")
        group = await _known_group(node, who, group_key)
        return answer(await _in_language(node, await node.db.read(_with_sides, [group], who.actor.id, node.urls)))

    @api.get("/api/v2/notifications/<group_key>/accounts")
    async def get_group_accounts(group_key: str) -> Response:
        who = await speaker(node, "read:notifications")
        group = await _known_group(node, who, group_key)
        return answer(await node.db.read(assemble.accounts_by_ids, [row.from_id for row in group.rows], node.urls))

    @api.post("/api/v2/notifications/<group_key>/dismiss")
    async def dismiss_group(group_key: str) -> Response:
        who = await writer(node, "write:notifications")
        group = await _known_group(node, who, group_key)
        await node.db.write(_dismiss, who, [row.id for row in group.rows])
        return answer({})


async def _wish(asked: Range) -> Wish:
    """What the query wants; types that nobody knows are passed over (quirk 10)."""
    types, left_out = await several("types"), await several("exclude_types") or []
    kept = tuple(type for type in EVERY_TYPE if (types is None or type in types) and type not in left_out)
    by = (await parameters()).get("account_id")
    held = bool(truth((await parameters()).get("include_filtered")))
    return Wish(kept, number(str(by), "account_id") if by else 0, asked.min_id is not None, held)


async def _grouped() -> tuple[str, ...]:
    given = await several("grouped_types")
    return tuple(type for type in GROUPED if given is None or type in given)


def _allowed(tx: Tx, who: Bearer, wish: Wish) -> Wish:
    """The wish without what the account may not be told of."""
    allowed = notifications.told_to(tx, who.account_id)
    return replace(wish, types=tuple(type for type in wish.types if type in allowed))


def _recent(tx: Tx, who: Bearer, asked: Range, wish: Wish) -> list[NotificationRow]:
    return notifications.recent(tx, who.actor.id, asked.limit, asked.max_id, asked.above, _allowed(tx, who, wish))


def _clear(tx: Tx, who: Bearer) -> None:
    notifications.clear(tx, who.actor.id, notifications.told_to(tx, who.account_id))


def _dismiss(tx: Tx, who: Bearer, ids: list[int]) -> int:
    return notifications.dismiss(tx, who.actor.id, ids, notifications.told_to(tx, who.account_id))


def _one(tx: Tx, who: Bearer, id: int, urls: Urls) -> list[Told]:
    rows = notifications.recent(tx, who.actor.id, 1, id + 1, id - 1, _allowed(tx, who, Wish(EVERY_TYPE)))
    found = assemble.told(tx, rows, who.actor.id, urls)
    if not found:
        raise NotFound(f"no notification {id} of this actor")
    return found


def _unread(tx: Tx, who: Bearer, count: int, wish: Wish) -> list[NotificationRow]:
    """Those above the reader's marker."""
    row = next(iter(markers.find(tx, who.account_id, who.actor.id, ["notifications"])), None)
    above = row.last_read_id if row is not None else 0
    return notifications.recent(tx, who.actor.id, count, None, above, _allowed(tx, who, wish))


async def _shown(node: Node, found: list[Told]) -> list[dict[str, Any]]:
    texts = await for_reader(node, [one.status for one in found if one.status is not None], spoken())
    posts = {post["id"]: post for post in texts}
    return [
        shapes.notification(one.row, one.author, one.status and posts[one.status["id"]], one.report) for one in found
    ]


async def _known_group(node: Node, who: Bearer, group_key: str) -> Group:
    group = await node.db.read(_of_key, who, group_key)
    if group is None:
        raise NotFound("no such group of notifications of this actor")
    return group


def _of_key(tx: Tx, who: Bearer, group_key: str) -> Group | None:
    allowed = notifications.told_to(tx, who.account_id)
    return notification_groups.of_key(tx, who.actor.id, group_key, allowed)


async def _in_language(node: Node, shown: dict[str, Any]) -> dict[str, Any]:
    return {**shown, "statuses": await for_reader(node, shown["statuses"], spoken())}


def _groups(
    tx: Tx, who: Bearer, asked: Range, wish: Wish, grouped: tuple[str, ...], urls: Urls
) -> tuple[list[int], dict[str, Any]]:
    found, ids = notification_groups.page(tx, who.actor.id, asked, _allowed(tx, who, wish), grouped)
    return ids, _with_sides(tx, found, who.actor.id, urls)


def _with_sides(tx: Tx, groups: list[Group], viewer: int, urls: Urls) -> dict[str, Any]:
    """A GroupedNotificationsResults: every number in a group is in the lists beside."""
    firsts = [group.rows[0] for group in groups]
    about = [row.object_id for row in firsts if row.object_id is not None]
    posts = {shown["id"]: shown for shown in assemble.statuses(tx, list(dict.fromkeys(about)), viewer, urls)}
    sampled = {group.key: [row.from_id for row in group.rows[:_SAMPLE]] for group in groups}
    numbers = list(dict.fromkeys(number for sample in sampled.values() for number in sample))
    people = {shown["id"]: shown for shown in assemble.accounts_by_ids(tx, numbers, urls)}
    complaints = assemble.reported(tx, firsts, urls)
    shapes_of = [
        _group(group, [str(id) for id in sampled[group.key] if str(id) in people], complaints.get(first.id))
        for group, first in zip(groups, firsts, strict=True)
        if assemble.is_whole(first, posts.get(str(first.object_id)), complaints.get(first.id))
    ]
    named = {id for shown in shapes_of for id in shown["sample_account_ids"]}
    return {
        "accounts": [shown for id, shown in people.items() if id in named],
        "statuses": list(posts.values()),
        "notification_groups": shapes_of,
    }


def _group(group: Group, sample: list[str], report: dict[str, Any] | None) -> dict[str, Any]:
    """A NotificationGroup. The number of the newest is a JSON number, as apps decode it."""
    first = group.rows[0]
    return {
        "group_key": group.key,
        "notifications_count": group.count,
        "type": first.type,
        "most_recent_notification_id": group.newest,
        "page_min_id": str(group.rows[-1].id),
        "page_max_id": str(first.id),
        "latest_page_notification_at": words.moment(first.created_at),
        "sample_account_ids": sample,
        **({"status_id": str(first.object_id)} if first.object_id is not None else {}),
        **({"report": report} if report is not None else {}),
    }
