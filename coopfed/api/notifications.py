"""Notifications: what an actor should know, one by one (version 1) and in groups (version 2)."""

from typing import Any

from quart import Blueprint, Response

from coopfed.api import assemble, shapes, words
from coopfed.api.asking import answer, number, page_links, parameters, several, speaker, spoken, stretch, writer
from coopfed.api.languages import for_reader
from coopfed.db.tx import Tx
from coopfed.errors import NotFound
from coopfed.features import markers, notification_groups, notifications
from coopfed.features.notification_groups import GROUPED, Group
from coopfed.features.notifications import TYPES, NotificationRow, Wish
from coopfed.features.ranges import Range
from coopfed.ids import Urls
from coopfed.node import Node
from coopfed.oauth.tokens import Bearer
from coopfed.text.parameters import truth

_USUAL, _MOST = 40, 80
_UNREAD_USUAL, _UNREAD_MOST = 100, 1_000
_SAMPLE = 8
Told = list[tuple[NotificationRow, dict[str, Any], dict[str, Any] | None]]


def register(api: Blueprint, node: Node) -> None:
    """Adds the routes."""
    _register_single(api, node)
    _register_groups(api, node)


def _register_single(api: Blueprint, node: Node) -> None:
    @api.get("/api/v1/notifications")
    async def get_notifications() -> Response:
        who, asked = await speaker(node, "read:notifications"), stretch(_MOST, _USUAL)
        rows = await node.db.read(_recent, who.actor.id, asked, await _wish(asked))
        shown = await _shown(node, await node.db.read(assemble.told, rows, who.actor.id, node.urls))
        links = page_links(node.urls.base, "/api/v1/notifications", [row.id for row in rows], asked.limit)
        return answer(shown, headers=links)

    @api.get("/api/v1/notifications/<id>")
    async def get_notification(id: str) -> Response:
        who = await speaker(node, "read:notifications")
        found = await node.db.read(_one, who.actor.id, number(id), node.urls)
        return answer((await _shown(node, found))[0])

    @api.post("/api/v1/notifications/clear")
    @api.post("/api/v2/notifications/clear")
    async def clear() -> Response:
        who = await writer(node, "write:notifications")
        await node.db.write(notifications.clear, who.actor.id)
        return answer({})

    @api.post("/api/v1/notifications/<id>/dismiss")
    async def dismiss(id: str) -> Response:
        who = await writer(node, "write:notifications")
        if not await node.db.write(notifications.dismiss, who.actor.id, [number(id)]):
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
        ids, shown = await node.db.read(_groups, who.actor.id, asked, await _wish(asked), await _grouped(), node.urls)
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
        await node.db.write(notifications.dismiss, who.actor.id, [row.id for row in group.rows])
        return answer({})


async def _wish(asked: Range) -> Wish:
    """What the query wants; types that nobody knows are passed over (quirk 10)."""
    types, left_out = await several("types"), await several("exclude_types") or []
    kept = tuple(type for type in TYPES if (types is None or type in types) and type not in left_out)
    by = (await parameters()).get("account_id")
    held = bool(truth((await parameters()).get("include_filtered")))
    return Wish(kept, number(str(by), "account_id") if by else 0, asked.min_id is not None, held)


async def _grouped() -> tuple[str, ...]:
    given = await several("grouped_types")
    return tuple(type for type in GROUPED if given is None or type in given)


def _recent(tx: Tx, recipient: int, asked: Range, wish: Wish) -> list[NotificationRow]:
    return notifications.recent(tx, recipient, asked.limit, asked.max_id, asked.above, wish)


def _one(tx: Tx, recipient: int, id: int, urls: Urls) -> Told:
    rows = notifications.recent(tx, recipient, 1, id + 1, id - 1)
    found = assemble.told(tx, rows, recipient, urls)
    if not found:
        raise NotFound(f"no notification {id} of this actor")
    return found


def _unread(tx: Tx, who: Bearer, count: int, wish: Wish) -> list[NotificationRow]:
    """Those above the reader's marker."""
    row = next(iter(markers.find(tx, who.account_id, who.actor.id, ["notifications"])), None)
    return notifications.recent(tx, who.actor.id, count, None, row.last_read_id if row is not None else 0, wish)


async def _shown(node: Node, found: Told) -> list[dict[str, Any]]:
    texts = await for_reader(node, [post for _row, _author, post in found if post is not None], spoken())
    told = {post["id"]: post for post in texts}
    return [shapes.notification(row, author, post and told[post["id"]]) for row, author, post in found]


async def _known_group(node: Node, who: Bearer, group_key: str) -> Group:
    group = await node.db.read(notification_groups.of_key, who.actor.id, group_key)
    if group is None:
        raise NotFound("no such group of notifications of this actor")
    return group


async def _in_language(node: Node, shown: dict[str, Any]) -> dict[str, Any]:
    return {**shown, "statuses": await for_reader(node, shown["statuses"], spoken())}


def _groups(
    tx: Tx, viewer: int, asked: Range, wish: Wish, grouped: tuple[str, ...], urls: Urls
) -> tuple[list[int], dict[str, Any]]:
    found, ids = notification_groups.page(tx, viewer, asked, wish, grouped)
    return ids, _with_sides(tx, found, viewer, urls)


def _with_sides(tx: Tx, groups: list[Group], viewer: int, urls: Urls) -> dict[str, Any]:
    """A GroupedNotificationsResults: every number in a group is in the lists beside."""
    firsts = [group.rows[0] for group in groups]
    about = [row.object_id for row in firsts if row.object_id is not None]
    posts = {shown["id"]: shown for shown in assemble.statuses(tx, list(dict.fromkeys(about)), viewer, urls)}
    sampled = {group.key: [row.from_id for row in group.rows[:_SAMPLE]] for group in groups}
    numbers = list(dict.fromkeys(number for sample in sampled.values() for number in sample))
    people = {shown["id"]: shown for shown in assemble.accounts_by_ids(tx, numbers, urls)}
    told = [
        group
        for group in groups
        if group.rows[0].type in notifications.WITHOUT_POST or str(group.rows[0].object_id) in posts
    ]
    shapes_of = [_group(group, [str(id) for id in sampled[group.key] if str(id) in people]) for group in told]
    named = {id for shown in shapes_of for id in shown["sample_account_ids"]}
    return {
        "accounts": [shown for id, shown in people.items() if id in named],
        "statuses": list(posts.values()),
        "notification_groups": shapes_of,
    }


def _group(group: Group, sample: list[str]) -> dict[str, Any]:
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
    }
