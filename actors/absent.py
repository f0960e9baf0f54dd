"""Actors whose hosts say that they are not there (any more): asked again, marked gone, purged only when it is certain.

410 is a deletion: the actor is gone at once, and what it said is purged when its host says so again an hour later. 404 may be a
proxy in front of a server in trouble: only after thirty days of it, and at least three tries, is the actor gone.
Source: s2s research 2.19.
"""

from sqlalchemy import bindparam, case, select, update

from actors.lookup import actor, by_uri
from actors.remote import LOOK_AT_FEATURED, PURGE_ACTOR, REFRESH_ACTOR, VERIFY_GONE, fetch_actor, mark_gone
from coopfed import limits
from coopfed.db import jobs
from coopfed.db.signals import Topic
from coopfed.db.tx import Tx
from coopfed.errors import RemoteGone, Unavailable
from coopfed.net.fetch import BudgetSpent
from coopfed.node import Node, Stamp

# Those who were missing before are asked again by a job of their own; who was asked lately comes last.
_BY_INBOX = (
    select(actor.c.uri)
    .where(actor.c.gone_at.is_(None), actor.c.missing_at.is_(None), ~actor.c.local, actor.c.inbox == bindparam("inbox"))
    .order_by(actor.c.fetched_at, actor.c.id)
    .limit(limits.FETCHES_PER_ACTIVITY)
)
_MISSED = (
    update(actor)
    .where(actor.c.uri == bindparam("who"), ~actor.c.local, actor.c.gone_at.is_(None))
    .values(
        missing_at=case((actor.c.missing_at.is_(None), bindparam("now")), else_=actor.c.missing_at),
        missing_tries=actor.c.missing_tries + 1,
    )
    .returning(actor.c.id, actor.c.missing_at, actor.c.missing_tries)
)


async def check_gone(node: Node, inbox: str) -> None:
    """After an inbox answered 410: asks for its actors again, for as many as one budget of fetches allows. An inbox has one actor,
    unless somebody gives the address to a thousand of theirs; the next 410 then goes on with the others.

    The job `check_gone`. FetchError when an actor's host does not answer now.
    """
    budget = node.budget()
    for uri in await node.db.read(uris_by_inbox, inbox):
        try:
            await fetch_actor(node, uri, budget)
        except BudgetSpent:
            return
        except RemoteGone as error:
            if not await _note(node, uri, error.status):
                now = node.clock.now()
                later = now + node.clock.span(limits.MISSING_AGAIN_SECONDS)
                await node.db.write(jobs.enqueue, node.minter.mint(), REFRESH_ACTOR, uri, later)


def uris_by_inbox(tx: Tx, inbox: str) -> list[str]:
    """Ids of some remote actors with this personal inbox. A unit of work."""
    return list(tx.execute(_BY_INBOX, {"inbox": inbox}).scalars())


async def refresh_actor(node: Node, uri: str) -> None:
    """The job `refresh_actor`: asks again for an actor whose document is older than a day.

    FetchError when its host does not answer now; Unavailable when the actor is missing: the job then comes again in ten days.
    """
    try:
        await fetch_actor(node, uri, node.budget())
    except RemoteGone as error:
        if not await _note(node, uri, error.status):
            raise Unavailable(
                f"{uri} is not there", reason="actor_missing", retry_after=limits.MISSING_AGAIN_SECONDS
            ) from error
    else:
        await node.db.write(jobs.enqueue, node.minter.mint(), LOOK_AT_FEATURED, uri, node.clock.now())


async def verify_gone(node: Node, uri: str) -> None:
    """The job `verify_gone`: an hour after a first 410. What the actor said is purged unless it is back.

    FetchError when its host does not answer now: until it does, the posts stay hidden.
    """
    try:
        await fetch_actor(node, uri, node.budget())
    except RemoteGone:
        row = await node.db.read(by_uri, uri)
        if row is not None:
            await node.db.write(jobs.enqueue, node.minter.mint(), PURGE_ACTOR, str(row.id), node.clock.now())


async def _note(node: Node, uri: str, status: int | None) -> bool:
    """Notes a 404 or 410. Whether that settles it: nobody needs to ask again for this."""
    row = await node.db.read(by_uri, uri)
    if row is None or row.local or row.gone_at is not None:
        return True
    if status == 410:
        await node.db.write(_gone_for_now, row.id, uri, node.stamp(), wakes=(Topic.CACHES,))
        return True
    return await node.db.write(_missed, uri, node.stamp(), wakes=(Topic.CACHES,))


def _gone_for_now(tx: Tx, number: int, uri: str, stamp: Stamp) -> None:
    mark_gone(tx, number, stamp, purge=False)
    due = stamp.now + stamp.clock.span(limits.GONE_AGAIN_SECONDS)
    jobs.enqueue(tx, stamp.mint(None), VERIFY_GONE, uri, due)


def _missed(tx: Tx, uri: str, stamp: Stamp) -> bool:
    row = tx.execute(_MISSED, {"who": uri, "now": stamp.now}).one_or_none()
    if row is None:
        return True
    long_ago = stamp.now - row.missing_at >= stamp.clock.span(limits.MISSING_SECONDS)
    if row.missing_tries < limits.MISSING_TRIES or not long_ago:
        return False
    mark_gone(tx, row.id, stamp)
    return True
