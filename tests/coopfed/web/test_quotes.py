"""Quotes on pages: a card when its author agreed, else the link in the text; for strangers only what is for strangers."""

import pytest
from sqlalchemy import update

from actors.lookup import ActorRow
from coopfed.db.tx import Tx
from coopfed.features.consent.quotes import quote
from coopfed.features.posts.actions import create_post, delete_post
from coopfed.features.posts.rules import Draft
from coopfed.features.posts.store import PostRow
from coopfed.node import Node
from coopfed.vocab.audience import Visibility
from tests.coopfed.web.looking import look


async def quoting(node: Node, author: ActorRow, quoted: PostRow) -> PostRow:
    """A post that quotes another."""
    return await create_post(node, author, Draft("Indeed", quote=quoted.uri))


@pytest.mark.parametrize(
    ("language", "words"), [("en", "The quoted post"), ("it", "Il post citato"), ("tr", "Alıntılanan gönderi")]
)
async def test_quoted_post_is_shown_as_a_card(
    node: Node, cooperative: ActorRow, other_member: ActorRow, language: str, words: str
) -> None:
    """Issue 4, 4: who said what, with the way to it; the line for those who show no quotes is hidden beside it."""
    quoted = await create_post(node, other_member, Draft("Bread <b> for all"))
    post = await quoting(node, cooperative, quoted)

    page = await look(node, f"/@solar/{post.id}", accept_language=language)

    card = page.text[page.text.index("<blockquote") : page.text.index("</blockquote>")]
    assert "Bread &lt;b&gt; for all" in card
    assert f"@{other_member.acct}" in card
    assert f"/{quoted.id}" in card
    assert words in card
    assert 'class="text quoting"' in page.text


async def test_warning_of_a_quoted_post_stands_before_it(
    node: Node, cooperative: ActorRow, other_member: ActorRow
) -> None:
    """Issue 2: nobody reads without being asked what its author warned of, in a card neither."""
    quoted = await create_post(node, other_member, Draft("Of blood", summary="Surgery"))
    post = await quoting(node, cooperative, quoted)

    page = await look(node, f"/@solar/{post.id}")

    card = page.text[page.text.index("<blockquote") : page.text.index("</blockquote>")]
    assert card.index("<details") < card.index("Surgery") < card.index("Of blood") < card.index("</details>")


@pytest.mark.parametrize("state", ["pending", "rejected", "revoked", "unverified"])
async def test_without_consent_there_is_only_the_link(
    node: Node, cooperative: ActorRow, other_member: ActorRow, state: str
) -> None:
    """s2s 2.21: no authorization: a link, not a card."""
    quoted = await create_post(node, other_member, Draft("Bread for all"))
    post = await quoting(node, cooperative, quoted)
    await node.db.write(_now, post.id, state)

    page = await look(node, f"/@solar/{post.id}")

    assert "<blockquote" not in page.text
    assert "Bread for all" not in page.text
    assert quoted.url is not None
    assert f'RE: <a href="{quoted.url}"' in page.text
    assert "text quoting" not in page.text


def _now(tx: Tx, post_id: int, state: str) -> None:
    tx.execute(update(quote).where(quote.c.object_id == post_id).values(state=state))


async def test_what_is_not_for_strangers_is_on_no_page(
    node: Node, cooperative: ActorRow, other_member: ActorRow
) -> None:
    """Issue 4, 1: a page shows what strangers may see, also of what is quoted; and nothing of what was deleted."""
    deleted = await create_post(node, other_member, Draft("canary-deleted"))
    post = await quoting(node, cooperative, deleted)
    await delete_post(node, other_member, deleted)
    private = await create_post(node, cooperative, Draft("canary-private", visibility=Visibility.FOLLOWERS))
    hidden = await create_post(node, cooperative, Draft("For few", visibility=Visibility.FOLLOWERS, quote=private.uri))

    assert "canary" not in (await look(node, f"/@solar/{post.id}")).text
    assert (await look(node, f"/@solar/{hidden.id}")).status == 404
    assert "canary" not in (await look(node, "/@solar")).text
