"""Statuses for later, requests that came twice, and conversations that were read."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_30_posting"
down_revision = "2026_11_30_search"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "scheduled_status",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("actor_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("draft", sa.LargeBinary(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actor.id"], name=op.f("fk_scheduled_status_actor_id_actor"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_scheduled_status_account_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scheduled_status")),
    )
    op.create_index(op.f("ix_scheduled_status_actor_id"), "scheduled_status", ["actor_id"], unique=False)
    op.create_table(
        "scheduled_media",
        sa.Column(
            "media_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("scheduled_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["media_id"], ["media.id"], name=op.f("fk_scheduled_media_media_id_media"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["scheduled_id"],
            ["scheduled_status.id"],
            name=op.f("fk_scheduled_media_scheduled_id_scheduled_status"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("media_id", name=op.f("pk_scheduled_media")),
    )
    op.create_index(op.f("ix_scheduled_media_scheduled_id"), "scheduled_media", ["scheduled_id"], unique=False)
    op.create_table(
        "once",
        sa.Column(
            "account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column(
            "actor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("made_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_once_account_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["actor_id"], ["actor.id"], name=op.f("fk_once_actor_id_actor"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("account_id", "actor_id", "key", name=op.f("pk_once")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_once_created_at"), "once", ["created_at"], unique=False)
    op.create_table(
        "conversation_mark",
        sa.Column(
            "actor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column(
            "object_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("read_id", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("hidden_id", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actor.id"], name=op.f("fk_conversation_mark_actor_id_actor"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["object_id"], ["object.id"], name=op.f("fk_conversation_mark_object_id_object"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("actor_id", "object_id", name=op.f("pk_conversation_mark")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_conversation_mark_object_id"), "conversation_mark", ["object_id"], unique=False)


def downgrade() -> None:
    op.drop_table("conversation_mark")
    op.drop_table("once")
    op.drop_table("scheduled_media")
    op.drop_table("scheduled_status")
