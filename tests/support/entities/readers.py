"""What a reader keeps for itself, and what it is told."""

from typing import Literal, NotRequired, TypedDict

from tests.support.entities.kinds import Count, Digits, Html, Id, Moment, Url
from tests.support.entities.people import Account, CustomEmoji
from tests.support.entities.posts import Status, StatusTag


class UserList(TypedDict):
    """A list of accounts with a timeline."""

    id: Id
    title: str
    replies_policy: Literal["followed", "list", "none"]
    exclusive: bool


class Marker(TypedDict):
    """How far a timeline was read."""

    last_read_id: Id
    version: Count
    updated_at: Moment


class Markers(TypedDict):
    """The markers that were asked for, of those that were set."""

    home: NotRequired[Marker]
    notifications: NotRequired[Marker]


class Conversation(TypedDict):
    """A thread of direct posts."""

    id: Id
    unread: bool
    accounts: list[Account]
    last_status: Status


class Report(TypedDict):
    """A complaint."""

    id: Id
    action_taken: bool
    action_taken_at: Moment | None
    category: Literal["spam", "legal", "violation", "other"]
    comment: str
    forwarded: bool
    created_at: Moment
    status_ids: list[Id]
    rule_ids: list[Id]
    target_account: Account


NotificationType = Literal[
    "mention",
    "status",
    "reblog",
    "follow",
    "follow_request",
    "favourite",
    "poll",
    "update",
    "quote",
    "quoted_update",
    "admin.sign_up",
    "admin.report",
]


class Notification(TypedDict):
    """What an actor should know. `status` is there for all that is about one, else null."""

    id: Id
    type: NotificationType
    created_at: Moment
    group_key: str
    account: Account
    status: Status | None
    report: NotRequired[Report]


class NotificationGroup(TypedDict):
    """Notifications that are told as one. The number of the newest is a number, not a text."""

    group_key: str
    notifications_count: Count
    type: NotificationType
    most_recent_notification_id: Count
    page_min_id: Id
    page_max_id: Id
    latest_page_notification_at: Moment
    sample_account_ids: list[Id]
    status_id: NotRequired[Id]
    report: NotRequired[Report]


class PartialAccount(TypedDict):
    """What an avatar needs of an account."""

    id: Id
    acct: str
    locked: bool
    bot: bool
    url: Url
    avatar: Url
    avatar_static: Url


class GroupedNotifications(TypedDict):
    """Groups, and beside them every account and status that they name."""

    accounts: list[Account]
    partial_accounts: NotRequired[list[PartialAccount]]
    statuses: list[Status]
    notification_groups: list[NotificationGroup]


Wanted = Literal["accept", "filter", "drop"]


class PolicySummary(TypedDict):
    """What is held back."""

    pending_requests_count: Count
    pending_notifications_count: Count


class NotificationPolicy(TypedDict):
    """What becomes of notifications of strangers, by kind."""

    for_not_following: Wanted
    for_not_followers: Wanted
    for_new_accounts: Wanted
    for_private_mentions: Wanted
    for_limited_accounts: Wanted
    for_bots: Wanted
    summary: PolicySummary


class NotificationRequest(TypedDict):
    """What is held back of one account. The count is a text."""

    id: Id
    created_at: Moment
    updated_at: Moment
    notifications_count: Digits
    account: Account
    last_status: Status | None


class Reaction(TypedDict):
    """An emoji with which people reacted; with a picture when it is one of this node."""

    name: str
    count: Count
    me: bool
    url: NotRequired[Url]
    static_url: NotRequired[Url]


class AnnouncementAccount(TypedDict):
    """Whom an announcement names."""

    id: Id
    username: str
    url: Url
    acct: str


class AnnouncementStatus(TypedDict):
    """Which status an announcement names."""

    id: Id
    url: Url


class Announcement(TypedDict):
    """What operators tell everybody here."""

    id: Id
    content: Html
    starts_at: Moment | None
    ends_at: Moment | None
    all_day: bool
    published_at: Moment
    updated_at: Moment
    read: bool
    mentions: list[AnnouncementAccount]
    statuses: list[AnnouncementStatus]
    tags: list[StatusTag]
    emojis: list[CustomEmoji]
    reactions: list[Reaction]


class AnnouncementReaction(TypedDict):
    """How many reacted to an announcement with an emoji, told at once."""

    name: str
    count: Count
    announcement_id: Id
    url: NotRequired[Url]
    static_url: NotRequired[Url]


Alerts = TypedDict(
    "Alerts",
    {
        "mention": bool,
        "status": bool,
        "reblog": bool,
        "follow": bool,
        "follow_request": bool,
        "favourite": bool,
        "poll": bool,
        "update": bool,
        "quote": bool,
        "quoted_update": bool,
        "admin.sign_up": bool,
        "admin.report": bool,
    },
)


class WebPushSubscription(TypedDict):
    """Of what an app is told while it is closed."""

    id: Count
    endpoint: Url
    standard: bool
    policy: Literal["all", "followed", "follower", "none"]
    alerts: Alerts
    server_key: str


class UnreadCount(TypedDict):
    """How many were not read."""

    count: Count


class Merged(TypedDict):
    """Whether what was accepted is told by now."""

    merged: bool
