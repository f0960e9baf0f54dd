"""What stands between the acting actor and others."""

from quart import Blueprint, Response

from coopfed.api import people
from coopfed.api.asking import PAGE_MAX, answer, number, several, speaker
from coopfed.db.tx import Tx
from coopfed.features.relationships import between
from coopfed.node import Node


def register(api: Blueprint, node: Node) -> None:
    """Adds the routes."""

    @api.get("/api/v1/accounts/relationships")
    async def relationships() -> Response:
        who = await speaker(node, "read:follows")
        asked = [number(id) for id in await several("id") or []][:PAGE_MAX]
        return answer(await node.db.read(_relationships, who.actor.id, asked))


def _relationships(tx: Tx, mine: int, theirs: list[int]) -> list[dict[str, object]]:
    found = between(tx, mine, theirs)
    return [people.relationship(number, found[number]) for number in theirs if number in found]


def relationship(tx: Tx, mine: int, theirs: int) -> dict[str, object]:
    """The Relationship of the acting actor to another one. A unit of work."""
    return people.relationship(theirs, between(tx, mine, [theirs])[theirs])
