"""Memberships in umbrellas: asked for, attested by both, suspended, ended, looked up. Source: API contract 8."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from quart import Blueprint, Response, request

from actors.lookup import ActorRow, by_id, by_ids
from actors.roles import Role, may_sign, may_take_members
from coopfed import limits
from coopfed.api import assemble
from coopfed.api.asking import answer, anybody, number, page_links, parameters, several, speaker, stretch, viewer
from coopfed.api.cooperatives import named
from coopfed.api.own import PREFIX, public
from coopfed.api.words import moment
from coopfed.clock import utc
from coopfed.codes import tables
from coopfed.db.tx import Tx
from coopfed.errors import (
    CoopFedError,
    Fault,
    FetchError,
    Forbidden,
    InsufficientScope,
    InvalidFields,
    InvalidInput,
    NotFound,
)
from coopfed.features.cooperatives.store import level_of, readable
from coopfed.features.memberships import actions, check, importing, rules, steps, store
from coopfed.features.memberships.actions import Wanted
from coopfed.features.memberships.rules import Side, State, Status
from coopfed.features.memberships.store import MembershipRow
from coopfed.features.portability import store as imports
from coopfed.features.portability.formats import download
from coopfed.features.portability.store import ImportRow
from coopfed.features.posts import once
from coopfed.features.posts.once import Key
from coopfed.features.ranges import Range
from coopfed.ids import Urls
from coopfed.net.windows import Allowance
from coopfed.node import Node, Stamp
from coopfed.oauth import scopes
from coopfed.oauth.tokens import Bearer
from webfinger.resolve import find_actor

_READ, _WRITE, _ASKING = "read:memberships", "write:memberships", "read:directory"
_UMBRELLA = "admin:umbrella"
CHECKS = Allowance(60, 900)
"""Of memberships of others that an account has checked now: each asks two other servers for several documents."""
VERBS = ("accept", "reject", "end", "suspend", "resume", "renew")
"""What either side does with a membership, as far as it may."""
_PUBLIC = (Status.ACTIVE, Status.SUSPENDED, Status.ENDED)


def register(api: Blueprint, node: Node) -> None:
    """Adds the routes."""
    _register_reading(api, node)
    _register_asking(api, node)

    _register_import(api, node)
    for verb in VERBS:
        _register_verb(api, node, verb)


def _register_verb(api: Blueprint, node: Node, verb: str) -> None:
    @api.post(f"{PREFIX}/memberships/<id>/{verb}")
    async def act(id: str) -> Response:
        return await _act(node, id, verb)


def _register_reading(api: Blueprint, node: Node) -> None:
    @api.get(f"{PREFIX}/memberships")
    async def own() -> Response:
        who = await speaker(node, _READ)
        part = stretch()
        found = await node.db.read(
            _listed,
            who.actor.id,
            await _sides(),
            part,
            await _chosen("status", tuple(Status)),
            await _chosen("state", tuple(State)),
            await several("kind") or (),
        )
        shown = await node.db.read(_shapes, found, who, node.urls, node.stamp())
        links = page_links(node.urls.base, f"{PREFIX}/memberships", [row.id for row in found], part.limit)
        return answer(shown, headers=links)

    @api.get(f"{PREFIX}/memberships/<id>")
    async def one(id: str) -> Response:
        who = await anybody(node, _READ)
        return public(await node.db.read(_readable, _number(id), who, node.urls, node.stamp()), who)

    @api.get(f"{PREFIX}/memberships/lookup")
    async def look_up() -> Response:
        who = await anybody(node, _READ, _ASKING)
        return public(await _looked_up(node, who), who)

    @api.get(f"{PREFIX}/profiles/<id>/memberships")
    async def of_profile(id: str) -> Response:
        who = await anybody(node, _READ, "read:accounts")
        part, whose = stretch(), _number(id)
        found = await node.db.read(_of_profile, whose, viewer(who), await _sides(), part)
        shown = await node.db.read(_shapes, found, who, node.urls, node.stamp())
        path = f"{PREFIX}/profiles/{whose}/memberships"
        answered = public(shown, who)
        answered.headers.extend(page_links(node.urls.base, path, [row.id for row in found], part.limit))
        return answered


def _register_asking(api: Blueprint, node: Node) -> None:
    @api.post(f"{PREFIX}/memberships")
    async def ask() -> Response:
        who = await _in_role(node, may_sign, "a signatory")
        asked = await parameters()
        code = asked.get("umbrella_code")
        if code not in (None, ""):
            if not tables.known("umbrella_bodies", str(code)):
                raise InvalidFields({"umbrella_code": [Fault.UNKNOWN_CODE]})
            row = await actions.declare(node, who.actor, str(code), _wanted(node, who, asked))
        else:
            wanted = _wanted(node, who, asked)
            row = await actions.request(node, who.actor, await _meant(node, asked, "umbrella"), wanted)
        return answer(await _shown(node, row, who))

    @api.post(f"{PREFIX}/memberships/invite")
    async def invite() -> Response:
        who = await _in_role(node, may_take_members, "an officer")
        asked = await parameters()
        wanted = _wanted(node, who, asked)
        row = await actions.invite(node, who.actor, await _meant(node, asked, "member"), wanted)
        return answer(await _shown(node, row, who))


def _register_import(api: Blueprint, node: Node) -> None:
    @api.post(f"{PREFIX}/memberships/import")
    async def bring_members() -> Response:
        who = await _in_role(node, may_take_members, "an officer", _UMBRELLA)
        return answer(await node.db.read(_brought, await importing.begin(node, who.actor, await _file())))

    @api.get(f"{PREFIX}/memberships/import/<id>")
    async def get_members_import(id: str) -> Response:
        who = await _in_role(node, may_take_members, "an officer", _UMBRELLA)
        found = await node.db.read(imports.of_actor, who.actor.id, _number(id), (imports.MEMBERS,))
        return answer(await node.db.read(_brought, found))

    @api.get(f"{PREFIX}/memberships/import/<id>/failures.csv")
    async def get_members_failures(id: str) -> Response:
        who = await _in_role(node, may_take_members, "an officer", _UMBRELLA)
        found = await node.db.read(imports.of_actor, who.actor.id, _number(id), (imports.MEMBERS,))
        return Response(importing.failures(node, found), 200, download("failed_members.csv"))


async def _file() -> bytes:
    """The file: a part of the form, or its text among the parameters."""
    file = (await request.files).get("file") if request.mimetype == "multipart/form-data" else None
    if file is not None:
        return await asyncio.to_thread(file.read)
    text = (await parameters()).get("file")
    if not isinstance(text, str) or not text:
        raise InvalidFields({"file": [Fault.BLANK]})
    return text.encode(errors="replace")


def _brought(tx: Tx, found: ImportRow) -> dict[str, Any]:
    """An import of members: how far it is, and what could not be done, by the place in the file."""
    return {
        "id": str(found.id),
        "state": "done" if found.finished else "running",
        "rows": found.total,
        "invited": found.done,
        "errors": [{"row": one.position, "error": one.reason} for one in importing.failed(tx, found.id)],
    }


async def _in_role(
    node: Node, may: Callable[[frozenset[Role]], bool], who_may: str, scope: str = "write:memberships"
) -> Bearer:
    who = await speaker(node, scope)
    if not may(who.roles):
        raise Forbidden(f"only {who_may} of this actor may do this", reason="insufficient_role")
    return who


def _wanted(node: Node, who: Bearer, asked: dict[str, Any]) -> Wanted:
    given = request.headers.get("Idempotency-Key", "")
    key = Key(who.account_id, who.actor.id, once.checked(given)) if given else None
    today = utc(node.clock.now()).date()
    return Wanted(rules.kind(asked.get("kind")), rules.day("started_on", asked.get("started_on"), today), key)


async def _meant(node: Node, asked: dict[str, Any], field: str) -> ActorRow:
    """Whom a parameter means: the id of an account, a handle, or the address of an actor, which is fetched when it is not known."""
    written = str(asked.get(field) or "").strip()[: limits.ID_LENGTH]
    if not written:
        raise InvalidFields({field: [Fault.BLANK]})
    if written.isascii() and written.isdigit():
        row = await node.db.read(by_id, _number(written))
    else:
        try:
            row = await find_actor(node, written)
        except FetchError as error:
            if error.temporary:
                raise
            raise InvalidFields({field: [Fault.INVALID]}) from error
        except CoopFedError as error:
            raise InvalidFields({field: [Fault.INVALID]}) from error
    if row is None or row.gone_at is not None:
        raise InvalidFields({field: [Fault.INVALID]})
    return row


async def _act(node: Node, id: str, verb: str) -> Response:
    who = await speaker(node, _WRITE)
    row = await node.db.read(store.by_id, _number(id))
    side = _side(row, who.actor.id) if row is not None else None
    if row is None or side is None:
        await node.db.read(_readable, _number(id), who, node.urls, node.stamp())
        raise Forbidden("the acting actor has no part in it", reason="not_a_party")
    if not _may(side, who.roles):
        raise Forbidden(f"this needs another role on the side of the {side.value}", reason="insufficient_role")
    given = (await parameters()).get("ended_on") if verb == "end" else None
    today = utc(node.clock.now()).date()
    ended = rules.day("ended_on", given, today) if given not in (None, "") else None
    if ended is not None and ended.isoformat() < row.started_on:
        raise InvalidFields({"ended_on": [Fault.INVALID]})
    return answer(await _shown(node, await actions.act(node, who.actor, row.id, verb, ended), who))


def _may(side: Side, roles: frozenset[Role]) -> bool:
    return may_sign(roles) if side is Side.MEMBER else may_take_members(roles)


def _side(row: MembershipRow, actor_id: int) -> Side | None:
    return {row.member_id: Side.MEMBER, row.umbrella_id: Side.UMBRELLA}.get(actor_id)


async def _sides() -> tuple[Side, ...]:
    """Of `as`: on which side the actor is."""
    given = (await parameters()).get("as")
    if given in (None, ""):
        return tuple(Side)
    if given not in list(Side):
        raise InvalidFields({"as": [Fault.INVALID]})
    return (Side(str(given)),)


async def _chosen(name: str, known: Sequence[str]) -> Sequence[str]:
    """The words of a filter; all where none is named."""
    given = await several(name) or []
    if any(word not in known for word in given):
        raise InvalidFields({name: [Fault.INVALID]})
    return given or known


def _number(id: str) -> int:
    try:
        return number(id)
    except InvalidInput as error:
        raise NotFound(str(error)) from error


async def _looked_up(node: Node, who: Bearer | None) -> dict[str, Any]:
    """What may be believed of a membership of these two: as it was found within a day, or now. Who may not have other servers asked is
    told what is known."""
    found = []
    for name in ("member", "umbrella"):
        written = request.args.get(name, "").strip()[: limits.ID_LENGTH]
        if not written:
            raise InvalidFields({name: [Fault.BLANK]})
        meant = await named(node, who, written)
        if meant is None or meant.post is not None:
            raise NotFound(f"{name} leads to no actor")
        found.append(meant.actor)
    member, umbrella = found
    row = await node.db.read(store.of_pair, member.id, umbrella.id)
    if who is not None and scopes.allows(who.scopes, _ASKING):
        age = node.clock.now() - ((row.checked_at if row is not None else None) or 0)
        stale = age >= node.clock.span(limits.MEMBERSHIP_FRESH_SECONDS)
        if stale or request.args.get("refresh", "").lower() in ("1", "true", "on"):
            node.allow("membership check", CHECKS, str(who.account_id))
            row = await check.checked(node, member, umbrella)
    elif request.args.get("refresh", ""):
        raise InsufficientScope(_ASKING)
    if row is None:
        raise NotFound("neither side claims it")
    return await node.db.read(_readable, row.id, who, node.urls, node.stamp())


def _listed(
    tx: Tx,
    actor_id: int,
    sides: Sequence[Side],
    part: Range,
    statuses: Sequence[str],
    states: Sequence[str],
    kinds: Sequence[str],
) -> list[MembershipRow]:
    return store.listed(tx, actor_id, sides, part, statuses, states, kinds)


def _of_profile(tx: Tx, number: int, viewer: int, sides: Sequence[Side], part: Range) -> list[MembershipRow]:
    if readable(tx, number, viewer) is None:
        raise NotFound(f"nobody under {number} whose profile may be read")
    return store.shown(tx, store.listed(tx, number, sides, part, _PUBLIC))


async def _shown(node: Node, row: MembershipRow, who: Bearer) -> dict[str, Any]:
    shown = await node.db.read(_shapes, [row], who, node.urls, node.stamp())
    return shown[0]


def _readable(tx: Tx, number: int, who: Bearer | None, urls: Urls, stamp: Stamp) -> dict[str, Any]:
    """A Membership that the reader may know of; NotFound for others."""
    row = store.by_id(tx, number)
    if row is None:
        raise NotFound(f"no membership {number}")
    party = who is not None and _side(row, who.actor.id) is not None
    if not party and not store.shown(tx, [row]):
        raise NotFound(f"the membership {number} is between its two sides, or one of them is not there any more")
    return _shapes(tx, [row], who, urls, stamp)[0]


def _shapes(
    tx: Tx, found: Sequence[MembershipRow], who: Bearer | None, urls: Urls, stamp: Stamp
) -> list[dict[str, Any]]:
    """Memberships as the API tells of them. Source: API contract 8."""
    parties = [id for row in found for id in (row.member_id, row.umbrella_id) if id is not None]
    actors = by_ids(tx, [*dict.fromkeys(parties)])
    accounts = dict(zip(actors, assemble.accounts(tx, [*actors.values()], urls), strict=True))
    signed = store.signed_of(tx, [row.id for row in found])
    levels = level_of(tx, [row.umbrella_id for row in found if row.umbrella_id is not None])
    return [
        {
            "id": str(row.id),
            "member": accounts[row.member_id],
            "umbrella": accounts[row.umbrella_id] if row.umbrella_id is not None else None,
            "umbrella_code": row.umbrella_code,
            "kind": row.kind,
            "status": row.status,
            "state": row.state,
            "claimed_by": row.claimed_by,
            "started_on": row.started_on,
            "ended_on": row.ended_on,
            "member_uri": _uri(signed[row.id], Side.MEMBER),
            "umbrella_uri": _uri(signed[row.id], Side.UMBRELLA),
            "level": _level(row, levels),
            "problems": row.problems.split(),
            "checked_at": moment(row.checked_at) if row.checked_at is not None else None,
            "url": urls.membership(row.id),
            "updated_at": moment(row.updated_at),
            "allowed": _allowed(tx, row, who, stamp),
        }
        for row in found
    ]


def _uri(signed: dict[Side, store.Signed], side: Side) -> str | None:
    found = signed.get(side)
    return found.uri if found is not None else None


def _level(row: MembershipRow, levels: dict[int, str]) -> str | None:
    """What kind of body the umbrella is."""
    if row.umbrella_id is not None:
        return levels.get(row.umbrella_id)
    body = tables.table("umbrella_bodies").get(row.umbrella_code or "")
    return body.data.get("type") if body is not None else None


def _allowed(tx: Tx, row: MembershipRow, who: Bearer | None, stamp: Stamp) -> list[str]:
    """The verbs that are open to this token."""
    side = _side(row, who.actor.id) if who is not None else None
    if who is None or side is None or not _may(side, who.roles) or not scopes.allows(who.scopes, _WRITE):
        return []
    return list(actions.verbs(steps.held(tx, row), row, side, stamp))
