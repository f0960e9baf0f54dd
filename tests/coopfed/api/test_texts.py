"""What an app shows of texts: custom emojis from the stored documents, and translations by people in the reader's language."""

from dataclasses import dataclass, replace
from typing import Any

import pytest

from coopfed.features.posts.actions import create_post
from coopfed.features.posts.rules import Draft
from tests.coopfed.api.test_api import Client, a_client
from tests.coopfed.api.test_edits import Editor
from tests.support.nodes import an_actor, process_arrivals
from tests.support.peers import Answer, Document
from tests.support.polls import question
from tests.support.scene import Scene


@dataclass
class Reader(Client):
    """An app that says in which languages its reader reads."""

    async def reads(self, path: str, languages: str) -> Answer:
        """A GET."""
        headers = {"Authorization": f"Bearer {self.token}", "Accept-Language": languages}
        return await self.scene.peer.send("GET", f"{self.scene.node.urls.base}/api/v1{path}", headers)


async def a_reader(scene: Scene) -> Reader:
    """The member's app."""
    return Reader(scene, (await a_client(scene)).token)


def emoji(scene: Scene, name: str, **more: object) -> Document:
    """A tag of a custom emoji."""
    url = f"{scene.peer.base}/emoji/{name}.png"
    return {"type": "Emoji", "id": f"{url}#", "name": f":{name}:", "icon": {"type": "Image", "url": url}} | more


async def told(scene: Scene, app: Client, **more: Any) -> Document:
    """The notification of a post of alice's that mentions the member."""
    mention = {"type": "Mention", "href": scene.member.uri, "name": "@somebody"}
    members: dict[str, Any] = {"cc": [scene.member.uri], **more, "tag": [mention, *more.get("tag", [])]}
    note = scene.alice.note(**members)
    assert await scene.arrives(scene.alice.create(note)) == ["accepted"]
    found: Document = (await app.get("/notifications")).json[0]
    return found


# --- custom emojis ----------------------------------------------------------------------------------------------


async def test_emojis_of_a_text_come_with_their_pictures(scene: Scene) -> None:
    """client API, CustomEmoji: those that stand in the text or its warning, of the post and of its author."""
    scene.alice.changes = {"name": "Alice :boat:", "tag": [emoji(scene, "boat"), emoji(scene, "unused")]}
    app = await a_client(scene)

    tags = [emoji(scene, "fish"), emoji(scene, "net"), emoji(scene, "elsewhere")]
    shown = await told(scene, app, content="<p>:fish: today :unknown: 10:30:00</p>", summary="Nets :net:", tag=tags)
    account = (await app.get(f"/accounts/{shown['account']['id']}")).json

    url, urls = f"{scene.peer.base}/emoji/fish.png", scene.node.urls
    assert [found["shortcode"] for found in shown["status"]["emojis"]] == ["fish", "net"]
    assert shown["status"]["emojis"][0] == {
        "shortcode": "fish",
        "url": urls.copy("emoji", url),
        "static_url": urls.copy("emoji", url, small=True),
        "visible_in_picker": False,
        "category": None,
    }
    for face in (shown["account"], shown["status"]["account"], account):
        assert [found["shortcode"] for found in face["emojis"]] == ["boat"]


async def test_emojis_of_a_poll_come_with_it(scene: Scene) -> None:
    """client API, Poll: `emojis` are those of its options; the Status has those of its text and of its options."""
    app = await a_client(scene)
    poll = question(scene.alice, {":fish:": 1, "Bread :bread:": 0, ":unknown:": 0})
    tags = [emoji(scene, name) for name in ("fish", "bread", "net", "unused")]

    shown = await told(scene, app, **{**poll, "content": "<p>Nets :net: or :fish:?</p>", "tag": tags})
    asked = (await app.get(f"/polls/{shown['status']['id']}")).json

    assert [found["shortcode"] for found in shown["status"]["emojis"]] == ["fish", "bread", "net"]
    assert [found["shortcode"] for found in asked["emojis"]] == ["fish", "bread"]
    assert asked["emojis"][0]["url"] == scene.node.urls.copy("emoji", f"{scene.peer.base}/emoji/fish.png")
    assert shown["status"]["poll"]["emojis"] == asked["emojis"]


async def test_each_edit_has_the_emojis_of_its_text(scene: Scene) -> None:
    """client API, StatusEdit: of those that the post has now; a version whose emoji is gone shows the shortcode."""
    scene.alice.changes = {"name": "Alice :boat:", "tag": [emoji(scene, "boat")]}
    app = await a_client(scene)
    shown = await told(scene, app, content="<p>:fish: :gone:</p>", tag=[emoji(scene, "fish"), emoji(scene, "gone")])
    status, fish = shown["status"], emoji(scene, "fish")
    note = scene.alice.note(
        "<p>:net:</p>",
        id=status["uri"],
        summary=":fish:",
        updated="2026-11-24T08:30:00Z",
        tag=[fish, emoji(scene, "net")],
    )

    assert await scene.arrives(scene.alice.says("Update", note)) == ["accepted"]
    first, second = (await app.get(f"/statuses/{status['id']}/history")).json

    assert [found["shortcode"] for found in first["emojis"]] == ["fish"]
    assert [found["shortcode"] for found in second["emojis"]] == ["fish", "net"]
    assert [found["shortcode"] for found in second["account"]["emojis"]] == ["boat"]


@pytest.mark.parametrize(
    "bad",
    [
        {"icon": None},
        {"icon": {"type": "Image", "url": "javascript:alert(1)"}},
        {"name": None},
        {"name": "::"},
        {"type": "Hashtag"},
        {"icon": "no picture"},
    ],
)
async def test_emoji_without_a_picture_stays_text(scene: Scene, bad: Document) -> None:
    """security: what is no picture on a host is not handed to apps."""
    app = await a_client(scene)

    shown = await told(scene, app, content="<p>:fish:</p>", tag=[emoji(scene, "fish") | bad])

    assert shown["status"]["emojis"] == []
    assert shown["status"]["content"] == "<p>:fish:</p>"


async def test_pages_ask_no_other_host_for_an_emoji(scene: Scene) -> None:
    """Design 3, row 20: the shortcode stays text."""
    post = await create_post(scene.node, scene.member, Draft("Who comes?"))
    note = scene.alice.note("<p>:fish:</p>", inReplyTo=post.uri, cc=[scene.member.uri], tag=[emoji(scene, "fish")])
    assert await scene.arrives(scene.alice.create(note)) == ["accepted"]

    page = (await scene.peer.get(scene.node, post.url or "", Accept="text/html")).body.decode()

    assert ":fish:" in page
    assert "fish.png" not in page


# --- languages --------------------------------------------------------------------------------------------------


async def test_reader_gets_the_translation_in_the_own_language(scene: Scene) -> None:
    """ActivityStreams 4.7: by people, in one post; who reads none of its languages gets the text itself."""
    app = await a_reader(scene)
    draft = Draft("Ağlar #liman", language="tr", translations={"it": "Le reti #porto", "en": "**Nets**"})
    post = await create_post(scene.node, scene.member, draft)

    found = {
        asked: (await app.reads(f"/statuses/{post.id}", asked)).json
        for asked in ("it", "de, en-GB;q=0.5", "tr-TR, it;q=0.9", "fr", "", "*", "it;q=0, en;q=0.1")
    }
    home = (await app.reads("/timelines/home", "it")).json

    assert {asked: status["language"] for asked, status in found.items()} == {
        "it": "it",
        "de, en-GB;q=0.5": "en",
        "tr-TR, it;q=0.9": "tr",
        "fr": "tr",
        "": "tr",
        "*": "tr",
        "it;q=0, en;q=0.1": "en",
    }
    assert found["it"]["content"].startswith("<p>Le reti <a ")
    assert found["fr"]["content"].startswith("<p>Ağlar <a ")
    assert found["de, en-GB;q=0.5"]["content"] == "<p>**Nets**</p>"
    assert (home[0]["language"], home[0]["content"]) == ("it", found["it"]["content"])
    assert {tag["name"] for tag in home[0]["tags"]} == {"liman", "porto"}


async def test_whole_thread_and_notifications_come_in_the_language_of_the_reader(scene: Scene) -> None:
    """As the home timeline: what stands above and below a status, what is told, boosts, and what is quoted in it."""
    app, other = await a_reader(scene), await an_actor(scene.node, "other")
    told_to = await a_client(scene, other)
    draft = Draft("Nets", language="en", translations={"it": "Reti"})
    first = await create_post(scene.node, scene.member, draft)
    second = await create_post(scene.node, scene.member, replace(draft, in_reply_to=first.uri, quote=first.uri))
    third = await create_post(scene.node, other, replace(draft, text="@member Nets", in_reply_to=second.uri))
    await process_arrivals(scene.node)
    await told_to.post(f"/statuses/{first.id}/favourite")
    await told_to.post(f"/statuses/{second.id}/reblog")
    await process_arrivals(scene.node)

    thread = (await app.reads(f"/statuses/{second.id}/context", "it")).json
    notifications = (await app.reads("/notifications", "it")).json
    quoting = (await app.reads(f"/statuses/{second.id}", "it")).json
    quotes = (await app.reads(f"/statuses/{first.id}/quotes", "it")).json
    plain = (await app.get(f"/statuses/{second.id}/context")).json

    assert [(one["id"], one["content"]) for one in thread["ancestors"]] == [(str(first.id), "<p>Reti</p>")]
    assert [(one["id"], one["language"]) for one in thread["descendants"]] == [(str(third.id), "it")]
    assert {found["type"] for found in notifications} == {"mention", "favourite", "reblog"}
    assert {found["status"]["language"] for found in notifications} == {"it"}
    for status in (quoting, quotes[0]):
        inner = status["quote"]["quoted_status"]
        assert (status["language"], inner["language"], inner["content"]) == ("it", "it", "<p>Reti</p>")
    assert plain["ancestors"][0]["content"] == "<p>Nets</p>"


async def test_translations_travel_and_are_read(scene: Scene) -> None:
    """s2s research 2.8: `contentMap` with several entries, `content` one of them; foreign ones are cleaned as any text."""
    app = await a_reader(scene)
    texts = {"de": "<p>Netze</p>", "it": "<p>Reti</p><script>alert(1)</script>"}

    shown = await told(scene, app, content="<p>Netze</p>", contentMap=texts)
    italian = (await app.reads(f"/statuses/{shown['status']['id']}", "it")).json

    assert (shown["status"]["language"], shown["status"]["content"]) == ("de", "<p>Netze</p>")
    assert (italian["language"], italian["content"]) == ("it", "<p>Reti</p>")


async def test_translations_of_a_text_go_with_it(scene: Scene) -> None:
    """An edit by an app that knows nothing of them: what they were translations of is no longer there."""
    app = await a_reader(scene)
    made = await app.post("/statuses", status="Nets", language="en", translations={"it": "Reti"})
    editor = Editor(scene, app.token)

    await editor.put(f"/statuses/{made.json['id']}", status="Boats")

    assert made.status == 200
    assert (await app.reads(f"/statuses/{made.json['id']}", "it")).json["content"] == "<p>Boats</p>"


@pytest.mark.parametrize("given", ["Reti", ["Reti"], {"it": 1}])
async def test_translations_of_another_shape_are_refused(scene: Scene, given: object) -> None:
    """Bad input gets a clear error."""
    app = await a_reader(scene)

    assert (await app.post("/statuses", status="Nets", language="en", translations=given)).status == 422
