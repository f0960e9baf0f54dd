"""What a stranger may not see is on no page, nor does a page tell that it exists."""

import pytest

from actors.lookup import ActorRow
from coopfed import limits
from coopfed.features.posts import actions
from coopfed.features.profiles.actions import delete_actor
from coopfed.node import Node
from coopfed.vocab.audience import Visibility
from tests.coopfed.web.looking import a_remote_actor, a_remote_post, look, say

SECRET = "the price of the olives"


@pytest.mark.parametrize("visibility", [Visibility.FOLLOWERS, Visibility.DIRECT])
async def test_a_post_that_is_not_public_is_on_no_page(
    node: Node, cooperative: ActorRow, other_member: ActorRow, visibility: Visibility
) -> None:
    """Design 2: one definition of who may see a post, asked by every read path."""
    question = await say(node, cooperative, "What do they cost?")
    post = await say(
        node, other_member, f"@solar {SECRET} #olives", visibility=visibility, in_reply_to=question.uri, summary=SECRET
    )

    pages = [
        await look(node, path)
        for path in (f"/@ada/{post.id}", "/@ada", f"/@solar/{question.id}", "/@solar", "/tags/olives", "/")
    ]

    assert [page.status for page in pages] == [404, 200, 200, 200, 200, 200]
    assert all(SECRET not in page.text and str(post.id) not in page.text for page in pages[1:])
    assert SECRET not in pages[0].text


async def test_an_unlisted_post_is_read_where_its_author_is_but_not_found_by_its_tag(
    node: Node, cooperative: ActorRow
) -> None:
    """Mastodon's unlisted: for everybody, but not offered."""
    post = await say(node, cooperative, "Quietly #olives", visibility=Visibility.UNLISTED)

    own, profile, tag = [await look(node, path) for path in (f"/@solar/{post.id}", "/@solar", "/tags/olives")]

    assert own.status == 200
    assert '<meta name="robots" content="noindex">' in own.text
    assert "Quietly" in profile.text
    assert "Quietly" not in tag.text


async def test_the_answer_to_a_private_post_does_not_lead_to_it(
    node: Node, cooperative: ActorRow, other_member: ActorRow
) -> None:
    """The parent line asks the same question as every other read."""
    private = await say(node, cooperative, f"@ada {SECRET}", visibility=Visibility.DIRECT)
    answer = await say(node, other_member, "Agreed.", in_reply_to=private.uri)

    page = await look(node, f"/@ada/{answer.id}", accept_language="en")

    assert page.status == 200
    assert "In reply to a post that cannot be shown here" in page.text
    assert str(private.id) not in page.text
    assert SECRET not in page.text


async def test_a_deleted_public_post_is_gone(node: Node, cooperative: ActorRow) -> None:
    """ActivityPub 6.4: 410; and nothing of it is left."""
    post = await say(node, cooperative, f"{SECRET} #olives")
    await actions.delete_post(node, cooperative, post)

    own, profile, tag = [await look(node, path) for path in (f"/@solar/{post.id}", "/@solar", "/tags/olives")]

    assert own.status == 410
    assert all(SECRET not in page.text for page in (own, profile, tag))


async def test_a_deleted_private_post_never_was(node: Node, cooperative: ActorRow) -> None:
    """410 would tell a stranger that there was something."""
    post = await say(node, cooperative, SECRET, visibility=Visibility.FOLLOWERS)
    await actions.delete_post(node, cooperative, post)

    page = await look(node, f"/@solar/{post.id}")

    assert page.status == 404


async def test_a_deleted_actor_takes_its_pages_with_it(
    node: Node, cooperative: ActorRow, other_member: ActorRow
) -> None:
    """s2s 2.10: at once, not only when the job has wiped the posts."""
    question = await say(node, other_member, "Who comes?")
    post = await say(node, cooperative, f"{SECRET} #olives", in_reply_to=question.uri)
    await delete_actor(node, cooperative)

    gone = [await look(node, path) for path in ("/@solar", f"/@solar/{post.id}")]
    others = [await look(node, path) for path in ("/", f"/@ada/{question.id}", "/tags/olives")]

    assert [page.status for page in gone] == [410, 410]
    assert [page.status for page in others] == [200, 200, 200]
    assert all(SECRET not in page.text and "Solar Coop" not in page.text for page in (*gone, *others))


async def test_a_post_is_found_under_its_own_author_only(
    node: Node, cooperative: ActorRow, other_member: ActorRow
) -> None:
    """Nobody's name stands over what somebody else said."""
    mine = await say(node, cooperative, "Mine")
    theirs = await a_remote_post(node, await a_remote_actor(node), "<p>Elsewhere</p>")

    pages = [await look(node, path) for path in (f"/@ada/{mine.id}", f"/@ada/{theirs.id}", f"/@remote/{theirs.id}")]

    assert [page.status for page in pages] == [404, 404, 404]


async def test_a_number_that_is_none_of_ours_is_not_found(node: Node, cooperative: ActorRow) -> None:
    """limits.NUMBER_MAX and one more: what the database could not compare must not become a fault."""
    largest = str(limits.NUMBER_MAX)
    one_more = str(limits.NUMBER_MAX + 1)

    for number in ("0", "007", largest, one_more, "9" * 30, "x", "-1", "%D9%A3"):
        post, older = [await look(node, f"/@solar{where}{number}") for where in ("/", "?before=")]
        assert post.status == 404, number
        assert older.status == (200 if number in ("0", "007", largest) else 404), number
