"""What authors agreed to when they were asked."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_26_consents"
down_revision = "2026_11_26_joins"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "consent",
        sa.Column("id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("object_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("interacting_uri", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["object_id"], ["object.id"], name=op.f("fk_consent_object_id_object"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
        sa.UniqueConstraint(
            "object_id", "kind", "interacting_uri", name=op.f("uq_consent_object_id_kind_interacting_uri")
        ),
    )


def downgrade() -> None:
    op.drop_table("consent")
