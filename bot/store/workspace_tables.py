"""Tables of the workspace: which groups are ours, what was planned, and what became of every change."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
    text,
)

from bot.store.tables import metadata
from bot.store.types import Json, Moment, Words

managed = Table(
    "managed",
    metadata,
    Column("key", Words, primary_key=True),
    Column("platform", String, nullable=False),
    Column("chat", Words, nullable=False),
    Column("origin", String, nullable=False),
    Column("generation", String, nullable=False),
    Column("serves", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("handle", Words, nullable=False),
    Column("guests", Json, nullable=False),
    Column("appointed", Json, nullable=False),
    Column("bound_at", Moment, nullable=False),
    Column("bound_by", Words, nullable=False),
    UniqueConstraint("platform", "chat"),
    CheckConstraint("platform IN ('feishu', 'dingtalk')", name="platform"),
    CheckConstraint("origin IN ('made', 'adopted')", name="origin"),
)

creations = Table(
    "creations",
    metadata,
    Column("key", Words, primary_key=True),
    Column("attempt", Integer, nullable=False),
    Column("asked_at", Moment),
    Column("state", String, nullable=False),
    CheckConstraint("state IN ('free', 'asked', 'unknown')", name="state"),
    CheckConstraint("state = 'free' OR asked_at IS NOT NULL", name="asked_since"),
)

plans = Table(
    "plans",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("id", Words, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("scope", Json),
    Column("content", Json, nullable=False),
)
Index("ix_plans_id", plans.c.id, plans.c.made_at)

runs = Table(
    "runs",
    metadata,
    Column("id", Words, primary_key=True),
    Column("plan", Words, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("by", Words, nullable=False),
    Column("forced", Words, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("alive_until", Moment, nullable=False),
    Column("ended_at", Moment),
)
Index(
    "ix_runs_open",
    runs.c.started_at,
    sqlite_where=text("ended_at IS NULL"),
    postgresql_where=text("ended_at IS NULL"),
)

changes = Table(
    "changes",
    metadata,
    Column("run", Words, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("change", String, nullable=False),
    Column("key", Words, nullable=False),
    Column("kind", String, nullable=False),
    Column("name", Words, nullable=False),
    Column("people", Integer, nullable=False),
    Column("state", String, nullable=False),
    Column("reason", Words, nullable=False),
    Column("at", Moment, nullable=False),
    PrimaryKeyConstraint("run", "seq"),
    ForeignKeyConstraint(["run"], ["runs.id"]),
    CheckConstraint("state IN ('planned', 'applying', 'applied', 'failed', 'unknown')", name="state"),
)

clicked = Table(
    "clicked",
    metadata,
    Column("todo", Words, primary_key=True),
    Column("by", Words, nullable=False),
    Column("at", Moment, nullable=False),
)

group_asks = Table(
    "group_asks",
    metadata,
    Column("id", Words, primary_key=True),
    Column("kind", String, nullable=False),
    Column("about", Words, nullable=False),
    Column("account", Words, nullable=False),
    Column("person", Words, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("done_at", Moment),
)
Index(
    "ix_group_asks_open",
    group_asks.c.asked_at,
    sqlite_where=text("done_at IS NULL"),
    postgresql_where=text("done_at IS NULL"),
)
