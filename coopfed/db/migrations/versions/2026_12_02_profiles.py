"""Pictures and fields of actors, custom emojis, copies of others' files. What actors of ours typed as their summary is not known any
more: their next edit says it."""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_02_profiles"
down_revision = "2026_12_01_push"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "profile",
        sa.Column("actor_id", _KEY, autoincrement=False, nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("fields", sa.Text(), server_default="[]", nullable=False),
        sa.Column("avatar_url", sa.Text(), nullable=True),
        sa.Column("avatar_description", sa.Text(), server_default="", nullable=False),
        sa.Column("avatar_id", sa.BigInteger(), nullable=True),
        sa.Column("header_url", sa.Text(), nullable=True),
        sa.Column("header_description", sa.Text(), server_default="", nullable=False),
        sa.Column("header_id", sa.BigInteger(), nullable=True),
        sa.Column("indexable", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("hide_collections", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["actor.id"], name=op.f("fk_profile_actor_id_actor"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("actor_id", name=op.f("pk_profile")),
    )
    op.create_index(op.f("ix_profile_avatar_id"), "profile", ["avatar_id"], unique=False)
    op.create_index(op.f("ix_profile_header_id"), "profile", ["header_id"], unique=False)
    op.create_table(
        "emoji",
        sa.Column("id", _KEY, autoincrement=False, nullable=False),
        sa.Column("shortcode", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), server_default="", nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("visible", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emoji")),
        sa.UniqueConstraint("name", name=op.f("uq_emoji_name")),
        sa.UniqueConstraint("shortcode", name=op.f("uq_emoji_shortcode")),
    )
    op.create_table(
        "remote_file",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("shape", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("media_type", sa.Text(), server_default="", nullable=False),
        sa.Column("size", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=False),
        sa.Column("again_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_remote_file")),
    )
    op.create_index("ix_remote_file_used_at", "remote_file", ["used_at"], unique=False)


def downgrade() -> None:
    op.drop_table("remote_file")
    op.drop_table("emoji")
    op.drop_table("profile")
