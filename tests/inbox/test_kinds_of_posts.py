"""Posts of every type: Article, Page, Image, Audio, Video, and a card for what nobody knows; with their files."""

from typing import Any

import pytest

from coopfed import limits
from coopfed.features.posts import details
from tests.inbox.test_edits import stored
from tests.inbox.test_posts import home
from tests.support.peers import Document
from tests.support.scene import Scene


async def arrives_as(scene: Scene, type: str, **members: Any) -> Document:
    """A post of this type that mentions the member, stored here."""
    note = {**scene.alice.mentioning(scene.member.uri), "type": type, **members}
    assert await scene.arrives(scene.alice.create(note)) == ["accepted"]
    return note


@pytest.mark.parametrize("type", ["Article", "Page", "Image", "Audio", "Video", "Event", "Frobnicate"])
async def test_every_type_is_shown_with_title_text_and_link(scene: Scene, type: str) -> None:
    """s2s 2.20: what is no Note is a card; an unknown type is never an error."""
    address = f"{scene.peer.base}/pages/1"

    note = await arrives_as(scene, type, name="Nets & boats", content="<p>mended</p>", url=address)

    found = await stored(scene, note["id"])
    assert (found.type, found.name, found.url) == (type, "Nets & boats", address)
    assert found.content.startswith("<p><strong>Nets &amp; boats</strong></p><p>mended</p><p><a href=")
    assert address in found.content


async def test_summary_of_an_article_is_an_abstract_and_that_of_a_note_a_warning(scene: Scene) -> None:
    """s2s 2.7, 2.20: the same member means two things."""
    article = await arrives_as(scene, "Article", name="Report", content="", summary="<p>All nets</p>")
    note = await arrives_as(scene, "Note", content="<p>text</p>", summary="politics")

    shown, warned = await stored(scene, article["id"]), await stored(scene, note["id"])
    assert (shown.summary, shown.sensitive) == ("", False)
    assert "<p>All nets</p>" in shown.content
    assert (warned.summary, warned.sensitive, warned.content) == ("politics", True, "<p>text</p>")


async def test_long_article_is_its_abstract_and_the_way_to_it(scene: Scene) -> None:
    """s2s 2.20: nobody scrolls through a book in a timeline; a text of the bound's length is shown whole."""
    fits = await arrives_as(scene, "Article", name="A", content=f"<p>{'x' * limits.CARD_CHARACTERS}</p>")
    long = await arrives_as(
        scene, "Article", name="B", content=f"<p>{'y' * (limits.CARD_CHARACTERS + 1)}</p>", summary="short"
    )

    assert "x" * limits.CARD_CHARACTERS in (await stored(scene, fits["id"])).content
    shown = (await stored(scene, long["id"])).content
    assert "yyy" not in shown
    assert "<p>short</p>" in shown


async def test_text_that_is_no_html_is_escaped(scene: Scene) -> None:
    """PeerTube writes Markdown: its signs are text, and a tag in it is no tag."""
    note = await arrives_as(
        scene, "Video", name="Film", mediaType="text/markdown", content="first <b>line</b>\n\nsecond & last"
    )

    content = (await stored(scene, note["id"])).content
    assert "<p>first &lt;b&gt;line&lt;/b&gt;</p><p>second &amp; last</p>" in content


async def test_title_and_link_of_a_stranger_are_harmless(scene: Scene) -> None:
    """security 1.5: title and address are text, whatever they contain."""
    note = await arrives_as(
        scene, "Article", name="<img src=x onerror=alert(1)>Nets", content="x", url="javascript:alert(1)"
    )

    content = (await stored(scene, note["id"])).content
    assert "<img" not in content
    assert "javascript" not in content


async def test_files_are_kept_with_their_descriptions(scene: Scene) -> None:
    """s2s 2.7: alt text in `summary` (GoToSocial) or `name`; in the author's order, at most the bound."""
    files = [
        {"type": "Image", "mediaType": "image/jpeg", "url": f"{scene.peer.base}/{number}.jpg", "name": f"boat {number}"}
        for number in range(limits.ATTACHMENTS + 1)
    ]
    files[0] |= {"summary": "the red boat", "width": 640, "height": 480, "focalPoint": [0.5, -0.5]}

    note = await arrives_as(scene, "Note", attachment=files)

    found = await stored(scene, note["id"])
    kept = (await scene.node.db.read(details.attachments_of, [found.id]))[found.id]
    assert [file.description for file in kept[:2]] == ["the red boat", "boat 1"]
    assert (kept[0].media_type, kept[0].width, kept[0].focal_point) == ("image/jpeg", 640, (0.5, -0.5))
    assert len(kept) == limits.ATTACHMENTS


async def test_vote_is_no_post(scene: Scene) -> None:
    """s2s 2.9: a Note with a name and no text is a vote; it does not stand in a timeline as an empty answer."""
    vote = scene.alice.mentioning(scene.member.uri, name="yes", content=None, inReplyTo=f"{scene.peer.base}/polls/1")

    assert await scene.arrives(scene.alice.create(vote)) == ["irrelevant"]
    assert await home(scene) == []
