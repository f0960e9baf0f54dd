"""Who hears whom: follows, blocks and mutes between actors; and what other servers say of our follows."""

from sqlalchemy import Boolean, Column, Index, UniqueConstraint, false, true
from sqlmodel import Field, SQLModel

from coopfed.db.models.base import moment, number, reference, words

PENDING, ACCEPTED = "pending", "accepted"


class Follow(SQLModel, table=True):
    """A follow, asked (`pending`) or granted (`accepted`). `uri` is the id of the Follow activity, for Accept and Undo; of a
    Join, when the follower `joined` a group in that word.

    What the follower wants of it: `boosts` too, to be told of each new post (`notify`), only these `languages` (codes between
    commas, `,tr,it,`; empty: all).
    """

    __table_args__ = (
        UniqueConstraint("follower_id", "followed_id"),
        Index("ix_follow_followed_id_state", "followed_id", "state"),
    )

    id: int = Field(sa_column=number(primary=True))
    follower_id: int = Field(sa_column=reference("actor.id"))
    followed_id: int = Field(sa_column=reference("actor.id"))
    uri: str | None = Field(default=None, sa_column=words(nullable=True, index=True))
    state: str
    joined: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))
    boosts: bool = Field(default=True, sa_column=Column(Boolean, nullable=False, server_default=true()))
    notify: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))
    languages: str = Field(default="", sa_column=words(default=""))
    created_at: int = Field(sa_column=moment())


class Block(SQLModel, table=True):
    """An actor that wants nothing to do with another one; `uri` is the id of the Block activity, for its Undo."""

    actor_id: int = Field(sa_column=reference("actor.id", primary=True))
    target_id: int = Field(sa_column=reference("actor.id", primary=True, index=True))
    uri: str | None = Field(default=None, sa_column=words(nullable=True, index=True))
    created_at: int = Field(sa_column=moment())


class Mute(SQLModel, table=True):
    """An actor that does not want to see another one, with `notifications` not be told of it either; until `ends_at`, when that is
    set. Nobody else learns of it."""

    actor_id: int = Field(sa_column=reference("actor.id", primary=True))
    target_id: int = Field(sa_column=reference("actor.id", primary=True, index=True))
    notifications: bool
    ends_at: int | None = Field(default=None, sa_column=moment(nullable=True))
    created_at: int = Field(sa_column=moment())


class FollowerSync(SQLModel, table=True):
    """What a remote actor's server said last of the actor's followers here, when that is not what we know (FEP-8fcf): the address of
    its list, and the digest of the list."""

    __tablename__ = "follower_sync"

    actor_id: int = Field(sa_column=reference("actor.id", primary=True))
    url: str = Field(sa_column=words())
    digest: str
    heard_at: int = Field(sa_column=moment())
