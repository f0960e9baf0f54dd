"""Quotes with their author's consent, and what authors allow."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_25_quotes"
down_revision = "2026_11_25_polls"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "quote",
        sa.Column(
            "object_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("quoted_uri", sa.Text(), nullable=False),
        sa.Column("quoted_id", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("legacy", sa.Boolean(), nullable=False),
        sa.Column("request_uri", sa.Text(), nullable=True),
        sa.Column("authorization_uri", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("checked_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["object_id"], ["object.id"], name=op.f("fk_quote_object_id_object"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["quoted_id"], ["object.id"], name=op.f("fk_quote_quoted_id_object"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("object_id", name=op.f("pk_quote")),
    )
    for name in ("quoted_uri", "quoted_id", "request_uri", "authorization_uri", "checked_at"):
        op.create_index(op.f(f"ix_quote_{name}"), "quote", [name], unique=False)
    op.add_column("object", sa.Column("policy", sa.Text(), nullable=True))
    op.add_column("object", sa.Column("consent", sa.Text(), server_default="", nullable=False))
    op.add_column("reaction", sa.Column("pending", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    op.drop_column("reaction", "pending")
    op.drop_column("object", "consent")
    op.drop_column("object", "policy")
    op.drop_table("quote")
