"""收到与已读 (receipts): who pressed 收到 and who was seen to have read, once a person; and the questions still open."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select, update

from bot.store.dialect import insert_into
from bot.store.rows import Look, ReceiptEntry, ReceiptKind
from bot.store.tables import looks, receipts
from policies.model import Account, PersonId


def put(conn: Connection, entries: Sequence[ReceiptEntry]) -> int:
    """Write what is new; the first time counts, on whichever account it was. Returns how many were new."""
    written = 0
    for entry in entries:
        statement = insert_into(conn, receipts).values(
            announcement=entry.announcement,
            person=entry.person,
            kind=entry.kind.value,
            account=str(entry.account),
            at=entry.at,
        )
        found = conn.execute(statement.on_conflict_do_nothing().returning(receipts.c.person))
        written += len(found.all())
    return written


def people(conn: Connection, announcement: str, kind: ReceiptKind) -> frozenset[PersonId]:
    """Who has; for the counts, never shown as a list but by the rules of ``[privacy]``."""
    found = conn.execute(
        select(receipts.c.person).where(
            receipts.c.announcement == announcement, receipts.c.kind == kind.value
        )
    )
    return frozenset(PersonId(row.person) for row in found)


def moments(conn: Connection, announcement: str) -> dict[PersonId, datetime]:
    """By when each is known to have read it: the earlier of 已读 and 收到."""
    found = conn.execute(
        select(receipts.c.person, func.min(receipts.c.at))
        .where(receipts.c.announcement == announcement)
        .group_by(receipts.c.person)
    )
    return {PersonId(person): moment for person, moment in found}


def count(conn: Connection, announcement: str, kind: ReceiptKind) -> int:
    statement = select(func.count()).select_from(receipts)
    where = (receipts.c.announcement == announcement, receipts.c.kind == kind.value)
    return int(conn.execute(statement.where(*where)).scalar_one())


def purge(conn: Connection, before: datetime) -> int:
    """Forget who it was after their time."""
    return conn.execute(delete(receipts).where(receipts.c.at < before)).rowcount


# ── Questions to the platforms ────────────────────────────────────────────────────────────────────


def ask(conn: Connection, look: Look) -> bool:
    """Somebody, or a deadline, wants to know who has read; ``False``: asked already."""
    statement = insert_into(conn, looks).values(
        key=look.key,
        announcement=look.announcement,
        asked_by=str(look.asked_by) if look.asked_by else "",
        asked_at=look.asked_at,
        done_at=None,
    )
    return conn.execute(statement.on_conflict_do_nothing().returning(looks.c.key)).first() is not None


def open_looks(conn: Connection, limit: int = 20) -> tuple[Look, ...]:
    """Those nobody has answered yet, oldest first."""
    found = conn.execute(
        select(looks).where(looks.c.done_at.is_(None)).order_by(looks.c.asked_at, looks.c.key).limit(limit)
    )
    return tuple(_look(row) for row in found)


def answered(conn: Connection, key: str, now: datetime) -> bool:
    """It is answered in this transaction; ``False``: somebody else has."""
    found = conn.execute(
        update(looks).where(looks.c.key == key, looks.c.done_at.is_(None)).values(done_at=now)
    )
    return found.rowcount == 1


def looked_at(conn: Connection, announcement: str) -> datetime | None:
    """When the platforms were last asked about it."""
    moment: datetime | None = conn.execute(
        select(func.max(looks.c.done_at)).where(looks.c.announcement == announcement)
    ).scalar()
    return moment


def _look(row: Row[Any]) -> Look:
    return Look(
        key=row.key,
        announcement=row.announcement,
        asked_by=Account.parse(row.asked_by) if row.asked_by else None,
        asked_at=row.asked_at,
    )
