"""Tables of the pilot: its life, what the heads of its departments said, and the tickets people opened."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, Integer, PrimaryKeyConstraint, String, Table

from bot.store.tables import metadata
from bot.store.types import Json, Moment, Words
from policies.feedback.life import State as TicketState
from policies.pilot import State

pilots = Table(
    "pilots",
    metadata,
    Column("id", Words, primary_key=True),
    Column("state", String, nullable=False),
    Column("starts", String(10), nullable=False),
    Column("ends", String(10), nullable=False),
    Column("departments", Json, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("begun_at", Moment),
    Column("decided_at", Moment),
    Column("decided_by", Words, nullable=False),
    Column("extended", Integer, nullable=False),
    CheckConstraint(f"state IN ({', '.join(repr(one.value) for one in State)})", name="state"),
)

consents = Table(
    "consents",
    metadata,
    Column("pilot", Words, nullable=False),
    Column("department", Words, nullable=False),
    Column("head", Words, nullable=False),
    Column("said", String, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("said_at", Moment),
    Column("advice", String, nullable=False),
    PrimaryKeyConstraint("pilot", "department"),
    CheckConstraint("said IN ('asked', 'yes', 'question')", name="said"),
    CheckConstraint("advice IN ('', 'roll-out', 'extend', 'stop')", name="advice"),
)

tickets = Table(
    "tickets",
    metadata,
    Column("id", Words, primary_key=True),
    Column("asker", Words, nullable=False),
    Column("account", Words, nullable=False),
    Column("department", Words, nullable=False),
    Column("classes", Json, nullable=False),
    Column("text", Words, nullable=False),
    Column("state", String, nullable=False),
    Column("answered_as", String, nullable=False),
    Column("owner", Words, nullable=False),
    Column("answer", Words, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("taken_at", Moment),
    Column("answered_at", Moment),
    Column("confirmed_at", Moment),
    CheckConstraint(f"state IN ({', '.join(repr(one.value) for one in TicketState)})", name="state"),
    CheckConstraint("answered_as IN ('', 'solved', 'declined')", name="answered_as"),
)
Index("ix_tickets_opened_at", tickets.c.opened_at)
Index("ix_tickets_asker", tickets.c.asker, tickets.c.opened_at)
