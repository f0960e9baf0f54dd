"""All tables, one file per subject. Importing this package makes `SQLModel.metadata` complete."""

from coopfed.db.models.accounts import Account, OAuthToken, Role
from coopfed.db.models.actors import Actor, ActorDefault, ActorKey
from coopfed.db.models.consents import Consent
from coopfed.db.models.follows import Block, Follow, FollowerSync, Mute
from coopfed.db.models.groups import GroupModerator, GroupPost, GroupRule
from coopfed.db.models.objects import Attachment, Featured, Hashtag, Mention, Object, Revision, Tombstone
from coopfed.db.models.polls import Poll, PollOption, PollVote
from coopfed.db.models.previews import PostPreview, Preview
from coopfed.db.models.quotes import Quote
from coopfed.db.models.reactions import Reaction, Report
from coopfed.db.models.relays import Relay
from coopfed.db.models.timelines import Notification, TimelineEntry
from coopfed.db.models.traffic import Activity, Delivery, InboxItem, InboxLane, Outgoing, Peer
from coopfed.db.models.work import Job, Worker

__all__ = [
    "Account",
    "Activity",
    "Actor",
    "ActorDefault",
    "ActorKey",
    "Attachment",
    "Block",
    "Consent",
    "Delivery",
    "Featured",
    "Follow",
    "FollowerSync",
    "GroupModerator",
    "GroupPost",
    "GroupRule",
    "Hashtag",
    "InboxItem",
    "InboxLane",
    "Job",
    "Mention",
    "Mute",
    "Notification",
    "OAuthToken",
    "Object",
    "Outgoing",
    "Peer",
    "Poll",
    "PollOption",
    "PollVote",
    "PostPreview",
    "Preview",
    "Quote",
    "Reaction",
    "Relay",
    "Report",
    "Revision",
    "Role",
    "TimelineEntry",
    "Tombstone",
    "Worker",
]
