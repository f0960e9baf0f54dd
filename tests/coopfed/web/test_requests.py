"""The board of requests and the page of one, as a stranger reads them: without scripts, in three languages."""

from urllib.parse import quote
from xml.etree.ElementTree import fromstring

import pytest
from playwright.async_api import Browser

from coopfed import limits
from tests.coopfed.api.test_api import a_client
from tests.coopfed.api.test_cooperatives import own
from tests.coopfed.api.test_requests import published, say
from tests.support.chromium import WIDTHS, Watched
from tests.support.nodes import an_actor
from tests.support.peers import Answer
from tests.support.scene import Scene


async def read(scene: Scene, path: str, language: str = "en") -> Answer:
    """A page as a browser asks for it."""
    headers = {"Accept": "text/html", "Accept-Language": language}
    return await scene.peer.send("GET", f"{scene.node.urls.base}{path}", headers)


def text(answer: Answer) -> str:
    """What a page says, as it came."""
    return answer.body.decode()


async def test_board_and_page_in_the_readers_language(scene: Scene) -> None:
    """domain.md 8.2, api.md 4.2: codes in words, narrowed down by links; the text in the first language that is read; 404 and 410."""
    client = await a_client(scene)
    assert "Nothing is looked for" in text(await read(scene, "/requests"))
    one = await published(client, title="İki <ortak>")
    await client.put(own(scene, f"/requests/{one['id']}/translations/it"), title="Due partner", content="Cerchiamo.")
    few = await published(client, audience="actors", recipients=[str((await an_actor(scene.node, "other")).id)])

    board = text(await read(scene, "/requests", "it"))
    assert "Due partner" in board
    assert few["url"] not in board
    assert "?category=project-partner" in board
    assert "Due partner" in text(await read(scene, "/requests?category=project-partner&region=IT", "it"))
    assert "Due partner" not in text(await read(scene, "/requests?category=training", "it"))
    assert 'href="/feeds/requests.rss?lang=it"' in text(await read(scene, "/requests?language=it"))

    page = text(await read(scene, f"/requests/{one['id']}"))
    assert "İki &lt;ortak&gt;" in page
    assert "Italy" in page
    assert "14 December 2026" in page
    assert f'href="/@{scene.member.handle}/{one["companion"]["status_id"]}"' in page
    assert "Cerchiamo." in text(await read(scene, f"/requests/{one['id']}?lang=it"))
    assert (await read(scene, f"/requests/{few['id']}")).status == 404
    document = await scene.peer.send("GET", one["url"], {"Accept": "application/activity+json"})
    assert document.headers.get("location", one["uri"]) == one["uri"]

    await say(client, f"/requests/{one['id']}/withdraw")
    assert "Withdrawn" in text(await read(scene, f"/requests/{one['id']}"))
    await client.delete(own(scene, f"/requests/{one['id']}"))
    assert (await read(scene, f"/requests/{one['id']}")).status == 410


SUBSCRIBE = "http://ostatus.org/schema/1.0/subscribe"


def _at_home(scene: Scene, template: str) -> dict[str, object]:
    """What WebFinger says of alice, with the page on which she deals with what others say."""
    links = [
        {"rel": "self", "type": "application/activity+json", "href": scene.alice.uri},
        {"rel": SUBSCRIBE, "template": template},
    ]
    return {"subject": f"acct:alice@{scene.peer.host}", "links": links}


async def test_readers_are_led_home_to_answer_and_nowhere_else(scene: Scene) -> None:
    """domain 8.4, issue 6.8: whoever has an account elsewhere says which, and goes on there, on a link that they see; a template that
    leads to somebody else's host, a server without one, what is no handle and our own are told apart from it; so many from one address."""
    client = await a_client(scene)
    one = await published(client)
    path, handle = f"/requests/{one['id']}/answer", f"@alice@{scene.peer.host}"
    names, resource = scene.peer.names, f"acct:alice@{scene.peer.host}"
    for wrong in ("https://elsewhere.example/?uri={uri}", "javascript:alert({uri})", f"{scene.peer.base}/no-place"):
        names[resource] = _at_home(scene, wrong)
        page = text(await read(scene, f"{path}?home={handle}"))
        assert ("does not say how" in page, "elsewhere.example" in page, "javascript" in page) == (True, False, False)
    for wrong in ("alice", f"@member@{scene.node.config.authority}", "@no@localhost:1", "https://elsewhere.example/@x"):
        assert "does not say how" in text(await read(scene, f"{path}?home={wrong}")), wrong
    assert (await read(scene, "/requests/1/answer")).status == 404

    names[resource] = _at_home(scene, scene.peer.base + "/authorize_interaction?uri={uri}")
    answer = await read(scene, f"{path}?home={handle}")
    wanted = quote(one["companion"]["uri"], safe="")
    assert f'href="{scene.peer.base}/authorize_interaction?uri={wanted}"' in text(answer)
    assert "form-action 'self'" in answer.headers["Content-Security-Policy"]
    assert "Set-Cookie" not in answer.headers
    assert f'href="/account/answer/{one["id"]}"' in text(answer)
    for _ in range(limits.HOMES_ASKED - 8):
        assert (await read(scene, f"{path}?home={handle}")).status == 200
    assert (await read(scene, f"{path}?home={handle}")).status == 429
    assert (await read(scene, path)).status == 200, "who asks for nothing asks nobody"
    await say(client, f"/requests/{one['id']}/withdraw")
    assert "takes no answers any more" in text(await read(scene, path))


async def test_feeds_of_open_requests(scene: Scene) -> None:
    """api.md 10: three forms, filters, one id for ever, the cooperative named; 304 for what is known, 400 for a wrong value."""
    client = await a_client(scene)
    one = await published(client, title="İki & <ortak>")
    await published(client, purpose="offer", category="training", title="Corso")

    feed = await read(scene, "/feeds/requests.json?category=project-partner,logistics")
    (item,) = feed.json["items"]
    assert (item["id"], item["url"], item["authors"][0]["name"]) == (one["uri"], one["url"], scene.member.name)
    assert item["title"] == "Request: İki & <ortak>"
    for form, path in (("rss", "channel/item"), ("atom", "{http://www.w3.org/2005/Atom}entry")):
        feed = await read(scene, f"/feeds/requests.{form}")
        assert feed.headers["Content-Type"].startswith(f"application/{form}+xml")
        assert len(fromstring(feed.body).findall(path)) == 2
    known = {"Accept": "*/*", "Accept-Language": "en", "If-None-Match": feed.headers["ETag"]}
    assert (await scene.peer.send("GET", f"{scene.node.urls.base}/feeds/requests.atom", known)).status == 304
    known = {"Accept": "*/*", "If-Modified-Since": feed.headers["Last-Modified"]}
    assert (await scene.peer.send("GET", f"{scene.node.urls.base}/feeds/requests.atom", known)).status == 304
    assert (await read(scene, "/feeds/requests.rss?sector=nothing")).status == 400
    assert (await read(scene, "/feeds/requests.xml")).status == 404
    await say(client, f"/requests/{one['id']}/withdraw")
    assert [entry["title"] for entry in (await read(scene, "/feeds/requests.json")).json["items"]] == ["Offer: Corso"]


@pytest.mark.slow
@pytest.mark.parametrize("device", WIDTHS)
async def test_pages_fit_are_quiet_and_clean(scene: Scene, chromium: Browser, device: str) -> None:
    """Design 18, 20; WCAG 1.4.10: no sideways scrolling, nothing on the console; axe finds nothing."""
    client = await a_client(scene)
    one = await published(client, title=f"{'uzun' * 30} başlık", regions=["ITF4", "TR"], sectors=["03", "85"])
    await published(client, purpose="offer", category="training", title="Corso")
    for scheme in ("light", "dark"):
        size = {"width": WIDTHS[device], "height": 844}
        context = await chromium.new_context(viewport=size, color_scheme=scheme)  # type: ignore[arg-type]
        watched = Watched(await context.new_page(), scene.node.urls.base)
        for number, path in enumerate(
            ["/requests", "/requests?purpose=offer", f"/requests/{one['id']}", f"/requests/{one['id']}/answer?home=x"]
        ):
            answer = await watched.page.goto(f"{scene.node.urls.base}{path}")
            assert answer is not None
            assert answer.status == 200
            assert await watched.page.evaluate("document.documentElement.scrollWidth") <= WIDTHS[device], path
            await watched.keep(f"requests-{number}-{device}-{scheme}")
            assert await watched.barriers() == [], path
        assert watched.errors == []
        await context.close()
