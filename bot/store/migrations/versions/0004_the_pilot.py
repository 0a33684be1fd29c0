"""Questionnaires and the sealed box; the pilot, its tickets and rehearsals."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.types import Json, Moment, Words

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """The tables of each room."""
    _questionnaires()
    _the_sealed_box()
    _pilot()


def _questionnaires() -> None:
    op.create_table(
        "questionnaires",
        sa.Column("run", Words(), nullable=False),
        sa.Column("questionnaire", Words(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("terms", Json(), nullable=False),
        sa.Column("fingerprint", sa.String(7), nullable=False),
        sa.Column("opens_at", Moment(), nullable=False),
        sa.Column("remind_at", Moment()),
        sa.Column("closes_at", Moment(), nullable=False),
        sa.Column("ending", sa.String(), nullable=False),
        sa.Column("took_part", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('planned', 'open', 'closed', 'reported', 'cancelled')",
            name=op.f("ck_questionnaires_state"),
        ),
        sa.CheckConstraint(
            "ending IN ('', 'counted', 'too-few', 'key-lost', 'stopped')",
            name=op.f("ck_questionnaires_ending"),
        ),
        sa.PrimaryKeyConstraint("run", name=op.f("pk_questionnaires")),
    )
    op.create_index(
        "ix_questionnaires_living",
        "questionnaires",
        ["state"],
        sqlite_where=sa.text("state IN ('planned', 'open', 'closed')"),
        postgresql_where=sa.text("state IN ('planned', 'open', 'closed')"),
    )
    op.create_index("ix_questionnaires_of", "questionnaires", ["questionnaire", "opens_at"])
    op.create_table(
        "poll_audience",
        sa.Column("run", Words(), nullable=False),
        sa.Column("person", Words(), nullable=False),
        sa.Column("account", Words(), nullable=False),
        sa.Column("cell", Words(), nullable=False),
        sa.PrimaryKeyConstraint("run", "person", name=op.f("pk_poll_audience")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "named_answers",
        sa.Column("run", Words(), nullable=False),
        sa.Column("person", Words(), nullable=False),
        sa.Column("answers", Json(), nullable=False),
        sa.Column("is_whole", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("run", "person", name=op.f("pk_named_answers")),
    )
    op.create_table(
        "tallies",
        sa.Column("run", Words(), nullable=False),
        sa.Column("question", Words(), nullable=False),
        sa.Column("tally", Json(), nullable=False),
        sa.PrimaryKeyConstraint("run", "question", name=op.f("pk_tallies")),
    )


def _the_sealed_box() -> None:
    """Nothing here has a time, and nothing that holds answers has a person."""
    op.create_table(
        "took_part",
        sa.Column("run", Words(), nullable=False),
        sa.Column("tag", Words(), nullable=False),
        sa.PrimaryKeyConstraint("run", "tag", name=op.f("pk_took_part")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "boxes",
        sa.Column("run", Words(), nullable=False),
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("box", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("run", "id", name=op.f("pk_boxes")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "poll_texts",
        sa.Column("run", Words(), nullable=False),
        sa.Column("question", Words(), nullable=False),
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("text", Words(), nullable=False),
        sa.PrimaryKeyConstraint("run", "question", "id", name=op.f("pk_poll_texts")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "letters",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("thread", sa.String(64), nullable=False),
        sa.Column("batch", sa.String(10), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("text", Words(), nullable=False),
        sa.CheckConstraint("side IN ('writer', 'company')", name=op.f("ck_letters_side")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letters")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_letters_thread", "letters", ["thread", "place"])


def _pilot() -> None:
    op.create_table(
        "pilots",
        sa.Column("id", Words(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("starts", sa.String(length=10), nullable=False),
        sa.Column("ends", sa.String(length=10), nullable=False),
        sa.Column("departments", Json(), nullable=False),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("begun_at", Moment()),
        sa.Column("decided_at", Moment()),
        sa.Column("decided_by", Words(), nullable=False),
        sa.Column("extended", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('asking', 'running', 'ended', 'rolled-out', 'stopped')", name=op.f("ck_pilots_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pilots")),
    )
    op.create_table(
        "consents",
        sa.Column("pilot", Words(), nullable=False),
        sa.Column("department", Words(), nullable=False),
        sa.Column("head", Words(), nullable=False),
        sa.Column("said", sa.String(), nullable=False),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("said_at", Moment()),
        sa.Column("advice", sa.String(), nullable=False),
        sa.CheckConstraint("said IN ('asked', 'yes', 'question')", name=op.f("ck_consents_said")),
        sa.CheckConstraint("advice IN ('', 'roll-out', 'extend', 'stop')", name=op.f("ck_consents_advice")),
        sa.PrimaryKeyConstraint("pilot", "department", name=op.f("pk_consents")),
    )
    op.create_table(
        "tickets",
        sa.Column("id", Words(), nullable=False),
        sa.Column("asker", Words(), nullable=False),
        sa.Column("account", Words(), nullable=False),
        sa.Column("department", Words(), nullable=False),
        sa.Column("classes", Json(), nullable=False),
        sa.Column("text", Words(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("answered_as", sa.String(), nullable=False),
        sa.Column("owner", Words(), nullable=False),
        sa.Column("answer", Words(), nullable=False),
        sa.Column("opened_at", Moment(), nullable=False),
        sa.Column("taken_at", Moment()),
        sa.Column("answered_at", Moment()),
        sa.Column("confirmed_at", Moment()),
        sa.CheckConstraint(
            "state IN ('open', 'taken', 'solved', 'declined', 'confirmed')", name=op.f("ck_tickets_state")
        ),
        sa.CheckConstraint("answered_as IN ('', 'solved', 'declined')", name=op.f("ck_tickets_answered_as")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tickets")),
    )
    op.create_index("ix_tickets_opened_at", "tickets", ["opened_at"])
    op.create_index("ix_tickets_asker", "tickets", ["asker", "opened_at"])
