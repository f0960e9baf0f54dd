"""Add and Remove as they arrive: a membership that an umbrella lists, or no more; all else is a post that somebody pins."""

from dataclasses import dataclass
from typing import Any

from coopfed.db.tx import Tx
from coopfed.features.memberships import receive as memberships
from coopfed.features.posts import featured
from coopfed.node import Node, Stamp
from coopfed.outcomes import Outcome
from coopfed.vocab.arrival import Arrival


@dataclass(frozen=True, slots=True)
class Collected:
    """What is added or removed, and the feature whose thing it is."""

    whose: Any
    facts: Any


async def gather(node: Node, arrival: Arrival) -> Collected:
    """Whose collection it is, by what is put there."""
    found = await memberships.gather_listed(node, arrival)
    if found.held is not None:
        return Collected(memberships, found)
    return Collected(featured, await featured.gather_pin(node, arrival))


def check(arrival: Arrival, collected: Collected) -> None:
    """As the feature checks it: its own collection, and what belongs there."""
    collected.whose.check_pin(arrival, collected.facts)


def apply_add(tx: Tx, arrival: Arrival, collected: Collected, stamp: Stamp) -> Outcome:
    """It stands there from now on. Source: ActivityPub 7.8."""
    outcome: Outcome = collected.whose.apply_add(tx, arrival, collected.facts, stamp)
    return outcome


def apply_remove(tx: Tx, arrival: Arrival, collected: Collected, stamp: Stamp) -> Outcome:
    """It stands there no more. Source: ActivityPub 7.9."""
    outcome: Outcome = collected.whose.apply_remove(tx, arrival, collected.facts, stamp)
    return outcome
