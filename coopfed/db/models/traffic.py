"""The two queues and the hosts at their ends: what arrived, what we said, what is still to be delivered, and peers."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, SmallInteger, UniqueConstraint, false, text
from sqlmodel import Field, SQLModel

from coopfed.db.models.base import IN_KEY_ORDER, moment, number, octets, reference, words

WAITING, DONE, DEAD = 0, 1, 2
"""States of queue rows. Who works on a row is written on its lane, not on the row."""

NEVER = 2**62
"""The due moment of a lane without work."""


class Peer(SQLModel, table=True):
    """A host (authority) we deal with, and the lane of its deliveries: when work is due, who holds the lane and until when.

    `scheme` is the kind of signature that the host took at `scheme_at`. `failures` counts those in a row; `open_until` is the
    circuit; `slow` hosts wait in a lane of their own.
    `blocked` is what holds; `blocked_by` the host whose block that is: this one, or one that it is a subdomain or a port of.
    `allowed` excepts a host from the blocks of others, and from that of all hosts (ALLOWLIST), which is the row named `*`.
    `limited` is what holds, by the word of `limited_by`, as with blocks. The operators' own word on this very host was said at
    `judged_at`, with what else is kept out (`reject_media`, `reject_reports`), whether strangers are shown the whole name
    (`obfuscate`), and why (`public_comment`, `private_comment`).
    `software` is what its NodeInfo says it runs; `wraps`: it reads activities that a group passes on whole (FEP-1b12).
    """

    __table_args__ = (Index("ix_peer_slow_due_at", "slow", "due_at"),)

    id: int | None = Field(default=None, primary_key=True)
    host: str = Field(sa_column=words(unique=True))
    blocked: bool = Field(default=False)
    blocked_by: str | None = Field(default=None, sa_column=words(nullable=True))
    allowed: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))
    limited: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))
    limited_by: str | None = Field(default=None, sa_column=words(nullable=True))
    reject_media: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))
    reject_reports: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))
    obfuscate: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))
    public_comment: str = Field(default="", sa_column=words(default=""))
    private_comment: str = Field(default="", sa_column=words(default=""))
    judged_at: int | None = Field(default=None, sa_column=moment(nullable=True))
    software: str | None = None
    wraps: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))
    scheme: str = Field(default="cavage", sa_column=words(default="cavage"))
    scheme_at: int | None = Field(default=None, sa_column=moment(nullable=True))
    failures: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))
    slow: bool = Field(default=False)
    failing_since: int | None = Field(default=None, sa_column=moment(nullable=True))
    open_until: int = Field(default=0, sa_column=moment(default=0))
    last_heard_at: int | None = Field(default=None, sa_column=moment(nullable=True))
    last_success_at: int | None = Field(default=None, sa_column=moment(nullable=True))
    last_error: str | None = Field(default=None, sa_column=words(nullable=True))
    due_at: int = Field(default=NEVER, sa_column=moment(default=NEVER))
    lease_until: int = Field(default=0, sa_column=moment(default=0))


class InboxItem(SQLModel, table=True):
    """An accepted activity with the exact bytes that came. Origin, signer and scheme are columns, never read from its JSON.
    `key_id` and `signature_base` (what the signature was of: method, path, headers) go when the bytes go.

    Unique by (signer, activity id): redelivery is harmless, and nobody can take an id that a stranger will use.
    """

    __tablename__ = "inbox_item"
    __table_args__ = (
        UniqueConstraint("signer_id", "activity_uri"),
        Index(
            "ix_inbox_item_waiting",
            "signer_id",
            "id",
            sqlite_where=text("state = 0"),
            postgresql_where=text("state = 0"),
        ),
    )

    id: int = Field(sa_column=number(primary=True))
    signer_id: int = Field(sa_column=reference("actor.id"))
    activity_uri: str = Field(sa_column=words())
    type: str
    raw: bytes = Field(sa_column=octets())
    body_hash: bytes = Field(sa_column=octets())
    scheme: str
    key_id: str | None = Field(default=None, sa_column=words(nullable=True))
    signature_base: bytes | None = Field(default=None, sa_column=octets(nullable=True))
    trust: str
    received_at: int = Field(sa_column=moment())
    state: int = Field(default=WAITING, sa_column=Column(SmallInteger, nullable=False, server_default="0"))
    attempts: int = Field(default=0, sa_column=Column(SmallInteger, nullable=False, server_default="0"))
    due_at: int = Field(default=0, sa_column=moment(default=0))
    outcome: str | None = None
    error: str | None = Field(default=None, sa_column=words(nullable=True))


class InboxLane(SQLModel, table=True):
    """The lane of one signer's arrivals: they are processed in order, lanes beside each other. Narrow, since it is written often."""

    __tablename__ = "inbox_lane"
    __table_args__ = (Index("ix_inbox_lane_due_at", "due_at"),)

    actor_id: int = Field(sa_column=reference("actor.id", primary=True))
    due_at: int = Field(sa_column=moment())
    lease_until: int = Field(default=0, sa_column=moment(default=0))


class Activity(SQLModel, table=True):
    """What one of our actors said, serialised once: every delivery and the activity's URL serve these bytes."""

    __table_args__ = (
        # An outbox is counted and paged without reading bodies.
        Index(
            "ix_activity_public",
            "actor_id",
            "id",
            "type",
            sqlite_where=text("public = 1"),
            postgresql_where=text("public"),
        ),
    )

    id: int = Field(sa_column=number(primary=True))
    uri: str = Field(sa_column=words(unique=True))
    type: str
    actor_id: int = Field(sa_column=reference("actor.id", index=True))
    object_uri: str | None = Field(default=None, sa_column=words(nullable=True, index=True))
    body: bytes = Field(sa_column=octets())
    public: bool = Field(default=False)
    created_at: int = Field(sa_column=moment())


class Outgoing(SQLModel, table=True):
    """An activity whose hosts have not been told yet that they have work.

    Who publishes only adds a row; who claims deliveries opens the hosts' lanes. Otherwise every publish would change the rows of
    all its hosts, and on PostgreSQL fail against the senders that change them all the time.
    """

    activity_id: int = Field(sa_column=reference("activity.id", primary=True))


class Delivery(SQLModel, table=True):
    """One activity on its way to one inbox. `order_key` ties what must not overtake each other (the object's number)."""

    __table_args__ = (
        Index(
            "ix_delivery_waiting",
            "peer_id",
            "due_at",
            "activity_id",
            sqlite_where=text("state = 0"),
            postgresql_where=text("state = 0"),
        ),
        Index(
            "ix_delivery_order",
            "inbox",
            "order_key",
            "activity_id",
            sqlite_where=text("state = 0"),
            postgresql_where=text("state = 0"),
        ),
        IN_KEY_ORDER,
    )

    activity_id: int = Field(sa_column=reference("activity.id", primary=True))
    inbox: str = Field(sa_column=words(primary_key=True))
    # No foreign key: its check locks the peer's row, and fails under REPEATABLE READ against the senders that change it.
    peer_id: int
    order_key: int = Field(sa_column=Column(BigInteger, nullable=False))
    state: int = Field(default=WAITING, sa_column=Column(SmallInteger, nullable=False, server_default="0"))
    attempts: int = Field(default=0, sa_column=Column(SmallInteger, nullable=False, server_default="0"))
    due_at: int = Field(sa_column=moment())
    last_status: int | None = None
    last_error: str | None = Field(default=None, sa_column=words(nullable=True))
    done_at: int | None = Field(default=None, sa_column=moment(nullable=True))
