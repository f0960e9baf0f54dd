"""What stands between the acting actor and others."""

from quart import Blueprint, Response

from actors.lookup import by_ids
from coopfed.api import people
from coopfed.api.asking import PAGE_MAX, answer, number, several, speaker
from coopfed.db.tx import Tx
from coopfed.features import endorsements, notes
from coopfed.features.follows import store
from coopfed.features.mutes import store as mutes
from coopfed.node import Node


def register(api: Blueprint, node: Node) -> None:
    """Adds the routes."""

    @api.get("/api/v1/accounts/relationships")
    async def relationships() -> Response:
        who = await speaker(node, "read:follows")
        asked = [number(id) for id in await several("id") or []][:PAGE_MAX]
        return answer(await node.db.read(_relationships, who.actor.id, asked))


def _relationships(tx: Tx, mine: int, theirs: list[int]) -> list[dict[str, object]]:
    known = by_ids(tx, theirs)
    return [relationship(tx, mine, number) for number in theirs if number in known]


def relationship(tx: Tx, mine: int, theirs: int) -> dict[str, object]:
    """The Relationship of the acting actor to another one. A unit of work."""
    between = people.Between(
        following=store.between(tx, mine, theirs),
        followed_by=store.between(tx, theirs, mine),
        mute=mutes.between(tx, mine, theirs),
        blocking=store.blocks(tx, mine, theirs),
        blocked_by=store.blocks(tx, theirs, mine),
        shut_out=store.shuts_out(tx, mine, theirs),
        endorsed=endorsements.endorses(tx, mine, theirs),
        note=notes.note_of(tx, mine, theirs),
    )
    return people.relationship(theirs, between)
