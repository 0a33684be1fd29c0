"""Every table of the store. What must hold stands here as UNIQUE and CHECK, not only in the code."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
    text,
)

from bot.store.rows import CatchUp, InboxClass, InboxState, OutboxState, ReceiptKind
from bot.store.types import Identity, Json, Moment, Words
from policies.announcement import State
from policies.model import Platform

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)


def _one_of(column: str, values: Iterable[Enum]) -> CheckConstraint:
    allowed = ", ".join(f"'{value.value}'" for value in values)
    return CheckConstraint(f"{column} IN ({allowed})", name=column)


def _only(condition: str) -> dict[str, Any]:
    """A partial index, on both engines."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


# ── In and out ────────────────────────────────────────────────────────────────────────────────────

inbox = Table(
    "inbox",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("platform", String, nullable=False),
    Column("tenant", Words, nullable=False),
    Column("event_id", Words, nullable=False),
    Column("cause", Words, nullable=False),
    Column("family", String, nullable=False),
    Column("klass", String, nullable=False),
    Column("kind", Words, nullable=False),
    Column("headers", Json, nullable=False),
    Column("body", Words, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("state", String, nullable=False),
    Column("note", Words, nullable=False),
    Column("turn_at", Moment, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    UniqueConstraint("platform", "tenant", "event_id"),
    UniqueConstraint("platform", "tenant", "cause", "family"),
    _one_of("platform", Platform),
    _one_of("klass", InboxClass),
    _one_of("state", InboxState),
    sqlite_autoincrement=True,
)
Index("ix_inbox_new", inbox.c.turn_at, inbox.c.id, **_only("state = 'new'"))
Index("ix_inbox_received_at", inbox.c.received_at)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("key", String(40), nullable=False),
    Column("former_keys", Json, nullable=False),
    Column("platform", String, nullable=False),
    Column("effect", Json, nullable=False),
    Column("step", Words, nullable=False),
    Column("state", String, nullable=False),
    Column("announcement", Words, nullable=False),
    Column("weight", Integer, nullable=False),
    Column("recipients", Json, nullable=False),
    Column("copies", Integer, nullable=False),
    Column("not_before", Moment),
    Column("release_group", Words, nullable=False),
    Column("tell", Words),
    Column("cause", Words, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment),
    Column("ready_at", Moment, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("may_have_left", Boolean, nullable=False, default=False),
    Column("first_attempt_at", Moment),
    Column("attempted_at", Moment),
    Column("next_attempt_at", Moment),
    Column("sent_at", Moment),
    Column("receipt", Json, nullable=False),
    Column("message_id", Words, nullable=False),
    Column("error_kind", String, nullable=False, default=""),
    Column("error", Words, nullable=False, default=""),
    Column("owner", Words, nullable=False, default=""),
    Column("epoch", Integer, nullable=False, default=0),
    Column("told_at", Moment),
    Column("settled_by", Words, nullable=False, default=""),
    Column("bundle", Words, nullable=False, server_default=""),
    UniqueConstraint("key"),
    CheckConstraint("length(key) = 40", name="key_length"),
    CheckConstraint("attempts >= 0 AND epoch >= 0 AND generation >= 0", name="counts"),
    CheckConstraint("state <> 'attempted' OR first_attempt_at IS NOT NULL", name="attempted_since"),
    _one_of("platform", Platform),
    _one_of("state", OutboxState),
    sqlite_autoincrement=True,
)
Index(
    "ix_outbox_due",
    outbox.c.platform,
    outbox.c.weight,
    outbox.c.ready_at,
    outbox.c.id,
    **_only("state = 'due'"),
)
Index("ix_outbox_attempted", outbox.c.platform, outbox.c.id, **_only("state = 'attempted'"))
Index(
    "ix_outbox_waiting",
    outbox.c.release_group,
    **_only("state IN ('held', 'due')"),
)
Index("ix_outbox_announcement", outbox.c.announcement, outbox.c.state)
Index(
    "ix_outbox_untold",
    outbox.c.id,
    **_only("state IN ('unknown', 'dead') AND told_at IS NULL"),
)
Index("ix_outbox_expiring", outbox.c.expires_at, **_only("state = 'due' AND expires_at IS NOT NULL"))
Index("ix_outbox_message", outbox.c.message_id, outbox.c.platform, **_only("message_id <> ''"))
Index("ix_outbox_state", outbox.c.state, outbox.c.id)
Index("ix_outbox_bundle", outbox.c.bundle, **_only("bundle <> ''"))

leases = Table(
    "leases",
    metadata,
    Column("platform", String, primary_key=True),
    Column("owner", Words, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("expires_at", Moment, nullable=False),
    _one_of("platform", Platform),
)

# ── What people asked for ─────────────────────────────────────────────────────────────────────────

announcements = Table(
    "announcements",
    metadata,
    Column("id", Words, primary_key=True),
    Column("author", Words, nullable=False),
    Column("state", String, nullable=False),
    Column("is_important", Boolean, nullable=False),
    Column("is_urgent", Boolean, nullable=False),
    Column("content", Json, nullable=False),
    Column("asked_from", Words, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("version", Integer, nullable=False),
    Column("label", Words, nullable=False),
    Column("size", Integer, nullable=False),
    Column("card_key", String, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("confirmed_at", Moment),
    Column("confirmed_by", Words),
    Column("undo_until", Moment),
    Column("skeleton", Words, nullable=False),
    Column("decision", Json, nullable=False),
    _one_of("state", State),
)
Index("ix_announcements_author", announcements.c.author, announcements.c.created_at)
Index(
    "ix_announcements_confirmed",
    announcements.c.confirmed_at,
    **_only("confirmed_at IS NOT NULL"),
)

receipts = Table(
    "receipts",
    metadata,
    Column("announcement", Words, nullable=False),
    Column("person", Words, nullable=False),
    Column("kind", String, nullable=False),
    Column("account", Words, nullable=False),
    Column("at", Moment, nullable=False),
    PrimaryKeyConstraint("announcement", "person", "kind"),
    _one_of("kind", ReceiptKind),
)
Index("ix_receipts_at", receipts.c.at)

looks = Table(
    "looks",
    metadata,
    Column("key", Words, primary_key=True),
    Column("announcement", Words, nullable=False),
    Column("asked_by", Words, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("done_at", Moment),
)
Index("ix_looks_announcement", looks.c.announcement)
Index("ix_looks_open", looks.c.asked_at, looks.c.key, **_only("done_at IS NULL"))

timers = Table(
    "timers",
    metadata,
    Column("key", Words, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("kind", String, nullable=False),
    Column("subject", Words, nullable=False),
    Column("catch_up", String, nullable=False),
    Column("state", String, nullable=False),
    PrimaryKeyConstraint("key", "due_at"),
    CheckConstraint("state IN ('pending', 'done', 'cancelled')", name="state"),
    _one_of("catch_up", CatchUp),
)
Index("ix_timers_pending", timers.c.due_at, timers.c.key, **_only("state = 'pending'"))

actions = Table(
    "actions",
    metadata,
    Column("id", Words, primary_key=True),
    Column("kind", String, nullable=False),
    Column("subject", Words, nullable=False),
    Column("label", Words, nullable=False),
    Column("addressees", Json, nullable=False),
    Column("version", Integer, nullable=False),
    Column("change", Json, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("once", Boolean, nullable=False),
    Column("used_by", Words),
    Column("used_at", Moment),
    CheckConstraint("(used_by IS NULL) = (used_at IS NULL)", name="used"),
)
Index("ix_actions_subject", actions.c.subject)
Index("ix_actions_expires_at", actions.c.expires_at)

dialogs = Table(
    "dialogs",
    metadata,
    Column("account", Words, primary_key=True),
    Column("expects", String, nullable=False),
    Column("subject", Words, nullable=False),
    Column("offers", Json, nullable=False),
    Column("until", Moment, nullable=False),
    Column("greeted", Boolean, nullable=False),
)

# ── The mirror of the company ─────────────────────────────────────────────────────────────────────

accounts = Table(
    "accounts",
    metadata,
    Column("platform", String, nullable=False),
    Column("id", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("is_active", Boolean, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("left_at", Moment),
    PrimaryKeyConstraint("platform", "id"),
    _one_of("platform", Platform),
)

departments = Table(
    "departments",
    metadata,
    Column("id", Words, primary_key=True),
    Column("platform", String, nullable=False),
    Column("name", Words, nullable=False),
    Column("parent", Words),
    Column("head", Words),
    Column("path", Json, nullable=False),
    _one_of("platform", Platform),
)

memberships = Table(
    "memberships",
    metadata,
    Column("platform", String, nullable=False),
    Column("account", Words, nullable=False),
    Column("department", Words, nullable=False),
    PrimaryKeyConstraint("platform", "account", "department"),
    ForeignKeyConstraint(["platform", "account"], ["accounts.platform", "accounts.id"], ondelete="CASCADE"),
)

links = Table(
    "links",
    metadata,
    Column("account", Words, primary_key=True),
    Column("person", Words, nullable=False),
    Column("source", String, nullable=False),
    CheckConstraint("source IN ('config', 'confirmed')", name="source"),
)

chats = Table(
    "chats",
    metadata,
    Column("platform", String, nullable=False),
    Column("id", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("members", Json),
    Column("managed_for", Words, nullable=False),
    Column("is_alive", Boolean, nullable=False),
    Column("seen_at", Moment),
    PrimaryKeyConstraint("platform", "id"),
    _one_of("platform", Platform),
)
Index("ix_chats_name", chats.c.name)

# ── Proof, quota, small things ────────────────────────────────────────────────────────────────────

audit = Table(
    "audit",
    metadata,
    Column("seq", Identity, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("who", Words, nullable=False),
    Column("act", Words, nullable=False),
    Column("subject", Words, nullable=False),
    Column("rule", Words, nullable=False),
    Column("why", Words, nullable=False),
    Column("details", Json, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    CheckConstraint("length(hash) = 64 AND length(previous) = 64", name="hash_length"),
)
Index("ix_audit_subject", audit.c.subject)

meter = Table(
    "meter",
    metadata,
    Column("platform", String, nullable=False),
    Column("month", String(7), nullable=False),
    Column("pot", String, nullable=False),
    Column("units", Identity, nullable=False),
    PrimaryKeyConstraint("platform", "month", "pot"),
    _one_of("platform", Platform),
)

marks = Table(
    "marks",
    metadata,
    Column("key", Words, primary_key=True),
    Column("value", Json, nullable=False),
)

gaps = Table(
    "gaps",
    metadata,
    Column("platform", String, nullable=False),
    Column("since", Moment, nullable=False),
    Column("until", Moment),
    Column("told_at", Moment),
    PrimaryKeyConstraint("platform", "since"),
    _one_of("platform", Platform),
)
