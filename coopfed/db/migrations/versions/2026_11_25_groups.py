"""Groups: members, moderators, and what they passed on."""

revision = "2026_11_25_groups"
down_revision = "2026_11_25_relations"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
