"""Notifications of one kind about one post within half a day, told as one. Units of work.

A group stands where its newest member stands, and nowhere else: what came earlier of it is left out of later pages.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import bindparam, func, literal_column, select

from coopfed import limits
from coopfed.clock import HOUR_MS
from coopfed.db.tx import Tx
from coopfed.features import notifications
from coopfed.features.notifications import COLUMNS, FAVOURITE, FOLLOW, REBLOG, TOLD, NotificationRow, Wish, notification
from coopfed.features.ranges import Range

GROUPED = (FAVOURITE, REBLOG, FOLLOW)
_HALF_DAY_MS = 12 * HOUR_MS
_AT_ONCE, _LOOKED_AT = 100, 1_000
_MEMBERS = 500
_KEY = re.compile(r"(favourite|reblog|follow)-(\d{1,19})-(\d{1,9})")
_ALONE = re.compile(r"ungrouped-(\d{1,10})")
_about = func.coalesce(notification.c.object_id, literal_column("0"))
_when = literal_column(f"notification.created_at / {_HALF_DAY_MS}", type_=notification.c.created_at.type)
_object = literal_column("COALESCE(notification.object_id, 0)", type_=notification.c.created_at.type)
_WHOLE = (
    select(notification.c.type, _object, _when, func.count(), func.max(notification.c.id))
    .where(*TOLD, notification.c.created_at >= bindparam("since"), notification.c.created_at < bindparam("until"))
    .group_by(notification.c.type, _object, _when)
)
_OF_GROUP = (
    select(*COLUMNS)
    .where(
        *TOLD,
        _about == bindparam("about"),
        notification.c.created_at >= bindparam("since"),
        notification.c.created_at < bindparam("until"),
    )
    .order_by(notification.c.id.desc())
    .limit(bindparam("count"))
)


@dataclass(frozen=True, slots=True)
class Group:
    """Notifications that are told as one: those on this page, the newest first; how many there are, and the newest of all."""

    key: str
    rows: tuple[NotificationRow, ...]
    count: int
    newest: int


def key(row: NotificationRow, grouped: tuple[str, ...] = GROUPED) -> str:
    """The group that a notification is in. Pure."""
    if row.type not in grouped:
        return f"ungrouped-{row.id}"
    return f"{row.type}-{row.object_id or 0}-{row.created_at // _HALF_DAY_MS}"


def page(
    tx: Tx, recipient_id: int, stretch: Range, wish: Wish, grouped: tuple[str, ...]
) -> tuple[list[Group], list[int]]:
    """At most `stretch.limit` groups, the newest first; and the newest and the oldest number that were looked at, for the links: there
    may be more behind a page on which nothing new stands."""
    found: dict[str, list[NotificationRow]] = {}
    for row in _rows(tx, recipient_id, stretch, wish):
        name = key(row, grouped)
        if name not in found and len(found) == stretch.limit:
            break
        found.setdefault(name, []).append(row)
    known = _whole(tx, recipient_id, [row for rows in found.values() for row in rows], grouped, held=wish.held)
    groups = [_group(name, rows, known) for name, rows in found.items()]
    groups.sort(key=lambda group: group.newest, reverse=True)
    below = stretch.max_id
    ids = [row.id for rows in found.values() for row in rows]
    return [group for group in groups if below is None or group.newest < below], [max(ids), min(ids)] if ids else []


def of_key(tx: Tx, recipient_id: int, name: str, types: tuple[str, ...]) -> Group | None:
    """The group with this key, of one of these types; None when there is none."""
    rows = _members(tx, recipient_id, name, Wish(types))
    return Group(name, tuple(rows), len(rows), rows[0].id) if rows else None


def _members(tx: Tx, recipient_id: int, name: str, wish: Wish) -> list[NotificationRow]:
    alone, many = _ALONE.fullmatch(name), _KEY.fullmatch(name)
    if alone is not None:
        number = int(alone[1])
        return notifications.recent(tx, recipient_id, 1, number + 1, number - 1, wish)
    if many is None or int(many[2]) > limits.NUMBER_MAX:
        return []
    begins = int(many[3]) * _HALF_DAY_MS
    when = {"since": begins, "until": begins + _HALF_DAY_MS}
    named = {"recipient": recipient_id, "types": [many[1]], "about": int(many[2]), "count": _MEMBERS, "held": False}
    return [NotificationRow(*row) for row in tx.execute(_OF_GROUP, {**named, **when})]


def _rows(tx: Tx, recipient_id: int, stretch: Range, wish: Wish) -> Iterator[NotificationRow]:
    """The notifications of a stretch in the order in which it is filled, at most so many as are looked at for a page."""
    below, above = stretch.max_id, stretch.above
    for _ in range(_LOOKED_AT // _AT_ONCE):
        rows = notifications.recent(tx, recipient_id, _AT_ONCE, below, above, wish)
        yield from rows[::-1] if wish.upwards else rows
        if len(rows) < _AT_ONCE:
            return
        below, above = (below, rows[0].id) if wish.upwards else (rows[-1].id, above)


Whole = dict[tuple[str, int, int], tuple[int, int]]
"""Of each group (type, post, half day) how many there are, and the number of the newest."""


def _whole(tx: Tx, recipient_id: int, rows: list[NotificationRow], grouped: tuple[str, ...], *, held: bool) -> Whole:
    when = [row.created_at // _HALF_DAY_MS for row in rows if row.type in grouped]
    if not when:
        return {}
    bounds = {"since": min(when) * _HALF_DAY_MS, "until": (max(when) + 1) * _HALF_DAY_MS}
    found = tx.execute(_WHOLE, {"recipient": recipient_id, "types": list(grouped), "held": held, **bounds})
    return {(type, about, half): (count, newest) for type, about, half, count, newest in found}


def _group(name: str, rows: list[NotificationRow], known: Whole) -> Group:
    rows = sorted(rows, key=lambda row: row.id, reverse=True)
    first = rows[0]
    about = (first.type, first.object_id or 0, first.created_at // _HALF_DAY_MS)
    count, newest = (1, first.id) if name.startswith("ungrouped-") else known.get(about, (len(rows), first.id))
    return Group(name, tuple(rows), count, newest)
