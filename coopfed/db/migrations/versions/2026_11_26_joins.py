"""Follows that were asked for with a Join, to be answered so."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_26_joins"
down_revision = "2026_11_26_previews"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("follow", sa.Column("joined", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    op.drop_column("follow", "joined")
