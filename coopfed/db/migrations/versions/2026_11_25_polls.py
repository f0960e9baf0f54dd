"""Polls: their options, and who chose what."""

revision = "2026_11_25_polls"
down_revision = "2026_11_24_breadth"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
