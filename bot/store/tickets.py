"""问题单 (tickets): what people reported under their name, who looks after it, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select

from bot.store.dialect import insert_into
from bot.store.pilot_tables import tickets
from policies.feedback.life import State
from policies.model import Account, PersonId

PREFIX = "ticket-"
"""Every id begins so, and nothing else's does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketRow:
    """Attributes:
    account: where its asker is answered. classes: of what kind, as ``feedback.classes`` reads it.
    department: of its asker, when it was opened.
    answered_as: ``solved`` or ``declined``, kept when it is confirmed.
    """

    id: str
    asker: PersonId
    account: Account
    text: str
    opened_at: datetime
    department: str = ""
    classes: tuple[str, ...] = ()
    state: State = State.OPEN
    answered_as: str = ""
    owner: str = ""
    answer: str = ""
    taken_at: datetime | None = None
    answered_at: datetime | None = None
    confirmed_at: datetime | None = None


def put(conn: Connection, row: TicketRow) -> None:
    """Write it, new or changed."""
    values = _values(row)
    conn.execute(
        insert_into(conn, tickets)
        .values(id=row.id, **values)
        .on_conflict_do_update(index_elements=["id"], set_=values)
    )


def get(conn: Connection, id: str) -> TicketRow | None:  # noqa: A002 - the column's name
    found = conn.execute(select(tickets).where(tickets.c.id == id)).first()
    return None if found is None else _row(found)


def since(conn: Connection, moment: datetime) -> tuple[TicketRow, ...]:
    """Those opened since then, oldest first."""
    found = conn.execute(
        select(tickets).where(tickets.c.opened_at >= moment).order_by(tickets.c.opened_at, tickets.c.id)
    )
    return tuple(_row(row) for row in found)


def purge(conn: Connection, before: datetime) -> int:
    return conn.execute(delete(tickets).where(tickets.c.opened_at < before)).rowcount


def _values(row: TicketRow) -> dict[str, Any]:
    return {
        "asker": row.asker,
        "account": str(row.account),
        "department": row.department,
        "classes": list(row.classes),
        "text": row.text,
        "state": row.state.value,
        "answered_as": row.answered_as,
        "owner": row.owner,
        "answer": row.answer,
        "opened_at": row.opened_at,
        "taken_at": row.taken_at,
        "answered_at": row.answered_at,
        "confirmed_at": row.confirmed_at,
    }


def _row(row: Row[Any]) -> TicketRow:
    return TicketRow(
        id=row.id,
        asker=PersonId(row.asker),
        account=Account.parse(row.account),
        department=row.department,
        classes=tuple(row.classes),
        text=row.text,
        state=State(row.state),
        answered_as=row.answered_as,
        owner=row.owner,
        answer=row.answer,
        opened_at=row.opened_at,
        taken_at=row.taken_at,
        answered_at=row.answered_at,
        confirmed_at=row.confirmed_at,
    )
