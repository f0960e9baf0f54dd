"""What is placed before whom: timeline entries and notifications. Candidates; visibility is asked again when reading."""

from sqlalchemy import Index, UniqueConstraint
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
    """Something an actor of ours should know: `type` is Mastodon's word. `subject` makes redelivery harmless."""

    __table_args__ = (
        UniqueConstraint("recipient_id", "type", "subject"),
        Index("ix_notification_recipient_id_id", "recipient_id", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    recipient_id: int = Field(sa_column=reference("actor.id"))
    type: str
    subject: str = Field(sa_column=words())
    from_id: int = Field(sa_column=reference("actor.id", index=True))
    object_id: int | None = Field(default=None, sa_column=reference("object.id", nullable=True, index=True))
    created_at: int = Field(sa_column=moment())
