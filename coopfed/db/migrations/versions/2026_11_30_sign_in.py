"""People who sign in: passwords, second factors, sessions, one-time links; apps, their codes and tokens."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_30_sign_in"
down_revision = "2026_11_26_defaults"
branch_labels = None
depends_on = None


def _account() -> "sa.Column[int]":
    return sa.Column("account_id", sa.BigInteger(), autoincrement=False, nullable=False)


def _belongs(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}_{target}"), ondelete="CASCADE"
    )


def upgrade() -> None:
    _accounts()
    _proofs()
    _apps()


def _accounts() -> None:
    for column in (
        sa.Column("password", sa.Text(), nullable=True),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("confirmed_at", sa.BigInteger(), nullable=True),
        sa.Column("approved_at", sa.BigInteger(), nullable=True),
        sa.Column("disabled_at", sa.BigInteger(), nullable=True),
        sa.Column("totp", sa.LargeBinary(), nullable=True),
        sa.Column("totp_at", sa.BigInteger(), nullable=True),
        sa.Column("totp_used", sa.BigInteger(), server_default="0", nullable=False),
    ):
        op.add_column("account", column)
    # Whoever is here was let in by the operator.
    op.execute("UPDATE account SET confirmed_at = created_at, approved_at = created_at")


def _proofs() -> None:
    op.create_table(
        "recovery_code",
        sa.Column(
            "account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        _belongs("recovery_code", "account_id", "account"),
        sa.PrimaryKeyConstraint("account_id", "hash", name=op.f("pk_recovery_code")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "one_time_link",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("role", sa.String(), nullable=True),
        sa.Column("invited_by", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        _belongs("one_time_link", "account_id", "account"),
        _belongs("one_time_link", "actor_id", "actor"),
        _belongs("one_time_link", "invited_by", "account"),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_one_time_link")),
    )
    for column in ("account_id", "actor_id"):
        op.create_index(op.f(f"ix_one_time_link_{column}"), "one_time_link", [column], unique=False)
    op.create_table(
        "session",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        _account(),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        _belongs("session", "account_id", "account"),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_session")),
        sa.UniqueConstraint("id", name=op.f("uq_session_id")),
    )
    op.create_table(
        "letter",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter")),
    )
    op.create_index(op.f("ix_session_account_id"), "session", ["account_id"], unique=False)


def _apps() -> None:
    op.create_table(
        "oauth_app",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("website", sa.Text(), nullable=True),
        sa.Column("redirect_uris", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_oauth_app")),
        sa.UniqueConstraint("client_id", name=op.f("uq_oauth_app_client_id")),
    )
    op.create_table(
        "oauth_code",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("app_id", sa.BigInteger(), autoincrement=False, nullable=False),
        _account(),
        sa.Column("actor_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("redirect_uri", sa.Text(), nullable=False),
        sa.Column("challenge", sa.Text(), nullable=True),
        sa.Column("token", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        _belongs("oauth_code", "app_id", "oauth_app"),
        _belongs("oauth_code", "account_id", "account"),
        _belongs("oauth_code", "actor_id", "actor"),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_oauth_code")),
    )
    with op.batch_alter_table("oauth_token") as batch:
        batch.add_column(sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=True))
        batch.add_column(sa.Column("app_id", sa.BigInteger(), autoincrement=False, nullable=True))
        batch.add_column(sa.Column("used_at", sa.BigInteger(), nullable=True))
        batch.alter_column("account_id", existing_type=sa.BigInteger(), nullable=True)
        batch.alter_column("actor_id", existing_type=sa.BigInteger(), nullable=True)
        batch.create_foreign_key(
            op.f("fk_oauth_token_app_id_oauth_app"), "oauth_app", ["app_id"], ["id"], ondelete="CASCADE"
        )
    _number_tokens()
    with op.batch_alter_table("oauth_token") as batch:
        batch.alter_column("id", existing_type=sa.BigInteger(), nullable=False)
        batch.create_unique_constraint(op.f("uq_oauth_token_id"), ["id"])
    for column in ("app_id", "account_id", "actor_id"):
        op.create_index(op.f(f"ix_oauth_token_{column}"), "oauth_token", [column], unique=False)


def _number_tokens() -> None:
    """Tokens had no number: theirs begins with the moment at which they were made, as numbers do."""
    connection = op.get_bind()
    rows = connection.execute(sa.text("SELECT hash, created_at FROM oauth_token ORDER BY created_at")).all()
    for place, (token_hash, created_at) in enumerate(rows):
        connection.execute(
            sa.text("UPDATE oauth_token SET id = :id WHERE hash = :hash"),
            {"id": (created_at << 16) + place % 65_536, "hash": token_hash},
        )


def downgrade() -> None:
    op.execute("DELETE FROM oauth_token WHERE account_id IS NULL OR actor_id IS NULL")
    for column in ("actor_id", "account_id", "app_id"):
        op.drop_index(op.f(f"ix_oauth_token_{column}"), "oauth_token")
    with op.batch_alter_table("oauth_token") as batch:
        batch.drop_constraint(op.f("uq_oauth_token_id"), type_="unique")
        batch.drop_constraint(op.f("fk_oauth_token_app_id_oauth_app"), type_="foreignkey")
        batch.alter_column("account_id", existing_type=sa.BigInteger(), nullable=False)
        batch.alter_column("actor_id", existing_type=sa.BigInteger(), nullable=False)
        for column in ("id", "app_id", "used_at"):
            batch.drop_column(column)
    for name in ("oauth_code", "oauth_app", "letter", "session", "one_time_link", "recovery_code"):
        op.drop_table(name)
    for column in (
        *(
            "password",
            "language",
            "reason",
            "confirmed_at",
            "approved_at",
            "disabled_at",
            "totp",
            "totp_at",
            "totp_used",
        ),
    ):
        op.drop_column("account", column)
