"""Hashtags are found by a form in which the dotless i of Turkish is the other one."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_25_hashtags"
down_revision = "2026_11_25_relays"
branch_labels = None
depends_on = None

# Where a post has both spellings, one of them is enough to find it.
_FOLD = """
UPDATE hashtag SET folded = replace(name, 'ı', 'i')
WHERE name NOT LIKE '%ı%' OR NOT EXISTS (
    SELECT 1 FROM hashtag AS other
    WHERE other.object_id = hashtag.object_id AND other.name <> hashtag.name
    AND replace(other.name, 'ı', 'i') = replace(hashtag.name, 'ı', 'i')
    AND (other.name NOT LIKE '%ı%' OR other.name < hashtag.name)
)
"""


def upgrade() -> None:
    op.add_column("hashtag", sa.Column("folded", sa.Text(), nullable=True))
    op.execute(_FOLD)
    op.drop_index("ix_hashtag_name_object_id", table_name="hashtag")
    op.create_index("ix_hashtag_folded_object_id", "hashtag", ["folded", "object_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_hashtag_folded_object_id", table_name="hashtag")
    op.create_index("ix_hashtag_name_object_id", "hashtag", ["name", "object_id"], unique=False)
    op.drop_column("hashtag", "folded")
