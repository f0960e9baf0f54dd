"""Background work as rows: enqueued in the transaction that causes it, claimed with a lease, done at least once.

A job is unique by (kind, key): whoever enqueues twice has one job. A failed one comes again later, up to `TRIES` times.
"""

from dataclasses import dataclass

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from coopfed.db.models import Job
from coopfed.db.signals import Topic
from coopfed.db.tx import Tx, table

TRIES = 8

job = table(Job)
_ENQUEUE = (
    insert(job)
    .values(
        id=bindparam("id"),
        kind=bindparam("kind"),
        key=bindparam("key"),
        due_at=bindparam("due_at"),
    )
    .on_conflict_do_nothing(index_elements=["kind", "key"])
)
_DUE = (
    select(job.c.id)
    .where(job.c.due_at <= bindparam("now"), job.c.lease_until <= bindparam("now"))
    .order_by(job.c.due_at)
    .limit(bindparam("count"))
    .with_for_update(skip_locked=True)
    .scalar_subquery()
)
_CLAIM = (
    update(job)
    .where(job.c.id.in_(_DUE))
    .values(lease_until=bindparam("until"), attempts=job.c.attempts + 1)
    .returning(job.c.id, job.c.kind, job.c.key, job.c.attempts)
)
_FINISH = delete(job).where(job.c.id == bindparam("job"))
_AGAIN = (
    update(job)
    .where(job.c.id == bindparam("job"))
    .values(due_at=bindparam("due"), lease_until=0, error=bindparam("why"))
)
_WAIT = (
    update(job)
    .where(job.c.id == bindparam("job"))
    .values(due_at=bindparam("due"), lease_until=0, error=bindparam("why"), attempts=job.c.attempts - 1)
)
_PROGRESS = (
    update(job)
    .where(job.c.id == bindparam("job"))
    .values(done=bindparam("so_far"), total=bindparam("of"), lease_until=bindparam("until"))
)
_FREE_LEASES = update(job).where(job.c.lease_until > 0).values(lease_until=0)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job in hand. `attempts` counts this one."""

    id: int
    kind: str
    key: str
    attempts: int


def enqueue(tx: Tx, id: int, kind: str, key: str, due_at: int) -> None:
    """Adds the job, unless one of this kind and key waits already."""
    tx.wake(Topic.JOBS)
    tx.execute(_ENQUEUE, {"id": id, "kind": kind, "key": key, "due_at": due_at})


def claim(tx: Tx, now: int, until: int, count: int) -> list[Claimed]:
    """Up to `count` due jobs, leased until then. Run with `db.claim`."""
    found = tx.execute(_CLAIM, {"now": now, "until": until, "count": count}).all()
    return [Claimed(row.id, row.kind, row.key, row.attempts) for row in found]


def finish(tx: Tx, id: int) -> None:
    """The job is done and its row goes."""
    tx.execute(_FINISH, {"job": id})


def postpone(tx: Tx, id: int, due_at: int, why: str) -> None:
    """The job comes again at `due_at`; `why` is kept for the operator."""
    tx.execute(_AGAIN, {"job": id, "due": due_at, "why": why[:500]})


def wait(tx: Tx, id: int, due_at: int, why: str) -> None:
    """As `postpone`, for a job that waits for something: this was no try."""
    tx.execute(_WAIT, {"job": id, "due": due_at, "why": why[:500]})


def progress(tx: Tx, id: int, done: int, total: int | None, until: int) -> None:
    """Notes how far a long job is, and renews its lease."""
    tx.execute(_PROGRESS, {"job": id, "so_far": done, "of": total, "until": until})


def free_leases(tx: Tx) -> None:
    """At the start of the only process (SQLite): whoever held a job is dead."""
    tx.execute(_FREE_LEASES)
