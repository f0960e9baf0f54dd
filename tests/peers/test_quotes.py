"""Fedify's actors quote our posts, and ours theirs, over TLS and with consent: read in Fedify's own store and in our rows (FEP-044f)."""

import pytest

from coopfed.db.tx import Tx
from coopfed.features.consent import quotes
from coopfed.features.posts import store as posts
from coopfed.features.posts.actions import create_post
from coopfed.features.posts.remote import known_post
from coopfed.features.posts.rules import Draft
from coopfed.features.quotes.actions import revoke
from coopfed.vocab.terms import PUBLIC
from tests.peers.process import PeerProcess
from tests.peers.stage import Cooperative, Foreigner, Record
from tests.support.peers import until

pytestmark = pytest.mark.slow


@pytest.fixture
def server(fedify: PeerProcess) -> PeerProcess:
    """Only Fedify's vocabulary knows quotes."""
    return fedify


def _state(tx: Tx, uri: str) -> str | None:
    post = posts.by_uri(tx, uri)
    row = quotes.find(tx, post.id) if post is not None else None
    return None if row is None else row.state


async def is_known_here_as(member: Cooperative, uri: str, state: str) -> None:
    """Returns when the quote in this post is in this state here."""

    async def there() -> bool:
        return await member.node.db.read(_state, uri) == state

    await until(there)


async def test_our_actor_quotes_a_foreign_post(member: Cooperative, foreigner: Foreigner) -> None:
    """FEP-044f: asked by a QuoteRequest that Fedify reads; its Accept has a stamp; our Update brings it back, and is no edit there."""
    await foreigner.does("follow", target=member.handle)
    await foreigner.is_let_in(member)
    uri = await foreigner.does("post", content="<p>Bread for all</p>", quotable=True)
    await known_post(member.node, uri, member.node.budget())

    quoting = await create_post(member.node, member.row, Draft("Indeed", quote=uri))

    await is_known_here_as(member, quoting.uri, "accepted")

    async def stamped() -> bool:
        record = await foreigner.post(quoting.uri)
        return record is not None and record["authorization"] is not None

    await until(stamped)
    record = await foreigner.post(quoting.uri)
    assert record is not None
    assert record["quote"] == uri
    assert record["authorization"].startswith(foreigner.server.origin)
    assert (record["edits"], record["updated"], record["quotable"]) == ([], None, [PUBLIC])
    assert [one["status"] for one in await foreigner.arrivals(member.id) if one["type"] == "QuoteRequest"] == [202]


async def test_a_foreign_actor_quotes_our_post(member: Cooperative, foreigner: Foreigner) -> None:
    """FEP-044f: its QuoteRequest is answered; our stamp is read by Fedify's vocabulary; taken back, it is gone and told so."""
    post = await member.says("The price of flour")
    uri = await foreigner.does("quote", content="<p>Too high</p>", quoted=post.uri)

    async def shown() -> bool:
        return (await quotes_of(foreigner))[uri]["shown"] is not None

    await until(shown)
    assert (await quotes_of(foreigner))[uri] == {
        "state": "accepted",
        "shown": {
            "id": (await quotes_of(foreigner))[uri]["shown"]["id"],
            "type": "QuoteAuthorization",
            "author": member.id,
            "quoting": uri,
            "quoted": post.uri,
        },
    }
    await is_known_here_as(member, uri, "accepted")
    quoting = await member.post(uri)
    assert quoting is not None

    await revoke(member.node, member.row, post, quoting.id)

    async def told() -> bool:
        return "Delete" in [one["type"] for one in await foreigner.arrivals(member.id) if one["status"] == 202]

    await until(told)
    assert await member.node.db.read(_state, uri) == "revoked"


async def quotes_of(foreigner: Foreigner) -> Record:
    """What became of its QuoteRequests, by the posts that quote."""
    found: Record = (await foreigner.store())["quotes"]
    return found
