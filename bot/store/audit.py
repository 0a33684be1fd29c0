"""审计日志 (audit log): appended, never changed; each row's hash covers the row before it.

The newest number and hash also stand in ``marks``, so rows cut off at the end are noticed like changed ones.
What has been kept long enough goes from the beginning, whole rows at a time; the entry that tells of it is part of
the chain and names the last row that went and its hash. So the chain can be checked from there on, and a beginning
that is missing without such an entry is noticed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from bot.store import marks
from bot.store.rows import AuditEntry
from bot.store.tables import audit
from bot.store.types import dumps, written
from policies.model import Scalar

PURGED = "purged"
"""What the entry says was done that tells of rows that have gone; nothing else may say so."""

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
        conn.execute(_APPEND, rows)
        marks.put(conn, _HEAD, {"seq": seq, "hash": previous})
    return seq


_APPEND = insert(audit)


def head(conn: Connection) -> tuple[int, str]:
    """The newest number and hash; ``(0, GENESIS)`` before the first entry."""
    row = conn.execute(_NEWEST).first()
    return (0, GENESIS) if row is None else (int(row.seq), str(row.hash))


_NEWEST = select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc()).limit(1)


def purge(conn: Connection, before: datetime) -> Mapping[str, Scalar]:
    """Forget the rows of before, from the first on; what the entry that tells of it must say for ``verify``.

    The newest row stays whatever its age: the chain goes on from it.
    """
    newest, _ = head(conn)
    young = select(audit.c.seq).where(audit.c.at >= before).order_by(audit.c.seq).limit(1)
    first = conn.execute(young).scalar() or newest
    gone = conn.execute(delete(audit).where(audit.c.seq < first)).rowcount
    last, previous = beginning(conn)
    return {"audit": gone, "audit_to": last, "audit_hash": previous} if last else {"audit": gone}


def beginning(conn: Connection) -> tuple[int, str]:
    """Number and hash of the last row that has gone; ``(0, GENESIS)`` while all of them are there.

    Every purge says it anew, for the entry that said it first goes too one day.
    """
    row = conn.execute(select(audit.c.seq, audit.c.previous).order_by(audit.c.seq).limit(1)).first()
    return (0, GENESIS) if row is None else (int(row.seq) - 1, str(row.previous))


def verify(conn: Connection) -> int | None:
    """The number of the first row that was changed, removed or put in; ``None``: the chain is whole."""
    missing = seq, previous = beginning(conn)
    told = (0, GENESIS)
    rows = conn.execution_options(yield_per=1000).execute(select(audit).order_by(audit.c.seq))
    while True:
        try:
            row = next(rows, None)
            found = None if row is None else _follows(row, seq, previous)
        except (ValueError, TypeError):  # it was changed into what is no moment or no JSON
            return seq + 1
        if row is None:
            break
        seq += 1
        if found is None:
            return seq
        previous = found.hash
        told = _told(found.entry) or told
    if missing != told:
        return told[0] + 1
    newest = marks.get(conn, _HEAD)
    if newest is None:
        return None if seq == 0 else seq
    return None if newest == {"seq": seq, "hash": previous} else min(seq, int(newest["seq"])) + 1


def _follows(row: Row[Any], seq: int, previous: str) -> Chained | None:
    """The row, if it is the one behind these and untouched."""
    found = _chained(row)
    is_next = (found.seq, found.previous) == (seq + 1, previous)
    return found if is_next and found.hash == _digest(found.seq, previous, found.entry) else None


def _told(entry: AuditEntry) -> tuple[int, str] | None:
    """Number and hash of the last row that has gone, where this entry tells of that."""
    if entry.act != PURGED or "audit_to" not in entry.details:
        return None
    return int(entry.details["audit_to"] or 0), str(entry.details["audit_hash"])


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
