"""Foreign HTML to a short, well-nested sequence of known tags and text, before any parser sees it.

An HTML parser repairs bad nesting by copying elements, and some hundred unclosed tags can become millions of elements. Here every
tag that is not on the list is dropped (its text stays), what was opened is closed in order, and what nests too deep is flattened.
The result is *not* clean: attributes are as they came. Only `coopfed.text.sanitise` decides what may be stored or shown.
"""

import html as entities
import re
from collections.abc import Iterator
from dataclasses import dataclass

from coopfed import limits

TAGS = frozenset(
    ["p", "br", "a", "span", "strong", "em", "b", "i", "u", "del", "code", "pre", "blockquote", "ul", "ol", "li"]
)
"""Elements that a post may have. Source: s2s 2.7, the last line."""

_BLOCKS = frozenset({"p", "pre", "blockquote", "ul", "ol"})
_HEADINGS = frozenset(f"h{level}" for level in range(1, 7))
_BREAKS = frozenset(
    {"div", "section", "article", "header", "footer", "main", "aside", "figure", "figcaption", "details"}
)
_BREAKS |= {"table", "tr", "dt", "dd", "dl", "hr"}
_WITH_CONTENT = frozenset({"script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes", "template"})
_WITH_CONTENT |= {"svg", "object", "select"}
"""Elements of which not even the text is content."""

# The grammar of a tag as the HTML standard's tokeniser reads it, with possessive quantifiers: no input makes it back-track.
_TAG = re.compile(
    r"""<(?P<end>/?)(?P<name>[A-Za-z][^\s/>]*+)
        (?P<attributes>(?:[\s/]++|[^\s/>][^\s/>=]*+(?>\s*+=\s*+(?>"[^"]*+"|'[^']*+'|[^\s"'>][^\s>]*+|(?=>)))?+)*+)>""",
    re.VERBOSE,
)
_OPENS_TAG = re.compile(r"</?[A-Za-z]")
_COMMENT = re.compile(r"<[!?]|</(?![A-Za-z])")
_COMMENT_END = re.compile(r"--!?>")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff\ud800-\udfff]")
_LEADING_ZEROS = re.compile(r"&#0+(?=[0-9])")
_NO_CHARACTER = re.compile(r"&#[0-9]{8,}+;?")


@dataclass(frozen=True, slots=True)
class Tag:
    """A start or end tag. `source` is how it was written, attributes and all; empty for one that was supplied here."""

    name: str
    end: bool = False
    source: str = ""


def tokens(html: str, *, kept: frozenset[str] = frozenset(), most: int = limits.CONTENT_LENGTH) -> Iterator[Tag | str]:
    """Tags of any name and pieces of text, as they come; comments and elements without content for readers are left out, but for those
    that are `kept`.

    At most so many characters are read. A tag or comment that is not finished takes the rest with it, as in a browser.
    """
    html = _CONTROLS.sub("", html[:most])
    position = 0
    while (start := html.find("<", position)) >= 0:
        if start > position:
            yield html[position:start]
        if _COMMENT.match(html, start):
            position = _after_comment(html, start)
        elif _OPENS_TAG.match(html, start):
            match = _TAG.match(html, start)
            if match is None:
                return
            tag = Tag(match["name"].lower(), bool(match["end"]), match[0])
            position = match.end()
            if tag.name in _WITH_CONTENT and tag.name not in kept and not tag.end:
                position = _after_element(html, position, tag.name)
            else:
                yield tag
        else:
            yield "<"
            position = start + 1
        if position < 0:
            return
    if position < len(html):
        yield html[position:]


def unescaped(text: str) -> str:
    """The text with its character references replaced."""
    # Python refuses to read a number of more than 4300 digits, which is an exception in the hands of whoever writes one.
    return entities.unescape(_NO_CHARACTER.sub("\ufffd", _LEADING_ZEROS.sub("&#", text)))


def _after_comment(html: str, start: int) -> int:
    if html.startswith("<!--", start):
        end = _COMMENT_END.search(html, start + 2)
        return end.end() if end else -1
    end_of_bogus = html.find(">", start)
    return end_of_bogus + 1 if end_of_bogus >= 0 else -1


def _after_element(html: str, position: int, name: str) -> int:
    closing = re.compile(rf"</{name}[^<>]*>", re.IGNORECASE).search(html, position)
    return closing.end() if closing else -1


def well_nested(html: str) -> str:
    """The same content with known tags only, each closed in order, at most `limits.HTML_DEPTH` deep. Not clean yet."""
    nest = _Nest()
    for token in tokens(html):
        if isinstance(token, str):
            nest.out.append(token.replace("<", "&lt;"))
        elif token.name in _HEADINGS:
            # Headings shout in a timeline; Mastodon lowers them in the same way.
            pair = (Tag("p"), Tag("strong")) if not token.end else (Tag("strong", end=True), Tag("p", end=True))
            for part in pair:
                nest.add(part)
        elif token.name in TAGS:
            nest.add(token)
        elif token.name in _BREAKS:
            nest.out.append("\n")
    nest.close_all()
    return "".join(nest.out)


class _Nest:
    """The open elements, and what was written so far."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self.open: list[str] = []

    def add(self, tag: Tag) -> None:
        """Write a tag in its place, after closing what cannot be around it."""
        if tag.name == "br":
            self.out.append("<br>")
        elif tag.end:
            self.close_through(tag.name)
        else:
            self._make_room_for(tag.name)
            if len(self.open) < limits.HTML_DEPTH:
                self.open.append(tag.name)
                self.out.append(tag.source or f"<{tag.name}>")

    def _make_room_for(self, name: str) -> None:
        # A parser would close these by itself and copy the formatting inside them; closing them here avoids the copies.
        if name in _BLOCKS:
            self.close_through("p")
        elif name == "a":
            self.close_through("a")
        elif name == "li" and "li" in self.open:
            lists = [index for index, other in enumerate(self.open) if other in ("ul", "ol")]
            if "li" in self.open[lists[-1] if lists else 0 :]:
                self.close_through("li")

    def close_through(self, name: str) -> None:
        """Close the innermost element of this name with all that is in it; nothing when there is none."""
        if name in self.open:
            while self.open:
                closed = self.open.pop()
                self.out.append(f"</{closed}>")
                if closed == name:
                    return

    def close_all(self) -> None:
        """Close whatever is open."""
        while self.open:
            self.out.append(f"</{self.open.pop()}>")
