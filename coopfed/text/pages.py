"""What a web page says of itself in its head: title, description, author and what else a preview shows. Pure.

Open Graph first, then Twitter's names, then plain HTML. Everything that comes out is plain text of bounded length in one line, or an
address as it was written; whoever uses one resolves and checks it. Any bytes can be read: what makes no sense is left out.
"""

import codecs
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from coopfed import limits
from coopfed.text.markup import Tag, tokens, unescaped
from coopfed.text.sanitise import line

_DIGITS = re.compile(r"[0-9]{1,5}")
_LATIN1, _LATIN5 = "cp1252", "cp1254"
_CHARSETS = {
    **dict.fromkeys(("ascii", "us-ascii", "latin1", "iso-8859-1", "iso8859-1", "windows-1252", "cp1252"), _LATIN1),
    **dict.fromkeys(("latin5", "iso-8859-9", "iso8859-9", "windows-1254", "cp1254"), _LATIN5),
    **{f"iso-8859-{part}": f"iso8859-{part}" for part in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)},
    **{f"windows-{page}": f"cp{page}" for page in (1250, 1251, 1253, 1255, 1256, 1257, 1258, 874)},
    **dict.fromkeys(("gbk", "gb2312", "gb18030"), "gb18030"),
    **{name: name for name in ("koi8-r", "koi8-u", "big5", "euc-jp", "euc-kr", "shift_jis", "utf-16le", "utf-16be")},
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "utf-16": "utf-16le",
}
"""By the names that pages give them. Only these: Python knows encodings that cost the square of what they read, or are none at all.

Source: WHATWG Encoding 4.2, where Latin-1 and Latin-5 are those of Windows.
"""
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16le"), (codecs.BOM_UTF16_BE, "utf-16be"))
_IN_HEADER = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_IN_PAGE = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_IN_TURKISH = re.compile(rb"<html[^>]{0,200}?\slang\s*=\s*[\"']?tr\b", re.IGNORECASE)
_BEGINNING = 2 * limits.KIB

_ATTRIBUTE = re.compile(
    r"""([^\s/>=][^\s/>=]*+)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'>][^\s>]*+)))?+""",
)
_TITLE = frozenset({"title"})


@dataclass(frozen=True, slots=True)
class PageFace:
    """What a page says of itself; empty or None where it does not. `author_url` and `image` are addresses as they were written, maybe
    relative; `language` a tag as it was written; `published` is aware UTC."""

    title: str = ""
    description: str = ""
    provider: str = ""
    author: str = ""
    author_url: str = ""
    language: str = ""
    published: datetime | None = None
    image: str = ""
    image_description: str = ""
    image_width: int | None = None
    image_height: int | None = None


def decoded(body: bytes, content_type: str = "") -> str:
    """The text of a page, damaged characters replaced: by its byte order mark, the `Content-Type`, its own `<meta>`, else UTF-8 if it can
    be that, and what old pages are. Source: HTML *Determining the character encoding*."""
    for mark, name in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, errors="replace")
    in_header, in_page = _IN_HEADER.search(content_type), _IN_PAGE.search(body[:_BEGINNING])
    told = _CHARSETS.get(in_header[1].lower()) if in_header else None
    if told is None and in_page:
        told = _CHARSETS.get(in_page[1].decode("latin-1").lower())
        # Whoever could read the mark in ASCII reads no UTF-16.
        told = "utf-8" if told in ("utf-16le", "utf-16be") else told
    return body.decode(told or _guessed(body), errors="replace")


def _guessed(body: bytes) -> str:
    try:
        # The last character may be cut.
        codecs.getincrementaldecoder("utf-8")().decode(body)
    except UnicodeDecodeError:
        return _LATIN5 if _IN_TURKISH.search(body[:_BEGINNING]) else _LATIN1
    return "utf-8"


def read_page(html: str) -> PageFace:
    """What the page says of itself. At most `limits.PAGE_TOKENS` tags and pieces of text are looked at, none behind `<body>`.

    Source: the Open Graph protocol; HTML 4.2.5 *The meta element*.
    """
    said, title, language = _said(html)

    def first(*names: str) -> str:
        return next((said[name] for name in names if said.get(name, "").strip()), "")

    author_url = first("article:author", "author:url")
    return PageFace(
        title=_text(first("og:title", "twitter:title") or title, limits.PREVIEW_TITLE_LENGTH),
        description=_text(first("og:description", "twitter:description", "description"), limits.PREVIEW_TEXT_LENGTH),
        provider=_text(first("og:site_name", "application-name"), limits.PREVIEW_NAME_LENGTH),
        author=_text(first("author", "og:article:author"), limits.PREVIEW_NAME_LENGTH)
        or ("" if _is_address(author_url) else _text(author_url, limits.PREVIEW_NAME_LENGTH)),
        author_url=_address(author_url) if _is_address(author_url) else "",
        language=_text(language or first("og:locale", "content-language"), limits.PREVIEW_NAME_LENGTH),
        published=_moment(first("article:published_time", "og:article:published_time", "og:published_time")),
        image=_address(first("og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src")),
        image_description=_text(first("og:image:alt", "twitter:image:alt"), limits.PREVIEW_TEXT_LENGTH),
        image_width=_number(first("og:image:width")),
        image_height=_number(first("og:image:height")),
    )


def leads_back(html: str, addresses: Collection[str]) -> bool:
    """Whether the page has a link (`<a>`, `<link>`) to one of these addresses that says that both are the same person's. Of the page
    `limits.VERIFY_BYTES` are read. Source: microformats, rel-me."""
    wanted = {address.rstrip("/").lower() for address in addresses}
    for token in tokens(html, most=limits.VERIFY_BYTES):
        if isinstance(token, Tag) and token.name in ("a", "link") and not token.end:
            attributes = _attributes(token)
            leads = _address(attributes.get("href", "")).rstrip("/").lower()
            if leads in wanted and "me" in attributes.get("rel", "").lower().split():
                return True
    return False


def _said(html: str) -> tuple[dict[str, str], str, str]:
    """What the head says by name, what its title is, and the language of the page; all as they were written."""
    said: dict[str, str] = {}
    title, language, within = "", "", False
    for token in islice(tokens(html, kept=_TITLE), limits.PAGE_TOKENS):
        if isinstance(token, str):
            title += token if within else ""
        elif token.name == "body":
            break
        elif token.name == "title":
            # The first one counts, and is over with its end.
            within = not token.end and not title
        elif token.name == "html" and not language:
            attributes = _attributes(token)
            language = attributes.get("lang") or attributes.get("xml:lang") or ""
        elif token.name == "meta" and not token.end:
            attributes = _attributes(token)
            for name in ("property", "name", "http-equiv"):
                for word in attributes.get(name, "").lower().split()[: limits.PAGE_ATTRIBUTES]:
                    said.setdefault(word, attributes.get("content", ""))
    return said, title, language


def _attributes(tag: Tag) -> dict[str, str]:
    """The first attributes of a tag, each as it was first written."""
    found: dict[str, str] = {}
    for match in islice(_ATTRIBUTE.finditer(tag.source, len(tag.name) + 1), limits.PAGE_ATTRIBUTES):
        found.setdefault(match[1].lower(), match[2] or match[3] or match[4] or "")
    return found


def _text(value: str, length: int) -> str:
    # Cut before it is read as well: a title of 60 KiB costs no more than one that is shown.
    return line(unescaped(value[: 8 * length]))[:length].strip()


def _is_address(value: str) -> bool:
    return value.lower().lstrip().startswith(("https://", "http://", "/"))


def _address(value: str) -> str:
    found = unescaped(value[: 2 * limits.ID_LENGTH]).strip()
    return found if len(found) <= limits.ID_LENGTH else ""


def _number(value: str) -> int | None:
    return int(value) if _DIGITS.fullmatch(value) else None


def _moment(value: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value.strip()[: limits.PREVIEW_NAME_LENGTH])
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
