"""Names and texts are searched in a form without accents, capitals and the two i of Turkish."""

import html
import re
import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "2026_11_30_search"
down_revision = "2026_11_30_media"
branch_labels = None
depends_on = None

_AT_ONCE = 1000
_ACTORS = sa.text(
    "SELECT id, handle || '@' || handle_host || ' ' || name AS words FROM actor "
    "WHERE gone_at IS NULL AND id > :after ORDER BY id LIMIT :count"
)
_OBJECTS = sa.text(
    "SELECT id, name || ' ' || summary || ' ' || content AS words FROM object "
    "WHERE deleted_at IS NULL AND id > :after ORDER BY id LIMIT :count"
)
_ADD_ACTOR = sa.text("INSERT INTO actor_text (actor_id, folded) VALUES (:id, :folded)")
_ADD_OBJECT = sa.text("INSERT INTO object_text (object_id, folded) VALUES (:id, :folded)")
_TAG = re.compile(r"<[^>]*>")


def upgrade() -> None:
    op.create_table(
        "actor_text",
        sa.Column(
            "actor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actor.id"], name=op.f("fk_actor_text_actor_id_actor"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("actor_id", name=op.f("pk_actor_text")),
    )
    op.create_table(
        "object_text",
        sa.Column(
            "object_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["object_id"], ["object.id"], name=op.f("fk_object_text_object_id_object"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("object_id", name=op.f("pk_object_text")),
    )
    _fill(_ACTORS, _ADD_ACTOR)
    _fill(_OBJECTS, _ADD_OBJECT)


def _fill(read: sa.TextClause, add: sa.TextClause) -> None:
    connection, after = op.get_bind(), 0
    while rows := connection.execute(read, {"after": after, "count": _AT_ONCE}).all():
        connection.execute(add, [{"id": row.id, "folded": _folded(row.words)} for row in rows])
        after = rows[-1].id


def _folded(words: str) -> str:
    text = html.unescape(_TAG.sub(" ", words))[:3000].lower()
    apart = unicodedata.normalize("NFKD", text)
    bare = "".join(character for character in apart if not unicodedata.combining(character))
    return " ".join(bare.replace("ı", "i").replace("\x00", "").split())


def downgrade() -> None:
    op.drop_table("object_text")
    op.drop_table("actor_text")
