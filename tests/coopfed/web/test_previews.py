"""Previews of linked pages on our own: text with the host that it leads to, and nothing that a browser would ask of others."""

import pytest

from actors.lookup import ActorRow
from coopfed.db.models.previews import FOUND
from coopfed.db.tx import Tx
from coopfed.features.posts.actions import create_post
from coopfed.features.posts.rules import Draft
from coopfed.features.posts.store import PostRow
from coopfed.features.previews import store
from coopfed.features.previews.store import Said
from coopfed.node import Node
from coopfed.vocab.audience import Visibility
from tests.coopfed.web.looking import look

URL = "https://news.example/1?a=1&b=2"


async def linking(node: Node, author: ActorRow, text: str = f"Read {URL}", **said: str | None) -> PostRow:
    """A post whose page says this of itself."""
    post = await create_post(node, author, Draft(text))
    await node.db.write(says, Said(FOUND, **({"title": "Bread"} | said)))  # type: ignore[arg-type]
    return post


def says(tx: Tx, said: Said) -> None:
    """The only page that is known says this."""
    store.settle(tx, tx.execute(store.preview.select()).one().id, said, 0)


def card(page: str) -> str:
    """The preview on a page."""
    return page[page.index('<aside class="preview"') : page.index("</aside>")]


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Linked page"), ("it", "Pagina collegata"), ("tr", "Bağlantı verilen sayfa")]
)
async def test_linked_page_is_shown_as_text(node: Node, cooperative: ActorRow, language: str, words: str) -> None:
    """Design 20: title, description and the host that the link leads to, whatever the page calls itself; no picture."""
    said = {"title": "Bread <b>for</b> all", "description": "<img src=x> and salt", "language": "it-IT"}
    post = await linking(node, cooperative, provider="Bank of Trust", image_url="https://news.example/a.png", **said)

    page = await look(node, f"/@solar/{post.id}", accept_language=language)

    shown = card(page.text)
    assert "Bread &lt;b&gt;for&lt;/b&gt; all" in shown
    assert "&lt;img src=x&gt; and salt" in shown
    assert 'href="https://news.example/1?a=1&amp;b=2"' in shown
    assert "<bdi>news.example</bdi>" in shown
    assert 'rel="nofollow noopener noreferrer"' in shown
    assert 'lang="it-IT"' in shown
    assert words in shown
    assert "a.png" not in page.text
    assert "Bank of Trust" not in page.text


async def test_long_description_is_shortened(node: Node, cooperative: ActorRow) -> None:
    """A card, not a page."""
    post = await linking(node, cooperative, description="word " * 200)

    shown = card((await look(node, f"/@solar/{post.id}")).text)

    assert len(shown) < 900
    assert "word…" in shown


async def test_preview_stands_on_every_page_that_shows_the_post(node: Node, cooperative: ActorRow) -> None:
    """Profile, page of the post, hashtag."""
    post = await linking(node, cooperative, f"#bread {URL}")

    for path in ("/@solar", f"/@solar/{post.id}", "/tags/bread"):
        assert "Bread" in card((await look(node, path)).text)


async def test_warning_stands_before_the_preview(node: Node, cooperative: ActorRow) -> None:
    """Issue 2: nobody reads without being asked what its author warned of, of the page that it leads to neither."""
    post = await create_post(node, cooperative, Draft(URL, summary="Ending"))
    await node.db.write(says, Said(FOUND, title="The baker did it"))

    text = (await look(node, f"/@solar/{post.id}")).text

    assert text.index("<details") < text.index("The baker did it") < text.index("</details>")


async def test_page_that_is_not_known_yet_is_a_link(node: Node, cooperative: ActorRow) -> None:
    """Nothing is announced that may never come."""
    post = await create_post(node, cooperative, Draft(URL))

    assert "<aside" not in (await look(node, f"/@solar/{post.id}")).text


async def test_preview_of_what_is_not_for_strangers_is_on_no_page(node: Node, cooperative: ActorRow) -> None:
    """Issue 4, 1: it is seen by those who see the post."""
    post = await create_post(node, cooperative, Draft(URL, visibility=Visibility.FOLLOWERS))
    await node.db.write(says, Said(FOUND, title="canary"))

    for path in ("/", "/@solar", f"/@solar/{post.id}"):
        assert "canary" not in (await look(node, path)).text
