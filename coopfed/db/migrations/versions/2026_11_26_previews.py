"""Previews of the pages that posts link to; posts and actors are found by the addresses of their pages."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_26_previews"
down_revision = "2026_11_26_moderation"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_OWN_PAGE = sa.text("url != uri AND length(url) < 500")


def upgrade() -> None:
    op.create_table(
        "preview",
        sa.Column("id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("provider", sa.Text(), server_default="", nullable=False),
        sa.Column("author", sa.Text(), server_default="", nullable=False),
        sa.Column("author_url", sa.Text(), server_default="", nullable=False),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("published_at", sa.BigInteger(), nullable=True),
        sa.Column("image_url", sa.Text(), nullable=True),
        sa.Column("image_width", sa.Integer(), nullable=True),
        sa.Column("image_height", sa.Integer(), nullable=True),
        sa.Column("image_description", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=True),
        sa.Column("asked_by", sa.BigInteger(), nullable=True),
        sa.Column("fetched_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_preview")),
        sa.UniqueConstraint("url", name=op.f("uq_preview_url")),
    )
    op.create_index("ix_preview_asked_by_asked_at", "preview", ["asked_by", "asked_at"], unique=False)
    op.create_table(
        "post_preview",
        sa.Column("object_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("preview_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["object_id"], ["object.id"], name=op.f("fk_post_preview_object_id_object"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["preview_id"], ["preview.id"], name=op.f("fk_post_preview_preview_id_preview"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("object_id", name=op.f("pk_post_preview")),
    )
    op.create_index(op.f("ix_post_preview_preview_id"), "post_preview", ["preview_id"], unique=False)
    for table in ("object", "actor"):
        op.create_index(
            f"ix_{table}_url", table, ["url"], unique=False, sqlite_where=_OWN_PAGE, postgresql_where=_OWN_PAGE
        )


def downgrade() -> None:
    for table in ("actor", "object"):
        op.drop_index(f"ix_{table}_url", table_name=table)
    op.drop_table("post_preview")
    op.drop_table("preview")
