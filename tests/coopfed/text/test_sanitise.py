"""Foreign HTML is harmless before it is stored: security research 1.4, s2s 2.7."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coopfed import limits
from coopfed.text.markup import TAGS
from coopfed.text.sanitise import plain, plain_of_clean, sanitise

FRAGMENTS = [
    *(f"<{name}>" for name in [*sorted(TAGS), "div", "svg", "table", "select", "script", "style", "math", "h1"]),
    *(f"</{name}>" for name in [*sorted(TAGS), "div", "svg", "script", "style", "h1"]),
    *(
        '<a href="https://x.example">',
        "<a href=javascript:x>",
        "<b x='",
        '"',
        "'",
        "<",
        ">",
        "&lt;",
        "&amp;",
        "text ",
        "<!--",
        "-->",
    ),
]


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        '<a href="javascript:alert(1)">x</a>',
        '<a href="JaVaScRiPt&colon;alert(1)">x</a>',
        '<a href="data:text/html,<script>alert(1)</script>">x</a>',
        "<svg><style><img src=x onerror=alert(1)></style></svg>",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
        '<p style="position:fixed;inset:0">over everything</p>',
        '<iframe src="https://evil.example"></iframe>',
        '<form action="https://evil.example"><input name=password></form>',
        '<span class="account-menu" id="login" data-hx-get="/x" hx-get="/x">x</span>',
        "<<x>img src=x onerror=alert(1)>",
        "<b <script>alert(1)//</b>",
    ],
)
def test_nothing_that_acts_or_imitates_passes(hostile: str) -> None:
    """Security 1.4: no script, no handler, no style, no form, no foreign class or id, no address but http and https."""
    clean = sanitise(hostile)

    tags = re.findall(r"<[^>]*>", clean)
    assert {re.match(r"</?(\w+)", tag)[1] for tag in tags} <= TAGS  # type: ignore[index]
    attributes = {name for tag in tags for name in re.findall(r"\s([\w-]+)=", tag)}
    assert attributes <= {"href", "class", "rel", "target"}
    assert "javascript:" not in clean
    assert "account-menu" not in clean


def test_a_script_goes_with_its_content() -> None:
    """Security 1.4: the text of a program is not something that its author wrote to people."""
    assert sanitise("<p>Hello<script>alert(1)</script> there</p>") == "<p>Hello there</p>"


def test_an_address_must_name_its_host() -> None:
    """Security 1.4: a relative link in a foreign post would lead to a page of ours."""
    assert "href" not in sanitise('<a href="/settings/delete">x</a>')
    assert "href" not in sanitise('<a href="//evil.example/">x</a>')


def test_links_open_apart_and_tell_nothing() -> None:
    """Design 3.20: a followed link gives no referrer and no handle on our window."""
    clean = sanitise('<a href="https://x.example/?a=1&b=2" rel="me" target="_top">x</a>')

    expected = '<a href="https://x.example/?a=1&amp;b=2" target="_blank" rel="nofollow noopener noreferrer">x</a>'
    assert clean == expected


def test_marks_of_mentions_and_shortened_links_stay() -> None:
    """s2s 2.7: Mastodon's classes are what clients and our pages show links by; others are dropped."""
    clean = sanitise(
        '<p class="quote-inline x">RE</p><span class="h-card y"><a href="https://x.example" class="u-url mention z">'
        '@<span>bo</span></a></span><span class="invisible">https://</span><span class="w">w</span>'
    )

    assert '<p class="quote-inline">' in clean
    assert '<span class="h-card">' in clean
    assert 'class="u-url mention"' in clean
    assert '<span class="invisible">' in clean
    assert "<span>w</span>" in clean


def test_headings_become_bold_paragraphs() -> None:
    """s2s 2.7: no headings; Mastodon lowers them in the same way."""
    assert sanitise("<h1>One</h1><h3 class=x>Two</h3>") == "<p><strong>One</strong></p><p><strong>Two</strong></p>"


def test_what_is_not_closed_is_closed_in_order() -> None:
    """Security 1.4: the page around a post must not be drawn into its formatting."""
    assert sanitise("<b>bold <i>both</b> plain") == "<b>bold <i>both</i></b> plain"
    assert sanitise("<ul><li>a<li>b<ul><li>c</ul></ul>") == "<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>"
    assert sanitise("<p>a<p>b") == "<p>a</p><p>b</p>"


@pytest.mark.parametrize(
    ("depth", "kept"), [(limits.HTML_DEPTH, limits.HTML_DEPTH), (limits.HTML_DEPTH + 1, limits.HTML_DEPTH)]
)
def test_nesting_is_flattened_at_the_limit(depth: int, kept: int) -> None:
    """limits.HTML_DEPTH: at n and at n + 1; the text inside stays."""
    clean = sanitise("<blockquote>" * depth + "deep" + "</blockquote>" * depth)

    assert clean.count("<blockquote>") == clean.count("</blockquote>") == kept
    assert "deep" in clean


@pytest.mark.parametrize("extra", [0, 1])
def test_content_is_cut_at_the_limit(extra: int) -> None:
    """limits.CONTENT_LENGTH: at n and at n + 1 characters, before any parser sees them."""
    assert len(sanitise("x" * (limits.CONTENT_LENGTH + extra))) == limits.CONTENT_LENGTH


@pytest.mark.parametrize(
    "pattern",
    [
        "<b>",
        "<b a='",
        "<h1 ",
        "<!--",
        "<a ",
        "<li>",
        "<b><p></b>",
        "<",
        "</p>",
        "<script>",
        "</style ",
        "&",
        "<b a=1></i>",
        "<ul>",
    ],
)
def test_repetition_costs_no_more_than_its_length(pattern: str) -> None:
    """Security 1.4: no input makes the tokeniser back-track or the parser copy elements."""
    hostile = (pattern * limits.CONTENT_LENGTH)[: limits.CONTENT_LENGTH]
    started = time.process_time()

    clean = sanitise(hostile)
    plain(hostile)

    assert time.process_time() - started < 2
    assert len(clean) <= 6 * limits.CONTENT_LENGTH


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=40).map("".join))
def test_cleaning_twice_changes_nothing(html: str) -> None:
    """Design 9: older rows are cleaned again when read; what was clean must stay as it is."""
    once = sanitise(html)

    assert sanitise(once) == once


@given(st.text(max_size=200))
def test_any_text_can_be_cleaned_and_stored(text: str) -> None:
    """Security 1.4: lone surrogates and NUL stop neither nh3 nor PostgreSQL."""
    for result in (sanitise(text), plain(text)):
        assert "\x00" not in result
        result.encode()


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=40).map("".join))
def test_clean_html_has_the_same_text_both_ways(html: str) -> None:
    """The short way to the words of a stored post finds what the long one finds."""
    clean = sanitise(html)

    assert plain_of_clean(clean) == plain(clean)


def test_plain_is_one_line_of_text() -> None:
    """Names, logs and search: words of different paragraphs do not run together, entities are characters."""
    assert plain("<p>One&nbsp;&amp; <b>t</b>wo</p><p>three<br>four</p>") == "One & two three four"


def test_plain_does_not_turn_the_line_it_stands_in() -> None:
    """Ecosystem 6: a display name must not reverse what follows it."""
    assert plain("evil\u202egpj.exe &#x2066;x") == "evilgpj.exe x"


def test_plain_keeps_what_is_no_tag() -> None:
    """A name is text: `<` between words is not markup."""
    assert plain("a < b and <3") == "a < b and <3"


@pytest.mark.parametrize("reference", [f"&#{'9' * 5_000};", f"&#{'0' * 5_000}65;", f"&#x{'f' * 5_000};"])
def test_plain_reads_references_of_any_length(reference: str) -> None:
    """security 1.4: Python refuses to read a number of more than 4300 digits; a name must not raise that."""
    assert plain(f"a{reference}b") in ("aAb", "a\ufffdb")
