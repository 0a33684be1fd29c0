"""审计日志 (audit log): appended, never changed; each row's hash covers the row before it.

The newest number and hash also stand in ``marks``, so rows cut off at the end are noticed like changed ones.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from bot.store import marks
from bot.store.rows import AuditEntry
from bot.store.tables import audit
from bot.store.types import dumps, written

GENESIS = "0" * 64
"""What the first row's hash is chained to."""

_HEAD = "audit.head"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chained:
    """An entry at its place in the chain."""

    seq: int
    entry: AuditEntry
    previous: str
    hash: str


def append(conn: Connection, entries: Sequence[AuditEntry]) -> int:
    """Write entries in the transaction of what they tell of; returns the newest number."""
    seq, previous = head(conn)
    rows = []
    for entry in entries:
        seq += 1
        digest = _digest(seq, previous, entry)
        rows.append({"seq": seq, **_values(entry), "previous": previous, "hash": digest})
        previous = digest
    if rows:
        conn.execute(insert(audit), rows)
        marks.put(conn, _HEAD, {"seq": seq, "hash": previous})
    return seq


def head(conn: Connection) -> tuple[int, str]:
    """The newest number and hash; ``(0, GENESIS)`` before the first entry."""
    row = conn.execute(select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc()).limit(1)).first()
    return (0, GENESIS) if row is None else (int(row.seq), str(row.hash))


def verify(conn: Connection) -> int | None:
    """The number of the first row that was changed, removed or put in; ``None``: the chain is whole."""
    seq, previous = 0, GENESIS
    for row in conn.execution_options(yield_per=1000).execute(select(audit).order_by(audit.c.seq)):
        seq += 1
        found = _chained(row)
        if (
            found.seq != seq
            or found.previous != previous
            or found.hash != _digest(seq, previous, found.entry)
        ):
            return seq
        previous = found.hash
    newest = marks.get(conn, _HEAD)
    if newest is None:
        return None if seq == 0 else seq
    return None if newest == {"seq": seq, "hash": previous} else min(seq, int(newest["seq"])) + 1


def tail(conn: Connection, limit: int = 20, subject: str | None = None) -> tuple[Chained, ...]:
    """The newest entries, oldest of them first; only those about ``subject`` if it is named."""
    statement = select(audit).order_by(audit.c.seq.desc()).limit(limit)
    if subject is not None:
        statement = statement.where(audit.c.subject == subject)
    return tuple(_chained(row) for row in reversed(conn.execute(statement).all()))


def _digest(seq: int, previous: str, entry: AuditEntry) -> str:
    values = {**_values(entry), "at": written(entry.at), "details": dict(entry.details), "seq": seq}
    return hashlib.sha256(f"{previous}\n{dumps(values)}".encode()).hexdigest()


def _values(entry: AuditEntry) -> dict[str, Any]:
    return {
        "at": entry.at,
        "who": entry.who,
        "act": entry.act,
        "subject": entry.subject,
        "rule": entry.rule,
        "why": entry.why,
        "details": entry.details,
    }


def _chained(row: Row[Any]) -> Chained:
    entry = AuditEntry(
        at=row.at,
        who=row.who,
        act=row.act,
        subject=row.subject,
        rule=row.rule,
        why=row.why,
        details=row.details,
    )
    return Chained(seq=row.seq, entry=entry, previous=row.previous, hash=row.hash)
