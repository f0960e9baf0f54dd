"""What runs behind the doors: arrivals, deliveries, jobs, and the watch over disk and backlog."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import actors.absent
import actors.remote
import inbox.admit
import inbox.caught_up
import inbox.queue
import inbox.worker
import outbox.queue
import outbox.worker
import webfinger.resolve
from coopfed import health, limits
from coopfed.db import jobs, rates, steps
from coopfed.db.engine import Lane
from coopfed.db.signals import Topic
from coopfed.db.steps import StepWatch
from coopfed.db.tx import Tx
from coopfed.errors import CoopFedError, PeerBlocked, StorageError, Unavailable, Unstorable
from coopfed.features import retention
from coopfed.features.accounts import links, passkeys, sessions
from coopfed.features.accounts.letters import SEND_LETTER, send_letter
from coopfed.features.agreements.stories import PUBLISH_STORY, publish_story
from coopfed.features.consent.quotes import CHECK_QUOTE
from coopfed.features.consent.store import CHECK_ANSWER
from coopfed.features.copies.fetch import sweep_copies
from coopfed.features.digests import send_digest
from coopfed.features.follows.synchronise import SYNCHRONISE, synchronise
from coopfed.features.groups.software import learn_software
from coopfed.features.mail_wishes import SEND_DIGEST
from coopfed.features.match_wishes import SEND_MATCHES, TELL_MATCHES
from coopfed.features.matching import store as matching
from coopfed.features.matching.digest import send_matches
from coopfed.features.matching.notices import tell_matches
from coopfed.features.matching.purge import purge_matches
from coopfed.features.media.actions import process as process_media
from coopfed.features.media.actions import sweep as sweep_media
from coopfed.features.media.store import PROCESS_MEDIA, SWEEP_MEDIA
from coopfed.features.memberships import invitations
from coopfed.features.memberships.check import RECHECK_MEMBERSHIPS, check_membership, recheck_memberships
from coopfed.features.memberships.check import plan as plan_membership_checks
from coopfed.features.memberships.importing import import_members
from coopfed.features.memberships.news import TELL_MEMBERSHIPS, tell_memberships
from coopfed.features.memberships.purge import purge_memberships
from coopfed.features.memberships.store import CHECK_MEMBERSHIP
from coopfed.features.moves.followers import MOVE_FOLLOWERS, move_followers
from coopfed.features.mutes.actions import END_MUTE, end_mute
from coopfed.features.polls.purge import purge_votes
from coopfed.features.polls.refresh import refresh_poll
from coopfed.features.polls.results import TELL_RESULTS, close_poll, tell_results
from coopfed.features.portability import archives
from coopfed.features.portability import store as imports
from coopfed.features.portability.archives import MAKE_ARCHIVE, make_archive
from coopfed.features.portability.imports import run_import
from coopfed.features.portability.purge import purge_carried
from coopfed.features.portability.store import IMPORT_MEMBERS, RUN_IMPORT
from coopfed.features.posts import once
from coopfed.features.posts.ancestors import FETCH_ANCESTORS, fetch_ancestors
from coopfed.features.posts.backfill import FILL_THREAD, fill_thread
from coopfed.features.posts.catchup import CATCH_UP, CATCH_UP_BOOST, LOOK_BACK, catch_up, look_back
from coopfed.features.posts.catchup import plan as plan_look_back
from coopfed.features.posts.featured import look_at_featured
from coopfed.features.posts.kept import POST_SCHEDULED
from coopfed.features.posts.polls import CLOSE_POLL, REFRESH_POLL
from coopfed.features.posts.purge import purge_actor as purge_posts
from coopfed.features.posts.remote import ADOPT_ANSWERS, adopt_answers
from coopfed.features.posts.scheduled import post_scheduled
from coopfed.features.previews.fetch import fetch_preview
from coopfed.features.previews.store import FETCH_PREVIEW
from coopfed.features.profiles.actions import SWITCH_KEYS, switch_keys
from coopfed.features.profiles.edit import TELL_PROFILE, VERIFY_LINKS, tell_profile, verify_links
from coopfed.features.profiles.purge import purge_traces
from coopfed.features.push.deliver import push
from coopfed.features.quotes.verify import RECHECK_QUOTES, check_answer, check_quote, recheck_quotes
from coopfed.features.quotes.verify import plan as plan_rechecks
from coopfed.features.reactions.purge import purge_reactions
from coopfed.features.requests.acknowledging import ACKNOWLEDGE, acknowledge
from coopfed.features.requests.actions import tend
from coopfed.features.requests.confirming import lapse
from coopfed.features.requests.proposing import LAPSE_LINK
from coopfed.features.requests.responding import retell
from coopfed.features.requests.telling import RETELL_REQUEST, TEND_REQUEST
from coopfed.features.subscriptions import PUSH
from coopfed.features.trends.compute import COMPUTE_TRENDS, compute_trends
from coopfed.features.trends.compute import plan as plan_trends
from coopfed.node import Node
from coopfed.oauth import codes
from coopfed.observe.logs import logger

PURGES: tuple[Callable[[Node, str], Awaitable[None]], ...] = (
    purge_posts,
    purge_reactions,
    purge_votes,
    purge_carried,
    purge_traces,
    purge_memberships,
    purge_matches,
)


async def purge_actor(node: Node, actor_number: str) -> None:
    """The job `purge_actor`: nothing that the actor with this number said or did stays."""
    for purge in PURGES:
        await purge(node, actor_number)


async def prune(node: Node, day: str) -> None:
    """The job `prune`: what the settings name goes, and sessions, links and codes that are over."""
    await retention.prune(node, day)
    await node.db.write(_forget_what_is_over, node.clock.now(), lane=Lane.BACK)
    await node.db.write(imports.resume, node.stamp(), lane=Lane.BACK)
    await sweep_media(node, day)
    await sweep_copies(node)
    await archives.sweep(node)


_ENDING = (
    sessions.forget_old,
    links.forget_old,
    codes.forget_old,
    once.forget_old,
    passkeys.forget_spent,
    imports.forget_old,
    matching.forget_old,
    invitations.forget_old,
)


def _forget_what_is_over(tx: Tx, now: int) -> None:
    for forget in _ENDING:
        forget(tx, now)


JOBS: dict[str, Callable[[Node, str], Awaitable[None]]] = {
    actors.remote.CONFIRM_HANDLE: webfinger.resolve.confirm,
    actors.remote.CHECK_GONE: actors.absent.check_gone,
    actors.remote.REFRESH_ACTOR: actors.absent.refresh_actor,
    actors.remote.VERIFY_GONE: actors.absent.verify_gone,
    actors.remote.PURGE_ACTOR: purge_actor,
    MOVE_FOLLOWERS: move_followers,
    SYNCHRONISE: synchronise,
    END_MUTE: end_mute,
    FETCH_ANCESTORS: fetch_ancestors,
    ADOPT_ANSWERS: adopt_answers,
    CLOSE_POLL: close_poll,
    TELL_RESULTS: tell_results,
    REFRESH_POLL: refresh_poll,
    actors.remote.LOOK_AT_FEATURED: look_at_featured,
    actors.remote.LEARN_SOFTWARE: learn_software,
    SWITCH_KEYS: switch_keys,
    TELL_PROFILE: tell_profile,
    VERIFY_LINKS: verify_links,
    SEND_LETTER: send_letter,
    PROCESS_MEDIA: process_media,
    SWEEP_MEDIA: sweep_media,
    retention.PRUNE: prune,
    CHECK_QUOTE: check_quote,
    CHECK_ANSWER: check_answer,
    RECHECK_QUOTES: recheck_quotes,
    FILL_THREAD: fill_thread,
    LOOK_BACK: look_back,
    CATCH_UP: catch_up,
    CATCH_UP_BOOST: inbox.caught_up.catch_up_boost,
    TEND_REQUEST: tend,
    RETELL_REQUEST: retell,
    PUBLISH_STORY: publish_story,
    LAPSE_LINK: lapse,
    ACKNOWLEDGE: acknowledge,
    FETCH_PREVIEW: fetch_preview,
    POST_SCHEDULED: post_scheduled,
    PUSH: push,
    SEND_DIGEST: send_digest,
    SEND_MATCHES: send_matches,
    TELL_MATCHES: tell_matches,
    COMPUTE_TRENDS: compute_trends,
    RUN_IMPORT: run_import,
    IMPORT_MEMBERS: import_members,
    TELL_MEMBERSHIPS: tell_memberships,
    MAKE_ARCHIVE: make_archive,
    CHECK_MEMBERSHIP: check_membership,
    RECHECK_MEMBERSHIPS: recheck_memberships,
}
"""Who does which kind of job; each takes the job's key."""

_IDLE_SECONDS = 1.0
_WATCH_SECONDS = 1.0
_JOBS_AT_ONCE = 8
_RENEWALS = 5
"""Of a lease, while it lasts."""

log = logger("worker")


async def run(node: Node) -> None:
    """Works until the node stops; returns when everything in hand is recorded."""
    if not node.config.on_postgres:
        await node.db.write(_free_leases)
    await node.db.write(retention.plan, node.minter.mint(), node.clock.now())
    await node.db.write(plan_rechecks, node.minter.mint(), node.clock.now())
    await node.db.write(plan_look_back, node.stamp())
    await node.db.write(plan_trends, node.stamp())
    await node.db.write(plan_membership_checks, node.stamp())
    await node.db.write(imports.resume, node.stamp())
    await asyncio.gather(inbox.worker.run(node), outbox.worker.run(node), _run_jobs(node))


def _free_leases(tx: Tx) -> None:
    # The only long-running process of this file (its lock says so): whoever held a lease is dead.
    inbox.queue.free_leases(tx)
    outbox.queue.free_leases(tx)
    jobs.free_leases(tx)


async def watch(node: Node) -> None:
    """Keeps what the inbox door asks before it takes anything: free disk and the length of the queue; notices when the clock is
    set back. Until cancelled.

    Every process watches, above all one that only answers: it takes what others are to work off.
    """
    clocks = StepWatch(node.clock.now(), _steady())
    former: int | None = None
    while True:
        # Kept until it is written: a step that was noticed while the database was busy is repaired a second later.
        former = clocks.set_back(node.clock.now(), _steady()) or former
        try:
            if former is not None:
                await follow_clock(node, former)
                former = None
            node.disk_low = await asyncio.to_thread(health.disk_is_low, node)
            node.waiting_arrivals = await node.db.read_long(inbox.admit.waiting)
            await share_rates(node)
        except (OSError, StorageError) as error:
            log.error("watch_failed", error=str(error))
        await asyncio.sleep(_WATCH_SECONDS)


async def share_rates(node: Node) -> None:
    """Tells the other processes what was counted here for the rate limits, and learns what they counted. SQLite has one process."""
    counted = node.windows.untold()
    if counted and node.config.on_postgres:
        node.windows.told(await node.db.claim(rates.share, counted, node.clock.now()))


def _steady() -> int:
    return time.monotonic_ns() // 1_000_000


async def follow_clock(node: Node, former: int) -> None:
    """After the clock was set back from `former` (milliseconds): nothing waits for as long as the step."""
    now = node.clock.now()
    log.warning("clock_set_back", seconds=(former - now) // 1000)
    longest = now + node.clock.span(limits.JOB_LEASE_SECONDS)
    await node.db.write(steps.follow_clock, now, former, longest, wakes=tuple(Topic))


Hand = dict[jobs.Claimed, asyncio.Task[None]]
"""The jobs that this process has in hand, each with the task that does it."""


async def _run_jobs(node: Node) -> None:
    """Claims as many jobs as there are free places, and does each in a task of its own: a long one holds up no other."""
    hand: Hand = {}
    enqueued = node.db.signals.listen(Topic.JOBS)
    keeper = asyncio.create_task(_keep_leases(node, hand), name="coopfed-jobs")

    def start(job: jobs.Claimed) -> None:
        for former, task in hand.items():
            if former.id == job.id:
                # The machine slept for longer than a lease: the run before counts no more.
                task.cancel()
        hand[job] = asyncio.create_task(run_job(node, job))
        hand[job].add_done_callback(lambda _task: landed(job))

    def landed(job: jobs.Claimed) -> None:
        del hand[job]
        enqueued.wake()

    while not node.stopping:
        free = _JOBS_AT_ONCE - len(hand)
        claimed = await _claim_jobs(node, free) if free else []
        for job in claimed:
            start(job)
        if not claimed:
            await enqueued.wait(_IDLE_SECONDS)
    await asyncio.gather(*hand.values(), return_exceptions=True)
    keeper.cancel()
    await asyncio.gather(keeper, return_exceptions=True)


def _lease(node: Node) -> int:
    """How long a job is leased, in milliseconds."""
    return node.clock.span(limits.JOB_LEASE_SECONDS)


async def _claim_jobs(node: Node, count: int) -> list[jobs.Claimed]:
    now = node.clock.now()
    try:
        return await node.db.claim(jobs.claim, now, now + _lease(node), count)
    except StorageError as error:
        log.error("claim_failed", error=str(error))
        await asyncio.sleep(_IDLE_SECONDS)
        return []


async def _keep_leases(node: Node, hand: Hand) -> None:
    """Renews the leases of what is in hand until cancelled: a purge may take hours."""
    while True:
        await asyncio.sleep(_lease(node) / 1000 / _RENEWALS)
        try:
            await renew_leases(node, hand)
        except StorageError as error:
            # A lease outlives four failed renewals.
            log.error("job_leases_not_renewed", error=str(error))


async def renew_leases(node: Node, hand: Hand) -> None:
    """Renews them once. A job that another process has in hand by now, since this one slept for longer than a lease, ends here."""
    if not hand:
        return
    tasks = dict(hand)
    held = await node.db.write(jobs.renew, [*tasks], node.clock.now() + _lease(node))
    for job, task in tasks.items():
        if job not in held and not task.done():
            log.warning("job_lease_lost", kind=job.kind, key=job.key)
            task.cancel()


async def run_job(node: Node, job: jobs.Claimed) -> None:
    """Does one claimed job, and stores what became of it: done, later again, or given up after `jobs.TRIES`."""
    try:
        await _do(node, job)
    except StorageError as error:
        # The lease runs out and the job is done again.
        log.error("job_not_stored", kind=job.kind, key=job.key, error=str(error))


async def _do(node: Node, job: jobs.Claimed) -> None:
    try:
        await JOBS[job.kind](node, job.key)
        await node.db.write(jobs.finish, job)
    except StorageError as error:
        if not isinstance(error, Unstorable):
            raise
        await _fail(node, job, error)
    except PeerBlocked as error:
        log.info("job_of_blocked_host", kind=job.kind, key=job.key, error=str(error))
        await node.db.write(jobs.finish, job)
    except Unavailable as error:
        # Not a failed try: what the job waits for has not happened yet.
        await node.db.write(jobs.wait, job, node.clock.now() + node.clock.span(error.retry_after), str(error))
    except CoopFedError as error:
        await _fail(node, job, error)
    except Exception as error:
        log.exception("job_failed", kind=job.kind, key=job.key)
        await _fail(node, job, error)


async def _fail(node: Node, job: jobs.Claimed, error: Exception) -> None:
    if job.attempts >= jobs.TRIES:
        log.error("job_given_up", kind=job.kind, key=job.key, error=str(error))
        await node.db.write(jobs.finish, job)
        return
    due = node.clock.now() + node.clock.span(60 * 4 ** (job.attempts - 1))
    await node.db.write(jobs.postpone, job, due, str(error))
    log.info("job_postponed", kind=job.kind, key=job.key, error=str(error))
