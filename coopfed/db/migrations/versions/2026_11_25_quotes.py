"""Quotes with their author's consent, and what authors allow."""

revision = "2026_11_25_quotes"
down_revision = "2026_11_25_polls"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
