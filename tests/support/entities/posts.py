"""Statuses, and what is in and around them."""

from typing import Literal, NotRequired, TypedDict

from tests.support.entities.filters import FilterResult
from tests.support.entities.kinds import Count, FileId, Html, Id, Language, Moment, Url
from tests.support.entities.people import Account, CustomEmoji, QuotePolicy, Tag, TagDay, Visibility


class MediaSize(TypedDict):
    """The size of a picture or film, or the length of a sound."""

    width: NotRequired[Count]
    height: NotRequired[Count]
    size: NotRequired[str]
    aspect: NotRequired[float]
    duration: NotRequired[float]
    frame_rate: NotRequired[str]
    bitrate: NotRequired[Count]


class Focus(TypedDict):
    """What is to be seen when a picture is cut: from -1 to 1, to the right and up."""

    x: float
    y: float


class MediaMeta(TypedDict):
    """What is known of a file."""

    original: NotRequired[MediaSize]
    small: NotRequired[MediaSize]
    focus: NotRequired[Focus]


class MediaAttachment(TypedDict):
    """A file. `url` is null while it is in work, or where this node does not show it (then `remote_url` says where it is)."""

    id: FileId
    type: Literal["unknown", "image", "gifv", "video", "audio"]
    url: Url | None
    preview_url: Url | None
    remote_url: Url | None
    meta: MediaMeta
    description: str | None
    blurhash: str | None


class Mention(TypedDict):
    """Whom a status names; `url` is the one in the text."""

    id: Id
    username: str
    url: Url
    acct: str


class StatusTag(TypedDict):
    """A hashtag in a status."""

    name: str
    url: Url


class PollOption(TypedDict):
    """What may be chosen; the count is null while it is hidden."""

    title: str
    votes_count: Count | None


class Poll(TypedDict):
    """What a status asks. `expires_at` is null when it has no end."""

    id: Id
    expires_at: Moment | None
    expired: bool
    multiple: bool
    votes_count: Count
    voters_count: Count | None
    voted: bool
    own_votes: list[Count]
    options: list[PollOption]
    emojis: list[CustomEmoji]


class CardAuthor(TypedDict):
    """Who wrote a page."""

    name: str
    url: str
    account: Account | None


class PreviewCard(TypedDict):
    """A page that is linked to."""

    url: Url
    title: str
    description: str
    type: Literal["link", "photo", "video", "rich"]
    authors: list[CardAuthor]
    author_name: str
    author_url: str
    provider_name: str
    provider_url: str
    html: str
    width: Count
    height: Count
    image: Url | None
    image_description: str
    embed_url: str
    blurhash: str | None
    language: Language | None
    published_at: Moment | None


class TrendsLink(PreviewCard):
    """A page that many link to."""

    history: list[TagDay]


QuoteState = Literal[
    "pending",
    "accepted",
    "rejected",
    "revoked",
    "deleted",
    "unauthorized",
    "blocked_account",
    "blocked_domain",
    "muted_account",
]


class Quote(TypedDict):
    """What a status quotes, whole."""

    state: QuoteState
    quoted_status: "Status | None"


class ShallowQuote(TypedDict):
    """What a quoted status quotes, by its number."""

    state: QuoteState
    quoted_status_id: Id | None


class QuoteApproval(TypedDict):
    """Who may quote a status, at once or when its author agrees, and whether the reader may."""

    automatic: list[Literal["public", "followers", "following", "unsupported_policy"]]
    manual: list[Literal["public", "followers", "following", "unsupported_policy"]]
    current_user: Literal["automatic", "manual", "denied", "unknown"]


class Application(TypedDict):
    """The app that a status was written with."""

    name: str
    website: Url | None


class OfCoopFed(TypedDict):
    """What other apps pass over: whether a status waits for an editor, since when it is to be posted, who wrote it, its version as an
    editor reads it, and its text in other languages; whether an author has yet to agree to an answer."""

    pending: NotRequired[Literal[True]]
    scheduled_at: NotRequired[Moment | None]
    written_by: NotRequired[str | None]
    version: NotRequired[str]
    translations: NotRequired[dict[Language, Html]]
    consent: NotRequired[str]


class Status(TypedDict):
    """A post, or (with `reblog`) a boost of one."""

    id: Id
    uri: Url
    url: Url | None
    created_at: Moment
    edited_at: Moment | None
    account: Account
    content: Html
    visibility: Visibility
    sensitive: bool
    spoiler_text: str
    media_attachments: list[MediaAttachment]
    mentions: list[Mention]
    tags: list[StatusTag]
    emojis: list[CustomEmoji]
    reblogs_count: Count
    favourites_count: Count
    replies_count: Count
    quotes_count: Count
    in_reply_to_id: Id | None
    in_reply_to_account_id: Id | None
    reblog: "Status | None"
    poll: Poll | None
    card: PreviewCard | None
    language: Language | None
    quote: "Quote | ShallowQuote | None"
    quote_approval: QuoteApproval
    favourited: bool
    reblogged: bool
    muted: bool
    bookmarked: bool
    pinned: bool
    filtered: list[FilterResult]
    application: Application | None
    coopfed: NotRequired[OfCoopFed]


class DeletedStatus(Status):
    """A status that was deleted, with its text to be written anew."""

    text: str


class StatusSource(TypedDict):
    """A status as it was typed. `content_type` and `title` (of an article) are CoopFed's."""

    id: Id
    text: str
    spoiler_text: str
    content_type: NotRequired[Literal["text/plain", "text/markdown"]]
    title: NotRequired[str]


class EditOption(TypedDict):
    """What could be chosen then."""

    title: str


class EditPoll(TypedDict):
    """What was asked then."""

    options: list[EditOption]


class StatusEdit(TypedDict):
    """What a status said at one time; the first is the original."""

    content: Html
    spoiler_text: str
    sensitive: bool
    created_at: Moment
    account: Account
    media_attachments: list[MediaAttachment]
    emojis: list[CustomEmoji]
    poll: EditPoll | None


class Context(TypedDict):
    """The thread around a status."""

    ancestors: list[Status]
    descendants: list[Status]


class ScheduledPoll(TypedDict):
    """What will be asked."""

    options: list[str]
    expires_in: Count | None
    multiple: bool
    hide_totals: bool


class ScheduledParams(TypedDict):
    """What will be posted."""

    text: str
    poll: ScheduledPoll | None
    media_ids: list[Id] | None
    sensitive: bool
    spoiler_text: str | None
    visibility: Visibility
    language: Language | None
    in_reply_to_id: Id | None
    quoted_status_id: Id | None
    quote_approval_policy: QuotePolicy | None
    scheduled_at: None
    idempotency: str | None
    application_id: int
    with_rate_limit: Literal[False]


class ScheduledStatus(TypedDict):
    """A status that is posted later."""

    id: Id
    scheduled_at: Moment
    params: ScheduledParams
    media_attachments: list[MediaAttachment]
    coopfed: NotRequired[OfCoopFed]


class TranslatedPoll(TypedDict):
    """A poll in another language."""

    id: Id
    options: list[EditOption]


class TranslatedFile(TypedDict):
    """A description in another language."""

    id: FileId
    description: str


class Translation(TypedDict):
    """A status in another language."""

    content: Html
    spoiler_text: str
    poll: TranslatedPoll | None
    media_attachments: list[TranslatedFile]
    detected_source_language: Language
    language: Language
    provider: str


class Search(TypedDict):
    """What was found; all three lists, always."""

    accounts: list[Account]
    statuses: list[Status]
    hashtags: list[Tag]
