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
class PollDraft:
    """What a member wants to ask: the options, whether several may be chosen, for how many seconds, and whether the counts are hidden
    until then."""

    options: tuple[str, ...]
    multiple: bool = False
    expires_in: int = 24 * 3600
    hide_totals: bool = False


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
    poll: PollDraft | None = None


def checked(draft: Draft, *, asks: bool = False) -> Draft:
    """The draft as it will be published; `asks`: the post has a poll already. InvalidInput says what to change."""
    text = draft.text.replace("\x00", "").replace("\r\n", "\n").strip()
    summary = draft.summary.replace("\x00", "").strip()
    if not text and draft.poll is None and not asks:
        raise InvalidInput("the post is empty; write something")
    if len(text) + len(summary) > limits.POST_CHARACTERS:
        raise InvalidInput(
            f"the post has {len(text) + len(summary)} characters; at most {limits.POST_CHARACTERS} are possible"
        )
    language = draft.language.strip().lower().replace("_", "-") if draft.language else None
    if language and not _LANGUAGE.fullmatch(language):
        raise InvalidInput(f"{draft.language!r} is no language code; use one like tr, it or en")
    sensitive = draft.sensitive or bool(summary)
    poll = _checked_poll(draft.poll) if draft.poll is not None else None
    return replace(draft, text=text, language=language, summary=summary, sensitive=sensitive, poll=poll)


def _checked_poll(poll: PollDraft) -> PollDraft:
    options = tuple(title for option in poll.options if (title := " ".join(option.replace("\x00", "").split())))
    least, most = limits.POLL_OPTIONS
    if not least <= len(options) <= most:
        raise InvalidInput(f"a poll has {least} to {most} options, not {len(options)}")
    if len(set(options)) < len(options):
        raise InvalidInput("two options of the poll are the same")
    longest = max(len(option) for option in options)
    if longest > limits.POLL_OPTION_CHARACTERS:
        raise InvalidInput(
            f"an option of the poll has {longest} characters; at most {limits.POLL_OPTION_CHARACTERS} are possible"
        )
    shortest, longest = limits.POLL_SECONDS
    if not shortest <= poll.expires_in <= longest:
        raise InvalidInput(f"a poll is open for {shortest} to {longest} seconds, not {poll.expires_in}")
    return replace(poll, options=options)


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
