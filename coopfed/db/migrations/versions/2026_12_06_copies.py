"""Files of posts and pictures of pages, found by their addresses: copies of them are shown as long as something here has them."""

from alembic import op

revision = "2026_12_06_copies"
down_revision = "2026_12_05_passkeys"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Hashed on PostgreSQL: an address may be longer than what its trees take.
    op.create_index(op.f("ix_attachment_url"), "attachment", ["url"], unique=False, postgresql_using="hash")
    op.create_index(op.f("ix_preview_image_url"), "preview", ["image_url"], unique=False, postgresql_using="hash")


def downgrade() -> None:
    op.drop_index(op.f("ix_preview_image_url"), table_name="preview")
    op.drop_index(op.f("ix_attachment_url"), table_name="attachment")
