"""What the workspace shall be: changes, managed groups."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from bot.store.types import Json, Moment, Words

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Seven tables."""
    _managed()
    _plans()
    _people_asked()


def _managed() -> None:
    op.create_table(
        "managed",
        sa.Column("key", Words(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("chat", Words(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("generation", sa.String(), nullable=False),
        sa.Column("serves", Words(), nullable=False),
        sa.Column("name", Words(), nullable=False),
        sa.Column("handle", Words(), nullable=False),
        sa.Column("guests", Json(), nullable=False),
        sa.Column("appointed", Json(), nullable=False),
        sa.Column("bound_at", Moment(), nullable=False),
        sa.Column("bound_by", Words(), nullable=False),
        sa.CheckConstraint("platform IN ('feishu', 'dingtalk')", name=op.f("ck_managed_platform")),
        sa.CheckConstraint("origin IN ('made', 'adopted')", name=op.f("ck_managed_origin")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_managed")),
        sa.UniqueConstraint("platform", "chat", name=op.f("uq_managed_platform_chat")),
    )
    op.create_table(
        "creations",
        sa.Column("key", Words(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("asked_at", Moment()),
        sa.Column("state", sa.String(), nullable=False),
        sa.CheckConstraint("state IN ('free', 'asked', 'unknown')", name=op.f("ck_creations_state")),
        sa.CheckConstraint("state = 'free' OR asked_at IS NOT NULL", name=op.f("ck_creations_asked_since")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_creations")),
    )


def _plans() -> None:
    op.create_table(
        "plans",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("id", Words(), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("scope", Json()),
        sa.Column("content", Json(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_plans")),
    )
    op.create_index("ix_plans_id", "plans", ["id", "made_at"])
    op.create_table(
        "runs",
        sa.Column("id", Words(), nullable=False),
        sa.Column("plan", Words(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("by", Words(), nullable=False),
        sa.Column("forced", Words(), nullable=False),
        sa.Column("started_at", Moment(), nullable=False),
        sa.Column("alive_until", Moment(), nullable=False),
        sa.Column("ended_at", Moment()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
    )
    op.create_index("ix_runs_open", "runs", ["started_at"], **_only("ended_at IS NULL"))
    op.create_table(
        "changes",
        sa.Column("run", Words(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("change", sa.String(), nullable=False),
        sa.Column("key", Words(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", Words(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", Words(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.CheckConstraint(
            "state IN ('planned', 'applying', 'applied', 'failed', 'unknown')", name=op.f("ck_changes_state")
        ),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name=op.f("fk_changes_run")),
        sa.PrimaryKeyConstraint("run", "seq", name=op.f("pk_changes")),
    )


def _people_asked() -> None:
    op.create_table(
        "clicked",
        sa.Column("todo", Words(), nullable=False),
        sa.Column("by", Words(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("todo", name=op.f("pk_clicked")),
    )
    op.create_table(
        "group_asks",
        sa.Column("id", Words(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("about", Words(), nullable=False),
        sa.Column("account", Words(), nullable=False),
        sa.Column("person", Words(), nullable=False),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("done_at", Moment()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_asks")),
    )
    op.create_index("ix_group_asks_open", "group_asks", ["asked_at"], **_only("done_at IS NULL"))


def _only(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}
