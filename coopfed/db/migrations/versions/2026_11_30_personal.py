"""What readers keep for themselves: bookmarks, lists, filters, markers, tags, notes, endorsements, hosts and threads they shut out."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_30_personal"
down_revision = "2026_11_30_sign_in"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "actor_note",
        sa.Column(
            "actor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column(
            "target_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actor.id"], name=op.f("fk_actor_note_actor_id_actor"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["target_id"], ["actor.id"], name=op.f("fk_actor_note_target_id_actor"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("actor_id", "target_id", name=op.f("pk_actor_note")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_actor_note_target_id"), "actor_note", ["target_id"], unique=False)
    op.create_table(
        "endorsement",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("actor_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("target_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actor.id"], name=op.f("fk_endorsement_actor_id_actor"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["target_id"], ["actor.id"], name=op.f("fk_endorsement_target_id_actor"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_endorsement")),
        sa.UniqueConstraint("actor_id", "target_id", name=op.f("uq_endorsement_actor_id_target_id")),
    )
    op.create_index(op.f("ix_endorsement_target_id"), "endorsement", ["target_id"], unique=False)
    op.create_table(
        "featured_tag",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("actor_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actor.id"], name=op.f("fk_featured_tag_actor_id_actor"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_featured_tag")),
        sa.UniqueConstraint("actor_id", "folded", name=op.f("uq_featured_tag_actor_id_folded")),
    )
    op.create_table(
        "filter",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("actor_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("contexts", sa.Text(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_filter_account_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["actor_id"], ["actor.id"], name=op.f("fk_filter_actor_id_actor"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filter")),
    )
    op.create_index(op.f("ix_filter_account_id"), "filter", ["account_id"], unique=False)
    op.create_index(op.f("ix_filter_actor_id"), "filter", ["actor_id"], unique=False)
    op.create_table(
        "followed_tag",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("actor_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actor.id"], name=op.f("fk_followed_tag_actor_id_actor"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_followed_tag")),
        sa.UniqueConstraint("actor_id", "folded", name=op.f("uq_followed_tag_actor_id_folded")),
    )
    op.create_index(op.f("ix_followed_tag_folded"), "followed_tag", ["folded"], unique=False)
    op.create_table(
        "host_block",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("actor_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actor.id"], name=op.f("fk_host_block_actor_id_actor"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_host_block")),
        sa.UniqueConstraint("actor_id", "host", name=op.f("uq_host_block_actor_id_host")),
    )
    op.create_table(
        "marker",
        sa.Column(
            "account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column(
            "actor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("timeline", sa.String(), nullable=False),
        sa.Column("last_read_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_marker_account_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["actor_id"], ["actor.id"], name=op.f("fk_marker_actor_id_actor"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("account_id", "actor_id", "timeline", name=op.f("pk_marker")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "reading_list",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("actor_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("replies", sa.String(), nullable=False),
        sa.Column("exclusive", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actor.id"], name=op.f("fk_reading_list_actor_id_actor"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading_list")),
    )
    op.create_index(op.f("ix_reading_list_actor_id"), "reading_list", ["actor_id"], unique=False)
    op.create_table(
        "bookmark",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("actor_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("object_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actor.id"], name=op.f("fk_bookmark_actor_id_actor"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["object_id"], ["object.id"], name=op.f("fk_bookmark_object_id_object"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bookmark")),
        sa.UniqueConstraint("actor_id", "object_id", name=op.f("uq_bookmark_actor_id_object_id")),
    )
    op.create_index(op.f("ix_bookmark_object_id"), "bookmark", ["object_id"], unique=False)
    op.create_table(
        "filter_keyword",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("filter_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("keyword", sa.Text(), nullable=False),
        sa.Column("whole_word", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["filter_id"], ["filter.id"], name=op.f("fk_filter_keyword_filter_id_filter"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filter_keyword")),
    )
    op.create_index(op.f("ix_filter_keyword_filter_id"), "filter_keyword", ["filter_id"], unique=False)
    op.create_table(
        "filter_status",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("filter_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("object_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["filter_id"], ["filter.id"], name=op.f("fk_filter_status_filter_id_filter"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["object_id"], ["object.id"], name=op.f("fk_filter_status_object_id_object"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filter_status")),
        sa.UniqueConstraint("filter_id", "object_id", name=op.f("uq_filter_status_filter_id_object_id")),
    )
    op.create_index(op.f("ix_filter_status_object_id"), "filter_status", ["object_id"], unique=False)
    op.create_table(
        "list_member",
        sa.Column("list_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column(
            "actor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actor.id"], name=op.f("fk_list_member_actor_id_actor"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["list_id"], ["reading_list.id"], name=op.f("fk_list_member_list_id_reading_list"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("list_id", "actor_id", name=op.f("pk_list_member")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_list_member_actor_id"), "list_member", ["actor_id"], unique=False)
    op.create_table(
        "muted_thread",
        sa.Column(
            "actor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column(
            "object_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actor.id"], name=op.f("fk_muted_thread_actor_id_actor"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["object_id"], ["object.id"], name=op.f("fk_muted_thread_object_id_object"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("actor_id", "object_id", name=op.f("pk_muted_thread")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_muted_thread_object_id"), "muted_thread", ["object_id"], unique=False)


def downgrade() -> None:
    for table in (
        "muted_thread",
        "list_member",
        "filter_status",
        "filter_keyword",
        "bookmark",
        "reading_list",
        "marker",
        "host_block",
        "followed_tag",
        "filter",
        "featured_tag",
        "endorsement",
        "actor_note",
    ):
        op.drop_table(table)
