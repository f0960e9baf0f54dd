"""The node's own emojis: in pickers, posts, names and other servers' readers."""

import io
from pathlib import Path

import pytest
from PIL import Image

from coopfed import limits
from coopfed.errors import InvalidInput
from coopfed.features.emojis.actions import add_emoji, change_emoji, remove_emoji
from coopfed.net.storage import open_storage
from tests.coopfed.api.test_api import a_client
from tests.coopfed.api.test_media import a_picture, fetched
from tests.support.peers import send_due
from tests.support.scene import Scene


@pytest.fixture(autouse=True)
def own_folder(scene: Scene, tmp_path: Path) -> None:
    """Each node has its own data folder, also on PostgreSQL."""
    object.__setattr__(scene.node.config, "data_dir", tmp_path)
    scene.node.storage = open_storage(scene.node.config)


@pytest.fixture
def olive(tmp_path: Path) -> Path:
    """A picture."""
    path = tmp_path / "olive.png"
    path.write_bytes(a_picture("PNG"))
    return path


async def test_picture_of_an_emoji_is_bounded(scene: Scene, olive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """limits.EMOJI_BYTES and limits.EMOJIS at n and n + 1."""
    size = olive.stat().st_size
    monkeypatch.setattr(limits, "EMOJI_BYTES", size - 1)
    with pytest.raises(InvalidInput, match="make it smaller"):
        await add_emoji(scene.node, "olive", olive)
    monkeypatch.setattr(limits, "EMOJI_BYTES", size)
    monkeypatch.setattr(limits, "EMOJIS", 1)
    await add_emoji(scene.node, "olive", olive)
    with pytest.raises(InvalidInput, match="remove one first"):
        await add_emoji(scene.node, "boat", olive)
    await add_emoji(scene.node, "olive", olive)


async def test_emojis_are_listed_whole_for_apps(scene: Scene, olive: Path) -> None:
    """Tuba (quirk 28): an array of whole items, also when empty; hidden ones are named as such."""
    client = await a_client(scene)
    assert (await client.get("/custom_emojis")).json == []
    await add_emoji(scene.node, "olive", olive, "Land")
    await add_emoji(scene.node, "boat", olive)
    await change_emoji(scene.node, "boat", None, visible=False)

    boat, shown = (await client.get("/custom_emojis")).json

    assert (shown["shortcode"], shown["category"], shown["visible_in_picker"]) == ("olive", "Land", True)
    assert (boat["category"], boat["visible_in_picker"]) == (None, False)
    for address in (shown["url"], shown["static_url"]):
        answer = await fetched(scene, address)
        assert (answer.status, answer.headers["Content-Type"]) == (200, "image/png")
        assert max(Image.open(io.BytesIO(answer.body)).size) == limits.EMOJI_EDGE
    assert (await fetched(scene, shown["url"].replace(".png", ".gif"))).status == 404


async def test_emojis_of_a_post_go_with_it(scene: Scene, olive: Path) -> None:
    """toot:Emoji: those that stand in text, warning and options, each once; to apps, followers and whoever asks for their id."""
    row = await add_emoji(scene.node, "olive", olive)
    await add_emoji(scene.node, "boat", olive)
    await add_emoji(scene.node, "unused", olive)
    client = await a_client(scene)
    await scene.arrives(scene.alice.follow(scene.member.uri))
    await send_due(scene.node)
    scene.peer.received.clear()

    posted = (
        await client.post("/statuses", status=":olive: at 10:30:00 :olive: :nobody: a:unused:b", spoiler_text=":boat:")
    ).json
    await send_due(scene.node)
    [tag, _] = scene.peer.received[0].document["object"]["tag"], None
    document = (await scene.peer.get(scene.node, row_id := scene.node.urls.emoji(row.id))).json

    assert [emoji["shortcode"] for emoji in posted["emojis"]] == ["boat", "olive"]
    assert [(one["type"], one["name"]) for one in tag] == [("Emoji", ":boat:"), ("Emoji", ":olive:")]
    assert tag[1] == {name: value for name, value in document.items() if name != "@context"}
    assert (tag[1]["id"], tag[1]["icon"]["mediaType"]) == (row_id, "image/png")
    assert posted["emojis"][1]["url"] == tag[1]["icon"]["url"]


async def test_emojis_of_a_name_go_with_the_actor(scene: Scene, olive: Path) -> None:
    """client_api 5, Account `emojis`; the actor document has the tag."""
    await add_emoji(scene.node, "olive", olive)
    client = await a_client(scene)

    shown = (await client.patch("/accounts/update_credentials", display_name="Grove :olive: :x:")).json
    document = (await scene.peer.get(scene.node, scene.member.uri)).json

    assert [emoji["shortcode"] for emoji in shown["emojis"]] == ["olive"]
    assert [tag["name"] for tag in document["tag"]] == [":olive:"]


async def test_removed_emoji_is_text_again(scene: Scene, olive: Path) -> None:
    """Its picture leaves the disk; new posts have no tag of it."""
    client = await a_client(scene)
    row = await add_emoji(scene.node, "olive", olive)
    picture = row.picture(scene.node.urls)
    assert (await fetched(scene, picture)).status == 200

    await remove_emoji(scene.node, ":olive:")

    assert (await client.post("/statuses", status="an :olive:")).json["emojis"] == []
    assert (await fetched(scene, picture)).status == 404
    assert (await scene.peer.get(scene.node, scene.node.urls.emoji(row.id))).status == 404


async def test_pages_show_emojis_in_names(scene: Scene, olive: Path) -> None:
    """design 20: in the list of actors, on a profile and above posts, ours and others'; the rest of a name is text."""
    row = await add_emoji(scene.node, "olive", olive)
    client, urls = await a_client(scene), scene.node.urls
    await client.patch("/accounts/update_credentials", display_name='<b>Grove</b> :olive: :x:" onload="')
    boat = {"type": "Emoji", "name": ":boat:", "icon": {"type": "Image", "url": f"{scene.peer.base}/boat.png"}}
    scene.alice.changes |= {"name": "Alice :boat:", "tag": [boat]}
    note = scene.alice.mentioning(scene.member.uri)
    await scene.arrives(scene.alice.create({**note, "tag": [*note["tag"], {"type": "Hashtag", "name": "#t"}]}))
    await client.post("/statuses", status="An #t")

    ours = '&lt;b&gt;Grove&lt;/b&gt; <img class="emoji" src="' + row.picture(urls)
    for path in ("/", "/@member", "/tags/t"):
        page = (await fetched(scene, f"{urls.base}{path}", Accept="text/html")).body.decode()
        assert (ours in page, "<b>Grove" in page, ':x:" onload' in page) == (True, False, False), path
    assert f'Alice <img class="emoji" src="{urls.copy("emoji", boat["icon"]["url"])}" alt=":boat:"' in page


async def test_pages_show_emojis_in_texts_and_nowhere_else(scene: Scene, olive: Path) -> None:
    """design 20: from this node, ours and others'; what has no picture, and what stands in a link's address, stays as it is."""
    row = await add_emoji(scene.node, "olive", olive)
    client = await a_client(scene)
    await client.post("/statuses", status="An :olive: and :nobody: <b> #t https://x.example/:olive:/a")
    theirs = {"type": "Emoji", "name": ":boat:", "icon": {"type": "Image", "url": f"{scene.peer.base}/boat.png"}}
    tag = {"type": "Hashtag", "name": "#t"}
    content = '<p title=":boat:">A :boat: <a href="https://x.example/?q=:boat:">x</a></p>'
    note = scene.alice.mentioning(scene.member.uri)
    await scene.arrives(scene.alice.create({**note, "content": content, "tag": [*note["tag"], theirs, tag]}))

    page = (await fetched(scene, f"{scene.node.urls.base}/tags/t", Accept="text/html")).body.decode()

    urls = scene.node.urls
    for address, name in ((row.picture(urls), "olive"), (urls.copy("emoji", f"{scene.peer.base}/boat.png"), "boat")):
        assert page.count(f'<img class="emoji" src="{address}" alt=":{name}:"') == (2 if name == "olive" else 1)
    assert ":nobody: &lt;b&gt;" in page
    assert 'href="https://x.example/?q=:boat:"' in page
    assert 'href="https://x.example/:olive:/a"' in page
    assert f'src="{scene.peer.base}' not in page
