"""Markdown of members: to harmless HTML, with the mentions and hashtags of plain text. Pure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coopfed import limits
from coopfed.text.markdown import find_hashtags_in, find_mentions_in, render_markdown
from coopfed.text.render import MentionTarget
from coopfed.text.sanitise import sanitise

BO = MentionTarget("https://peer.example/users/bo", "https://peer.example/@bo", "bo@peer.example")
LINK = 'target="_blank" rel="nofollow noopener noreferrer"'


def shown(text: str) -> str:
    """The HTML as it is stored."""
    return sanitise(render_markdown(text, {"bo@peer.example": BO}, "https://coop.example/tags/")).replace("\n", "")


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        '<img src=x onerror="alert(1)">',
        "[click](javascript:alert(1))",
        "[click](data:text/html,<script>alert(1)</script>)",
        "![seen](https://tracker.example/pixel.png)",
        "<a href='https://evil.example' onclick=alert(1)>",
        '[x](https://ok.example "onmouseover=alert(1)")',
        "<javascript:alert(1)>",
        "```\n</code></pre><script>alert(1)</script>\n```",
    ],
)
def test_nothing_that_acts_or_looks_elsewhere_passes(hostile: str) -> None:
    """security research *HTML*: no raw HTML, no picture (it would ask another host), no address but of a page."""
    html = shown(hostile)

    for forbidden in ("<script", "<img", 'href="javascript', 'href="data', "onmouseover=", "<a href='"):
        assert forbidden not in html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**bold** and *soft* and ~~gone~~", "<p><strong>bold</strong> and <em>soft</em> and <del>gone</del></p>"),
        ("# Harvest\n\ntext", "<p><strong>Harvest</strong></p><p>text</p>"),
        ("- one\n- two", "<ul><li>one</li><li>two</li></ul>"),
        ("1. one\n2. two", "<ol><li>one</li><li>two</li></ol>"),
        ("> said", "<blockquote><p>said</p></blockquote>"),
        ("`a < b`", "<p><code>a &lt; b</code></p>"),
        ("one\ntwo", "<p>one<br>two</p>"),
        ("[words](https://a.example/b_c_d)", f'<p><a href="https://a.example/b_c_d" {LINK}>words</a></p>'),
        ("Çay & süt, *ığdır*", "<p>Çay &amp; süt, <em>ığdır</em></p>"),
    ],
)
def test_marks_become_the_elements_that_everybody_shows(text: str, html: str) -> None:
    """s2s research 2.7, the last line: no headings, no styles."""
    assert shown(text) == html


def test_mentions_hashtags_and_addresses_are_those_of_plain_text() -> None:
    """s2s research 2.7: the same forms, also between marks."""
    html = shown("**@bo@peer.example** #çiğköfte https://a.example/x_y_z")

    assert (
        f'<strong><a href="https://peer.example/@bo" class="u-url mention" {LINK}>@<span>bo</span></a></strong>' in html
    )
    assert f'class="mention hashtag" {LINK}>#<span>çiğköfte</span></a>' in html
    assert 'href="https://a.example/x_y_z"' in html


def test_code_and_words_of_links_mention_nobody() -> None:
    """Whom the text does not address is not told."""
    text = "`@bo@peer.example #code`\n\n```\n@bo@peer.example\n```\n\n[@bo@peer.example #x](https://a.example) @ada@b.example #y"

    assert [found.name for found in find_mentions_in(text)] == ["ada@b.example"]
    assert [found.name for found in find_hashtags_in(text)] == ["y"]
    assert 'class="u-url mention"' not in shown(text)


def test_no_more_people_are_mentioned_than_allowed() -> None:
    """limits: over all pieces of the text together."""
    text = "\n\n".join(f"@p{number}@peer.example #t{number}" for number in range(limits.TAGS + 5))

    assert len(find_mentions_in(text)) == limits.MENTIONS
    assert len(find_hashtags_in(text)) == limits.TAGS


@given(st.text(max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    """What comes out is clean already, whatever went in."""
    html = shown(text)

    assert sanitise(html) == html
