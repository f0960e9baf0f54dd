"""What a post may be, and what a received one means. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from coopfed import limits
from coopfed.errors import InvalidInput
from coopfed.features.consent.rules import QuotePolicy
from coopfed.text.typed import language_code, stored
from coopfed.vocab.audience import Visibility
from coopfed.vocab.records import AttachmentRecord


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
    (aware UTC) only for posts that are dated back, as imports and the demo do. Without a `quote_policy` it follows the visibility.

    `markdown` None: an article is Markdown, another post plain text, and an edit leaves it as it was. With a `title` it is an article,
    and `summary` its abstract, no warning. `attachments` None: none, and an edit leaves those that are there. `translations` are the
    same text in other languages, by people."""

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
    markdown: bool | None = None
    title: str = ""
    attachments: tuple[AttachmentRecord, ...] | None = None
    media: tuple[int, ...] | None = None
    """Numbers of the uploaded files that `attachments` are of."""
    translations: Mapping[str, str] = field(default_factory=dict)


def checked(draft: Draft, *, asks: bool = False, has_files: bool = False) -> Draft:
    """The draft as it will be published; `asks`: the post has a poll already, `has_files`: files. InvalidInput says what to change."""
    text, summary = stored(draft.text), draft.summary.replace("\x00", "").strip()
    title = " ".join(draft.title.replace("\x00", "").split())
    asks, files = asks or draft.poll is not None, _checked_files(draft.attachments)
    if not text and (title or not (asks or files or (has_files and files is None))):
        raise InvalidInput("the post is empty; write something")
    if title and asks:
        raise InvalidInput("a poll has no title")
    if len(title) > limits.NAME_LENGTH:
        raise InvalidInput(f"the title has {len(title)} characters; at most {limits.NAME_LENGTH} are possible")
    _refuse_long(len(text) + len(summary), article=bool(title))
    language = language_code(draft.language) if draft.language else None
    poll = _checked_poll(draft.poll) if draft.poll is not None else None
    return replace(
        draft,
        text=text,
        language=language,
        summary=summary,
        sensitive=draft.sensitive or bool(summary and not title),
        poll=poll,
        title=title,
        attachments=files,
        translations=_checked_translations(draft.translations, language, article=bool(title)),
    )


def _refuse_long(length: int, *, article: bool) -> None:
    if length > limits.ARTICLE_CHARACTERS:
        raise InvalidInput(f"the text has {length} characters; at most {limits.ARTICLE_CHARACTERS} are possible")
    if length > limits.POST_CHARACTERS and not article:
        raise InvalidInput(
            f"the post has {length} characters; at most {limits.POST_CHARACTERS} are possible without a title,"
            " which makes it an article"
        )


def _checked_translations(translations: Mapping[str, str], language: str | None, *, article: bool) -> dict[str, str]:
    found = {language_code(other): stored(text) for other, text in translations.items()}
    if not found:
        return {}
    if language is None:
        raise InvalidInput("a text with translations says its own language too")
    if language in found or len(found) < len(translations):
        raise InvalidInput("a text has one translation into each other language")
    if len(found) > limits.TRANSLATIONS or not all(found.values()):
        raise InvalidInput(f"a text has at most {limits.TRANSLATIONS} translations, none of them empty")
    for text in found.values():
        _refuse_long(len(text), article=article)
    return found


def _checked_files(files: tuple[AttachmentRecord, ...] | None) -> tuple[AttachmentRecord, ...] | None:
    if files is None:
        return None
    if len(files) > limits.ATTACHMENTS:
        raise InvalidInput(f"a post has at most {limits.ATTACHMENTS} files, not {len(files)}")
    for file in files:
        if not file.media_type or not file.url.startswith(("https://", "http://")):
            raise InvalidInput("a file has a whole address and a media type")
        if len(file.description) > limits.SUMMARY_LENGTH:
            raise InvalidInput(f"a description has at most {limits.SUMMARY_LENGTH} characters")
        if file.focal_point is not None and not all(-1 <= part <= 1 for part in file.focal_point):
            raise InvalidInput("the focal point lies between -1 and 1")
    return files


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
