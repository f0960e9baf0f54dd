"""All tables, one file per subject. Importing this package makes `SQLModel.metadata` complete."""

from coopfed.db.models.accounts import (
    Account,
    Letter,
    OAuthApp,
    OAuthCode,
    OAuthToken,
    OneTimeLink,
    RecoveryCode,
    Role,
    Session,
)
from coopfed.db.models.actors import Actor, ActorDefault, ActorKey
from coopfed.db.models.consents import Consent
from coopfed.db.models.cooperatives import Cooperative, CooperativeCode
from coopfed.db.models.discovery import SuggestionDismissal, Trend
from coopfed.db.models.follows import Block, Follow, FollowerSync, Mute
from coopfed.db.models.groups import GroupModerator, GroupPost, GroupRule
from coopfed.db.models.matching import KnownMatch, MatchDigest
from coopfed.db.models.media import Media
from coopfed.db.models.memberships import Attestation, MailedInvitation, Membership, MembershipNews
from coopfed.db.models.moderation import Announcement, AnnouncementReaction, AnnouncementRead, AuditLog
from coopfed.db.models.objects import Attachment, Featured, Hashtag, Mention, Object, Revision, Tombstone, Translation
from coopfed.db.models.passkeys import Passkey, SpentChallenge
from coopfed.db.models.personal import (
    ActorNote,
    Bookmark,
    Endorsement,
    FeaturedTag,
    Filter,
    FilterKeyword,
    FilterStatus,
    FollowedTag,
    HostBlock,
    ListMember,
    Marker,
    MutedThread,
    ReadingList,
)
from coopfed.db.models.polls import Poll, PollOption, PollVote
from coopfed.db.models.portability import DataArchive, DataImport, DataImportRow
from coopfed.db.models.posting import ConversationMark, Once, ScheduledMedia, ScheduledStatus
from coopfed.db.models.previews import PostPreview, Preview
from coopfed.db.models.profiles import Emoji, Profile, RemoteFile
from coopfed.db.models.push import MailPending, MailWish, PushSubscription, VapidKey
from coopfed.db.models.quotes import Quote
from coopfed.db.models.reactions import Reaction, Report
from coopfed.db.models.relays import Relay
from coopfed.db.models.requests import (
    Agreement,
    AgreementLink,
    ProposalReader,
    Receipt,
    Request,
    RequestCode,
    RequestFile,
    RequestMention,
    RequestRecipient,
    RequestTranslation,
    Response,
    ResponseMessage,
    Story,
)
from coopfed.db.models.search import ActorText, ObjectText
from coopfed.db.models.streams import StreamEvent
from coopfed.db.models.timelines import Notification, NotificationPermission, NotificationPolicy, TimelineEntry
from coopfed.db.models.traffic import Activity, Delivery, InboxItem, InboxLane, Outgoing, Peer
from coopfed.db.models.work import Job, RateCount, Worker

__all__ = [
    "Account",
    "Activity",
    "Actor",
    "ActorDefault",
    "ActorKey",
    "ActorNote",
    "ActorText",
    "Agreement",
    "AgreementLink",
    "Announcement",
    "AnnouncementReaction",
    "AnnouncementRead",
    "Attachment",
    "Attestation",
    "AuditLog",
    "Block",
    "Bookmark",
    "Consent",
    "ConversationMark",
    "Cooperative",
    "CooperativeCode",
    "DataArchive",
    "DataImport",
    "DataImportRow",
    "Delivery",
    "Emoji",
    "Endorsement",
    "Featured",
    "FeaturedTag",
    "Filter",
    "FilterKeyword",
    "FilterStatus",
    "Follow",
    "FollowedTag",
    "FollowerSync",
    "GroupModerator",
    "GroupPost",
    "GroupRule",
    "Hashtag",
    "HostBlock",
    "InboxItem",
    "InboxLane",
    "Job",
    "KnownMatch",
    "Letter",
    "ListMember",
    "MailPending",
    "MailWish",
    "MailedInvitation",
    "Marker",
    "MatchDigest",
    "Media",
    "Membership",
    "MembershipNews",
    "Mention",
    "Mute",
    "MutedThread",
    "Notification",
    "NotificationPermission",
    "NotificationPolicy",
    "OAuthApp",
    "OAuthCode",
    "OAuthToken",
    "Object",
    "ObjectText",
    "Once",
    "OneTimeLink",
    "Outgoing",
    "Passkey",
    "Peer",
    "Poll",
    "PollOption",
    "PollVote",
    "PostPreview",
    "Preview",
    "Profile",
    "ProposalReader",
    "PushSubscription",
    "Quote",
    "RateCount",
    "Reaction",
    "ReadingList",
    "Receipt",
    "RecoveryCode",
    "Relay",
    "RemoteFile",
    "Report",
    "Request",
    "RequestCode",
    "RequestFile",
    "RequestMention",
    "RequestRecipient",
    "RequestTranslation",
    "Response",
    "ResponseMessage",
    "Revision",
    "Role",
    "ScheduledMedia",
    "ScheduledStatus",
    "Session",
    "SpentChallenge",
    "Story",
    "StreamEvent",
    "SuggestionDismissal",
    "TimelineEntry",
    "Tombstone",
    "Translation",
    "Trend",
    "VapidKey",
    "Worker",
]
