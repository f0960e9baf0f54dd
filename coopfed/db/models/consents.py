"""What authors of ours agreed to when they were asked: that a post of theirs is liked, answered or boosted (GoToSocial)."""

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from coopfed.db.models.base import moment, number, reference, words


class Consent(SQLModel, table=True):
    """Consent to one interaction with a post of ours, shown under its number. `kind` is like, reply or announce; `interacting_uri` the
    id of the Like, the answer or the Announce."""

    __table_args__ = (UniqueConstraint("object_id", "kind", "interacting_uri"),)

    id: int = Field(sa_column=number(primary=True))
    object_id: int = Field(sa_column=reference("object.id"))
    kind: str
    interacting_uri: str = Field(sa_column=words())
    created_at: int = Field(sa_column=moment())
