"""Who speaks: actors of this node and of others, and their keys."""

from sqlalchemy import Boolean, Column, Index, Integer, SmallInteger, false, text
from sqlmodel import Field, SQLModel

from coopfed.db.models.base import moment, number, octets, reference, words


class Actor(SQLModel, table=True):
    """An actor, local or remote. `document` is the remote's raw document; ours is written from the row.

    `handle` with `handle_host` is the claimed name; it counts only while `handle_confirmed` (WebFinger led back to `uri`).
    `peer_id` is the host of its inbox, `host_id` that of its id: blocking either is enough.
    `suspended`: hidden, by its own host's word or while that host is asked again whether the actor is gone; `missing_at` is since
    when its id answers that it is not there, `missing_tries` how often it did. `suspended_at` is since when it is by the word of this
    node's operators, which outlasts the others; `limited` and `sensitized` are theirs alone (docs/moderation.md).
    `aliases` are ids, one a line, that the actor calls its own too (alsoKnownAs); `moved_at` is when a Move was last believed.
    A deleted actor keeps its row (`gone_at`), so that its handle is never given away again.
    """

    __table_args__ = (
        Index(
            "uq_actor_local_handle", "handle", unique=True, sqlite_where=text("local"), postgresql_where=text("local")
        ),
        Index("ix_actor_handle_handle_host", "handle", "handle_host"),
        Index(
            "ix_actor_elsewhere",
            "peer_id",
            sqlite_where=text("peer_id != host_id"),
            postgresql_where=text("peer_id != host_id"),
        ),
        Index(
            "ix_actor_url",
            "url",
            sqlite_where=text("url != uri AND length(url) < 500"),
            postgresql_where=text("url != uri AND length(url) < 500"),
        ),
    )

    id: int = Field(sa_column=number(primary=True))
    uri: str = Field(sa_column=words(unique=True))
    local: bool
    type: str
    handle: str
    handle_host: str
    handle_confirmed: bool = Field(default=False)
    name: str = Field(default="", sa_column=words(default=""))
    summary: str = Field(default="", sa_column=words(default=""))
    url: str | None = Field(default=None, sa_column=words(nullable=True))
    inbox: str = Field(sa_column=words(index=True))
    shared_inbox: str | None = Field(default=None, sa_column=words(nullable=True))
    followers_uri: str | None = Field(default=None, sa_column=words(nullable=True))
    featured_uri: str | None = Field(default=None, sa_column=words(nullable=True))
    peer_id: int | None = None
    host_id: int | None = None
    locked: bool = Field(default=False)
    discoverable: bool = Field(default=True)
    moved_to: str | None = Field(default=None, sa_column=words(nullable=True))
    moved_at: int | None = Field(default=None, sa_column=moment(nullable=True))
    aliases: str = Field(default="", sa_column=words(default=""))
    suspended: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))
    suspended_at: int | None = Field(default=None, sa_column=moment(nullable=True))
    limited: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))
    sensitized: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))
    missing_at: int | None = Field(default=None, sa_column=moment(nullable=True))
    missing_tries: int = Field(default=0, sa_column=Column(SmallInteger, nullable=False, server_default="0"))
    document: bytes | None = Field(default=None, sa_column=octets(nullable=True))
    policy_version: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))
    followers_count: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))
    following_count: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))
    posts_count: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))
    created_at: int = Field(sa_column=moment())
    updated_at: int = Field(sa_column=moment())
    fetched_at: int | None = Field(default=None, sa_column=moment(nullable=True))
    gone_at: int | None = Field(default=None, sa_column=moment(nullable=True))


class ActorDefault(SQLModel, table=True):
    """What an actor of ours says in a new post where nothing else is said; see `features/posts/defaults`. Empty: nothing.
    With `needs_approval` what its authors write waits for one of its editors; with `acknowledges` whoever replies to a request of its is
    thanked by a program."""

    __tablename__ = "actor_default"

    actor_id: int = Field(sa_column=reference("actor.id", primary=True))
    visibility: str = Field(default="", sa_column=words(default=""))
    language: str = Field(default="", sa_column=words(default=""))
    sensitive: bool = Field(default=False)
    markdown: bool = Field(default=False)
    quote_policy: str = Field(default="", sa_column=words(default=""))
    needs_approval: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))
    acknowledges: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))


class ActorKey(SQLModel, table=True):
    """A public key of an actor, and for ours the sealed private one. `retired_at`: kept only so that old proofs verify."""

    __tablename__ = "actor_key"

    uri: str = Field(sa_column=words(primary_key=True))
    actor_id: int = Field(sa_column=reference("actor.id", index=True))
    kind: str
    public: str = Field(sa_column=words())
    private: bytes | None = Field(default=None, sa_column=octets(nullable=True))
    created_at: int = Field(sa_column=moment())
    retired_at: int | None = Field(default=None, sa_column=moment(nullable=True))
