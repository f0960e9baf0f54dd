"""What our actors said, how far each delivery is, and once more, for the operator. Units of work."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, bindparam, case, exists, literal_column, or_, select, update

from actors.lookup import actor
from coopfed.db.models.traffic import DEAD, DONE, WAITING
from coopfed.db.tx import Tx
from outbox.queue import activity, delivery, peer

STATES = {WAITING: "waiting", DONE: "done", DEAD: "given up"}
"""Of deliveries, as people read them."""
UNDONE = (WAITING, DEAD)


@dataclass(frozen=True, slots=True)
class Said:
    """An activity of ours: its bytes, and whether everybody may read them."""

    id: int
    uri: str
    type: str
    actor: str
    object_uri: str | None
    body: bytes
    public: bool
    created_at: int


_SAID = (
    select(
        activity.c.id,
        activity.c.uri,
        activity.c.type,
        actor.c.uri.label("actor"),
        activity.c.object_uri,
        activity.c.body,
        activity.c.public,
        activity.c.created_at,
    )
    .join(actor, actor.c.id == activity.c.actor_id)
    .where(activity.c.id == bindparam("number"))
)
_DELIVERIES = (
    select(
        delivery.c.inbox,
        peer.c.host,
        delivery.c.state,
        delivery.c.attempts,
        delivery.c.last_status,
        delivery.c.last_error,
        delivery.c.due_at,
        delivery.c.done_at,
        peer.c.blocked,
        peer.c.open_until,
    )
    .join(peer, peer.c.id == delivery.c.peer_id)
    .where(delivery.c.activity_id == bindparam("number"))
    .order_by(delivery.c.state, delivery.c.inbox)
)
_one: ColumnElement[int] = literal_column("1")
_chosen = (
    or_(bindparam("any_activity"), delivery.c.activity_id == bindparam("which")),
    or_(
        bindparam("any_host"),
        delivery.c.peer_id == select(peer.c.id).where(peer.c.host == bindparam("of_host")).scalar_subquery(),
    ),
    delivery.c.state.in_(bindparam("states", expanding=True)),
)
_LISTED = (
    select(
        delivery.c.activity_id,
        activity.c.type,
        activity.c.object_uri,
        delivery.c.inbox,
        peer.c.host,
        delivery.c.state,
        delivery.c.attempts,
        delivery.c.due_at,
        delivery.c.last_status,
        delivery.c.last_error,
    )
    .join(activity, activity.c.id == delivery.c.activity_id)
    .join(peer, peer.c.id == delivery.c.peer_id)
    .where(*_chosen)
    .order_by(delivery.c.activity_id.desc(), delivery.c.inbox)
    .limit(bindparam("count"))
)
_RETRY = (
    update(delivery)
    .where(*_chosen, delivery.c.peer_id.in_(select(peer.c.id).where(~peer.c.blocked)))
    .values(
        state=WAITING,
        # What was given up gets all its tries again; what waits only goes sooner.
        attempts=case((delivery.c.state == DEAD, literal_column("0")), else_=delivery.c.attempts),
        due_at=bindparam("now"),
        done_at=None,
    )
)
_OPEN_LANES = (
    update(peer)
    .where(
        peer.c.due_at > bindparam("now"),
        ~peer.c.blocked,
        exists(
            select(_one).where(
                delivery.c.peer_id == peer.c.id,
                delivery.c.state == literal_column("0"),
                delivery.c.due_at == bindparam("now"),
            )
        ),
    )
    .values(due_at=bindparam("now"), open_until=0)
)


@dataclass(frozen=True, slots=True)
class Which:
    """Deliveries of one activity (its number) or of all, to one host or to all, in these states."""

    activity: int | None = None
    host: str | None = None
    states: tuple[int, ...] = UNDONE

    def parameters(self) -> dict[str, Any]:
        """For the statements here."""
        return {
            "any_activity": self.activity is None,
            "which": self.activity or 0,
            "any_host": self.host is None,
            "of_host": self.host or "",
            "states": list(self.states),
        }


def said(tx: Tx, number: int) -> Said | None:
    """Our activity with this number."""
    row = tx.execute(_SAID, {"number": number}).one_or_none()
    return None if row is None else Said(*row)


def deliveries_of(tx: Tx, number: int) -> list[dict[str, Any]]:
    """Every delivery of an activity, those that wait first. A long read."""
    found = tx.execute(_DELIVERIES, {"number": number}).mappings()
    return [{**row, "state": STATES[row["state"]]} for row in found]


def listed(tx: Tx, which: Which, count: int) -> list[dict[str, Any]]:
    """At most `count` deliveries, those of the newest activities first. A long read."""
    found = tx.execute(_LISTED, {**which.parameters(), "count": count}).mappings()
    return [{**row, "state": STATES[row["state"]]} for row in found]


def retry(tx: Tx, which: Which, now: int) -> int:
    """Sends again now what waits or was given up, but not to hosts that are blocked here. How many. Wake `Topic.DELIVERIES`."""
    undone = Which(which.activity, which.host)
    again = tx.execute(_RETRY, {**undone.parameters(), "now": now}).rowcount
    tx.execute(_OPEN_LANES, {"now": now})
    return again
