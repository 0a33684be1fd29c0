"""收件箱 (inbox): what came in, written before it is acknowledged; a repeat is recognised and writes nothing."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Integer, Row, bindparam, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.store.dialect import is_postgres, one_of
from bot.store.rows import InboxClass, InboxRow, InboxState, NewInbox
from bot.store.tables import inbox
from policies.model import Platform

_FAMILIES = {"said": "message", "posted": "message"}
"""Kinds that one message may be taken for; a robot message comes again under another frame id and only its
message id (the cause) tells that it is the same."""


def insert(conn: Connection, entry: NewInbox) -> int | None:
    """Write it; ``None`` when the same event, or the same message under another event id, is there already."""
    row = conn.execute(
        _insert(is_postgres(conn)),
        {
            "platform": entry.platform.value,
            "tenant": entry.tenant,
            "event_id": entry.event_id,
            "cause": entry.cause,
            "family": _FAMILIES.get(entry.kind, entry.kind),
            "klass": entry.klass.value,
            "kind": entry.kind,
            "headers": entry.headers,
            "body": entry.body,
            "received_at": entry.received_at,
            "state": entry.state.value,
            "note": entry.note,
            "turn_at": entry.turn_at or entry.received_at,
            "attempts": 0,
        },
    ).first()
    return None if row is None else int(row.id)


@cache
def _insert(for_postgres: bool) -> sqlite.Insert | postgresql.Insert:
    """Made once: to put it together takes longer than to carry it out."""
    made = postgresql.insert(inbox) if for_postgres else sqlite.insert(inbox)
    return made.on_conflict_do_nothing().returning(inbox.c.id)  # type: ignore[return-value]


def next_new(conn: Connection, limit: int = 1, *, lock: bool = False) -> tuple[InboxRow, ...]:
    """Rows nobody has judged, by whose turn it is.

    Args:
        lock: on PostgreSQL, pass over rows that another instance is judging and keep others from these until
            the end of the transaction (only inside ``store.write``).
    """
    found = conn.execute(_NEW_AND_LOCKED if lock else _NEW, {"most": limit})
    return tuple(_row(row) for row in found)


_NEW = (
    select(inbox)
    .where(one_of(inbox.c.state, InboxState.NEW))
    .order_by(inbox.c.turn_at, inbox.c.id)
    .limit(bindparam("most", type_=Integer))
)
_NEW_AND_LOCKED = _NEW.with_for_update(skip_locked=True)


def get(conn: Connection, id: int) -> InboxRow | None:  # noqa: A002 - the column's name
    row = conn.execute(select(inbox).where(inbox.c.id == id)).first()
    return None if row is None else _row(row)


def mark(conn: Connection, id: int, state: InboxState, note: str = "") -> bool:  # noqa: A002
    """End its life; ``False`` if it had ended already, and then nothing else may be written for it."""
    found = conn.execute(
        update(inbox)
        .where(inbox.c.id == id, one_of(inbox.c.state, InboxState.NEW))
        .values(state=state.value, note=note)
    )
    return found.rowcount == 1


def attempted(conn: Connection, id: int) -> int:  # noqa: A002
    """Count one more failed judgement; returns how many there have been."""
    row = conn.execute(
        update(inbox)
        .where(inbox.c.id == id)
        .values(attempts=inbox.c.attempts + 1)
        .returning(inbox.c.attempts)
    ).first()
    return 0 if row is None else int(row.attempts)


def open_count(conn: Connection) -> int:
    """How many wait to be judged."""
    statement = select(func.count()).select_from(inbox).where(one_of(inbox.c.state, InboxState.NEW))
    return int(conn.execute(statement).scalar_one())


def counts(conn: Connection) -> dict[InboxState, int]:
    """How many rows are in each state."""
    found = conn.execute(select(inbox.c.state, func.count()).group_by(inbox.c.state))
    return {InboxState(state): int(count) for state, count in found}


def shed(conn: Connection, before: datetime) -> int:
    """Empty the bodies of judged rows older than ``before``; the ids stay and go on saying no to repeats."""
    found = conn.execute(
        update(inbox)
        .where(inbox.c.received_at < before, inbox.c.state != InboxState.NEW.value, inbox.c.body != "")
        .values(body="", headers={})
    )
    return found.rowcount


def purge(conn: Connection, before: datetime) -> int:
    """Delete judged rows older than ``before`` (30 days at least: the platforms repeat events for hours)."""
    found = conn.execute(
        delete(inbox).where(inbox.c.received_at < before, inbox.c.state != InboxState.NEW.value)
    )
    return found.rowcount


def _row(row: Row[Any]) -> InboxRow:
    return InboxRow(
        id=row.id,
        entry=NewInbox(
            platform=Platform(row.platform),
            tenant=row.tenant,
            event_id=row.event_id,
            cause=row.cause,
            klass=InboxClass(row.klass),
            kind=row.kind,
            headers=row.headers,
            body=row.body,
            received_at=row.received_at,
            state=InboxState(row.state),
            note=row.note,
            turn_at=row.turn_at,
        ),
        attempts=row.attempts,
    )
