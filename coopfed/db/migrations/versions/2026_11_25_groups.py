"""Groups: members, moderators, and what they passed on."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_25_groups"
down_revision = "2026_11_25_relations"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _reference(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}_{target}"), ondelete="CASCADE"
    )


def upgrade() -> None:
    op.create_table(
        "group_post",
        sa.Column("object_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("group_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("removed_at", sa.BigInteger(), nullable=True),
        sa.Column("locked_at", sa.BigInteger(), nullable=True),
        _reference("group_post", "object_id", "object"),
        _reference("group_post", "group_id", "actor"),
        sa.PrimaryKeyConstraint("object_id", "group_id", name=op.f("pk_group_post")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_group_post_group_id"), "group_post", ["group_id"], unique=False)
    op.create_table(
        "group_moderator",
        sa.Column("group_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("actor_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        _reference("group_moderator", "group_id", "actor"),
        _reference("group_moderator", "actor_id", "actor"),
        sa.PrimaryKeyConstraint("group_id", "actor_id", name=op.f("pk_group_moderator")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_group_moderator_actor_id"), "group_moderator", ["actor_id"], unique=False)
    op.create_table(
        "group_rule",
        sa.Column("group_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("posting", sa.String(), nullable=False),
        _reference("group_rule", "group_id", "actor"),
        sa.PrimaryKeyConstraint("group_id", name=op.f("pk_group_rule")),
    )
    op.add_column("peer", sa.Column("software", sa.String(), nullable=True))
    op.add_column("peer", sa.Column("wraps", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    op.drop_column("peer", "wraps")
    op.drop_column("peer", "software")
    for name in ("group_rule", "group_moderator", "group_post"):
        op.drop_table(name)
