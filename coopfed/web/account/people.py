"""`/account/people/<handle>`: who may speak as an actor, in which role; for those who may give roles there."""

from quart import Blueprint, Response

from actors.roles import Role
from coopfed import limits
from coopfed.errors import CoopFedError, InvalidInput, TooMany
from coopfed.features.accounts import inviting, leaving, links, store
from coopfed.features.posts.defaults import needs_approval
from coopfed.net.windows import Allowance
from coopfed.node import Node
from coopfed.text.i18n import mark as _
from coopfed.web import forms
from coopfed.web.account import faults
from coopfed.web.account.acting import Acting, admin_of, refuse_suspended
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
        who = await admin_of(node, handle)
        return await _shown(node, who)

    @pages.post("/account/people/<handle>/invite")
    async def invite(handle: str) -> Response:
        who = await admin_of(node, handle)
        refuse_suspended(who.actor)
        fields = await forms.sent(node)
        email, role = str(fields.get("email", "")), str(fields.get("role", ""))
        try:
            node.allow("invite", _INVITATIONS, str(who.account.id))
            # The link goes to the mailbox alone: whoever has it chooses the password of that address' account.
            await inviting.invite(
                node, email, who.actor, role, invited_by=who.account.id, language=reader(node).language
            )
        except (InvalidInput, TooMany) as error:
            return await _shown(node, who, error=error)
        return await _shown(node, who, invited=email)

    @pages.post("/account/people/<handle>/<id>/<role>/take")
    async def take(handle: str, id: str, role: str) -> Response:
        who = await admin_of(node, handle)
        await forms.sent(node)
        person = number(id)
        try:
            await node.db.write(leaving.take_role, person, who.actor.id, role)
        except InvalidInput as error:
            return await _shown(node, who, error=error)
        return elsewhere(f"/account/people/{who.actor.handle}" if person != who.account.id else "/account")

    @pages.post("/account/people/<handle>/take-back")
    async def take_back(handle: str) -> Response:
        who = await admin_of(node, handle)
        fields = await forms.sent(node)
        waiting = await node.db.read(links.invitations, who.actor.id, node.clock.now(), limits.INVITATIONS)
        meant = {(one.email, one.role) for one in waiting} & {(fields.get("email"), fields.get("role"))}
        for email, role in meant:
            await node.db.write(links.take_back, who.actor.id, email, str(role))
        return elsewhere(f"/account/people/{who.actor.handle}")


async def _shown(node: Node, who: Acting, *, error: CoopFedError | None = None, invited: str = "") -> Response:
    actor = who.actor
    rows, needed = await node.db.read(store.people_of, actor.id), await node.db.read(needs_approval, actor.id)
    waiting = await node.db.read(links.invitations, actor.id, node.clock.now(), limits.INVITATIONS)
    values = {"account": who.account, "actor": actor, "rows": rows, "roles": list(Role), "invited": invited}
    values |= {"waiting": waiting}
    values |= {"needs_approval": needed}
    title = reader(node).texts.gettext("People of @%(handle)s", handle=actor.handle)
    return faults.page(node, "people", title, values, error)
