"""Relays that this node is subscribed to."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_25_relays"
down_revision = "2026_11_25_threads"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "relay",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("inbox", sa.Text(), nullable=False),
        sa.Column("style", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("peer_id", sa.Integer(), nullable=False),
        sa.Column("follow_uri", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["actor.id"], name=op.f("fk_relay_actor_id_actor"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relay")),
        sa.UniqueConstraint("inbox", name=op.f("uq_relay_inbox")),
    )
    op.create_index(op.f("ix_relay_actor_id"), "relay", ["actor_id"], unique=False)
    op.create_index(op.f("ix_relay_follow_uri"), "relay", ["follow_uri"], unique=False)


def downgrade() -> None:
    op.drop_table("relay")
