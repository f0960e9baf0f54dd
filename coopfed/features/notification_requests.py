"""Notifications that are held back, by whom they are of: one request for each such actor, until it is accepted or dismissed.

A request has no row of its own: it is its notifications, and has the number of the actor. Units of work.
"""

from dataclasses import dataclass

from sqlalchemy import bindparam, delete, func, select, update

from coopfed import limits
from coopfed.db.tx import Tx
from coopfed.features import notification_policy
from coopfed.features.notifications import SHOWN, TYPES, notification
from coopfed.features.ranges import Range
from coopfed.features.streams import store as streams

_of_these = (
    notification.c.recipient_id == bindparam("who"),
    notification.c.filtered,
    notification.c.from_id.in_(bindparam("people", expanding=True)),
)
_newest = func.max(notification.c.id)
_COLUMNS = (
    notification.c.from_id,
    func.count().label("notifications"),
    func.min(notification.c.created_at).label("created_at"),
    func.max(notification.c.created_at).label("updated_at"),
    func.max(notification.c.object_id).label("post"),
    _newest.label("newest"),
)
_GROUPED = select(*_COLUMNS).where(*SHOWN, notification.c.filtered).group_by(notification.c.from_id)
_LISTED = _GROUPED.having(_newest < bindparam("below"), _newest > bindparam("above")).limit(bindparam("count"))
_NEWEST, _OLDEST = _LISTED.order_by(_newest.desc()), _LISTED.order_by(_newest)
_ONE = _GROUPED.where(notification.c.from_id == bindparam("from"))
_COUNT = select(func.count(), func.count(func.distinct(notification.c.from_id))).where(*SHOWN, notification.c.filtered)
_RELEASE = update(notification).where(*_of_these).values(filtered=False)
_DROP = delete(notification).where(*_of_these)


@dataclass(frozen=True, slots=True)
class RequestRow:
    """What is held back of one actor: how many notifications, from when to when (milliseconds), the newest post among them, and the
    number of the newest, by which lists are in order."""

    from_id: int
    count: int
    created_at: int
    updated_at: int
    object_id: int | None
    newest: int


def listed(tx: Tx, actor_id: int, stretch: Range) -> list[RequestRow]:
    """The requests to an actor, whoever did something last first."""
    edges = {
        "below": min(stretch.max_id or limits.SERIAL_MAX, limits.SERIAL_MAX),
        "above": min(stretch.above, limits.SERIAL_MAX),
        "count": stretch.limit,
    }
    upwards = stretch.min_id is not None
    found = [RequestRow(*row) for row in tx.execute(_OLDEST if upwards else _NEWEST, {**_whose(actor_id), **edges})]
    return found[::-1] if upwards else found


def find(tx: Tx, actor_id: int, from_id: int) -> RequestRow | None:
    """What is held back of one actor; None when that is nothing."""
    row = tx.execute(_ONE, {**_whose(actor_id), "from": from_id}).one_or_none()
    return None if row is None else RequestRow(*row)


def counts(tx: Tx, actor_id: int) -> tuple[int, int]:
    """How many notifications are held back, and of how many actors."""
    row = tx.execute(_COUNT, _whose(actor_id)).one()
    return int(row[0]), int(row[1])


def accept(tx: Tx, actor_id: int, from_ids: list[int], now: int) -> int:
    """What is held back of these is told, where it would have stood; what they do from now on too. How many notifications that are."""
    if not from_ids:
        return 0
    released = int(tx.execute(_RELEASE, {"who": actor_id, "people": from_ids}).rowcount)
    if released:
        streams.merged(tx, actor_id)
        notification_policy.permit(tx, actor_id, from_ids[: limits.REQUESTS_AT_ONCE], now)
    return released


def dismiss(tx: Tx, actor_id: int, from_ids: list[int]) -> int:
    """What is held back of these is never told. How many notifications that were."""
    return int(tx.execute(_DROP, {"who": actor_id, "people": from_ids}).rowcount) if from_ids else 0


def _whose(actor_id: int) -> dict[str, object]:
    return {"recipient": actor_id, "types": list(TYPES)}
