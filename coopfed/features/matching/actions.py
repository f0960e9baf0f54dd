"""What members do with the matches of their actor: look at them, and set one aside. Source: domain research 8.7; API contract 7."""

from actors.lookup import ActorRow
from coopfed.db.tx import Tx
from coopfed.features.matching import store
from coopfed.features.matching.rules import Match
from coopfed.features.matching.store import Asked, Known
from coopfed.node import Node, Stamp


async def shown(node: Node, actor: ActorRow, asked: Asked) -> list[tuple[Match, Known]]:
    """The matches of an actor of ours, each with what is remembered of it: from now on it is known under a number. NotFound for a request
    that is not its own."""
    found = await node.db.read(store.find, actor.id, asked, node.clock.now())
    pairs = [store.pair_of(match) for match in found]
    remembered = await node.db.read(store.known_of, actor.id, pairs)
    if len(remembered) < len(pairs):
        remembered = await node.db.write(store.remember, actor.id, pairs, node.stamp())
    return [(match, remembered[pair]) for match, pair in zip(found, pairs, strict=True)]


async def set_aside(node: Node, actor: ActorRow, number: int, *, really: bool) -> tuple[Match, Known]:
    """Sets a match aside (“not this one”), for everybody who acts as the actor, or takes that back. Nothing is sent. NotFound when it is no
    match of this actor."""
    return await node.db.write(_set_aside, actor.id, number, really, node.stamp())


def _set_aside(tx: Tx, actor_id: int, number: int, really: bool, stamp: Stamp) -> tuple[Match, Known]:
    match, row = store.one(tx, actor_id, number, stamp.now)
    if (row.dismissed_at is not None) is really:
        return match, row
    return match, store.set_aside(tx, row, stamp.now if really else None)
