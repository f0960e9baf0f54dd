"""How far somebody has read home and notifications, so that every app begins where another stopped. Units of work."""

from dataclasses import dataclass

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert

from coopfed.db.models import Marker
from coopfed.db.tx import Tx, table

TIMELINES = ("home", "notifications")

marker = table(Marker)
_whose = (marker.c.account_id == bindparam("account"), marker.c.actor_id == bindparam("actor"))
_FIND = select(marker.c.timeline, marker.c.last_read_id, marker.c.version, marker.c.updated_at).where(
    *_whose, marker.c.timeline.in_(bindparam("names", expanding=True))
)
_FIRST = insert(marker).on_conflict_do_nothing()
_MOVE = (
    update(marker)
    .where(*_whose, marker.c.timeline == bindparam("name"), marker.c.version == bindparam("seen"))
    .values(last_read_id=bindparam("read"), version=marker.c.version + 1, updated_at=bindparam("now"))
)


@dataclass(frozen=True, slots=True)
class MarkerRow:
    """The last entry that was read; `version` grows with each change. `updated_at` in milliseconds."""

    timeline: str
    last_read_id: int
    version: int
    updated_at: int


def find(tx: Tx, account_id: int, actor_id: int, timelines: list[str]) -> list[MarkerRow]:
    """The markers of these timelines, of those that have one."""
    names = [name for name in timelines if name in TIMELINES]
    found = tx.execute(_FIND, {"account": account_id, "actor": actor_id, "names": names}) if names else ()
    return [MarkerRow(*row) for row in found]


def move(tx: Tx, account_id: int, actor_id: int, timeline: str, last_read_id: int, now: int) -> MarkerRow | None:
    """The marker stands at this entry now; None when another app moved it at the same moment."""
    before = next(iter(find(tx, account_id, actor_id, [timeline])), None)
    if before is None:
        row = MarkerRow(timeline, last_read_id, 1, now)
        values = {"account_id": account_id, "actor_id": actor_id, "timeline": timeline}
        added = tx.execute(_FIRST, {**values, "last_read_id": last_read_id, "version": 1, "updated_at": now}).rowcount
        return row if added == 1 else None
    whose = {"account": account_id, "actor": actor_id, "name": timeline, "seen": before.version}
    if tx.execute(_MOVE, {**whose, "read": last_read_id, "now": now}).rowcount != 1:
        return None
    return MarkerRow(timeline, last_read_id, before.version + 1, now)
