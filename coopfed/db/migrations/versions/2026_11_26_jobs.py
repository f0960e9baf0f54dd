"""Jobs that are asked for while they run, and which claim of a job is the last."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_26_jobs"
down_revision = "2026_11_25_hashtags"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("job", sa.Column("again_at", sa.BigInteger(), nullable=True))
    op.add_column("job", sa.Column("fence", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    op.drop_column("job", "fence")
    op.drop_column("job", "again_at")
