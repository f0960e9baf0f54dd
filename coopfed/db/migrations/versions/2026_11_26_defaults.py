"""What an actor says in its posts where nothing else is said."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_26_defaults"
down_revision = "2026_11_26_consents"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "actor_default",
        sa.Column(
            "actor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("visibility", sa.Text(), server_default="", nullable=False),
        sa.Column("language", sa.Text(), server_default="", nullable=False),
        sa.Column("sensitive", sa.Boolean(), nullable=False),
        sa.Column("markdown", sa.Boolean(), nullable=False),
        sa.Column("quote_policy", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actor.id"], name=op.f("fk_actor_default_actor_id_actor"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("actor_id", name=op.f("pk_actor_default")),
    )


def downgrade() -> None:
    op.drop_table("actor_default")
