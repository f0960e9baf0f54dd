"""Whom we tell elsewhere that something happened: browsers and phones (Web Push), and mailboxes."""

from sqlalchemy import Column, Integer, UniqueConstraint
from sqlmodel import Field, SQLModel

from coopfed.db.models.base import IN_KEY_ORDER, moment, octets, reference, words


class PushSubscription(SQLModel, table=True):
    """Where an app wants to be told, one for each token, and gone with it. `alerts` are types of notifications between blanks.

    `sealed` holds what whoever has it can use: endpoint, keys of the browser, and the token itself, which the message carries so that
    the app knows whose it is.
    """

    __tablename__ = "push_subscription"
    __table_args__ = (UniqueConstraint("token_id"), {"sqlite_autoincrement": True})

    # Small, and never used twice: Tusky reads it into 32 bits.
    id: int | None = Field(default=None, primary_key=True)
    token_id: int = Field(sa_column=reference("oauth_token.id"))
    account_id: int = Field(sa_column=reference("account.id", index=True))
    actor_id: int = Field(sa_column=reference("actor.id", index=True))
    alerts: str = Field(sa_column=words())
    policy: str
    standard: bool
    language: str
    sealed: bytes = Field(sa_column=octets())
    created_at: int = Field(sa_column=moment())


class VapidKey(SQLModel, table=True):
    """The key by which push services know this node (RFC 8292): one row, the private half sealed with SECRET_KEY."""

    __tablename__ = "vapid_key"

    id: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    public: str = Field(sa_column=words())
    sealed: bytes = Field(sa_column=octets())
    created_at: int = Field(sa_column=moment())


class MailWish(SQLModel, table=True):
    """Of which types of notifications an account wants mails; without a row the usual ones."""

    __tablename__ = "mail_wish"

    account_id: int = Field(sa_column=reference("account.id", primary=True))
    types: str = Field(sa_column=words())


class MailPending(SQLModel, table=True):
    """A notification of which an account is told by the next mail."""

    __tablename__ = "mail_pending"
    __table_args__ = (IN_KEY_ORDER,)

    account_id: int = Field(sa_column=reference("account.id", primary=True))
    notification_id: int = Field(sa_column=reference("notification.id", primary=True, index=True))
