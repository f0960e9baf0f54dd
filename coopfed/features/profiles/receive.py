"""Update of an actor by itself: its new document, and with it new keys.

An Update that the old key signed is trusted to change the keys: that is how a peer announces a rotation, and GoToSocial and
Misskey accept nothing else.
"""

from dataclasses import dataclass

import orjson

from actors.lookup import by_uri
from actors.remote import upsert
from coopfed.db.tx import Tx
from coopfed.net.fetch import fetch_document
from coopfed.node import Node, Stamp
from coopfed.outcomes import Outcome, Refusal
from coopfed.vocab.arrival import Arrival, Trust
from coopfed.vocab.document import ActorRecord, read_actor


@dataclass(frozen=True, slots=True)
class UpdateFacts:
    """The actor's new document and its bytes, and whether the actor was deleted before."""

    record: ActorRecord
    raw: bytes
    gone: bool


async def gather_update(node: Node, arrival: Arrival) -> UpdateFacts:
    """The embedded document, or the fetched one when only the id came."""
    ref = arrival.activity.object
    assert ref is not None
    known = await node.db.read(by_uri, arrival.activity.actor)
    gone = known is not None and known.gone_at is not None
    if ref.embedded is not None and ref.type != "Tombstone":
        return UpdateFacts(read_actor(ref.embedded), orjson.dumps(ref.embedded), gone)
    fetched = await fetch_document(node.http, arrival.activity.actor, signer=node.signer, budget=node.budget())
    return UpdateFacts(read_actor(fetched.document), fetched.raw, gone)


def check_update(arrival: Arrival, facts: UpdateFacts) -> None:
    """Only the actor itself; our own actors are changed here, not from messages."""
    if facts.record.id != arrival.activity.actor:
        raise Refusal(Outcome.REFUSED_OWNER, "somebody else's document")
    if facts.gone:
        # An old key, perhaps a stolen one, signs no resurrection.
        raise Refusal(Outcome.IRRELEVANT, "the actor is gone")
    if arrival.trust is Trust.LOCAL:
        raise Refusal(Outcome.DUPLICATE, "known here")


def apply_update(tx: Tx, _arrival: Arrival, facts: UpdateFacts, stamp: Stamp) -> Outcome:
    """Stores what the document claims. Source: ActivityPub 7.3."""
    upsert(tx, facts.record, facts.raw, stamp)
    return Outcome.ACCEPTED
