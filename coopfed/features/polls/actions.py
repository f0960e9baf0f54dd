"""What members do: vote. In a poll of this node that is a row; to the author of another one it goes as one Create for each choice."""

from collections.abc import Sequence

from actors.lookup import ActorRow, by_id
from coopfed.db.tx import Tx
from coopfed.errors import InvalidInput, NotFound
from coopfed.features.polls import store
from coopfed.features.polls.results import tell_later
from coopfed.features.posts import polls, visible
from coopfed.features.posts.polls import PollRow
from coopfed.features.posts.store import PostRow
from coopfed.node import Node, Stamp
from coopfed.vocab import polls as documents
from outbox.publish import publish


async def vote(node: Node, actor: ActorRow, post_id: int, asked: Sequence[int], account_id: int | None = None) -> None:
    """Votes in the poll of a post, once and for all; `asked` are the places of the options, from 0.

    NotFound when there is no such poll for the actor; InvalidInput when it is their own or over, when they have voted, or for what
    cannot be chosen. Source: s2s research 2.9; Mastodon's client API.
    """
    # As a claim: a hundred who vote at one moment wait for each other at the poll's row, instead of beginning anew again and again.
    await node.db.claim(_vote, actor, post_id, tuple(dict.fromkeys(asked)), account_id, node.stamp())


def _vote(tx: Tx, actor: ActorRow, post_id: int, asked: tuple[int, ...], account_id: int | None, stamp: Stamp) -> None:
    post = visible.by_ids(tx, [post_id], actor.id).get(post_id)
    held = polls.held(tx, post_id) if post is not None else None
    if post is None or held is None:
        raise NotFound(f"no poll {post_id} for @{actor.handle}")
    _refuse(actor, post, held, asked, stamp.now)
    if store.chosen(tx, [post_id], actor.id):
        raise InvalidInput("you have voted in this poll already")
    store.cast(tx, held, actor.id, (), asked, account_id, stamp.now)
    if post.local:
        tell_later(tx, held, stamp)
    else:
        _send(tx, actor, post, held, asked, stamp)


def _refuse(actor: ActorRow, post: PostRow, held: PollRow, asked: tuple[int, ...], now: int) -> None:
    if post.actor_id == actor.id:
        raise InvalidInput("this is your own poll")
    if held.over(now):
        raise InvalidInput("the poll is over")
    if not asked or not all(0 <= place < len(held.options) for place in asked):
        raise InvalidInput(f"choices must be numbers from 0 to {len(held.options) - 1}")
    if len(asked) > 1 and not held.multiple:
        raise InvalidInput("only one option of this poll can be chosen")


def _send(tx: Tx, actor: ActorRow, post: PostRow, held: PollRow, asked: tuple[int, ...], stamp: Stamp) -> None:
    author = by_id(tx, post.actor_id)
    if author is None or author.gone_at is not None:
        raise NotFound(f"the author of {post.uri} is gone")
    moment = stamp.utc()
    for place in asked:
        number = stamp.mint(None)
        title = held.options[place].title
        create = documents.cast(stamp.urls.activity(number), actor.uri, post.uri, title, author.uri, moment)
        publish(tx, stamp, actor, number, create, post.id)
