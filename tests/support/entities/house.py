"""The node, its apps, what operators see, and what is CoopFed's own."""

from typing import Any, Literal, NotRequired, TypedDict

from tests.support.entities.kinds import Count, Day, Digits, Html, Id, Language, Moment, Url
from tests.support.entities.people import Account, Role
from tests.support.entities.posts import Status


class Rule(TypedDict):
    """A rule of the house."""

    id: Digits
    text: str
    hint: str
    translations: NotRequired[dict[str, Any]]


class StatusLimits(TypedDict):
    """What a status may be."""

    max_characters: Count
    max_media_attachments: Count
    characters_reserved_per_url: Count


class MediaLimits(TypedDict):
    """What a file may be; sizes in bytes, matrices in pixels."""

    supported_mime_types: list[str]
    description_limit: Count
    image_size_limit: Count
    image_matrix_limit: Count
    video_size_limit: Count
    video_frame_rate_limit: Count
    video_matrix_limit: Count


class PollLimits(TypedDict):
    """What a poll may be; times in seconds."""

    max_options: Count
    max_characters_per_option: Count
    min_expiration: Count
    max_expiration: Count


class Configuration(TypedDict):
    """What statuses, files and polls may be."""

    statuses: StatusLimits
    media_attachments: MediaLimits
    polls: PollLimits


class InstanceUrls(TypedDict):
    """Where more is. Streams are on a WebSocket."""

    streaming: str
    status: Url | None
    about: Url | None
    privacy_policy: Url | None
    terms_of_service: Url | None


class Vapid(TypedDict):
    """The key with which the node speaks to push services."""

    public_key: str


class AccountLimits(TypedDict):
    """What an account may have."""

    max_featured_tags: Count
    max_pinned_statuses: Count
    max_profile_fields: Count
    profile_field_name_limit: Count
    profile_field_value_limit: Count
    max_display_name_length: Count
    max_note_length: Count


class Enabled(TypedDict):
    """Whether there is such a thing."""

    enabled: bool


class FeedAccess(TypedDict):
    """Who reads a timeline."""

    local: Literal["public", "authenticated", "disabled"]
    remote: Literal["public", "authenticated", "disabled"]


class TimelinesAccess(TypedDict):
    """Who reads which timelines."""

    live_feeds: FeedAccess
    hashtag_feeds: FeedAccess
    trending_link_feeds: FeedAccess


class ConfigurationV2(Configuration):
    """What this node takes and does."""

    urls: InstanceUrls
    vapid: Vapid
    accounts: AccountLimits
    translation: Enabled
    timelines_access: TimelinesAccess
    limited_federation: bool


class ActiveUsers(TypedDict):
    """How many were here."""

    active_month: Count


class Usage(TypedDict):
    """How much the node is used."""

    users: ActiveUsers


class Thumbnail(TypedDict):
    """A picture of the node."""

    url: Url
    blurhash: str | None
    versions: dict[str, Url]
    description: str


class Icon(TypedDict):
    """A small picture of the node, in one size."""

    src: Url
    size: str


class Registrations(TypedDict):
    """Whether and where people ask for an account."""

    enabled: bool
    approval_required: bool
    reason_required: bool
    message: str | None
    min_age: Count | None
    url: Url | None


class Contact(TypedDict):
    """Whom to write to; the address is a text, empty when there is none."""

    email: str
    account: Account | None


class Instance(TypedDict):
    """What this node is."""

    domain: str
    title: str
    version: str
    source_url: str
    description: str
    usage: Usage
    thumbnail: Thumbnail
    icon: list[Icon]
    languages: list[Language]
    configuration: ConfigurationV2
    registrations: Registrations
    api_versions: dict[str, Count]
    contact: Contact
    rules: list[Rule]


class StreamingUrl(TypedDict):
    """Where streams are."""

    streaming_api: str


class Stats(TypedDict):
    """How much there is."""

    user_count: Count
    status_count: Count
    domain_count: Count


class InstanceV1(TypedDict):
    """What this node is, for older apps."""

    uri: str
    title: str
    short_description: str
    description: Html
    email: str
    version: str
    urls: StreamingUrl
    stats: Stats
    thumbnail: Url
    languages: list[Language]
    registrations: bool
    approval_required: bool
    invites_enabled: bool
    configuration: Configuration
    contact_account: Account | None
    rules: list[Rule]
    max_toot_chars: Count
    poll_limits: PollLimits
    upload_limit: Count


class DomainBlock(TypedDict):
    """A host that is kept out, as everybody may read it."""

    domain: str
    digest: str
    severity: Literal["silence", "suspend"]
    comment: str


class Week(TypedDict):
    """What was done in a week; all are texts."""

    week: Digits
    statuses: Digits
    logins: Digits
    registrations: Digits


class ExtendedDescription(TypedDict):
    """The whole description."""

    updated_at: Moment | None
    content: Html


class PrivacyPolicy(TypedDict):
    """The privacy policy."""

    updated_at: Moment
    content: Html


class TermsOfService(TypedDict):
    """The terms of service."""

    effective_date: Day
    effective: bool
    content: Html
    succeeded_by: Day | None


class App(TypedDict):
    """An app."""

    id: Id
    name: str
    website: Url | None
    scopes: list[str]
    redirect_uris: list[str]
    redirect_uri: str
    vapid_key: str


class CredentialApp(App):
    """An app, as it is told once: with its secret."""

    client_id: str
    client_secret: str
    client_secret_expires_at: Literal[0]


class Token(TypedDict):
    """A token. The moment is a number of seconds."""

    access_token: str
    token_type: Literal["Bearer"]
    scope: str
    created_at: Count


class ServerMetadata(TypedDict):
    """Where an app signs in. Source: RFC 8414 2."""

    issuer: Url
    authorization_endpoint: Url
    token_endpoint: Url
    revocation_endpoint: Url
    userinfo_endpoint: Url
    app_registration_endpoint: Url
    scopes_supported: list[str]
    response_types_supported: list[str]
    response_modes_supported: list[str]
    grant_types_supported: list[str]
    token_endpoint_auth_methods_supported: list[str]
    code_challenge_methods_supported: list[str]
    service_documentation: Url


# --- for operators ----------------------------------------------------------------------------------------------


class AdminIp(TypedDict):
    """An address from which somebody came."""

    ip: str
    used_at: Moment


class AdminAccount(TypedDict):
    """An actor, or (without `account`) somebody who waits for an account, as operators see them."""

    id: Id
    username: str
    domain: str | None
    created_at: Moment
    email: str | None
    ip: str | None
    ips: list[AdminIp]
    locale: Language | None
    invite_request: str | None
    role: Role
    confirmed: bool
    approved: bool
    disabled: bool
    silenced: bool
    suspended: bool
    sensitized: bool
    account: Account | None


class AdminReport(TypedDict):
    """A complaint, as operators see it."""

    id: Id
    action_taken: bool
    action_taken_at: Moment | None
    category: Literal["spam", "legal", "violation", "other"]
    comment: str
    forwarded: bool
    created_at: Moment
    updated_at: Moment
    account: AdminAccount
    target_account: AdminAccount
    assigned_account: AdminAccount | None
    action_taken_by_account: AdminAccount | None
    statuses: list[Status]
    rules: list[Rule]


class AdminDomainBlock(TypedDict):
    """What operators say of a host."""

    id: Id
    domain: str
    digest: str
    created_at: Moment
    severity: Literal["silence", "suspend", "noop"]
    reject_media: bool
    reject_reports: bool
    private_comment: str | None
    public_comment: str | None
    obfuscate: bool


class AdminDomainAllow(TypedDict):
    """A host that is excepted from the blocks of others."""

    id: Id
    domain: str
    created_at: Moment


# --- taken along, as on GoToSocial and as CoopFed does it -----------------------------------------------------------


class ExportStats(TypedDict):
    """How much there is to take along."""

    media_storage: str
    followers_count: Count
    following_count: Count
    statuses_count: Count
    lists_count: Count
    blocks_count: Count
    mutes_count: Count


class Import(TypedDict):
    """A file that was brought along, and how far it is."""

    id: Id
    type: str
    mode: Literal["merge", "overwrite"]
    state: Literal["running", "finished"]
    total: Count
    done: Count
    failed: Count
    failures: Url | None
    created_at: Moment
    finished_at: Moment | None


class Archive(TypedDict):
    """Everything of an actor in one file."""

    id: Id
    state: Literal["waiting", "ready", "failed"]
    size: Count | None
    url: Url | None
    created_at: Moment
    expires_at: Moment


class OpenApi(TypedDict):
    """The OpenAPI document itself."""

    openapi: str
    info: dict[str, Any]
    externalDocs: dict[str, Any]
    servers: list[dict[str, Any]]
    paths: dict[str, Any]
    components: dict[str, Any]


class Nothing(TypedDict):
    """An empty object."""


class Standing(TypedDict):
    """What stands where something is not possible now, and what is."""

    status: str
    allowed: list[str]


class FieldFault(TypedDict):
    """What is wrong with a field."""

    error: str
    description: str


class Failure(TypedDict):
    """What went wrong: in words, and (but for OAuth's own errors) for machines; by CoopFed's own API also field by field."""

    error: str
    reason: NotRequired[str]
    error_description: NotRequired[str]
    details: NotRequired[dict[str, list[FieldFault]] | Standing]
