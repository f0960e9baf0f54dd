"""Jobs are rows: enqueued with what causes them, claimed by one, done at least once."""

import asyncio
import itertools

from sqlalchemy import text

from coopfed.db import jobs
from coopfed.db.engine import Database
from coopfed.db.jobs import Claimed
from coopfed.db.open import open_database
from coopfed.db.signals import Topic
from coopfed.db.tx import Tx
from tests.coopfed.db import tallies
from tests.support.nodes import NOW, a_config

LEASE = 60_000
_numbers = itertools.count(1)


def enqueue(tx: Tx, key: str, due_at: int = NOW) -> None:
    """A job of the tests, unique by its key."""
    jobs.enqueue(tx, next(_numbers), "test", key, due_at)


def enqueue_many(tx: Tx, count: int) -> None:
    """So many jobs."""
    for index in range(count):
        enqueue(tx, f"{index:04}")


def row_of(tx: Tx, key: str) -> tuple[int, int | None, int, str | None]:
    """(done, total, lease_until, error)"""
    found = tx.execute(text("SELECT done, total, lease_until, error FROM job WHERE key = :key"), {"key": key})
    done, total, lease_until, error = found.one()
    return done, total, lease_until, error


def waits(tx: Tx, key: str) -> bool:
    """Whether there is such a job."""
    return tx.execute(text("SELECT 1 FROM job WHERE key = :key"), {"key": key}).first() is not None


async def claimed(db: Database, now: int = NOW, count: int = 8) -> list[Claimed]:
    """What is due then, in hand."""
    return await db.claim(jobs.claim, now, now + LEASE, count)


async def test_who_enqueues_twice_has_one_job(db: Database) -> None:
    """Module docstring: unique by (kind, key)."""
    await db.write(enqueue, "same")
    await db.write(enqueue, "same")

    [job] = await claimed(db)

    assert (job.kind, job.key, job.attempts) == ("test", "same", 1)


async def test_a_job_goes_with_the_transaction_that_caused_it(db: Database) -> None:
    """Design 3.7: queues are tables, written in the same transaction as what caused them."""

    def fails(tx: Tx) -> None:
        enqueue(tx, "never")
        raise KeyError

    woken = db.signals.listen(Topic.JOBS)
    await asyncio.gather(db.write(fails), return_exceptions=True)
    assert await claimed(db) == []

    await db.write(enqueue, "kept")

    async with asyncio.timeout(5):
        await woken.wait(60)
    assert [job.key for job in await claimed(db)] == ["kept"]


async def test_a_job_is_not_done_before_it_is_due(db: Database) -> None:
    """Retries and periodic work wait for their moment."""
    await db.write(enqueue, "later", NOW + 1000)

    assert await claimed(db, NOW + 999) == []
    assert len(await claimed(db, NOW + 1000)) == 1


async def test_two_processes_never_have_the_same_job_in_hand(db: Database, database_url: str) -> None:
    """Design 9: claims with SKIP LOCKED; on SQLite one writer at a time."""
    other = open_database(a_config(database_url))
    await db.write(enqueue_many, 200)

    async def all_of(database: Database) -> list[str]:
        mine: list[str] = []
        while found := await claimed(database, count=7):
            mine += [job.key for job in found]
            for job in found:
                await database.write(jobs.finish, job)
        return mine

    shares = await asyncio.gather(*(all_of(database) for database in (db, other, db, other)))
    await other.close()

    assert sorted(itertools.chain.from_iterable(shares)) == [f"{index:04}" for index in range(200)]


async def test_a_job_of_a_dead_process_comes_again_when_its_lease_ends(db: Database) -> None:
    """Security 2.2, *Lease, not pop*."""
    await db.write(enqueue, "orphan")
    await claimed(db)

    assert await claimed(db, NOW + LEASE - 1) == []
    [again] = await claimed(db, NOW + LEASE)

    assert again.attempts == 2


async def test_leases_can_be_freed_at_the_start_of_the_only_process(db: Database) -> None:
    """Design 7: leases are freed at boot on SQLite."""
    await db.write(enqueue, "orphan")
    await claimed(db)

    await db.write(jobs.free_leases)

    assert [job.attempts for job in await claimed(db)] == [2]


async def test_a_postponed_job_comes_again_and_keeps_why(db: Database) -> None:
    """Module docstring: a failed one comes again later; `why` is for the operator."""
    await db.write(enqueue, "failing")
    [job] = await claimed(db)

    await db.write(jobs.postpone, job, NOW + 5000, "no answer " * 100)

    assert await claimed(db, NOW + 4999) == []
    assert (await db.read(row_of, "failing"))[3] == ("no answer " * 50)
    assert [again.attempts for again in await claimed(db, NOW + 5000)] == [2]


async def test_progress_is_kept_and_renews_the_lease(db: Database) -> None:
    """Imports and purges take longer than a lease."""
    await db.write(enqueue, "long")
    [job] = await claimed(db)

    await db.write(jobs.progress, job, 40, 100, NOW + 3 * LEASE)

    assert await db.read(row_of, "long") == (40, 100, NOW + 3 * LEASE, None)
    assert await claimed(db, NOW + 2 * LEASE) == []


async def test_a_finished_job_can_be_enqueued_again(db: Database) -> None:
    """The same work may be wanted again, later."""
    await db.write(enqueue, "again")
    [job] = await claimed(db)
    await db.write(jobs.finish, job)

    await db.write(enqueue, "again")

    assert [found.attempts for found in await claimed(db)] == [1]


async def test_what_is_asked_for_while_the_job_runs_is_done_afterwards(db: Database) -> None:
    """Module docstring: a job that is at work may have read its rows already, so a newer request leads to one more run."""
    await db.write(enqueue, "asked")
    [job] = await claimed(db)

    await db.write(enqueue, "asked")
    await db.write(enqueue, "asked")
    await db.write(jobs.finish, job)

    [again] = await claimed(db)
    assert (again.key, again.attempts) == ("asked", 1)
    await db.write(jobs.finish, again)
    assert await claimed(db, NOW + 10 * LEASE) == []


async def test_the_run_afterwards_comes_when_the_first_request_is_due(db: Database) -> None:
    """Of several requests that come meanwhile the earliest counts, in whatever order they come."""
    await db.write(enqueue, "asked")
    [job] = await claimed(db)

    for due in (NOW + 9000, NOW + 3000, NOW + 6000):
        await db.write(enqueue, "asked", due)
    await db.write(jobs.finish, job)

    assert await claimed(db, NOW + 2999) == []
    assert len(await claimed(db, NOW + 3000)) == 1


async def test_a_request_outlives_the_crash_of_the_run_before_it(db: Database) -> None:
    """Security 2.2, *Lease, not pop*: the run that comes when the lease ends is later than the request, and serves it."""
    await db.write(enqueue, "asked")
    await claimed(db)
    await db.write(enqueue, "asked", NOW + 1)
    await db.write(enqueue, "later", NOW)
    await claimed(db)
    await db.write(enqueue, "later", NOW + 3 * LEASE)

    recovered = await claimed(db, NOW + LEASE)
    for job in recovered:
        await db.write(jobs.finish, job)

    assert sorted(job.key for job in recovered) == ["asked", "later"]
    assert await claimed(db, NOW + 2 * LEASE) == []
    assert [job.key for job in await claimed(db, NOW + 3 * LEASE)] == ["later"]


async def test_the_next_try_of_a_failed_job_serves_what_was_asked_for_before_it(db: Database) -> None:
    """One run for both; a request for a later moment keeps its own."""
    await db.write(enqueue, "failing")
    [job] = await claimed(db)
    await db.write(enqueue, "failing", NOW + 1)
    await db.write(jobs.postpone, job, NOW + 5000, "no answer")
    [job] = await claimed(db, NOW + 5000)
    await db.write(enqueue, "failing", NOW + 9000)
    await db.write(jobs.wait, job, NOW + 6000, "not yet")

    [job] = await claimed(db, NOW + 6000)
    await db.write(jobs.finish, job)

    assert await claimed(db, NOW + 8999) == []
    [job] = await claimed(db, NOW + 9000)
    await db.write(jobs.finish, job)
    assert await claimed(db, NOW + LEASE) == []


async def test_who_only_wants_it_soon_is_served_by_the_run_under_way(db: Database) -> None:
    """`ensure`: everything that a peer sends while its actor is asked for again would have it asked once more."""
    await db.write(jobs.ensure, 1, "test", "soon", NOW)
    [job] = await claimed(db)
    await db.write(jobs.ensure, 2, "test", "soon", NOW)
    await db.write(jobs.finish, job)

    assert await claimed(db) == []


def ask(tx: Tx) -> None:
    """One request more, and counted."""
    tallies.increase(tx, "asked")
    enqueue(tx, "raced")


def answer(tx: Tx) -> tuple[list[Claimed], int]:
    """What is due, in hand, and how many requests it came after."""
    return jobs.claim(tx, NOW, NOW + LEASE, 8), tallies.amount(tx, "asked")


async def test_no_request_is_lost_between_its_write_and_the_end_of_a_run(db: Database, database_url: str) -> None:
    """Whatever happens first: every request is followed by a claim of its job."""
    other = open_database(a_config(database_url))
    await db.write(tallies.add, "asked")
    answered = 0

    async def ask_often() -> None:
        for _ in range(60):
            await db.write(ask)

    async def work() -> None:
        nonlocal answered
        while not asking.done() or await other.read(waits, "raced"):
            found, asked = await other.claim(answer)
            for job in found:
                await other.write(jobs.finish, job)
                answered = asked

    async with asyncio.timeout(60):
        asking = asyncio.create_task(ask_often())
        await asyncio.gather(asking, work())
    await other.close()

    assert answered == 60


async def test_only_the_last_to_claim_a_job_says_what_became_of_it(db: Database) -> None:
    """A process that slept longer than its lease does not end, free or postpone what somebody else has in hand."""
    await db.write(enqueue, "slept")
    [slept] = await claimed(db)
    [awake] = await claimed(db, NOW + LEASE)

    for late in (jobs.postpone, jobs.wait):
        await db.write(late, slept, NOW, "late")
    await db.write(jobs.finish, slept)
    await db.write(jobs.progress, slept, 1, 2, NOW + 9 * LEASE)

    assert await db.read(row_of, "slept") == (0, None, NOW + 2 * LEASE, None)
    await db.write(jobs.finish, awake)
    assert await claimed(db, NOW + 9 * LEASE) == []


async def test_a_lease_is_renewed_by_its_holder_only(db: Database) -> None:
    """Whoever has the job in hand keeps it as long as it takes."""
    await db.write(enqueue, "long")
    [first] = await claimed(db)

    assert await db.write(jobs.renew, [first], NOW + 2 * LEASE) == {first}
    assert await claimed(db, NOW + 2 * LEASE - 1) == []
    [second] = await claimed(db, NOW + 2 * LEASE)

    assert await db.write(jobs.renew, [first, second], NOW + 4 * LEASE) == {second}
