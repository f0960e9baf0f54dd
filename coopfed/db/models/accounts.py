"""Who signs in here: accounts, the actors they may speak as, and the tokens of their apps."""

from sqlmodel import Field, SQLModel

from coopfed.db.models.base import moment, number, reference, words


class Account(SQLModel, table=True):
    """A person who uses this node. `operator` may run it."""

    id: int = Field(sa_column=number(primary=True))
    email: str = Field(sa_column=words(unique=True))
    operator: bool = Field(default=False)
    created_at: int = Field(sa_column=moment())


class Role(SQLModel, table=True):
    """What an account may do as an actor (see `actors.roles`)."""

    account_id: int = Field(sa_column=reference("account.id", primary=True))
    actor_id: int = Field(sa_column=reference("actor.id", primary=True))
    role: str = Field(primary_key=True)


class OAuthToken(SQLModel, table=True):
    """A bearer token, stored only as a keyed hash: it speaks as one actor for one account."""

    __tablename__ = "oauth_token"

    hash: bytes = Field(primary_key=True)
    account_id: int = Field(sa_column=reference("account.id"))
    actor_id: int = Field(sa_column=reference("actor.id"))
    scopes: str = Field(sa_column=words())
    created_at: int = Field(sa_column=moment())
