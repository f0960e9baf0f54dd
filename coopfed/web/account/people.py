"""`/account/people/<handle>`: who may speak as an actor, in which role; for those who may give roles there."""

from quart import Blueprint, Response

from actors.lookup import ActorRow, local_by_handle
from actors.roles import Role, may_give_roles
from coopfed import limits
from coopfed.db.signals import Topic
from coopfed.errors import CoopFedError, Forbidden, InvalidInput, NotFound, TooMany
from coopfed.features.accounts import joining, store
from coopfed.features.accounts.store import AccountRow
from coopfed.features.posts.defaults import needs_approval
from coopfed.net.windows import Allowance
from coopfed.node import Node
from coopfed.text.i18n import mark as _
from coopfed.web import forms
from coopfed.web.account import faults
from coopfed.web.asking import number
from coopfed.web.page import elsewhere
from coopfed.web.reader import reader

_INVITATIONS = Allowance(limits.INVITATIONS, 3600)
_ROLE_NAMES = (
    _("admin"),
    _("editor"),
    _("author"),
    _("negotiator"),
    _("signatory"),
    _("officer"),
    _("moderator"),
    _("reader"),
)
"""Marked here so that the catalogues have them; pages translate a role by its value."""


def register(pages: Blueprint, node: Node) -> None:
    """Adds the routes."""

    @pages.get("/account/people/<handle>")
    async def people(handle: str) -> Response:
        account, actor = await _admin_of(node, handle)
        return await _shown(node, account, actor)

    @pages.post("/account/people/<handle>/invite")
    async def invite(handle: str) -> Response:
        account, actor = await _admin_of(node, handle)
        refuse_suspended(actor)
        fields = await forms.sent(node)
        email, role = str(fields.get("email", "")), str(fields.get("role", ""))
        try:
            node.allow("invite", _INVITATIONS, str(account.id))
            # The link goes to the mailbox alone: whoever has it chooses the password of that address' account.
            await joining.invite(node, email, actor, role, invited_by=account.id, language=reader(node).language)
        except (InvalidInput, TooMany) as error:
            return await _shown(node, account, actor, error=error)
        return await _shown(node, account, actor, invited=email)

    @pages.post("/account/people/<handle>/<id>/<role>/take")
    async def take(handle: str, id: str, role: str) -> Response:
        account, actor = await _admin_of(node, handle)
        await forms.sent(node)
        who = number(id)
        last = role == Role.ADMIN and await node.db.read(joining.is_only_admin, who, actor.id)
        if last:
            return await _shown(node, account, actor, error=InvalidInput("the only admin", reason="only_admin"))
        if not await node.db.write(store.take_role, who, actor.id, role, wakes=(Topic.CACHES,)):
            raise NotFound(f"nobody {id} with the role {role} at @{handle}")
        return elsewhere(f"/account/people/{actor.handle}" if who != account.id else "/account")


def refuse_suspended(actor: ActorRow) -> None:
    """Forbidden for an actor that the operators suspended: by pages it does as little as by apps (see `coopfed.oauth.tokens.person`)."""
    if actor.suspended:
        raise Forbidden("the operators suspended this actor", reason="actor_suspended")


async def _admin_of(node: Node, handle: str) -> tuple[AccountRow, ActorRow]:
    account, _session = await forms.need_account(node)
    actor = await node.db.read(local_by_handle, handle)
    if actor is None or actor.gone_at is not None:
        raise NotFound(f"no @{handle} here")
    roles = (await node.db.read(store.roles_at, account.id)).get(actor.id, frozenset())
    if not may_give_roles(roles):
        raise Forbidden(f"the account may not give roles at @{handle}", reason="insufficient_role")
    return account, actor


async def _shown(
    node: Node,
    account: AccountRow,
    actor: ActorRow,
    *,
    error: CoopFedError | None = None,
    invited: str = "",
) -> Response:
    rows, needed = await node.db.read(store.people_of, actor.id), await node.db.read(needs_approval, actor.id)
    values = {"account": account, "actor": actor, "rows": rows, "roles": list(Role), "invited": invited}
    values |= {"needs_approval": needed}
    title = reader(node).texts.gettext("People of @%(handle)s", handle=actor.handle)
    return faults.page(node, "people", title, values, error)
