"""The first store.

Columns are those of ``bot/store/tables.py`` on the day of this revision; later changes are revisions of their own.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.types import Identity, Json, Moment, Words

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Everything, from nothing."""
    op.create_table(
        "accounts",
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("id", Words(), nullable=False),
        sa.Column("name", Words(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("seen_at", Moment(), nullable=False),
        sa.Column("left_at", Moment()),
        sa.CheckConstraint("platform IN ('feishu', 'dingtalk')", name=op.f("ck_accounts_platform")),
        sa.PrimaryKeyConstraint("platform", "id", name=op.f("pk_accounts")),
    )
    op.create_table(
        "actions",
        sa.Column("id", Words(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", Words(), nullable=False),
        sa.Column("label", Words(), nullable=False),
        sa.Column("addressees", Json(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("change", Json(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("once", sa.Boolean(), nullable=False),
        sa.Column("used_by", Words()),
        sa.Column("used_at", Moment()),
        sa.CheckConstraint("(used_by IS NULL) = (used_at IS NULL)", name=op.f("ck_actions_used")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_actions")),
    )
    op.create_index("ix_actions_expires_at", "actions", ["expires_at"])
    op.create_index("ix_actions_subject", "actions", ["subject"])
    op.create_table(
        "announcements",
        sa.Column("id", Words(), nullable=False),
        sa.Column("author", Words(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("is_important", sa.Boolean(), nullable=False),
        sa.Column("is_urgent", sa.Boolean(), nullable=False),
        sa.Column("content", Json(), nullable=False),
        sa.Column("asked_from", Words(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("label", Words(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("card_key", sa.String(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("confirmed_at", Moment()),
        sa.Column("confirmed_by", Words()),
        sa.Column("undo_until", Moment()),
        sa.Column("skeleton", Words(), nullable=False),
        sa.Column("decision", Json(), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'previewed', 'in-review', 'approved', 'declined', 'scheduled', 'asking', 'sending', 'sent', 'partly-sent', 'recalling', 'recalled', 'refused', 'cancelled')",
            name=op.f("ck_announcements_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcements")),
    )
    op.create_index("ix_announcements_author", "announcements", ["author", "created_at"])
    op.create_index(
        "ix_announcements_confirmed",
        "announcements",
        ["confirmed_at"],
        sqlite_where=sa.text("confirmed_at IS NOT NULL"),
        postgresql_where=sa.text("confirmed_at IS NOT NULL"),
    )
    op.create_table(
        "audit",
        sa.Column("seq", Identity, autoincrement=False, nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("who", Words(), nullable=False),
        sa.Column("act", Words(), nullable=False),
        sa.Column("subject", Words(), nullable=False),
        sa.Column("rule", Words(), nullable=False),
        sa.Column("why", Words(), nullable=False),
        sa.Column("details", Json(), nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.CheckConstraint("length(hash) = 64 AND length(previous) = 64", name=op.f("ck_audit_hash_length")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_subject", "audit", ["subject"])
    op.create_table(
        "chats",
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("id", Words(), nullable=False),
        sa.Column("name", Words(), nullable=False),
        sa.Column("members", Json()),
        sa.Column("managed_for", Words(), nullable=False),
        sa.Column("is_alive", sa.Boolean(), nullable=False),
        sa.Column("seen_at", Moment()),
        sa.CheckConstraint("platform IN ('feishu', 'dingtalk')", name=op.f("ck_chats_platform")),
        sa.PrimaryKeyConstraint("platform", "id", name=op.f("pk_chats")),
    )
    op.create_index("ix_chats_name", "chats", ["name"])
    op.create_table(
        "departments",
        sa.Column("id", Words(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("name", Words(), nullable=False),
        sa.Column("parent", Words()),
        sa.Column("head", Words()),
        sa.Column("path", Json(), nullable=False),
        sa.CheckConstraint("platform IN ('feishu', 'dingtalk')", name=op.f("ck_departments_platform")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_departments")),
    )
    op.create_table(
        "dialogs",
        sa.Column("account", Words(), nullable=False),
        sa.Column("expects", sa.String(), nullable=False),
        sa.Column("subject", Words(), nullable=False),
        sa.Column("offers", Json(), nullable=False),
        sa.Column("until", Moment(), nullable=False),
        sa.Column("greeted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_dialogs")),
    )
    op.create_table(
        "gaps",
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("since", Moment(), nullable=False),
        sa.Column("until", Moment()),
        sa.Column("told_at", Moment()),
        sa.CheckConstraint("platform IN ('feishu', 'dingtalk')", name=op.f("ck_gaps_platform")),
        sa.PrimaryKeyConstraint("platform", "since", name=op.f("pk_gaps")),
    )
    op.create_table(
        "inbox",
        sa.Column("id", Identity, nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("tenant", Words(), nullable=False),
        sa.Column("event_id", Words(), nullable=False),
        sa.Column("cause", Words(), nullable=False),
        sa.Column("family", sa.String(), nullable=False),
        sa.Column("klass", sa.String(), nullable=False),
        sa.Column("kind", Words(), nullable=False),
        sa.Column("headers", Json(), nullable=False),
        sa.Column("body", Words(), nullable=False),
        sa.Column("received_at", Moment(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("note", Words(), nullable=False),
        sa.Column("turn_at", Moment(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.CheckConstraint("klass IN ('full', 'sealed', 'passing')", name=op.f("ck_inbox_klass")),
        sa.CheckConstraint("platform IN ('feishu', 'dingtalk')", name=op.f("ck_inbox_platform")),
        sa.CheckConstraint("state IN ('new', 'done', 'dead')", name=op.f("ck_inbox_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint(
            "platform", "tenant", "cause", "family", name=op.f("uq_inbox_platform_tenant_cause_family")
        ),
        sa.UniqueConstraint("platform", "tenant", "event_id", name=op.f("uq_inbox_platform_tenant_event_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_inbox_new",
        "inbox",
        ["turn_at", "id"],
        sqlite_where=sa.text("state = 'new'"),
        postgresql_where=sa.text("state = 'new'"),
    )
    op.create_index("ix_inbox_received_at", "inbox", ["received_at"])
    op.create_table(
        "leases",
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("owner", Words(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.CheckConstraint("platform IN ('feishu', 'dingtalk')", name=op.f("ck_leases_platform")),
        sa.PrimaryKeyConstraint("platform", name=op.f("pk_leases")),
    )
    op.create_table(
        "links",
        sa.Column("account", Words(), nullable=False),
        sa.Column("person", Words(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.CheckConstraint("source IN ('config', 'confirmed')", name=op.f("ck_links_source")),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_links")),
    )
    op.create_table(
        "marks",
        sa.Column("key", Words(), nullable=False),
        sa.Column("value", Json(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_marks")),
    )
    op.create_table(
        "meter",
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("pot", sa.String(), nullable=False),
        sa.Column("units", Identity, nullable=False),
        sa.CheckConstraint("platform IN ('feishu', 'dingtalk')", name=op.f("ck_meter_platform")),
        sa.PrimaryKeyConstraint("platform", "month", "pot", name=op.f("pk_meter")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", Identity, nullable=False),
        sa.Column("key", sa.String(40), nullable=False),
        sa.Column("former_keys", Json(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("effect", Json(), nullable=False),
        sa.Column("step", Words(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("announcement", Words(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("recipients", Json(), nullable=False),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.Column("not_before", Moment()),
        sa.Column("release_group", Words(), nullable=False),
        sa.Column("tell", Words()),
        sa.Column("cause", Words(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment()),
        sa.Column("ready_at", Moment(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("may_have_left", sa.Boolean(), nullable=False),
        sa.Column("first_attempt_at", Moment()),
        sa.Column("attempted_at", Moment()),
        sa.Column("next_attempt_at", Moment()),
        sa.Column("sent_at", Moment()),
        sa.Column("receipt", Json(), nullable=False),
        sa.Column("message_id", Words(), nullable=False),
        sa.Column("error_kind", sa.String(), nullable=False),
        sa.Column("error", Words(), nullable=False),
        sa.Column("owner", Words(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("told_at", Moment()),
        sa.Column("settled_by", Words(), nullable=False),
        sa.CheckConstraint("platform IN ('feishu', 'dingtalk')", name=op.f("ck_outbox_platform")),
        sa.CheckConstraint(
            "state <> 'attempted' OR first_attempt_at IS NOT NULL", name=op.f("ck_outbox_attempted_since")
        ),
        sa.CheckConstraint(
            "state IN ('held', 'due', 'attempted', 'sent', 'unknown', 'dead', 'cancelled', 'quarantined')",
            name=op.f("ck_outbox_state"),
        ),
        sa.CheckConstraint("attempts >= 0 AND epoch >= 0 AND generation >= 0", name=op.f("ck_outbox_counts")),
        sa.CheckConstraint("length(key) = 40", name=op.f("ck_outbox_key_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_key")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outbox_announcement", "outbox", ["announcement", "state"])
    op.create_index(
        "ix_outbox_attempted",
        "outbox",
        ["platform", "id"],
        sqlite_where=sa.text("state = 'attempted'"),
        postgresql_where=sa.text("state = 'attempted'"),
    )
    op.create_index(
        "ix_outbox_due",
        "outbox",
        ["platform", "weight", "ready_at", "id"],
        sqlite_where=sa.text("state = 'due'"),
        postgresql_where=sa.text("state = 'due'"),
    )
    op.create_index(
        "ix_outbox_expiring",
        "outbox",
        ["expires_at"],
        sqlite_where=sa.text("state = 'due' AND expires_at IS NOT NULL"),
        postgresql_where=sa.text("state = 'due' AND expires_at IS NOT NULL"),
    )
    op.create_index(
        "ix_outbox_message",
        "outbox",
        ["message_id", "platform"],
        sqlite_where=sa.text("message_id <> ''"),
        postgresql_where=sa.text("message_id <> ''"),
    )
    op.create_index("ix_outbox_state", "outbox", ["state", "id"])
    op.create_index(
        "ix_outbox_untold",
        "outbox",
        ["id"],
        sqlite_where=sa.text("state IN ('unknown', 'dead') AND told_at IS NULL"),
        postgresql_where=sa.text("state IN ('unknown', 'dead') AND told_at IS NULL"),
    )
    op.create_index(
        "ix_outbox_waiting",
        "outbox",
        ["release_group"],
        sqlite_where=sa.text("state IN ('held', 'due')"),
        postgresql_where=sa.text("state IN ('held', 'due')"),
    )
    op.create_table(
        "timers",
        sa.Column("key", Words(), nullable=False),
        sa.Column("due_at", Moment(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", Words(), nullable=False),
        sa.Column("catch_up", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.CheckConstraint("catch_up IN ('late', 'skip')", name=op.f("ck_timers_catch_up")),
        sa.CheckConstraint("state IN ('pending', 'done', 'cancelled')", name=op.f("ck_timers_state")),
        sa.PrimaryKeyConstraint("key", "due_at", name=op.f("pk_timers")),
    )
    op.create_index(
        "ix_timers_pending",
        "timers",
        ["due_at", "key"],
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_table(
        "memberships",
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("account", Words(), nullable=False),
        sa.Column("department", Words(), nullable=False),
        sa.ForeignKeyConstraint(
            ["platform", "account"],
            ["accounts.platform", "accounts.id"],
            name=op.f("fk_memberships_platform_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("platform", "account", "department", name=op.f("pk_memberships")),
    )
