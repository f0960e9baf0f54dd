"""The delivery queue: hosts with due work are claimed, their first deliveries taken, outcomes recorded. Units of work.

The lane is the host's row: who holds its lease sends for that host, so two processes never send to one host at once, and a host
with a hundred thousand deliveries costs the others nothing. Deliveries with the same order key (about the same object) to the
same inbox wait for each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, bindparam, case, delete, exists, func, literal_column, select, update

from coopfed import limits
from coopfed.db.models import Activity, ActorKey, Delivery, Outgoing, Peer
from coopfed.db.models.traffic import DEAD, DONE, NEVER
from coopfed.db.tx import Tx, table

activity, delivery, peer, outgoing = table(Activity), table(Delivery), table(Peer), table(Outgoing)
actor_key = table(ActorKey)
earlier = delivery.alias("earlier")
_SET_OUT_AT_ONCE = 100

_SET_OUT = select(outgoing.c.activity_id).limit(bindparam("count")).with_for_update(skip_locked=True)
_OPENS = case((peer.c.open_until > bindparam("now"), peer.c.open_until), else_=bindparam("now"))
_OPEN_LANES = (
    update(peer)
    .where(
        peer.c.id.in_(select(delivery.c.peer_id).where(delivery.c.activity_id == bindparam("activity"))),
        peer.c.due_at > _OPENS,
    )
    .values(due_at=_OPENS)
)
_LANES_OPEN = delete(outgoing).where(outgoing.c.activity_id == bindparam("activity"))
_HOSTS = (
    select(
        peer.c.id,
        peer.c.host,
        # What a host took long ago says nothing of the host today, and the fallback of some is a stripped document.
        case((peer.c.scheme_at > bindparam("learnt_since"), peer.c.scheme), else_=literal_column("'cavage'")).label(
            "scheme"
        ),
        peer.c.failures,
    )
    .where(
        peer.c.slow == bindparam("slow"),
        peer.c.due_at <= bindparam("now"),
        peer.c.lease_until <= bindparam("now"),
        ~peer.c.blocked,
    )
    .order_by(peer.c.due_at)
    .limit(bindparam("count"))
    .with_for_update(skip_locked=True)
)
_LEASE = update(peer).where(peer.c.id == bindparam("claimed")).values(lease_until=bindparam("until"))
# What is about the same object and goes to the same inbox waits for what was said earlier.
_UNHINDERED = ~exists(
    select(literal_column("1")).where(
        earlier.c.inbox == delivery.c.inbox,
        earlier.c.order_key == delivery.c.order_key,
        earlier.c.activity_id < delivery.c.activity_id,
        earlier.c.state == literal_column("0"),
    )
)
_DUE = (
    select(
        delivery.c.activity_id,
        delivery.c.inbox,
        delivery.c.peer_id,
        delivery.c.attempts,
        activity.c.actor_id,
        activity.c.body,
        case((and_(~activity.c.public, activity.c.type == literal_column("'Create'")), True), else_=False).label(
            "private"
        ),
    )
    .join(activity, activity.c.id == delivery.c.activity_id)
    .where(
        delivery.c.peer_id == bindparam("peer"),
        delivery.c.state == literal_column("0"),
        delivery.c.due_at <= bindparam("now"),
        _UNHINDERED,
    )
    .order_by(delivery.c.due_at, delivery.c.activity_id)
    .limit(bindparam("count"))
)
_RECORD = (
    update(delivery)
    .where(delivery.c.activity_id == bindparam("for_activity"), delivery.c.inbox == bindparam("for_inbox"))
    .values(
        state=bindparam("new_state"),
        attempts=delivery.c.attempts + 1,
        due_at=bindparam("due"),
        last_status=bindparam("status"),
        last_error=bindparam("why"),
        done_at=bindparam("done"),
    )
)
_LOCK = select(peer.c.id).where(peer.c.id == bindparam("peer")).with_for_update()
_NEXT_DUE = (
    select(delivery.c.due_at)
    .where(delivery.c.peer_id == bindparam("peer"), delivery.c.state == literal_column("0"), _UNHINDERED)
    .order_by(delivery.c.due_at)
    .limit(1)
)
_RELEASE = (
    update(peer)
    .where(peer.c.id == bindparam("of_peer"), peer.c.lease_until == bindparam("mine"))
    .values(due_at=bindparam("due"), lease_until=0)
)
_SUCCEEDED = (
    update(peer)
    .where(peer.c.id == bindparam("of_peer"))
    .values(failures=0, slow=False, open_until=0, failing_since=None, last_error=None, last_success_at=bindparam("now"))
)
_FAILED = (
    update(peer)
    # Only who holds the lane counts: several late workers would count one outage several times.
    .where(peer.c.id == bindparam("of_peer"), peer.c.lease_until == bindparam("mine"))
    .values(
        failures=bindparam("in_a_row"),
        slow=True,
        open_until=bindparam("opens"),
        failing_since=func.coalesce(peer.c.failing_since, bindparam("now")),
        last_error=bindparam("why"),
    )
)
_FREE_LEASES = update(peer).where(peer.c.lease_until > 0).values(lease_until=0)
_STILL_WAITING = select(func.count()).where(
    delivery.c.activity_id == bindparam("activity"), delivery.c.state == literal_column("0")
)
_mine, _update, _its = delivery.alias("mine"), activity.alias("update_"), delivery.alias("its")
_KNOWS_KEY = select(
    exists(
        select(literal_column("1"))
        .select_from(_mine)
        .join(_its, _its.c.peer_id == _mine.c.peer_id)
        .join(_update, _update.c.id == _its.c.activity_id)
        .where(
            _mine.c.activity_id == bindparam("activity"),
            _mine.c.inbox == bindparam("inbox"),
            _its.c.state == literal_column("1"),
            _update.c.actor_id == bindparam("actor"),
            _update.c.type == literal_column("'Update'"),
            _update.c.created_at
            >= select(actor_key.c.created_at).where(actor_key.c.uri == bindparam("key")).scalar_subquery(),
        )
    )
)


@dataclass(frozen=True, slots=True)
class Due:
    """One delivery to make: the activity's bytes to the inbox (at the host `peer_id`), signed by our actor. `attempts` were made
    before; `private` is the Create of a post that is not for everybody."""

    activity_id: int
    inbox: str
    peer_id: int
    attempts: int
    actor_id: int
    body: bytes
    private: bool


@dataclass(frozen=True, slots=True)
class HostWork:
    """A host claimed `until` then, with its first due deliveries. `failures` in a row before this."""

    peer_id: int
    host: str
    scheme: str
    failures: int
    until: int
    due: tuple[Due, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one delivery. `due_at` counts only while the state is WAITING."""

    due: Due
    state: int
    due_at: int
    status: int | None
    error: str | None


def claim(tx: Tx, now: int, until: int, slow: bool, hosts: int, each: int) -> list[HostWork]:
    """Up to `hosts` hosts of the fast or slow lane with up to `each` due deliveries, leased until then. Run with `db.claim`."""
    _open_lanes(tx, now)
    learnt_since = now - limits.SCHEME_SECONDS * 1000
    found = tx.execute(_HOSTS, {"slow": slow, "now": now, "learnt_since": learnt_since, "count": hosts}).all()
    if not found:
        return []
    tx.execute(_LEASE, [{"claimed": row.id, "until": until} for row in found])
    return [
        HostWork(
            row.id,
            row.host,
            row.scheme,
            row.failures,
            until,
            tuple(Due(*due) for due in tx.execute(_DUE, {"peer": row.id, "now": now, "count": each})),
        )
        for row in found
    ]


def _open_lanes(tx: Tx, now: int) -> None:
    """Tells the hosts of what was published since the last claim that they have work."""
    published = list(tx.execute(_SET_OUT, {"count": _SET_OUT_AT_ONCE}).scalars())
    if published:
        tx.execute(_OPEN_LANES, [{"activity": number, "now": now} for number in published])
        tx.execute(_LANES_OPEN, [{"activity": number} for number in published])


def record(tx: Tx, found: Sequence[tuple[Outcome, int]]) -> list[None]:
    """Stores outcomes, each with its moment, as soon as they are known: what is not stored is sent again after a crash.

    A batched unit of work.
    """
    tx.execute(_RECORD, [_parameters(outcome, now) for outcome, now in found])
    return [None] * len(found)


def release(tx: Tx, work: HostWork, outcomes: list[Outcome], failures: int, open_until: int, now: int) -> None:
    """Gives the lane back after a batch with these outcomes, due when its next delivery is; not when the lease ended and
    somebody else has it. Run with `db.claim`.

    `failures` in a row after this batch (0: the host answered), `open_until` the end of its circuit.
    """
    if failures:
        errors = [outcome.error for outcome in outcomes if outcome.error]
        why = errors[-1] if errors else None
        tx.execute(
            _FAILED,
            {
                "of_peer": work.peer_id,
                "mine": work.until,
                "in_a_row": failures,
                "opens": open_until,
                "now": now,
                "why": why,
            },
        )
    elif outcomes:
        tx.execute(_SUCCEEDED, {"of_peer": work.peer_id, "now": now})
    if tx.on_postgres:
        # Locked in a statement of its own: the next one then sees what `publish` committed meanwhile (READ COMMITTED).
        tx.execute(_LOCK, {"peer": work.peer_id})
    due = tx.execute(_NEXT_DUE, {"peer": work.peer_id}).scalar_one_or_none()
    next_due = NEVER if due is None else max(due, open_until)
    tx.execute(_RELEASE, {"of_peer": work.peer_id, "due": next_due, "mine": work.until})


def _parameters(outcome: Outcome, now: int) -> dict[str, Any]:
    return {
        "for_activity": outcome.due.activity_id,
        "for_inbox": outcome.due.inbox,
        "new_state": outcome.state,
        "due": outcome.due_at,
        "status": outcome.status,
        "why": outcome.error,
        "done": now if outcome.state in (DONE, DEAD) else None,
    }


def free_leases(tx: Tx) -> None:
    """At the start of the only process (SQLite): whoever held a lane is dead."""
    tx.execute(_FREE_LEASES)


def still_waiting(tx: Tx, activity_id: int) -> int:
    """How many deliveries of an activity are still to be made."""
    return int(tx.execute(_STILL_WAITING, {"activity": activity_id}).scalar_one())


def knows_key(tx: Tx, due: Due, key_id: str) -> bool:
    """Whether the host of a delivery took an Update of its actor since this key was made."""
    parameters = {"activity": due.activity_id, "inbox": due.inbox, "actor": due.actor_id, "key": key_id}
    return bool(tx.execute(_KNOWS_KEY, parameters).scalar_one())
