"""What a member types goes out as the HTML that other servers expect: s2s 2.7."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coopfed import limits
from coopfed.text.render import MentionTarget, find_hashtags, find_mentions, render
from coopfed.text.sanitise import plain, sanitise

TAGS = "https://coop.example/tags/"
BO = MentionTarget("https://peer.example/users/bo", "https://peer.example/@bo", "bo@peer.example")


def rendered(text: str) -> str:
    """The text with Bo as the only known person."""
    return render(text, {"bo@peer.example": BO, "bo": BO}, TAGS)


def names(text: str) -> list[str]:
    """The mentions found in a text."""
    return [found.name for found in find_mentions(text)]


def tags(text: str) -> list[str]:
    """The hashtags found in a text."""
    return [found.name for found in find_hashtags(text)]


def test_a_mention_and_a_hashtag_have_the_agreed_form() -> None:
    """s2s 2.7, `content`."""
    html = rendered("Text @bo@peer.example #Coop")

    assert html == (
        '<p>Text <a href="https://peer.example/@bo" class="u-url mention">@<span>bo</span></a> '
        '<a href="https://coop.example/tags/coop" class="mention hashtag" rel="tag">#<span>Coop</span></a></p>'
    )


def test_lines_and_paragraphs_are_kept() -> None:
    """s2s 2.7: p and br, nothing else for the shape of a plain text."""
    assert rendered("one\r\ntwo\n\n\n three\n") == "<p>one<br>two</p><p>three</p>"


def test_what_looks_like_html_is_text() -> None:
    """A member's text is not markup; also not what they wrote as an entity."""
    assert rendered('<b> & "q" &lt; it\'s') == '<p>&lt;b&gt; &amp; "q" &amp;lt; it\'s</p>'


def test_an_unknown_mention_stays_text() -> None:
    """Only who was found can be linked; the words stay."""
    assert rendered("hi @nobody@peer.example") == "<p>hi @nobody@peer.example</p>"


def test_a_long_link_is_shown_short_and_copied_whole() -> None:
    """Mastodon's form: scheme and rest are there, but invisible."""
    html = rendered("https://www.example.org/statutes/articles/of/association")

    assert html == (
        '<p><a href="https://www.example.org/statutes/articles/of/association" target="_blank"'
        ' rel="nofollow noopener noreferrer"><span class="invisible">https://www.</span>'
        '<span class="ellipsis">example.org/statutes/articles/</span>'
        '<span class="invisible">of/association</span></a></p>'
    )


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("(see https://en.wikipedia.org/wiki/A_(b)).", "https://en.wikipedia.org/wiki/A_(b)"),
        ("(https://x.example/a?b=1&c=2&lt=3), yes", "https://x.example/a?b=1&amp;c=2&amp;lt=3"),
        ("www.münchen.example/ı!", "https://www.xn--mnchen-3ya.example/ı"),
        ("HTTP://127.0.0.1:8001/@bo#tag", "http://127.0.0.1:8001/@bo#tag"),
    ],
)
def test_a_link_ends_where_its_reader_thinks(text: str, address: str) -> None:
    """Ecosystem 6: brackets and full stops around it are not part of it; the host is in its ASCII form."""
    html = rendered(text)

    assert f'href="{address}"' in html
    assert plain(html) == text


@pytest.mark.parametrize(
    "text", ["readme.md", "write to bo@peer.example", "https://", "javascript://x.example", "https://a..b/"]
)
def test_what_is_no_address_of_a_page_is_not_linked(text: str) -> None:
    """A word with a dot is not a link, nor is a mail address."""
    assert rendered(text) == f"<p>{text}</p>"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("@Bo@Peer.Example, hello", ["bo@peer.example"]),
        ("(@bo) @bo.", ["bo", "bo"]),
        ("@kooperatif_1@çiftlik.example", ["kooperatif_1@xn--iftlik-vua.example"]),
        ("@a.b-c@localhost:8001", ["a.b-c@localhost:8001"]),
        ("@josé and @josé@peer.example", []),
        ("bo@peer.example x.y+z@peer.example a/@bo", []),
        ("https://peer.example/@bo and https://peer.example/?q=,@bo", []),
        ("@bo@peer.example@evil.example", []),
    ],
)
def test_mentions_are_found_where_people_mean_them(text: str, found: list[str]) -> None:
    """Ecosystem 6: not in mail addresses or links, and never cut to a name that is somebody else's."""
    assert names(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("#İşçi #KOOPERATİF'in #2024yılı", ["işçi", "kooperatif", "2024yılı"]),
        ("#col·lecció, #hi\u0307 #हिन्दी", ["col·lecció", "hi̇", "हिन्दी"]),
        ("#123 #_ # a#b ##x", []),
        ("https://x.example/#frag https://x.example/a,#frag x.example/#frag &#x27;", []),
        ("bo+#tag@peer.example /#tag", ["tag"]),
    ],
)
def test_hashtags_are_found_where_people_mean_them(text: str, found: list[str]) -> None:
    """Ecosystem 6: letters of every language, not the fragments of addresses, not bare numbers."""
    assert tags(text) == found


@pytest.mark.parametrize(
    ("count", "kept"), [(limits.MENTIONS, limits.MENTIONS), (limits.MENTIONS + 1, limits.MENTIONS)]
)
def test_no_more_people_are_mentioned_than_allowed(count: int, kept: int) -> None:
    """limits.MENTIONS: at n and at n + 1."""
    assert len(find_mentions("@bo " * count)) == kept


@pytest.mark.parametrize(("count", "kept"), [(limits.TAGS, limits.TAGS), (limits.TAGS + 1, limits.TAGS)])
def test_no_more_hashtags_are_made_than_allowed(count: int, kept: int) -> None:
    """limits.TAGS: at n and at n + 1."""
    assert len(find_hashtags("#coop " * count)) == kept


@pytest.mark.parametrize("pattern", ["@a.", "@a-", "#a ", "https://(", "www.", "x", "a+", "a.b", "@a@"])
def test_repetition_costs_no_more_than_its_length(pattern: str) -> None:
    """A post of the greatest length is rendered in a moment, whatever it repeats."""
    text = (pattern * limits.POST_CHARACTERS)[: limits.POST_CHARACTERS]
    started = time.process_time()

    rendered(text)

    assert time.process_time() - started < 1


@given(st.lists(st.sampled_from([*"ab@#.:/?&<>\"'() \n", "https://", "www.", "@bo"]), max_size=40).map("".join))
def test_every_word_survives_rendering(text: str) -> None:
    """Rendering adds links and removes nothing; cleaning the result removes nothing either."""
    html = rendered(text)

    assert "".join(plain(html).split()) == "".join(text.split())
    assert plain(sanitise(html)) == plain(html)
