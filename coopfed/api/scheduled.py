"""Statuses for later: looked at, put off, taken back. They are made where statuses are."""

from typing import Any

from quart import Blueprint, Response

from actors.roles import may_approve
from coopfed.api.asking import answer, number, page_links, parameters, speaker, stretch, writer
from coopfed.api.media import media_attachment
from coopfed.api.words import VISIBILITY, moment
from coopfed.clock import read_moment
from coopfed.errors import Forbidden, InvalidInput
from coopfed.features.posts import kept, scheduled, store
from coopfed.features.posts.kept import KeptRow
from coopfed.node import Node
from coopfed.oauth.tokens import Bearer


def register(api: Blueprint, node: Node) -> None:
    """Adds the routes."""

    @api.get("/api/v1/scheduled_statuses")
    async def list_scheduled() -> Response:
        who, asked = await speaker(node, "read:statuses"), stretch()
        now = node.clock.now()
        rows = await node.db.read(kept.for_later, who.actor.id, now, asked.limit, asked.max_id, asked.above)
        links = page_links(node.urls.base, "/api/v1/scheduled_statuses", [row.id for row in rows], asked.limit)
        return answer([await scheduled_status(node, row) for row in rows], headers=links)

    @api.get("/api/v1/scheduled_statuses/<id>")
    async def get_scheduled(id: str) -> Response:
        who = await speaker(node, "read:statuses")
        return answer(await scheduled_status(node, await node.db.read(kept.one, who.actor.id, number(id))))

    @api.put("/api/v1/scheduled_statuses/<id>")
    async def move_scheduled(id: str) -> Response:
        who = await writer(node, "write:statuses")
        row, asked = await node.db.read(kept.one, who.actor.id, number(id)), await parameters()
        may_change(who, row)
        due_at = scheduled.due(asked_moment(asked.get("scheduled_at")), node.clock.now())
        return answer(
            await scheduled_status(
                node, await node.db.write(scheduled.move, who.actor.id, row.id, due_at, node.stamp())
            )
        )

    @api.delete("/api/v1/scheduled_statuses/<id>")
    async def cancel_scheduled(id: str) -> Response:
        who = await writer(node, "write:statuses")
        may_change(who, await node.db.read(kept.one, who.actor.id, number(id)))
        await node.db.write(kept.cancel, who.actor.id, number(id))
        return answer({})


def may_change(who: Bearer, row: KeptRow) -> None:
    """Forbidden unless the account wrote it, or decides on it."""
    if row.account_id != who.account_id and not may_approve(who.roles):
        raise Forbidden("somebody else wrote this post", reason="insufficient_role")


def asked_moment(given: object) -> int:
    """A moment that an app names (ISO 8601; without an offset UTC), in milliseconds. InvalidInput for anything else."""
    try:
        return read_moment(str(given or ""))
    except ValueError as error:
        raise InvalidInput("Validation failed: Scheduled at is no date, as in 2026-12-01T09:00:00Z") from error


async def scheduled_status(node: Node, row: KeptRow) -> dict[str, Any]:
    """A ScheduledStatus; `coopfed.pending` where an editor has to agree first."""
    draft, poll = row.draft, row.draft.poll
    files = await node.db.read(kept.files_of, row)
    answered = await node.db.read(store.by_uri, draft.in_reply_to) if draft.in_reply_to else None
    quoted = await node.db.read(store.by_uri, draft.quote) if draft.quote else None
    asks = None
    if poll is not None:
        kind = {"multiple": poll.multiple, "hide_totals": poll.hide_totals}
        asks = {"options": list(poll.options), "expires_in": poll.expires_in, **kind}
    return {
        "id": str(row.id),
        "scheduled_at": moment(row.due_at),
        "params": {
            "text": draft.text,
            "poll": asks,
            "media_ids": [str(one) for one in row.media] or None,
            "sensitive": draft.sensitive,
            "spoiler_text": draft.summary or None,
            "visibility": VISIBILITY.get(draft.visibility, draft.visibility.value),
            "language": draft.language,
            "in_reply_to_id": str(answered.id) if answered is not None else None,
            "quoted_status_id": str(quoted.id) if quoted is not None else None,
            "quote_approval_policy": draft.quote_policy,
            "scheduled_at": None,
            "idempotency": None,
            "application_id": 0,
            "with_rate_limit": False,
        },
        "media_attachments": [media_attachment(one, node.urls) for one in files],
        **({"coopfed": {"pending": True}} if row.waiting else {}),
    }
