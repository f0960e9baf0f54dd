"""What is searched: texts in the form of `coopfed.text.fold`, beside what they are of, so that a search reads nothing else."""

from sqlmodel import Field, SQLModel

from coopfed.db.models.base import reference, words


class ActorText(SQLModel, table=True):
    """Handle and name of an actor that is there."""

    __tablename__ = "actor_text"

    actor_id: int = Field(sa_column=reference("actor.id", primary=True))
    folded: str = Field(sa_column=words())


class ObjectText(SQLModel, table=True):
    """Title, warning and text of a post."""

    __tablename__ = "object_text"

    object_id: int = Field(sa_column=reference("object.id", primary=True))
    folded: str = Field(sa_column=words())
