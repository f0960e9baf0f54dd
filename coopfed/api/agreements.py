"""Agreements: what was agreed on, what both sides say became of it, and the story they tell. Only these two see them. Source: API contract
6."""

from collections.abc import Sequence
from typing import Any

import orjson
from quart import Blueprint, Response

from actors.lookup import by_ids
from actors.roles import may_approve, may_negotiate
from coopfed import limits
from coopfed.api import assemble
from coopfed.api.asking import answer, editor, negotiator, page_links, parameters, speaker, stretch
from coopfed.api.own import PREFIX
from coopfed.api.requests import wanted_number
from coopfed.api.words import moment
from coopfed.clock import Clock
from coopfed.db.tx import Tx
from coopfed.errors import Fault, InvalidFields
from coopfed.features.agreements import actions, store, stories
from coopfed.features.agreements.store import StoryRow
from coopfed.features.posts import store as posts
from coopfed.features.ranges import Range
from coopfed.features.requests import agreements, rules
from coopfed.features.requests.agreements import Held
from coopfed.features.requests.rules import Party
from coopfed.ids import Urls
from coopfed.node import Node, Stamp
from coopfed.oauth.tokens import Bearer
from coopfed.text.parameters import listed

PATH = f"{PREFIX}/agreements"
_READ, _WRITE = "read:requests", "write:requests"


def register(api: Blueprint, node: Node) -> None:
    """Adds the routes."""

    async def shown(who: Bearer, number: int) -> Response:
        return answer(await node.db.read(_one, who, number, node.stamp()))

    @api.get(PATH)
    async def list_agreements() -> Response:
        who, asked, given = await speaker(node, _READ), stretch(), await parameters()
        side, wanted = given.get("side") or None, given.get("request_id")
        statuses = [str(one) for one in listed(given.get("status")) or [] if one]
        if side not in (None, *Party):
            raise InvalidFields({"side": [Fault.INVALID]})
        if not set(statuses) <= set(rules.Agreement):
            raise InvalidFields({"status": [Fault.INVALID]})
        named = wanted_number(str(wanted)) if wanted else None
        party = Party(str(side)) if side else None
        ids, found = await node.db.read(_listed, who, asked, party, named, statuses, node.stamp())
        return answer(found, headers=page_links(node.urls.base, PATH, ids, asked.limit))

    @api.get(f"{PATH}/<id>")
    async def get_agreement(id: str) -> Response:
        return await shown(await speaker(node, _READ), wanted_number(id))

    @api.post(f"{PATH}/<id>/complete")
    async def complete_agreement(id: str) -> Response:
        who, given = await negotiator(node, _WRITE), await parameters()
        await actions.complete(node, who.actor, wanted_number(id), given.get("outcome"), who.account_id)
        return await shown(who, wanted_number(id))

    @api.post(f"{PATH}/<id>/close")
    async def close_agreement(id: str) -> Response:
        who = await negotiator(node, _WRITE)
        await actions.close(node, who.actor, wanted_number(id))
        return await shown(who, wanted_number(id))

    @api.post(f"{PATH}/<id>/story")
    async def propose_story(id: str) -> Response:
        who, given = await editor(node, _WRITE), await parameters()
        said = given.get("content"), given.get("language")
        await stories.propose(node, who.actor, who.account_id, wanted_number(id), *said)
        return await shown(who, wanted_number(id))

    @api.post(f"{PATH}/<id>/story/accept")
    async def accept_story(id: str) -> Response:
        who = await editor(node, _WRITE)
        await stories.decide(node, who.actor, wanted_number(id), agrees=True)
        return await shown(who, wanted_number(id))

    @api.post(f"{PATH}/<id>/story/reject")
    async def reject_story(id: str) -> Response:
        who = await editor(node, _WRITE)
        await stories.decide(node, who.actor, wanted_number(id), agrees=False)
        return await shown(who, wanted_number(id))


def _one(tx: Tx, who: Bearer, number: int, stamp: Stamp) -> dict[str, Any]:
    one, _side = actions.party(tx, who.actor, number)
    return _shapes(tx, [one], who, stamp)[0]


def _listed(
    tx: Tx, who: Bearer, asked: Range, side: Party | None, request_id: int | None, statuses: list[str], stamp: Stamp
) -> tuple[list[int], list[dict[str, Any]]]:
    rows = agreements.listed(
        tx, who.actor.id, asked, limits.NUMBER_MAX, side=side, request_id=request_id, statuses=statuses
    )
    return [row.id for row in rows], _shapes(tx, agreements.held_all(tx, rows), who, stamp)


def _shapes(tx: Tx, found: Sequence[Held], who: Bearer, stamp: Stamp) -> list[dict[str, Any]]:
    """The Agreement of each of these, for one of its two sides."""
    numbers = dict.fromkeys(number for one in found for number in (one.request.actor_id, one.response.actor_id))
    people = by_ids(tx, list(numbers))
    accounts = dict(zip(people, assemble.accounts(tx, list(people.values()), stamp.urls), strict=True))
    told = {id: store.current(rows) for id, rows in store.of_agreements(tx, [one.row.id for one in found]).items()}
    shown = {
        row.uri: row
        for row in posts.by_uris(tx, [one.post_uri for one in told.values() if one and one.post_uri]).values()
    }
    return [
        {
            **_said(one, stamp.urls),
            "side": one.party(who.actor.id),
            "owner": accounts[one.request.actor_id],
            "responder": accounts[one.response.actor_id],
            "story": _story(told.get(one.row.id), shown),
            "allowed": _allowed(one, told.get(one.row.id), who, stamp.now, stamp.clock),
        }
        for one in found
    ]


def _said(one: Held, urls: Urls) -> dict[str, Any]:
    row = one.row
    back = row.reciprocal_unit
    return {
        "id": str(row.id),
        "uri": row.uri,
        "request_id": str(row.request_id),
        "response_id": str(row.response_id),
        "side": None,
        "owner": None,
        "responder": None,
        "title": row.title,
        "category": row.category,
        "quantity": {"unit": row.unit, "value": row.value},
        "reciprocal": None if back is None else {"unit": back, "value": row.reciprocal_value},
        "terms": one.response.content,
        "status": row.status,
        "confirmation": row.confirmation,
        "receipts": [
            {
                "by": one.party(receipt.actor_id),
                "outcome": receipt.outcome,
                "uri": receipt.uri,
                "created_at": moment(receipt.written_at),
            }
            for receipt in one.receipts
            if one.party(receipt.actor_id) is not None
        ],
        "offer": None if one.response.plain else orjson.loads(one.response.document),
        "accept": orjson.loads(row.document),
        "verification_code": agreements.shown_code(row.code),
        "verification_url": urls.verification(row.code),
        "created_at": moment(row.created_at),
        "updated_at": moment(row.updated_at),
    }


def _story(row: StoryRow | None, shown: dict[str, posts.PostRow]) -> dict[str, Any] | None:
    if row is None:
        return None
    post = shown.get(row.post_uri or "")
    there = post is not None and post.deleted_at is None
    return {"state": row.state, "content": row.content, "status_id": str(post.id) if post and there else None}


def _allowed(one: Held, story: StoryRow | None, who: Bearer, now: int, clock: Clock) -> list[str]:
    side = one.party(who.actor.id)
    assert side is not None
    verbs = list(actions.allowed(one, side, now, clock)) if may_negotiate(who.roles) else []
    if may_approve(who.roles):
        verbs += store.allowed(one, who.actor.id, story)
    return verbs
