"""Where a clean text leads: its links in order, without what only names a person or a subject."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from coopfed.text.markup import unescaped

# What `coopfed.text.sanitise` writes: every attribute in double quotes, no link within another, each of them closed.
_LINK = re.compile(r"<a((?:\s[\w-]+=\"[^\"]*\")*+)>(.*?)</a>", re.DOTALL)
_HREF, _CLASS = re.compile(r"\shref=\"([^\"]*)\""), re.compile(r"\sclass=\"([^\"]*)\"")
_TAG = re.compile(r"<[^>]*>")
_QUOTED = re.compile(r"<(p|span) class=\"quote-inline\">.*?</\1>", re.DOTALL)
_NAMING = frozenset({"mention", "hashtag", "u-url", "h-card"})
_SIGNS = ("@", "#", "!")
"""Before the name of a person, a subject or a group (Lemmy)."""


@dataclass(frozen=True, slots=True)
class Link:
    """A link in a text: where it leads, and the text that is seen."""

    href: str
    text: str


def links(html: str) -> Iterator[Link]:
    """The links of a sanitised text. Left out are mentions and hashtags, by their classes or by the sign before their name, and the way
    to a quoted post (`quote-inline`)."""
    text = _QUOTED.sub("", html)
    for match in _LINK.finditer(text):
        href, marks = _HREF.search(match[1]), _CLASS.search(match[1])
        shown = unescaped(_TAG.sub("", match[2])).strip()
        # Friendica and Hubzilla write the sign before the link.
        names = shown.startswith(_SIGNS) or text.endswith(_SIGNS, 0, match.start())
        if href is not None and not names and (marks is None or _NAMING.isdisjoint(marks[1].split())):
            yield Link(unescaped(href[1]), shown)
