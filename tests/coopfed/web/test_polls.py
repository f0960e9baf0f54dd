"""Polls on the page of a post: to be read, in every language; voting is for apps."""

import pytest

from actors.lookup import ActorRow
from coopfed.features.polls.actions import vote
from coopfed.node import Node
from tests.coopfed.web.looking import look
from tests.support.nodes import an_actor
from tests.support.polls import asks


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["1 vote<", "0 votes<", "The poll ends on ", "1 has voted."]),
        ("it", ["1 voto<", "0 voti<", "Il sondaggio termina il ", "Ha votato 1 persona."]),
        ("tr", ["1 oy<", "0 oy<", "Anketin bitişi: ", "1 kişi oy verdi."]),
    ],
)
async def test_poll_is_shown_with_its_counts(
    node: Node, cooperative: ActorRow, other_member: ActorRow, language: str, words: list[str]
) -> None:
    """Issue 4, 3: options, votes, the end and how many voted; who they are is not shown."""
    poll = await asks(node, cooperative, options=("Olives", "Bread"))
    voter = await an_actor(node, "secretvoter")
    await vote(node, voter, poll.id, [1])

    page = await look(node, f"/@solar/{poll.id}", accept_language=language)

    assert page.text.index("<bdi>Olives</bdi>") < page.text.index("<bdi>Bread</bdi>")
    assert [word for word in words if word not in page.text] == []
    assert "secretvoter" not in page.text


async def test_hidden_counts_are_not_on_the_page(node: Node, cooperative: ActorRow, other_member: ActorRow) -> None:
    """Issue 4, 3: before the end nobody sees them."""
    poll = await asks(node, cooperative, hide_totals=True)
    await vote(node, other_member, poll.id, [1])

    page = await look(node, f"/@solar/{poll.id}", accept_language="en")

    assert "Votes are not shown before the end." in page.text
    assert "vote<" not in page.text
    assert "has voted" not in page.text


async def test_options_are_text(node: Node, cooperative: ActorRow) -> None:
    """security 2.3: what a member types as an option runs nowhere."""
    poll = await asks(node, cooperative, options=("<script>alert(1)</script>", "3 < 4"))

    page = await look(node, f"/@solar/{poll.id}", accept_language="en")

    assert "<bdi>&lt;script&gt;alert(1)&lt;/script&gt;</bdi>" in page.text
    assert "<script>alert" not in page.text
