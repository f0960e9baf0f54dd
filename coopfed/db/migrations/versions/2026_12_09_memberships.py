"""Memberships in umbrellas, and what each side attests of them."""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_09_memberships"
down_revision = "2026_12_08_roles"
branch_labels = None
depends_on = None

_LIVE = sa.text("status <> 'ended'")


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "membership",
        sa.Column("id", number, autoincrement=False, nullable=False),
        sa.Column("member_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("umbrella_id", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("umbrella_code", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("claimed_by", sa.Text(), nullable=True),
        sa.Column("problems", sa.Text(), server_default="", nullable=False),
        sa.Column("started_on", sa.Text(), nullable=False),
        sa.Column("ended_on", sa.Text(), nullable=True),
        sa.Column("offer_uri", sa.Text(), nullable=True),
        sa.Column("invite_uri", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("checked_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["actor.id"], name=op.f("fk_membership_member_id_actor"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["umbrella_id"], ["actor.id"], name=op.f("fk_membership_umbrella_id_actor"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
    )
    for column in ("member_id", "umbrella_id", "offer_uri", "invite_uri", "checked_at"):
        op.create_index(op.f(f"ix_membership_{column}"), "membership", [column], unique=False)
    for name, columns in (
        ("uq_membership_live", ["member_id", "umbrella_id"]),
        ("uq_membership_declared", ["member_id", "umbrella_code"]),
    ):
        op.create_index(name, "membership", columns, unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE)
    op.create_table(
        "attestation",
        sa.Column("id", number, autoincrement=False, nullable=False),
        sa.Column("membership_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("uri", sa.Text(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["membership_id"],
            ["membership.id"],
            name=op.f("fk_attestation_membership_id_membership"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attestation")),
    )
    op.create_index(op.f("ix_attestation_uri"), "attestation", ["uri"], unique=False)
    op.create_index("uq_attestation_membership_id_side", "attestation", ["membership_id", "side"], unique=True)


def downgrade() -> None:
    op.drop_table("attestation")
    op.drop_table("membership")
