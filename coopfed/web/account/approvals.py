"""`/account/approvals/<handle>`: what authors wrote for an actor and wait for; for its editors. Whether they have to is said on the page of
its people."""

from dataclasses import dataclass

from quart import Blueprint, Response

from actors.lookup import ActorRow
from coopfed import limits
from coopfed.db.tx import Tx
from coopfed.errors import Conflict, FetchError, InvalidInput, NotFound, Overtaken
from coopfed.features.accounts import store
from coopfed.features.media.store import MediaRow
from coopfed.features.posts import approval, kept, writing
from coopfed.features.posts.defaults import set_needs_approval
from coopfed.features.posts.kept import KeptRow
from coopfed.features.requests import actions, approving
from coopfed.features.requests import store as drafts
from coopfed.node import Node
from coopfed.text.i18n import mark as _
from coopfed.web import forms
from coopfed.web.account import faults
from coopfed.web.account.acting import admin_of, editor_of
from coopfed.web.asking import number
from coopfed.web.page import elsewhere
from coopfed.web.reader import Reader, reader
from coopfed.web.requests import Shown, shown

_SHOWN = 40
AUDIENCES = {
    "public": _("for everybody"),
    "unlisted": _("for everybody, not listed"),
    "followers": _("for followers"),
    "direct": _("for those who are mentioned"),
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """A post that waits, as the page shows it: its HTML (clean), also in other languages, who wrote it, its pictures and other files,
    and what stands for all of this."""

    row: KeptRow
    html: str
    translations: dict[str, str]
    written_by: str
    files: list[MediaRow]
    version: str


def register(pages: Blueprint, node: Node) -> None:
    """Adds the routes."""

    @pages.get("/account/approvals/<handle>")
    async def approvals(handle: str) -> Response:
        return await _shown(node, (await editor_of(node, handle)).actor)

    @pages.post("/account/approvals/<handle>/<id>/approve")
    async def approve(handle: str, id: str) -> Response:
        who = await editor_of(node, handle)
        seen = str((await forms.sent(node)).get("version", ""))
        row = await node.db.read(approval.waiting_one, who.actor.id, number(id))
        try:
            await approval.approve(node, who.actor, who.account.id, row.id, seen)
        except Overtaken:
            return await _shown(node, who.actor, faults.OVERTAKEN)
        except (InvalidInput, NotFound, FetchError):
            return await _shown(
                node, who.actor, _("This post cannot be published any more: what it answers or quotes may be gone.")
            )
        return elsewhere(f"/account/approvals/{who.actor.handle}")

    @pages.post("/account/approvals/<handle>/<id>/refuse")
    async def refuse(handle: str, id: str) -> Response:
        who = await editor_of(node, handle)
        reason = str((await forms.sent(node)).get("reason", ""))
        try:
            await approval.refuse(node, who.actor, who.account.id, number(id), reason)
        except InvalidInput:
            return await _shown(node, who.actor, _("The reason is too long."))
        return elsewhere(f"/account/approvals/{who.actor.handle}")

    @pages.post("/account/approvals/<handle>/requests/<id>/publish")
    async def publish_request(handle: str, id: str) -> Response:
        who = await editor_of(node, handle)
        seen = str((await forms.sent(node)).get("version", ""))
        try:
            await actions.publish(node, who.actor, who.account.id, number(id), number(seen))
        except Overtaken:
            return await _shown(node, who.actor, faults.OVERTAKEN)
        except (InvalidInput, Conflict):
            return await _shown(node, who.actor, _("This cannot be published as it is: its end may be too near."))
        return elsewhere(f"/account/approvals/{who.actor.handle}")

    @pages.post("/account/approvals/<handle>/requests/<id>/give-back")
    async def give_back(handle: str, id: str) -> Response:
        who = await editor_of(node, handle)
        reason = str((await forms.sent(node)).get("reason", ""))
        try:
            await approving.give_back(node, who.actor, who.account.id, number(id), reason)
        except InvalidInput:
            return await _shown(node, who.actor, _("The reason is too long."))
        return elsewhere(f"/account/approvals/{who.actor.handle}")

    @pages.post("/account/people/<handle>/approval")
    async def need_approval(handle: str) -> Response:
        actor = (await admin_of(node, handle)).actor
        needed = (await forms.sent(node)).get("needed") == "on"
        await node.db.write(set_needs_approval, actor.id, needed)
        return elsewhere(f"/account/people/{actor.handle}")


async def _shown(node: Node, actor: ActorRow, fault: str = "") -> Response:
    found, requests = await node.db.read(_all_waiting, actor, node, reader(node))
    values: dict[str, object] = {"requests": requests}
    values |= {"actor": actor, "found": found, "audiences": AUDIENCES, "now": node.clock.now(), "urls": node.urls}
    values |= {"fault": fault, "reason_length": limits.REASON_LENGTH}
    title = reader(node).texts.gettext("Posts for @%(handle)s that wait", handle=actor.handle)
    return forms.private_page(node, "approvals", title, values, status=422 if fault else 200)


def _all_waiting(tx: Tx, actor: ActorRow, node: Node, who: Reader) -> tuple[list[Waiting], list[Shown]]:
    # Requests as they were written, whatever their reader reads: that is what is published.
    ids = drafts.waiting(tx, actor.id)[:_SHOWN]
    return _waiting(tx, actor, node), shown(tx, ids, who, (), node.clock.now())


def _waiting(tx: Tx, actor: ActorRow, node: Node) -> list[Waiting]:
    rows = kept.waiting(tx, actor.id, _SHOWN, None, 0)
    writers = {number: store.by_id(tx, number) for number in {row.account_id for row in rows}}
    base = node.urls.tag_page("")
    files = {row.id: kept.files_of(tx, row) for row in rows}
    return [
        Waiting(
            row,
            writing.titled(row.draft.title, writing.written(row.draft.text, row.draft, {}, base)),
            {other: writing.written(text, row.draft, {}, base) for other, text in row.draft.translations.items()},
            who.email if (who := writers[row.account_id]) is not None else "",
            files[row.id],
            kept.version(row, files[row.id]),
        )
        # The oldest first: who wrote first waits longest.
        for row in reversed(rows)
    ]
