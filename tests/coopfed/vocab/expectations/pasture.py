"""Variations of one Note, from fediverse-pasture-inputs: each entry lies over the same base, a null takes a member away.

Keyed by module and list; what a row does not state is as in the base.
"""

from tests.coopfed.vocab.expectations import Expectation, NotActivityPub, Refused, post

ACTOR = "http://pasture-one-actor/actor"
ASSETS = "http://pasture-one-actor/assets"
IMAGES = "http://pasture-one-actor/images"
NOTE1 = f"{ASSETS}/note1.jsonap"

BASE = {
    "@context": "https://www.w3.org/ns/activitystreams",
    "type": "Note",
    "attributedTo": ACTOR,
    "to": ["https://www.w3.org/ns/activitystreams#Public"],
    "id": "http://pasture-one-actor/object/1",
    "published": "2024-10-10T11:12:13Z",
    "content": "text",
}


def note(**members: object) -> Expectation:
    """The base with what is stated."""
    return post("Note", **{"id": BASE["id"], "author": ACTOR, "visibility": "public", **members})


def typed(type: str) -> Expectation:
    """The base as another type."""
    return post(type, id=BASE["id"], author=ACTOR)


EXPECTED: dict[str, list[Expectation]] = {
    "attributed_to/attributed_to_examples": [
        note(attributed_to=[ACTOR]),
        note(attributed_to=[ACTOR]),
        note(attributed_to=[ACTOR, "http://pasture-one-actor/second"]),
        note(attributed_to=[ACTOR]),
        note(attributed_to=[ACTOR]),
    ],
    "content_warnings/content_warning_examples": [
        note(sensitive=True, summary=""),
        note(sensitive=False, summary="summary"),
        note(sensitive=True, summary="summary"),
        note(sensitive=True, attachments=[f"{IMAGES}/w001.png"]),
        note(sensitive=True, attachments=[f"{IMAGES}/w002.png"]),
        note(sensitive=True, attachments=[f"{IMAGES}/w003.png"], descriptions=["content"]),
        note(sensitive=True, attachments=[f"{IMAGES}/w004.png"], descriptions=["summary"]),
    ],
    "context/examples": [
        note(begins="@context url as the"),
        note(begins="@context url is list"),
        note(begins="@context url is list"),
        note(begins="@context with ActivityStreams URL"),
        Refused("no_context"),
        Refused("no_context"),
    ],
    "hashtag_jsonld/hashtag_examples": [
        note(hashtags=["test"]),
        note(hashtags=["test"]),
        note(hashtags=[]),
        note(hashtags=["test"]),
        note(hashtags=["test"]),
    ],
    "hashtags/hashtag_examples": [
        note(hashtags=["test"]),
        note(hashtags=["nohash"]),
        note(hashtags=["with-dash_under"]),
        note(hashtags=[]),
        note(hashtags=["with(subtag)"]),
        note(hashtags=["with123"]),
        note(hashtags=["1234"]),
        note(hashtags=["camelcase"]),
        note(hashtags=["ümläütß"]),
        note(hashtags=["🐄"]),
        note(hashtags=["❤️"]),
        note(hashtags=["牛"]),
        note(hashtags=["test"]),
    ],
    # HTML is kept as sent here; cleaning it is another room's work.
    "html_tags/html_tags": [
        note(begins=begin)
        for begin in (
            "<b>bold</b>",
            "<strong>strong</strong>",
            "<i>italic</i>",
            "<i>italic with.</i> See <a",
            "<em>emphasis</em>",
            "<del>old</del><ins>new</ins>",
            "<s>stricken</s>",
            "<mark>mark</mark>",
            "find <var>x</var>",
            "<ol><li>ordered</li></ol>",
            "<ul><li>unordered</li></ul>",
            "<h1>h1</h1>",
            "<h2>h2</h2>",
            "<h3>h3</h3>",
            "<h4>h4</h4>",
            "<h5>h5</h5>",
            "<h1>h1</h1><h2>h2</h2>",
            "<code>code</code>",
            "<pre>pre</pre>",
            "<blockquote>blockquote</blockquote>",
            "line<br/>break",
            "<p>paragraph</p>",
            "<small>small</small>",
            "<sup>sup</sup>",
            "<sub>sub</sub>",
            "<a href='https://funfedi.dev'>funfedi</a>",
            "<script>alert('hi');</script>",
            "<img src=",
            "wbr: Fernstraßen<wbr />",
            "Audio <audio controls",
            "Video <video controls",
        )
    ],
    "image_attachments/image_inline": [NotActivityPub("an attachment with a data: address; see test_posts")],
    "image_description/image_description_examples": [
        note(attachments=[f"{IMAGES}/100.png"], descriptions=[""]),
        note(attachments=[f"{IMAGES}/100.png"], descriptions=["summary"]),
        note(attachments=[f"{ASSETS}/FediverseLogo.png"], descriptions=["name"]),
        note(attachments=[f"{ASSETS}/FediverseLogo.png"], descriptions=[""]),
    ],
    "in_reply_to/in_reply_to_examples": [
        note(in_reply_to=NOTE1),
        note(in_reply_to="http://invalid.example/"),
        note(in_reply_to=NOTE1),
        note(in_reply_to=NOTE1),
        note(in_reply_to=NOTE1),
        # A collection without an id.
        note(in_reply_to=None),
        note(in_reply_to=NOTE1),
    ],
    "mentions/mention_examples": [
        note(mentions=[ACTOR], mention_names=["@actor@test_server"]),
        note(mentions=[ACTOR], mention_names=["@actor@test_server"]),
        note(mentions=[ACTOR], mention_names=["something something"]),
        note(mentions=[ACTOR], mention_names=[""]),
        note(mentions=["https://mastodon.social/users/the_milkman"]),
        note(mentions=["https://dummy.example"]),
        note(mentions=["http://test_actor"]),
        note(mentions=[ACTOR], mention_names=["yay"]),
        note(mentions=[]),
        note(mentions=[ACTOR]),
    ],
    "necessary_properties/examples": [
        note(begins="All fields"),
        Refused("no_id", by="post"),
        note(published=None),
        Refused("no_author", by="post"),
        Refused("not_a_post", by="post"),
    ],
    "object_type/object_type_list": [
        typed("Article"),
        typed("Audio"),
        typed("Document"),
        typed("Event"),
        typed("Image"),
        typed("Note"),
        typed("Page"),
        typed("Place"),
        typed("Profile"),
        typed("Relationship"),
        Refused("not_a_post", by="post"),
        typed("Video"),
        # Two types: the first.
        typed("Note"),
        Refused("not_a_post", by="post"),
    ],
    "public/public_examples": [note(), note(), note()],
    "recommended_media_attachments/examples": [
        note(attachments=[f"{ASSETS}/cow.jpg"], descriptions=["A beautiful cow"], sizes=[(100, 162)]),
        note(attachments=[f"{ASSETS}/cow_eating.mp4"], sizes=[(256, 144)], media_types=["video/mp4"]),
        note(attachments=[f"{ASSETS}/cow_moo.mp3"], media_types=["audio/mpeg"]),
        # Of two files of one video the first, with its size.
        note(attachments=[f"{ASSETS}/cow_eating.mp4"], sizes=[(256, 144)], media_types=["video/mp4"]),
    ],
    "url/link_html": [NotActivityPub("a part of the examples")],
    "url/link_video": [NotActivityPub("a part of the examples")],
    "url/examples_with_comment": [note(url="http://pasture-one-actor/objects/123")],
}
"""`url/link_html` and the other parts are laid over the base by nobody: they are not documents."""

HTML = "html_tags/html_tags"
TYPES = "object_type/object_type_list"
"""Lists whose entries are one member's value and not a document: content and type."""
