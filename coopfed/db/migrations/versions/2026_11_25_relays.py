"""Relays that this node is subscribed to."""

revision = "2026_11_25_relays"
down_revision = "2026_11_25_threads"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
