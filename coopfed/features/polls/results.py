"""What the author's node tells of a poll of ours: the counts now and then while it is open, and the result once it is over.

The Question travels in an Update without a newer `updated`: to peers that is no edit. Who voted hears of it and is not named.
"""

import orjson

from actors.lookup import by_id
from coopfed import limits
from coopfed.db import jobs
from coopfed.db.tx import Tx
from coopfed.errors import Unavailable
from coopfed.features.posts import documents, polls, store
from coopfed.features.posts.allowed import only_for
from coopfed.features.posts.polls import REFRESH_POLL, PollRow
from coopfed.features.posts.reach import reached_by, voters
from coopfed.features.posts.store import PostRow
from coopfed.node import Node, Stamp
from coopfed.vocab import build
from outbox.publish import publish

TELL_RESULTS = "tell_results"


def tell_later(tx: Tx, held: PollRow, stamp: Stamp) -> None:
    """Sees to it that the counts, which have changed, are told in a while: all that come meanwhile are told with them.

    Hidden ones are not told before the end. A unit of work; the poll is held. Source: s2s research 2.9.
    """
    if held.hidden or held.tell_at is not None or held.closed_at is not None:
        return
    due = stamp.now + stamp.clock.span(limits.POLL_TELL_SECONDS)
    polls.set_tell_at(tx, held.object_id, due)
    # The key names the moment: a job that is under way when a vote comes does not swallow the next one.
    jobs.enqueue(tx, stamp.mint(None), TELL_RESULTS, f"{held.object_id} {due}", due)


async def tell_results(node: Node, key: str) -> None:
    """The job `tell_results` (key: the post's number, and the moment it was planned for)."""
    post_id, due = map(int, key.split())
    await node.db.write(_tell_results, post_id, due, node.stamp())


def _tell_results(tx: Tx, post_id: int, due: int, stamp: Stamp) -> None:
    held, post = polls.held(tx, post_id), store.by_id(tx, post_id)
    if held is None or post is None or held.tell_at != due:
        return
    polls.set_tell_at(tx, post_id, None)
    publish_results(tx, post, held, stamp)


def publish_results(tx: Tx, post: PostRow, row: PollRow, stamp: Stamp) -> None:
    """Stores the Question with its present counts and sends it to all who have it; nothing happens when nothing changed.

    A unit of work. Source: ActivityPub 6.3; s2s research 2.9.
    """
    author, before = by_id(tx, post.actor_id), documents.note_of(tx, post.id)
    if author is None or author.gone_at is not None or before is None:
        return
    told = polls.question(before, row)
    if told == before or not documents.set_document(tx, post.id, orjson.dumps(told)):
        return
    number = stamp.mint(None)
    update = build.update(told, stamp.urls.activity(number), stamp.utc())
    blind = {**update, "bcc": [*reached_by(tx, post), *voters(tx, post)]}
    publish(tx, stamp, author, number, blind, post.id, only=only_for(tx, post))


async def close_poll(node: Node, key: str) -> None:
    """The job `close_poll` (key: the post's number, and the moment of the end): whatever others say, by our own clock it is over.

    Unavailable while it is not, since the clock was set back.
    """
    post_id, ends_at = map(int, key.split())
    early = ends_at - node.clock.now()
    if early > 0:
        raise Unavailable(f"poll {post_id} is open", reason="poll_open", retry_after=early // 1000 + 1)
    await node.db.write(_close, post_id, ends_at, node.stamp())


def _close(tx: Tx, post_id: int, ends_at: int, stamp: Stamp) -> None:
    held, post = polls.held(tx, post_id), store.by_id(tx, post_id)
    if held is None or post is None or held.ends_at != ends_at or held.closed_at is not None:
        return
    over = polls.close(tx, held)
    polls.tell_end(tx, over, post, stamp)
    if post.local:
        publish_results(tx, post, over, stamp)
    elif polls.voters_here(tx, post_id):
        due = stamp.now + stamp.clock.span(limits.POLL_SETTLE_SECONDS)
        jobs.enqueue(tx, stamp.mint(None), REFRESH_POLL, f"{post_id} result", due)
