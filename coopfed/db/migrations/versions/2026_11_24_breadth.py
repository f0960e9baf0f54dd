"""Breadth: reactions and boosts, edits, files, pinned posts, reports, moves, an allow list."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_24_breadth"
down_revision = "2026_11_24_ground"
branch_labels = None
depends_on = None

_ELSEWHERE = sa.text("peer_id != host_id")
_ORPHANS = sa.text("in_reply_to_id IS NULL AND in_reply_to IS NOT NULL")

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ENTRY_REFERENCES = (
    sa.ForeignKeyConstraint(
        ["object_id"], ["object.id"], name="fk_timeline_entry_object_id_object", ondelete="CASCADE"
    ),
    sa.ForeignKeyConstraint(["owner_id"], ["actor.id"], name="fk_timeline_entry_owner_id_actor", ondelete="CASCADE"),
)


def upgrade() -> None:
    op.create_table(
        "report",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("uri", sa.Text(), nullable=False),
        sa.Column("reporter_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("target_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("object_uris", sa.Text(), server_default="", nullable=False),
        sa.Column("comment", sa.Text(), server_default="", nullable=False),
        sa.Column("forwarded", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("resolved_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_report_account_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["reporter_id"], ["actor.id"], name=op.f("fk_report_reporter_id_actor"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["target_id"], ["actor.id"], name=op.f("fk_report_target_id_actor"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
        sa.UniqueConstraint("reporter_id", "uri", name=op.f("uq_report_reporter_id_uri")),
    )
    op.create_index(op.f("ix_report_target_id"), "report", ["target_id"], unique=False)

    op.create_table(
        "attachment",
        sa.Column(
            "object_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=True),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("blurhash", sa.String(), nullable=True),
        sa.Column("focus_x", sa.Float(), nullable=True),
        sa.Column("focus_y", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["object_id"], ["object.id"], name=op.f("fk_attachment_object_id_object"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("object_id", "position", name=op.f("pk_attachment")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "featured",
        sa.Column(
            "actor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column(
            "object_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actor.id"], name=op.f("fk_featured_actor_id_actor"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["object_id"], ["object.id"], name=op.f("fk_featured_object_id_object"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("actor_id", "object_id", name=op.f("pk_featured")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_featured_object_id"), "featured", ["object_id"], unique=False)

    op.create_table(
        "reaction",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("object_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("content", sa.Text(), server_default="", nullable=False),
        sa.Column("visibility", sa.String(), nullable=False),
        sa.Column("uri", sa.Text(), nullable=True),
        sa.Column("account_id", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_reaction_account_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actor.id"], name=op.f("fk_reaction_actor_id_actor"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["object_id"], ["object.id"], name=op.f("fk_reaction_object_id_object"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reaction")),
        sa.UniqueConstraint(
            "actor_id", "object_id", "kind", "content", name=op.f("uq_reaction_actor_id_object_id_kind_content")
        ),
    )
    op.create_index("ix_reaction_actor_id_kind_id", "reaction", ["actor_id", "kind", "id"], unique=False)
    op.create_index("ix_reaction_object_id_kind_id", "reaction", ["object_id", "kind", "id"], unique=False)
    op.create_index(op.f("ix_reaction_uri"), "reaction", ["uri"], unique=False)

    op.create_table(
        "revision",
        sa.Column(
            "object_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column(
            "written_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("summary", sa.Text(), server_default="", nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("sensitive", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["object_id"], ["object.id"], name=op.f("fk_revision_object_id_object"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("object_id", "written_at", name=op.f("pk_revision")),
        sqlite_with_rowid=False,
    )
    op.add_column("actor", sa.Column("featured_uri", sa.Text(), nullable=True))
    op.add_column("actor", sa.Column("moved_at", sa.BigInteger(), nullable=True))
    op.add_column("actor", sa.Column("aliases", sa.Text(), server_default="", nullable=False))
    op.create_index(
        "ix_activity_public",
        "activity",
        ["actor_id", "id", "type"],
        sqlite_where=sa.text("public = 1"),
        postgresql_where=sa.text("public"),
    )
    op.create_index("ix_notification_recipient_id_id", "notification", ["recipient_id", "id"])
    op.create_index(op.f("ix_notification_from_id"), "notification", ["from_id"])
    op.create_index(op.f("ix_actor_inbox"), "actor", ["inbox"])
    op.create_index("ix_actor_elsewhere", "actor", ["peer_id"], sqlite_where=_ELSEWHERE, postgresql_where=_ELSEWHERE)
    op.add_column("block", sa.Column("uri", sa.Text(), nullable=True))
    op.create_index(op.f("ix_block_target_id"), "block", ["target_id"])
    op.create_index(op.f("ix_block_uri"), "block", ["uri"])
    op.add_column("object", sa.Column("likes_count", sa.Integer(), server_default="0", nullable=False))
    op.add_column("object", sa.Column("shares_count", sa.Integer(), server_default="0", nullable=False))
    op.create_index("ix_object_orphan", "object", ["in_reply_to"], sqlite_where=_ORPHANS, postgresql_where=_ORPHANS)
    op.add_column("actor", sa.Column("suspended", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("actor", sa.Column("missing_at", sa.BigInteger(), nullable=True))
    op.add_column("actor", sa.Column("missing_tries", sa.SmallInteger(), server_default="0", nullable=False))
    op.add_column("peer", sa.Column("blocked_by", sa.Text(), nullable=True))
    op.execute("UPDATE peer SET blocked_by = host WHERE blocked")
    op.add_column("peer", sa.Column("allowed", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("inbox_item", sa.Column("key_id", sa.Text(), nullable=True))
    op.add_column("inbox_item", sa.Column("signature_base", sa.LargeBinary(), nullable=True))
    _set_timelines_aside()
    op.create_table(
        "timeline_entry",
        sa.Column("owner_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("entry_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("object_id", sa.BigInteger(), autoincrement=False, nullable=False),
        *_ENTRY_REFERENCES,
        sa.PrimaryKeyConstraint("owner_id", "entry_id", name=op.f("pk_timeline_entry")),
        sa.UniqueConstraint("owner_id", "object_id", name=op.f("uq_timeline_entry_owner_id_object_id")),
        sqlite_with_rowid=False,
    )
    # What was placed before had no boosts: its entries are numbered as their posts.
    _bring_timelines_back("owner_id, entry_id, object_id", "owner_id, object_id, object_id")


def downgrade() -> None:
    _set_timelines_aside()
    op.create_table(
        "timeline_entry",
        sa.Column("owner_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("object_id", _NUMBER, autoincrement=False, nullable=False),
        *_ENTRY_REFERENCES,
        sa.PrimaryKeyConstraint("owner_id", "object_id", name=op.f("pk_timeline_entry")),
        sqlite_with_rowid=False,
    )
    _bring_timelines_back("owner_id, object_id", "owner_id, object_id")
    op.drop_column("inbox_item", "signature_base")
    op.drop_column("inbox_item", "key_id")
    op.drop_column("peer", "allowed")
    op.drop_column("peer", "blocked_by")
    op.drop_column("actor", "missing_tries")
    op.drop_column("actor", "missing_at")
    op.drop_column("actor", "suspended")
    op.drop_index("ix_object_orphan", "object")
    op.drop_column("object", "shares_count")
    op.drop_column("object", "likes_count")
    op.drop_index(op.f("ix_block_uri"), "block")
    op.drop_index(op.f("ix_block_target_id"), "block")
    op.drop_index("ix_actor_elsewhere", "actor")
    op.drop_index(op.f("ix_actor_inbox"), "actor")
    op.drop_index(op.f("ix_notification_from_id"), "notification")
    op.drop_index("ix_notification_recipient_id_id", "notification")
    op.drop_index("ix_activity_public", "activity")
    op.drop_column("block", "uri")
    op.drop_column("actor", "aliases")
    op.drop_column("actor", "moved_at")
    op.drop_column("actor", "featured_uri")
    for name in ("revision", "reaction", "featured", "attachment", "report"):
        op.drop_table(name)


def _set_timelines_aside() -> None:
    op.execute("CREATE TABLE set_aside AS SELECT owner_id, object_id FROM timeline_entry")
    op.drop_table("timeline_entry")


def _bring_timelines_back(columns: str, values: str) -> None:
    op.execute(f"INSERT INTO timeline_entry ({columns}) SELECT {values} FROM set_aside")
    op.drop_table("set_aside")
    op.create_index(op.f("ix_timeline_entry_object_id"), "timeline_entry", ["object_id"])
