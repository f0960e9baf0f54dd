"""What actors show of themselves besides name and summary, the emojis of this node, and copies of others' pictures and files."""

from sqlalchemy import Boolean, Column, Index, false
from sqlmodel import Field, SQLModel

from coopfed.db.models.base import moment, number, reference, words

HAD, FAILED = "had", "failed"
"""A copy that lies here; one that could not be had, and when to ask again."""


class Profile(SQLModel, table=True):
    """Pictures and fields of an actor; one without a row has none.

    `fields` is a JSON list, see `actors.profile.Field`; `note` what one of ours typed as its summary. `avatar_url` and `header_url` are
    addresses as the actor's document has them; of ours `avatar_id` and `header_id` are the files (`media`) that lie there.
    """

    actor_id: int = Field(sa_column=reference("actor.id", primary=True))
    note: str = Field(default="", sa_column=words(default=""))
    fields: str = Field(default="[]", sa_column=words(default="[]"))
    avatar_url: str | None = Field(default=None, sa_column=words(nullable=True))
    avatar_description: str = Field(default="", sa_column=words(default=""))
    avatar_id: int | None = Field(default=None, sa_column=moment(nullable=True, index=True))
    header_url: str | None = Field(default=None, sa_column=words(nullable=True))
    header_description: str = Field(default="", sa_column=words(default=""))
    header_id: int | None = Field(default=None, sa_column=moment(nullable=True, index=True))
    indexable: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))
    hide_collections: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))


class Emoji(SQLModel, table=True):
    """A custom emoji of this node. `name` is the guessless part of where its picture lies; `category` groups it in pickers."""

    id: int = Field(sa_column=number(primary=True))
    shortcode: str = Field(sa_column=words(unique=True))
    category: str = Field(default="", sa_column=words(default=""))
    name: str = Field(sa_column=words(unique=True))
    media_type: str
    visible: bool = Field(default=True)
    created_at: int = Field(sa_column=moment())
    updated_at: int = Field(sa_column=moment())


class RemoteFile(SQLModel, table=True):
    """The copy of a picture or file of somebody else's. `name` is the seal of its address here (`coopfed.ids.Urls.copy`), under which
    it lies; `shape` what it is made into.

    `used_at` is roughly when somebody last looked at it; `again_at` when a failed one may be asked for again, or one that lies here be
    looked up anew.
    """

    __tablename__ = "remote_file"
    __table_args__ = (Index("ix_remote_file_used_at", "used_at"),)

    name: str = Field(sa_column=words(primary_key=True))
    url: str = Field(sa_column=words())
    shape: str
    state: str
    media_type: str = Field(default="", sa_column=words(default=""))
    size: int = Field(default=0, sa_column=moment(default=0))
    tries: int = Field(default=0)
    used_at: int = Field(sa_column=moment())
    again_at: int = Field(sa_column=moment())
