"""Files of posts: uploaded, described, asked for while they are in work. Source: client_api research 5, 6."""

import asyncio
from typing import Any

from quart import Blueprint, Response, request

from actors.lookup import ActorRow
from coopfed import limits
from coopfed.api.asking import answer, number, parameters, speaker, writer
from coopfed.api.shapes import meta
from coopfed.api.uploads import drop, read_form
from coopfed.errors import CoopFedError, InvalidInput, NotFound
from coopfed.features.media import actions, files, rules, store
from coopfed.features.media.store import MediaRow
from coopfed.ids import Urls
from coopfed.net.windows import Allowance
from coopfed.node import Node
from coopfed.text.parameters import listed

Shape = dict[str, Any]
_UPLOADS = Allowance(60, 1800)
_UPLOAD_SECONDS = 900


def register(api: Blueprint, node: Node) -> None:
    """Adds the routes."""
    at_work: set[asyncio.Task[MediaRow]] = set()

    @api.post("/api/v1/media")
    async def upload_and_wait() -> Response:
        return _shown(node, await actions.finish(node, await _taken(node)))

    @api.post("/api/v2/media")
    async def upload() -> Response:
        row = await _taken(node)
        work = asyncio.create_task(actions.finish(node, row))
        at_work.add(work)
        work.add_done_callback(at_work.discard)
        await asyncio.wait([work], timeout=limits.MEDIA_WAIT_SECONDS)
        return _shown(node, work.result() if work.done() else row)

    @api.get("/api/v1/media/<id>")
    async def get_media(id: str) -> Response:
        who = await speaker(node, "write:media")
        return _shown(node, await _unused(node, who.actor, id), in_work=206)

    @api.put("/api/v1/media/<id>")
    async def describe_media(id: str) -> Response:
        who = await writer(node, "write:media")
        row, asked = await _unused(node, who.actor, id), await parameters()
        description = rules.checked_description(asked["description"]) if "description" in asked else None
        return _shown(node, await actions.describe(node, row, description, rules.checked_focus(asked.get("focus"))))

    @api.delete("/api/v1/media/<id>")
    async def delete_media(id: str) -> Response:
        who = await writer(node, "write:media")
        row = await actions.owned(node, who.actor, number(id))
        if row.object_id is not None or not await node.db.write(store.forget, row.id):
            raise InvalidInput("Media attachment is currently used by a status", reason="in_use")
        await files.forget(node, row.name)
        return answer({})


async def _taken(node: Node) -> MediaRow:
    """What is uploaded by the present request, kept on disk and in the database."""
    who = await writer(node, "write:media")
    node.allow("upload", _UPLOADS, str(who.account_id))
    request.body_timeout = _UPLOAD_SECONDS
    form = await read_form(node, {"file"})
    found = form.files.get("file")
    if found is None or found.kind is None:
        raise InvalidInput("Validation failed: File can't be blank")
    fields = dict(form.pairs)
    try:
        description = rules.checked_description(fields.get("description"))
        focus = rules.checked_focus(fields.get("focus"))
        return await actions.take(node, who.actor, who.account_id, found.name, found.kind, description, focus)
    except CoopFedError:
        drop(node, form)
        raise


async def _unused(node: Node, actor: ActorRow, id: str) -> MediaRow:
    row = await actions.owned(node, actor, number(id))
    if row.object_id is not None:
        raise NotFound(f"the file {id} stands in a post already")
    return row


async def asked_files(
    node: Node, actor: ActorRow, asked: dict[str, Any], post_id: int | None = None
) -> list[MediaRow] | None:
    """The files that `media_ids` name, described anew where `media_attributes` say so; None when nothing is said of files."""
    named = listed(asked.get("media_ids"))
    if named is None:
        return None
    rows = await actions.for_post(node, actor, [number(str(one)) for one in named if one], post_id=post_id)
    for given in listed(asked.get("media_attributes")) or []:
        if isinstance(given, dict):
            rows = [await _redescribed(node, row, given) for row in rows]
    return rows


async def _redescribed(node: Node, row: MediaRow, given: dict[str, Any]) -> MediaRow:
    if str(given.get("id")) != str(row.id):
        return row
    description = rules.checked_description(given["description"]) if "description" in given else None
    return await actions.describe(node, row, description, rules.checked_focus(given.get("focus")))


def _shown(node: Node, row: MediaRow, *, in_work: int = 202) -> Response:
    if row.error is not None:
        raise InvalidInput(f"Error processing file: {row.error}")
    return answer(media_attachment(row, node.urls), 200 if row.ready else in_work)


def media_attachment(row: MediaRow, urls: Urls) -> Shape:
    """A MediaAttachment of a file that was uploaded here; without an address while it is in work."""
    return {
        "id": str(row.id),
        "type": row.kind,
        "url": row.address(urls) if row.ready else None,
        "preview_url": row.preview(urls) if row.ready else None,
        "remote_url": None,
        "meta": meta(actions.record(row, urls)),
        "description": row.description or None,
        "blurhash": row.blurhash,
    }
