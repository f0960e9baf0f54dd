"""Statuses: posted, read, deleted; and the home timeline. A boost is a status too."""

from typing import Any

from quart import Blueprint, Response, request

from actors.visibility import NOBODY
from coopfed.api import assemble, rates
from coopfed.api.asking import (
    PAGE_MAX,
    answer,
    anybody,
    is_markdown,
    number,
    page_links,
    parameters,
    publisher,
    publishes,
    quote_policy,
    several,
    speaker,
    spoken,
    stretch,
    translations,
    viewer,
    visibility,
    writer,
)
from coopfed.api.languages import for_reader
from coopfed.api.media import asked_files
from coopfed.api.pending import own_pending, pending_status, withdrawn
from coopfed.api.polls import asked_poll
from coopfed.api.readers import Reader, as_read, reader
from coopfed.api.scheduled import asked_moment, scheduled_status
from coopfed.db.tx import Tx
from coopfed.errors import NotFound, Overtaken
from coopfed.features.filters.rules import Context
from coopfed.features.media import actions as media
from coopfed.features.polls.refresh import look_again
from coopfed.features.posts import actions, approval, kept, once, scheduled, store
from coopfed.features.posts.backfill import look_for_rest
from coopfed.features.posts.defaults import defaults_of
from coopfed.features.posts.kept import KeptRow
from coopfed.features.posts.once import Key
from coopfed.features.posts.rules import Draft
from coopfed.features.ranges import Range
from coopfed.features.reactions import actions as reactions
from coopfed.ids import Urls
from coopfed.node import Node
from coopfed.oauth.tokens import Bearer
from coopfed.text.parameters import truth

_ABOVE_FOR_STRANGERS, _BELOW_FOR_STRANGERS = 40, 60
"""As on Mastodon, of a thread; a stranger asks for nothing that costs more, and makes this node ask nobody."""


def register(api: Blueprint, node: Node) -> None:
    """Adds the routes."""
    _register_posting(api, node)
    _register_reading(api, node)
    _register_deleting(api, node)


def _register_posting(api: Blueprint, node: Node) -> None:
    @api.post("/api/v1/statuses")
    async def post_status() -> Response:
        who, asked = await writer(node, "write:statuses"), await parameters()
        key = _key(who, request.headers.get("Idempotency-Key", ""))
        if key is not None and (found := await _made(node, who, key)) is not None:
            return answer(found)
        try:
            return answer(await _post(node, who, asked, key))
        except Overtaken:
            found = await _made(node, who, key) if key is not None else None
            if found is None:
                raise
            return answer(found)


def _register_reading(api: Blueprint, node: Node) -> None:
    @api.get("/api/v1/statuses")
    async def get_statuses() -> Response:
        who = await anybody(node, "read:statuses")
        asked = list(dict.fromkeys(number(id) for id in await several("id") or []))[:PAGE_MAX]
        found = await node.db.read(assemble.statuses, asked, viewer(who), node.urls)
        return answer(await for_reader(node, found, spoken()))

    @api.get("/api/v1/statuses/<id>")
    async def get_status(id: str) -> Response:
        who = await anybody(node, "read:statuses")
        found = await node.db.read(assemble.statuses, [number(id)], viewer(who), node.urls)
        found = await for_reader(node, found, spoken())
        if not found:
            row = await own_pending(node, who, id) if who is not None else None
            if row is None or who is None:
                raise NotFound(f"no status {id} for this reader")
            return answer(await pending_status(node, who, row))
        if found[0]["poll"] is not None and who is not None:
            await look_again(node, number(found[0]["poll"]["id"]))
        return answer(found[0])

    @api.get("/api/v1/statuses/<id>/context")
    async def get_context(id: str) -> Response:
        who = await anybody(node, "read:statuses")
        found = await node.db.read_long(_context, number(id), reader(node, who), node.urls)
        if found is None:
            if who is None or await own_pending(node, who, id) is None:
                raise NotFound(f"no status {id} for this reader")
            return answer({"ancestors": [], "descendants": []})
        if who is not None:
            await look_for_rest(node, number(id))
        return answer(found)

    @api.get("/api/v1/timelines/home")
    async def get_home() -> Response:
        who = await speaker(node, "read:statuses")
        asked = stretch()
        ids, shown = await node.db.read(_home, asked, reader(node, who), node.urls)
        return answer(shown, headers=page_links(node.urls.base, "/api/v1/timelines/home", ids, asked.limit))


def _register_deleting(api: Blueprint, node: Node) -> None:
    @api.delete("/api/v1/statuses/<id>")
    async def delete_status(id: str) -> Response:
        who = await writer(node, "write:statuses")
        row = await own_pending(node, who, id)
        if row is not None:
            return answer(await withdrawn(node, who, row))
        who = await publisher(node, "write:statuses")
        rates.allow_deletion(node, who.account_id)
        shown = await node.db.read(assemble.statuses, [number(id)], who.actor.id, node.urls)
        if not shown:
            raise NotFound(f"no status {id}")
        if shown[0]["reblog"] is not None:
            if shown[0]["account"]["id"] != str(who.actor.id):
                raise NotFound(f"no status {id} of this actor")
            await reactions.unboost(node, who.actor, number(shown[0]["reblog"]["id"]))
            return answer({**shown[0], "text": ""})
        post = await node.db.read(store.by_id, number(id))
        if post is None:
            raise NotFound(f"no status {id}")
        # Whoever deletes to write anew has the text, the poll and, for an hour, the files again.
        keep = not truth((await parameters()).get("delete_media"))
        await actions.delete_post(node, who.actor, post, keep_files=keep)
        return answer({**shown[0], "text": post.source or ""})


def _home(tx: Tx, asked: Range, by: Reader, urls: Urls) -> tuple[list[int], list[dict[str, Any]]]:
    ids, shown = assemble.home(tx, by.actor_id, asked, urls)
    return ids, as_read(tx, shown, by, Context.HOME)


def _context(tx: Tx, id: int, by: Reader, urls: Urls) -> dict[str, Any] | None:
    """The Context of a status as it is told to that reader; None when there is none for them."""
    found = assemble.context(tx, id, by.actor_id, urls)
    if found is None:
        return None
    above, below = found["ancestors"], found["descendants"]
    if by.actor_id == NOBODY:
        above, below = above[-_ABOVE_FOR_STRANGERS:], below[:_BELOW_FOR_STRANGERS]
    thread = as_read(tx, [*above, *below], by, Context.THREAD)
    return {"ancestors": thread[: len(above)], "descendants": thread[len(above) :]}


def _key(who: Bearer, given: str) -> Key | None:
    return Key(who.account_id, who.actor.id, once.checked(given)) if given else None


async def _made(node: Node, who: Bearer, key: Key) -> dict[str, Any] | None:
    """What an earlier request with this key made: a Status, or a ScheduledStatus; None when there was none, or it is gone."""
    number = await node.db.read(once.find, key, node.clock.now())
    if number is None:
        return None
    row = await node.db.read(kept.by_id, number)
    if row is not None:
        return await _kept(node, who, row)
    found = await node.db.read(assemble.statuses, [number], who.actor.id, node.urls)
    if not found:
        await node.db.write(once.forget, key)
    return found[0] if found else None


async def _post(node: Node, who: Bearer, asked: dict[str, Any], key: Key | None) -> dict[str, Any]:
    """Posts now or later, as the request wants, or keeps it for an editor; the Status or the ScheduledStatus. Overtaken when another
    request with the same key did."""
    draft, now = await _draft(node, who, asked), node.clock.now()
    due_at = scheduled.due(asked_moment(asked["scheduled_at"]), now) if asked.get("scheduled_at") else None

    def also(tx: Tx, number: int) -> None:
        if key is not None:
            once.remember(tx, key, number, now)

    if not await publishes(node, who):
        named = (node.secret, node.config.handle_domain, node.stamp())
        row = await node.db.write(approval.submit, who.actor, who.account_id, draft, due_at or now, *named, also)
        return await _kept(node, who, row)
    if due_at is not None:
        whose = (who.actor.id, who.account_id)
        return await scheduled_status(
            node, await node.db.write(scheduled.schedule, *whose, draft, due_at, node.stamp(), also)
        )
    post = await actions.create_post(node, who.actor, draft, who.account_id, also=also)
    return (await node.db.read(assemble.statuses, [post.id], who.actor.id, node.urls))[0]


async def _kept(node: Node, who: Bearer, row: KeptRow) -> dict[str, Any]:
    """A post that is kept: a pending Status when it only waits for an editor, else a ScheduledStatus."""
    if row.waiting and row.due_at <= node.clock.now():
        return await pending_status(node, who, row)
    return await scheduled_status(node, row)


async def _draft(node: Node, who: Bearer, asked: dict[str, Any]) -> Draft:
    """What is to be posted; what the app leaves out is as the actor's defaults say. InvalidInput or NotFound say what to change."""
    usual = await node.db.read(defaults_of, who.actor.id)
    sensitive, markdown = truth(asked.get("sensitive")), is_markdown(asked.get("content_type"))
    files = await asked_files(node, who.actor, asked)
    return Draft(
        text=str(asked.get("status") or ""),
        visibility=visibility(asked.get("visibility"), usual.visibility),
        language=str(asked["language"]) if asked.get("language") else usual.language,
        summary=str(asked.get("spoiler_text") or ""),
        sensitive=usual.sensitive if sensitive is None else sensitive,
        in_reply_to=await _named(node, asked.get("in_reply_to_id"), "in_reply_to_id"),
        quote=await _named(node, asked.get("quoted_status_id"), "quoted_status_id"),
        quote_policy=quote_policy(asked.get("quote_approval_policy")) or usual.quote_policy,
        poll=asked_poll(asked),
        markdown=(usual.markdown or None) if markdown is None else markdown,
        title=str(asked.get("title") or ""),
        translations=translations(asked.get("translations")),
        attachments=tuple(media.record(row, node.urls) for row in files) if files else None,
        media=tuple(row.id for row in files or ()),
    )


async def _named(node: Node, value: object, what: str) -> str | None:
    """The id (URL) of the status that a parameter names."""
    if value in (None, ""):
        return None
    post = await node.db.read(store.by_id, number(str(value), what))
    if post is None:
        raise NotFound(f"the status that {what} names is not known here")
    return post.uri
