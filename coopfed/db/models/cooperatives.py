"""What cooperatives say of themselves in codes and numbers, ours and others."""

from sqlalchemy import BigInteger, Boolean, Column, Index, false
from sqlmodel import Field, SQLModel

from coopfed.db.models.base import IN_KEY_ORDER, reference, words


class Cooperative(SQLModel, table=True):
    """What an actor says of itself as a cooperative; one without a row says nothing of the kind.

    `names` is a JSON object from language to name, `descriptions` one to what `actors.cooperative.Description` has, `identifiers` a list
    of `actors.cooperative.Identifier`.
    """

    actor_id: int = Field(sa_column=reference("actor.id", primary=True))
    legal_name: str = Field(default="", sa_column=words(default=""))
    registry_category: str = Field(default="", sa_column=words(default=""))
    names: str = Field(default="{}", sa_column=words(default="{}"))
    descriptions: str = Field(default="{}", sa_column=words(default="{}"))
    identifiers: str = Field(default="[]", sa_column=words(default="[]"))
    members_count: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    workers_count: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    aggregation_consent: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))


class CooperativeCode(SQLModel, table=True):
    """One of its codes: of a `kind` (`actors.cooperative.Kind`), at a `place` among those of the kind."""

    __tablename__ = "cooperative_code"
    __table_args__ = (Index("ix_cooperative_code_kind_code", "kind", "code"), IN_KEY_ORDER)

    actor_id: int = Field(sa_column=reference("cooperative.actor_id", primary=True))
    kind: str = Field(sa_column=words(primary_key=True))
    code: str = Field(sa_column=words(primary_key=True))
    place: int = Field(default=0)
