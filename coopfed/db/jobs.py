"""Background work as rows: enqueued in the transaction that causes it, claimed with a lease, done at least once.

A job is unique by (kind, key): whoever enqueues twice has one job. One that is at work already may have read what has changed since:
what is asked for meanwhile is remembered on its row (`again_at`), and leads to one more run. A failed job comes again later, up to
`TRIES` times. Whoever has a job in hand renews its lease; `fence` counts the claims, and only the last one says what became of it.
"""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, bindparam, case, delete, null, select, update
from sqlalchemy.dialects.postgresql import insert

from coopfed.db.models import Job
from coopfed.db.signals import Topic
from coopfed.db.tx import Tx, table

TRIES = 8

job = table(Job)
_ADD = insert(job).values(
    id=bindparam("id"),
    kind=bindparam("kind"),
    key=bindparam("key"),
    due_at=bindparam("due_at"),
)
_ENQUEUE = _ADD.on_conflict_do_update(
    index_elements=["kind", "key"],
    set_={"again_at": case((job.c.again_at <= _ADD.excluded.due_at, job.c.again_at), else_=_ADD.excluded.due_at)},
    # PostgreSQL locks the row whether it is changed or not: a claim passes it over until this transaction is through.
    where=job.c.lease_until > 0,
)
_ENSURE = _ADD.on_conflict_do_nothing(index_elements=["kind", "key"])


def _asked_for_after(moment: str) -> ColumnElement[int]:
    """What is still asked for when the job runs, or is to run, at that moment."""
    return case((job.c.again_at > bindparam(moment), job.c.again_at), else_=null())


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
    .values(
        lease_until=bindparam("until"),
        attempts=job.c.attempts + 1,
        fence=job.c.fence + 1,
        again_at=_asked_for_after("now"),
    )
    .returning(job.c.id, job.c.kind, job.c.key, job.c.attempts, job.c.fence)
)
_in_hand = (job.c.id == bindparam("job"), job.c.fence == bindparam("claim"))
_FINISH = delete(job).where(*_in_hand, job.c.again_at.is_(None))
_RUN_AGAIN = (
    update(job)
    .where(*_in_hand)
    .values(due_at=job.c.again_at, again_at=None, lease_until=0, attempts=0, done=0, total=None, error=None)
)
_LATER = {
    "due_at": bindparam("due"),
    "again_at": _asked_for_after("due"),
    "lease_until": 0,
    "error": bindparam("why"),
}
_POSTPONE = update(job).where(*_in_hand).values(_LATER)
_WAIT = update(job).where(*_in_hand).values({**_LATER, "attempts": job.c.attempts - 1})
_RENEW = update(job).where(*_in_hand).values(lease_until=bindparam("until"))
_PROGRESS = (
    update(job).where(*_in_hand).values(done=bindparam("so_far"), total=bindparam("of"), lease_until=bindparam("until"))
)
_FREE_LEASES = update(job).where(job.c.lease_until > 0).values(lease_until=0)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job in hand. `attempts` counts this one; `fence` tells this claim from later ones."""

    id: int
    kind: str
    key: str
    attempts: int
    fence: int


def enqueue(tx: Tx, id: int, kind: str, key: str, due_at: int) -> None:
    """Adds the job, unless one of this kind and key waits already. One that is at work runs once more afterwards."""
    tx.wake(Topic.JOBS)
    tx.execute(_ENQUEUE, {"id": id, "kind": kind, "key": key, "due_at": due_at})


def ensure(tx: Tx, id: int, kind: str, key: str, due_at: int) -> None:
    """As `enqueue`, for work of which a run under way will do."""
    tx.wake(Topic.JOBS)
    tx.execute(_ENSURE, {"id": id, "kind": kind, "key": key, "due_at": due_at})


def claim(tx: Tx, now: int, until: int, count: int) -> list[Claimed]:
    """Up to `count` due jobs, leased until then. Run with `db.claim`."""
    found = tx.execute(_CLAIM, {"now": now, "until": until, "count": count}).all()
    return [Claimed(row.id, row.kind, row.key, row.attempts, row.fence) for row in found]


def renew(tx: Tx, claimed: list[Claimed], until: int) -> set[Claimed]:
    """Those of the jobs that are still in the caller's hand; they are leased until then."""
    return {one for one in claimed if tx.execute(_RENEW, {**_held(one), "until": until}).rowcount == 1}


def finish(tx: Tx, claimed: Claimed) -> None:
    """The job is done and its row goes, unless it was asked for again meanwhile."""
    if tx.execute(_FINISH, _held(claimed)).rowcount == 0 and tx.execute(_RUN_AGAIN, _held(claimed)).rowcount:
        tx.wake(Topic.JOBS)


def postpone(tx: Tx, claimed: Claimed, due_at: int, why: str) -> None:
    """The job comes again at `due_at`; `why` is kept for the operator."""
    tx.execute(_POSTPONE, {**_held(claimed), "due": due_at, "why": why[:500]})


def wait(tx: Tx, claimed: Claimed, due_at: int, why: str) -> None:
    """As `postpone`, for a job that waits for something: this was no try."""
    tx.execute(_WAIT, {**_held(claimed), "due": due_at, "why": why[:500]})


def progress(tx: Tx, claimed: Claimed, done: int, total: int | None, until: int) -> None:
    """Notes how far a long job is, and renews its lease."""
    tx.execute(_PROGRESS, {**_held(claimed), "so_far": done, "of": total, "until": until})


def free_leases(tx: Tx) -> None:
    """At the start of the only process (SQLite): whoever held a job is dead."""
    tx.execute(_FREE_LEASES)


def _held(claimed: Claimed) -> dict[str, int]:
    return {"job": claimed.id, "claim": claimed.fence}
