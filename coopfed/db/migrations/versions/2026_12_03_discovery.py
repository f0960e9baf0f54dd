"""Moderation, announcements, trends, held back notifications and translations."""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_03_discovery"
down_revision = "2026_12_02_profiles"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _moderation()
    _announcements()
    _discovery()
    _notifications()
    _translations()


def _moderation() -> None:
    op.create_table(
        "audit_log",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_log")),
    )
    op.create_index(op.f("ix_audit_log_target"), "audit_log", ["target"], unique=False)
    op.add_column("actor", sa.Column("suspended_at", sa.BigInteger(), nullable=True))
    op.add_column("actor", sa.Column("limited", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("actor", sa.Column("sensitized", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("peer", sa.Column("limited", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("peer", sa.Column("limited_by", sa.Text(), nullable=True))
    op.add_column("peer", sa.Column("reject_media", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("peer", sa.Column("reject_reports", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("peer", sa.Column("obfuscate", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("peer", sa.Column("public_comment", sa.Text(), server_default="", nullable=False))
    op.add_column("peer", sa.Column("private_comment", sa.Text(), server_default="", nullable=False))
    op.add_column("peer", sa.Column("judged_at", sa.BigInteger(), nullable=True))
    op.add_column("report", sa.Column("category", sa.Text(), server_default="other", nullable=False))
    op.add_column("report", sa.Column("rules", sa.Text(), server_default="", nullable=False))
    op.add_column("report", sa.Column("assigned_id", sa.BigInteger(), nullable=True))
    op.add_column("report", sa.Column("resolved_by_id", sa.BigInteger(), nullable=True))
    # Blocks from before are the operators' word too; nobody knows since when.
    op.execute("UPDATE peer SET judged_at = 0 WHERE blocked_by = host AND host != '*'")


def _announcements() -> None:
    op.create_table(
        "announcement",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=True),
        sa.Column("ends_at", sa.BigInteger(), nullable=True),
        sa.Column("all_day", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("published_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcement")),
    )
    op.create_table(
        "announcement_reaction",
        sa.Column(
            "announcement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_announcement_reaction_account_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["announcement_id"],
            ["announcement.id"],
            name=op.f("fk_announcement_reaction_announcement_id_announcement"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("announcement_id", "name", "account_id", name=op.f("pk_announcement_reaction")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_announcement_reaction_account_id"), "announcement_reaction", ["account_id"], unique=False)
    op.create_table(
        "announcement_read",
        sa.Column(
            "account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column(
            "announcement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_announcement_read_account_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["announcement_id"],
            ["announcement.id"],
            name=op.f("fk_announcement_read_announcement_id_announcement"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "announcement_id", name=op.f("pk_announcement_read")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_announcement_read_announcement_id"), "announcement_read", ["announcement_id"], unique=False
    )


def _discovery() -> None:
    op.create_table(
        "trend",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("score", sa.BigInteger(), nullable=False),
        sa.Column("computed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "ref", name=op.f("pk_trend")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "suggestion_dismissal",
        sa.Column(
            "actor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column(
            "target_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actor.id"], name=op.f("fk_suggestion_dismissal_actor_id_actor"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["target_id"], ["actor.id"], name=op.f("fk_suggestion_dismissal_target_id_actor"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("actor_id", "target_id", name=op.f("pk_suggestion_dismissal")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_suggestion_dismissal_target_id"), "suggestion_dismissal", ["target_id"], unique=False)


def _notifications() -> None:
    op.create_table(
        "notification_permission",
        sa.Column(
            "actor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("from_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actor.id"], name=op.f("fk_notification_permission_actor_id_actor"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["from_id"], ["actor.id"], name=op.f("fk_notification_permission_from_id_actor"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("actor_id", "from_id", name=op.f("pk_notification_permission")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_notification_permission_from_id"), "notification_permission", ["from_id"], unique=False)
    op.create_table(
        "notification_policy",
        sa.Column(
            "actor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("for_not_following", sa.String(), nullable=False),
        sa.Column("for_not_followers", sa.String(), nullable=False),
        sa.Column("for_new_accounts", sa.String(), nullable=False),
        sa.Column("for_private_mentions", sa.String(), nullable=False),
        sa.Column("for_limited_accounts", sa.String(), nullable=False),
        sa.Column("for_bots", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actor.id"], name=op.f("fk_notification_policy_actor_id_actor"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("actor_id", name=op.f("pk_notification_policy")),
    )
    op.add_column("notification", sa.Column("filtered", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index(
        "ix_notification_held",
        "notification",
        ["recipient_id", "from_id"],
        unique=False,
        sqlite_where=sa.text("filtered"),
        postgresql_where=sa.text("filtered"),
    )


def _translations() -> None:
    op.create_table(
        "translation",
        sa.Column(
            "object_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("source_language", sa.String(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("texts", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["object_id"], ["object.id"], name=op.f("fk_translation_object_id_object"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("object_id", "language", name=op.f("pk_translation")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_column("report", "resolved_by_id")
    op.drop_column("report", "assigned_id")
    op.drop_column("report", "rules")
    op.drop_column("report", "category")
    op.drop_column("peer", "judged_at")
    op.drop_column("peer", "private_comment")
    op.drop_column("peer", "public_comment")
    op.drop_column("peer", "obfuscate")
    op.drop_column("peer", "reject_reports")
    op.drop_column("peer", "reject_media")
    op.drop_column("peer", "limited_by")
    op.drop_column("peer", "limited")
    op.drop_index(
        "ix_notification_held",
        table_name="notification",
        sqlite_where=sa.text("filtered"),
        postgresql_where=sa.text("filtered"),
    )
    op.drop_column("notification", "filtered")
    op.drop_column("actor", "sensitized")
    op.drop_column("actor", "limited")
    op.drop_column("actor", "suspended_at")
    op.drop_table("translation")
    op.drop_index(op.f("ix_suggestion_dismissal_target_id"), table_name="suggestion_dismissal")
    op.drop_table("suggestion_dismissal")
    op.drop_table("notification_policy")
    op.drop_index(op.f("ix_notification_permission_from_id"), table_name="notification_permission")
    op.drop_table("notification_permission")
    op.drop_index(op.f("ix_announcement_read_announcement_id"), table_name="announcement_read")
    op.drop_table("announcement_read")
    op.drop_index(op.f("ix_announcement_reaction_account_id"), table_name="announcement_reaction")
    op.drop_table("announcement_reaction")
    op.drop_table("trend")
    op.drop_index(op.f("ix_audit_log_target"), table_name="audit_log")
    op.drop_table("audit_log")
    op.drop_table("announcement")
