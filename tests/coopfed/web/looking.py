"""Asking a node for pages as a browser does, and a small world to look at: two actors here, one at a peer, what they say."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from quart import Quart, Response

from actors.lookup import ActorRow
from actors.remote import store_actor
from coopfed.app import create_quart
from coopfed.db.tx import Tx
from coopfed.features.posts import actions, store
from coopfed.features.posts.remote import Post, store_post
from coopfed.features.posts.rules import Draft
from coopfed.features.posts.store import PostRow
from coopfed.node import Node, Stamp
from coopfed.vocab.document import read_actor, read_post
from coopfed.vocab.normalise import normalise
from coopfed.vocab.terms import AS_CONTEXT, PUBLIC

PEER = "https://peer.example"


@dataclass(frozen=True, slots=True)
class Page:
    """An answer with its text."""

    response: Response
    text: str

    @property
    def status(self) -> int:
        """The status code."""
        return self.response.status_code

    def header(self, name: str) -> str:
        """A header, empty when it is missing."""
        return self.response.headers.get(name, "")


async def look(node: Node, path: str, **headers: str) -> Page:
    """What a browser gets at this path. Header names with underscores: `accept_language="tr"`."""
    asked = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    asked |= {name.replace("_", "-").title(): value for name, value in headers.items()}
    response = await _quart(node).test_client().get(path, headers=asked)
    assert isinstance(response, Response)
    return Page(response, (await response.get_data()).decode(errors="replace"))


_QUARTS: dict[str, tuple[Node, Quart]] = {}


def _quart(node: Node) -> Quart:
    """The application of a node, made once: registering its routes costs more than answering a page."""
    known = _QUARTS.get("last")
    if known is None or known[0] is not node:
        known = _QUARTS["last"] = (node, create_quart(node))
    return known[1]


async def say(node: Node, author: ActorRow, text: str, **draft: Any) -> PostRow:
    """A post of an actor of ours; `draft` is what Draft takes."""
    return await actions.create_post(node, author, Draft(text, **draft))


async def a_remote_actor(node: Node, handle: str = "remote", **members: Any) -> ActorRow:
    """An actor of another server, stored as if it had been fetched. `members` replace those of its document."""
    uri = f"{PEER}/users/{handle}"
    document = {
        "@context": AS_CONTEXT,
        "id": uri,
        "type": "Person",
        "preferredUsername": handle,
        "name": handle.title(),
        "inbox": f"{uri}/inbox",
        "outbox": f"{uri}/outbox",
        "followers": f"{uri}/followers",
        "url": f"{PEER}/@{handle}",
        **members,
    }
    return await store_actor(node, read_actor(normalise(document)), orjson.dumps(document))


async def a_remote_post(
    node: Node, author: ActorRow, content: str, answers: PostRow | None = None, **members: Any
) -> PostRow:
    """A post of another server, stored as if it had arrived. `members` replace those of its document."""
    number = node.minter.mint()
    document = {
        "@context": AS_CONTEXT,
        "id": f"{PEER}/notes/{number}",
        "type": "Note",
        "attributedTo": author.uri,
        "content": content,
        "to": [PUBLIC],
        "published": datetime.fromtimestamp(node.clock.now() / 1000, UTC).isoformat(),
        "url": f"{PEER}/@{author.handle}/{number}",
        **({"inReplyTo": answers.uri} if answers else {}),
        **members,
    }
    post = Post(read_post(normalise(document)), author, orjson.dumps(document))
    return await node.db.write(_stored, post, answers, node.stamp())


def _stored(tx: Tx, post: Post, parent: PostRow | None, stamp: Stamp) -> PostRow:
    row = store_post(tx, post, parent, {}, stamp)
    assert row is not None
    return row


async def reread(node: Node, post: PostRow) -> PostRow:
    """The post as the database has it now."""
    row = await node.db.read(store.by_id, post.id)
    assert row is not None
    return row
