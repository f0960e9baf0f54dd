"""What a filter may be, and which of them a post matches. Pure. Source: client_api research 5, Filter; Mastodon's matching."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from coopfed import limits
from coopfed.errors import InvalidInput
from coopfed.text.sanitise import plain


class Context(StrEnum):
    """Where a filter is asked."""

    HOME = "home"
    NOTIFICATIONS = "notifications"
    PUBLIC = "public"
    THREAD = "thread"
    ACCOUNT = "account"


class Action(StrEnum):
    """What an app does with a post that matches."""

    WARN = "warn"
    HIDE = "hide"
    BLUR = "blur"


@dataclass(frozen=True, slots=True)
class Keyword:
    """A word or phrase; `whole_word`: not within another word."""

    id: int
    keyword: str
    whole_word: bool


@dataclass(frozen=True, slots=True)
class FilterRow:
    """A filter with everything in it; `statuses` are (number of the entry, number of the post)."""

    id: int
    title: str
    contexts: tuple[str, ...]
    action: str
    expires_at: int | None
    keywords: tuple[Keyword, ...] = ()
    statuses: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """A filter that a post matches, and by what."""

    filter: FilterRow
    keywords: tuple[str, ...]
    statuses: tuple[int, ...]


def checked_contexts(given: Iterable[object]) -> tuple[str, ...]:
    """The contexts, each once. InvalidInput for none, or for a word that is none."""
    found = tuple(dict.fromkeys(str(context) for context in given))
    if not found or any(context not in list(Context) for context in found):
        raise InvalidInput(f"Validation failed: Context is some of: {', '.join(Context)}")
    return found


def checked_title(title: object) -> str:
    """The title of a filter. InvalidInput for an empty or a long one."""
    found = str(title or "").strip()
    if not found or len(found) > limits.LIST_TITLE_CHARACTERS:
        raise InvalidInput(f"Validation failed: Title has 1 to {limits.LIST_TITLE_CHARACTERS} characters")
    return found


def checked_action(action: object) -> str:
    """The action. InvalidInput for a word that is none."""
    if action not in list(Action):
        raise InvalidInput(f"Validation failed: filter_action is one of: {', '.join(Action)}")
    return str(action)


def checked_keyword(keyword: object) -> str:
    """The word or phrase. InvalidInput for an empty or a long one."""
    found = str(keyword or "").strip()
    if not found or len(found) > limits.LIST_TITLE_CHARACTERS:
        raise InvalidInput(f"Validation failed: Keyword has 1 to {limits.LIST_TITLE_CHARACTERS} characters")
    return found


def matches(filters: Sequence[FilterRow], text: str, posts: Iterable[int]) -> list[Match]:
    """The filters that a text (HTML, with warning and options of a poll) or one of these posts matches."""
    words, numbers = plain(text), set(posts)
    found = []
    for row in filters:
        keywords = tuple(word.keyword for word in row.keywords if _is_in(word, words))
        statuses = tuple(number for _entry, number in row.statuses if number in numbers)
        if keywords or statuses:
            found.append(Match(row, keywords, statuses))
    return found


def _is_in(word: Keyword, text: str) -> bool:
    pattern = re.escape(word.keyword)
    if word.whole_word:
        # Only where the keyword itself begins or ends with a letter: `#tag` is a whole word after a blank too.
        before = r"(?<!\w)" if word.keyword[0].isalnum() else ""
        after = r"(?!\w)" if word.keyword[-1].isalnum() else ""
        pattern = f"{before}{pattern}{after}"
    return re.search(pattern, text, re.IGNORECASE) is not None
