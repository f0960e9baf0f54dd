"""What is shown of a post: a Note as it is, everything else as a card with title, text and the way to its page. Pure.

Mastodon shows an Article, a Video or an Event only as title, summary and link; so do we with what is too long or of a type that
nobody here knows, but a text that a reader can take in is shown.
"""

import html
import re
from dataclasses import dataclass

from coopfed import limits
from coopfed.text.sanitise import plain, sanitise
from coopfed.vocab.consent import with_line
from coopfed.vocab.records import PostRecord

_AS_THEY_ARE = frozenset({"Note", "Question", "ChatMessage"})
"""Their `summary` is a warning before the text, and they are read where they are found. Of others it is an abstract."""
_BLANK_LINES = re.compile(r"\n\s*\n")
_HTML = frozenset({None, "text/html"})


@dataclass(frozen=True, slots=True)
class Face:
    """What readers see: clean HTML with the title in it, the title alone, and the warning before it (both plain, or empty)."""

    content: str
    name: str
    warning: str


def face(record: PostRecord) -> Face:
    """How the post looks to those who read it here. Source: s2s research 2.20."""
    name = plain(record.name) if record.name else ""
    text = record.content if record.media_type in _HTML else paragraphs(record.content)
    summary = plain(record.summary) if record.summary else ""
    if record.type in _AS_THEY_ARE:
        return Face(_titled(name, sanitise(_with_quoted(text, record))), name, summary)
    body = sanitise(text)
    if len(plain(text)) > limits.CARD_CHARACTERS:
        body = f"<p>{html.escape(summary)}</p>" if summary else sanitise(f"<p>{html.escape(_beginning(text))}</p>")
    elif not body and summary:
        body = f"<p>{html.escape(summary)}</p>"
    return Face(_titled(name, body) + _way(record), name, "")


def _with_quoted(text: str, record: PostRecord) -> str:
    """The text with the way to what it quotes, for those to whom that is not shown; most write it themselves, marked as what it is."""
    if record.quote is None or "quote-inline" in text or html.escape(record.quote) in text or record.quote in text:
        return text
    return with_line(text, record.quote)


def paragraphs(text: str) -> str:
    """Plain text or Markdown (PeerTube) as HTML: escaped, in paragraphs. Marks stay as they were typed."""
    blocks = (html.escape(block.strip()).replace("\n", "<br>") for block in _BLANK_LINES.split(text))
    return "".join(f"<p>{block}</p>" for block in blocks if block)


def _beginning(text: str) -> str:
    words = plain(text)[: limits.CARD_CHARACTERS]
    return f"{words.rpartition(' ')[0] or words} …"


def _titled(name: str, body: str) -> str:
    # WordPress and Friendica repeat the title at the beginning of the text.
    if not name or plain(body).startswith(name):
        return body
    return f"<p><strong>{html.escape(name)}</strong></p>{body}"


def _way(record: PostRecord) -> str:
    """The link to where the whole of it is."""
    address = record.url or record.id
    return sanitise(f'<p><a href="{html.escape(address, quote=True)}">{html.escape(address)}</a></p>')
