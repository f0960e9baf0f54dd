"""Collaboration requests and offers, what is answered to them, and what was agreed."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, false, text
from sqlmodel import Field, SQLModel

from coopfed.db.models.base import IN_KEY_ORDER, moment, number, octets, reference, words

_OF_A_POST = text("post_id IS NOT NULL")
_PUBLISHED = text("published_at IS NOT NULL AND deleted_at IS NULL")


class Request(SQLModel, table=True):
    """A collaboration request or offer, ours or a peer's. `status` is what its owner said last: that an open one is past `expires_at` is
    computed when it is read. `content` is sanitised HTML, `source` what a member typed; amounts are decimals in text.

    `updated_at` is the version that its document names, `terms_at` when its terms changed last. `companion_uri` is the id of the post that
    shows it, `document` the Proposal (ours as it is served, theirs as it came; none for a draft). `waiting`: a draft that an editor has to
    publish. `folded` is all its words in the form in which they are searched. One with `deleted_at` has no content any more.
    """

    __table_args__ = (
        Index("ix_request_actor_id_id", "actor_id", "id"),
        Index("ix_request_board", "published_at", sqlite_where=_PUBLISHED, postgresql_where=_PUBLISHED),
        # All that is asked of a request before it is known to match: its row, which holds whole documents, is not looked at.
        Index(
            "ix_request_matching",
            *("purpose", "category", "status", "id", "actor_id", "published_at", "expires_at"),
            sqlite_where=_PUBLISHED,
            postgresql_where=_PUBLISHED,
        ),
        Index(
            "ix_request_companion_uri",
            "companion_uri",
            sqlite_where=text("companion_uri IS NOT NULL"),
            postgresql_where=text("companion_uri IS NOT NULL"),
        ),
    )

    id: int = Field(sa_column=number(primary=True))
    uri: str = Field(sa_column=words(unique=True))
    local: bool
    actor_id: int = Field(sa_column=reference("actor.id"))
    account_id: int | None = Field(default=None, sa_column=reference("account.id", nullable=True))
    purpose: str = Field(sa_column=words(default="request"))
    status: str = Field(sa_column=words())
    title: str = Field(sa_column=words(default=""))
    content: str = Field(sa_column=words(default=""))
    source: str = Field(sa_column=words(default=""))
    language: str | None = None
    category: str | None = Field(default=None, sa_column=words(nullable=True))
    unit: str = Field(sa_column=words(default=""))
    value: str | None = None
    available: str | None = None
    minimum: str | None = None
    all_or_nothing: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))
    reciprocal_unit: str | None = Field(default=None, sa_column=words(nullable=True))
    reciprocal_value: str | None = None
    reciprocal_resource: str | None = Field(default=None, sa_column=words(nullable=True))
    audience: str = Field(sa_column=words(default="public"))
    umbrella_id: int | None = Field(default=None, sa_column=reference("actor.id", nullable=True))
    url: str | None = Field(default=None, sa_column=words(nullable=True))
    companion_uri: str | None = Field(default=None, sa_column=words(nullable=True))
    waiting: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))
    folded: str = Field(default="", sa_column=words(default=""))
    document: bytes = Field(sa_column=octets())
    created_at: int = Field(sa_column=moment())
    published_at: int | None = Field(default=None, sa_column=moment(nullable=True))
    updated_at: int = Field(sa_column=moment())
    terms_at: int | None = Field(default=None, sa_column=moment(nullable=True))
    expires_at: int | None = Field(default=None, sa_column=moment(nullable=True))
    deleted_at: int | None = Field(default=None, sa_column=moment(nullable=True))


class RequestCode(SQLModel, table=True):
    """One of its codes: of a `kind` (sector, region, language, sdg), at a `place` among those of the kind."""

    __tablename__ = "request_code"
    __table_args__ = (Index("ix_request_code_kind_code", "kind", "code"), IN_KEY_ORDER)

    request_id: int = Field(sa_column=reference("request.id", primary=True))
    kind: str = Field(sa_column=words(primary_key=True))
    code: str = Field(sa_column=words(primary_key=True))
    place: int = Field(sa_column=Column(Integer, nullable=False))


class RequestTranslation(SQLModel, table=True):
    """Title and text in another language, by people; `source` is what a member typed."""

    __tablename__ = "request_translation"
    __table_args__ = (IN_KEY_ORDER,)

    request_id: int = Field(sa_column=reference("request.id", primary=True))
    language: str = Field(sa_column=words(primary_key=True))
    title: str = Field(sa_column=words(default=""))
    content: str = Field(sa_column=words(default=""))
    source: str = Field(sa_column=words(default=""))


class RequestRecipient(SQLModel, table=True):
    """An actor for whom a request is that names its readers."""

    __tablename__ = "request_recipient"
    __table_args__ = (IN_KEY_ORDER,)

    request_id: int = Field(sa_column=reference("request.id", primary=True))
    actor_id: int = Field(sa_column=reference("actor.id", primary=True, index=True))


class RequestFile(SQLModel, table=True):
    """A file that a member uploaded for a request of ours, at a `place` among its files; the post beside the request has it too."""

    __tablename__ = "request_file"

    media_id: int = Field(sa_column=reference("media.id", primary=True))
    request_id: int = Field(sa_column=reference("request.id", index=True))
    place: int = Field(sa_column=Column(Integer, nullable=False))


class Response(SQLModel, table=True):
    """An answer to a request, received here or sent from here; when both sides are of this node, one row is both.

    `written_at` is when its responder wrote it, which decides between two; `answers_at` the version of the request that it names.
    `document` is the Offer as it came, `signed` whether it carries a proof that holds. `superseded_by_uri` is the id of the Offer that
    came in its place. One that the owner's people made of a post has that post's number (the post may be gone) and the moment of the
    version that they read (`post_at`); its `uri` is a name of ours.
    """

    __table_args__ = (
        Index("ix_response_request_id_actor_id", "request_id", "actor_id"),
        Index(
            "uq_response_request_id_post_id",
            "request_id",
            "post_id",
            unique=True,
            sqlite_where=_OF_A_POST,
            postgresql_where=_OF_A_POST,
        ),
        Index("ix_response_post_id", "post_id", sqlite_where=_OF_A_POST, postgresql_where=_OF_A_POST),
    )

    id: int = Field(sa_column=number(primary=True))
    uri: str = Field(sa_column=words(unique=True))
    request_id: int = Field(sa_column=reference("request.id"))
    actor_id: int = Field(sa_column=reference("actor.id", index=True))
    account_id: int | None = Field(default=None, sa_column=reference("account.id", nullable=True))
    via: str = Field(sa_column=words())
    status: str = Field(sa_column=words())
    content: str = Field(sa_column=words(default=""))
    language: str | None = None
    value: str | None = None
    reciprocal_value: str | None = None
    reason: str | None = Field(default=None, sa_column=words(nullable=True))
    signed: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))
    superseded_by_uri: str | None = Field(default=None, sa_column=words(nullable=True))
    document: bytes = Field(sa_column=octets())
    written_at: int = Field(sa_column=moment())
    answers_at: int | None = Field(default=None, sa_column=moment(nullable=True))
    post_id: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    post_at: int | None = Field(default=None, sa_column=moment(nullable=True))
    created_at: int = Field(sa_column=moment())
    updated_at: int = Field(sa_column=moment())


class RequestMention(SQLModel, table=True):
    """A post for the owner of a request of ours that has a link to it: whoever wrote it may want to answer."""

    __tablename__ = "request_mention"
    __table_args__ = (IN_KEY_ORDER,)

    request_id: int = Field(sa_column=reference("request.id", primary=True))
    object_id: int = Field(sa_column=reference("object.id", primary=True, index=True))


class ResponseMessage(SQLModel, table=True):
    """A direct message between the two sides of an answer, about it."""

    __tablename__ = "response_message"
    __table_args__ = (IN_KEY_ORDER,)

    response_id: int = Field(sa_column=reference("response.id", primary=True))
    object_id: int = Field(sa_column=reference("object.id", primary=True, index=True))


class Agreement(SQLModel, table=True):
    """What was agreed on by accepting a response; `value` is the amount, none where nothing is counted. `document` is the Accept as it was
    sent, which holds the Agreement; the Offer stands with the response.

    Title, category, units and what is given in return are as they were agreed on, whatever becomes of the request. `code` opens its page
    for verification; `confirmation` is how the responder agreed, none while that is awaited.
    """

    __table_args__ = (
        Index(
            "ix_agreement_code",
            "code",
            unique=True,
            sqlite_where=text("code <> ''"),
            postgresql_where=text("code <> ''"),
        ),
    )

    id: int = Field(sa_column=number(primary=True))
    uri: str = Field(sa_column=words(unique=True))
    request_id: int = Field(sa_column=reference("request.id", index=True))
    response_id: int = Field(sa_column=reference("response.id", index=True))
    status: str = Field(sa_column=words())
    value: str | None = None
    document: bytes = Field(sa_column=octets())
    created_at: int = Field(sa_column=moment())
    updated_at: int = Field(sa_column=moment())
    code: str = Field(default="", sa_column=words(default=""))
    confirmation: str | None = Field(default=None, sa_column=words(nullable=True))
    title: str = Field(default="", sa_column=words(default=""))
    category: str | None = Field(default=None, sa_column=words(nullable=True))
    unit: str = Field(default="one", sa_column=words(default="one"))
    reciprocal_unit: str | None = Field(default=None, sa_column=words(nullable=True))
    reciprocal_value: str | None = None
    completed_at: int | None = Field(default=None, sa_column=moment(nullable=True))


class Receipt(SQLModel, table=True):
    """What one side says became of an agreement, which is named by its id: a receipt may come before the Accept does. `outcome` is
    fulfilled or unfulfilled, each side says each once at most; `document` is the activity as it came, `signed` whether it carries a proof
    that holds."""

    __table_args__ = (
        Index("ix_receipt_agreement_uri_actor_id_outcome", "agreement_uri", "actor_id", "outcome", unique=True),
    )

    id: int = Field(sa_column=number(primary=True))
    uri: str = Field(sa_column=words(unique=True))
    agreement_uri: str = Field(sa_column=words())
    actor_id: int = Field(sa_column=reference("actor.id", index=True))
    outcome: str = Field(sa_column=words())
    signed: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))
    document: bytes = Field(sa_column=octets())
    written_at: int = Field(sa_column=moment())
    created_at: int = Field(sa_column=moment())


class Story(SQLModel, table=True):
    """What one side of an agreement would like to tell of it, which the other has to agree to: sanitised HTML, and what a member of ours
    typed. `uri` is the id of the Offer, `post_uri` that of the post, when there is one."""

    id: int = Field(sa_column=number(primary=True))
    uri: str = Field(sa_column=words(unique=True))
    agreement_id: int = Field(sa_column=reference("agreement.id", index=True))
    actor_id: int = Field(sa_column=reference("actor.id", index=True))
    account_id: int | None = Field(default=None, sa_column=reference("account.id", nullable=True))
    state: str = Field(sa_column=words())
    content: str = Field(sa_column=words(default=""))
    source: str = Field(sa_column=words(default=""))
    language: str | None = None
    post_uri: str | None = Field(default=None, sa_column=words(nullable=True))
    document: bytes = Field(sa_column=octets())
    written_at: int = Field(sa_column=moment())
    updated_at: int = Field(sa_column=moment())


class AgreementLink(SQLModel, table=True):
    """What became of asking somebody without our software whether they agree. `hash` is that of the link's secret, none once it is void
    and for actors of ours, who say so signed in. `note_id` is the post that carried it, `created_at` when it was sent. `answer` is how
    they agreed: by the `link`, or by a `word` that the owner's people read."""

    __tablename__ = "agreement_link"

    agreement_id: int = Field(sa_column=reference("agreement.id", primary=True))
    hash: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True, unique=True))
    note_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    created_at: int = Field(sa_column=moment())
    answer: str | None = Field(default=None, sa_column=words(nullable=True))


class ProposalReader(SQLModel, table=True):
    """An actor of others that reads Proposals: `declared` in its document (FEP-844e), or it `spoke` the type to us first."""

    __tablename__ = "proposal_reader"

    actor_id: int = Field(sa_column=reference("actor.id", primary=True))
    declared: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))
    spoke: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))
