"""Roles are found by the actor: who is told of a notification, who approves what was written for it."""

from alembic import op

revision = "2026_12_08_roles"
down_revision = "2026_12_07_cooperatives"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_role_actor_id"), "role", ["actor_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_role_actor_id"), table_name="role")
