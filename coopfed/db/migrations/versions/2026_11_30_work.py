"""What the processes of a node counted together for their rate limits."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_30_work"
down_revision = "2026_11_30_waiting"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rate_count",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", "began_at", name=op.f("pk_rate_count")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_rate_count_began_at"), "rate_count", ["began_at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_rate_count_began_at"), table_name="rate_count")
    op.drop_table("rate_count")
