"""Memberships of cooperatives in umbrellas, ours and those of others that somebody asked about, and what each side signed."""

from sqlalchemy import Column, Index, LargeBinary, text
from sqlmodel import Field, SQLModel

from coopfed.db.models.base import IN_KEY_ORDER, moment, number, octets, reference, words

_LIVE = text("status <> 'ended'")


class Membership(SQLModel, table=True):
    """A membership. `umbrella_id` is None for one that a member declares in an umbrella without a node: `umbrella_code` says which.

    `status` and `state` as in `coopfed.features.memberships.rules`; `problems` are words between spaces; days are ISO dates. `offer_uri`
    and `invite_uri` are the ids of the activities that asked for it. `checked_at` is when both sides were last heard.
    """

    __table_args__ = (
        Index(
            "uq_membership_live",
            "member_id",
            "umbrella_id",
            unique=True,
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        ),
        Index(
            "uq_membership_declared",
            "member_id",
            "umbrella_code",
            unique=True,
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        ),
    )

    id: int = Field(sa_column=number(primary=True))
    member_id: int = Field(sa_column=reference("actor.id", index=True))
    umbrella_id: int | None = Field(default=None, sa_column=reference("actor.id", nullable=True, index=True))
    umbrella_code: str | None = Field(default=None, sa_column=words(nullable=True))
    kind: str = Field(sa_column=words())
    status: str = Field(sa_column=words())
    state: str = Field(sa_column=words())
    claimed_by: str | None = Field(default=None, sa_column=words(nullable=True))
    problems: str = Field(default="", sa_column=words(default=""))
    started_on: str = Field(sa_column=words())
    ended_on: str | None = Field(default=None, sa_column=words(nullable=True))
    offer_uri: str | None = Field(default=None, sa_column=words(nullable=True, index=True))
    invite_uri: str | None = Field(default=None, sa_column=words(nullable=True, index=True))
    created_at: int = Field(sa_column=moment())
    updated_at: int = Field(sa_column=moment())
    checked_at: int | None = Field(default=None, sa_column=moment(nullable=True, index=True))


class Attestation(SQLModel, table=True):
    """What one `side` (member, umbrella) of a membership signed, as it came or as it went out; `updated_at` is the moment that it bears.

    One of ours has the number of its id. An older one than is held never takes its place.
    """

    __table_args__ = (Index("uq_attestation_membership_id_side", "membership_id", "side", unique=True),)

    id: int = Field(sa_column=number(primary=True))
    membership_id: int = Field(sa_column=reference("membership.id"))
    side: str = Field(sa_column=words())
    uri: str = Field(sa_column=words(index=True))
    document: bytes = Field(sa_column=octets())
    updated_at: int = Field(sa_column=moment())


class MembershipNews(SQLModel, table=True):
    """What happened to a membership of an actor of ours that its next mail is to tell: an `event` of `memberships.news`."""

    __tablename__ = "membership_news"
    __table_args__ = (IN_KEY_ORDER,)

    actor_id: int = Field(sa_column=reference("actor.id", primary=True))
    membership_id: int = Field(sa_column=reference("membership.id", primary=True, index=True))
    event: str = Field(sa_column=words(primary_key=True))


class MailedInvitation(SQLModel, table=True):
    """An invitation that an umbrella sent to an address: `address` is a hash of the two. Whoever has the secret of which `hash` is the hash
    names the cooperative, once."""

    __tablename__ = "mailed_invitation"

    hash: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    address: bytes = Field(sa_column=Column(LargeBinary, unique=True, nullable=False))
    umbrella_id: int = Field(sa_column=reference("actor.id", index=True))
    name: str = Field(sa_column=words(default=""))
    kind: str = Field(sa_column=words())
    started_on: str = Field(sa_column=words())
    created_at: int = Field(sa_column=moment(index=True))
