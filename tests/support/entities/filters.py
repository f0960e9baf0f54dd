"""What a reader does not want to see."""

from typing import Literal, TypedDict

from tests.support.entities.kinds import Id, Moment

FilterContext = Literal["home", "notifications", "public", "thread", "account"]


class FilterKeyword(TypedDict):
    """A word that a filter looks for."""

    id: Id
    keyword: str
    whole_word: bool


class FilterStatus(TypedDict):
    """A status that a filter is about."""

    id: Id
    status_id: Id


class FilterHead(TypedDict):
    """A filter, without what it looks for."""

    id: Id
    title: str
    context: list[FilterContext]
    expires_at: Moment | None
    filter_action: Literal["warn", "hide", "blur"]


class Filter(FilterHead):
    """What a reader does not want to see."""

    keywords: list[FilterKeyword]
    statuses: list[FilterStatus]


class FilterResult(TypedDict):
    """Which filter a status fell under, and by what."""

    filter: FilterHead
    keyword_matches: list[str] | None
    status_matches: list[Id] | None


class FilterV1(TypedDict):
    """A keyword as a filter of version 1."""

    id: Id
    phrase: str
    context: list[FilterContext]
    whole_word: bool
    expires_at: Moment | None
    irreversible: bool
