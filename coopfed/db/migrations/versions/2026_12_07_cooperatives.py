"""What cooperatives say of themselves, with their codes."""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_07_cooperatives"
down_revision = "2026_12_06_copies"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cooperative",
        sa.Column(
            "actor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("legal_name", sa.Text(), server_default="", nullable=False),
        sa.Column("registry_category", sa.Text(), server_default="", nullable=False),
        sa.Column("names", sa.Text(), server_default="{}", nullable=False),
        sa.Column("descriptions", sa.Text(), server_default="{}", nullable=False),
        sa.Column("identifiers", sa.Text(), server_default="[]", nullable=False),
        sa.Column("members_count", sa.BigInteger(), nullable=True),
        sa.Column("workers_count", sa.BigInteger(), nullable=True),
        sa.Column("aggregation_consent", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actor.id"], name=op.f("fk_cooperative_actor_id_actor"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("actor_id", name=op.f("pk_cooperative")),
    )
    op.create_table(
        "cooperative_code",
        sa.Column(
            "actor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"],
            ["cooperative.actor_id"],
            name=op.f("fk_cooperative_code_actor_id_cooperative"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("actor_id", "kind", "code", name=op.f("pk_cooperative_code")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_cooperative_code_kind_code", "cooperative_code", ["kind", "code"], unique=False)


def downgrade() -> None:
    op.drop_table("cooperative_code")
    op.drop_table("cooperative")
