"""Polls: what hangs on a Question, and who chose what."""

from sqlalchemy import Column, Integer
from sqlmodel import Field, SQLModel

from coopfed.db.models.base import IN_KEY_ORDER, moment, reference, words


class Poll(SQLModel, table=True):
    """The poll of a post, ours or a peer's. `ends_at` is None for one without an end; `closed_at` is set when it is over.

    Of ours, `tell_at` is when the results will be told, since votes came. Of a peer's, `refreshed_at` is when its counts were last
    heard; `hide_totals` that it does not tell them, and `voters_count` is None where it does not say how many voted.
    """

    object_id: int = Field(sa_column=reference("object.id", primary=True))
    multiple: bool
    hide_totals: bool
    ends_at: int | None = Field(default=None, sa_column=moment(nullable=True))
    closed_at: int | None = Field(default=None, sa_column=moment(nullable=True))
    voters_count: int | None = None
    tell_at: int | None = Field(default=None, sa_column=moment(nullable=True))
    refreshed_at: int | None = Field(default=None, sa_column=moment(nullable=True))


class PollOption(SQLModel, table=True):
    """What can be chosen, in its author's order, and how often it was."""

    __tablename__ = "poll_option"
    __table_args__ = IN_KEY_ORDER

    object_id: int = Field(sa_column=reference("poll.object_id", primary=True))
    position: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    title: str = Field(sa_column=words())
    votes_count: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))


class PollVote(SQLModel, table=True):
    """A choice of an actor, once for each option: of anybody in a poll of ours, of one of ours in a peer's. Nobody is shown who chose
    what. `account_id` is who of ours did it."""

    __tablename__ = "poll_vote"
    __table_args__ = IN_KEY_ORDER

    object_id: int = Field(sa_column=reference("poll.object_id", primary=True))
    actor_id: int = Field(sa_column=reference("actor.id", primary=True, index=True))
    position: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    account_id: int | None = Field(default=None, sa_column=reference("account.id", nullable=True))
    created_at: int = Field(sa_column=moment())
