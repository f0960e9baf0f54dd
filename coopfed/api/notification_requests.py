"""What becomes of notifications of strangers, and those that are held back. Source: Mastodon's notification policy and requests."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from quart import Blueprint, Response

from coopfed import limits
from coopfed.api import assemble
from coopfed.api.asking import answer, number, page_links, parameters, several, speaker, stretch, writer
from coopfed.api.words import moment
from coopfed.db.tx import Tx
from coopfed.errors import InvalidInput, NotFound
from coopfed.features import notification_policy, notification_requests
from coopfed.features.notification_policy import KINDS, Policy
from coopfed.features.notification_requests import RequestRow
from coopfed.features.ranges import Range
from coopfed.ids import Urls
from coopfed.node import Node

_USUAL, _MOST = 40, 80
_PATH = "/api/v1/notifications/requests"


def register(api: Blueprint, node: Node) -> None:
    """Adds the routes."""
    _register_policy(api, node)
    _register_reading(api, node)
    _register_answers(api, node)


def _register_policy(api: Blueprint, node: Node) -> None:
    @api.get("/api/v2/notifications/policy")
    async def get_policy() -> Response:
        who = await speaker(node, "read:notifications")
        return answer(await node.db.read(_shown_policy, who.actor.id))

    @api.patch("/api/v2/notifications/policy")
    async def change_policy() -> Response:
        who, asked = await writer(node, "write:notifications"), await parameters()
        wanted = {name: notification_policy.read(asked[name]) for name in KINDS if asked.get(name) is not None}
        return answer(await node.db.write(_change, who.actor.id, wanted))


def _change(tx: Tx, actor_id: int, wanted: dict[str, Any]) -> dict[str, Any]:
    notification_policy.put(tx, actor_id, replace(notification_policy.of_actor(tx, actor_id), **wanted))
    return _shown_policy(tx, actor_id)


def _shown_policy(tx: Tx, actor_id: int) -> dict[str, Any]:
    """A NotificationPolicy."""
    policy: Policy = notification_policy.of_actor(tx, actor_id)
    told, people = notification_requests.counts(tx, actor_id)
    summary = {"pending_requests_count": people, "pending_notifications_count": told}
    return {**{name: getattr(policy, name).value for name in KINDS}, "summary": summary}


def _register_reading(api: Blueprint, node: Node) -> None:
    @api.get(_PATH)
    async def list_requests() -> Response:
        who, asked = await speaker(node, "read:notifications"), stretch(_MOST, _USUAL)
        cursors, shown = await node.db.read(_page, who.actor.id, asked, node.urls)
        return answer(shown, headers=page_links(node.urls.base, _PATH, cursors, asked.limit))

    @api.get(f"{_PATH}/merged")
    async def merged() -> Response:
        # What is accepted is told in the same transaction: nobody has to wait for it.
        await speaker(node, "read:notifications")
        return answer({"merged": True})

    @api.get(f"{_PATH}/<id>")
    async def get_request(id: str) -> Response:
        who = await speaker(node, "read:notifications")
        return answer(await node.db.read(_one, who.actor.id, number(id), node.urls))


def _register_answers(api: Blueprint, node: Node) -> None:
    @api.post(f"{_PATH}/accept")
    async def accept_many() -> Response:
        who = await writer(node, "write:notifications")
        await node.db.write(notification_requests.accept, who.actor.id, await _numbers(), node.clock.now())
        return answer({})

    @api.post(f"{_PATH}/dismiss")
    async def dismiss_many() -> Response:
        who = await writer(node, "write:notifications")
        await node.db.write(notification_requests.dismiss, who.actor.id, await _numbers())
        return answer({})

    @api.post(f"{_PATH}/<id>/accept")
    async def accept(id: str) -> Response:
        who = await writer(node, "write:notifications")
        if not await node.db.write(notification_requests.accept, who.actor.id, [number(id)], node.clock.now()):
            raise NotFound(f"nothing is held back of actor {id}")
        return answer({})

    @api.post(f"{_PATH}/<id>/dismiss")
    async def dismiss(id: str) -> Response:
        who = await writer(node, "write:notifications")
        if not await node.db.write(notification_requests.dismiss, who.actor.id, [number(id)]):
            raise NotFound(f"nothing is held back of actor {id}")
        return answer({})


async def _numbers() -> list[int]:
    named = [number(one) for one in await several("id") or []]
    if not named or len(named) > limits.REQUESTS_AT_ONCE:
        raise InvalidInput(f"Validation failed: id[] names 1 to {limits.REQUESTS_AT_ONCE} requests")
    return named


def _page(tx: Tx, actor_id: int, asked: Range, urls: Urls) -> tuple[list[int], list[dict[str, Any]]]:
    rows = notification_requests.listed(tx, actor_id, asked)
    return [row.newest for row in rows], _shown(tx, rows, actor_id, urls)


def _one(tx: Tx, actor_id: int, from_id: int, urls: Urls) -> dict[str, Any]:
    row = notification_requests.find(tx, actor_id, from_id)
    shown = _shown(tx, [row], actor_id, urls) if row is not None else []
    if not shown:
        raise NotFound(f"nothing is held back of actor {from_id}")
    return shown[0]


def _shown(tx: Tx, rows: Sequence[RequestRow], viewer: int, urls: Urls) -> list[dict[str, Any]]:
    """The NotificationRequest of each."""
    people = {one["id"]: one for one in assemble.accounts_by_ids(tx, [row.from_id for row in rows], urls)}
    named = [row.object_id for row in rows if row.object_id is not None]
    posts = {one["id"]: one for one in assemble.statuses(tx, list(dict.fromkeys(named)), viewer, urls)}
    return [
        {
            "id": str(row.from_id),
            "created_at": moment(row.created_at),
            "updated_at": moment(row.updated_at),
            "notifications_count": str(row.count),
            "account": people[str(row.from_id)],
            "last_status": posts.get(str(row.object_id)),
        }
        for row in rows
        if str(row.from_id) in people
    ]
