"""What is said: objects (posts), whom they mention, their hashtags and files, what they said before, and what was deleted."""

from sqlalchemy import BigInteger, Column, Float, Index, Integer, text
from sqlmodel import Field, SQLModel

from coopfed.db.models.base import IN_KEY_ORDER, moment, number, octets, reference, words


class Object(SQLModel, table=True):
    """A post, ours or a peer's. `content` is sanitised HTML (of `policy_version`), `source` what a member typed,
    `document` the raw object (theirs) or the serialised one (ours). `deleted_at` makes the row a tombstone without content.
    `policy` is the canonical interactionPolicy as JSON; `consent` empty, or what an answer waits for: see `features/consent`.
    `context` is the thread's name as its document says, `thread_id` the topmost post above it that is here (none: it begins one),
    and of that `looked_at` when the rest of the thread was last asked for."""

    __table_args__ = (
        Index("ix_object_actor_id_id", "actor_id", "id"),
        Index(
            "ix_object_orphan",
            "in_reply_to",
            sqlite_where=text("in_reply_to_id IS NULL AND in_reply_to IS NOT NULL"),
            postgresql_where=text("in_reply_to_id IS NULL AND in_reply_to IS NOT NULL"),
        ),
        Index(
            "ix_object_thread_id_id",
            "thread_id",
            "id",
            sqlite_where=text("thread_id IS NOT NULL"),
            postgresql_where=text("thread_id IS NOT NULL"),
        ),
        Index(
            "ix_object_url",
            "url",
            sqlite_where=text("url != uri AND length(url) < 500"),
            postgresql_where=text("url != uri AND length(url) < 500"),
        ),
    )

    id: int = Field(sa_column=number(primary=True))
    uri: str = Field(sa_column=words(unique=True))
    local: bool
    type: str
    actor_id: int = Field(sa_column=reference("actor.id"))
    account_id: int | None = Field(default=None, sa_column=reference("account.id", nullable=True))
    visibility: str
    content: str = Field(default="", sa_column=words(default=""))
    summary: str = Field(default="", sa_column=words(default=""))
    name: str = Field(default="", sa_column=words(default=""))
    source: str | None = Field(default=None, sa_column=words(nullable=True))
    language: str | None = None
    sensitive: bool = Field(default=False)
    url: str | None = Field(default=None, sa_column=words(nullable=True))
    in_reply_to: str | None = Field(default=None, sa_column=words(nullable=True))
    in_reply_to_id: int | None = Field(default=None, sa_column=reference("object.id", nullable=True, index=True))
    document: bytes = Field(sa_column=octets())
    policy_version: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))
    replies_count: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))
    likes_count: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))
    shares_count: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))
    published_at: int = Field(sa_column=moment())
    received_at: int = Field(sa_column=moment())
    updated_at: int | None = Field(default=None, sa_column=moment(nullable=True))
    deleted_at: int | None = Field(default=None, sa_column=moment(nullable=True))
    policy: str | None = Field(default=None, sa_column=words(nullable=True))
    consent: str = Field(default="", sa_column=words(default=""))
    context: str | None = Field(default=None, sa_column=words(nullable=True))
    thread_id: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    looked_at: int | None = Field(default=None, sa_column=moment(nullable=True))


class Mention(SQLModel, table=True):
    """An actor named in a post (and addressed by it); `actor_id` when the actor is known here."""

    __table_args__ = IN_KEY_ORDER

    object_id: int = Field(sa_column=reference("object.id", primary=True))
    href: str = Field(sa_column=words(primary_key=True))
    name: str = Field(sa_column=words(default=""))
    actor_id: int | None = Field(default=None, sa_column=reference("actor.id", nullable=True, index=True))


class Hashtag(SQLModel, table=True):
    """A hashtag of a post, lower-cased, without the sign. By `folded` it is found; none where another of the post folds to the same."""

    __table_args__ = (Index("ix_hashtag_folded_object_id", "folded", "object_id"), IN_KEY_ORDER)

    object_id: int = Field(sa_column=reference("object.id", primary=True))
    name: str = Field(sa_column=words(primary_key=True))
    folded: str | None = Field(default=None, sa_column=words(nullable=True))


class Attachment(SQLModel, table=True):
    """A file or link of a post, in its author's order. `focus_x` and `focus_y` lie in -1..1."""

    __table_args__ = (Index("ix_attachment_url", "url", postgresql_using="hash"), IN_KEY_ORDER)

    object_id: int = Field(sa_column=reference("object.id", primary=True))
    position: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    type: str
    url: str = Field(sa_column=words())
    media_type: str | None = None
    description: str = Field(default="", sa_column=words(default=""))
    width: int | None = None
    height: int | None = None
    blurhash: str | None = None
    focus_x: float | None = Field(default=None, sa_column=Column(Float, nullable=True))
    focus_y: float | None = Field(default=None, sa_column=Column(Float, nullable=True))


class Revision(SQLModel, table=True):
    """What a post said before an edit. `written_at` is when that text became the post's, not when it was replaced; `options` what its
    poll then asked, as a JSON list."""

    __table_args__ = IN_KEY_ORDER

    object_id: int = Field(sa_column=reference("object.id", primary=True))
    written_at: int = Field(sa_column=number(primary=True))
    name: str = Field(default="", sa_column=words(default=""))
    summary: str = Field(default="", sa_column=words(default=""))
    content: str = Field(sa_column=words())
    sensitive: bool = Field(default=False)
    options: str | None = Field(default=None, sa_column=words(nullable=True))


class Featured(SQLModel, table=True):
    """A post that its author pinned to the profile."""

    __table_args__ = IN_KEY_ORDER

    actor_id: int = Field(sa_column=reference("actor.id", primary=True))
    object_id: int = Field(sa_column=reference("object.id", primary=True, index=True))
    created_at: int = Field(sa_column=moment())


class Translation(SQLModel, table=True):
    """What a service made of a post in another language: cleaned `texts` as JSON. Good for the post as it was at `version`
    (milliseconds of its last edit, or of its publication)."""

    __table_args__ = (IN_KEY_ORDER,)

    object_id: int = Field(sa_column=reference("object.id", primary=True))
    language: str = Field(primary_key=True)
    version: int = Field(sa_column=moment())
    source_language: str
    provider: str
    texts: bytes = Field(sa_column=octets())
    created_at: int = Field(sa_column=moment())


class Tombstone(SQLModel, table=True):
    """An object that its author deleted, or an activity that its actor undid, before it was ever seen here: it does not come
    back. Kept for ever; tiny."""

    uri: str = Field(sa_column=words(primary_key=True))
    actor_id: int = Field(sa_column=reference("actor.id", primary=True))
    deleted_at: int = Field(sa_column=moment())
