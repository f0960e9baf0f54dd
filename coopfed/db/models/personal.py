"""What readers keep for themselves and nobody else is told of: bookmarks, lists, filters, where they stopped reading.

What belongs to the actor is shared by all who speak as it; what belongs to (account, actor) is each reader's own (design 9).
"""

from sqlalchemy import Boolean, Column, Integer, UniqueConstraint, false
from sqlmodel import Field, SQLModel

from coopfed.db.models.base import IN_KEY_ORDER, moment, number, reference, words


class Bookmark(SQLModel, table=True):
    """A post that an actor of ours wants to find again; lists of them are in the order of `id`."""

    __table_args__ = (UniqueConstraint("actor_id", "object_id"),)

    id: int = Field(sa_column=number(primary=True))
    actor_id: int = Field(sa_column=reference("actor.id"))
    object_id: int = Field(sa_column=reference("object.id", index=True))


class ReadingList(SQLModel, table=True):
    """A list of an actor: `replies` is followed, list or none; of an `exclusive` one, members do not stand in home as well."""

    __tablename__ = "reading_list"

    id: int = Field(sa_column=number(primary=True))
    actor_id: int = Field(sa_column=reference("actor.id", index=True))
    title: str = Field(sa_column=words())
    replies: str = Field(default="list")
    exclusive: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))


class ListMember(SQLModel, table=True):
    """Who stands in a list."""

    __tablename__ = "list_member"
    __table_args__ = (IN_KEY_ORDER,)

    list_id: int = Field(sa_column=reference("reading_list.id", primary=True))
    actor_id: int = Field(sa_column=reference("actor.id", primary=True, index=True))


class Marker(SQLModel, table=True):
    """How far somebody has read a timeline (home, notifications); `version` grows with each change."""

    __table_args__ = (IN_KEY_ORDER,)

    account_id: int = Field(sa_column=reference("account.id", primary=True))
    actor_id: int = Field(sa_column=reference("actor.id", primary=True))
    timeline: str = Field(primary_key=True)
    last_read_id: int = Field(sa_column=number())
    version: int = Field(sa_column=Column(Integer, nullable=False))
    updated_at: int = Field(sa_column=moment())


class Filter(SQLModel, table=True):
    """What somebody does not want to see where (`contexts`: words), and what is done then: warn, hide or blur."""

    id: int = Field(sa_column=number(primary=True))
    account_id: int = Field(sa_column=reference("account.id", index=True))
    actor_id: int = Field(sa_column=reference("actor.id", index=True))
    title: str = Field(sa_column=words())
    contexts: str = Field(sa_column=words())
    action: str
    expires_at: int | None = Field(default=None, sa_column=moment(nullable=True))


class FilterKeyword(SQLModel, table=True):
    """A word or phrase of a filter."""

    __tablename__ = "filter_keyword"

    id: int = Field(sa_column=number(primary=True))
    filter_id: int = Field(sa_column=reference("filter.id", index=True))
    keyword: str = Field(sa_column=words())
    whole_word: bool = Field(default=True)


class FilterStatus(SQLModel, table=True):
    """A post of a filter."""

    __tablename__ = "filter_status"
    __table_args__ = (UniqueConstraint("filter_id", "object_id"),)

    id: int = Field(sa_column=number(primary=True))
    filter_id: int = Field(sa_column=reference("filter.id"))
    object_id: int = Field(sa_column=reference("object.id", index=True))


class FollowedTag(SQLModel, table=True):
    """A hashtag whose public posts an actor wants in home; `folded` as `text.render.folded_hashtag`."""

    __tablename__ = "followed_tag"
    __table_args__ = (UniqueConstraint("actor_id", "folded"),)

    id: int = Field(sa_column=number(primary=True))
    actor_id: int = Field(sa_column=reference("actor.id"))
    name: str = Field(sa_column=words())
    folded: str = Field(sa_column=words(index=True))


class FeaturedTag(SQLModel, table=True):
    """A hashtag that an actor shows on its profile."""

    __tablename__ = "featured_tag"
    __table_args__ = (UniqueConstraint("actor_id", "folded"),)

    id: int = Field(sa_column=number(primary=True))
    actor_id: int = Field(sa_column=reference("actor.id"))
    name: str = Field(sa_column=words())
    folded: str = Field(sa_column=words())


class ActorNote(SQLModel, table=True):
    """What an actor of ours notes about another one."""

    __tablename__ = "actor_note"
    __table_args__ = (IN_KEY_ORDER,)

    actor_id: int = Field(sa_column=reference("actor.id", primary=True))
    target_id: int = Field(sa_column=reference("actor.id", primary=True, index=True))
    text: str = Field(sa_column=words())


class Endorsement(SQLModel, table=True):
    """Whom an actor recommends on its profile."""

    __table_args__ = (UniqueConstraint("actor_id", "target_id"),)

    id: int = Field(sa_column=number(primary=True))
    actor_id: int = Field(sa_column=reference("actor.id"))
    target_id: int = Field(sa_column=reference("actor.id", index=True))


class HostBlock(SQLModel, table=True):
    """A host from which an actor wants to see nothing."""

    __tablename__ = "host_block"
    __table_args__ = (UniqueConstraint("actor_id", "host"),)

    id: int = Field(sa_column=number(primary=True))
    actor_id: int = Field(sa_column=reference("actor.id"))
    host: str = Field(sa_column=words())


class MutedThread(SQLModel, table=True):
    """A thread (by its topmost post) of which an actor wants no notifications."""

    __tablename__ = "muted_thread"
    __table_args__ = (IN_KEY_ORDER,)

    actor_id: int = Field(sa_column=reference("actor.id", primary=True))
    object_id: int = Field(sa_column=reference("object.id", primary=True, index=True))
