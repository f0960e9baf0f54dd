"""What strangers say of our posts, passed on to our author's followers when it is addressed to them: the bytes as they came.

Only with a proof of its actor, which others can verify (who gets a forward without one has to look it up); only once, never what was
forwarded to us, only what everybody may read, and only so often. The end of an answer or reaction is forwarded as that was; however
much was forwarded lately, what we brought to others can be taken back. Source: ActivityPub 7.1.2; s2s research 2.16.
"""

from dataclasses import dataclass

from sqlalchemy import bindparam, func, literal_column, select

from actors.lookup import ActorRow, by_id, by_uri
from coopfed import limits
from coopfed.clock import HOUR_MS
from coopfed.db.tx import Tx
from coopfed.features.posts import store
from coopfed.features.posts.store import PostRow
from coopfed.features.reactions import store as reactions
from coopfed.features.reactions.rules import DISLIKE, EMOJI, LIKE
from coopfed.node import Node, Stamp
from coopfed.outcomes import Outcome
from coopfed.vocab.arrival import Arrival, Trust
from coopfed.vocab.audience import OPEN
from coopfed.vocab.records import Activity
from inbox.relayed import has_proof
from outbox.publish import ENDINGS, FORWARDED, Foreign, activity, forward, was_forwarded

_REACTIONS = (DISLIKE, EMOJI, LIKE)

_LATELY = select(func.count()).where(
    activity.c.actor_id == bindparam("owner"),
    activity.c.type == literal_column(f"'{FORWARDED}'"),
    activity.c.created_at > bindparam("since"),
)


@dataclass(frozen=True, slots=True)
class Audience:
    """Whose followers hear of it, about which post of theirs, and the host that has it already. `ends`: the id of what it ends."""

    owner: ActorRow
    post_id: int
    origin: int | None
    ends: str | None


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
    said = arrival.activity
    if found is not None and said.id is not None and _may_pass(tx, found, stamp):
        foreign = Foreign(said.id, arrival.raw, said.object_id, found.ends)
        forward(tx, stamp, found.owner, foreign, found.post_id, found.origin)
    return Outcome.ACCEPTED


def _may_pass(tx: Tx, found: Audience, stamp: Stamp) -> bool:
    if found.ends is not None and was_forwarded(tx, found.owner.id, found.ends):
        return True
    hour = {"owner": found.owner.id, "since": stamp.now - HOUR_MS}
    return int(tx.execute(_LATELY, hour).scalar_one()) < limits.FORWARDED_AN_HOUR


def _audience(tx: Tx, said: Activity) -> Audience | None:
    author = by_uri(tx, said.actor)
    post = _post(tx, said, author)
    ends = said.object_id if said.type in ENDINGS else None
    if post is None or not post.local or post.visibility not in OPEN:
        return None
    if post.deleted_at is not None and ends is None:
        return None
    owner = by_id(tx, post.actor_id)
    if owner is None or owner.gone_at is not None or owner.followers_uri is None:
        return None
    if owner.followers_uri not in (*said.to, *said.cc, *said.audience):
        return None
    return Audience(owner, post.id, author.peer_id if author is not None else None, ends)


def _post(tx: Tx, said: Activity, author: ActorRow | None) -> PostRow | None:
    """The post that is answered or reacted to, by what was said or by what its end names."""
    if said.type in ENDINGS:
        number = _answered(tx, said) if said.type == "Delete" else _reacted_to(tx, said, author)
        return store.by_id(tx, number) if number is not None else None
    embedded = said.object.embedded if said.object is not None else None
    about = (embedded or {}).get("inReplyTo") if said.type in ("Create", "Update") else said.object_id
    return store.by_uri(tx, about) if isinstance(about, str) else None


def _answered(tx: Tx, said: Activity) -> int | None:
    answer = store.by_uri(tx, said.object_id) if said.object_id is not None else None
    return answer.in_reply_to_id if answer is not None and answer.deleted_at is None else None


def _reacted_to(tx: Tx, said: Activity, author: ActorRow | None) -> int | None:
    rows = reactions.by_uri(tx, said.object_id, _REACTIONS) if said.object_id is not None else []
    return next((row.object_id for row in rows if author is not None and row.actor_id == author.id), None)
