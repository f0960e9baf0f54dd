"""When the machine's clock was set back: what was due under the former clock is due now, or it would wait for as long as the step.

Times of day stand in rows, since queues outlive processes; a step forward needs nothing, it only makes more of them due. Done by
every process that notices, and harmless when done twice. Units of work.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, bindparam, literal_column, update

from coopfed.db.models import Delivery, InboxItem, InboxLane, Job, Peer
from coopfed.db.tx import Tx, table

inbox_item, inbox_lane, delivery = table(InboxItem), table(InboxLane), table(Delivery)
peer, job = table(Peer), table(Job)
_waits: ColumnElement[int] = literal_column("0")


def _due(queue: Table, *more: ColumnElement[bool], moment: str = "due_at") -> Any:
    was_due = and_(queue.c[moment] > bindparam("now"), queue.c[moment] <= bindparam("former"), *more)
    return update(queue).where(was_due).values({moment: bindparam("moment")})


def _leased(queue: Table, until: Any = 0) -> Any:
    return update(queue).where(queue.c.lease_until > bindparam("longest")).values(lease_until=until)


_DUE_NOW = (
    _due(inbox_item, inbox_item.c.state == _waits),
    _due(inbox_lane),
    _due(delivery, delivery.c.state == _waits),
    _due(peer),
    _due(job),
    _due(job, moment="again_at"),
)
# Whoever has a job in hand renews its lease; nobody else is to begin it meanwhile.
_NO_LEASE = (_leased(inbox_lane), _leased(peer), _leased(job, bindparam("latest")))


@dataclass(slots=True)
class StepWatch:
    """Compares the clock that people set with the one that only goes on. Asked now and then with both, in milliseconds."""

    wall: int
    steady: int
    tolerance: int = 30_000

    def set_back(self, wall: int, steady: int) -> int | None:
        """What the wall clock would show if it had not been set back since it was last asked; None when it was not."""
        former = self.wall + (steady - self.steady)
        self.wall, self.steady = wall, steady
        return former if wall < former - self.tolerance else None


def follow_clock(tx: Tx, now: int, former: int, longest: int) -> None:
    """The clock shows `now` where it showed `former`: what was due by then is due now, and no lease ends after `longest`, the
    latest end of one that is taken now."""
    for statement in _DUE_NOW:
        tx.execute(statement, {"now": now, "former": former, "moment": now})
    for statement in _NO_LEASE:
        tx.execute(statement, {"longest": longest, "latest": longest})
