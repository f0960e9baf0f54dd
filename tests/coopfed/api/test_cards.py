"""Cards of links in the client API: what the author attached, without a request of ours, and the page that the text links to."""

from typing import Any

import pytest

from coopfed.api.assemble import statuses
from coopfed.db.tx import Tx
from coopfed.features.posts.actions import create_post
from coopfed.features.posts.rules import Draft
from tests.coopfed.api.test_api import a_client
from tests.inbox.test_edits import stored
from tests.inbox.test_kinds_of_posts import arrives_as
from tests.support.pages import a_site, previews
from tests.support.scene import Scene


async def card(scene: Scene, **members: Any) -> Any:
    """The card of a Page with these members, as an app reads it."""
    note = await arrives_as(scene, "Page", name="Nets", content="<p>mended</p>", **members)
    client = await a_client(scene)
    return (await client.get(f"/statuses/{(await stored(scene, note['id'])).id}")).json["card"]


@pytest.mark.parametrize("href", ["javascript:alert(1)", "data:text/html,x", "ftp://peer.example/x", ""])
async def test_link_that_is_no_web_address_makes_no_card(scene: Scene, href: str) -> None:
    """security 1.5: every URL is http(s), or it is not shown."""
    assert await card(scene, attachment=[{"type": "Link", "href": href, "name": "click"}]) is None


async def test_attached_link_is_the_card_and_is_not_fetched(scene: Scene) -> None:
    """PreviewCard; as Lemmy attaches: the link, by its name or host, without a request of ours."""
    before = len(scene.peer.gets)

    shown = await card(scene, attachment=[{"type": "Link", "href": f"{scene.peer.base}/news", "name": "<b>News</b>"}])

    assert (shown["url"], shown["title"], shown["type"]) == (f"{scene.peer.base}/news", "<b>News</b>", "link")
    assert (shown["html"], shown["image"], shown["published_at"]) == ("", None, None)
    assert "/news" not in scene.peer.gets[before:]


async def test_file_makes_no_card(scene: Scene) -> None:
    """A picture is a file."""
    image = {"type": "Image", "url": f"{scene.peer.base}/a.png", "mediaType": "image/png"}

    assert await card(scene, attachment=[image]) is None


async def test_linked_page_is_the_card(scene: Scene) -> None:
    """PreviewCard: every key is there; a picture of somebody else's is a copy of this node's, and nothing is HTML."""
    head = (
        '<meta property="og:description" content="&lt;b&gt;for all"><meta property="og:site_name" content="The Bakery">'
        '<meta name="author" content="Ada"><meta property="article:author" content="/ada">'
        '<meta property="article:published_time" content="2026-11-20T10:00:00+03:00">'
        '<meta property="og:image" content="/a.png"><meta property="og:image:width" content="600">'
    )
    async with a_site() as site:
        post = await create_post(scene.node, scene.member, Draft(f"Read {site.page('/1', 'Bread', head)}"))
        client = await a_client(scene)
        before = (await client.get(f"/statuses/{post.id}")).json["card"]
        await previews(scene.node, post.id)

        shown = (await client.get(f"/statuses/{post.id}")).json["card"]

    assert before is None
    assert shown == {
        "url": f"{site.base}/1",
        "title": "Bread",
        "description": "<b>for all",
        "type": "link",
        "authors": [{"name": "Ada", "url": f"{site.base}/ada", "account": None}],
        "author_name": "Ada",
        "author_url": f"{site.base}/ada",
        "provider_name": "The Bakery",
        "provider_url": "",
        "html": "",
        "width": 600,
        "height": 0,
        "image": scene.node.urls.copy("file", f"{site.base}/a.png", small=True),
        "image_description": "",
        "embed_url": "",
        "blurhash": None,
        "language": "en",
        "published_at": "2026-11-20T07:00:00.000Z",
    }


async def test_card_names_the_host_of_a_page_that_names_nobody(scene: Scene) -> None:
    """PreviewCard: `provider_name` is what apps show above the title."""
    async with a_site() as site:
        post = await create_post(scene.node, scene.member, Draft(site.page("/1")))
        await previews(scene.node, post.id)

        shown = (await (await a_client(scene)).get(f"/statuses/{post.id}")).json["card"]

    assert (shown["provider_name"], shown["authors"]) == (site.base.partition("://")[2], [])


async def test_cards_of_a_page_of_statuses_are_read_at_once(scene: Scene) -> None:
    """Style, *Shape*: as many statements for twenty posts with cards as for two."""
    async with a_site() as site:
        url = site.page("/1")
        numbers = [(await create_post(scene.node, scene.member, Draft(f"{n} {url}"))).id for n in range(20)]
        await previews(scene.node, *numbers)

    few, cards = await scene.node.db.read(_counted, numbers[:2], scene)
    many, more = await scene.node.db.read(_counted, numbers, scene)

    assert (cards, more) == (2, 20)
    assert few == many


def _counted(tx: Tx, numbers: list[int], scene: Scene) -> tuple[int, int]:
    """How many statements show these posts, and how many have a card."""
    said = []

    class Counting:
        on_postgres, say = tx.on_postgres, tx._executor.say

        def execute(self, statement: Any, parameters: Any = None) -> Any:
            said.append(statement)
            return tx.execute(statement, parameters)

    shown = statuses(Tx(Counting()), numbers, scene.member.id, scene.node.urls)
    return len(said), len([status for status in shown if status["card"] is not None])
