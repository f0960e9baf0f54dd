"""Undo as it arrives: one look-up over everything that can be undone.

What is undone comes embedded, embedded without its id, as a bare id, or as a document whose type says nothing; each feature
finds its own by id, else by what the embedded activity says. An Undo that comes before what it undoes is remembered.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import bindparam, exists, literal_column, select

from actors.lookup import ActorRow, by_uri
from coopfed.db.tx import Tx
from coopfed.features.blocks import receive as blocks
from coopfed.features.follows import receive as follows
from coopfed.features.memberships import receive as memberships
from coopfed.features.posts.store import bury, is_buried
from coopfed.features.reactions import undo as reactions
from coopfed.features.requests import receive_answers as offers
from coopfed.features.undone import Undone
from coopfed.node import Node, Stamp
from coopfed.outcomes import Outcome, Refusal
from coopfed.vocab.arrival import Arrival, Trust
from coopfed.vocab.origin import same_authority
from coopfed.vocab.records import ObjectRef
from inbox.admit import inbox_item

LookUp = Callable[[Tx, ObjectRef, str], Undone | None]
"""From what an Undo names, and the id of who undoes, to what is here: of several, that of this actor."""

LOOK_UPS: tuple[tuple[frozenset[str], LookUp], ...] = (
    (frozenset({"Announce"}), reactions.undone_boost),
    (frozenset({"Follow", "Join"}), follows.undone),
    (frozenset({"Like", "EmojiReact", "Dislike"}), reactions.undone_reaction),
    (frozenset({"Block"}), blocks.undone),
    (frozenset({"Invite"}), memberships.undone),
    (frozenset({"Offer"}), offers.undone),
)
"""Who finds which types; all are asked, in this order, where the type is not known (s2s research 2.11)."""

_TYPES = frozenset().union(*(types for types, _look_up in LOOK_UPS))
_DONE_HERE = select(
    exists(
        select(literal_column("1")).where(
            inbox_item.c.signer_id == bindparam("actor"),
            inbox_item.c.activity_uri == bindparam("uri"),
            inbox_item.c.state != literal_column("0"),
        )
    )
)


@dataclass(frozen=True, slots=True)
class UndoFacts:
    """Who undoes what. `done`: it arrived before and nothing of it is left; `buried`: it was undone before it arrived."""

    actor: ActorRow
    found: Undone | None
    done: bool
    buried: bool


async def gather_undo(node: Node, arrival: Arrival) -> UndoFacts:
    """What the Undo is about, as it is stored here."""
    ref = arrival.activity.object
    assert ref is not None
    return await node.db.read(_facts, arrival.activity.actor, ref)


def _facts(tx: Tx, actor_uri: str, ref: ObjectRef) -> UndoFacts:
    actor = by_uri(tx, actor_uri)
    if actor is None:
        # Relayed by somebody who is known here: a stranger has done nothing that could be undone.
        raise Refusal(Outcome.IRRELEVANT, "the actor is not known here")
    asked = [look_up for types, look_up in LOOK_UPS if ref.type not in _TYPES or ref.type in types]
    found = [undone for look_up in asked if (undone := look_up(tx, ref, actor_uri)) is not None]
    # Neighbours on one host may have given their activities the same id: what this actor did counts.
    own = [undone for undone in found if undone.actor_uri == actor_uri]
    return UndoFacts(
        actor=actor,
        found=next(iter([*own, *found]), None),
        done=ref.id is not None and bool(tx.execute(_DONE_HERE, {"actor": actor.id, "uri": ref.id}).scalar_one()),
        buried=ref.id is not None and is_buried(tx, ref.id, actor.id),
    )


def check_undo(arrival: Arrival, facts: UndoFacts) -> None:
    """Only the actor undoes what it did. What is not here was undone before, unless it is still on the way.

    Source: ActivityPub 6.10, 7; FEP-fe34.
    """
    if arrival.trust is Trust.LOCAL:
        # Taken back with the Undo's own write; what the same actor did again since must not go with it.
        raise Refusal(Outcome.DUPLICATE, "known here")
    if facts.found is not None:
        if facts.found.actor_uri != facts.actor.uri:
            raise Refusal(Outcome.REFUSED_OWNER, "somebody else's activity")
        return
    ref = arrival.activity.object
    assert ref is not None
    on_the_way = ref.id is not None and not facts.done and not facts.buried
    if ref.id is None or not on_the_way or not same_authority(ref.id, facts.actor.uri):
        raise Refusal(Outcome.DUPLICATE, "there is no such activity (any more)")


def apply_undo(tx: Tx, arrival: Arrival, facts: UndoFacts, stamp: Stamp) -> Outcome:
    """Takes it back with what it brought; or remembers for ever that it is not to take effect when it comes."""
    ref = arrival.activity.object
    if facts.found is not None:
        facts.found.end(tx, stamp)
    elif ref is not None and ref.id is not None:
        bury(tx, ref.id, facts.actor.id, stamp.now)
    return Outcome.ACCEPTED
