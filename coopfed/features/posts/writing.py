"""How a draft becomes the text of a note or article: HTML from plain text or Markdown, title, abstract, translations, files. Pure."""

import re
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from coopfed import limits
from coopfed.errors import InvalidInput
from coopfed.features.posts.rules import Draft
from coopfed.text.markdown import find_hashtags_in, find_mentions_in, render_markdown
from coopfed.text.render import Found, MentionTarget, find_hashtags, find_mentions, render
from coopfed.text.sanitise import plain, sanitise
from coopfed.vocab import build
from coopfed.vocab.records import AttachmentRecord

PLAIN, MARKDOWN = "text/plain", "text/markdown"
ARTICLE = "Article"
_SENTENCE_END = re.compile(r"[.!?…]+[\"'»”’)]*(?=\s|$)")


def is_markdown(draft: Draft) -> bool:
    """Whether the text is read as Markdown: as the draft says, else when it is an article. Source: design 3, row 3."""
    return bool(draft.title) if draft.markdown is None else draft.markdown


def mentions_in(draft: Draft) -> tuple[Found, ...]:
    """Whom the text and its translations mention, at most `limits.MENTIONS`."""
    find = find_mentions_in if is_markdown(draft) else find_mentions
    return tuple(found for text in _texts(draft) for found in find(text))[: limits.MENTIONS]


def hashtags_in(draft: Draft) -> tuple[str, ...]:
    """The hashtags of the text and its translations, each once, at most `limits.TAGS`."""
    find = find_hashtags_in if is_markdown(draft) else find_hashtags
    return tuple(dict.fromkeys(found.name for text in _texts(draft) for found in find(text)))[: limits.TAGS]


def _texts(draft: Draft) -> tuple[str, ...]:
    return (draft.text, *draft.translations.values())


def written(text: str, draft: Draft, mentions: Mapping[str, MentionTarget], hashtags_base: str) -> str:
    """The clean HTML of a text of the draft. InvalidInput when it would be longer than what anybody reads."""
    html = (render_markdown if is_markdown(draft) else render)(text, mentions, hashtags_base)
    if len(html) > limits.CONTENT_LENGTH:
        raise InvalidInput("the text with its links is too long; make it shorter, or several posts of it")
    return sanitise(html)


def dressed(note: build.Document, draft: Draft, translations: Mapping[str, str]) -> build.Document:
    """The note with what the draft has besides its text: an article's name and abstract, and the text in other languages (HTML).

    Mastodon shows of an article only name, abstract and link. Source: ActivityPub 3.3; ActivityStreams 4.7; s2s research 2.20.
    """
    if draft.title:
        note = note | {"type": ARTICLE, "name": draft.title, "summary": draft.summary or abstract(note["content"])}
    if translations:
        note = note | {"contentMap": {**note["contentMap"], **translations}}
    return note


def abstract(html: str) -> str:
    """The first sentences of a text, as many as fit; of one without an end so many words."""
    text = plain(html)
    if len(text) <= limits.ABSTRACT_CHARACTERS:
        return text
    beginning = text[: limits.ABSTRACT_CHARACTERS]
    ends = [match.end() for match in _SENTENCE_END.finditer(text, 0, limits.ABSTRACT_CHARACTERS + 1)]
    return beginning[: ends[-1]] if ends else f"{beginning.rpartition(' ')[0] or beginning}…"


def titled(title: str, html: str) -> str:
    """The HTML as readers here see it: an article's title stands in it."""
    return f"<p><strong>{escape(title)}</strong></p>{html}" if title else html


def files(attachments: Iterable[AttachmentRecord] | None) -> list[build.Document]:
    """The files as a note carries them."""
    return [
        build.attachment(
            file.url,
            file.media_type or "application/octet-stream",
            description=file.description,
            width=file.width,
            height=file.height,
            blurhash=file.blurhash,
            focal_point=file.focal_point,
        )
        for file in attachments or ()
    ]


def shows(document: Mapping[str, Any]) -> str | None:
    """The id of what a stored post of ours shows besides being a post: a Proposal."""
    found: str | None = document.get("about")
    return found


def kept(note: build.Document, before: Mapping[str, Any]) -> build.Document:
    """The edited document with the ways to what the post shows, which no edit changes."""
    if shows(before) is None:
        return note
    links = {
        member: [*note[member], *(one for one in before.get(member, ()) if one.get("type") == "Link")]
        for member in ("attachment", "tag")
    }
    return note | links | {"@context": before["@context"], "about": before["about"]}


def media_type(document: Mapping[str, Any]) -> str:
    """In which language of marks the text of a stored document of ours was typed."""
    found: str = document.get("source", {}).get("mediaType", PLAIN)
    return found


def given_abstract(document: Mapping[str, Any]) -> str:
    """The abstract that the author gave a stored article of ours; empty when it is only the beginning."""
    found: str = document.get("summary", "")
    return "" if found == abstract(document.get("content", "")) else found
