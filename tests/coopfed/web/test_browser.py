"""The pages in a real browser: Debian's Chromium, on a phone and on a desk. SCREENSHOTS=folder keeps what it saw there."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from coopfed.db.models.previews import FOUND
from coopfed.features.previews.store import Said
from coopfed.node import Node
from tests.coopfed.web.looking import a_remote_actor, a_remote_post, say
from tests.coopfed.web.test_previews import says
from tests.support.chromium import WIDTHS, Watched
from tests.support.nodes import a_served_node, an_actor

pytestmark = pytest.mark.slow


@pytest.fixture
async def node(database_url: str) -> AsyncIterator[Node]:
    """A node that is served."""
    async with a_served_node(database_url) as served:
        yield served


async def a_world(node: Node) -> list[str]:
    """Actors and posts that are hard on a layout. The paths of their pages."""
    solar = await an_actor(
        node, "solar", name="Cooperativa Sociale Energia e Lavoro " * 3, summary=f"https://{'long' * 20}.example/"
    )
    ada = await an_actor(node, "ada_of_the_very_long_handle_30", "person", name="Ayşe")
    question = await say(node, solar, f"{'unbreakable' * 30} #güneş", language="it")
    said = Said(
        FOUND, title="Tarih" * 40, description="sözcük " * 60, language="tr", image_url="https://evil.example/b.png"
    )
    await say(node, solar, f"https://{'uzun' * 12}.example/{'y' * 300}", language="tr")
    await node.db.write(says, said)
    await say(node, ada, "Evet", in_reply_to=question.uri, summary="Uyarı " * 30, language="tr")
    stranger = await a_remote_actor(node, name="\u05e9\u05dc\u05d5\u05dd" * 40)
    html = f"<pre>{'x' * 500}</pre><ul><li><blockquote>{'y' * 300}</blockquote></li></ul><p><img src='https://evil.example/a.png'></p>"
    await a_remote_post(node, stranger, html, answers=question)
    return ["/", "/@solar", f"/@solar/{question.id}", f"/@{ada.handle}", "/tags/güneş", "/nothing"]


@pytest.mark.parametrize("device", WIDTHS)
async def test_pages_fit_and_are_quiet(node: Node, chromium: Browser, device: str) -> None:
    """Design 18, 20; WCAG 1.4.10: no sideways scrolling, nothing on the console, no request to another origin."""
    paths = await a_world(node)
    for scheme in ("light", "dark"):
        size = {"width": WIDTHS[device], "height": 844}
        context = await chromium.new_context(viewport=size, color_scheme=scheme)  # type: ignore[arg-type]
        watched = Watched(await context.new_page(), node.urls.base)
        for number, path in enumerate(paths):
            answer = await watched.page.goto(f"{node.urls.base}{path}")
            width = await watched.page.evaluate("document.documentElement.scrollWidth")
            await watched.keep(f"{number}-{device}-{scheme}")

            assert answer is not None
            assert answer.status == (404 if path == "/nothing" else 200)
            assert width <= WIDTHS[device], path
        expected = "Failed to load resource: the server responded with a status of 404"
        assert [error for error in watched.errors if not error.startswith(expected)] == []
        # The page that is not there, and the picture that its host does not give.
        assert len(watched.errors) <= 2
        assert watched.elsewhere == []
        assert await context.cookies() == []
        await context.close()


async def test_the_keyboard_leads_past_the_header_and_opens_a_warning(node: Node, chromium: Browser) -> None:
    """WCAG 2.1.1, 2.4.1, 2.4.7: the first stop is the way to the content; what is warned of opens without a script."""
    author = await an_actor(node, "solar")
    post = await say(node, author, "The baker did it.", summary="Ending")
    page = await (await chromium.new_context(java_script_enabled=False)).new_page()
    await page.goto(f"{node.urls.base}/@solar/{post.id}?lang=en")

    hidden = await page.get_by_text("The baker did it.").is_visible()
    await page.keyboard.press("Tab")
    skip = page.get_by_text("Skip to the content")
    shown = await skip.bounding_box()
    await page.keyboard.press("Enter")
    for _ in range(2):
        await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")

    assert not hidden
    assert shown is not None
    assert shown["x"] >= 0
    assert await page.get_by_text("The baker did it.").is_visible()
    assert page.url.endswith("#content")
