"""The one gate for HTML that is stored or shown: an allowlist, carried out by nh3.

It runs when something is written. The row keeps `POLICY_VERSION`; rows of an older policy are cleaned again when they are read.
Nothing else in the program decides which element, attribute or address is harmless.
"""

import re

import nh3

from coopfed.text.markup import TAGS, Tag, tokens, unescaped, well_nested

POLICY_VERSION = 3
"""Grows whenever `sanitise` would give another result for the same input."""

REL = "nofollow noopener noreferrer"

_CLASSES = {
    "a": {"mention", "hashtag", "u-url"},
    "span": {"h-card", "invisible", "ellipsis", "mention", "hashtag", "quote-inline"},
    "p": {"quote-inline"},
}
"""Microformats and the marks with which Mastodon and others shorten links; no other class reaches our style sheet."""

# nh3 panics when "class" is allowed as an attribute and by `allowed_classes`; so the policy is made once, on import.
_CLEANER = nh3.Cleaner(
    tags=set(TAGS),
    attributes={"a": {"href"}, "*": set()},
    allowed_classes=_CLASSES,
    set_tag_attribute_values={"a": {"target": "_blank"}},
    link_rel=REL,
    url_schemes={"http", "https"},
    # A relative address in a foreign post would point to a page of ours.
    url_relative="deny",
    strip_comments=True,
)
_EMPTY_CLASS = ' class=""'
_NOT_A_WHOLE_ADDRESS = re.compile(
    r"""(<a(?:\ [\w-]+="[^"]*")*?)\ href="(?!https?://[^/\\?\#"\s])[^"]*\"""", re.IGNORECASE | re.VERBOSE
)
_BLANK_BEGINNING = re.compile(r"<pre>\n+")
_CLEAN_TAG = re.compile(r"</?(\w+)(?:\s[\w-]+=\"[^\"]*\")*+>")
"""What `sanitise` writes: every attribute in double quotes."""
_SPACE = re.compile(r"\s+")
_NOT_SHOWN = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def sanitise(html: str) -> str:
    """Harmless HTML of the same content: what may be stored and shown. Cleaning twice changes nothing (of what fits).

    At most `limits.CONTENT_LENGTH` characters are read, at most `limits.HTML_DEPTH` elements nest. Headings become bold paragraphs;
    scripts go with their content, other unknown elements leave their text. Every link opens apart and gives no referrer.
    """
    clean = _CLEANER.clean(well_nested(html)).replace(_EMPTY_CLASS, "")
    # "https:evil" is a whole address for nh3, and a relative one for the browser that shows it on a page with https.
    clean = _NOT_A_WHOLE_ADDRESS.sub(r"\1", clean)
    # Every parser leaves out the first line end of a <pre>: what is read again, here or in a browser, is to stay the same.
    return _BLANK_BEGINNING.sub("<pre>", clean)


def plain(html: str) -> str:
    """The text alone, in one line: for names, logs, search. Not HTML: escape it where it is shown."""
    return line(unescaped("".join(_text_of(token) for token in tokens(html))))


def plain_of_clean(clean: str) -> str:
    """As `plain`, of what `sanitise` gave, and a fifth of its work."""
    return line(unescaped(_CLEAN_TAG.sub(_gap, clean)))


def line(text: str) -> str:
    """Plain text in one line.

    Characters that turn the direction of what follows, or steer a terminal, are removed, since a name must not rewrite the line
    it stands in.
    """
    return _SPACE.sub(" ", _NOT_SHOWN.sub("", text)).strip()


_WITHIN_WORDS = frozenset({"a", "span", "strong", "em", "b", "i", "u", "del", "code"})


def _text_of(token: Tag | str) -> str:
    if isinstance(token, str):
        return token
    return "" if token.name in _WITHIN_WORDS else " "


def _gap(tag: re.Match[str]) -> str:
    return "" if tag[1] in _WITHIN_WORDS else " "
