"""A boost that was missed while this node was down: fetched by its id, it takes the road that it would have taken.

What an actor's own host serves as the actor's activity is as good as signed by it. Source: FEP-fe34.
"""

import hashlib

from actors.lookup import ActorRow
from coopfed.db.signals import Topic
from coopfed.errors import RemoteGone
from coopfed.features.posts.catchup import followed_author
from coopfed.net.fetch import Fetched, fetch_document
from coopfed.node import Node
from coopfed.vocab.arrival import Trust
from coopfed.vocab.document import read_activity
from coopfed.vocab.origin import authority
from inbox.admit import Item, admit


async def catch_up_boost(node: Node, key: str) -> None:
    """The job `catch_up_boost` (key: the ids of a followed actor and of the Announce that its outbox lists): the Announce arrives.
    FetchError when its host does not answer."""
    author_uri, uri = key.split(" ", 1)
    author = await node.db.read(followed_author, author_uri)
    if author is None:
        return
    await node.refuse_blocked(authority(uri))
    try:
        found = await fetch_document(node.http, uri, signer=node.signer, budget=node.budget())
    except RemoteGone:
        return
    said = read_activity(found.document)
    if (said.id, said.type, said.actor) == (uri, "Announce", author.uri):
        await node.db.write(admit, [_item(node, author, uri, found)], wakes=(Topic.ARRIVALS,))


def _item(node: Node, author: ActorRow, uri: str, found: Fetched) -> Item:
    return Item(
        id=node.minter.mint(),
        signer_id=author.id,
        activity_uri=uri,
        type="Announce",
        raw=found.raw,
        body_hash=hashlib.sha256(found.raw).digest(),
        scheme="",
        key_id="",
        signature_base=b"",
        trust=Trust.DIRECT.value,
        received_at=node.clock.now(),
    )
