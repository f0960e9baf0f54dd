"""Posts that quote posts, and whether who is quoted agrees (FEP-044f)."""

from sqlmodel import Field, SQLModel

from coopfed.db.models.base import moment, reference, words

PENDING, ACCEPTED, REJECTED, REVOKED, UNVERIFIED = "pending", "accepted", "rejected", "revoked", "unverified"
"""Asked for by one of ours; agreed to; refused; taken back; of others, and nothing shows that it was agreed to."""


class Quote(SQLModel, table=True):
    """The quote in a post, ours or a peer's. `quoted_id` is None while the quoted post is not here.

    `request_uri` is the id of the QuoteRequest, sent or received; `authorization_uri` where the author's consent is shown. `legacy`:
    the post names it only as older software does. `checked_at` is when the consent was last looked at.
    """

    object_id: int = Field(sa_column=reference("object.id", primary=True))
    quoted_uri: str = Field(sa_column=words(index=True))
    quoted_id: int | None = Field(default=None, sa_column=reference("object.id", nullable=True, index=True))
    state: str
    legacy: bool = Field(default=False)
    request_uri: str | None = Field(default=None, sa_column=words(nullable=True, index=True))
    authorization_uri: str | None = Field(default=None, sa_column=words(nullable=True, index=True))
    created_at: int = Field(sa_column=moment())
    checked_at: int | None = Field(default=None, sa_column=moment(nullable=True, index=True))
