"""Mutes, and what a relation between two actors carries besides."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_25_relations"
down_revision = "2026_11_25_quotes"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "mute",
        sa.Column("actor_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("target_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("notifications", sa.Boolean(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["actor.id"], name=op.f("fk_mute_actor_id_actor"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["target_id"], ["actor.id"], name=op.f("fk_mute_target_id_actor"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("actor_id", "target_id", name=op.f("pk_mute")),
    )
    op.create_index(op.f("ix_mute_target_id"), "mute", ["target_id"])
    op.create_table(
        "follower_sync",
        sa.Column("actor_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("heard_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actor.id"], name=op.f("fk_follower_sync_actor_id_actor"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("actor_id", name=op.f("pk_follower_sync")),
    )
    op.add_column("follow", sa.Column("boosts", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.add_column("follow", sa.Column("notify", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("follow", sa.Column("languages", sa.Text(), server_default="", nullable=False))
    # What was learnt before is learnt again: when it was, nobody noted.
    op.add_column("peer", sa.Column("scheme_at", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("peer", "scheme_at")
    for name in ("languages", "notify", "boosts"):
        op.drop_column("follow", name)
    for name in ("follower_sync", "mute"):
        op.drop_table(name)
