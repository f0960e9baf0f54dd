"""Cards of links in the client API: what the author attached, and nothing that this node would have to fetch."""

from typing import Any

import pytest

from tests.coopfed.api.test_api import a_client
from tests.inbox.test_edits import stored
from tests.inbox.test_kinds_of_posts import arrives_as
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
