"""Passkeys, the challenges that they answered, and accounts whose second factor they are."""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_05_passkeys"
down_revision = "2026_12_04_portability"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "passkey",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("credential", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("transports", sa.Text(), server_default="", nullable=False),
        sa.Column("synced", sa.Boolean(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_passkey_account_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("credential", name=op.f("uq_passkey_credential")),
    )
    op.create_index(op.f("ix_passkey_account_id"), "passkey", ["account_id"], unique=False)
    op.create_table(
        "spent_challenge",
        sa.Column("challenge", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("challenge", name=op.f("pk_spent_challenge")),
    )
    op.create_index(op.f("ix_spent_challenge_created_at"), "spent_challenge", ["created_at"], unique=False)
    op.add_column("account", sa.Column("passkey_step_at", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("account", "passkey_step_at")
    op.drop_table("spent_challenge")
    op.drop_table("passkey")
