"""Groups: which posts stand in them, who looks after them, and who may post."""

from sqlalchemy import Boolean, Column, false
from sqlmodel import Field, SQLModel

from coopfed.db.models.base import IN_KEY_ORDER, moment, reference

ANYONE, FOLLOWERS, MODERATORS = "anyone", "followers", "moderators"
"""Who may post to a group of ours."""


class GroupPost(SQLModel, table=True):
    """A post or comment that stands in a group, ours or a peer's. `removed_at`: its moderators took it out, with `hidden` of its
    thread too, which was said to the group; `locked_at`: nobody comments on it any more."""

    __tablename__ = "group_post"
    __table_args__ = IN_KEY_ORDER

    object_id: int = Field(sa_column=reference("object.id", primary=True))
    group_id: int = Field(sa_column=reference("actor.id", primary=True, index=True))
    created_at: int = Field(sa_column=moment())
    removed_at: int | None = Field(default=None, sa_column=moment(nullable=True))
    locked_at: int | None = Field(default=None, sa_column=moment(nullable=True))
    hidden: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))


class GroupModerator(SQLModel, table=True):
    """An actor that looks after a group: of ours as the operator says, of a peer's as the group tells."""

    __tablename__ = "group_moderator"
    __table_args__ = IN_KEY_ORDER

    group_id: int = Field(sa_column=reference("actor.id", primary=True))
    actor_id: int = Field(sa_column=reference("actor.id", primary=True, index=True))
    created_at: int = Field(sa_column=moment())


class GroupRule(SQLModel, table=True):
    """Who may post to a group of ours (`posting`: anyone, followers, moderators); anyone, where there is no row."""

    __tablename__ = "group_rule"

    group_id: int = Field(sa_column=reference("actor.id", primary=True))
    posting: str
