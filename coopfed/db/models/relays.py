"""Relays that this node is subscribed to."""

from sqlmodel import Field, SQLModel

from coopfed.db.models.base import moment, number, reference, words

MASTODON, LITEPUB = "mastodon", "litepub"
PENDING, ACCEPTED = "pending", "accepted"


class Relay(SQLModel, table=True):
    """A relay: `style` is how it is spoken to, `inbox` where, `actor_id` who speaks for it once that is known; `follow_uri` the id of
    our Follow, for its Accept and Undo."""

    id: int = Field(sa_column=number(primary=True))
    inbox: str = Field(sa_column=words(unique=True))
    style: str
    state: str
    actor_id: int | None = Field(default=None, sa_column=reference("actor.id", nullable=True, index=True))
    peer_id: int
    follow_uri: str = Field(sa_column=words(index=True))
    created_at: int = Field(sa_column=moment())
