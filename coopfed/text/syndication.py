"""A list of things as RSS 2.0, Atom or JSON Feed. Pure.

The id of an item is the id of the object, for ever. Source: RSS 2.0; RFC 4287; JSON Feed 1.1; API contract 10.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from types import MappingProxyType
from xml.etree import ElementTree as ET

import orjson

_ATOM, _DC = "http://www.w3.org/2005/Atom", "http://purl.org/dc/elements/1.1/"
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, however it is escaped."""
ET.register_namespace("atom", _ATOM)
ET.register_namespace("dc", _DC)


@dataclass(frozen=True, slots=True)
class Item:
    """A thing of a feed: `content` is sanitised HTML, moments are aware UTC, `updated` None for what was never changed; `tags` are words
    for people."""

    id: str
    url: str
    title: str
    content: str
    author: str
    author_url: str
    language: str | None
    published: datetime
    updated: datetime | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Feed:
    """What stands above the items: `home` is the page of the same things, `address` that of the feed."""

    title: str
    home: str
    address: str
    items: Sequence[Item]

    @property
    def updated(self) -> datetime | None:
        """When something in it changed last; None of an empty one."""
        return max((item.updated or item.published for item in self.items), default=None)


def rss(feed: Feed) -> bytes:
    """RSS 2.0, with the authors as `dc:creator`."""
    root = ET.Element("rss", version="2.0")
    channel = ET.SubElement(root, "channel")
    for name, text in (("title", feed.title), ("link", feed.home), ("description", feed.title)):
        _add(channel, name, text)
    ET.SubElement(channel, f"{{{_ATOM}}}link", href=feed.address, rel="self", type="application/rss+xml")
    for one in feed.items:
        item = ET.SubElement(channel, "item")
        _add(item, "guid", one.id, isPermaLink="false")
        for name, text in (("title", one.title), ("link", one.url), ("description", one.content)):
            _add(item, name, text)
        _add(item, f"{{{_DC}}}creator", one.author)
        _add(item, "pubDate", format_datetime(one.published, usegmt=True))
        for tag in one.tags:
            _add(item, "category", tag)
    return _written(root)


def atom(feed: Feed) -> bytes:
    """Atom. Source: RFC 4287."""
    root = ET.Element(f"{{{_ATOM}}}feed")
    _add(root, f"{{{_ATOM}}}id", feed.address)
    _add(root, f"{{{_ATOM}}}title", feed.title)
    _add(root, f"{{{_ATOM}}}updated", _instant(feed.updated) if feed.updated else "1970-01-01T00:00:00Z")
    ET.SubElement(root, f"{{{_ATOM}}}link", href=feed.address, rel="self")
    ET.SubElement(root, f"{{{_ATOM}}}link", href=feed.home, rel="alternate")
    for one in feed.items:
        entry = ET.SubElement(root, f"{{{_ATOM}}}entry")
        _add(entry, f"{{{_ATOM}}}id", one.id)
        _add(entry, f"{{{_ATOM}}}title", one.title)
        _add(entry, f"{{{_ATOM}}}published", _instant(one.published))
        _add(entry, f"{{{_ATOM}}}updated", _instant(one.updated or one.published))
        ET.SubElement(entry, f"{{{_ATOM}}}link", href=one.url, rel="alternate")
        author = ET.SubElement(entry, f"{{{_ATOM}}}author")
        _add(author, f"{{{_ATOM}}}name", one.author)
        _add(author, f"{{{_ATOM}}}uri", one.author_url)
        content = _add(entry, f"{{{_ATOM}}}content", one.content, type="html")
        if one.language:
            content.set("{http://www.w3.org/XML/1998/namespace}lang", one.language)
        for tag in one.tags:
            ET.SubElement(entry, f"{{{_ATOM}}}category", term=_clean(tag))
    return _written(root)


def json(feed: Feed) -> bytes:
    """JSON Feed 1.1."""
    return orjson.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": feed.title,
            "home_page_url": feed.home,
            "feed_url": feed.address,
            "items": [
                {
                    "id": one.id,
                    "url": one.url,
                    "title": one.title,
                    "content_html": one.content,
                    "authors": [{"name": one.author, "url": one.author_url}],
                    "date_published": _instant(one.published),
                    **({"date_modified": _instant(one.updated)} if one.updated else {}),
                    **({"language": one.language} if one.language else {}),
                    **({"tags": list(one.tags)} if one.tags else {}),
                }
                for one in feed.items
            ],
        }
    )


FORMS: Mapping[str, tuple[str, Callable[[Feed], bytes]]] = MappingProxyType(
    {
        "rss": ("application/rss+xml", rss),
        "atom": ("application/atom+xml", atom),
        "json": ("application/feed+json", json),
    }
)
"""By the ending of the address: media type, and how it is written."""


def _add(parent: ET.Element, name: str, text: str, **attributes: str) -> ET.Element:
    child = ET.SubElement(parent, name, attributes)
    child.text = _clean(text)
    return child


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _clean(text: str) -> str:
    return _UNWRITABLE.sub("", text)


def _written(root: ET.Element) -> bytes:
    found: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return found
