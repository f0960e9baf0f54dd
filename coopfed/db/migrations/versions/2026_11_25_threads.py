"""Threads: the context a post belongs to, and previews of links."""

revision = "2026_11_25_threads"
down_revision = "2026_11_25_groups"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
