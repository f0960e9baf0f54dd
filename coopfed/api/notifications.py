"""Notifications: what an actor should know."""

from quart import Blueprint, Response

from coopfed.api import assemble, shapes
from coopfed.api.asking import answer, speaker, spoken, stretch
from coopfed.api.languages import for_reader
from coopfed.node import Node


def register(api: Blueprint, node: Node) -> None:
    """Adds the routes."""

    @api.get("/api/v1/notifications")
    async def get_notifications() -> Response:
        who = await speaker(node, "read:notifications")
        found = await node.db.read(assemble.recent_notifications, who.actor.id, stretch(), node.urls)
        texts = await for_reader(node, [post for _row, _author, post in found if post is not None], spoken())
        told = {post["id"]: post for post in texts}
        return answer([shapes.notification(row, author, post and told[post["id"]]) for row, author, post in found])
