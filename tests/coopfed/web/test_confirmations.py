"""The page on which somebody without our software agrees, in a real browser without scripts: it is pressed as people press it."""

import pytest
from playwright.async_api import Browser

from tests.coopfed.api.test_api import a_client
from tests.coopfed.api.test_comment_answers import asked, heard, look, press, sent, stands, taken
from tests.coopfed.api.test_requests import ask, published, say
from tests.support.chromium import WIDTHS, Watched
from tests.support.scene import Scene

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("device", "language", "answer"), [("phone", "tr", "agree"), ("desk", "it", "refuse")])
async def test_page_is_read_and_pressed(
    scene: Scene, chromium: Browser, device: str, language: str, answer: str
) -> None:
    """api.md 6, *Guest paths*; design 18, 20: it fits, is clean for axe, sets no cookie, tells nobody where its reader came from; its
    button works in a browser that writes no Origin."""
    client = await a_client(scene)
    one = await published(client, title=f"{'uzun' * 30} başlık")
    response = await taken(client, one, await heard(scene, one, scene.alice, "Possiamo. " * 30))
    secret = await asked(scene, client, response, content="**Benvenuti!**")
    context = await chromium.new_context(
        viewport={"width": WIDTHS[device], "height": 844}, locale=language, java_script_enabled=True
    )
    watched = Watched(await context.new_page(), scene.node.urls.base)
    came: list[str | None] = []
    watched.page.on("request", lambda asked: came.append(asked.headers.get("referer")))

    await watched.page.goto(f"{scene.node.urls.base}/confirm/{secret}?answer={answer}")

    await watched.keep(f"confirm-{device}-{language}")
    assert await watched.barriers() == []
    assert await watched.page.evaluate("document.documentElement.scrollWidth") <= WIDTHS[device]
    assert (await stands(client, response))["status"] == "accepted"
    # The answer that the link names stands first.
    await watched.page.click("main .buttons form:first-child button")
    await watched.page.wait_for_selector("[role=status]")
    await watched.keep(f"confirmed-{device}-{language}")
    assert (await stands(client, response))["status"] == ("accepted" if answer == "agree" else "withdrawn")
    assert (await look(scene, secret)).status == 410
    assert await context.cookies() == []
    assert not [one for one in came if one is not None and secret in one]
    assert watched.errors == []
    await context.close()


@pytest.mark.parametrize(("device", "language"), [("phone", "it"), ("desk", "tr")])
async def test_page_asks_whether_it_was_done(scene: Scene, chromium: Browser, device: str, language: str) -> None:
    """api.md 6: the same page when the owner says that it was done; it fits, is clean for axe, and its button completes the agreement."""
    client = await a_client(scene)
    one = await published(client)
    response = await taken(client, one, await heard(scene, one, scene.alice, "Possiamo."))
    await press(scene, await asked(scene, client, response))
    [agreement] = (await ask(scene, "/agreements", client)).json
    await say(client, f"/agreements/{agreement['id']}/complete", outcome="fulfilled")
    secret = await sent(scene)
    context = await chromium.new_context(viewport={"width": WIDTHS[device], "height": 844}, locale=language)
    watched = Watched(await context.new_page(), scene.node.urls.base)

    await watched.page.goto(f"{scene.node.urls.base}/confirm/{secret}?answer=agree")

    await watched.keep(f"confirm-done-{device}-{language}")
    assert await watched.barriers() == []
    assert await watched.page.evaluate("document.documentElement.scrollWidth") <= WIDTHS[device]
    await watched.page.click("main .buttons form:first-child button")
    await watched.page.wait_for_selector("[role=status]")
    assert (await ask(scene, f"/agreements/{agreement['id']}", client)).json["status"] == "fulfilled"
    assert watched.errors == []
    await context.close()
