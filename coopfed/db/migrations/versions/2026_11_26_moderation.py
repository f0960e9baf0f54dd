"""What a group's moderators took out is in no thread of the group."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_26_moderation"
down_revision = "2026_11_26_jobs"
branch_labels = None
depends_on = None

# Before, a post stood in a group of this node only when its author had addressed it there.
_TAKEN_OUT_HERE = """
UPDATE group_post SET hidden = true
WHERE removed_at IS NOT NULL AND group_id IN (SELECT id FROM actor WHERE local)
"""


def upgrade() -> None:
    op.add_column("group_post", sa.Column("hidden", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.execute(_TAKEN_OUT_HERE)


def downgrade() -> None:
    op.drop_column("group_post", "hidden")
