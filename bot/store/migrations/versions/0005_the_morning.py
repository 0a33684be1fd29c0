"""What the gentle morning keeps: which message of several carries a row, or which morning gathers it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.types import Words

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """A column, and the index through which a morning and a carrier find theirs."""
    op.add_column("outbox", sa.Column("bundle", Words(), nullable=False, server_default=""))
    op.create_index(
        "ix_outbox_bundle",
        "outbox",
        ["bundle"],
        sqlite_where=sa.text("bundle <> ''"),
        postgresql_where=sa.text("bundle <> ''"),
    )
