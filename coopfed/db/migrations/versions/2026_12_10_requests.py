"""Collaboration requests, answers to them, what was agreed, and who reads Proposals."""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_10_requests"
down_revision = "2026_12_09_memberships"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "proposal_reader",
        sa.Column(
            "actor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("declared", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("spoke", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actor.id"], name=op.f("fk_proposal_reader_actor_id_actor"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("actor_id", name=op.f("pk_proposal_reader")),
    )
    op.create_table(
        "request",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("uri", sa.Text(), nullable=False),
        sa.Column("local", sa.Boolean(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("purpose", sa.Text(), server_default="request", nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("content", sa.Text(), server_default="", nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("unit", sa.Text(), server_default="", nullable=False),
        sa.Column("value", sa.String(), nullable=True),
        sa.Column("available", sa.String(), nullable=True),
        sa.Column("minimum", sa.String(), nullable=True),
        sa.Column("all_or_nothing", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("reciprocal_unit", sa.Text(), nullable=True),
        sa.Column("reciprocal_value", sa.String(), nullable=True),
        sa.Column("reciprocal_resource", sa.Text(), nullable=True),
        sa.Column("audience", sa.Text(), server_default="public", nullable=False),
        sa.Column("umbrella_id", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("companion_uri", sa.Text(), nullable=True),
        sa.Column("waiting", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("folded", sa.Text(), server_default="", nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("published_at", sa.BigInteger(), nullable=True),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("terms_at", sa.BigInteger(), nullable=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_request_account_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["actor_id"], ["actor.id"], name=op.f("fk_request_actor_id_actor"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["umbrella_id"], ["actor.id"], name=op.f("fk_request_umbrella_id_actor"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request")),
        sa.UniqueConstraint("uri", name=op.f("uq_request_uri")),
    )
    op.create_index("ix_request_actor_id_id", "request", ["actor_id", "id"], unique=False)
    op.create_index(
        "ix_request_board",
        "request",
        ["published_at"],
        unique=False,
        sqlite_where=sa.text("published_at IS NOT NULL AND deleted_at IS NULL"),
        postgresql_where=sa.text("published_at IS NOT NULL AND deleted_at IS NULL"),
    )
    op.create_index(
        "ix_request_companion_uri",
        "request",
        ["companion_uri"],
        unique=False,
        sqlite_where=sa.text("companion_uri IS NOT NULL"),
        postgresql_where=sa.text("companion_uri IS NOT NULL"),
    )
    op.create_table(
        "request_code",
        sa.Column(
            "request_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"], ["request.id"], name=op.f("fk_request_code_request_id_request"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("request_id", "kind", "code", name=op.f("pk_request_code")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_request_code_kind_code", "request_code", ["kind", "code"], unique=False)
    op.create_table(
        "request_recipient",
        sa.Column(
            "request_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column(
            "actor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actor.id"], name=op.f("fk_request_recipient_actor_id_actor"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["request_id"], ["request.id"], name=op.f("fk_request_recipient_request_id_request"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("request_id", "actor_id", name=op.f("pk_request_recipient")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_request_recipient_actor_id"), "request_recipient", ["actor_id"], unique=False)
    op.create_table(
        "request_translation",
        sa.Column(
            "request_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("content", sa.Text(), server_default="", nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"], ["request.id"], name=op.f("fk_request_translation_request_id_request"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("request_id", "language", name=op.f("pk_request_translation")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "response",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("uri", sa.Text(), nullable=False),
        sa.Column("request_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("actor_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("via", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), server_default="", nullable=False),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("value", sa.String(), nullable=True),
        sa.Column("reciprocal_value", sa.String(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("signed", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("superseded_by_uri", sa.Text(), nullable=True),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("written_at", sa.BigInteger(), nullable=False),
        sa.Column("answers_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_response_account_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actor.id"], name=op.f("fk_response_actor_id_actor"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["request_id"], ["request.id"], name=op.f("fk_response_request_id_request"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_response")),
        sa.UniqueConstraint("uri", name=op.f("uq_response_uri")),
    )
    op.create_index(op.f("ix_response_actor_id"), "response", ["actor_id"], unique=False)
    op.create_index("ix_response_request_id_actor_id", "response", ["request_id", "actor_id"], unique=False)
    op.create_table(
        "agreement",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("uri", sa.Text(), nullable=False),
        sa.Column("request_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("response_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("value", sa.String(), nullable=True),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"], ["request.id"], name=op.f("fk_agreement_request_id_request"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["response_id"], ["response.id"], name=op.f("fk_agreement_response_id_response"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement")),
        sa.UniqueConstraint("uri", name=op.f("uq_agreement_uri")),
    )
    op.create_index(op.f("ix_agreement_request_id"), "agreement", ["request_id"], unique=False)
    op.create_index(op.f("ix_agreement_response_id"), "agreement", ["response_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_agreement_response_id"), table_name="agreement")
    op.drop_index(op.f("ix_agreement_request_id"), table_name="agreement")
    op.drop_table("agreement")
    op.drop_index("ix_response_request_id_actor_id", table_name="response")
    op.drop_index(op.f("ix_response_actor_id"), table_name="response")
    op.drop_table("response")
    op.drop_table("request_translation")
    op.drop_index(op.f("ix_request_recipient_actor_id"), table_name="request_recipient")
    op.drop_table("request_recipient")
    op.drop_index("ix_request_code_kind_code", table_name="request_code")
    op.drop_table("request_code")
    op.drop_index(
        "ix_request_companion_uri",
        table_name="request",
        sqlite_where=sa.text("companion_uri IS NOT NULL"),
        postgresql_where=sa.text("companion_uri IS NOT NULL"),
    )
    op.drop_index(
        "ix_request_board",
        table_name="request",
        sqlite_where=sa.text("published_at IS NOT NULL AND deleted_at IS NULL"),
        postgresql_where=sa.text("published_at IS NOT NULL AND deleted_at IS NULL"),
    )
    op.drop_index("ix_request_actor_id_id", table_name="request")
    op.drop_table("request")
    op.drop_table("proposal_reader")
