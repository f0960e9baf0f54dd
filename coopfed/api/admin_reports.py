"""Reports as operators work through them. Source: Mastodon's admin API, reports."""

from collections.abc import Sequence
from typing import Any

from quart import Blueprint, Response, request

from coopfed.api import assemble
from coopfed.api.admin import by_numbers, operator
from coopfed.api.asking import answer, number, page_links, parameters, several, stretch
from coopfed.api.words import moment
from coopfed.db.tx import Tx
from coopfed.features.moderation import reports as work
from coopfed.features.posts import store as posts
from coopfed.features.ranges import Range
from coopfed.features.reports import rules, store
from coopfed.features.reports.store import ReportRow
from coopfed.ids import Urls
from coopfed.node import Node
from coopfed.text.parameters import truth

_USUAL, _MOST = 100, 200
_READ, _WRITE = "admin:read:reports", "admin:write:reports"
House = Sequence[str]
"""The rules of the house, in their order."""


def register(api: Blueprint, node: Node) -> None:
    """Adds the routes."""

    async def shown(id: str) -> Response:
        return answer(await node.db.read(_one, number(id), node.config.rules, node.urls))

    @api.get("/api/v1/admin/reports")
    async def list_reports() -> Response:
        await operator(node, _READ)
        asked, done = stretch(_MOST, _USUAL), bool(truth(request.args.get("resolved")))
        resolved = None if done and truth(request.args.get("unresolved")) else done
        reporter, target = (
            number(request.args[name], name) if request.args.get(name) else 0
            for name in ("account_id", "target_account_id")
        )
        ids, found = await node.db.read_long(_page, asked, resolved, reporter, target, node.config.rules, node.urls)
        return answer(found, headers=page_links(node.urls.base, "/api/v1/admin/reports", ids, asked.limit))

    @api.get("/api/v1/admin/reports/<id>")
    async def show(id: str) -> Response:
        await operator(node, _READ)
        return await shown(id)

    @api.put("/api/v1/admin/reports/<id>")
    async def change(id: str) -> Response:
        by, asked = await operator(node, _WRITE), await parameters()
        named = await several("rule_ids") or []
        category = rules.category(str(asked.get("category") or ""), named)
        await node.db.write(
            work.classify, number(id), category, rules.broken(named, len(node.config.rules)), by, node.stamp()
        )
        return await shown(id)

    @api.post("/api/v1/admin/reports/<id>/assign_to_self")
    async def assign(id: str) -> Response:
        by = await operator(node, _WRITE)
        await node.db.write(work.assign, number(id), by.actor_id, by, node.stamp())
        return await shown(id)

    @api.post("/api/v1/admin/reports/<id>/unassign")
    async def unassign(id: str) -> Response:
        by = await operator(node, _WRITE)
        await node.db.write(work.assign, number(id), None, by, node.stamp())
        return await shown(id)

    @api.post("/api/v1/admin/reports/<id>/resolve")
    async def resolve(id: str) -> Response:
        by = await operator(node, _WRITE)
        await node.db.write(work.resolve, number(id), by, node.stamp())
        return await shown(id)

    @api.post("/api/v1/admin/reports/<id>/reopen")
    async def reopen(id: str) -> Response:
        by = await operator(node, _WRITE)
        await node.db.write(work.reopen, number(id), by, node.stamp())
        return await shown(id)


def _one(tx: Tx, id: int, house: House, urls: Urls) -> dict[str, Any]:
    return _reports(tx, [work.known(tx, id)], house, urls)[0]


def _page(
    tx: Tx, asked: Range, resolved: bool | None, reporter: int, target: int, house: House, urls: Urls
) -> tuple[list[int], list[dict[str, Any]]]:
    rows = store.page(tx, asked, resolved, reporter, target)
    return [row.id for row in rows], _reports(tx, rows, house, urls)


def _reports(tx: Tx, rows: Sequence[ReportRow], house: House, urls: Urls) -> list[dict[str, Any]]:
    """The Admin::Report of each. Posts are shown as their author sees them: who looks at a complaint has to read what it is about."""
    named = [(row.reporter_id, row.target_id, row.assigned_id, row.resolved_by_id) for row in rows]
    people = by_numbers(tx, [number for numbers in named for number in numbers], urls)
    return [_report(tx, row, people, house, urls) for row in rows]


def _report(tx: Tx, row: ReportRow, people: dict[int, dict[str, Any]], house: House, urls: Urls) -> dict[str, Any]:
    numbers = [post.id for post in posts.by_uris(tx, list(row.posts)).values()] if row.posts else []
    changed = row.resolved_at if row.resolved_at is not None else row.created_at
    return {
        "id": str(row.id),
        "action_taken": row.resolved_at is not None,
        "action_taken_at": moment(row.resolved_at) if row.resolved_at is not None else None,
        "category": row.category,
        "comment": row.comment,
        "forwarded": row.forwarded,
        "created_at": moment(row.created_at),
        "updated_at": moment(changed),
        "account": people[row.reporter_id],
        "target_account": people[row.target_id],
        "assigned_account": people.get(row.assigned_id or 0),
        "action_taken_by_account": people.get(row.resolved_by_id or 0),
        "statuses": assemble.statuses(tx, numbers, row.target_id, urls),
        "rules": [{"id": id, "text": house[int(id) - 1], "hint": ""} for id in row.rule_ids if int(id) <= len(house)],
    }
