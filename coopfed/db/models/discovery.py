"""What readers find without having asked for it: trends, and whom they do not want to be suggested."""

from sqlalchemy import BigInteger, Column
from sqlmodel import Field, SQLModel

from coopfed.db.models.base import IN_KEY_ORDER, moment, reference, words


class Trend(SQLModel, table=True):
    """A hashtag, post or page that many have to do with now (`kind`: tag, status, link); `ref` is its folded form, or its number.
    Computed anew every quarter of an hour, see `features/trends`."""

    __table_args__ = (IN_KEY_ORDER,)

    kind: str = Field(primary_key=True)
    ref: str = Field(sa_column=words(primary_key=True))
    name: str = Field(default="", sa_column=words(default=""))
    score: int = Field(sa_column=Column(BigInteger, nullable=False))
    computed_at: int = Field(sa_column=moment())


class SuggestionDismissal(SQLModel, table=True):
    """An actor that another one does not want to be suggested again."""

    __tablename__ = "suggestion_dismissal"
    __table_args__ = (IN_KEY_ORDER,)

    actor_id: int = Field(sa_column=reference("actor.id", primary=True))
    target_id: int = Field(sa_column=reference("actor.id", primary=True, index=True))
    created_at: int = Field(sa_column=moment())
