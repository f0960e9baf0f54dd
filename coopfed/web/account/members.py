"""`/account/memberships/<handle>/import`: a file of members, for an umbrella's officers; and `/memberships/invitations/<secret>`, to which
the mails of it lead: whoever reads it says which cooperative is meant."""

import asyncio

from quart import Blueprint, Response, request

from coopfed import limits
from coopfed.codes import tables
from coopfed.errors import CoopFedError, FetchError, Gone, InvalidInput, TooMany
from coopfed.features.memberships import importing, invitations
from coopfed.features.memberships.invitations import Invited
from coopfed.features.portability import store
from coopfed.features.portability.formats import download
from coopfed.node import Node
from coopfed.text.i18n import mark as _
from coopfed.web import forms
from coopfed.web.account import faults
from coopfed.web.account.acting import officer_of, refuse_suspended
from coopfed.web.account.memberships import fault_of, shown
from coopfed.web.asking import number
from coopfed.web.page import elsewhere
from coopfed.web.reader import reader


def register(pages: Blueprint, node: Node) -> None:
    """Adds the routes."""

    @pages.post("/account/memberships/<handle>/import")
    async def bring_members(handle: str) -> Response:
        who = await officer_of(node, handle)
        refuse_suspended(who.actor)
        await forms.sent(node)
        file = (await request.files).get("file")
        try:
            if file is None or not file.filename:
                raise InvalidInput("no file", reason="file_missing")
            await importing.begin(node, who.actor, await asyncio.to_thread(file.read))
        except (InvalidInput, TooMany) as error:
            sentence = faults.FILES.get(error.reason, faults.FILES["file_csv"])
            told = reader(node).texts.gettext(sentence, most=limits.MEMBERS_IMPORTED)
            return await shown(node, who.actor, who.roles, told)
        return elsewhere(reader(node).link(f"/account/memberships/{who.actor.handle}"))

    @pages.get("/account/memberships/<handle>/import/<id>/failures.csv")
    async def members_failures(handle: str, id: str) -> Response:
        actor = (await officer_of(node, handle)).actor
        found = await node.db.read(store.of_actor, actor.id, number(id), (store.MEMBERS,))
        return Response(importing.failures(node, found), 200, download("failed_members.csv"))

    @pages.get("/memberships/invitations/<secret>")
    async def membership_invitation(secret: str) -> Response:
        # Only asks: programs that look through mails follow their links.
        return _asked(node, await node.db.read(invitations.read, node.secret, secret, node.clock.now()))

    @pages.post("/memberships/invitations/<secret>")
    async def answer_membership_invitation(secret: str) -> Response:
        """The address itself proves who answers: nobody else knows it."""
        found = await node.db.read(invitations.read, node.secret, secret, node.clock.now())
        written = str((await request.form).get("handle", "")).strip()[: limits.ID_LENGTH]
        try:
            await invitations.answer(node, secret, written)
        except Gone:
            raise
        except CoopFedError as error:
            if error.status_code >= 500 and not isinstance(error, FetchError):
                raise
            sentence = faults.FILES["rate_limited"] if isinstance(error, TooMany) else fault_of(error)
            return _asked(node, found, reader(node).texts.gettext(sentence), written)
        text = _("The invitation is on its way to your cooperative: a signatory accepts it on its page of memberships.")
        return forms.private_page(node, "told", _title(node, found), {"text": text})


def _asked(node: Node, found: Invited, fault: str = "", written: str = "") -> Response:
    kind = tables.label("membership_kind", found.wanted.kind, reader(node).language)
    values = {"found": found, "kind": kind, "fault": fault, "written": written}
    return forms.private_page(node, "membership_invitation", _title(node, found), values, status=422 if fault else 200)


def _title(node: Node, found: Invited) -> str:
    return reader(node).texts.gettext("%(umbrella)s invites your cooperative", umbrella=found.umbrella.name)
