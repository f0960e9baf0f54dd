"""Whether whoever replies to a request is thanked by a program."""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_14_acknowledgements"
down_revision = "2026_12_13_matches"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("actor_default", sa.Column("acknowledges", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    op.drop_column("actor_default", "acknowledges")
