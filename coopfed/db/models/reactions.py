"""What actors do to posts: likes, dislikes, emoji and boosts; and reports about actors."""

from sqlalchemy import BigInteger, Boolean, Column, Index, UniqueConstraint, false
from sqlmodel import Field, SQLModel

from coopfed.db.models.base import moment, number, reference, words


class Reaction(SQLModel, table=True):
    """A like, dislike, emoji or boost (`kind`: like, dislike, emoji, announce). A boost's number is that of its timeline entries.

    Unique by (actor, object, kind, content), so that redelivery and a second client are harmless. `content` is the emoji.
    `uri` is the id of the activity, for its Undo; `account_id` who of ours did it. `pending`: one of ours, and the author of the post has
    not agreed yet.
    """

    __table_args__ = (
        UniqueConstraint("actor_id", "object_id", "kind", "content"),
        Index("ix_reaction_object_id_kind_id", "object_id", "kind", "id"),
        Index("ix_reaction_actor_id_kind_id", "actor_id", "kind", "id"),
    )

    id: int = Field(sa_column=number(primary=True))
    kind: str
    actor_id: int = Field(sa_column=reference("actor.id"))
    object_id: int = Field(sa_column=reference("object.id"))
    content: str = Field(default="", sa_column=words(default=""))
    visibility: str
    uri: str | None = Field(default=None, sa_column=words(nullable=True, index=True))
    account_id: int | None = Field(default=None, sa_column=reference("account.id", nullable=True))
    created_at: int = Field(sa_column=moment())
    pending: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))


class Report(SQLModel, table=True):
    """A complaint about an actor and some of its posts (`object_uris`, one id a line), from here or sent to us (Flag).

    `category` is spam, legal, violation or other; `rules` are the numbers of the broken rules between commas. `assigned_id` is the
    actor as which an operator looks at it, `resolved_by_id` as which one did.
    """

    __table_args__ = (UniqueConstraint("reporter_id", "uri"),)

    id: int = Field(sa_column=number(primary=True))
    uri: str = Field(sa_column=words())
    reporter_id: int = Field(sa_column=reference("actor.id"))
    target_id: int = Field(sa_column=reference("actor.id", index=True))
    account_id: int | None = Field(default=None, sa_column=reference("account.id", nullable=True))
    object_uris: str = Field(default="", sa_column=words(default=""))
    comment: str = Field(default="", sa_column=words(default=""))
    forwarded: bool = Field(default=False)
    created_at: int = Field(sa_column=moment())
    resolved_at: int | None = Field(default=None, sa_column=moment(nullable=True))
    category: str = Field(default="other", sa_column=words(default="other"))
    rules: str = Field(default="", sa_column=words(default=""))
    assigned_id: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    resolved_by_id: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
