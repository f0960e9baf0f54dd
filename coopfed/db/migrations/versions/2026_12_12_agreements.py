"""Codes that open agreements, how each was confirmed, what was agreed on; receipts, and stories of what was done together."""

import base64
import secrets

import sqlalchemy as sa
from alembic import op

revision = "2026_12_12_agreements"
down_revision = "2026_12_11_comment_answers"
branch_labels = None
depends_on = None

_ADDED = ("code", "confirmation", "title", "category", "unit", "reciprocal_unit", "reciprocal_value", "completed_at")
_KNOWN = """
    UPDATE agreement SET
        title = (SELECT request.title FROM request WHERE request.id = agreement.request_id),
        category = (SELECT request.category FROM request WHERE request.id = agreement.request_id),
        unit = (SELECT CASE WHEN request.unit = '' THEN 'one' ELSE request.unit END FROM request
                WHERE request.id = agreement.request_id),
        reciprocal_unit = (SELECT request.reciprocal_unit FROM request WHERE request.id = agreement.request_id),
        reciprocal_value = (SELECT response.reciprocal_value FROM response WHERE response.id = agreement.response_id),
        confirmation = (SELECT CASE WHEN response.signed THEN 'signature' ELSE 'transport' END FROM response
                        WHERE response.id = agreement.response_id)
"""


def upgrade() -> None:
    op.add_column("agreement", sa.Column("code", sa.Text(), server_default="", nullable=False))
    op.add_column("agreement", sa.Column("confirmation", sa.Text(), nullable=True))
    op.add_column("agreement", sa.Column("title", sa.Text(), server_default="", nullable=False))
    op.add_column("agreement", sa.Column("category", sa.Text(), nullable=True))
    op.add_column("agreement", sa.Column("unit", sa.Text(), server_default="one", nullable=False))
    op.add_column("agreement", sa.Column("reciprocal_unit", sa.Text(), nullable=True))
    op.add_column("agreement", sa.Column("reciprocal_value", sa.String(), nullable=True))
    op.add_column("agreement", sa.Column("completed_at", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_agreement_code",
        "agreement",
        ["code"],
        unique=True,
        sqlite_where=sa.text("code <> ''"),
        postgresql_where=sa.text("code <> ''"),
    )
    connection = op.get_bind()
    connection.execute(sa.text(_KNOWN))
    for number in list(connection.execute(sa.text("SELECT id FROM agreement")).scalars()):
        code = base64.b32encode(secrets.token_bytes(10)).decode()
        connection.execute(sa.text("UPDATE agreement SET code = :code WHERE id = :id"), {"code": code, "id": number})
    op.create_table(
        "receipt",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("uri", sa.Text(), nullable=False),
        sa.Column("agreement_uri", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("signed", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("written_at", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["actor.id"], name=op.f("fk_receipt_actor_id_actor"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt")),
        sa.UniqueConstraint("uri", name=op.f("uq_receipt_uri")),
    )
    op.create_index(op.f("ix_receipt_actor_id"), "receipt", ["actor_id"], unique=False)
    op.create_index(
        "ix_receipt_agreement_uri_actor_id_outcome", "receipt", ["agreement_uri", "actor_id", "outcome"], unique=True
    )
    op.create_table(
        "story",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("uri", sa.Text(), nullable=False),
        sa.Column("agreement_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("actor_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), server_default="", nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("post_uri", sa.Text(), nullable=True),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("written_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_story_account_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["actor_id"], ["actor.id"], name=op.f("fk_story_actor_id_actor"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreement.id"], name=op.f("fk_story_agreement_id_agreement"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_story")),
        sa.UniqueConstraint("uri", name=op.f("uq_story_uri")),
    )
    op.create_index(op.f("ix_story_actor_id"), "story", ["actor_id"], unique=False)
    op.create_index(op.f("ix_story_agreement_id"), "story", ["agreement_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_story_agreement_id"), table_name="story")
    op.drop_index(op.f("ix_story_actor_id"), table_name="story")
    op.drop_table("story")
    op.drop_index("ix_receipt_agreement_uri_actor_id_outcome", table_name="receipt")
    op.drop_index(op.f("ix_receipt_actor_id"), table_name="receipt")
    op.drop_table("receipt")
    op.drop_index(
        "ix_agreement_code",
        table_name="agreement",
        sqlite_where=sa.text("code <> ''"),
        postgresql_where=sa.text("code <> ''"),
    )
    for name in _ADDED:
        op.drop_column("agreement", name)
