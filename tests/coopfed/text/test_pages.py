"""What a page says of itself: any bytes are read, in a bounded time, and only bounded plain text comes out."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coopfed import limits
from coopfed.text.pages import PageFace, decoded, read_page

N = limits.PAGE_BYTES
SECONDS = 0.5
"""Fifty times what the worst takes on a quiet machine; a square would take minutes."""


def head(*lines: str, lang: str = "tr") -> str:
    """A page with these lines in its head."""
    return f"<!DOCTYPE html>\n<html lang='{lang}'>\n<head>{''.join(lines)}</head>\n<body><p>text</p></body></html>"


# --- shut: what is hostile --------------------------------------------------------------------------------------

HOSTILE = {
    "deep": "<div>" * (N // 5),
    "metas": "<meta>" * (N // 6),
    "metas that say something": '<meta name="title" content="b">' * (N // 31),
    "tags that never end": "<a " * (N // 3),
    "angle brackets": "<" * N,
    "empty comments": "<!>" * (N // 3),
    "comments that never end": "<!--" * (N // 4),
    "scripts that never end": "<script>" + "</script" * (N // 8),
    "styles": "<style></style>" * (N // 15),
    "titles": "<title>" * (N // 7),
    "titles of nothing": "<title></title>" * (N // 15),
    "a huge attribute": f'<meta property="og:title" content="{"x" * (N - 40)}">',
    "many attributes": f"<meta {'a ' * (N // 2 - 10)}>",
    "attributes without a value": f"<meta {'a=' * (N // 2 - 10)}>",
    "quotes": '<meta x="' * (N // 9),
    "many properties": f'<meta property="{"x " * (N // 2 - 20)}" content=x>',
    "blanks": f"<meta a{' ' * (N - 20)}=",
    "a number without end": f'<meta property="og:title" content="&#{"9" * (N - 50)};">',
    "zeros without end": f"<title>&#{'0' * (N - 50)}65;</title>",
    "a hexadecimal one": f"<title>&#x{'f' * (N - 50)};</title>",
    "ampersands": f"<title>{'&' * (N - 20)}</title>",
    "half entities": f'<meta property="og:title" content="{"&a" * (N // 2 - 20)}">',
    "NUL": "\0" * N,
    "a charset far away": "<meta " * (N // 6),
    "images": f'<meta property="og:image" content="{"/x" * (N // 2 - 20)}"><meta property="og:image:width" content="{"9" * 6}">',
    "dates": f'<meta property="article:published_time" content="{"0001-01-01T00:00:00+23:59" * 2000}">',
}


PIECES = (
    "<meta ",
    "property=",
    '"og:title" ',
    "content=",
    '"',
    "'",
    ">",
    "<title>",
    "</title>",
    "&#",
    "9" * 9,
    ";",
    "\0",
)
PIECES += ("=", "/", "<!--", "-->", "<html lang=", "x", "\u202e", "<body>", "charset=utf-16")


@pytest.mark.parametrize("page", HOSTILE.values(), ids=HOSTILE)
def test_hostile_page_costs_no_more_than_its_length(page: str) -> None:
    """security 1.4, *HTML parser blow-up*: linear, cut, and no exception."""
    began = time.perf_counter()
    read_page(decoded(page.encode()))

    assert time.perf_counter() - began < SECONDS


@given(st.binary(max_size=4_000), st.text(max_size=40))
def test_any_bytes_can_be_read(body: bytes, content_type: str) -> None:
    """Nothing that a page sends raises."""
    bounded(read_page(decoded(body, content_type)))


@given(st.lists(st.sampled_from(PIECES), max_size=60).map("".join))
def test_any_page_can_be_read(page: str) -> None:
    """The same with what looks like a page."""
    bounded(read_page(decoded(page.encode())))


def bounded(face: PageFace) -> None:
    """Everything is plain text of bounded length in one line."""
    for text, length in (
        (face.title, limits.PREVIEW_TITLE_LENGTH),
        (face.description, limits.PREVIEW_TEXT_LENGTH),
        (face.provider, limits.PREVIEW_NAME_LENGTH),
        (face.author, limits.PREVIEW_NAME_LENGTH),
        (face.language, limits.PREVIEW_NAME_LENGTH),
        (face.image_description, limits.PREVIEW_TEXT_LENGTH),
        (face.image, limits.ID_LENGTH),
        (face.author_url, limits.ID_LENGTH),
    ):
        assert len(text) <= length
        assert not set(text) & set("\n\r\0\u202e\x1b")
        text.encode()


@pytest.mark.parametrize("extra", [0, 1])
def test_texts_are_cut_at_their_bounds(extra: int) -> None:
    """security 0.6: each bound at n and at n + 1."""
    long = "x" * (limits.PREVIEW_TITLE_LENGTH + extra)

    assert read_page(head(f"<title>{long}</title>")).title == "x" * limits.PREVIEW_TITLE_LENGTH


@pytest.mark.parametrize(("before", "seen"), [(limits.PAGE_TOKENS - 4, True), (limits.PAGE_TOKENS, False)])
def test_a_bounded_number_of_tags_is_looked_at(before: int, seen: bool) -> None:
    """security 0.6: a page may be as long as it likes."""
    assert bool(read_page(f"{'<i>' * before}<title>x</title>").title) is seen


@pytest.mark.parametrize("extra", [-1, 0])
def test_a_bounded_number_of_attributes_is_read(extra: int) -> None:
    """security 0.6."""
    more = " ".join(f"a{number}" for number in range(limits.PAGE_ATTRIBUTES - 1 + extra))
    page = read_page(head(f'<meta name="og:title" {more} content="x">'))

    assert page.title == ("x" if extra < 0 else "")


# --- open -------------------------------------------------------------------------------------------------------


def test_open_graph_says_most() -> None:
    """The Open Graph protocol: before Twitter's names, and these before plain HTML."""
    page = head(
        "<title>Plain</title>",
        '<meta name="description" content="plain">',
        '<meta name="twitter:title" content="Twitter">',
        '<meta property="og:title" content="Ekmek &amp; tuz">',
        '<meta property="og:description" content="Bread\n and <b>salt</b>">',
        '<meta property="og:site_name" content="The Bakery">',
        '<meta property="og:image" content="/a.png">',
        '<meta property="og:image:width" content="1200"><meta property="og:image:height" content="630">',
        '<meta property="og:image:alt" content="A loaf">',
        '<meta property="article:published_time" content="2026-11-24T10:00:00+03:00">',
        '<meta property="article:author" content="https://bakery.example/ada">',
        '<meta name="author" content="Ada">',
    )

    assert read_page(page) == PageFace(
        title="Ekmek & tuz",
        description="Bread and <b>salt</b>",
        provider="The Bakery",
        author="Ada",
        author_url="https://bakery.example/ada",
        language="tr",
        published=datetime(2026, 11, 24, 7, 0, tzinfo=UTC),
        image="/a.png",
        image_description="A loaf",
        image_width=1200,
        image_height=630,
    )


def test_plain_page_has_its_title_and_description() -> None:
    """HTML 4.2.2, 4.2.5: where there is nothing else; an empty word of Open Graph is none."""
    page = head(
        '<meta property="og:title" content=" ">',
        "<title>\n Ekmek &gt; tuz\n</title>",
        "<meta content='of bread' name='Description'>",
        lang="",
    )

    face = read_page(page)

    assert (face.title, face.description, face.language, face.published) == ("Ekmek > tuz", "of bread", "", None)


def test_what_stands_in_comments_scripts_attributes_and_the_body_says_nothing() -> None:
    """Who may write into a page speaks for it only where a head can."""
    said = '<meta property="og:title" content="evil">'
    page = head(f"<!-- {said} -->", f"<script>'{said}'</script>", f"<base data-x='{said}'>", "<title>good</title>")

    assert read_page(page + said).title == "good"


def test_first_word_counts() -> None:
    """As everybody reads it: a page that says it twice is not asked what it meant."""
    page = head('<meta property="og:title" content="one"><meta property="og:title" content="two" content="three">')

    assert read_page(page).title == "one"


def test_author_may_be_a_name() -> None:
    """`article:author` is an address by the book and a name in practice."""
    assert read_page(head('<meta property="article:author" content="Ada">')).author == "Ada"


@pytest.mark.parametrize(
    "date", ["yesterday", "", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-13-01"]
)
def test_date_that_is_none_is_left_out(date: str) -> None:
    """client_api 5: a wrong date broke Tusky."""
    assert read_page(head(f'<meta property="article:published_time" content="{date}">')).published is None


TURKISH = head('<meta property="og:title" content="Şişli’de ığdır ğüzel">')


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (TURKISH.encode(), "text/html; charset=utf-8"),
        (TURKISH.encode(), "text/html"),
        (TURKISH.encode(), "text/html; charset=nonsense"),
        (b"\xef\xbb\xbf" + TURKISH.encode(), "text/html; charset=iso-8859-9"),
        (TURKISH.encode("utf-16"), "text/html"),
        (TURKISH.encode("cp1254"), 'text/html; charset="ISO-8859-9"'),
        (TURKISH.encode("cp1254"), "text/html"),
        (TURKISH.replace("<head>", "<head><meta charset=windows-1254>").encode("cp1254"), "text/html"),
        (TURKISH.replace("<head>", "<head><meta charset=utf-16>").encode(), "text/html"),
        (
            TURKISH.replace(
                "<head>", '<head><meta http-equiv="Content-Type" content="text/html; charset=latin5">'
            ).encode("cp1254"),
            "text/html",
        ),
    ],
)
def test_page_is_read_in_its_own_letters(body: bytes, content_type: str) -> None:
    """HTML 13.2.3.2: mark, header, page, and then what it can be."""
    assert read_page(decoded(body, content_type)).title == "Şişli’de ığdır ğüzel"


def test_italian_of_before_utf8_is_read() -> None:
    """Latin-1 where nothing is said and nothing else fits."""
    assert read_page(decoded("<title>Città</title>".encode("latin-1"))).title == "Città"


def test_letter_that_is_cut_at_the_end_harms_nothing() -> None:
    """Only the beginning of a page is read."""
    assert read_page(decoded("<title>Città</title>à".encode()[:-1])).title == "Città"


@pytest.mark.parametrize("name", ["idna", "punycode", "unicode_escape", "rot13", "zip", "utf-7", "hex", "mbcs"])
def test_only_encodings_of_pages_are_known(name: str) -> None:
    """Python knows some that cost the square of what they read, and some that make tags of what was none."""
    assert decoded(b"+ADw-title+AD4-", f"text/html; charset={name}") == "+ADw-title+AD4-"
