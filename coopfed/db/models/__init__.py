"""All tables, one file per subject. Importing this package makes `SQLModel.metadata` complete."""

from coopfed.db.models.accounts import Account, OAuthToken, Role
from coopfed.db.models.actors import Actor, ActorKey
from coopfed.db.models.follows import Block, Follow
from coopfed.db.models.objects import Hashtag, Mention, Object, Tombstone
from coopfed.db.models.timelines import Notification, TimelineEntry
from coopfed.db.models.traffic import Activity, Delivery, InboxItem, InboxLane, Outgoing, Peer
from coopfed.db.models.work import Job, Worker

__all__ = [
    "Account",
    "Activity",
    "Actor",
    "ActorKey",
    "Block",
    "Delivery",
    "Follow",
    "Hashtag",
    "InboxItem",
    "InboxLane",
    "Job",
    "Mention",
    "Notification",
    "OAuthToken",
    "Object",
    "Outgoing",
    "Peer",
    "Role",
    "TimelineEntry",
    "Tombstone",
    "Worker",
]
