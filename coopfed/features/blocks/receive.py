"""Block as it arrives (gather, check, apply), and the look-up for its Undo.

Few servers send a Block, since it tells on the one who blocks. Whoever does wants its posts out of the sight of the blocked: the
row stays, and `actors.visibility` reads it.
"""

from dataclasses import dataclass
from typing import Any

from actors.lookup import ActorRow, by_id, by_uri
from coopfed.db.tx import Tx
from coopfed.features.blocks import store
from coopfed.features.blocks.store import BlockRow
from coopfed.features.follows import store as follows
from coopfed.features.posts.store import is_buried
from coopfed.features.undone import Undone
from coopfed.node import Node, Stamp
from coopfed.outcomes import Outcome, Refusal
from coopfed.vocab.arrival import Arrival, Trust
from coopfed.vocab.records import ObjectRef
from coopfed.vocab.values import reference


@dataclass(frozen=True, slots=True)
class BlockFacts:
    """Who blocks whom, and whether that was undone before it came."""

    blocker: ActorRow
    blocked: ActorRow | None
    undone: bool


async def gather_block(node: Node, arrival: Arrival) -> BlockFacts:
    """The two actors. The blocker is known: it signed."""
    target = arrival.activity.object
    return await node.db.read(_facts, arrival.activity.actor, target.id if target else None, arrival.activity.id)


def _facts(tx: Tx, blocker_uri: str, blocked_uri: str | None, activity_uri: str | None) -> BlockFacts:
    blocker = _known(tx, blocker_uri)
    undone = activity_uri is not None and is_buried(tx, activity_uri, blocker.id)
    return BlockFacts(blocker, by_uri(tx, blocked_uri) if blocked_uri else None, undone)


def _known(tx: Tx, uri: str) -> ActorRow:
    row = by_uri(tx, uri)
    if row is None:
        # Passed on by somebody who is known here, with a proof.
        raise Refusal(Outcome.IRRELEVANT, "the actor is not known here")
    return row


def check_block(arrival: Arrival, facts: BlockFacts) -> None:
    """Only a block of one of our actors concerns this node; our own stored it already."""
    if arrival.trust is Trust.LOCAL:
        raise Refusal(Outcome.DUPLICATE, "known here")
    if facts.blocker.gone_at is not None:
        raise Refusal(Outcome.IRRELEVANT, "the blocker is gone")
    if facts.blocked is None or not facts.blocked.local or facts.blocked.gone_at is not None:
        raise Refusal(Outcome.IRRELEVANT, "not an actor of this node")
    if facts.undone:
        raise Refusal(Outcome.REFUSED_DELETED, "undone before")


def apply_block(tx: Tx, arrival: Arrival, facts: BlockFacts, stamp: Stamp) -> Outcome:
    """Both follows end without a word, and what the blocker brought leaves home and notifications. Source: ActivityPub 6.9."""
    blocked = facts.blocked
    assert blocked is not None
    store.hold(tx, facts.blocker.id)
    new = store.add(tx, facts.blocker.id, blocked.id, arrival.activity.id, stamp.now)
    for row in (
        follows.between(tx, facts.blocker.id, blocked.id),
        follows.between(tx, blocked.id, facts.blocker.id),
    ):
        if row is not None:
            follows.end(tx, row)
    store.part(tx, facts.blocker.id, blocked.id)
    return Outcome.ACCEPTED if new else Outcome.DUPLICATE


def undone(tx: Tx, target: ObjectRef, actor_uri: str) -> Undone | None:
    """The block that an Undo is about, by its id, else by the two actors that it names; the actor's own first. A unit of work."""
    rows = store.by_uri(tx, target.id) if target.id else []
    pair = _by_pair(tx, target)
    candidates = [(row, by_id(tx, row.actor_id)) for row in [*rows, *([pair] if pair else [])]]
    found = [(row, blocker.uri) for row, blocker in candidates if blocker is not None]
    # Neighbours on one host may have given their Blocks the same id.
    found.sort(key=lambda candidate: candidate[1] != actor_uri)
    return _undone(*found[0]) if found else None


def _undone(row: BlockRow, blocker_uri: str) -> Undone:
    def end(tx: Tx, _stamp: Stamp) -> None:
        store.remove(tx, row.actor_id, row.target_id)

    return Undone(blocker_uri, end)


def _by_pair(tx: Tx, target: ObjectRef) -> BlockRow | None:
    embedded = target.embedded
    if not embedded or embedded.get("type") != "Block":
        return None
    blocker, blocked = (_named(tx, embedded.get(member)) for member in ("actor", "object"))
    return store.between(tx, blocker.id, blocked.id) if blocker and blocked else None


def _named(tx: Tx, value: Any) -> ActorRow | None:
    uri = reference(value[0] if isinstance(value, list) and value else value)
    return by_uri(tx, uri) if uri else None
