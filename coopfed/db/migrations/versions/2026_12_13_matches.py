"""What is remembered of matches, who wants mails of them; news of memberships, and invitations by mail."""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_13_matches"
down_revision = "2026_12_12_agreements"
branch_labels = None
depends_on = None

_PUBLISHED = sa.text("published_at IS NOT NULL AND deleted_at IS NULL")
_MATCHED = ["purpose", "category", "status", "id", "actor_id", "published_at", "expires_at"]


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "known_match",
        sa.Column("id", number, autoincrement=False, nullable=False),
        sa.Column("actor_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("for_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("other_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("dismissed_at", sa.BigInteger(), nullable=True),
        sa.Column("noticed_at", sa.BigInteger(), nullable=True),
        sa.Column("mailed_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actor.id"], name=op.f("fk_known_match_actor_id_actor"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_match")),
        sa.UniqueConstraint(
            "actor_id", "for_id", "kind", "other_id", name=op.f("uq_known_match_actor_id_for_id_kind_other_id")
        ),
    )
    op.create_index("ix_known_match_noticed", "known_match", ["actor_id", "noticed_at"])
    op.create_index(op.f("ix_known_match_created_at"), "known_match", ["created_at"])
    op.create_table(
        "match_digest",
        sa.Column("actor_id", number, autoincrement=False, nullable=False),
        sa.Column("rhythm", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actor.id"], name=op.f("fk_match_digest_actor_id_actor"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("actor_id", name=op.f("pk_match_digest")),
    )
    op.create_table(
        "membership_news",
        sa.Column("actor_id", number, autoincrement=False, nullable=False),
        sa.Column("membership_id", number, autoincrement=False, nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actor.id"], name=op.f("fk_membership_news_actor_id_actor"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["membership_id"],
            ["membership.id"],
            name=op.f("fk_membership_news_membership_id_membership"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("actor_id", "membership_id", "event", name=op.f("pk_membership_news")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_membership_news_membership_id"), "membership_news", ["membership_id"])
    op.create_table(
        "mailed_invitation",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=False),
        sa.Column("umbrella_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("started_on", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["umbrella_id"], ["actor.id"], name=op.f("fk_mailed_invitation_umbrella_id_actor"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_mailed_invitation")),
        sa.UniqueConstraint("address", name=op.f("uq_mailed_invitation_address")),
    )
    op.create_index(op.f("ix_mailed_invitation_umbrella_id"), "mailed_invitation", ["umbrella_id"])
    op.create_index(op.f("ix_mailed_invitation_created_at"), "mailed_invitation", ["created_at"])
    op.create_index("ix_request_matching", "request", _MATCHED, sqlite_where=_PUBLISHED, postgresql_where=_PUBLISHED)


def downgrade() -> None:
    op.drop_index("ix_request_matching", "request")
    for name in ("mailed_invitation", "membership_news", "match_digest", "known_match"):
        op.drop_table(name)
