"""Reports of actors and posts."""

from typing import Any

from quart import Blueprint, Response, request

from coopfed.api import assemble, shapes
from coopfed.api.accounts import known_account
from coopfed.api.asking import answer, number, parameters, several, speaker
from coopfed.errors import InvalidInput
from coopfed.features.reports.actions import Complaint, report
from coopfed.node import Node


def register(api: Blueprint, node: Node) -> None:
    """Adds the routes."""

    @api.post("/api/v1/reports")
    async def post_report() -> Response:
        # Whoever may read may complain: it is no word of the actor in public.
        who = await speaker(node, "write:reports")
        asked = await parameters()
        if not asked.get("account_id"):
            raise InvalidInput("account_id is missing; say who is reported")
        target = await known_account(node, str(asked["account_id"]))
        complaint = Complaint(
            posts=await _posts(asked),
            comment=str(asked.get("comment") or ""),
            forward=str(asked.get("forward", "")).lower() in ("true", "1", "on"),
            category=str(asked.get("category") or ""),
            rules=tuple(await several("rule_ids") or ()),
        )
        row = await report(node, who.actor, target, complaint, who.account_id)
        shown = (await node.db.read(assemble.accounts, [target], node.urls))[0]
        return answer(shapes.report(row, [str(post) for post in complaint.posts], shown))


async def _posts(asked: dict[str, Any]) -> tuple[int, ...]:
    """`status_ids` as a JSON list, or as fields of that name with or without brackets."""
    found = asked.get("status_ids")
    if not isinstance(found, list):
        form = await request.form
        names = ("status_ids[]", "status_ids")
        found = [value for source in (request.args, form) for name in names for value in source.getlist(name)]
    return tuple(dict.fromkeys(number(str(value), "status_ids") for value in found))
