"""Quotes between nodes of ours: asked for, granted, shown to a third, taken back. Real servers, real signatures. Source: FEP-044f."""

import orjson
import pytest

from coopfed.db.tx import Tx
from coopfed.errors import InvalidInput
from coopfed.features.consent import store as consents
from coopfed.features.consent.quotes import find
from coopfed.features.consent.rules import QuotePolicy
from coopfed.features.posts import store
from coopfed.features.posts.actions import create_post
from coopfed.features.posts.rules import Draft
from coopfed.features.posts.store import PostRow
from coopfed.features.quotes.actions import revoke
from coopfed.vocab import consent
from coopfed.vocab.policies import policy_of
from tests.federation.test_nodes_together import Member, members, settled
from tests.support.peers import until


async def quotes(who: Member, uri: str, text: str = "Indeed") -> PostRow:
    """A post that quotes another."""
    return await create_post(who.node, who.row, Draft(text, quote=uri))


def _state(tx: Tx, uri: str) -> str | None:
    post = store.by_uri(tx, uri)
    row = find(tx, post.id) if post is not None else None
    return None if row is None else row.state


async def is_known_as(who: Member, post: PostRow, state: str | None) -> None:
    """Returns when the quote in the post is in this state on the member's node."""

    async def there() -> bool:
        return await who.node.db.read(_state, post.uri) == state

    await until(there)


async def test_consent_is_asked_for_given_shown_to_others_and_taken_back(database_urls: list[str]) -> None:
    """FEP-044f: author, quoter and a reader on three nodes agree at each step."""
    async with members(database_urls, "author", "quoter", "reader") as (author, quoter, reader):
        await reader.follows(quoter)
        await quoter.follows(author)
        post = await author.says("The price of flour")
        await quoter.sees(post)

        quoting = await quotes(quoter, post.uri)

        for one in (author, quoter, reader):
            await is_known_as(one, quoting, "accepted")
        await reader.sees(quoting)

        async def told() -> bool:
            return await author.told() == ["follow", "quote"]

        await until(told)
        known = await author.knows(quoting.uri)
        assert known is not None

        await revoke(author.node, author.row, post, known.id)

        for one in (author, quoter):
            await is_known_as(one, quoting, "revoked")
        # The reader has it from its author, without the quote.
        await is_known_as(reader, quoting, None)
        stripped = await reader.knows(quoting.uri)
        assert stripped is not None
        assert post.url is not None
        assert post.url in stripped.content


async def test_what_the_policy_allows_is_known_elsewhere(database_urls: list[str]) -> None:
    """FEP-044f *canQuote*: who may not is told before anything is sent; a policy that changed on its way is still kept to."""
    async with members(database_urls, "author", "quoter", "reader") as (author, quoter, reader):
        await quoter.follows(author)
        closed = await create_post(author.node, author.row, Draft("Mine", quote_policy=QuotePolicy.NOBODY))
        open_ = await author.says("Everybody's")
        among_us = await create_post(author.node, author.row, Draft("Ours", quote_policy=QuotePolicy.FOLLOWERS))
        await quoter.sees(closed, open_, among_us)

        with pytest.raises(InvalidInput):
            await quotes(quoter, closed.uri)
        with pytest.raises(InvalidInput):
            await quotes(reader, among_us.uri)
        quoting = await quotes(quoter, among_us.uri)
        await is_known_as(quoter, quoting, "accepted")

        await settled(author.node, quoter.node)
        # The policy is closed where it counts, and the quoter has not heard of it.
        await author.node.db.write(_close, open_.id, author.row.uri)
        late = await quotes(quoter, open_.uri)
        await is_known_as(quoter, late, "rejected")
        assert await author.node.db.read(_state, late.uri) is None


def _close(tx: Tx, post_id: int, author: str) -> None:
    consents.set_policy(tx, post_id, orjson.dumps(policy_of(consent.policy([author]))).decode())
