"""What surrounds the posting of members: statuses for later, requests that came twice, conversations that were read."""

from sqlalchemy import BigInteger, Boolean, Column, false
from sqlmodel import Field, SQLModel

from coopfed.db.models.base import IN_KEY_ORDER, moment, number, octets, reference, words


class ScheduledStatus(SQLModel, table=True):
    """What is to be posted at `due_at`; `draft` is JSON, see `features/posts/kept`. While it is `waiting` an editor has to agree first;
    `approved_by` is the account that did."""

    __tablename__ = "scheduled_status"

    id: int = Field(sa_column=number(primary=True))
    actor_id: int = Field(sa_column=reference("actor.id", index=True))
    account_id: int = Field(sa_column=reference("account.id"))
    draft: bytes = Field(sa_column=octets())
    due_at: int = Field(sa_column=moment())
    waiting: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))
    approved_by: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))


class ScheduledMedia(SQLModel, table=True):
    """A file that waits for a scheduled status, and is not swept meanwhile."""

    __tablename__ = "scheduled_media"

    media_id: int = Field(sa_column=reference("media.id", primary=True))
    scheduled_id: int = Field(sa_column=reference("scheduled_status.id", index=True))


class Once(SQLModel, table=True):
    """What a request with an Idempotency-Key made, a status or a scheduled one: the same request makes no second."""

    __table_args__ = (IN_KEY_ORDER,)

    account_id: int = Field(sa_column=reference("account.id", primary=True))
    actor_id: int = Field(sa_column=reference("actor.id", primary=True))
    key: str = Field(sa_column=words(primary_key=True))
    made_id: int = Field(sa_column=number())
    created_at: int = Field(sa_column=moment(index=True))


class ConversationMark(SQLModel, table=True):
    """Up to which post an actor has read a conversation (its thread's topmost post), and up to which one it took it off its list."""

    __tablename__ = "conversation_mark"
    __table_args__ = (IN_KEY_ORDER,)

    actor_id: int = Field(sa_column=reference("actor.id", primary=True))
    object_id: int = Field(sa_column=reference("object.id", primary=True, index=True))
    read_id: int = Field(sa_column=moment(default=0))
    hidden_id: int = Field(sa_column=moment(default=0))
