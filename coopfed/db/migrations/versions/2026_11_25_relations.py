"""Mutes, and what a relation between two actors carries besides."""

revision = "2026_11_25_relations"
down_revision = "2026_11_25_quotes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
