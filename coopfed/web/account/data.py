"""`/account/data/<handle>`: what an actor takes along and brings, for its editors; its archives and where it lives, for its admins."""

import asyncio
from collections.abc import Mapping
from typing import Any

from quart import Blueprint, Response, request, send_file

from actors.roles import may_give_roles
from coopfed import limits
from coopfed.db.tx import Tx
from coopfed.errors import CoopFedError, FetchError, Forbidden, InvalidInput, NotFound, TooMany
from coopfed.features.portability import archives, homes, imports, store
from coopfed.features.portability.archives import ArchiveRow
from coopfed.features.portability.exports import export
from coopfed.features.portability.formats import FILE_NAMES, IMPORTED, Kind, download
from coopfed.features.portability.store import ImportRow
from coopfed.node import Node
from coopfed.text.i18n import mark as _
from coopfed.web import forms
from coopfed.web.account import faults
from coopfed.web.account.acting import Acting, admin_of, editor_of, refuse_suspended
from coopfed.web.asking import number
from coopfed.web.page import elsewhere
from coopfed.web.reader import reader

KINDS = {
    Kind.FOLLOWING: _("Whom it follows"),
    Kind.FOLLOWERS: _("Who follows it"),
    Kind.LISTS: _("Lists"),
    Kind.BLOCKS: _("Whom it blocks"),
    Kind.MUTES: _("Whom it mutes"),
    Kind.HOST_BLOCKS: _("Servers that it shuts out"),
    Kind.BOOKMARKS: _("Bookmarks"),
}
SENTENCES = {
    **faults.FILES,
    "file_title": _("Row %(row)s: a row has the title of a list and an account."),
    "file_semicolons": _("Row %(row)s: columns are separated by commas, not by semicolons."),
    "file_nobody": _("Row %(row)s: it names nobody and nothing."),
    "file_long": _("Row %(row)s: the address is too long."),
    "nobody_there": _("Nobody was found there."),
    "wrong_password": _("This is not your password."),
    "passwords_busy": _("Many people sign in at the moment. Please try again."),
    "invalid": _(
        "This cannot be done. For a move, the other account must name this one, and a week must have passed since the last move."
    ),
}
_FAULTS = (InvalidInput, TooMany, Forbidden, FetchError)


def register(pages: Blueprint, node: Node) -> None:
    """Adds the routes."""
    _register_page(pages, node)
    _register_imports(pages, node)
    _register_archives(pages, node)
    _register_homes(pages, node)


def _register_page(pages: Blueprint, node: Node) -> None:
    @pages.get("/account/data/<handle>")
    async def data(handle: str) -> Response:
        return await _shown(node, await editor_of(node, handle))

    @pages.get("/account/data/<handle>/exports/<file>")
    async def exported(handle: str, file: str) -> Response:
        actor = (await editor_of(node, handle)).actor
        name, dot, ending = file.rpartition(".")
        if dot + ending != ".csv" or name not in list(Kind):
            raise NotFound(f"no export {file[:50]!r}")
        return Response(export(node, actor, Kind(name)), 200, download(FILE_NAMES[Kind(name)]))


def _register_imports(pages: Blueprint, node: Node) -> None:
    @pages.post("/account/data/<handle>/import")
    async def bring(handle: str) -> Response:
        who = await editor_of(node, handle)
        refuse_suspended(who.actor)
        fields, file = await forms.sent(node), (await request.files).get("data")
        try:
            content = await asyncio.to_thread(file.read) if file is not None else b""
            if file is None or not file.filename:
                raise InvalidInput("no file", reason="file_missing")
            await imports.begin(node, who.actor, str(fields.get("type", "")), str(fields.get("mode", "")), content)
        except (InvalidInput, TooMany) as error:
            return await _shown(node, who, error)
        return elsewhere(f"/account/data/{who.actor.handle}")

    @pages.get("/account/data/<handle>/imports/<id>/failures.csv")
    async def failures(handle: str, id: str) -> Response:
        actor = (await editor_of(node, handle)).actor
        found = await node.db.read(store.of_actor, actor.id, number(id))
        return Response(imports.failures(node, found), 200, download(f"failed_{FILE_NAMES[Kind(found.kind)]}"))


def _register_archives(pages: Blueprint, node: Node) -> None:
    @pages.post("/account/data/<handle>/archive")
    async def ask_archive(handle: str) -> Response:
        who = await admin_of(node, handle)
        await forms.sent(node)
        try:
            await archives.ask(node, who.actor)
        except TooMany as error:
            return await _shown(node, who, error)
        return elsewhere(f"/account/data/{who.actor.handle}")

    @pages.get("/account/data/<handle>/archives/<id>")
    async def archive(handle: str, id: str) -> Response:
        actor = (await admin_of(node, handle)).actor
        row = await node.db.read(archives.of_actor, actor.id, number(id))
        found, name = archives.path(node.config, row), f"{actor.handle}-{row.id}.zip"
        response = await send_file(
            found, "application/zip", as_attachment=True, attachment_filename=name, conditional=True
        )
        response.headers["Cache-Control"] = "private, no-store"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response


def _register_homes(pages: Blueprint, node: Node) -> None:
    @pages.post("/account/data/<handle>/aliases")
    async def set_aliases(handle: str) -> Response:
        who = await admin_of(node, handle)
        refuse_suspended(who.actor)
        written = str((await forms.sent(node)).get("aliases", ""))
        try:
            await homes.set_aliases(node, who.actor, written.splitlines())
        except _FAULTS as error:
            return await _shown(node, who, error, aliases=written)
        return elsewhere(f"/account/data/{who.actor.handle}")

    @pages.post("/account/data/<handle>/move")
    async def move(handle: str) -> Response:
        who = await admin_of(node, handle)
        refuse_suspended(who.actor)
        fields = await forms.sent(node)
        password, target = str(fields.get("password", "")), str(fields.get("target", ""))
        try:
            await homes.move(node, who.actor, who.account.id, password, target, forms.client())
        except _FAULTS as error:
            return await _shown(node, who, error, target=target)
        return elsewhere(f"/account/data/{who.actor.handle}")


async def _shown(node: Node, who: Acting, error: CoopFedError | None = None, **typed: str) -> Response:
    actor = who.actor
    found, files = await node.db.read(_rows, actor.id)
    values: Mapping[str, Any] = {
        "actor": actor,
        "admin": may_give_roles(who.roles),
        "kinds": KINDS,
        "imported": IMPORTED,
        "imports": found,
        "archives": files,
        "days": limits.ARCHIVE_DAYS,
        "aliases": typed.get("aliases", "\n".join(actor.alias_uris)),
        "target": typed.get("target", ""),
        "fault": _sentence(node, error) if error is not None else "",
    }
    title = reader(node).texts.gettext("Data of @%(handle)s", handle=actor.handle)
    return forms.private_page(node, "data", title, values, status=_status(error))


def _rows(tx: Tx, actor_id: int) -> tuple[list[ImportRow], list[ArchiveRow]]:
    return store.listed(tx, actor_id), archives.listed(tx, actor_id)


def _sentence(node: Node, error: CoopFedError) -> str:
    text = SENTENCES.get(error.reason, SENTENCES["invalid"])
    row = (error.payload or {}).get("row", 0)
    return reader(node).texts.gettext(text, row=row, most=limits.IMPORT_ROWS)


def _status(error: CoopFedError | None) -> int:
    if error is None:
        return 200
    return error.status_code if error.status_code in (403, 429) else 422
