"""Tables of questionnaires and of the sealed box (问卷、密封票箱): what they keep, and above all what they do not.

No table here has a time of participation, and none that holds answers of an anonymous questionnaire has a person.
``WITHOUT ROWID`` and random keys keep SQLite from remembering an order.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    text,
)

from bot.store.tables import metadata
from bot.store.types import Json, Moment, Words
from policies.questionnaire.life import State
from policies.questionnaire.model import Ending

_STATES = ", ".join(f"'{state.value}'" for state in State)
_ENDINGS = ", ".join(f"'{ending.value}'" for ending in Ending)

questionnaires = Table(
    "questionnaires",
    metadata,
    Column("run", Words, primary_key=True),
    Column("questionnaire", Words, nullable=False),
    Column("state", String, nullable=False),
    Column("terms", Json, nullable=False),
    Column("fingerprint", String(7), nullable=False),
    Column("opens_at", Moment, nullable=False),
    Column("remind_at", Moment),
    Column("closes_at", Moment, nullable=False),
    Column("ending", String, nullable=False),
    Column("took_part", Integer, nullable=False),
    CheckConstraint(f"state IN ({_STATES})", name="state"),
    CheckConstraint(f"ending IN ('', {_ENDINGS})", name="ending"),
)
Index(
    "ix_questionnaires_living",
    questionnaires.c.state,
    sqlite_where=text("state IN ('planned', 'open', 'closed')"),
    postgresql_where=text("state IN ('planned', 'open', 'closed')"),
)
Index("ix_questionnaires_of", questionnaires.c.questionnaire, questionnaires.c.opens_at)

poll_audience = Table(
    "poll_audience",
    metadata,
    Column("run", Words, nullable=False),
    Column("person", Words, nullable=False),
    Column("account", Words, nullable=False),
    Column("cell", Words, nullable=False),
    PrimaryKeyConstraint("run", "person"),
    sqlite_with_rowid=False,
)

took_part = Table(
    "took_part",
    metadata,
    Column("run", Words, nullable=False),
    Column("tag", Words, nullable=False),
    PrimaryKeyConstraint("run", "tag"),
    sqlite_with_rowid=False,
)

boxes = Table(
    "boxes",
    metadata,
    Column("run", Words, nullable=False),
    Column("id", String(32), nullable=False),
    Column("box", LargeBinary, nullable=False),
    PrimaryKeyConstraint("run", "id"),
    sqlite_with_rowid=False,
)

named_answers = Table(
    "named_answers",
    metadata,
    Column("run", Words, nullable=False),
    Column("person", Words, nullable=False),
    Column("answers", Json, nullable=False),
    Column("is_whole", Boolean, nullable=False),
    PrimaryKeyConstraint("run", "person"),
)

tallies = Table(
    "tallies",
    metadata,
    Column("run", Words, nullable=False),
    Column("question", Words, nullable=False),
    Column("tally", Json, nullable=False),
    PrimaryKeyConstraint("run", "question"),
)

poll_texts = Table(
    "poll_texts",
    metadata,
    Column("run", Words, nullable=False),
    Column("question", Words, nullable=False),
    Column("id", String(32), nullable=False),
    Column("text", Words, nullable=False),
    PrimaryKeyConstraint("run", "question", "id"),
    sqlite_with_rowid=False,
)

letters = Table(
    "letters",
    metadata,
    Column("id", String(32), nullable=False),
    Column("thread", String(64), nullable=False),
    Column("batch", String(10), nullable=False),
    Column("side", String, nullable=False),
    Column("place", Integer, nullable=False),
    Column("text", Words, nullable=False),
    PrimaryKeyConstraint("id"),
    CheckConstraint("side IN ('writer', 'company')", name="side"),
    sqlite_with_rowid=False,
)
Index("ix_letters_thread", letters.c.thread, letters.c.place)
