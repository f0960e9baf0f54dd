"""Who signs in here: accounts, how they prove who they are, the actors they may speak as, their browsers and their apps.

Secrets are stored as keyed hashes only (see `coopfed.oauth.tokens.hashed`); what has to be read again is sealed with SECRET_KEY.
"""

from sqlmodel import Field, SQLModel

from coopfed.db.models.base import IN_KEY_ORDER, moment, number, octets, reference, words


class Account(SQLModel, table=True):
    """A person who uses this node. `operator` may run it.

    `password` is an argon2 hash, None until one was chosen. Nobody signs in before the address is confirmed and somebody approved
    (`approved_at`), or when `disabled_at` is set. `reason` is what a person wrote who asked to join. `totp` is the sealed secret of
    the second factor, in force from `totp_at` on; `totp_used` the last step that was used, so that a code is good once. From
    `passkey_step_at` on the account's passkeys are its second factor.
    """

    id: int = Field(sa_column=number(primary=True))
    email: str = Field(sa_column=words(unique=True))
    operator: bool = Field(default=False)
    created_at: int = Field(sa_column=moment())
    password: str | None = Field(default=None, sa_column=words(nullable=True))
    language: str | None = Field(default=None)
    reason: str = Field(default="", sa_column=words(default=""))
    confirmed_at: int | None = Field(default=None, sa_column=moment(nullable=True))
    approved_at: int | None = Field(default=None, sa_column=moment(nullable=True))
    disabled_at: int | None = Field(default=None, sa_column=moment(nullable=True))
    totp: bytes | None = Field(default=None, sa_column=octets(nullable=True))
    totp_at: int | None = Field(default=None, sa_column=moment(nullable=True))
    totp_used: int = Field(default=0, sa_column=moment(default=0))
    passkey_step_at: int | None = Field(default=None, sa_column=moment(nullable=True))


class Role(SQLModel, table=True):
    """What an account may do as an actor (see `actors.roles`)."""

    account_id: int = Field(sa_column=reference("account.id", primary=True))
    actor_id: int = Field(sa_column=reference("actor.id", primary=True, index=True))
    role: str = Field(primary_key=True)


class RecoveryCode(SQLModel, table=True):
    """A code that stands for the second factor once, for whoever lost it."""

    __tablename__ = "recovery_code"
    __table_args__ = (IN_KEY_ORDER,)

    account_id: int = Field(sa_column=reference("account.id", primary=True))
    hash: bytes = Field(primary_key=True)


class OneTimeLink(SQLModel, table=True):
    """A link that was sent or shown once: `purpose` is confirm, reset or invite. An invitation names the actor and the role."""

    __tablename__ = "one_time_link"

    hash: bytes = Field(primary_key=True)
    purpose: str
    account_id: int | None = Field(default=None, sa_column=reference("account.id", nullable=True, index=True))
    email: str = Field(sa_column=words())
    actor_id: int | None = Field(default=None, sa_column=reference("actor.id", nullable=True, index=True))
    role: str | None = Field(default=None)
    invited_by: int | None = Field(default=None, sa_column=reference("account.id", nullable=True))
    created_at: int = Field(sa_column=moment())


class Session(SQLModel, table=True):
    """A browser in which somebody is signed in."""

    hash: bytes = Field(primary_key=True)
    id: int = Field(sa_column=number(unique=True))
    account_id: int = Field(sa_column=reference("account.id", index=True))
    agent: str = Field(sa_column=words())
    address: str = Field(sa_column=words())
    created_at: int = Field(sa_column=moment())
    seen_at: int = Field(sa_column=moment())


class OAuthApp(SQLModel, table=True):
    """An app as it registered itself; `redirect_uris` one in a line, `scopes` all that it may ever ask for."""

    __tablename__ = "oauth_app"

    id: int = Field(sa_column=number(primary=True))
    client_id: str = Field(sa_column=words(unique=True))
    secret: bytes = Field(sa_column=octets())
    name: str = Field(sa_column=words())
    website: str | None = Field(default=None, sa_column=words(nullable=True))
    redirect_uris: str = Field(sa_column=words())
    scopes: str = Field(sa_column=words())
    created_at: int = Field(sa_column=moment())


class OAuthCode(SQLModel, table=True):
    """An authorization code; `token` is the hash of what it was exchanged for, so that a second use ends that."""

    __tablename__ = "oauth_code"

    hash: bytes = Field(primary_key=True)
    app_id: int = Field(sa_column=reference("oauth_app.id"))
    account_id: int = Field(sa_column=reference("account.id"))
    actor_id: int = Field(sa_column=reference("actor.id"))
    scopes: str = Field(sa_column=words())
    redirect_uri: str = Field(sa_column=words())
    challenge: str | None = Field(default=None, sa_column=words(nullable=True))
    token: bytes | None = Field(default=None, sa_column=octets(nullable=True))
    created_at: int = Field(sa_column=moment())


class OAuthToken(SQLModel, table=True):
    """A bearer token: it speaks as one actor for one account, or for an app alone (both None). Without an app: from the command line."""

    __tablename__ = "oauth_token"

    hash: bytes = Field(primary_key=True)
    id: int = Field(sa_column=number(unique=True))
    app_id: int | None = Field(default=None, sa_column=reference("oauth_app.id", nullable=True, index=True))
    account_id: int | None = Field(default=None, sa_column=reference("account.id", nullable=True, index=True))
    actor_id: int | None = Field(default=None, sa_column=reference("actor.id", nullable=True, index=True))
    scopes: str = Field(sa_column=words())
    created_at: int = Field(sa_column=moment())
    used_at: int | None = Field(default=None, sa_column=moment(nullable=True))


class Letter(SQLModel, table=True):
    """A mail that waits to be sent, sealed with SECRET_KEY since it may hold a link that lets people in."""

    id: int = Field(sa_column=number(primary=True))
    sealed: bytes = Field(sa_column=octets())
    created_at: int = Field(sa_column=moment())
