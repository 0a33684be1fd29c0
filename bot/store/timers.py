"""Timers (定时): moments that make an event, each once for its key and moment."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Integer, Row, bindparam, delete, func, literal_column, select, update

from bot.store.dialect import insert_into
from bot.store.rows import CatchUp, Timer
from bot.store.tables import timers

_IS_PENDING = timers.c.state == literal_column("'pending'")


def put(conn: Connection, timer: Timer) -> None:
    """Set it. A repeat changes nothing; one that was cancelled waits again; one that has fired only with ``again``."""
    values = {
        "key": timer.key,
        "due_at": timer.due_at,
        "kind": timer.kind,
        "subject": timer.subject,
        "catch_up": timer.catch_up.value,
        "state": "pending",
    }
    conn.execute(
        insert_into(conn, timers)
        .values(**values)
        .on_conflict_do_update(
            index_elements=["key", "due_at"],
            set_={"state": "pending"},
            where=timers.c.state.in_(("cancelled", "done") if timer.again else ("cancelled",)),
        )
    )


def cancel(conn: Connection, key: str) -> int:
    """Call off every moment of this key that has not come; returns how many."""
    found = conn.execute(update(timers).where(timers.c.key == key, _IS_PENDING).values(state="cancelled"))
    return found.rowcount


def due(conn: Connection, now: datetime, limit: int = 100) -> tuple[Timer, ...]:
    """Those whose moment has come, the earliest first. What a missed one means says its ``catch_up``."""
    found = conn.execute(_DUE, {"now": now, "most": limit})
    return tuple(_row(row) for row in found)


_DUE = (
    select(timers)
    .where(_IS_PENDING, timers.c.due_at <= bindparam("now"))
    .order_by(timers.c.due_at, timers.c.key)
    .limit(bindparam("most", type_=Integer))
)


def next_at(conn: Connection) -> datetime | None:
    """The nearest moment, be it past or to come; ``None``: nothing is set."""
    moment: datetime | None = conn.execute(_NEXT).scalar()
    return moment


_NEXT = select(func.min(timers.c.due_at)).where(_IS_PENDING)


def pending(conn: Connection, key: str) -> tuple[Timer, ...]:
    """The moments of this key that have not come."""
    found = conn.execute(select(timers).where(timers.c.key == key, _IS_PENDING).order_by(timers.c.due_at))
    return tuple(_row(row) for row in found)


def done(conn: Connection, key: str, due_at: datetime) -> bool:
    """It fires, in this transaction. ``False``: it has fired or was called off; write nothing."""
    found = conn.execute(
        update(timers).where(timers.c.key == key, timers.c.due_at == due_at, _IS_PENDING).values(state="done")
    )
    return found.rowcount == 1


def purge(conn: Connection, before: datetime) -> int:
    """Forget fired and cancelled ones of before (30 days at least: they keep a repeat from firing again)."""
    return conn.execute(delete(timers).where(timers.c.due_at < before, timers.c.state != "pending")).rowcount


def _row(row: Row[Any]) -> Timer:
    return Timer(
        key=row.key, kind=row.kind, subject=row.subject, due_at=row.due_at, catch_up=CatchUp(row.catch_up)
    )
