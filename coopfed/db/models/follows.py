"""Who hears whom: follows and blocks between actors."""

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from coopfed.db.models.base import moment, number, reference, words

PENDING, ACCEPTED = "pending", "accepted"


class Follow(SQLModel, table=True):
    """A follow, asked (`pending`) or granted (`accepted`). `uri` is the id of the Follow activity, for Accept and Undo."""

    __table_args__ = (
        UniqueConstraint("follower_id", "followed_id"),
        Index("ix_follow_followed_id_state", "followed_id", "state"),
    )

    id: int = Field(sa_column=number(primary=True))
    follower_id: int = Field(sa_column=reference("actor.id"))
    followed_id: int = Field(sa_column=reference("actor.id"))
    uri: str | None = Field(default=None, sa_column=words(nullable=True, index=True))
    state: str
    created_at: int = Field(sa_column=moment())


class Block(SQLModel, table=True):
    """An actor that wants nothing to do with another one; `uri` is the id of the Block activity, for its Undo."""

    actor_id: int = Field(sa_column=reference("actor.id", primary=True))
    target_id: int = Field(sa_column=reference("actor.id", primary=True, index=True))
    uri: str | None = Field(default=None, sa_column=words(nullable=True, index=True))
    created_at: int = Field(sa_column=moment())
