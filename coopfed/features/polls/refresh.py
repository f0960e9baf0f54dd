"""The counts of a peer's poll, asked for again: when somebody looks at it, and once it is over. By a job, and not too often."""

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from actors.local import signing_key
from coopfed import limits
from coopfed.db import jobs
from coopfed.db.tx import Tx
from coopfed.errors import BadMessage, FetchError
from coopfed.features.posts import polls, store
from coopfed.features.posts.polls import REFRESH_POLL, PollRow
from coopfed.features.posts.store import PostRow
from coopfed.net.fetch import Signer, fetch_document
from coopfed.node import Node, Stamp
from coopfed.vocab.audience import OPEN, Visibility
from coopfed.vocab.document import read_post
from coopfed.vocab.origin import authority
from coopfed.vocab.records import PollRecord


async def look_again(node: Node, post_id: int) -> None:
    """Asks the author's node for the counts, by a job, when they were not heard for a while. Not of a poll for those named: its author
    would learn when it is read. Source: s2s research 2.19."""
    row = await node.db.read(_asked_of_many, post_id)
    if row is not None and _is_stale(row, node.clock.now(), node.clock.span(limits.POLL_FRESH_SECONDS)):
        await node.db.write(_ask, post_id, node.stamp())


def _asked_of_many(tx: Tx, post_id: int) -> PollRow | None:
    post = store.by_id(tx, post_id)
    return polls.of(tx, post_id) if post is not None and post.visibility != Visibility.DIRECT else None


def _is_stale(row: PollRow, now: int, fresh: int) -> bool:
    """Whether a peer's poll may have other counts by now. What was heard well after the end is the result."""
    if row.refreshed_at is None or row.refreshed_at > now - fresh:
        return False
    return row.closed_at is None or row.refreshed_at <= row.closed_at + limits.POLL_SETTLE_SECONDS * 1000


def _ask(tx: Tx, post_id: int, stamp: Stamp) -> None:
    jobs.enqueue(tx, stamp.mint(None), REFRESH_POLL, str(post_id), stamp.now)


async def refresh_poll(node: Node, key: str) -> None:
    """The job `refresh_poll` (key: the post's number, and perhaps why). FetchError when its host does not answer now."""
    post_id = int(key.split()[0])
    post = await node.db.read(store.by_id, post_id)
    if post is None or post.local or post.deleted_at is not None:
        return
    await node.refuse_blocked(authority(post.uri))
    record = None
    try:
        fetched = await fetch_document(node.http, post.uri, signer=await _reader(node, post), budget=node.budget())
        found = read_post(fetched.document)
        record = found.poll if found.id == post.uri else None
    except FetchError as error:
        if error.temporary:
            raise
    except BadMessage:
        pass
    await node.db.write(_take, post_id, record, node.stamp())


async def _reader(node: Node, post: PostRow) -> Signer:
    """Who asks: the node for what everybody may see; else one of ours whom the post is for."""
    number = await node.db.read(store.reader_here, post.id, post.actor_id) if post.visibility not in OPEN else None
    if number is None:
        return node.signer
    loaded = await signing_key(node, number, newest=True)
    assert isinstance(loaded.key, RSAPrivateKey)
    return Signer(loaded.id, loaded.key)


def _take(tx: Tx, post_id: int, record: PollRecord | None, stamp: Stamp) -> None:
    post = store.by_id(tx, post_id)
    if post is None or post.deleted_at is not None:
        return
    if record is not None:
        polls.take(tx, post, record, stamp, edit=False)
    polls.set_refreshed_at(tx, post_id, stamp.now)
