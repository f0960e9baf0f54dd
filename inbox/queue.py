"""Lanes of arrivals: claimed, their first items taken, given back. Units of work.

One lane per signer keeps Create, Update and Delete in order; lanes run beside each other. Who holds a lane's lease processes it.
"""

from dataclasses import dataclass

from sqlalchemy import BigInteger, bindparam, case, cast, exists, func, literal, literal_column, select, update

from actors.lookup import actor
from coopfed import limits
from coopfed.db.models.traffic import NEVER
from coopfed.db.tx import Tx
from inbox.admit import inbox_item, inbox_lane
from inbox.process import Claimed

_LANES = (
    select(inbox_lane.c.actor_id)
    .where(inbox_lane.c.due_at <= bindparam("now"), inbox_lane.c.lease_until <= bindparam("now"))
    .order_by(inbox_lane.c.due_at)
    .limit(bindparam("count"))
    .with_for_update(skip_locked=True)
)
_LEASE = update(inbox_lane).where(inbox_lane.c.actor_id == bindparam("lane")).values(lease_until=bindparam("until"))
_ITEMS = (
    select(
        inbox_item.c.id,
        inbox_item.c.signer_id,
        inbox_item.c.raw,
        inbox_item.c.scheme,
        inbox_item.c.trust,
        inbox_item.c.received_at,
        inbox_item.c.attempts,
        exists(
            select(literal_column("1")).where(actor.c.id == inbox_item.c.signer_id, actor.c.suspended_at.is_not(None))
        ).label("suspended"),
    )
    .where(
        inbox_item.c.signer_id == bindparam("signer"),
        inbox_item.c.state == literal_column("0"),
        inbox_item.c.due_at <= bindparam("now"),
    )
    .order_by(inbox_item.c.id)
    .limit(bindparam("count"))
)
_LOCK = select(inbox_lane.c.actor_id).where(inbox_lane.c.actor_id == bindparam("signer")).with_for_update()
_NEXT_DUE = (
    select(func.coalesce(func.min(inbox_item.c.due_at), literal(NEVER, BigInteger)))
    .where(inbox_item.c.signer_id == bindparam("signer"), inbox_item.c.state == literal_column("0"))
    .scalar_subquery()
)
_now = cast(bindparam("now"), BigInteger)
_RELEASE = (
    update(inbox_lane)
    .where(inbox_lane.c.actor_id == bindparam("signer"), inbox_lane.c.lease_until == bindparam("mine"))
    # What is due already goes to the end of the line: who sends without end must not always come first.
    .values(due_at=case((_now < _NEXT_DUE, _NEXT_DUE), else_=_now), lease_until=0)
)
_FREE_LEASES = update(inbox_lane).where(inbox_lane.c.lease_until > 0).values(lease_until=0)


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane claimed `until` then, with its first items in the order of their arrival."""

    signer_id: int
    until: int
    items: tuple[Claimed, ...]


def claim(tx: Tx, now: int, until: int, lanes: int, each: int) -> list[Lane]:
    """Up to `lanes` lanes with up to `each` due items, leased until then; with fewer items where more lanes may wait than were
    asked for, so that a round of all lanes stays short. Run with `db.claim`."""
    found = list(tx.execute(_LANES, {"now": now, "count": lanes}).scalars())
    if not found:
        return []
    if len(found) == lanes:
        each = min(each, limits.INBOX_LANE_ITEMS_IN_A_CROWD)
    tx.execute(_LEASE, [{"lane": signer, "until": until} for signer in found])
    return [
        Lane(
            signer,
            until,
            tuple(Claimed(*row) for row in tx.execute(_ITEMS, {"signer": signer, "now": now, "count": each})),
        )
        for signer in found
    ]


def release(tx: Tx, lane: Lane, now: int) -> None:
    """Gives the lane back, due when its next item is, at the earliest now; unless its lease ended and somebody else has it. Run
    with `db.claim`."""
    if tx.on_postgres:
        # Locked in a statement of its own: the next one then sees what was admitted meanwhile (READ COMMITTED).
        tx.execute(_LOCK, {"signer": lane.signer_id})
    tx.execute(_RELEASE, {"signer": lane.signer_id, "mine": lane.until, "now": now})


def free_leases(tx: Tx) -> None:
    """At the start of the only process (SQLite): whoever held a lane is dead."""
    tx.execute(_FREE_LEASES)
