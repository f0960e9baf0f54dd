"""Threads: the context a post names and the post that begins its thread."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_25_threads"
down_revision = "2026_11_25_groups"
branch_labels = None
depends_on = None

_IN_A_THREAD = sa.text("thread_id IS NOT NULL")
_ROOTS = """
WITH RECURSIVE below (id, root) AS (
    SELECT answer.id, parent.id FROM object AS answer JOIN object AS parent ON parent.id = answer.in_reply_to_id
    WHERE parent.in_reply_to_id IS NULL
    UNION SELECT answer.id, below.root FROM object AS answer JOIN below ON below.id = answer.in_reply_to_id
)
UPDATE object SET thread_id = (SELECT max(below.root) FROM below WHERE below.id = object.id)
WHERE in_reply_to_id IS NOT NULL
"""
_CONTEXTS = "UPDATE object SET context = uri || '/context' WHERE local AND in_reply_to IS NULL"


def upgrade() -> None:
    op.add_column("object", sa.Column("context", sa.Text(), nullable=True))
    op.add_column("object", sa.Column("thread_id", sa.BigInteger(), nullable=True))
    op.add_column("object", sa.Column("looked_at", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_object_thread_id_id",
        "object",
        ["thread_id", "id"],
        unique=False,
        sqlite_where=_IN_A_THREAD,
        postgresql_where=_IN_A_THREAD,
    )
    op.execute(_ROOTS)
    op.execute(_CONTEXTS)


def downgrade() -> None:
    op.drop_index("ix_object_thread_id_id", table_name="object")
    for name in ("looked_at", "thread_id", "context"):
        op.drop_column("object", name)
