"""Accounts as operators see them, and what they do to them. Source: Mastodon's admin API, accounts."""

from collections.abc import Awaitable, Callable
from typing import Any

from quart import Blueprint, Response, request

from actors.lookup import ActorRow
from coopfed.api.admin import admin_accounts, known_actor, operator, waiting_account
from coopfed.api.asking import answer, number, page_links, parameters, stretch
from coopfed.db.tx import Tx
from coopfed.errors import InvalidInput, NotFound
from coopfed.features.accounts import joining, store
from coopfed.features.moderation import actions, audit, people, reports
from coopfed.features.moderation.audit import Operator
from coopfed.features.moderation.people import STATES, Wanted
from coopfed.features.moderation.rules import Act
from coopfed.features.ranges import Range
from coopfed.ids import Urls
from coopfed.node import Node
from coopfed.text.parameters import truth

_USUAL, _MOST = 100, 200
_READ, _WRITE = "admin:read:accounts", "admin:write:accounts"
Deed = Callable[[Node, ActorRow, bool, Operator], Awaitable[None]]
UNDONE: dict[str, Deed] = {
    "enable": actions.disable,
    "unsilence": actions.limit,
    "unsuspend": actions.suspend,
    "unsensitive": actions.mark_sensitive,
}


def register(api: Blueprint, node: Node) -> None:
    """Adds the routes."""
    _register_lists(api, node)
    _register_requests(api, node)

    @api.post("/api/v1/admin/accounts/<id>/action")
    async def act(id: str) -> Response:
        by, asked = await operator(node, _WRITE), await parameters()
        row, written = await known_actor(node, id), str(asked.get("type") or "")
        if written not in list(Act):
            raise InvalidInput(f"Validation failed: type is one of {', '.join(Act)}")
        about = number(str(asked["report_id"]), "report_id") if asked.get("report_id") else None
        tell = bool(truth(asked.get("send_email_notification")))
        await actions.act(node, row, Act(written), str(asked.get("text") or ""), tell, by)
        if about is not None:
            await node.db.write(reports.resolve, about, by, node.stamp())
        return answer({})

    for verb, deed in UNDONE.items():
        _register_undoing(api, node, verb, deed)

    @api.delete("/api/v1/admin/accounts/<id>")
    async def delete(id: str) -> Response:
        by = await operator(node, _WRITE)
        row = await known_actor(node, id)
        shown = await _one(node, row)
        await actions.delete(node, row, by)
        return answer(shown)


def _register_undoing(api: Blueprint, node: Node, verb: str, deed: Deed) -> None:
    @api.post(f"/api/v1/admin/accounts/<id>/{verb}")
    async def undo(id: str) -> Response:
        by = await operator(node, _WRITE)
        await deed(node, await known_actor(node, id), False, by)
        return answer(await _one(node, await known_actor(node, id)))


def _register_lists(api: Blueprint, node: Node) -> None:
    @api.get("/api/v1/admin/accounts")
    async def list_v1() -> Response:
        await operator(node, _READ)
        asked = request.args
        local = True if truth(asked.get("local")) else False if truth(asked.get("remote")) else None
        state = next((name for name in ("pending", *STATES) if truth(asked.get(name))), "")
        return await _listed(node, "/api/v1/admin/accounts", local, state, staff=bool(truth(asked.get("staff"))))

    @api.get("/api/v2/admin/accounts")
    async def list_v2() -> Response:
        await operator(node, _READ)
        origin, state = request.args.get("origin", ""), request.args.get("status", "")
        if origin not in ("", "local", "remote") or state not in ("", "pending", *STATES):
            raise InvalidInput(
                f"Validation failed: origin is local or remote; status is one of pending, {', '.join(STATES)}"
            )
        local = None if not origin else origin == "local"
        staff = request.args.get("permissions") == "staff"
        return await _listed(node, "/api/v2/admin/accounts", local, state, staff=staff)

    @api.get("/api/v1/admin/accounts/<id>")
    async def show(id: str) -> Response:
        await operator(node, _READ)
        person = await node.db.read(store.by_id, number(id))
        if person is not None and person.approved_at is None:
            return answer(waiting_account(person))
        return answer(await _one(node, await known_actor(node, id)))


def _register_requests(api: Blueprint, node: Node) -> None:
    @api.post("/api/v1/admin/accounts/<id>/approve")
    async def approve(id: str) -> Response:
        by, person = await operator(node, _WRITE), await _waiting(node, id)
        await joining.let_in(node, person.id)
        await node.db.write(_note, by, "approve", person.email, node)
        approved = await node.db.read(store.by_id, person.id)
        assert approved is not None
        return answer(waiting_account(approved))

    @api.post("/api/v1/admin/accounts/<id>/reject")
    async def reject(id: str) -> Response:
        by, person = await operator(node, _WRITE), await _waiting(node, id)
        await joining.turn_away(node, person.id)
        await node.db.write(_note, by, "reject", person.email, node)
        return answer(waiting_account(person))


def _note(tx: Tx, by: Operator, action: str, email: str, node: Node) -> None:
    audit.record(tx, by, action, email, node.stamp())


async def _waiting(node: Node, id: str) -> store.AccountRow:
    person = await node.db.read(store.by_id, number(id))
    if person is None or person.approved_at is not None:
        raise NotFound(f"nobody with the number {id} waits for an account")
    return person


async def _listed(node: Node, path: str, local: bool | None, state: str, *, staff: bool) -> Response:
    asked, wanted = stretch(_MOST, _USUAL), request.args
    if state == "pending":
        found = await node.db.read_long(store.waiting, asked.limit)
        return answer([waiting_account(person) for person in found if asked.max_id is None or person.id < asked.max_id])
    which = Wanted(
        local,
        state,
        wanted.get("username", ""),
        wanted.get("display_name", ""),
        wanted.get("by_domain", ""),
        wanted.get("email", ""),
        staff,
    )
    ids, shown = await node.db.read_long(_page, which, asked, node.urls)
    return answer(shown, headers=page_links(node.urls.base, path, ids, asked.limit))


def _page(tx: Tx, wanted: Wanted, asked: Range, urls: Urls) -> tuple[list[int], list[dict[str, Any]]]:
    rows = people.page(tx, wanted, asked)
    return [row.id for row in rows], admin_accounts(tx, rows, urls)


async def _one(node: Node, row: ActorRow) -> dict[str, Any]:
    return (await node.db.read(admin_accounts, [row], node.urls))[0]
