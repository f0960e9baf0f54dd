"""What strangers say of our posts, passed on to our author's followers when it is addressed to them: the bytes as they came.

Only with a proof of its actor, which others can verify (who gets a forward without one has to look it up); only once, never what was
forwarded to us, only what everybody may read, and only so often. Source: ActivityPub 7.1.2; s2s research 2.16.
"""

from dataclasses import dataclass

from sqlalchemy import bindparam, func, literal_column, select

from actors.lookup import ActorRow, by_id, by_uri
from coopfed import limits
from coopfed.db.tx import Tx
from coopfed.features.posts import store
from coopfed.node import Node, Stamp
from coopfed.outcomes import Outcome
from coopfed.vocab.arrival import Arrival, Trust
from coopfed.vocab.records import Activity
from inbox.relayed import has_proof
from outbox.publish import FORWARDED, activity, forward

_LATELY = select(func.count()).where(
    activity.c.actor_id == bindparam("owner"),
    activity.c.type == literal_column(f"'{FORWARDED}'"),
    activity.c.created_at > bindparam("since"),
)


@dataclass(frozen=True, slots=True)
class Audience:
    """Whose followers hear of it, about which post of theirs, and the host that has it already."""

    owner: ActorRow
    post_id: int
    origin: int | None


async def gather(node: Node, arrival: Arrival) -> Audience | None:
    """Whose followers are to hear of it; None when nobody's. (Before the proof is looked at, since that may ask for a key.)"""
    first_hand = arrival.trust is Trust.DIRECT and arrival.signer == arrival.activity.actor and arrival.group is None
    if not first_hand or b'"proof"' not in arrival.raw:
        return None
    found = await node.db.read(_audience, arrival.activity)
    return found if found is not None and await has_proof(node, arrival) else None


def check(_arrival: Arrival, _found: Audience | None) -> None:
    """Whatever was accepted may be forwarded."""


def apply(tx: Tx, arrival: Arrival, found: Audience | None, stamp: Stamp) -> Outcome:
    """Stores the bytes with a delivery to each of the followers' servers."""
    if found is not None and arrival.activity.id is not None:
        hour = {"owner": found.owner.id, "since": stamp.now - 3_600_000}
        if tx.execute(_LATELY, hour).scalar_one() < limits.FORWARDED_AN_HOUR:
            forward(tx, stamp, found.owner, arrival.activity.id, arrival.raw, found.post_id, found.origin)
    return Outcome.ACCEPTED


def _audience(tx: Tx, said: Activity) -> Audience | None:
    embedded = said.object.embedded if said.object is not None else None
    about = (embedded or {}).get("inReplyTo") if said.type in ("Create", "Update") else said.object_id
    post = store.by_uri(tx, about) if isinstance(about, str) else None
    if post is None or not post.local or post.deleted_at is not None or post.visibility not in store.OPEN:
        return None
    owner, author = by_id(tx, post.actor_id), by_uri(tx, said.actor)
    if owner is None or owner.gone_at is not None or owner.followers_uri is None:
        return None
    if owner.followers_uri not in (*said.to, *said.cc, *said.audience):
        return None
    return Audience(owner, post.id, author.peer_id if author is not None else None)
