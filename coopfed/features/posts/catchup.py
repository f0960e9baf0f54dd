"""What was said while this node was down, by those whom somebody here follows.

Peers try for days, some for hours only: after a longer silence each followed actor is asked once, one after the other. That the node
was down is seen by the job that should have run meanwhile. Boosts are fetched one by one, and take the road of arrivals (`inbox`).
"""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam, exists, literal_column, select

from actors.lookup import ActorRow, actor, by_uri
from actors.remote import LOOK_AT_FEATURED
from actors.visibility import follow
from coopfed import limits
from coopfed.db import jobs
from coopfed.db.engine import Lane
from coopfed.db.models import Reaction
from coopfed.db.tx import Tx, table
from coopfed.errors import BadMessage, CoopFedError, NotFound
from coopfed.features import timelines
from coopfed.features.posts import store
from coopfed.features.posts.ancestors import FETCH_ANCESTORS
from coopfed.features.posts.backfill import look_later, store_and_show
from coopfed.features.posts.remote import Post, is_vote, read_fetched
from coopfed.features.posts.store import PostRow
from coopfed.net.fetch import Budget, Fetched, fetch_document
from coopfed.node import Node, Stamp
from coopfed.observe.logs import logger
from coopfed.outcomes import Refusal
from coopfed.vocab import values
from coopfed.vocab.audience import OPEN, visibility
from coopfed.vocab.document import read_actor
from coopfed.vocab.origin import authority, same_authority

LOOK_BACK, CATCH_UP, CATCH_UP_BOOST = "look_back", "catch_up", "catch_up_boost"
_follower, reaction = actor.alias("follower"), table(Reaction)
_PLANNED = select(jobs.job.c.id).where(jobs.job.c.kind == literal_column("'look_back'")).limit(1)
_FOLLOWED = (
    select(actor.c.uri)
    .where(
        ~actor.c.local,
        actor.c.gone_at.is_(None),
        exists(
            select(literal_column("1"))
            .select_from(follow.join(_follower, _follower.c.id == follow.c.follower_id))
            .where(
                follow.c.followed_id == actor.c.id, follow.c.state == literal_column("'accepted'"), _follower.c.local
            )
        ),
    )
    .order_by(actor.c.id)
    .limit(bindparam("count"))
)

_KNOWN_BOOST = select(exists(select(literal_column("1")).where(reaction.c.uri == bindparam("boost"))))

log = logger("catchup")


@dataclass(slots=True)
class Said:
    """What the first page of an outbox tells: the posts that are unknown here, the ids of all posts that it names, and those of
    boosts; each the newest first."""

    posts: list[Post] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    boosts: list[str] = field(default_factory=list)


def plan(tx: Tx, stamp: Stamp) -> None:
    """At the start: the next sign of life, unless one was due while the node was down. A unit of work."""
    if tx.execute(_PLANNED).first() is None:
        _plan_next(tx, stamp)


def _plan_next(tx: Tx, stamp: Stamp) -> None:
    # On a common beat: several processes then leave one job.
    beat = stamp.clock.span(limits.LOOK_BACK_SECONDS)
    due = (stamp.now // beat + 1) * beat
    jobs.enqueue(tx, stamp.mint(None), LOOK_BACK, str(due), due)


async def look_back(node: Node, key: str) -> None:
    """The job `look_back` (key: when it was due, in milliseconds): a sign of life. Much too late, it has those asked who are followed
    here."""
    due = int(key)
    late = node.clock.now() - due > node.clock.span(limits.DOWN_SECONDS)
    count = await node.db.write(_look_back, late, node.stamp(), lane=Lane.BACK)
    if late:
        log.warning("was_down", seconds=(node.clock.now() - due) // 1000, actors=count)


def _look_back(tx: Tx, late: bool, stamp: Stamp) -> int:
    _plan_next(tx, stamp)
    uris = list(tx.execute(_FOLLOWED, {"count": limits.CATCH_UP_ACTORS}).scalars()) if late else []
    for place, uri in enumerate(uris):
        due = stamp.now + place * stamp.clock.span(limits.CATCH_UP_SPACING_SECONDS)
        jobs.enqueue(tx, stamp.mint(None), CATCH_UP, uri, due)
    return len(uris)


async def catch_up(node: Node, uri: str) -> None:
    """The job `catch_up` (key: the id of a followed actor): the first page of its outbox, what it features, and the answers to what
    it said last; what it boosted is left to a job each. FetchError when its host does not answer."""
    author = await node.db.read(followed_author, uri)
    if author is None:
        return
    await node.refuse_blocked(authority(uri))
    budget = Budget(limits.CATCH_UP_FETCHES)
    said = await _said(node, author, budget)
    await node.db.write(_take, author, said, node.stamp())
    for item in said.seen[: limits.CATCH_UP_THREADS]:
        await node.db.write(_look_at_thread, item, node.stamp())


def followed_author(tx: Tx, uri: str) -> ActorRow | None:
    """The actor of another node with this id, when it is there and somebody here follows it. A unit of work."""
    row = by_uri(tx, uri)
    present = row is not None and not row.local and row.gone_at is None and store.followed_here(tx, row.id)
    return row if present else None


async def _said(node: Node, author: ActorRow, budget: Budget) -> Said:
    document = (await fetch_document(node.http, author.uri, signer=node.signer, budget=budget)).document
    outbox, said = read_actor(document).outbox, Said()
    if outbox is None or not same_authority(outbox, author.uri):
        return said
    page = (await fetch_document(node.http, outbox, signer=node.signer, budget=budget)).document
    first = page.get("first")
    if isinstance(first, str) and same_authority(first, author.uri):
        page = (await fetch_document(node.http, first, signer=node.signer, budget=budget)).document
    elif isinstance(first, dict):
        page = first
    for item in (page.get("orderedItems") or page.get("items") or [])[: limits.CATCH_UP_POSTS]:
        try:
            await _read_item(node, item, author, said, budget)
        except (CoopFedError, Refusal):
            continue
    return said


async def _read_item(node: Node, item: Any, author: ActorRow, said: Said, budget: Budget) -> None:
    """Adds to `said` what an item of an outbox is: a Create, or an Announce, whose words are not believed here; a bare id may be
    either, or a post's."""
    if isinstance(item, dict) and item.get("type") == "Announce":
        _read_boost(item, author, said)
        return
    named = item if isinstance(item, str) else _created(item)
    if named is None or not same_authority(named, author.uri):
        return
    known = await node.db.read(store.by_uri, named)
    found = None if known is not None else await fetch_document(node.http, named, signer=node.signer, budget=budget)
    if found is not None and found.document.get("type") == "Announce":
        _read_boost(found.document, author, said)
        return
    post = None
    if found is not None:
        named, post = await _fetched(node, found, author, budget)
    said.seen.append(named)
    if post is not None:
        said.posts.append(post)


def _read_boost(document: dict[str, Any], author: ActorRow, said: Said) -> None:
    uri = values.reference(document)
    if uri is not None and same_authority(uri, author.uri) and values.reference(document.get("actor")) == author.uri:
        said.boosts.append(uri)


def _created(item: dict[str, Any]) -> str | None:
    """The id of the object of a Create."""
    if item.get("type") != "Create":
        return None
    return next((found for one in values.many(item.get("object")) if (found := values.reference(one))), None)


async def _fetched(node: Node, found: Fetched, author: ActorRow, budget: Budget) -> tuple[str, Post | None]:
    """The id of the author's post that was fetched, itself or its Create, and the post from its origin; None when it is here."""
    if found.document.get("type") == "Create":
        inner = _created(found.document)
        if inner is None or not same_authority(inner, author.uri):
            raise NotFound(f"{found.url} creates nothing there")
        if await node.db.read(store.by_uri, inner) is not None:
            return inner, None
        found = await fetch_document(node.http, inner, signer=node.signer, budget=budget)
    post = await read_fetched(node, found, budget)
    if post.author.id != author.id or is_vote(post.record):
        raise BadMessage(f"{found.url} is not by {author.uri}")
    return post.record.id, post


def _take(tx: Tx, author: ActorRow, said: Said, stamp: Stamp) -> None:
    for uri in said.seen:
        # A pin or an answer may have fetched it: stored before does not mean seen before.
        known = store.by_uri(tx, uri)
        if known is not None and known.actor_id == author.id and known.deleted_at is None and not known.consent:
            _place(tx, known)
    for post in reversed(said.posts):
        record = post.record
        if visibility(record.to, record.cc, author.followers_uri) not in OPEN:
            continue
        parent = store.by_uri(tx, record.in_reply_to) if record.in_reply_to is not None else None
        if record.in_reply_to is not None and parent is None:
            jobs.enqueue(tx, stamp.mint(None), FETCH_ANCESTORS, f"0 {record.in_reply_to}", stamp.now)
        store_and_show(tx, post, parent, stamp)
    if author.featured_uri is not None:
        jobs.enqueue(tx, stamp.mint(None), LOOK_AT_FEATURED, author.uri, stamp.now)
    unknown = [uri for uri in said.boosts if not tx.execute(_KNOWN_BOOST, {"boost": uri}).scalar_one()]
    keys = [f"{author.uri} {uri}" for uri in unknown[: limits.CATCH_UP_BOOSTS]]
    # Keys stand in an index: two ids together take no more room there than one may.
    for place, key in enumerate(key for key in keys if len(key.encode()) <= limits.ID_LENGTH):
        due = stamp.now + place * stamp.clock.span(limits.CATCH_UP_SPACING_SECONDS)
        jobs.enqueue(tx, stamp.mint(None), CATCH_UP_BOOST, key, due)


def _place(tx: Tx, post: PostRow) -> None:
    parent = store.by_id(tx, post.in_reply_to_id) if post.in_reply_to_id is not None else None
    if post.visibility in OPEN and (parent is not None or post.in_reply_to is None):
        timelines.place(tx, post.id, post.actor_id, parent.actor_id if parent is not None else 0)


def _look_at_thread(tx: Tx, uri: str, stamp: Stamp) -> None:
    post = store.by_uri(tx, uri)
    if post is not None:
        look_later(tx, post.id, stamp)
