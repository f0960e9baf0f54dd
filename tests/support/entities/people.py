"""Accounts, and what stands between two of them."""

from typing import Literal, NotRequired, TypedDict

from tests.support.entities.kinds import Count, Day, Digits, Html, Id, Language, Moment, Url

Visibility = Literal["public", "unlisted", "private", "direct"]
QuotePolicy = Literal["public", "followers", "nobody"]


class CustomEmoji(TypedDict):
    """An emoji with a picture."""

    shortcode: str
    url: Url
    static_url: Url
    visible_in_picker: bool
    category: str | None


class Field(TypedDict):
    """A row of a profile; `value` is HTML, in `source` the text."""

    name: str
    value: str
    verified_at: Moment | None


class AccountRole(TypedDict):
    """A role that everybody sees."""

    id: Id
    name: str
    color: str


class Account(TypedDict):
    """An actor. Counts are numbers and pictures are addresses, always."""

    id: Id
    username: str
    acct: str
    display_name: str
    locked: bool
    bot: bool
    discoverable: bool
    indexable: bool
    noindex: bool
    group: bool
    created_at: Moment
    note: Html
    url: Url
    uri: Url
    avatar: Url
    avatar_static: Url
    avatar_description: str
    header: Url
    header_static: Url
    header_description: str
    followers_count: Count
    following_count: Count
    statuses_count: Count
    last_status_at: Day | None
    hide_collections: bool
    emojis: list[CustomEmoji]
    fields: list[Field]
    roles: list[AccountRole]
    moved: NotRequired["Account"]
    suspended: NotRequired[Literal[True]]
    limited: NotRequired[Literal[True]]


class Source(TypedDict):
    """An account as it was typed, and how its posts begin. `content_type` is CoopFed's; `also_known_as_uris` GoToSocial's."""

    privacy: Visibility
    sensitive: bool
    language: Language | None
    note: str
    fields: list[Field]
    follow_requests_count: Count
    hide_collections: bool
    discoverable: bool
    indexable: bool
    attribution_domains: list[str]
    quote_policy: QuotePolicy
    content_type: Literal["text/plain", "text/markdown"]
    also_known_as_uris: NotRequired[list[str]]


class Role(TypedDict):
    """What an account may do here; `permissions` is a number of flags as text."""

    id: str
    name: str
    permissions: Digits
    color: str
    highlighted: bool


class CredentialAccount(Account):
    """The account that the token speaks as."""

    source: Source
    role: Role


class MutedAccount(Account):
    """An account in the list of mutes."""

    mute_expires_at: Moment | None


class Profile(TypedDict):
    """The own profile as it was typed (Mastodon 4.6); a picture that is not there is null."""

    id: Id
    display_name: str
    note: str
    fields: list[Field]
    avatar: Url | None
    avatar_static: Url | None
    avatar_description: str
    header: Url | None
    header_static: Url | None
    header_description: str
    locked: bool
    bot: bool
    hide_collections: bool
    discoverable: bool
    indexable: bool
    show_media: bool
    show_media_replies: bool
    show_featured: bool
    attribution_domains: list[str]
    featured_tags: list["FeaturedTag"]


class Relationship(TypedDict):
    """How the actor that the token speaks as stands to another one."""

    id: Id
    following: bool
    showing_reblogs: bool
    notifying: bool
    languages: list[Language] | None
    followed_by: bool
    blocking: bool
    blocked_by: bool
    muting: bool
    muting_notifications: bool
    muting_expires_at: Moment | None
    requested: bool
    requested_by: bool
    domain_blocking: bool
    endorsed: bool
    note: str


class FamiliarFollowers(TypedDict):
    """Who of those whom one follows follows an account too."""

    id: Id
    accounts: list[Account]


class Suggestion(TypedDict):
    """Whom one might want to follow, and why."""

    source: Literal["staff", "past_interactions", "global"]
    sources: list[str]
    account: Account


class FeaturedTag(TypedDict):
    """A hashtag on a profile. The count is a text."""

    id: Id
    name: str
    url: Url
    statuses_count: Digits
    last_status_at: Day | None


class TagDay(TypedDict):
    """How much something was used on a day (seconds of its beginning); all three are texts."""

    day: Digits
    uses: Digits
    accounts: Digits


class Tag(TypedDict):
    """A hashtag."""

    id: Id
    name: str
    url: Url
    history: list[TagDay]
    following: NotRequired[bool]
    featuring: NotRequired[bool]


Preferences = TypedDict(
    "Preferences",
    {
        "posting:default:visibility": Visibility,
        "posting:default:sensitive": bool,
        "posting:default:language": Language | None,
        "posting:default:quote_policy": QuotePolicy,
        "reading:expand:media": Literal["default", "show_all", "hide_all"],
        "reading:expand:spoilers": bool,
        "reading:autoplay:gifs": bool,
    },
)


class UserInfo(TypedDict):
    """Who the token speaks as, in the words of OpenID Connect."""

    iss: Url
    sub: Url
    name: str
    preferred_username: str
    profile: Url
    picture: Url
