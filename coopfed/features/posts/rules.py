"""What a post may be, and what a received one means. Pure."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from coopfed import limits
from coopfed.errors import InvalidInput
from coopfed.features.consent.rules import QuotePolicy
from coopfed.vocab.audience import Visibility

_LANGUAGE = re.compile(r"[a-z]{2,8}(?:-[a-z0-9]{1,8}){0,3}")
"""BCP 47, as far as posts need it."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a member wants to say. `in_reply_to` is the id (URL) of the answered post, `quote` that of the quoted one; `published`
    (aware UTC) only for posts that are dated back, as imports and the demo do. Without a `quote_policy` it follows the visibility."""

    text: str
    visibility: Visibility = Visibility.PUBLIC
    language: str | None = None
    summary: str = ""
    sensitive: bool = False
    in_reply_to: str | None = None
    published: datetime | None = None
    quote: str | None = None
    quote_policy: QuotePolicy | None = None


def checked(draft: Draft) -> Draft:
    """The draft as it will be published. InvalidInput says what to change."""
    text = draft.text.replace("\x00", "").replace("\r\n", "\n").strip()
    summary = draft.summary.replace("\x00", "").strip()
    if not text:
        raise InvalidInput("the post is empty; write something")
    if len(text) + len(summary) > limits.POST_CHARACTERS:
        raise InvalidInput(
            f"the post has {len(text) + len(summary)} characters; at most {limits.POST_CHARACTERS} are possible"
        )
    language = draft.language.strip().lower().replace("_", "-") if draft.language else None
    if language and not _LANGUAGE.fullmatch(language):
        raise InvalidInput(f"{draft.language!r} is no language code; use one like tr, it or en")
    sensitive = draft.sensitive or bool(summary)
    return replace(draft, text=text, language=language, summary=summary, sensitive=sensitive)


def clamped(published: datetime | None, received_ms: int) -> int:
    """When a received post counts as published, in milliseconds: not more than 12 hours after its arrival.

    Times before 1970 and missing ones become the arrival, since numbers sort by it. Source: design 9, *Dates*.
    """
    if published is None:
        return received_ms
    milliseconds = int(published.astimezone(UTC).timestamp() * 1000)
    if milliseconds < 0 or milliseconds > received_ms + limits.POST_FUTURE_SECONDS * 1000:
        return received_ms
    return milliseconds
