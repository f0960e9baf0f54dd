"""The rest of a thread, asked for when somebody looks at it: from the collection that its `context` names, else answer by answer.

What a collection lists is a claim: each id is fetched from its own origin, and stays only when it stands in the thread. One look
spends a budget of requests, pages, posts, hosts and seconds, and there is at most one in a while.
"""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from sqlalchemy import bindparam, func, or_, select, update

from actors.lookup import by_uris
from actors.visibility import object_
from coopfed import limits
from coopfed.db import jobs
from coopfed.db.tx import Tx
from coopfed.errors import BadMessage, CoopFedError
from coopfed.features.posts import store
from coopfed.features.posts.receive import surface
from coopfed.features.posts.remote import Post, fetch_post, is_vote, store_post
from coopfed.features.posts.store import PostRow
from coopfed.features.posts.threads import beginning
from coopfed.net.fetch import Budget, fetch_document
from coopfed.node import Node, Stamp
from coopfed.outcomes import Refusal
from coopfed.vocab import strict_json
from coopfed.vocab.audience import OPEN, visibility
from coopfed.vocab.collections import items_of
from coopfed.vocab.document import read_post
from coopfed.vocab.normalise import normalise
from coopfed.vocab.origin import authority, lies_with
from coopfed.vocab.terms import COLLECTION_TYPES

FILL_THREAD = "fill_thread"
_LOOK = (
    update(object_)
    .where(
        object_.c.id == bindparam("root"), or_(object_.c.looked_at.is_(None), object_.c.looked_at <= bindparam("stale"))
    )
    .values(looked_at=bindparam("moment"))
)
_top = object_.alias("top")
_OPEN_ALONE = sorted(OPEN)
_DUE = select(_top.c.id).where(
    _top.c.id
    == select(func.coalesce(object_.c.thread_id, object_.c.id))
    .where(object_.c.id == bindparam("post"), object_.c.visibility.in_(_OPEN_ALONE))
    .scalar_subquery(),
    _top.c.visibility.in_(_OPEN_ALONE),
    or_(_top.c.looked_at.is_(None), _top.c.looked_at <= bindparam("stale")),
)
_THEIRS = (
    select(object_.c.id)
    .where(or_(object_.c.id == bindparam("root"), object_.c.thread_id == bindparam("root")), ~object_.c.local)
    .limit(1)
)
_OF_THREAD = (
    select(object_.c.uri, object_.c.document)
    .where(
        or_(object_.c.id == bindparam("root"), object_.c.thread_id == bindparam("root")),
        ~object_.c.local,
        object_.c.deleted_at.is_(None),
        object_.c.visibility.in_(_OPEN_ALONE),
    )
    .order_by(object_.c.id)
    .limit(limits.THREAD_POSTS)
)


async def look_for_rest(node: Node, post_id: int) -> None:
    """Somebody looks at a post: a job asks for the rest of its thread, unless that was done a while ago. Source: s2s research 2.15."""
    stale = node.clock.now() - node.clock.span(limits.THREAD_REST_SECONDS)
    if await node.db.read(_is_due, post_id, stale):
        await node.db.write(look_later, post_id, node.stamp())


def _is_due(tx: Tx, post_id: int, stale: int) -> bool:
    """Without a write: who only reads must not make others wait."""
    return tx.execute(_DUE, {"post": post_id, "stale": stale}).first() is not None


def look_later(tx: Tx, post_id: int, stamp: Stamp) -> bool:
    """Leaves the job that fills the thread of a post. Whether it was time for one; never in a thread of ours alone, and never for a
    post that is for few: who wrote it chose the address, and would learn that and when it is read. A unit of work."""
    post = store.by_id(tx, post_id)
    if post is None:
        return False
    root = beginning(tx, post)
    if post.visibility not in OPEN or root.visibility not in OPEN:
        return False
    if root.local and tx.execute(_THEIRS, {"root": root.id}).first() is None:
        return False
    stale = stamp.now - stamp.clock.span(limits.THREAD_REST_SECONDS)
    if tx.execute(_LOOK, {"root": root.id, "stale": stale, "moment": stamp.now}).rowcount != 1:
        return False
    jobs.enqueue(tx, stamp.mint(None), FILL_THREAD, str(root.id), stamp.now)
    return True


@dataclass(slots=True)
class Look:
    """What one look has spent and seen. `waiting` are posts whose parents may still come, by the parent's id."""

    root: PostRow
    budget: Budget = field(default_factory=lambda: Budget(limits.THREAD_FETCHES))
    until: float = field(default_factory=lambda: time.monotonic() + limits.THREAD_SECONDS)
    pages: int = limits.THREAD_PAGES
    seen: set[str] = field(default_factory=set)
    asked: dict[str, int] = field(default_factory=dict)
    useless: dict[str, int] = field(default_factory=dict)
    waiting: dict[str, list[Post]] = field(default_factory=dict)
    taken: int = 0

    @property
    def over(self) -> bool:
        """Whether nothing more may be asked."""
        return self.budget.left <= 0 or self.taken >= limits.THREAD_POSTS or time.monotonic() > self.until

    def may_ask(self, uri: str) -> bool:
        """Whether the host may be asked for this id: a list of ids elsewhere is no way to make this node call on somebody."""
        host = authority(uri)
        if self.useless.get(host, 0) >= limits.THREAD_USELESS or self.asked.get(host, 0) >= limits.THREAD_HOST_FETCHES:
            return False
        if host not in self.asked and len(self.asked) >= limits.THREAD_HOSTS:
            return False
        self.asked[host] = self.asked.get(host, 0) + 1
        return True

    def failed(self, uri: str) -> None:
        """Nothing came of an id."""
        host = authority(uri)
        self.useless[host] = self.useless.get(host, 0) + 1


async def fill_thread(node: Node, key: str) -> None:
    """The job `fill_thread` (key: the number of the post that begins the thread). What cannot be had is left out: the next look
    asks again."""
    root = await node.db.read(store.by_id, int(key))
    if root is None or root.deleted_at is not None:
        return
    look = Look(root)
    named = root.context
    if named is None or node.urls.is_ours(named) or not await _from_context(node, named, look):
        await _from_answers(node, look)


async def _from_context(node: Node, uri: str, look: Look) -> bool:
    """Whether the context is a collection; then what it lists was asked for."""
    found = False
    async for items in pages_of(node, uri, look):
        found = True
        for item in items:
            await _take(node, item, look)
    return found


async def _from_answers(node: Node, look: Look) -> None:
    """Asks each post of the thread for its answers, and those for theirs."""
    known = await node.db.read(_replies_of_thread, look.root.id)
    waiting = [*known]
    while waiting and not look.over:
        uri = waiting.pop(0)
        async for items in pages_of(node, uri, look):
            for item in items:
                taken = await _take(node, item, look)
                waiting += [replies for post in taken if (replies := _own_replies(post.record.id, post.record.replies))]


def _replies_of_thread(tx: Tx, root: int) -> list[str]:
    return [found for row in tx.execute(_OF_THREAD, {"root": root}) if (found := _replies_in(row.uri, row.document))]


def _replies_in(uri: str, document: bytes) -> str | None:
    try:
        return _own_replies(uri, read_post(normalise(strict_json.parse(bytes(document)), key_stub=True)).replies)
    except BadMessage:
        return None


def _own_replies(uri: str, replies: str | None) -> str | None:
    """Where the answers to a post are listed, when that is on its own host."""
    return replies if lies_with(replies, uri) else None


async def pages_of(node: Node, uri: str, look: Look) -> AsyncIterator[list[str]]:
    """The ids on the pages of a collection, all on its own host, each page once; nothing when it is no collection or cannot be had."""
    host, here = uri, uri
    while here not in look.seen and look.pages > 0 and not look.over:
        look.seen.add(here)
        look.pages -= 1
        try:
            found = await fetch_document(node.http, here, signer=node.signer, budget=look.budget)
        except (CoopFedError, Refusal):
            return
        if found.document.get("type") not in COLLECTION_TYPES:
            return
        items, further = items_of(found.document)
        yield items
        if further is None or _own_replies(host, further) is None:
            return
        here = further


async def _take(node: Node, uri: str, look: Look) -> list[Post]:
    """The posts that are in the thread now and were not before: the one with this id, and those that waited for it."""
    if uri in look.seen or look.over:
        return []
    look.seen.add(uri)
    try:
        if node.urls.is_ours(uri) or await node.db.read(store.by_uri, uri) is not None or not look.may_ask(uri):
            return []
        post = await fetch_post(node, uri, look.budget)
    except BadMessage:
        return []
    except (CoopFedError, Refusal):
        look.failed(uri)
        return []
    look.seen.add(post.record.id)
    taken: list[Post] = []
    trying = [post]
    while trying:
        post = trying.pop()
        if await node.db.write(store_in_thread, look.root.id, post, node.stamp()):
            look.taken += 1
            taken.append(post)
            trying += look.waiting.pop(post.record.id, [])
        else:
            # What it answers may come later in the list.
            look.failed(post.record.id)
            if post.record.in_reply_to is not None:
                look.waiting.setdefault(post.record.in_reply_to, []).append(post)
    return taken


def store_in_thread(tx: Tx, root_id: int, post: Post, stamp: Stamp) -> bool:
    """Stores a fetched post that stands in the thread and is for everybody. Whether it was. A unit of work.

    It is seen by those here whom it concerns, as if it had come: who is mentioned, and who follows its author.
    """
    record, author = post.record, post.author
    root = store.by_id(tx, root_id)
    parent = store.by_uri(tx, record.in_reply_to) if record.in_reply_to is not None else None
    if root is None or is_vote(record) or author.gone_at is not None:
        return False
    if visibility(record.to, record.cc, author.followers_uri) not in OPEN:
        return False
    top = beginning(tx, root)
    stands = parent is not None and beginning(tx, parent).id == top.id
    if not stands and record.id != top.in_reply_to:
        return False
    return store_and_show(tx, post, parent, stamp)


def store_and_show(tx: Tx, post: Post, parent: PostRow | None, stamp: Stamp) -> bool:
    """Stores a fetched post and lets those here see it whom it concerns. Whether it is new. A unit of work."""
    known = by_uris(tx, [mention.href for mention in post.record.mentions])
    stored = store_post(tx, post, parent, known, stamp)
    if stored is None:
        return False
    surface(tx, stored, post, parent, known, stamp)
    return True
