"""Work in the background, and the processes that do it."""

from sqlalchemy import BigInteger, Column, Index, Integer, SmallInteger, UniqueConstraint
from sqlmodel import Field, SQLModel

from coopfed.db.models.base import IN_KEY_ORDER, moment, number, words


class Job(SQLModel, table=True):
    """A piece of background work. Unique by (kind, key): enqueuing twice is harmless. `payload` is not used (any more).

    `again_at` is when it was asked for once more while it was at work; `fence` how often it was claimed.
    """

    __table_args__ = (UniqueConstraint("kind", "key"), Index("ix_job_due_at", "due_at"))

    id: int = Field(sa_column=number(primary=True))
    kind: str
    key: str = Field(sa_column=words())
    payload: str = Field(sa_column=words(default="{}"))
    attempts: int = Field(default=0, sa_column=Column(SmallInteger, nullable=False, server_default="0"))
    done: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))
    total: int | None = None
    due_at: int = Field(sa_column=moment())
    lease_until: int = Field(default=0, sa_column=moment(default=0))
    error: str | None = Field(default=None, sa_column=words(nullable=True))
    again_at: int | None = Field(default=None, sa_column=moment(nullable=True))
    fence: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))


class Worker(SQLModel, table=True):
    """A leased worker number: part of every number a process mints."""

    number: int = Field(sa_column=Column(SmallInteger, primary_key=True, autoincrement=False))
    token: str
    lease_until: int = Field(sa_column=moment())


class RateCount(SQLModel, table=True):
    """How often something was asked for under a name in a window of time that began then, over all processes; see `coopfed.net.windows`.
    Only where several share the database."""

    __tablename__ = "rate_count"
    __table_args__ = (IN_KEY_ORDER,)

    name: str = Field(sa_column=words(primary_key=True))
    began_at: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False, index=True))
    count: int
