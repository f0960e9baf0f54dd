"""What is placed before whom: timeline entries and notifications. Candidates; visibility is asked again when reading."""

from sqlalchemy import Boolean, Column, Index, UniqueConstraint, false, text
from sqlmodel import Field, SQLModel

from coopfed.db.models.base import IN_KEY_ORDER, moment, number, reference, words


class TimelineEntry(SQLModel, table=True):
    """A post in the home timeline of an actor of ours, once, however many boost it.

    `entry_id` is what it is sorted by and what clients page by: the post's number, or that of the boost which brought it.
    """

    __tablename__ = "timeline_entry"
    __table_args__ = (UniqueConstraint("owner_id", "object_id"), IN_KEY_ORDER)

    owner_id: int = Field(sa_column=reference("actor.id", primary=True))
    entry_id: int = Field(sa_column=number(primary=True))
    object_id: int = Field(sa_column=reference("object.id", index=True))


class Notification(SQLModel, table=True):
    """Something an actor of ours should know: `type` is Mastodon's word. `subject` makes redelivery harmless. `filtered`: held back
    by the actor's policy until it says that it wants to hear of whoever did it."""

    __table_args__ = (
        UniqueConstraint("recipient_id", "type", "subject"),
        Index("ix_notification_recipient_id_id", "recipient_id", "id"),
        Index(
            "ix_notification_held",
            "recipient_id",
            "from_id",
            sqlite_where=text("filtered"),
            postgresql_where=text("filtered"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    recipient_id: int = Field(sa_column=reference("actor.id"))
    type: str
    subject: str = Field(sa_column=words())
    from_id: int = Field(sa_column=reference("actor.id", index=True))
    object_id: int | None = Field(default=None, sa_column=reference("object.id", nullable=True, index=True))
    created_at: int = Field(sa_column=moment())
    filtered: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))


class NotificationPolicy(SQLModel, table=True):
    """What becomes of notifications of strangers, by kind of stranger: accept, filter or drop; see `features/notification_policy`."""

    __tablename__ = "notification_policy"

    actor_id: int = Field(sa_column=reference("actor.id", primary=True))
    for_not_following: str
    for_not_followers: str
    for_new_accounts: str
    for_private_mentions: str
    for_limited_accounts: str
    for_bots: str


class NotificationPermission(SQLModel, table=True):
    """Of whom an actor wants to hear whatever its policy says."""

    __tablename__ = "notification_permission"
    __table_args__ = (IN_KEY_ORDER,)

    actor_id: int = Field(sa_column=reference("actor.id", primary=True))
    from_id: int = Field(sa_column=reference("actor.id", primary=True, index=True))
    created_at: int = Field(sa_column=moment())
