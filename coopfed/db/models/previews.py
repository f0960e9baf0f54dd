"""Pages that posts link to, and what they say of themselves."""

from sqlalchemy import BigInteger, Column, Index
from sqlmodel import Field, SQLModel

from coopfed.db.models.base import moment, number, reference, words

WAITING, FOUND, NOTHING, FAILED = "waiting", "found", "nothing", "failed"
"""Not asked for yet, or its turn has not come; it says something of itself; it has nothing to say; it could not be had."""


class Preview(SQLModel, table=True):
    """A page, by its address as it goes on the wire. Everything it says is plain text.

    `asked_at` is when it was last asked for and by whom (`asked_by`, the number of the actor who posted or boosted a link to it);
    `fetched_at` when the answer came. `image_url` is where its picture lies; nobody is led there by us.
    """

    __table_args__ = (
        Index("ix_preview_asked_by_asked_at", "asked_by", "asked_at"),
        Index("ix_preview_image_url", "image_url", postgresql_using="hash"),
    )

    id: int = Field(sa_column=number(primary=True))
    url: str = Field(sa_column=words(unique=True))
    state: str
    title: str = Field(default="", sa_column=words(default=""))
    description: str = Field(default="", sa_column=words(default=""))
    provider: str = Field(default="", sa_column=words(default=""))
    author: str = Field(default="", sa_column=words(default=""))
    author_url: str = Field(default="", sa_column=words(default=""))
    language: str | None = None
    published_at: int | None = Field(default=None, sa_column=moment(nullable=True))
    image_url: str | None = Field(default=None, sa_column=words(nullable=True))
    image_width: int | None = None
    image_height: int | None = None
    image_description: str = Field(default="", sa_column=words(default=""))
    created_at: int = Field(sa_column=moment())
    asked_at: int | None = Field(default=None, sa_column=moment(nullable=True))
    asked_by: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    fetched_at: int | None = Field(default=None, sa_column=moment(nullable=True))


class PostPreview(SQLModel, table=True):
    """Which page a post shows a preview of; `url` is the link as the post has it."""

    __tablename__ = "post_preview"

    object_id: int = Field(sa_column=reference("object.id", primary=True))
    preview_id: int = Field(sa_column=reference("preview.id", index=True))
    url: str = Field(sa_column=words())
