"""Answers that are made of posts: which posts speak of a request, what both sides write about an answer, links to agree by."""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_11_comment_answers"
down_revision = "2026_12_10_requests"
branch_labels = None
depends_on = None

_OF_A_POST = sa.text("post_id IS NOT NULL")


def upgrade() -> None:
    op.add_column("response", sa.Column("post_id", sa.BigInteger(), nullable=True))
    op.add_column("response", sa.Column("post_at", sa.BigInteger(), nullable=True))
    op.create_index(
        "uq_response_request_id_post_id",
        "response",
        ["request_id", "post_id"],
        unique=True,
        sqlite_where=_OF_A_POST,
        postgresql_where=_OF_A_POST,
    )
    op.create_index(
        "ix_response_post_id", "response", ["post_id"], sqlite_where=_OF_A_POST, postgresql_where=_OF_A_POST
    )
    for name, of in (("request_mention", "request"), ("response_message", "response")):
        _pairs(name, of)
    op.create_table(
        "agreement_link",
        sa.Column(
            "agreement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("hash", sa.LargeBinary(), nullable=True),
        sa.Column("note_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["agreement_id"],
            ["agreement.id"],
            name=op.f("fk_agreement_link_agreement_id_agreement"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("agreement_id", name=op.f("pk_agreement_link")),
        sa.UniqueConstraint("hash", name=op.f("uq_agreement_link_hash")),
    )


def _pairs(name: str, of: str) -> None:
    op.create_table(
        name,
        sa.Column(
            f"{of}_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column(
            "object_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.ForeignKeyConstraint([f"{of}_id"], [f"{of}.id"], name=op.f(f"fk_{name}_{of}_id_{of}"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["object_id"], ["object.id"], name=op.f(f"fk_{name}_object_id_object"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint(f"{of}_id", "object_id", name=op.f(f"pk_{name}")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f(f"ix_{name}_object_id"), name, ["object_id"], unique=False)


def downgrade() -> None:
    op.drop_table("agreement_link")
    for name in ("response_message", "request_mention"):
        op.drop_index(op.f(f"ix_{name}_object_id"), table_name=name)
        op.drop_table(name)
    op.drop_index("ix_response_post_id", table_name="response")
    op.drop_index("uq_response_request_id_post_id", table_name="response")
    op.drop_column("response", "post_at")
    op.drop_column("response", "post_id")
