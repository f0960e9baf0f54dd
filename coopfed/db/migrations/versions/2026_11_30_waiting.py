"""Posts of authors that wait for an editor."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_30_waiting"
down_revision = "2026_11_30_posting"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("scheduled_status", sa.Column("waiting", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("scheduled_status", sa.Column("approved_by", sa.BigInteger(), nullable=True))
    op.add_column("actor_default", sa.Column("needs_approval", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    op.drop_column("actor_default", "needs_approval")
    op.drop_column("scheduled_status", "approved_by")
    op.drop_column("scheduled_status", "waiting")
