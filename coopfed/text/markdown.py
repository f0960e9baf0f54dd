"""What a member typed as Markdown, to the HTML that goes out: CommonMark without raw HTML and without pictures.

Mentions, hashtags and addresses are found as in plain text, but not within code or links. Nothing here decides what is harmless:
`coopfed.text.sanitise` still stands before anything that is stored or shown; there headings become bold paragraphs.
"""

from collections.abc import Iterator, Mapping

from markdown_it import MarkdownIt
from markdown_it.token import Token

from coopfed import limits
from coopfed.text.render import Found, MentionTarget, composed, find_hashtags, find_mentions, inline

# A line end is kept, as in plain text: people do not expect two spaces to make one.
_READER = (
    MarkdownIt("commonmark", {"html": False, "breaks": True}).enable("strikethrough").disable(["image", "html_block"])
)


def find_mentions_in(text: str) -> tuple[Found, ...]:
    """Mentions as `find_mentions` finds them, in the words between the marks; places are those within their words."""
    found = (mention for words in _words(_parsed(text)) for mention in find_mentions(words.content))
    return tuple(found)[: limits.MENTIONS]


def find_hashtags_in(text: str) -> tuple[Found, ...]:
    """Hashtags as `find_hashtags` finds them, in the words between the marks; places are those within their words."""
    found = (tag for words in _words(_parsed(text)) for tag in find_hashtags(words.content))
    return tuple(found)[: limits.TAGS]


def render_markdown(text: str, mentions: Mapping[str, MentionTarget], hashtags_base: str) -> str:
    """HTML of a Markdown text; the arguments are those of `render`. Not clean yet. Source: CommonMark 0.31; design 3, row 3."""
    tokens = _parsed(text)
    for words in list(_words(tokens)):
        # The rule for raw HTML writes what it is given; the parser itself never makes such a token.
        words.type, words.content = "html_inline", inline(words.content, mentions, hashtags_base)
    html: str = _READER.renderer.render(tokens, _READER.options, {})
    return html.strip()


def _parsed(text: str) -> list[Token]:
    tokens = _READER.parse(composed(text))
    for token in tokens:
        for child in token.children or ():
            # <s> is on nobody's list of what a post may have, <del> is on all of them.
            child.tag = "del" if child.tag == "s" else child.tag
    return tokens


def _words(tokens: list[Token]) -> Iterator[Token]:
    """The pieces of text that are neither code nor within a link."""
    for token in tokens:
        links = 0
        for child in token.children or ():
            links += {"link_open": 1, "link_close": -1}.get(child.type, 0)
            if child.type == "text" and not links:
                yield child
