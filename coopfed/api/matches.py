"""Who fits the acting actor's requests and profile, and why. Ours, beside Mastodon's API. Source: API contract 7."""

from collections.abc import Sequence
from typing import Any

from quart import Blueprint, Response

from actors.lookup import by_ids
from coopfed import limits
from coopfed.api import assemble, request_shapes
from coopfed.api.asking import answer, limit, negotiator, parameters, speaker
from coopfed.api.own import PREFIX
from coopfed.api.requests import wanted_number
from coopfed.db.tx import Tx
from coopfed.errors import Fault, InvalidFields
from coopfed.features.matching import actions
from coopfed.features.matching.rules import Kind, Match
from coopfed.features.matching.store import Asked, Known
from coopfed.ids import Urls
from coopfed.node import Node
from coopfed.oauth.tokens import Bearer
from coopfed.text.parameters import truth

PATH = f"{PREFIX}/matches"
_READ, _WRITE = "read:requests", "write:requests"
_BEST = 100


def register(api: Blueprint, node: Node) -> None:
    """Adds the routes."""

    @api.get(PATH)
    async def list_matches() -> Response:
        who, asked = await speaker(node, _READ), _asked(await parameters(), limit())
        found = await actions.shown(node, who.actor, asked)
        return answer(await node.db.read(shapes, found, who, node.clock.now(), node.urls))

    @api.post(f"{PATH}/<id>/dismiss")
    async def dismiss_match(id: str) -> Response:
        return await _set_aside(node, id, really=True)

    @api.post(f"{PATH}/<id>/restore")
    async def restore_match(id: str) -> Response:
        return await _set_aside(node, id, really=False)


async def _set_aside(node: Node, id: str, *, really: bool) -> Response:
    who = await negotiator(node, _WRITE)
    found = await actions.set_aside(node, who.actor, wanted_number(id), really=really)
    shown = await node.db.read(shapes, [found], who, node.clock.now(), node.urls)
    return answer(shown[0])


def _asked(given: dict[str, Any], count: int) -> Asked:
    """What a query looks for. InvalidFields for a kind or a number that is none."""
    kind, request_id = given.get("kind"), given.get("request_id")
    if kind not in (None, "", *Kind):
        raise InvalidFields({"kind": [Fault.INVALID]})
    return Asked(
        wanted_number(str(request_id)) if request_id not in (None, "") else None,
        (Kind(kind),) if kind else tuple(Kind),
        _number(given, "min_score", limits.MATCH_SHOWN, limits.MATCH_SHOWN, _BEST),
        truth(given.get("dismissed")) or False,
        count,
        _number(given, "offset", 0, 0, limits.MATCHES_DEEP),
    )


def _number(given: dict[str, Any], name: str, usual: int, least: int, most: int) -> int:
    written = str(given.get(name) or usual)
    if not (written.isascii() and written.isdigit() and len(written) < 5 and least <= int(written) <= most):
        raise InvalidFields({name: [Fault.INVALID]})
    return int(written)


def shapes(
    tx: Tx, found: Sequence[tuple[Match, Known]], who: Bearer | None, now: int, urls: Urls
) -> list[dict[str, Any]]:
    """Matches as the API shows them. A unit of work. Source: API contract 7."""
    numbers = [match.other.id for match, _known in found if match.other.kind is Kind.REQUEST]
    requests = {one["id"]: one for one in request_shapes.requests(tx, [*dict.fromkeys(numbers)], who, now, urls)}
    people = by_ids(tx, [*dict.fromkeys(match.other.actor_id for match, _known in found)])
    accounts = dict(zip(people, assemble.accounts(tx, [*people.values()], urls), strict=True))
    return [
        {
            "id": str(known.id),
            "score": match.score,
            "kind": match.other.kind.value,
            "for_request_id": str(match.own.id) if match.own.kind is Kind.REQUEST else None,
            "request": requests.get(str(match.other.id)) if match.other.kind is Kind.REQUEST else None,
            "account": accounts[match.other.actor_id],
            "dismissed": known.dismissed_at is not None,
            "reasons": [
                {"part": one.part.value, "points": one.points, "code": one.code, "values": list(one.values)}
                for one in match.reasons
            ],
        }
        for match, known in found
        if match.other.actor_id in accounts
    ]
