"""What operators do: the record of it, and what they announce to everybody who signs in here."""

from sqlalchemy import BigInteger, Boolean, Column, false
from sqlmodel import Field, SQLModel

from coopfed.db.models.base import IN_KEY_ORDER, moment, number, reference, words


class AuditLog(SQLModel, table=True):
    """One act of an operator: `account_id` is theirs, None for the command line. `target` names what it was done to (a host, an
    actor's id, the number of a report), `detail` what else there is to say. Rows are never changed, and outlive the account."""

    __tablename__ = "audit_log"

    id: int = Field(sa_column=number(primary=True))
    account_id: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    action: str
    target: str = Field(sa_column=words(index=True))
    detail: str = Field(default="", sa_column=words(default=""))
    created_at: int = Field(sa_column=moment())


class Announcement(SQLModel, table=True):
    """What operators tell everybody who signs in here: plain text as it was typed. It is about a time, when there is one (`starts_at`,
    `ends_at`; whole days with `all_day`), and is shown until that is over."""

    id: int = Field(sa_column=number(primary=True))
    text: str = Field(sa_column=words())
    starts_at: int | None = Field(default=None, sa_column=moment(nullable=True))
    ends_at: int | None = Field(default=None, sa_column=moment(nullable=True))
    all_day: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))
    published_at: int = Field(sa_column=moment())
    updated_at: int = Field(sa_column=moment())


class AnnouncementRead(SQLModel, table=True):
    """Who put an announcement away: a person, whoever they speak as."""

    __tablename__ = "announcement_read"
    __table_args__ = (IN_KEY_ORDER,)

    account_id: int = Field(sa_column=reference("account.id", primary=True))
    announcement_id: int = Field(sa_column=reference("announcement.id", primary=True, index=True))


class AnnouncementReaction(SQLModel, table=True):
    """What a person thinks of an announcement: an emoji, several of them."""

    __tablename__ = "announcement_reaction"
    __table_args__ = (IN_KEY_ORDER,)

    announcement_id: int = Field(sa_column=reference("announcement.id", primary=True))
    name: str = Field(sa_column=words(primary_key=True))
    account_id: int = Field(sa_column=reference("account.id", primary=True, index=True))
    created_at: int = Field(sa_column=moment())
