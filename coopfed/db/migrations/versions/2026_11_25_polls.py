"""Polls: their options, and who chose what."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_25_polls"
down_revision = "2026_11_24_breadth"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "poll",
        sa.Column("object_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("multiple", sa.Boolean(), nullable=False),
        sa.Column("hide_totals", sa.Boolean(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=True),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("voters_count", sa.Integer(), nullable=True),
        sa.Column("tell_at", sa.BigInteger(), nullable=True),
        sa.Column("refreshed_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["object_id"], ["object.id"], name=op.f("fk_poll_object_id_object"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("object_id", name=op.f("pk_poll")),
    )
    op.create_table(
        "poll_option",
        sa.Column("object_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("votes_count", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["object_id"], ["poll.object_id"], name=op.f("fk_poll_option_object_id_poll"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("object_id", "position", name=op.f("pk_poll_option")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "poll_vote",
        sa.Column("object_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("actor_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["object_id"], ["poll.object_id"], name=op.f("fk_poll_vote_object_id_poll"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actor.id"], name=op.f("fk_poll_vote_actor_id_actor"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_poll_vote_account_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("object_id", "actor_id", "position", name=op.f("pk_poll_vote")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_poll_vote_actor_id"), "poll_vote", ["actor_id"], unique=False)
    op.add_column("revision", sa.Column("options", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("revision", "options")
    for name in ("poll_vote", "poll_option", "poll"):
        op.drop_table(name)
