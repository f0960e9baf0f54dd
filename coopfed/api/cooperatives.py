"""Profiles of cooperatives, and of whoever else wants to be found. Ours, beside Mastodon's API. Source: API contract 3."""

from collections.abc import Sequence
from typing import Any

from quart import Blueprint, Response, request

from actors.cooperative import Cooperative, Kind, cooperative_of
from actors.lookup import ActorRow, by_ids
from coopfed import limits
from coopfed.api import assemble
from coopfed.api.asking import answer, anybody, editor, number, parameters, speaker, viewer
from coopfed.api.own import PREFIX, public, texts
from coopfed.api.words import moment
from coopfed.codes import tables
from coopfed.db.tx import Tx
from coopfed.errors import Fault, InvalidFields, InvalidInput, NotFound, PeerBlocked, RemoteGone
from coopfed.features import match_wishes
from coopfed.features.cooperatives.actions import edit
from coopfed.features.cooperatives.rules import DOUBTS, Doubtful
from coopfed.features.cooperatives.store import readable
from coopfed.features.lookup import Stored, find, look_up
from coopfed.features.memberships import store as memberships
from coopfed.features.posts.defaults import acknowledges, needs_approval
from coopfed.ids import Urls
from coopfed.node import Node
from coopfed.oauth import scopes
from coopfed.oauth.tokens import Bearer

_ASKING = "read:directory"


def register(api: Blueprint, node: Node) -> None:
    """Adds the routes."""

    @api.get(f"{PREFIX}/profile")
    async def own_profile() -> Response:
        who = await speaker(node, "read:accounts")
        return answer(await node.db.read(_own, who.actor, node.urls))

    @api.patch(f"{PREFIX}/profile")
    async def change_profile() -> Response:
        who = await editor(node, "write:accounts")
        saved = await edit(node, who.actor, await parameters())
        return answer(await node.db.read(_own, saved.actor, node.urls, _warnings(saved.doubts)))

    @api.get(f"{PREFIX}/profiles/<id>")
    async def profile(id: str) -> Response:
        who = await anybody(node, "read:accounts")
        return public(await node.db.read(_readable, _number(id), viewer(who), node.urls), who)

    @api.get(f"{PREFIX}/profiles/lookup")
    async def look_up_profile() -> Response:
        who = await anybody(node, "read:accounts", _ASKING)
        written = request.args.get("acct", "").strip()
        if not written:
            raise InvalidFields({"acct": [Fault.BLANK]})
        found = await named(node, who, written[: limits.ID_LENGTH])
        if found is None or found.post is not None:
            raise NotFound("it leads to no actor")
        return public(await node.db.read(_readable, found.actor.id, viewer(who), node.urls), who)


async def named(node: Node, who: Bearer | None, written: str) -> Stored | None:
    """Whom a handle or address leads to, None when that is nobody. Who may have other servers asked has that done for an actor that is
    not known here, or was looked at long ago; FetchError when one that is not known cannot be had."""
    known = await find(node, written, ask=False)
    if who is None or not scopes.allows(who.scopes, _ASKING) or (known is not None and _is_fresh(node, known.actor)):
        return known
    try:
        looked = await look_up(node, written)
    except (PeerBlocked, RemoteGone, InvalidInput) as error:
        raise NotFound(str(error)) from error
    if looked.stored is None and known is None and looked.refused is not None:
        raise looked.refused
    return looked.stored or known


def _is_fresh(node: Node, row: ActorRow) -> bool:
    return row.local or node.clock.now() - (row.fetched_at or 0) < node.clock.span(limits.ACTOR_FRESH_SECONDS)


def _number(id: str) -> int:
    try:
        return number(id)
    except InvalidInput as error:
        raise NotFound(str(error)) from error


def _memberships(tx: Tx, row: ActorRow, urls: Urls) -> list[dict[str, Any]]:
    """In which umbrellas it is a member now; one without a node has a code in place of an Account."""
    found = memberships.within(tx, row.id)
    actors = by_ids(tx, [one.umbrella_id for one in found if one.umbrella_id is not None])
    shown = dict(zip(actors, assemble.accounts(tx, [*actors.values()], urls), strict=True))
    return [
        {
            "umbrella": shown.get(one.umbrella_id) if one.umbrella_id is not None else None,
            "umbrella_code": one.umbrella_code,
            "kind": one.kind,
            "state": one.state,
        }
        for one in found
    ]


def _readable(tx: Tx, number: int, viewer: int, urls: Urls) -> dict[str, Any]:
    row = readable(tx, number, viewer)
    if row is None:
        raise NotFound(f"nobody under {number} whose profile may be read")
    return _shape(
        assemble.accounts(tx, [row], urls)[0], row, cooperative_of(tx, row.id), _memberships(tx, row, urls), own=False
    )


def _own(tx: Tx, row: ActorRow, urls: Urls, warnings: Sequence[dict[str, str]] = ()) -> dict[str, Any]:
    settings = {
        "match_digest": match_wishes.rhythm_of(tx, row.id).value,
        "auto_acknowledge": acknowledges(tx, row.id),
        "requires_approval": needs_approval(tx, row.id),
    }
    shown = _shape(
        assemble.accounts(tx, [row], urls)[0], row, cooperative_of(tx, row.id), _memberships(tx, row, urls), own=True
    )
    return {**shown, "settings": settings, "warnings": list(warnings)}


def _shape(
    account: dict[str, Any], row: ActorRow, said: Cooperative, within: list[dict[str, Any]], *, own: bool
) -> dict[str, Any]:
    """A Profile; `account` is the Account. Of an own one all numbers are shown."""
    return {
        "account": account,
        "legal_name": said.legal_name,
        "names": dict(said.names),
        "descriptions": {tag: one.html for tag, one in said.descriptions.items()},
        "cooperative_type": said.one(Kind.TYPE),
        "registry_category": said.registry_category,
        "identifiers": [
            {"scheme": one.scheme, "value": one.value, "public": one.public}
            for one in said.identifiers
            if own or one.public
        ],
        "sectors": said.of(Kind.SECTOR),
        "regions": said.of(Kind.REGION),
        "languages": said.of(Kind.LANGUAGE),
        "size_class": said.one(Kind.SIZE),
        "members_count": said.members_count,
        "workers_count": said.workers_count,
        "offers": said.of(Kind.OFFERS),
        "needs": said.of(Kind.NEEDS),
        "sdgs": tables.numbers(said.of(Kind.SDG)),
        "ica_principles": tables.numbers(said.of(Kind.PRINCIPLE)),
        "discoverable": row.discoverable,
        "aggregation_consent": said.aggregation_consent,
        "memberships": within,
        "origin": "local" if row.local else "remote",
        "updated_at": moment(row.updated_at),
        "settings": None,
        "warnings": [],
    }


def _warnings(doubts: Sequence[Doubtful]) -> list[dict[str, str]]:
    words = texts()
    return [{"field": one.field, "code": one.code, "description": words.gettext(DOUBTS[one.code])} for one in doubts]
