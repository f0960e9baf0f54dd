"""Statuses changed by their author: edited, with their source and history; pinned to the profile."""

import orjson
from quart import Blueprint, Response

from actors.lookup import by_id
from coopfed.api import assemble, emojis, shapes
from coopfed.api.asking import (
    answer,
    is_markdown,
    number,
    parameters,
    publisher,
    quote_policy,
    speaker,
    translations,
    writer,
)
from coopfed.api.media import asked_files
from coopfed.api.pending import own_pending, rewritten
from coopfed.api.polls import asked_poll
from coopfed.db.tx import Tx
from coopfed.errors import NotFound
from coopfed.features.media import actions as media
from coopfed.features.posts import actions, documents, featured, history, store, visible
from coopfed.features.posts.rules import Draft
from coopfed.features.posts.store import PostRow
from coopfed.node import Node
from coopfed.oauth.tokens import Bearer


def register(api: Blueprint, node: Node) -> None:
    """Adds the routes."""

    @api.put("/api/v1/statuses/<id>")
    async def put_status(id: str) -> Response:
        who = await writer(node, "write:statuses")
        row = await own_pending(node, who, id)
        if row is not None:
            return answer(await rewritten(node, who, row, await _draft(node, who, row.draft.language)))
        who = await publisher(node, "write:statuses")
        post = await own_post(node, id, who.actor.id)
        await actions.edit_post(node, who.actor, post, await _draft(node, who, post.language, post.id), who.account_id)
        return answer((await node.db.read(assemble.statuses, [post.id], who.actor.id, node.urls))[0])

    @api.get("/api/v1/statuses/<id>/source")
    async def get_source(id: str) -> Response:
        who = await speaker(node, "read:statuses")
        row = await own_pending(node, who, id)
        if row is not None:
            return answer({"id": id, "text": row.draft.text, "spoiler_text": row.draft.summary})
        post = await own_post(node, id, who.actor.id)
        return answer(shapes.source(post, orjson.loads(await node.db.read(documents.document_of, post.id))))

    @api.get("/api/v1/statuses/<id>/history")
    async def get_history(id: str) -> Response:
        who = await speaker(node, "read:statuses")
        return answer(await node.db.read(_history, number(id), who.actor.id, node))

    @api.post("/api/v1/statuses/<id>/pin")
    async def pin(id: str) -> Response:
        who = await publisher(node, "write:accounts")
        post = await own_post(node, id, who.actor.id)
        await featured.pin(node, who.actor, post)
        return answer((await node.db.read(assemble.statuses, [post.id], who.actor.id, node.urls))[0])

    @api.post("/api/v1/statuses/<id>/unpin")
    async def unpin(id: str) -> Response:
        who = await publisher(node, "write:accounts")
        post = await own_post(node, id, who.actor.id)
        await featured.unpin(node, who.actor, post)
        return answer((await node.db.read(assemble.statuses, [post.id], who.actor.id, node.urls))[0])


async def _draft(node: Node, who: Bearer, language: str | None, post_id: int | None = None) -> Draft:
    """What the post is to say from now on; `language` is what it was in."""
    asked = await parameters()
    files = await asked_files(node, who.actor, asked, post_id)
    return Draft(
        text=str(asked.get("status") or ""),
        language=str(asked["language"]) if asked.get("language") else language,
        summary=str(asked.get("spoiler_text") or ""),
        sensitive=str(asked.get("sensitive", "")).lower() in ("true", "1", "on"),
        quote_policy=quote_policy(asked.get("quote_approval_policy")),
        poll=asked_poll(asked),
        markdown=is_markdown(asked.get("content_type")),
        title=str(asked.get("title") or ""),
        translations=translations(asked.get("translations")),
        attachments=None if files is None else tuple(media.record(row, node.urls) for row in files),
        media=None if files is None else tuple(row.id for row in files),
    )


async def own_post(node: Node, id: str, actor_id: int) -> PostRow:
    """The post of this actor that a client names. NotFound when there is none."""
    post = await node.db.read(store.by_id, number(id))
    if post is None or post.actor_id != actor_id or post.deleted_at is not None:
        raise NotFound(f"no status {id} of this actor")
    return post


def _history(tx: Tx, id: int, viewer: int, node: Node) -> list[dict[str, object]]:
    post = visible.by_ids(tx, [id], viewer).get(id)
    author = by_id(tx, post.actor_id) if post else None
    if post is None or author is None:
        raise NotFound(f"no status {id} for this reader")
    [who] = assemble.accounts(tx, [author], node.urls)
    found = history.revisions(tx, post)
    pictures = emojis.of_history(tx, post, found, node.urls)
    return [shapes.edit(revision, who, pictures) for revision in found]
