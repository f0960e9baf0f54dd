"""Answers to requests: given, taken back, shortlisted, accepted, rejected. Only their two sides see them. Source: API contract 5."""

from typing import Any

from quart import Blueprint, Response

from coopfed import limits
from coopfed.api import assemble, request_shapes
from coopfed.api.asking import answer, negotiator, page_links, parameters, speaker, stretch
from coopfed.api.own import PREFIX
from coopfed.api.requests import PATH as REQUESTS
from coopfed.api.requests import key_of, wanted_number
from coopfed.db.tx import Tx
from coopfed.errors import Fault, InvalidFields, NotFound
from coopfed.features.posts import once
from coopfed.features.ranges import Range
from coopfed.features.requests import answers, responding, rules, store, taking, talk, talking
from coopfed.features.requests.answers import ResponseRow
from coopfed.ids import Urls
from coopfed.node import Node
from coopfed.oauth.tokens import Bearer
from coopfed.text.parameters import listed, truth

PATH = f"{PREFIX}/responses"
_READ, _WRITE = "read:requests", "write:requests"
_SIDES = ("received", "sent")


def register(api: Blueprint, node: Node) -> None:
    """Adds the routes."""
    _register_reading(api, node)
    _register_posts(api, node)
    _register_verbs(api, node)


def _register_reading(api: Blueprint, node: Node) -> None:
    @api.get(PATH)
    async def list_responses() -> Response:
        who, asked, given = await speaker(node, _READ), stretch(), await parameters()
        side, wanted = given.get("direction") or None, given.get("request_id")
        statuses = [str(one) for one in listed(given.get("status")) or [] if one]
        if side not in (None, *_SIDES):
            raise InvalidFields({"direction": [Fault.INVALID]})
        if not set(statuses) <= set(rules.Response):
            raise InvalidFields({"status": [Fault.INVALID]})
        named = wanted_number(str(wanted)) if wanted else None
        ids, shown = await node.db.read(_listed, who, asked, side, named, statuses, node.clock.now(), node.urls)
        return answer(shown, headers=page_links(node.urls.base, PATH, ids, asked.limit))

    @api.get(f"{PATH}/<id>")
    async def get_response(id: str) -> Response:
        who = await speaker(node, _READ)
        return answer(await node.db.read(_one, who, wanted_number(id), node.clock.now(), node.urls))

    @api.get(f"{REQUESTS}/<id>/responses")
    async def list_responses_of_request(id: str) -> Response:
        who, asked, wanted = await speaker(node, _READ), stretch(), wanted_number(id)
        ids, shown = await node.db.read(_of_request, who, asked, wanted, node.clock.now(), node.urls)
        return answer(shown, headers=page_links(node.urls.base, f"{REQUESTS}/{wanted}/responses", ids, asked.limit))

    @api.post(f"{REQUESTS}/<id>/responses")
    async def respond(id: str) -> Response:
        who, given, wanted = await negotiator(node, _WRITE), await parameters(), wanted_number(id)
        key = key_of(who)
        made = await node.db.read(once.find, key, node.clock.now()) if key is not None else None

        def also(tx: Tx, number: int) -> None:
            if key is not None:
                once.remember(tx, key, number, node.clock.now())

        if made is None:
            made = (await responding.answer(node, who.actor, who.account_id, wanted, given, also)).id
        return answer(await node.db.read(_one, who, made, node.clock.now(), node.urls))


def _register_posts(api: Blueprint, node: Node) -> None:
    """What is made of posts, and what the two sides write to each other."""

    @api.post(f"{REQUESTS}/<id>/responses/from_status")
    async def take_status(id: str) -> Response:
        who, given = await negotiator(node, _WRITE), await parameters()
        written = str(given.get("status_id") or "")
        if not written:
            raise InvalidFields({"status_id": [Fault.BLANK]})
        row = await taking.take(node, who.actor, who.account_id, wanted_number(id), wanted_number(written), given)
        return answer(await node.db.read(_one, who, row.id, node.clock.now(), node.urls))

    @api.patch(f"{PATH}/<id>")
    async def measure(id: str) -> Response:
        who, given = await negotiator(node, _WRITE), await parameters()
        row = await taking.measure(node, who.actor, wanted_number(id), given)
        return answer(await node.db.read(_one, who, row.id, node.clock.now(), node.urls))

    @api.get(f"{PATH}/<id>/messages")
    async def list_messages(id: str) -> Response:
        who = await speaker(node, _READ)
        return answer(await node.db.read(_messages, who, wanted_number(id), node.urls))

    @api.post(f"{PATH}/<id>/messages")
    async def write_message(id: str) -> Response:
        who, given = await negotiator(node, _WRITE), await parameters()
        key = key_of(who)
        if key is None or await node.db.read(once.find, key, node.clock.now()) is None:

            def also(tx: Tx, number: int) -> None:
                if key is not None:
                    once.remember(tx, key, number, node.clock.now())

            await talking.say(node, who.actor, who.account_id, wanted_number(id), given, also)
        return answer(await node.db.read(_messages, who, wanted_number(id), node.urls))


def _register_verbs(api: Blueprint, node: Node) -> None:
    async def shown(who: Bearer, row: ResponseRow) -> Response:
        return answer(await node.db.read(_one, who, row.id, node.clock.now(), node.urls))

    @api.post(f"{PATH}/<id>/shortlist")
    async def shortlist(id: str) -> Response:
        who = await negotiator(node, _WRITE)
        return await shown(who, await responding.shortlist(node, who.actor, wanted_number(id), on=True))

    @api.post(f"{PATH}/<id>/unshortlist")
    async def unshortlist(id: str) -> Response:
        who = await negotiator(node, _WRITE)
        return await shown(who, await responding.shortlist(node, who.actor, wanted_number(id), on=False))

    @api.post(f"{PATH}/<id>/accept")
    async def accept(id: str) -> Response:
        who, given = await negotiator(node, _WRITE), await parameters()
        confirmed = truth(given.get("confirm_terms")) or False
        row = await responding.accept(
            node,
            who.actor,
            wanted_number(id),
            str(given.get("content") or ""),
            confirmed=confirmed,
            account_id=who.account_id,
        )
        return await shown(who, row)

    @api.post(f"{PATH}/<id>/reject")
    async def reject(id: str) -> Response:
        who, given = await negotiator(node, _WRITE), await parameters()
        content = str(given.get("content") or "")[: limits.REQUEST_CHARACTERS]
        return await shown(
            who, await responding.reject(node, who.actor, wanted_number(id), given.get("reason"), content)
        )

    @api.post(f"{PATH}/<id>/withdraw")
    async def withdraw(id: str) -> Response:
        who = await negotiator(node, _WRITE)
        return await shown(who, await responding.withdraw(node, who.actor, wanted_number(id)))


def _one(tx: Tx, who: Bearer, number: int, now: int, urls: Urls) -> dict[str, Any]:
    row, _request = responding.party(tx, who.actor, number)
    return request_shapes.responses(tx, [row], who, now, urls)[0]


def _messages(tx: Tx, who: Bearer, number: int, urls: Urls) -> list[dict[str, Any]]:
    row, _request = responding.party(tx, who.actor, number)
    return assemble.statuses(tx, talk.numbers(tx, row, who.actor.id), who.actor.id, urls)


def _listed(
    tx: Tx,
    who: Bearer,
    asked: Range,
    side: str | None,
    request_id: int | None,
    statuses: list[str],
    now: int,
    urls: Urls,
) -> tuple[list[int], list[dict[str, Any]]]:
    rows = answers.listed(
        tx, who.actor.id, asked, limits.NUMBER_MAX, side=side, request_id=request_id, statuses=statuses
    )
    return [row.id for row in rows], request_shapes.responses(tx, rows, who, now, urls)


def _of_request(
    tx: Tx, who: Bearer, asked: Range, number: int, now: int, urls: Urls
) -> tuple[list[int], list[dict[str, Any]]]:
    """The owner sees all, a responder its own, others none. NotFound where the request is not for them."""
    if not store.readable_among(tx, [number], who.actor.id):
        raise NotFound(f"no request {number} for @{who.actor.handle}")
    return _listed(tx, who, asked, None, number, [], now, urls)
