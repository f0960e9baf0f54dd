"""`/account/memberships/<handle>`: memberships of an actor in umbrellas, for its signatories, and of its members, for its officers: asked
for, answered, suspended, ended, signed again."""

from dataclasses import dataclass
from datetime import date

from quart import Blueprint, Response

from actors.lookup import ActorRow, by_ids
from actors.roles import Role, may_sign, may_take_members
from coopfed import limits
from coopfed.clock import utc
from coopfed.codes import tables
from coopfed.db.tx import Tx
from coopfed.errors import (
    AlreadyExists,
    CoopFedError,
    FetchError,
    Forbidden,
    InvalidInput,
    MembershipLoop,
    NotFound,
)
from coopfed.features.memberships import actions, rules, steps, store
from coopfed.features.memberships.actions import VERBS, Wanted
from coopfed.features.memberships.rules import Side, State
from coopfed.features.memberships.store import MembershipRow
from coopfed.features.portability import store as imports
from coopfed.features.ranges import Range
from coopfed.node import Node, Stamp
from coopfed.text.i18n import mark as _
from coopfed.web import forms
from coopfed.web.account import faults
from coopfed.web.account.acting import refuse_suspended, signer_of
from coopfed.web.asking import cursor, number
from coopfed.web.memberships import STATES
from coopfed.web.page import elsewhere
from coopfed.web.reader import reader
from webfinger.resolve import find_actor

WORDS = {
    "accept": _("Accept"),
    "reject": _("Decline"),
    "end": _("End"),
    "suspend": _("Suspend"),
    "resume": _("Resume"),
    "renew": _("Sign again"),
}
WAITING = {
    ("requested", Side.MEMBER): _("Waits for the umbrella's answer."),
    ("requested", Side.UMBRELLA): _("Asks to be a member."),
    ("invited", Side.MEMBER): _("Invites you to be a member."),
    ("invited", Side.UMBRELLA): _("Waits for the cooperative's answer."),
    ("suspended", Side.UMBRELLA): _("Suspended."),
}


@dataclass(frozen=True, slots=True)
class Part:
    """A membership as one side's people see it: with whom, what of it is so, and what they may do."""

    row: MembershipRow
    other: ActorRow | None
    body: str
    side: Side
    verbs: tuple[str, ...]

    @property
    def says(self) -> str:
        """How it stands, in words."""
        return WAITING.get((self.row.status, self.side)) or STATES[State(self.row.state)]


def register(pages: Blueprint, node: Node) -> None:
    """Adds the routes."""

    @pages.get("/account/memberships/<handle>")
    async def own_memberships(handle: str) -> Response:
        who = await signer_of(node, handle)
        return await shown(node, who.actor, who.roles)

    @pages.post("/account/memberships/<handle>/ask")
    async def ask_umbrella(handle: str) -> Response:
        return await _begin(node, handle, Side.MEMBER)

    @pages.post("/account/memberships/<handle>/invite")
    async def invite_member(handle: str) -> Response:
        return await _begin(node, handle, Side.UMBRELLA)

    @pages.post("/account/memberships/<handle>/<id>/<verb>")
    async def act_on_membership(handle: str, id: str, verb: str) -> Response:
        who = await signer_of(node, handle)
        actor, roles = who.actor, who.roles
        refuse_suspended(actor)
        await forms.sent(node)
        row = await node.db.read(store.by_id, number(id))
        if row is None or actor.id not in (row.member_id, row.umbrella_id) or verb not in VERBS:
            raise NotFound(f"@{handle} has no part in a membership {id[:30]}, or it has no verb {verb[:30]!r}")
        if not _may(Side.MEMBER if row.member_id == actor.id else Side.UMBRELLA, roles):
            raise Forbidden("this needs another role", reason="insufficient_role")
        try:
            await actions.act(node, actor, row.id, verb)
        except CoopFedError as error:
            if error.status_code not in (409, 422):
                raise
            return await shown(node, actor, roles, fault_of(error))
        return elsewhere(reader(node).link(f"/account/memberships/{actor.handle}"))


def _may(side: Side, roles: frozenset[Role]) -> bool:
    return may_sign(roles) if side is Side.MEMBER else may_take_members(roles)


async def _begin(node: Node, handle: str, side: Side) -> Response:
    """Asks an umbrella, or invites a cooperative."""
    who = await signer_of(node, handle)
    actor, roles = who.actor, who.roles
    refuse_suspended(actor)
    if not _may(side, roles):
        raise Forbidden("this needs another role", reason="insufficient_role")
    asked = await forms.sent(node)
    written = str(asked.get("other", "")).strip()[: limits.ID_LENGTH]
    try:
        wanted = Wanted(rules.kind(asked.get("kind")), _day(node, asked.get("started_on")))
        code = tables.meant("umbrella_bodies", written) if side is Side.MEMBER and "@" not in written else None
        if code is not None:
            await actions.declare(node, actor, code, wanted)
        elif side is Side.MEMBER:
            await actions.request(node, actor, await find_actor(node, written), wanted)
        else:
            await actions.invite(node, actor, await find_actor(node, written), wanted)
    except CoopFedError as error:
        if error.status_code >= 500 and not isinstance(error, FetchError):
            raise
        return await shown(node, actor, roles, fault_of(error))
    return elsewhere(reader(node).link(f"/account/memberships/{actor.handle}"))


def _day(node: Node, given: object) -> date:
    return rules.day("started_on", given, utc(node.clock.now()).date())


def fault_of(error: CoopFedError) -> str:
    """What people are told of it."""
    match error:
        case AlreadyExists():
            return _("There is a membership of these two already.")
        case MembershipLoop():
            return _("The umbrella is itself a member of this cooperative.")
        case InvalidInput():
            return _("This cannot be taken: look at the day, and at whom you named.")
        case NotFound() | FetchError() | Forbidden():
            return _("Nobody was found there.")
        case _:
            return faults.IMPOSSIBLE


async def shown(node: Node, actor: ActorRow, roles: frozenset[Role], fault: str = "") -> Response:
    """The page; `fault` says why what was asked for is not done."""
    before, who = cursor("before"), reader(node)
    found = await node.db.read(_parts, actor, roles, before, node.stamp())
    values = {
        "actor": actor,
        "found": found[: limits.PAGE_ITEMS],
        "more": found[limits.PAGE_ITEMS - 1].row.id if len(found) > limits.PAGE_ITEMS else None,
        "words": WORDS,
        "fault": fault,
        "signs": may_sign(roles),
        "takes": may_take_members(roles),
        "imports": await node.db.read(imports.listed, actor.id, (imports.MEMBERS,)),
        "kinds": [(code, row.label(who.language)) for code, row in tables.table("membership_kind").items()],
        "bodies": [row.label(who.language) for row in tables.table("umbrella_bodies").values()],
    }
    title = who.texts.gettext("Memberships of @%(handle)s", handle=actor.handle)
    return forms.private_page(node, "memberships", title, values, status=422 if fault else 200)


def _parts(tx: Tx, actor: ActorRow, roles: frozenset[Role], before: int | None, stamp: Stamp) -> list[Part]:
    rows = store.listed(tx, actor.id, tuple(Side), Range(limits.PAGE_ITEMS + 1, before))
    others = by_ids(tx, [id for row in rows for id in (row.member_id, row.umbrella_id) if id is not None])
    bodies = tables.table("umbrella_bodies")
    found = []
    for row in rows:
        side = Side.MEMBER if row.member_id == actor.id else Side.UMBRELLA
        other = row.umbrella_id if side is Side.MEMBER else row.member_id
        body = bodies.get(row.umbrella_code or "")
        verbs = actions.verbs(steps.held(tx, row), row, side, stamp) if _may(side, roles) else ()
        name = body.data["full_name"] if body is not None else row.umbrella_code or ""
        found.append(Part(row, others.get(other) if other is not None else None, name, side, verbs))
    return found
