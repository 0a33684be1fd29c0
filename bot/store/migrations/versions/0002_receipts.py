"""Who pressed 收到, who was seen to have read, and who still waits to be told of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.types import Moment, Words

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Two tables."""
    op.create_table(
        "receipts",
        sa.Column("announcement", Words(), nullable=False),
        sa.Column("person", Words(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("account", Words(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.CheckConstraint("kind IN ('received', 'read')", name=op.f("ck_receipts_kind")),
        sa.PrimaryKeyConstraint("announcement", "person", "kind", name=op.f("pk_receipts")),
    )
    op.create_index("ix_receipts_at", "receipts", ["at"])
    op.create_table(
        "looks",
        sa.Column("key", Words(), nullable=False),
        sa.Column("announcement", Words(), nullable=False),
        sa.Column("asked_by", Words(), nullable=False),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("done_at", Moment()),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_looks")),
    )
    op.create_index("ix_looks_announcement", "looks", ["announcement"])
    op.create_index(
        "ix_looks_open",
        "looks",
        ["asked_at", "key"],
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )
