"""Polls in tests: asked by our members and by a peer's actors, and the votes in them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from actors.local import load_signer
from actors.lookup import ActorRow
from coopfed.db.tx import Tx
from coopfed.features import notifications
from coopfed.features.polls.store import vote
from coopfed.features.posts import polls, store
from coopfed.features.posts.actions import create_post
from coopfed.features.posts.polls import PollRow
from coopfed.features.posts.rules import Draft, PollDraft
from coopfed.features.posts.store import PostRow
from coopfed.node import Node, open_node
from coopfed.vocab.audience import Visibility
from tests.support.peers import CONTEXT, Document, RemoteActor

OPTIONS = ("Olives", "Bread", "Wine")
HOUR, DAY = 3600, 24 * 3600


async def asks(
    node: Node,
    author: ActorRow,
    *,
    options: tuple[str, ...] = OPTIONS,
    text: str = "What do we bring?",
    visibility: Visibility = Visibility.PUBLIC,
    **poll: Any,
) -> PostRow:
    """A poll of an actor of ours, open for a day. `poll` is what PollDraft takes."""
    return await create_post(node, author, Draft(text, visibility, "en", poll=PollDraft(options, **poll)))


def question(author: RemoteActor, votes: dict[str, int | None] | None = None, **more: Any) -> Document:
    """A Question of a peer's actor: what can be chosen and how often it was, None where that is not told. Its `mode` is oneOf or anyOf."""
    counted = votes if votes is not None else dict.fromkeys(OPTIONS, 0)
    options = [
        {"type": "Note", "name": title}
        | ({"replies": {"type": "Collection", "totalItems": number}} if number is not None else {})
        for title, number in counted.items()
    ]
    members = {
        "@context": CONTEXT,
        "type": "Question",
        more.pop("mode", "oneOf"): options,
        "endTime": "2026-11-25T07:00:00Z",
    }
    return author.note("<p>What do you bring?</p>", **(members | more))


def chooses(voter: RemoteActor, poll: str, *titles: str, **more: Any) -> Document:
    """The Create of a vote of a peer's actor as Mastodon sends it; with several titles as GoToSocial does."""
    host = poll.partition("/ap/")[0]
    to = f"{host}/ap/actors/1"
    votes = [
        {
            "id": f"{voter.uri}#votes/{title}",
            "type": "Note",
            "name": title,
            "attributedTo": voter.uri,
            "inReplyTo": poll,
            "to": to,
        }
        | more
        for title in titles
    ]
    return voter.says("Create", votes[0] if len(votes) == 1 else votes, to=[to], cc=None)


async def poll_of(node: Node, uri: str) -> PollRow:
    """The poll of the post with this id, which must be there."""
    found = await node.db.read(_poll, uri)
    assert found is not None, uri
    return found


async def counts(node: Node, uri: str) -> tuple[dict[str, int], int | None]:
    """How often each option was chosen, and by how many."""
    row = await poll_of(node, uri)
    return {option.title: option.votes for option in row.options}, row.voters_count


async def votes_stored(node: Node) -> int:
    """How many votes are stored."""
    return await node.db.read(_votes)


async def told_of_polls(node: Node, actor: ActorRow) -> int:
    """How often an actor was told that a poll is over."""
    return len([row for row in await node.db.read(notifications.recent, actor.id, 40) if row.type == "poll"])


def _poll(tx: Tx, uri: str) -> PollRow | None:
    post = store.by_uri(tx, uri)
    return polls.of(tx, post.id) if post is not None else None


def _votes(tx: Tx) -> int:
    return len(tx.execute(vote.select()).all())


@asynccontextmanager
async def beside(node: Node) -> AsyncIterator[Node]:
    """The same node as another process opens it, on the same database."""
    other = await open_node(node.config, node.clock)
    try:
        await load_signer(other)
        yield other
    finally:
        await other.close()
