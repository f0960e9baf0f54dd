"""The ground: actors, objects, the two queues, follows, timelines, accounts, work."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_24_ground"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("operator", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("email", name=op.f("uq_account_email")),
    )
    op.create_table(
        "actor",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("uri", sa.Text(), nullable=False),
        sa.Column("local", sa.Boolean(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("handle", sa.String(), nullable=False),
        sa.Column("handle_host", sa.String(), nullable=False),
        sa.Column("handle_confirmed", sa.Boolean(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("summary", sa.Text(), server_default="", nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("inbox", sa.Text(), nullable=False),
        sa.Column("shared_inbox", sa.Text(), nullable=True),
        sa.Column("followers_uri", sa.Text(), nullable=True),
        sa.Column("peer_id", sa.Integer(), nullable=True),
        sa.Column("host_id", sa.Integer(), nullable=True),
        sa.Column("locked", sa.Boolean(), nullable=False),
        sa.Column("discoverable", sa.Boolean(), nullable=False),
        sa.Column("moved_to", sa.Text(), nullable=True),
        sa.Column("document", sa.LargeBinary(), nullable=True),
        sa.Column("policy_version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("followers_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("following_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("posts_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("fetched_at", sa.BigInteger(), nullable=True),
        sa.Column("gone_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_actor")),
        sa.UniqueConstraint("uri", name=op.f("uq_actor_uri")),
    )
    with op.batch_alter_table("actor", schema=None) as batch_op:
        batch_op.create_index("ix_actor_handle_handle_host", ["handle", "handle_host"], unique=False)
        batch_op.create_index(
            "uq_actor_local_handle",
            ["handle"],
            unique=True,
            sqlite_where=sa.text("local"),
            postgresql_where=sa.text("local"),
        )

    op.create_table(
        "job",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), server_default="{}", nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sa.UniqueConstraint("kind", "key", name=op.f("uq_job_kind_key")),
    )
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.create_index("ix_job_due_at", ["due_at"], unique=False)

    op.create_table(
        "peer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("blocked", sa.Boolean(), nullable=False),
        sa.Column("scheme", sa.Text(), server_default="cavage", nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("slow", sa.Boolean(), nullable=False),
        sa.Column("failing_since", sa.BigInteger(), nullable=True),
        sa.Column("open_until", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("last_heard_at", sa.BigInteger(), nullable=True),
        sa.Column("last_success_at", sa.BigInteger(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("due_at", sa.BigInteger(), server_default="4611686018427387904", nullable=False),
        sa.Column("lease_until", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_peer")),
        sa.UniqueConstraint("host", name=op.f("uq_peer_host")),
    )
    with op.batch_alter_table("peer", schema=None) as batch_op:
        batch_op.create_index("ix_peer_slow_due_at", ["slow", "due_at"], unique=False)

    op.create_table(
        "worker",
        sa.Column("number", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_worker")),
    )
    op.create_table(
        "activity",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("uri", sa.Text(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("object_uri", sa.Text(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actor.id"], name=op.f("fk_activity_actor_id_actor"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity")),
        sa.UniqueConstraint("uri", name=op.f("uq_activity_uri")),
    )
    with op.batch_alter_table("activity", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_activity_actor_id"), ["actor_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_activity_object_uri"), ["object_uri"], unique=False)

    op.create_table(
        "actor_key",
        sa.Column("uri", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("public", sa.Text(), nullable=False),
        sa.Column("private", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("retired_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actor.id"], name=op.f("fk_actor_key_actor_id_actor"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("uri", name=op.f("pk_actor_key")),
    )
    with op.batch_alter_table("actor_key", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_actor_key_actor_id"), ["actor_id"], unique=False)

    op.create_table(
        "block",
        sa.Column(
            "actor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column(
            "target_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["actor.id"], name=op.f("fk_block_actor_id_actor"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["target_id"], ["actor.id"], name=op.f("fk_block_target_id_actor"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("actor_id", "target_id", name=op.f("pk_block")),
    )
    op.create_table(
        "follow",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("follower_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("followed_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("uri", sa.Text(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["followed_id"], ["actor.id"], name=op.f("fk_follow_followed_id_actor"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["follower_id"], ["actor.id"], name=op.f("fk_follow_follower_id_actor"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow")),
        sa.UniqueConstraint("follower_id", "followed_id", name=op.f("uq_follow_follower_id_followed_id")),
    )
    with op.batch_alter_table("follow", schema=None) as batch_op:
        batch_op.create_index("ix_follow_followed_id_state", ["followed_id", "state"], unique=False)
        batch_op.create_index(batch_op.f("ix_follow_uri"), ["uri"], unique=False)

    op.create_table(
        "inbox_item",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("signer_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("activity_uri", sa.Text(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("body_hash", sa.LargeBinary(), nullable=False),
        sa.Column("scheme", sa.String(), nullable=False),
        sa.Column("trust", sa.String(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("due_at", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["signer_id"], ["actor.id"], name=op.f("fk_inbox_item_signer_id_actor"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_item")),
        sa.UniqueConstraint("signer_id", "activity_uri", name=op.f("uq_inbox_item_signer_id_activity_uri")),
    )
    with op.batch_alter_table("inbox_item", schema=None) as batch_op:
        batch_op.create_index(
            "ix_inbox_item_waiting",
            ["signer_id", "id"],
            unique=False,
            sqlite_where=sa.text("state = 0"),
            postgresql_where=sa.text("state = 0"),
        )

    op.create_table(
        "inbox_lane",
        sa.Column(
            "actor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actor.id"], name=op.f("fk_inbox_lane_actor_id_actor"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("actor_id", name=op.f("pk_inbox_lane")),
    )
    with op.batch_alter_table("inbox_lane", schema=None) as batch_op:
        batch_op.create_index("ix_inbox_lane_due_at", ["due_at"], unique=False)

    op.create_table(
        "oauth_token",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("actor_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_oauth_token_account_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actor.id"], name=op.f("fk_oauth_token_actor_id_actor"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_oauth_token")),
    )
    op.create_table(
        "object",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("uri", sa.Text(), nullable=False),
        sa.Column("local", sa.Boolean(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("visibility", sa.String(), nullable=False),
        sa.Column("content", sa.Text(), server_default="", nullable=False),
        sa.Column("summary", sa.Text(), server_default="", nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("sensitive", sa.Boolean(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("in_reply_to", sa.Text(), nullable=True),
        sa.Column("in_reply_to_id", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("policy_version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("replies_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("published_at", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=True),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_object_account_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["actor_id"], ["actor.id"], name=op.f("fk_object_actor_id_actor"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["in_reply_to_id"], ["object.id"], name=op.f("fk_object_in_reply_to_id_object"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_object")),
        sa.UniqueConstraint("uri", name=op.f("uq_object_uri")),
    )
    with op.batch_alter_table("object", schema=None) as batch_op:
        batch_op.create_index("ix_object_actor_id_id", ["actor_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_object_in_reply_to_id"), ["in_reply_to_id"], unique=False)

    op.create_table(
        "role",
        sa.Column(
            "account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column(
            "actor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("role", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_role_account_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["actor_id"], ["actor.id"], name=op.f("fk_role_actor_id_actor"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("account_id", "actor_id", "role", name=op.f("pk_role")),
    )
    op.create_table(
        "tombstone",
        sa.Column("uri", sa.Text(), nullable=False),
        sa.Column(
            "actor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("deleted_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actor.id"], name=op.f("fk_tombstone_actor_id_actor"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("uri", "actor_id", name=op.f("pk_tombstone")),
    )
    op.create_table(
        "delivery",
        sa.Column(
            "activity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("inbox", sa.Text(), nullable=False),
        sa.Column("peer_id", sa.Integer(), nullable=False),
        sa.Column("order_key", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("last_status", sa.Integer(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activity.id"], name=op.f("fk_delivery_activity_id_activity"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("activity_id", "inbox", name=op.f("pk_delivery")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.create_index(
            "ix_delivery_order",
            ["inbox", "order_key", "activity_id"],
            unique=False,
            sqlite_where=sa.text("state = 0"),
            postgresql_where=sa.text("state = 0"),
        )
        batch_op.create_index(
            "ix_delivery_waiting",
            ["peer_id", "due_at", "activity_id"],
            unique=False,
            sqlite_where=sa.text("state = 0"),
            postgresql_where=sa.text("state = 0"),
        )

    op.create_table(
        "hashtag",
        sa.Column(
            "object_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["object_id"], ["object.id"], name=op.f("fk_hashtag_object_id_object"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("object_id", "name", name=op.f("pk_hashtag")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("hashtag", schema=None) as batch_op:
        batch_op.create_index("ix_hashtag_name_object_id", ["name", "object_id"], unique=False)

    op.create_table(
        "mention",
        sa.Column(
            "object_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("href", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("actor_id", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.ForeignKeyConstraint(["actor_id"], ["actor.id"], name=op.f("fk_mention_actor_id_actor"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["object_id"], ["object.id"], name=op.f("fk_mention_object_id_object"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("object_id", "href", name=op.f("pk_mention")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("mention", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mention_actor_id"), ["actor_id"], unique=False)

    op.create_table(
        "notification",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("recipient_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("from_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("object_id", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["from_id"], ["actor.id"], name=op.f("fk_notification_from_id_actor"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["object_id"], ["object.id"], name=op.f("fk_notification_object_id_object"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["recipient_id"], ["actor.id"], name=op.f("fk_notification_recipient_id_actor"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification")),
        sa.UniqueConstraint("recipient_id", "type", "subject", name=op.f("uq_notification_recipient_id_type_subject")),
    )
    with op.batch_alter_table("notification", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notification_object_id"), ["object_id"], unique=False)

    op.create_table(
        "outgoing",
        sa.Column(
            "activity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activity.id"], name=op.f("fk_outgoing_activity_id_activity"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("activity_id", name=op.f("pk_outgoing")),
    )
    op.create_table(
        "timeline_entry",
        sa.Column(
            "owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column(
            "object_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["object_id"], ["object.id"], name=op.f("fk_timeline_entry_object_id_object"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["actor.id"], name=op.f("fk_timeline_entry_owner_id_actor"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("owner_id", "object_id", name=op.f("pk_timeline_entry")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("timeline_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_timeline_entry_object_id"), ["object_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("timeline_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_timeline_entry_object_id"))

    op.drop_table("timeline_entry")
    op.drop_table("outgoing")
    with op.batch_alter_table("notification", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_notification_object_id"))

    op.drop_table("notification")
    with op.batch_alter_table("mention", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_mention_actor_id"))

    op.drop_table("mention")
    with op.batch_alter_table("hashtag", schema=None) as batch_op:
        batch_op.drop_index("ix_hashtag_name_object_id")

    op.drop_table("hashtag")
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_delivery_waiting", sqlite_where=sa.text("state = 0"), postgresql_where=sa.text("state = 0")
        )
        batch_op.drop_index(
            "ix_delivery_order", sqlite_where=sa.text("state = 0"), postgresql_where=sa.text("state = 0")
        )

    op.drop_table("delivery")
    op.drop_table("tombstone")
    op.drop_table("role")
    with op.batch_alter_table("object", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_object_in_reply_to_id"))
        batch_op.drop_index("ix_object_actor_id_id")

    op.drop_table("object")
    op.drop_table("oauth_token")
    with op.batch_alter_table("inbox_lane", schema=None) as batch_op:
        batch_op.drop_index("ix_inbox_lane_due_at")

    op.drop_table("inbox_lane")
    with op.batch_alter_table("inbox_item", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_inbox_item_waiting", sqlite_where=sa.text("state = 0"), postgresql_where=sa.text("state = 0")
        )

    op.drop_table("inbox_item")
    with op.batch_alter_table("follow", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_follow_uri"))
        batch_op.drop_index("ix_follow_followed_id_state")

    op.drop_table("follow")
    op.drop_table("block")
    with op.batch_alter_table("actor_key", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_actor_key_actor_id"))

    op.drop_table("actor_key")
    with op.batch_alter_table("activity", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_activity_object_uri"))
        batch_op.drop_index(batch_op.f("ix_activity_actor_id"))

    op.drop_table("activity")
    op.drop_table("worker")
    with op.batch_alter_table("peer", schema=None) as batch_op:
        batch_op.drop_index("ix_peer_slow_due_at")

    op.drop_table("peer")
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_index("ix_job_due_at")

    op.drop_table("job")
    with op.batch_alter_table("actor", schema=None) as batch_op:
        batch_op.drop_index("uq_actor_local_handle", sqlite_where=sa.text("local"), postgresql_where=sa.text("local"))
        batch_op.drop_index("ix_actor_handle_handle_host")

    op.drop_table("actor")
    op.drop_table("account")
