"""Collaboration requests and offers: the board, and what members do with those of their actor. Source: API contract 4."""

from collections.abc import Sequence
from typing import Any

from quart import Blueprint, Response, request

from actors.roles import may_approve
from actors.visibility import NOBODY
from coopfed import limits
from coopfed.api import assemble, request_shapes
from coopfed.api.asking import (
    answer,
    anybody,
    editor,
    negotiator,
    number,
    page_links,
    parameters,
    speaker,
    stretch,
    viewer,
    writer,
)
from coopfed.api.own import PREFIX, public
from coopfed.clock import read_moment
from coopfed.db.tx import Tx
from coopfed.errors import Fault, Forbidden, Gone, InvalidFields, InvalidInput, NotFound
from coopfed.features.posts import once
from coopfed.features.posts.once import Key
from coopfed.features.requests import actions, approving, board, comments, remote, store
from coopfed.features.requests.board import Wanted
from coopfed.features.requests.rules import ANSWERABLE, Purpose, Status
from coopfed.features.requests.store import LANGUAGE, REGION, SDG, SECTOR, RequestRow
from coopfed.ids import Urls
from coopfed.node import Node
from coopfed.oauth.tokens import Bearer
from coopfed.text.parameters import listed, truth

PATH = f"{PREFIX}/requests"
_READ, _WRITE = "read:requests", "write:requests"


def register(api: Blueprint, node: Node) -> None:
    """Adds the routes."""
    _register_reading(api, node)
    _register_writing(api, node)
    _register_verbs(api, node)


def _register_reading(api: Blueprint, node: Node) -> None:
    @api.get(PATH)
    async def list_requests() -> Response:
        who, asked, wanted = await anybody(node, _READ), stretch(), wanted_of(await parameters())
        ids, found = await node.db.read(_listed, wanted, who, node.clock.now(), asked, node.urls)
        shown = public(found, who)
        shown.headers.update(page_links(node.urls.base, PATH, ids, asked.limit))
        return shown

    @api.get(f"{PATH}/facets")
    async def count_requests() -> Response:
        who, wanted = await anybody(node, _READ), wanted_of(await parameters())
        found = await node.db.read(board.facets, wanted, viewer(who), node.clock.now())
        shown = {name: [{"code": code, "count": count} for code, count in counts] for name, counts in found.items()}
        return public(shown, who)

    @api.get(f"{PATH}/lookup")
    async def look_up_request() -> Response:
        who, written = await speaker(node, _READ), request.args.get("uri", "").strip()
        if not written:
            raise InvalidFields({"uri": [Fault.BLANK]})
        found = await remote.look_up(node, written[: limits.ID_LENGTH])
        return answer(await node.db.read(_readable, found.id, who, node.clock.now(), node.urls))

    @api.get(f"{PATH}/<id>")
    async def get_request(id: str) -> Response:
        who = await anybody(node, _READ)
        return public(await node.db.read(_readable, wanted_number(id), who, node.clock.now(), node.urls), who)

    @api.get(f"{PATH}/<id>/comments")
    async def list_comments(id: str) -> Response:
        who = await anybody(node, _READ)
        return public(await node.db.read(_comments, wanted_number(id), who, node.urls), who)


def _register_writing(api: Blueprint, node: Node) -> None:
    @api.post(PATH)
    async def write_request() -> Response:
        who, given = await writer(node, _WRITE), await parameters()
        key = key_of(who)
        made = await node.db.read(once.find, key, node.clock.now()) if key is not None else None
        if made is None:
            row = await actions.draft(node, who.actor, who.account_id, given, _remember(node, key))
            made = row.id
            if truth(given.get("publish")):
                return await _published(node, who, made)
        return await _own(node, who, made)

    @api.patch(f"{PATH}/<id>")
    async def change_request(id: str) -> Response:
        who = await writer(node, _WRITE)
        row = await node.db.read(actions.own, who.actor, wanted_number(id))
        if row.status != Status.DRAFT and not may_approve(who.roles):
            raise Forbidden("an editor changes what is published", reason="insufficient_role")
        given, may = await parameters(), may_approve(who.roles)
        await actions.change(node, who.actor, who.account_id, row.id, given, editor=may)
        return await _own(node, who, row.id)

    @api.delete(f"{PATH}/<id>")
    async def delete_request(id: str) -> Response:
        who = await editor(node, _WRITE)
        shown = await node.db.read(_shown, wanted_number(id), who, node.clock.now(), node.urls)
        await actions.delete(node, who.actor, wanted_number(id))
        return answer(shown)

    @api.put(f"{PATH}/<id>/translations/<language>")
    async def translate_request(id: str, language: str) -> Response:
        who = await editor(node, _WRITE)
        given = await parameters()
        await actions.translate(node, who.actor, who.account_id, wanted_number(id), language, given)
        return await _own(node, who, wanted_number(id))

    @api.delete(f"{PATH}/<id>/translations/<language>")
    async def forget_translation(id: str, language: str) -> Response:
        who = await editor(node, _WRITE)
        await actions.translate(node, who.actor, who.account_id, wanted_number(id), language, None)
        return await _own(node, who, wanted_number(id))


def _register_verbs(api: Blueprint, node: Node) -> None:
    @api.post(f"{PATH}/<id>/publish")
    async def publish_request(id: str) -> Response:
        return await _published(node, await writer(node, _WRITE), wanted_number(id))

    @api.post(f"{PATH}/<id>/withdraw")
    async def withdraw_request(id: str) -> Response:
        who, given = await editor(node, _WRITE), await parameters()
        word = str(given.get("content") or "")
        await actions.withdraw(node, who.actor, who.account_id, wanted_number(id), word)
        return await _own(node, who, wanted_number(id))

    @api.post(f"{PATH}/<id>/extend")
    async def extend_request(id: str) -> Response:
        who = await editor(node, _WRITE)
        until = (await parameters()).get("expires_at")
        if not until:
            raise InvalidFields({"expires_at": [Fault.BLANK]})
        await actions.extend(node, who.actor, who.account_id, wanted_number(id), until)
        return await _own(node, who, wanted_number(id))

    @api.post(f"{PATH}/<id>/settle")
    async def settle_request(id: str) -> Response:
        who = await negotiator(node, _WRITE)
        await actions.settle(node, who.actor, who.account_id, wanted_number(id))
        return await _own(node, who, wanted_number(id))

    @api.post(f"{PATH}/<id>/reopen")
    async def reopen_request(id: str) -> Response:
        who = await negotiator(node, _WRITE)
        await actions.reopen(node, who.actor, who.account_id, wanted_number(id))
        return await _own(node, who, wanted_number(id))


async def _published(node: Node, who: Bearer, number: int) -> Response:
    """Published by an editor; an author's waits for one, which is told by 202."""
    if not may_approve(who.roles):
        await approving.hand_in(node, who.actor, number)
        return await _own(node, who, number, 202)
    seen = (await parameters()).get("version")
    await actions.publish(node, who.actor, who.account_id, number, _moment(str(seen), "version") if seen else None)
    return await _own(node, who, number)


def key_of(who: Bearer) -> Key | None:
    """The Idempotency-Key of the request."""
    given = request.headers.get("Idempotency-Key", "")
    # Of another kind than what is posted: numbers of statuses and of these are never mixed up.
    return Key(who.account_id, who.actor.id, once.checked(f"{request.path} {given}")) if given else None


def _remember(node: Node, key: Key | None) -> Any:
    def also(tx: Tx, number: int) -> None:
        if key is not None:
            once.remember(tx, key, number, node.clock.now())

    return also


def wanted_number(id: str) -> int:
    """The number in an address. NotFound for what is none."""
    try:
        return number(id)
    except InvalidInput as error:
        raise NotFound(str(error)) from error


async def _own(node: Node, who: Bearer, number: int, status: int = 200) -> Response:
    return answer(await node.db.read(_shown, number, who, node.clock.now(), node.urls), status)


def _shown(tx: Tx, number: int, who: Bearer, now: int, urls: Urls) -> dict[str, Any]:
    actions.own(tx, who.actor, number)
    return request_shapes.requests(tx, [number], who, now, urls)[0]


def _listed(
    tx: Tx, wanted: Wanted, who: Bearer | None, now: int, asked: Any, urls: Urls
) -> tuple[list[int], list[dict[str, Any]]]:
    ids = board.find(tx, wanted, viewer(who), now, asked)
    return ids, request_shapes.requests(tx, ids, who, now, urls)


def _row(tx: Tx, number: int, who: Bearer | None) -> RequestRow:
    """A request that the reader may have. NotFound; Gone when it was deleted and everybody could read it."""
    row = store.get(tx, number)
    if row is not None and row.deleted_at is not None and row.public:
        raise Gone(f"request {number} was deleted")
    if row is None or not store.readable_among(tx, [number], viewer(who) if who is not None else NOBODY):
        raise NotFound(f"no request {number} for this reader")
    return row


def _readable(tx: Tx, number: int, who: Bearer | None, now: int, urls: Urls) -> dict[str, Any]:
    return request_shapes.requests(tx, [_row(tx, number, who).id], who, now, urls)[0]


def _comments(tx: Tx, number: int, who: Bearer | None, urls: Urls) -> list[dict[str, Any]]:
    """Posts that speak of the request, the oldest first: its owner sees also those that are for it alone, and what was made of them."""
    row, reader = _row(tx, number, who), viewer(who) if who is not None else NOBODY
    found = {one.post_id: one for one in comments.listed(tx, row, reader)}
    told = assemble.statuses(tx, list(found), reader if reader == row.actor_id else NOBODY, urls)
    shown = [(found[int(one["id"])], one) for one in told]
    return [
        {
            "kind": one.kind.value,
            "status": status,
            "response_id": None if one.response_id is None else str(one.response_id),
        }
        for one, status in shown
    ]


def wanted_of(given: dict[str, Any]) -> Wanted:
    """What a query looks for. InvalidFields for a status, purpose, number or moment that is none."""
    statuses = _several(given, "status", [one.value for one in Status]) or [
        one.value for one in Status if one in ANSWERABLE
    ]
    actor, umbrella = (_optional_number(given.get(name), name) for name in ("account_id", "umbrella_id"))
    before = given.get("expires_before")
    return Wanted(
        statuses=tuple(statuses),
        purposes=tuple(_several(given, "purpose", list(Purpose))),
        categories=tuple(_several(given, "category")),
        codes={
            kind: tuple(_several(given, name))
            for name, kind in (("sector", SECTOR), ("region", REGION), ("language", LANGUAGE), ("sdg", SDG))
        },
        actor_id=actor,
        umbrella_id=umbrella,
        words=str(given.get("q") or "")[: limits.ID_LENGTH],
        local=truth(given.get("local")),
        expires_before=_moment(str(before), "expires_before") if before else None,
    )


def _several(given: dict[str, Any], name: str, among: Sequence[str] | None = None) -> list[str]:
    found = [str(one) for one in listed(given.get(name)) or [] if one not in (None, "")][: limits.CODES_READ]
    if among is not None and not set(found) <= set(among):
        raise InvalidFields({name: [Fault.INVALID]})
    return found


def _optional_number(written: object, name: str) -> int | None:
    if written in (None, ""):
        return None
    try:
        return number(str(written), name)
    except InvalidInput as error:
        raise InvalidFields({name: [Fault.INVALID]}) from error


def _moment(written: str, name: str) -> int:
    try:
        return read_moment(written[:64])
    except ValueError as error:
        raise InvalidFields({name: [Fault.INVALID]}) from error
