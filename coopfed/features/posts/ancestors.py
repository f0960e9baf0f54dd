"""What an answer answers, upwards to the beginning of the thread: fetched one after the other, never by recursion.

One arrival spends its own budget of fetches; what is still missing then is a job's, with a budget of its own. Together they
climb `limits.ANCESTORS` posts, so that a thread without an end costs no more than a long one.
"""

from dataclasses import dataclass

from coopfed import limits
from coopfed.db import jobs
from coopfed.db.tx import Tx
from coopfed.errors import CoopFedError, FetchError
from coopfed.features.posts import store
from coopfed.features.posts.remote import Post, fetch_post, store_post
from coopfed.features.posts.store import PostRow
from coopfed.net.fetch import Budget, BudgetSpent
from coopfed.node import Node, Stamp
from coopfed.outcomes import Refusal

FETCH_ANCESTORS = "fetch_ancestors"


@dataclass(frozen=True, slots=True)
class Ancestors:
    """Fetched posts, the nearest first, and the id where the climb has to go on later (None: it has come to its end)."""

    posts: tuple[Post, ...] = ()
    beyond: str | None = None


async def climb(node: Node, uri: str, budget: Budget, most: int = limits.ANCESTORS) -> Ancestors:
    """The posts from this id upwards that are unknown here, at most so many.

    A post that cannot be had ends the climb: an answer is shown also without what it answers. Source: s2s research 2.15.
    """
    found: list[Post] = []
    here: str | None = uri
    while here is not None and len(found) < most:
        if here in {post.record.id for post in found} or await node.db.read(store.by_uri, here) is not None:
            return Ancestors(tuple(found))
        try:
            post = await fetch_post(node, here, budget)
        except BudgetSpent:
            return Ancestors(tuple(found), here)
        except FetchError as error:
            return Ancestors(tuple(found), here if error.temporary else None)
        except (CoopFedError, Refusal):
            return Ancestors(tuple(found))
        found.append(post)
        here = post.record.in_reply_to
    return Ancestors(tuple(found))


def store_ancestors(tx: Tx, ancestors: Ancestors, stamp: Stamp, climbed: int = 0) -> PostRow | None:
    """Stores what was fetched, from the top down, and leaves a job where the climb goes on. The nearest one; None when there is none.

    `climbed` counts the ancestors of the same answer that were stored before. A unit of work.
    """
    parent: PostRow | None = None
    for post in reversed(ancestors.posts):
        above = parent or (store.by_uri(tx, post.record.in_reply_to) if post.record.in_reply_to else None)
        parent = store_post(tx, post, above, {}, stamp) or store.by_uri(tx, post.record.id)
    reached = climbed + len(ancestors.posts)
    if ancestors.beyond is not None and reached < limits.ANCESTORS:
        jobs.enqueue(tx, stamp.mint(None), FETCH_ANCESTORS, f"{reached} {ancestors.beyond}", stamp.now)
    return parent


async def fetch_ancestors(node: Node, key: str) -> None:
    """The job `fetch_ancestors` (key: how many were climbed, and the id to go on with). FetchError when its host does not answer."""
    climbed, _, uri = key.partition(" ")
    ancestors = await climb(node, uri, node.budget(), limits.ANCESTORS - int(climbed))
    if ancestors.beyond == uri:
        raise FetchError(f"{uri} cannot be had now", reason="unreachable")
    await node.db.write(store_ancestors, ancestors, node.stamp(), int(climbed))
