"""Mentions, hashtags, emojis and files of a canonical document, each list cut to its bound."""

import unicodedata
from collections.abc import Iterator
from itertools import islice
from typing import Any

from coopfed import limits
from coopfed.vocab import values
from coopfed.vocab.records import AttachmentRecord, EmojiRecord, MentionRecord

Document = dict[str, Any]


def mentions_of(doc: Document) -> tuple[MentionRecord, ...]:
    """Mentioned actors, each once, at most `limits.MENTIONS`. Source: ActivityStreams 5.5; the practice of Mastodon."""
    found = {
        node["href"]: MentionRecord(node["href"], node.get("name", "")[: limits.NAME_LENGTH])
        for node in reversed(doc.get("tag", ()))
        if node.get("type") == "Mention" and "href" in node
    }
    return tuple(islice(reversed(found.values()), limits.MENTIONS))


def hashtags_of(doc: Document) -> tuple[str, ...]:
    """Hashtags in lower case without `#`, each once, at most `limits.TAGS`."""
    names = (hashtag(node.get("name", "")) for node in doc.get("tag", ()) if node.get("type") == "Hashtag")
    return tuple(islice(dict.fromkeys(name for name in names if name is not None), limits.TAGS))


def hashtag(name: str) -> str | None:
    """The name of a hashtag in the one spelling in which it is stored, or None when it is none (empty, with a blank).

    Lower case of every language at once: İ becomes i (Python alone would add a combining dot), I becomes i as well, and
    ı stays, so that #İZMİR and #izmir meet.
    """
    bare = unicodedata.normalize("NFC", name.strip()).removeprefix("#").replace("İ", "i").lower()
    usable = 0 < len(bare) <= limits.NAME_LENGTH and not any(char.isspace() or not char.isprintable() for char in bare)
    return bare if usable else None


def emojis_of(doc: Document) -> tuple[EmojiRecord, ...]:
    """Custom emojis that have a name and a picture, each name once, at most `limits.TAGS`. Source: toot:Emoji."""
    return tuple(islice({emoji.name: emoji for emoji in _emojis(doc)}.values(), limits.TAGS))


def _emojis(doc: Document) -> Iterator[EmojiRecord]:
    for node in doc.get("tag", ()):
        name = node.get("name", "").strip(":")
        url = node.get("icon", {}).get("url")
        if node.get("type") == "Emoji" and 0 < len(name) <= limits.NAME_LENGTH and url:
            yield EmojiRecord(node.get("id", url), name, url, values.when(node.get("updated")))


def attachments_of(doc: Document) -> tuple[AttachmentRecord, ...]:
    """Files and links with a usable address, at most `limits.ATTACHMENTS`."""
    return tuple(islice(_attachments(doc), limits.ATTACHMENTS))


def _attachments(doc: Document) -> Iterator[AttachmentRecord]:
    for node in doc.get("attachment", ()):
        url = node.get("url") or node.get("href")
        if url and node.get("type") != "PropertyValue":
            focal = node.get("focalPoint")
            yield AttachmentRecord(
                url=url,
                media_type=node.get("mediaType"),
                description=description_of(node),
                width=_pixels(node.get("width")),
                height=_pixels(node.get("height")),
                blurhash=node.get("blurhash"),
                focal_point=(focal[0], focal[1]) if focal else None,
                type=node.get("type", "Document"),
            )


def _pixels(number: int | None) -> int | None:
    """A size that a file may have, and a column of 32 bits takes."""
    return number if number is not None and number < 2**31 else None


def description_of(node: Document) -> str:
    """What a file shows, for those who cannot see it: `summary` (as Mastodon and GoToSocial write), else `name`, else
    `content` (Owncast); empty when there is none."""
    found = next((node[member] for member in ("summary", "name", "content") if node.get(member)), "")
    return str(found)[: limits.SUMMARY_LENGTH]
