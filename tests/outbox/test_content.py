"""What a post of ours looks like to its readers elsewhere: source, Markdown, articles, files, languages. Through a real inbox."""

from typing import Any

import pytest

from coopfed import limits
from coopfed.errors import InvalidInput
from coopfed.features.posts.actions import create_post, edit_post
from coopfed.features.posts.rules import Draft
from coopfed.features.posts.store import PostRow
from coopfed.text.sanitise import plain
from coopfed.vocab.normalise import normalise
from coopfed.vocab.posts import read_post
from coopfed.vocab.records import AttachmentRecord
from tests.coopfed.api.test_edits import Editor, an_editor, followed_by_alice, told
from tests.support.peers import Document
from tests.support.scene import Scene

PHOTO = AttachmentRecord(
    "https://media.coop.example/1.jpg", "image/jpeg", "Nets on the quay", 1200, 800, "LKO2?U%2Tw=w", (0.0, 0.25)
)


async def arrived(scene: Scene, draft: Draft) -> tuple[PostRow, Document]:
    """The post, and its object as alice's server got it."""
    await followed_by_alice(scene)
    post = await create_post(scene.node, scene.member, draft)
    return post, (await told(scene, "Create"))[-1]["object"]


# --- what is refused --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("draft", "reason"),
    [
        (Draft("x" * (limits.POST_CHARACTERS + 1)), "which makes it an article"),
        (Draft("x" * (limits.ARTICLE_CHARACTERS + 1), title="Long"), "at most 50000"),
        (Draft("", title="Empty"), "empty"),
        (Draft("text", title="x" * (limits.NAME_LENGTH + 1)), "title"),
        (Draft("www.a.example " * 1500, title="Links"), "too long"),
        (Draft("text", translations={"it": "testo"}), "its own language"),
        (Draft("text", language="it", translations={"it": "testo"}), "one translation"),
        (Draft("text", language="en", translations={"IT": "a", "it": "b"}), "one translation"),
        (Draft("text", language="en", translations={"it": " "}), "none of them empty"),
        (Draft("text", language="en", translations={"it": "x" * (limits.POST_CHARACTERS + 1)}), "article"),
        (Draft("text", attachments=(PHOTO,) * (limits.ATTACHMENTS + 1)), "at most"),
        (
            Draft("text", attachments=(AttachmentRecord("javascript:x", "image/png", "", None, None, None, None),)),
            "file",
        ),
    ],
)
async def test_draft_that_nobody_could_read_is_refused(scene: Scene, draft: Draft, reason: str) -> None:
    """Design 2: the message says what to change; nothing is stored or sent."""
    await followed_by_alice(scene)

    with pytest.raises(InvalidInput, match=reason):
        await create_post(scene.node, scene.member, draft)

    assert await told(scene, "Create") == []


async def test_note_does_not_become_an_article_by_an_edit(scene: Scene) -> None:
    """Peers keep the type that they know."""
    post = await create_post(scene.node, scene.member, Draft("short"))

    with pytest.raises(InvalidInput, match="write a new one"):
        await edit_post(scene.node, scene.member, post, Draft("short", title="Now long"))


# --- source and Markdown ----------------------------------------------------------------------------------------


async def test_source_is_what_was_typed(scene: Scene) -> None:
    """ActivityPub 3.3: `source`; marks in plain text are text."""
    _post, note = await arrived(scene, Draft("Two **stars**\n@nobody"))

    assert note["source"] == {"content": "Two **stars**\n@nobody", "mediaType": "text/plain"}
    assert note["content"] == "<p>Two **stars**<br>@nobody</p>"


async def test_markdown_travels_as_html_with_its_source_and_stays_in_an_edit(scene: Scene) -> None:
    """Design 3, row 3: where the post asks for it; an app that edits without saying so leaves it Markdown."""
    app = await an_editor(scene)
    await followed_by_alice(scene)

    post = (await app.post("/statuses", status="# Nets\n\n**Monday**", content_type="text/markdown")).json
    note = (await told(scene, "Create"))[-1]["object"]
    await app.put(f"/statuses/{post['id']}", status="*Tuesday*")
    edited = (await told(scene, "Update"))[-1]["object"]
    source = (await app.get(f"/statuses/{post['id']}/source")).json
    back = await app.put(f"/statuses/{post['id']}", status="*Friday*", content_type="text/plain")

    assert note["content"] == "<p><strong>Nets</strong></p>\n<p><strong>Monday</strong></p>"
    assert note["source"] == {"content": "# Nets\n\n**Monday**", "mediaType": "text/markdown"}
    assert edited["content"] == "<p><em>Tuesday</em></p>"
    assert edited["source"] == {"content": "*Tuesday*", "mediaType": "text/markdown"}
    assert (source["text"], source["content_type"]) == ("*Tuesday*", "text/markdown")
    assert back.json["content"] == "<p>*Friday*</p>"


@pytest.mark.parametrize("given", ["text/html", "text/x.misskeymarkdown", "x"])
async def test_other_kinds_of_text_are_refused(scene: Scene, given: str) -> None:
    """Nobody's HTML is taken as it is."""
    app = await an_editor(scene)

    assert (await app.post("/statuses", status="x", content_type=given)).status == 422


# --- articles ---------------------------------------------------------------------------------------------------


async def test_long_text_is_an_article_with_name_abstract_and_url(scene: Scene) -> None:
    """s2s research 2.20: Mastodon shows title, summary and link; so the summary says what the article says."""
    text = "The harvest was good. Nine tonnes were shared.\n\n" + "A *longer* account follows. " * 300
    post, article = await arrived(scene, Draft(text, title="Our  year", language="en"))

    assert len(text) > limits.POST_CHARACTERS
    assert (article["type"], article["name"], article["url"]) == ("Article", "Our year", post.url)
    assert article["summary"].startswith("The harvest was good. Nine tonnes were shared. A longer account follows.")
    assert article["summary"].endswith(".")
    assert len(article["summary"]) <= limits.ABSTRACT_CHARACTERS
    assert "<em>longer</em>" in article["content"]
    assert "Our year" not in article["content"]
    assert article["sensitive"] is False


async def test_article_is_shown_whole_with_its_title_and_no_warning(scene: Scene) -> None:
    """s2s research 2.20: on the page and in apps; its abstract is no content warning."""
    app = await an_editor(scene)

    made = await app.post("/statuses", status="Long *text*", title="Our <b>year</b>", spoiler_text="In short")
    post = made.json
    page = await scene.peer.get(scene.node, post["url"], Accept="text/html")
    source = (await app.get(f"/statuses/{post['id']}/source")).json
    edited = (await app.put(f"/statuses/{post['id']}", status="Longer", spoiler_text="In short")).json
    renamed = (await app.put(f"/statuses/{post['id']}", status="Longer", title="Two years")).json
    versions = (await app.get(f"/statuses/{post['id']}/history")).json

    assert post["content"] == "<p><strong>Our &lt;b&gt;year&lt;/b&gt;</strong></p><p>Long <em>text</em></p>"
    assert (post["spoiler_text"], post["sensitive"]) == ("", False)
    assert "<p><strong>Our &lt;b&gt;year&lt;/b&gt;</strong></p>" in page.body.decode()
    assert (source["title"], source["spoiler_text"]) == ("Our <b>year</b>", "In short")
    assert plain(edited["content"]) == "Our <b>year</b> Longer"
    assert plain(renamed["content"]) == "Two years Longer"
    assert [plain(version["content"]) for version in versions] == [
        "Our <b>year</b> Long text",
        "Our <b>year</b> Longer",
        "Two years Longer",
    ]


async def test_abstract_that_was_not_given_is_made_anew_by_an_edit(scene: Scene) -> None:
    """An abstract of what no longer stands there helps nobody."""
    await followed_by_alice(scene)
    post = await create_post(scene.node, scene.member, Draft("First text.", title="Minutes"))
    app = await an_editor(scene)

    source = (await app.get(f"/statuses/{post.id}/source")).json
    await app.put(f"/statuses/{post.id}", status="Second text.", spoiler_text=source["spoiler_text"])

    assert source["spoiler_text"] == ""
    assert (await told(scene, "Update"))[-1]["object"]["summary"] == "Second text."


# --- files ------------------------------------------------------------------------------------------------------


async def test_file_travels_as_every_peer_reads_it(scene: Scene) -> None:
    """s2s research 2.7: an array also for one (pixelfed#6588); Mastodon reads `summary`, GoToSocial and Pixelfed `name`."""
    _post, note = await arrived(scene, Draft("", attachments=(PHOTO,)))

    assert note["attachment"] == [
        {
            "type": "Image",
            "mediaType": "image/jpeg",
            "url": "https://media.coop.example/1.jpg",
            "name": "Nets on the quay",
            "summary": "Nets on the quay",
            "width": 1200,
            "height": 800,
            "blurhash": "LKO2?U%2Tw=w",
            "focalPoint": [0.0, 0.25],
        }
    ]
    read = read_post(normalise({**note, "@context": "https://www.w3.org/ns/activitystreams"})).attachments
    assert [(file.description, file.width, file.height, file.blurhash, file.focal_point) for file in read] == [
        ("Nets on the quay", 1200, 800, "LKO2?U%2Tw=w", (0.0, 0.25))
    ]


async def test_files_are_shown_and_stay_in_an_edit(scene: Scene) -> None:
    """An app that edits the text does not speak of the files; none means none."""
    app: Editor = await an_editor(scene)
    await followed_by_alice(scene)
    post = await create_post(scene.node, scene.member, Draft("Quay", attachments=(PHOTO,)))

    edited = (await app.put(f"/statuses/{post.id}", status="The quay")).json
    kept = (await told(scene, "Update"))[-1]["object"]["attachment"]
    await edit_post(scene.node, scene.member, post, Draft("The quay", attachments=()))
    gone = (await told(scene, "Update"))[-1]["object"]["attachment"]

    file = edited["media_attachments"][0]
    assert (file["description"], file["remote_url"], file["blurhash"]) == (
        "Nets on the quay",
        PHOTO.url,
        PHOTO.blurhash,
    )
    assert file["meta"]["original"] == {"width": 1200, "height": 800, "size": "1200x800", "aspect": 1.5}
    assert file["meta"]["focus"] == {"x": 0.0, "y": 0.25}
    assert ([file["url"] for file in kept], gone) == ([PHOTO.url], [])


async def test_peers_file_is_shown_with_all_it_says(scene: Scene) -> None:
    """s2s research 2.7: description in `summary`, then `name`; blurhash, focal point, size."""
    app = await an_editor(scene)
    files: list[Any] = [
        {
            "type": "Document",
            "mediaType": "image/png",
            "url": f"{scene.peer.base}/1.png",
            "summary": "one",
            "name": "no",
        },
        {
            "type": "Image",
            "mediaType": "image/png",
            "url": f"{scene.peer.base}/2.png",
            "name": "two",
            "width": 4,
            "height": 2,
        },
        {"type": "Image", "url": f"{scene.peer.base}/3.png", "focalPoint": [0.5, -0.5], "blurhash": "LKO2?U%2Tw=w"},
    ]
    note = scene.alice.mentioning(scene.member.uri, attachment=files)
    assert await scene.arrives(scene.alice.create(note)) == ["accepted"]

    shown = (await app.get("/notifications")).json[0]["status"]["media_attachments"]

    assert [file["description"] for file in shown] == ["one", "two", None]
    assert shown[1]["meta"]["original"]["aspect"] == 2.0
    assert (shown[2]["meta"]["focus"], shown[2]["blurhash"]) == ({"x": 0.5, "y": -0.5}, "LKO2?U%2Tw=w")
