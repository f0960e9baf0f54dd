"""Matches that somebody was shown or told of, which are computed whenever they are read, and who wants mails of them."""

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from coopfed.db.models.base import moment, number, reference, words


class KnownMatch(SQLModel, table=True):
    """A match that an actor of ours was shown or told of: of its request `for_id` (0: of its profile) with the request or profile (`kind`)
    that has the number `other_id`. Set aside since `dismissed_at`; a notification came at `noticed_at`, a mail at `mailed_at`. Points and
    reasons are not kept: they change with both sides."""

    __tablename__ = "known_match"
    __table_args__ = (
        UniqueConstraint("actor_id", "for_id", "kind", "other_id"),
        Index("ix_known_match_noticed", "actor_id", "noticed_at"),
    )

    id: int = Field(sa_column=number(primary=True))
    actor_id: int = Field(sa_column=reference("actor.id"))
    for_id: int = Field(sa_column=number())
    kind: str = Field(sa_column=words())
    other_id: int = Field(sa_column=number())
    dismissed_at: int | None = Field(default=None, sa_column=moment(nullable=True))
    noticed_at: int | None = Field(default=None, sa_column=moment(nullable=True))
    mailed_at: int | None = Field(default=None, sa_column=moment(nullable=True))
    created_at: int = Field(sa_column=moment(index=True))


class MatchDigest(SQLModel, table=True):
    """That an actor of ours wants mails of its matches: how often (`rhythm`), and when the next one is due."""

    __tablename__ = "match_digest"

    actor_id: int = Field(sa_column=reference("actor.id", primary=True))
    rhythm: str = Field(sa_column=words())
    due_at: int = Field(sa_column=moment())
