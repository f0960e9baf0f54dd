"""Keys with which people sign in without a password, and the challenges that were answered."""

from sqlmodel import Field, SQLModel

from coopfed.db.models.base import moment, number, octets, reference, words


class Passkey(SQLModel, table=True):
    """A passkey of an account (WebAuthn 4, *credential record*): its id, its public key in COSE, the counter that it showed last.

    `synced` says whether the authenticator may copy it to other devices, which never changes; `transports` how browsers reach it.
    """

    id: int = Field(sa_column=number(primary=True))
    account_id: int = Field(sa_column=reference("account.id", index=True))
    credential: bytes = Field(unique=True)
    public_key: bytes = Field(sa_column=octets())
    sign_count: int = Field(sa_column=moment(default=0))
    transports: str = Field(sa_column=words(default=""))
    synced: bool = Field(default=False)
    name: str = Field(sa_column=words())
    created_at: int = Field(sa_column=moment())
    used_at: int | None = Field(default=None, sa_column=moment(nullable=True))


class SpentChallenge(SQLModel, table=True):
    """A challenge that was answered, kept while its page could still be sent, so that nothing is taken twice."""

    __tablename__ = "spent_challenge"

    challenge: bytes = Field(primary_key=True)
    created_at: int = Field(sa_column=moment(index=True))
