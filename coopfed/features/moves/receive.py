"""Move as it arrives: gather, check, apply.

Either end of a move may tell of it: the old actor where it goes (push mode), or, when the old server is gone for good but for its
documents, the new one where it comes from (pull mode). What is said is believed of neither: both documents are fetched again.
"""

from dataclasses import dataclass

from actors.lookup import ActorRow, by_uri
from actors.remote import fetch_actor
from coopfed import limits
from coopfed.db import jobs
from coopfed.db.tx import Tx
from coopfed.features.moves import store
from coopfed.features.moves.followers import MOVE_FOLLOWERS, job_key
from coopfed.features.moves.rules import check_consent, is_resting
from coopfed.net.fetch import Budget
from coopfed.node import Node, Stamp
from coopfed.outcomes import Outcome, Refusal
from coopfed.vocab.arrival import Arrival, Trust


@dataclass(frozen=True, slots=True)
class MoveFacts:
    """The two actors, as their hosts showed them just now (one of ours: as it is stored); `pulled`: the new one told."""

    old: ActorRow
    target: ActorRow
    pulled: bool = False


async def gather_move(node: Node, arrival: Arrival) -> MoveFacts:
    """Both actors, fetched again: nothing is asked for a move that would be refused anyway, or that nobody here follows."""
    old_uri, target_uri = _ends(arrival)
    old, followed = await node.db.read(_known, old_uri)
    if arrival.trust is Trust.LOCAL:
        return MoveFacts(old, await _stored(node, target_uri))
    if old.local:
        raise Refusal(Outcome.REFUSED_OWNER, "our own actors say themselves where they go")
    if not followed:
        raise Refusal(Outcome.IRRELEVANT, "nobody here follows the actor")
    if is_resting(old, node.clock.now(), node.clock):
        raise Refusal(Outcome.REFUSED_MOVED, "it moved less than seven days ago")
    budget = node.budget()
    pulled = target_uri == arrival.activity.actor
    return MoveFacts(await _fetched(node, old_uri, budget), await _fetched(node, target_uri, budget), pulled)


def _ends(arrival: Arrival) -> tuple[str, str]:
    """From where and to where, by their ids. Only one of the two speaks."""
    actor_uri, target_uri, ref = arrival.activity.actor, arrival.activity.target, arrival.activity.object
    if ref is None or ref.id is None or actor_uri not in (ref.id, target_uri):
        raise Refusal(Outcome.REFUSED_OWNER, "an actor moves itself and nobody else")
    if target_uri is None or target_uri == ref.id:
        raise Refusal(Outcome.MALFORMED, "Move without a target")
    return ref.id, target_uri


def _known(tx: Tx, actor_uri: str) -> tuple[ActorRow, bool]:
    old = by_uri(tx, actor_uri)
    if old is None or old.gone_at is not None:
        raise Refusal(Outcome.IRRELEVANT, "the actor is not known here (any more)")
    return old, bool(store.followers_here(tx, old.id, 1))


async def _fetched(node: Node, uri: str, budget: Budget) -> ActorRow:
    if node.urls.is_ours(uri):
        return await _stored(node, uri)
    row = await fetch_actor(node, uri, budget)
    if row.uri != uri:
        raise Refusal(Outcome.REFUSED_OWNER, f"{uri} calls itself {row.uri}")
    return row


async def _stored(node: Node, uri: str) -> ActorRow:
    row = await node.db.read(by_uri, uri)
    if row is None:
        raise Refusal(Outcome.IRRELEVANT, f"{uri} is not here")
    return row


def check_move(arrival: Arrival, facts: MoveFacts) -> None:
    """Both must agree. Of our own actor that was asked when it moved."""
    if arrival.trust is not Trust.LOCAL:
        check_consent(facts.old, facts.target, pulled=facts.pulled)


def apply_move(tx: Tx, arrival: Arrival, facts: MoveFacts, stamp: Stamp) -> Outcome:
    """The followers of this node follow by a job. Source: FEP-7628; s2s research 2.12."""
    not_since = stamp.now - stamp.clock.span(limits.MOVE_REST_SECONDS)
    known = arrival.trust is Trust.LOCAL
    if not known and not store.moved(tx, facts.old.id, facts.target.uri, stamp.now, not_since):
        return Outcome.REFUSED_MOVED
    jobs.enqueue(tx, stamp.mint(None), MOVE_FOLLOWERS, job_key(facts.old.id, facts.target.id), stamp.now)
    return Outcome.ACCEPTED
