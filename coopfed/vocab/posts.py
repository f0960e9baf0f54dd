"""Posts: whatever a peer publishes that has an author and can be shown, read from its canonical document."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from coopfed import limits
from coopfed.errors import BadMessage
from coopfed.vocab import values
from coopfed.vocab.members import recipients, required
from coopfed.vocab.policies import read_policy
from coopfed.vocab.polls import poll_of
from coopfed.vocab.records import PostRecord, SourceRecord
from coopfed.vocab.tags import attachments_of, emojis_of, hashtags_of, mentions_of
from coopfed.vocab.terms import ACTIVITY_TYPES, ACTOR_TYPES, COLLECTION_TYPES
from coopfed.vocab.texts import Text, text_of

_NO_POSTS = ACTIVITY_TYPES | ACTOR_TYPES | COLLECTION_TYPES | {"Tombstone", "Link", "Mention", "Hashtag", "Emoji"}
_OLDER_QUOTES = ("quoteUri", "quoteUrl", "_misskey_quote")
_QUOTE_LINK = "https://misskey-hub.net/ns#_misskey_quote"
"""Relation of a Link in `tag` to the quoted post (FEP-e232, FEP-044f)."""


def read_post(doc: dict[str, Any], languages: Sequence[str] = ()) -> PostRecord:
    """The post in a canonical document. `languages`: which to take where a text comes in several (see `text_of`).

    Any type counts but those of activities, actors, collections and links, so that unknown ones can be shown as cards.
    BadMessage: `no_id`, `no_author`, `not_a_post`; `too_long` for a text that would have to be cut but carries a proof,
    since what was signed is kept whole or refused. Source: ActivityPub 2.1; ActivityStreams 3; FEP-8b32.
    """
    kind = required(doc, "type", "not_a_post")
    if kind in _NO_POSTS:
        raise BadMessage(f"{kind} is no post", reason="not_a_post")
    identity = required(doc, "id", "no_id")
    authors = tuple(doc.get("attributedTo", ()))
    if not authors:
        raise BadMessage("no usable attributedTo", reason="no_author")
    to, cc, audience = recipients(doc)
    content = _cut(doc, "content", limits.CONTENT_LENGTH, languages)
    return PostRecord(
        id=identity,
        type=kind,
        author=authors[0],
        attributed_to=authors[: limits.ALIASES],
        name=_cut(doc, "name", limits.NAME_LENGTH, languages).text,
        content=content.text,
        summary=_cut(doc, "summary", limits.SUMMARY_LENGTH, languages).text,
        language=content.language or doc.get("language"),
        url=values.page(doc.get("url", ())),
        published=values.when(doc.get("published")),
        updated=values.when(doc.get("updated")),
        in_reply_to=doc.get("inReplyTo"),
        to=to,
        cc=cc,
        audience=audience,
        mentions=mentions_of(doc),
        hashtags=hashtags_of(doc),
        emojis=emojis_of(doc),
        attachments=attachments_of(doc),
        sensitive=_sensitive(doc),
        context=doc.get("context") or doc.get("conversation"),
        replies=values.reference(doc.get("replies")),
        source=_source(doc),
        quote=doc.get("quote") or _older_quote(doc),
        media_type=doc.get("mediaType"),
        legacy_quote="quote" not in doc,
        authorization=doc.get("quoteAuthorization"),
        approved_by=doc.get("approvedBy") or doc.get("replyAuthorization"),
        policy=read_policy(doc.get("interactionPolicy")),
        poll=poll_of(doc),
    )


def _older_quote(doc: dict[str, Any]) -> str | None:
    """The quoted post as those name it who do not ask its author. Source: FEP-044f *Compatibility*."""
    found = next((doc[member] for member in _OLDER_QUOTES if member in doc), None)
    if found is not None:
        return str(found)
    links = (
        tag for tag in doc.get("tag", ()) if tag.get("type") == "Link" and _QUOTE_LINK in values.many(tag.get("rel"))
    )
    return next((link["href"] for link in links if link.get("href")), None)


def clamp_published(published: datetime | None, now: datetime) -> datetime:
    """When a post counts as published, as aware UTC: as it says, but `now` when it says nothing or more than
    `limits.POST_FUTURE_SECONDS` ahead. Dates before 1970 are kept; timelines sort them by arrival."""
    if published is None or published > now + timedelta(seconds=limits.POST_FUTURE_SECONDS):
        return now
    return published


def _cut(doc: dict[str, Any], member: str, length: int, languages: Sequence[str]) -> Text:
    found = text_of(doc, member, languages)
    if len(found.text) > length and "proof" in doc:
        raise BadMessage(f"{member} of {len(found.text)} characters under a proof", reason="too_long")
    return Text(found.text[:length], found.language)


def _sensitive(doc: dict[str, Any]) -> bool:
    """Marked itself, or by one of its files."""
    return bool(doc.get("sensitive")) or any(node.get("sensitive") for node in doc.get("attachment", ()))


def _source(doc: dict[str, Any]) -> SourceRecord | None:
    node = doc.get("source")
    return None if node is None else SourceRecord(node["content"][: limits.CONTENT_LENGTH], node.get("mediaType"))
