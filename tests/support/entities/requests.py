"""Collaboration requests and the answers to them, by our own API. Source: API contract 4 and 5."""

from typing import Any, Literal, TypedDict

from tests.support.entities.kinds import Count, Html, Id, Language, Moment, Url
from tests.support.entities.people import Account
from tests.support.entities.posts import MediaAttachment, Status


class RequestTranslation(TypedDict):
    language: str
    title: str
    content: Html


class RequestQuantity(TypedDict):
    """How much is wanted or given; null: any amount, or without limit."""

    unit: str
    value: str | None
    available: str | None
    minimum: str | None
    all_or_nothing: bool
    remaining: str | None


class Reciprocal(TypedDict):
    """What is given in return."""

    unit: str
    value: str | None
    resource: Url | None


class Companion(TypedDict):
    """The post that shows a request."""

    status_id: Id
    uri: Url


class Request(TypedDict):
    id: Id
    uri: Url
    url: Url | None
    local: bool
    account: Account
    purpose: Literal["request", "offer"]
    status: Literal["draft", "open", "in_negotiation", "agreed", "completed", "withdrawn", "expired"]
    title: str
    content: Html
    language: Language | None
    translations: list[RequestTranslation]
    category: str | None
    sectors: list[str]
    regions: list[str]
    languages: list[str]
    sdgs: list[int]
    quantity: RequestQuantity
    reciprocal: Reciprocal | None
    audience: Literal["public", "network", "actors"]
    recipients: list[Account]
    created_at: Moment
    published_at: Moment | None
    updated_at: Moment
    expires_at: Moment | None
    companion: Companion | None
    media_attachments: list[MediaAttachment]
    comments_count: Count
    interest_count: Count
    responses_count: Count | None
    approval: Literal["pending"] | None
    allowed: list[str]
    response_id: Id | None


class Facet(TypedDict):
    code: str
    count: Count


class RequestFacets(TypedDict):
    category: list[Facet]
    purpose: list[Facet]
    sector: list[Facet]
    region: list[Facet]
    language: list[Facet]
    status: list[Facet]


class RequestComment(TypedDict):
    kind: Literal["reply", "mention", "quote", "direct"]
    status: Status
    response_id: Id | None


class ResponseQuantity(TypedDict):
    unit: str
    value: str | None


class Response(TypedDict):
    """An answer to a request, as its owner or its responder sees it."""

    id: Id
    request_id: Id
    direction: Literal["received", "sent"]
    account: Account
    via: str
    status: Literal["received", "shortlisted", "accepted", "declined", "withdrawn", "lapsed"]
    content: Html
    language: Language | None
    quantity: ResponseQuantity
    reciprocal: ResponseQuantity | None
    uri: Url
    signed: bool
    terms_changed: bool
    answers_version: Moment | None
    supersedes_id: Id | None
    superseded_by_id: Id | None
    status_id: Id | None
    reason: str | None
    suggested_confirmation: bool
    agreement_id: Id | None
    created_at: Moment
    updated_at: Moment
    allowed: list[str]


class Receipt(TypedDict):
    """What one side says became of an agreement."""

    by: Literal["owner", "responder"]
    outcome: Literal["fulfilled", "unfulfilled"]
    uri: Url
    created_at: Moment


class Story(TypedDict):
    """What both sides tell, or one would like to."""

    state: Literal["proposed", "published", "refused"]
    content: Html
    status_id: Id | None


class Agreement(TypedDict):
    """What was agreed on, as either of its two sides sees it; `offer` and `accept` are the documents that were signed."""

    id: Id
    uri: Url
    request_id: Id
    response_id: Id
    side: Literal["owner", "responder"]
    owner: Account
    responder: Account
    title: str
    category: str | None
    quantity: ResponseQuantity
    reciprocal: ResponseQuantity | None
    terms: Html
    status: Literal["proposed", "active", "fulfilled", "closed_unfulfilled"]
    confirmation: Literal["signature", "transport", "link", "word"] | None
    receipts: list[Receipt]
    offer: dict[str, Any] | None
    accept: dict[str, Any]
    verification_code: str
    verification_url: Url
    story: Story | None
    created_at: Moment
    updated_at: Moment
    allowed: list[str]


class MatchReason(TypedDict):
    """Points, and the codes by which they are given."""

    part: Literal["category", "sector", "place", "language", "nearness"]
    points: Count
    code: Literal[
        "category_same",
        "category_in_list",
        "sector_same",
        "sector_section",
        "sector_open",
        "place_same",
        "place_nuts1",
        "place_country",
        "place_open",
        "language_common",
        "umbrella_shared",
        "recent",
    ]
    values: list[str]


class Match(TypedDict):
    """What fits a request of the acting actor, or its profile. `request` of those with a request of somebody else."""

    id: Id
    score: Count
    kind: Literal["request", "profile"]
    for_request_id: Id | None
    request: Request | None
    account: Account
    dismissed: bool
    reasons: list[MatchReason]
