"""How much waits, for how long, and how much there is: for /metrics and `coopfed doctor`. Units of work for `read_long`.

A queue has two ages, since they say different things: its *oldest* item may wait for a peer that is down for days; *late* is for how
long work has been due without anybody taking it, which is near 0 wherever workers live and keep up.
"""

from dataclasses import dataclass

from sqlalchemy import BindParameter, ColumnElement, bindparam, case, func, literal_column, select, text

from coopfed.db.jobs import job
from coopfed.db.models import InboxItem, InboxLane, Outgoing
from coopfed.db.tx import Tx, table
from coopfed.ids import milliseconds_of
from coopfed.net.hosts import EVERYBODY
from coopfed.net.peers import delivery, peer

inbox_item, inbox_lane, outgoing = table(InboxItem), table(InboxLane), table(Outgoing)

_zero: ColumnElement[int] = literal_column("0")
_now: BindParameter[int] = bindparam("now")
_ARRIVALS = select(func.count(), func.min(inbox_item.c.received_at)).where(inbox_item.c.state == _zero)
_ARRIVALS_DUE = select(func.min(inbox_lane.c.due_at)).where(inbox_lane.c.lease_until <= _now)
_DELIVERIES = select(func.count(), func.min(delivery.c.activity_id)).where(delivery.c.state == _zero)
_DELIVERIES_DUE = select(func.min(peer.c.due_at)).where(peer.c.lease_until <= _now, ~peer.c.blocked)
_NOT_SET_OUT = select(func.min(outgoing.c.activity_id))
_JOBS = select(func.count(), func.min(job.c.due_at)).where(job.c.due_at <= _now)
_JOBS_DUE = select(func.min(job.c.due_at)).where(job.c.lease_until <= _now)
_STATES = select(delivery.c.state, func.count()).group_by(delivery.c.state)
_CIRCUIT = case(
    (peer.c.blocked, literal_column("'blocked'")),
    (peer.c.open_until > _now, literal_column("'open'")),
    (peer.c.slow, literal_column("'slow'")),
    else_=literal_column("'closed'"),
)
_PEERS = select(_CIRCUIT.label("circuit"), func.count()).where(peer.c.host != EVERYBODY).group_by(literal_column("1"))
_BYTES = {
    "sqlite": text("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"),
    "postgresql": text("SELECT pg_database_size(current_database())"),
}
_NEWEST_HEARD = (
    select(peer.c.host)
    .where(peer.c.last_success_at.is_not(None), ~peer.c.blocked, ~peer.c.slow)
    .order_by(peer.c.last_success_at.desc())
    .limit(bindparam("count"))
)

STATES = {0: "waiting", 1: "done", 2: "given_up"}
"""Of deliveries."""
CIRCUITS = ("closed", "slow", "open", "blocked")
"""Of peers: answering; failing lately; left alone for a while; blocked here."""


@dataclass(frozen=True, slots=True)
class Queue:
    """`waiting` items, the oldest for `oldest` and due without being taken for `late` milliseconds."""

    name: str
    waiting: int
    oldest: int
    late: int


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything at one moment: queues, deliveries by state, peers by circuit, bytes of the database."""

    queues: tuple[Queue, ...]
    deliveries: dict[str, int]
    peers: dict[str, int]
    database_bytes: int


def figures(tx: Tx, now: int) -> Figures:
    """The figures at this moment."""
    states = {row[0]: row[1] for row in tx.execute(_STATES)}
    circuits = {row[0]: row[1] for row in tx.execute(_PEERS, {"now": now})}
    return Figures(
        queues=queues(tx, now),
        deliveries={name: states.get(state, 0) for state, name in STATES.items()},
        peers={circuit: circuits.get(circuit, 0) for circuit in CIRCUITS},
        database_bytes=database_bytes(tx),
    )


def queues(tx: Tx, now: int) -> tuple[Queue, ...]:
    """Arrivals, deliveries and jobs that wait. Jobs of the future do not count."""
    moment = {"now": now}

    def since(then: int | None) -> int:
        return max(0, now - then) if then is not None else 0

    arrivals, oldest_arrival = tx.execute(_ARRIVALS).one()
    waiting, oldest = tx.execute(_DELIVERIES).one()
    published = tx.execute(_NOT_SET_OUT).scalar_one()
    jobs, oldest_job = tx.execute(_JOBS, moment).one()
    # Deliveries whose hosts were not told yet count from their publication: without a worker nobody tells them.
    not_set_out = since(milliseconds_of(published)) if published is not None else 0
    return (
        Queue("arrivals", arrivals, since(oldest_arrival), since(tx.execute(_ARRIVALS_DUE, moment).scalar_one())),
        Queue(
            "deliveries",
            waiting,
            since(milliseconds_of(oldest)) if oldest is not None else 0,
            max(not_set_out, since(tx.execute(_DELIVERIES_DUE, moment).scalar_one())),
        ),
        Queue("jobs", jobs, since(oldest_job), since(tx.execute(_JOBS_DUE, moment).scalar_one())),
    )


def database_bytes(tx: Tx) -> int:
    """The size of the database, its indexes included; on SQLite without the journal beside it."""
    return int(tx.execute(_BYTES["postgresql" if tx.on_postgres else "sqlite"]).scalar_one())


def hosts_that_answered(tx: Tx, count: int) -> list[str]:
    """The peers that took a delivery last."""
    return list(tx.execute(_NEWEST_HEARD, {"count": count}).scalars())
