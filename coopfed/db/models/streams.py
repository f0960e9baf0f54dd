"""What happens here, for those who listen: numbers only, in the order of their commits, the last ten thousand."""

from sqlalchemy import BigInteger, Column, Integer
from sqlmodel import Field, SQLModel

from coopfed.db.models.base import words


def _named() -> Column[int]:
    # No reference: what is told of may be gone before it is told, and the rows go by themselves.
    return Column(BigInteger, nullable=True)


class StreamEvent(SQLModel, table=True):
    """Something that streams may tell: see `coopfed.features.streams.store` for the kinds, and what each names.

    `id` only grows, also after all rows were deleted: who listens asks for what is above the last one. `gone` is JSON: where a post
    stood that is deleted; of a reaction the emoji.
    """

    __tablename__ = "stream_event"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: int | None = Field(
        default=None,
        sa_column=Column(
            BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True, nullable=False
        ),
    )
    kind: str
    actor_id: int | None = Field(default=None, sa_column=_named())
    owner_id: int | None = Field(default=None, sa_column=_named())
    account_id: int | None = Field(default=None, sa_column=_named())
    object_id: int | None = Field(default=None, sa_column=_named())
    entry_id: int | None = Field(default=None, sa_column=_named())
    gone: str | None = Field(default=None, sa_column=words(nullable=True))
