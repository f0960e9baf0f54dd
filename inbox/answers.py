"""Accept and Reject as they arrive: one look-up over everything of ours that can be answered.

What is answered comes embedded or as a bare id. A quote that was asked for, what waits for consent, an Offer, a story, a relay and a
membership are found by their ids; all else is an answer to a Follow.
"""

from dataclasses import dataclass
from typing import Any

from coopfed.db.tx import Tx
from coopfed.features.agreements import consents as stories
from coopfed.features.follows import receive as follows
from coopfed.features.memberships import receive as memberships
from coopfed.features.quotes import approvals
from coopfed.features.quotes import receive as quotes
from coopfed.features.relays import receive as relays
from coopfed.features.requests import receive_answers as offers
from coopfed.node import Node, Stamp
from coopfed.outcomes import Outcome
from coopfed.vocab.arrival import Arrival
from coopfed.vocab.records import Activity

Facts = (
    quotes.AnswerFacts
    | approvals.Waiting
    | offers.AnswerFacts
    | stories.AnswerFacts
    | relays.AnswerFacts
    | memberships.Facts
    | follows.AnswerFacts
)


@dataclass(frozen=True, slots=True)
class Answered:
    """What is answered, and the feature whose thing it is."""

    whose: Any
    facts: Facts


async def gather_answer(node: Node, arrival: Arrival) -> Answered:
    """What an Accept or Reject is about."""
    found = await node.db.read(_found, arrival.activity)
    if found is not None and isinstance(found.facts, offers.AnswerFacts):
        return Answered(offers, await offers.verified(node, arrival, found.facts))
    if found is not None:
        return found
    held = await node.db.read(memberships.answered, arrival.activity)
    if held is not None:
        return Answered(memberships, await memberships.gather_answer(node, arrival, held))
    return Answered(follows, await follows.gather_answer(node, arrival))


def _found(tx: Tx, activity: Activity) -> Answered | None:
    quote = quotes.answered(tx, activity)
    if quote is not None:
        return Answered(quotes, quote)
    waiting = approvals.waiting(tx, activity)
    if waiting is not None:
        return Answered(approvals, waiting)
    offer = offers.answered(tx, activity)
    if offer is not None:
        return Answered(offers, offer)
    story = stories.answered(tx, activity)
    if story is not None:
        return Answered(stories, story)
    relay = relays.answered(tx, activity)
    return Answered(relays, relay) if relay is not None else None


def check_answer(arrival: Arrival, answered: Answered) -> None:
    """As the feature checks it: only who was asked answers."""
    answered.whose.check_answer(arrival, answered.facts)


def apply_accept(tx: Tx, arrival: Arrival, answered: Answered, stamp: Stamp) -> Outcome:
    """What was asked for stands."""
    outcome: Outcome = answered.whose.apply_accept(tx, arrival, answered.facts, stamp)
    return outcome


def apply_reject(tx: Tx, arrival: Arrival, answered: Answered, stamp: Stamp) -> Outcome:
    """What was asked for ends."""
    outcome: Outcome = answered.whose.apply_reject(tx, arrival, answered.facts, stamp)
    return outcome
