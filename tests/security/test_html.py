"""HTML that parsers read differently: what a browser makes of our output is what the sanitiser thought it was.

Mutation attacks live between two parsers: the sanitiser's, and the browser's that reads its output. So the output is read here by a
third one (html5lib, as bleach brings it), which must find only what is allowed, and give the same again.
"""

import importlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coopfed.features.posts.actions import create_post
from coopfed.features.posts.rules import Draft
from coopfed.text.markup import TAGS
from coopfed.text.sanitise import sanitise
from tests.coopfed.text.test_sanitise import FRAGMENTS
from tests.coopfed.web.test_escaping import assert_nothing_runs
from tests.inbox.test_posts import post
from tests.support.scene import Scene

html5lib = importlib.import_module("bleach._vendor.html5lib")
XHTML = "{http://www.w3.org/1999/xhtml}"
MUTATIONS = [
    # Name spaces: what is text in HTML is an element in MathML or SVG, and the other way round.
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
    '<svg><p><style><g title="</style><img src onerror=alert(1)>">',
    "<svg><desc><noscript>&lt;/noscript&gt;&lt;img src=x onerror=alert(1)&gt;",
    '<math><annotation-xml encoding="text/html"><style><img src=x onerror=alert(1)></style></annotation-xml></math>',
    "<svg><foreignObject><iframe srcdoc='&lt;script&gt;alert(1)&lt;/script&gt;'>",
    # Elements that hold raw text in one parser only.
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    '<noembed><img title="</noembed><img src=x onerror=alert(1)>"></noembed>',
    "<xmp><p title='</xmp><img src=x onerror=alert(1)>'>",
    "<textarea><p title='</textarea><img src=x onerror=alert(1)>'>",
    "<title><a title='</title><img src=x onerror=alert(1)>'>",
    "<plaintext><img src=x onerror=alert(1)>",
    "<template><script>alert(1)</script></template>",
    "<iframe><p title='</iframe><img src=x onerror=alert(1)>'>",
    # Nesting that is repaired: tables, forms, headings, adoption of formatting elements.
    "<table><td><a href='javascript:alert(1)'><table><td><a href=x onclick=alert(1)>",
    "<p><b><p><b><i></p></b><a href=//evil.example>x</a>",
    "<a href=https://x.example><a href=javascript:alert(1)>x",
    "<pre>\n\n<b>x</pre>",
    "<li><ul><li></p></li></ul><li>",
    "<select><option><style></option></select><img src=x onerror=alert(1)></style>",
    # Comments and declarations.
    "<!--><img src=x onerror=alert(1)>-->",
    "<!--!><img src=x onerror=alert(1)>--!>",
    "<!-- --!><img src=x onerror=alert(1)>",
    "<?xml version='1.0'?><img src=x onerror=alert(1)>",
    "<![CDATA[<img src=x onerror=alert(1)>]]>",
    "</ <img src=x onerror=alert(1)>>",
    # Attributes.
    "<a href='https://x.example/\"onclick=alert(1)//'>x</a>",
    "<a href=`https://x.example/`onclick=alert(1)>x</a>",
    "<a/href='https://x.example'/onmouseover='alert(1)'>x</a>",
    "<a href='https://x.example' href='javascript:alert(1)'>x</a>",
    "<a href='java\tscript:alert(1)'>x</a>",
    "<a href='\x01javascript:alert(1)'>x</a>",
    "<a href='javascript&#x3a;alert(1)'>x</a>",
    "<a href='&#106;avascript:alert(1)'>x</a>",
    "<a href='//evil.example/'>x</a>",
    "<a href='https:evil.example'>x</a><a class=u-url href='HTTPS:/evil'>y</a><a href='https:\\\\evil'>z</a>",
    "<a href='ht\ntps:evil'>x</a><a href='https:\t//x.example'>y</a><a href='https://'>z</a>",
    "<a href='vbscript:x'>x</a><a href='data:text/html;base64,PHN2Zz4='>y</a><a href='blob:https://x.example/1'>z</a>",
    "<span class='hidden fixed u-url'>x</span>",
    "<p id=main hx-get=/x data-hx-on='alert(1)' style=position:fixed>x</p>",
    # Bytes.
    "<img\x00src=x onerror=alert(1)>",
    "<scr\x00ipt>alert(1)</scr\x00ipt>",
    "<\x0cimg src=x onerror=alert(1)>",
    "\ufeff<script>alert(1)</script>",
    "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "<ſcript>alert(1)</ſcript>",
]


def tree(html: str) -> Any:
    """What html5lib makes of a fragment."""
    return html5lib.parseFragment(html, treebuilder="etree", namespaceHTMLElements=True)


def shape(node: Any) -> Any:
    """Elements, attributes and texts of a tree, to be compared."""
    return (node.tag, dict(node.attrib), node.text or "", [(shape(child), child.tail or "") for child in node])


def serialised(node: Any) -> str:
    """The tree written again."""
    text: str = html5lib.serialize(
        node, omit_optional_tags=False, quote_attr_values="always", alphabetical_attributes=True
    )
    return text


def assert_harmless_in_another_parser(html: str) -> None:
    """Only allowed elements with allowed attributes, and the same tree when it is written and read again."""
    read = tree(html)
    for element in list(read.iter())[1:]:
        assert isinstance(element.tag, str), "a comment"
        assert element.tag.removeprefix(XHTML) in TAGS, html
        assert set(element.attrib) <= {"href", "class", "rel", "target"}, html
        assert element.attrib.get("href", "https://").startswith(("https://", "http://")), html
    again = serialised(read)
    assert shape(tree(again)) == shape(read), html
    assert sanitise(again) == sanitise(html) == html


@pytest.mark.parametrize("hostile", MUTATIONS)
def test_mutation_attacks_mutate_nothing(hostile: str) -> None:
    """security 1.5: a corpus of published mutations; the output is the same for every parser."""
    assert_harmless_in_another_parser(sanitise(hostile))


@given(st.lists(st.sampled_from([*FRAGMENTS, *MUTATIONS]), max_size=12).map("".join))
def test_any_mixture_is_the_same_for_another_parser(html: str) -> None:
    """security 1.5, the differential test: read by html5lib and written again, it is stable."""
    assert_harmless_in_another_parser(sanitise(html))


async def test_mutations_reach_no_page_by_any_field_of_a_post_or_an_actor(scene: Scene) -> None:
    """security 1.5: content, name, summary, tags, files and the author's own fields, through the door and out of the page."""
    hostile = "".join(MUTATIONS[:30])
    fields = {
        "name": hostile,
        "summary": hostile,
        "attachment": [{"type": "PropertyValue", "name": hostile, "value": hostile}],
    }
    scene.alice.changes = fields | {
        "url": "javascript:alert(1)",
        "icon": {"type": "Image", "url": "javascript:alert(1)"},
    }
    question = await ask(scene)
    answer = scene.alice.mentioning(
        scene.member.uri,
        content=hostile,
        name=hostile[:400],
        summary=hostile,
        url="javascript:alert(1)",
        inReplyTo=question,
        attachment=[{"type": "Document", "url": "https://x.example/a.png", "name": hostile, "mediaType": "image/png"}],
    )
    answer["tag"].append({"type": "Hashtag", "name": hostile, "href": "javascript:alert(1)"})

    outcomes = await scene.arrives(scene.alice.create(answer))

    stored = await post(scene, answer["id"])
    assert outcomes == ["accepted"]
    assert stored is not None
    assert_harmless_in_another_parser(stored.content)
    assert stored.url == answer["id"]
    page = await scene.peer.send("GET", f"{scene.node.urls.base}/@member/{question.rpartition('/')[2]}", {})
    assert page.status == 200
    assert answer["id"].rpartition("/")[2].encode() in page.body
    assert_nothing_runs(page.body.decode())


async def ask(scene: Scene) -> str:
    """The id of a post of the member."""
    row = await create_post(scene.node, scene.member, Draft(text="Who comes?"))
    return row.uri
