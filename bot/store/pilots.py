"""试点 (pilots): the one there is, what the heads of its departments said, and how it was decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from bot.store.dialect import insert_into
from bot.store.pilot_tables import consents, pilots
from policies.model import PersonId
from policies.pilot import State


@dataclass(frozen=True, slots=True, kw_only=True)
class PilotRow:
    """A pilot as it stands.

    Attributes:
        begun_at: when every promise could be kept and it was started; the rules wait for ``starts``.
        extended: how often it was given more days.
    """

    id: str
    state: State
    starts: date
    ends: date
    departments: tuple[str, ...]
    asked_at: datetime
    begun_at: datetime | None = None
    decided_at: datetime | None = None
    decided_by: str = ""
    extended: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """``said``: ``asked``, ``yes`` or ``question``; ``advice``: what the head would do after it."""

    pilot: str
    department: str
    head: PersonId
    said: str
    asked_at: datetime
    said_at: datetime | None = None
    advice: str = ""


def current(conn: Connection) -> PilotRow | None:
    """The latest, whatever became of it."""
    found = conn.execute(select(pilots).order_by(pilots.c.asked_at.desc(), pilots.c.id).limit(1)).first()
    return None if found is None else _pilot(found)


def get(conn: Connection, id: str) -> PilotRow | None:  # noqa: A002 - the column's name
    found = conn.execute(select(pilots).where(pilots.c.id == id)).first()
    return None if found is None else _pilot(found)


def put(conn: Connection, row: PilotRow) -> None:
    """Write it, new or changed."""
    values = {
        "id": row.id,
        "state": row.state.value,
        "starts": row.starts.isoformat(),
        "ends": row.ends.isoformat(),
        "departments": list(row.departments),
        "asked_at": row.asked_at,
        "begun_at": row.begun_at,
        "decided_at": row.decided_at,
        "decided_by": row.decided_by,
        "extended": row.extended,
    }
    conn.execute(
        insert_into(conn, pilots).values(**values).on_conflict_do_update(index_elements=["id"], set_=values)
    )


# ── The heads ─────────────────────────────────────────────────────────────────────────────────────


def consents_of(conn: Connection, pilot: str) -> dict[str, Consent]:
    """By department."""
    found = conn.execute(select(consents).where(consents.c.pilot == pilot).order_by(consents.c.department))
    return {row.department: _consent(row) for row in found}


def put_consent(conn: Connection, one: Consent) -> None:
    values = {
        "pilot": one.pilot,
        "department": one.department,
        "head": one.head,
        "said": one.said,
        "asked_at": one.asked_at,
        "said_at": one.said_at,
        "advice": one.advice,
    }
    conn.execute(
        insert_into(conn, consents)
        .values(**values)
        .on_conflict_do_update(index_elements=["pilot", "department"], set_=values)
    )


def _pilot(row: Row[Any]) -> PilotRow:
    return PilotRow(
        id=row.id,
        state=State(row.state),
        starts=date.fromisoformat(row.starts),
        ends=date.fromisoformat(row.ends),
        departments=tuple(row.departments),
        asked_at=row.asked_at,
        begun_at=row.begun_at,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        extended=row.extended,
    )


def _consent(row: Row[Any]) -> Consent:
    return Consent(
        pilot=row.pilot,
        department=row.department,
        head=PersonId(row.head),
        said=row.said,
        asked_at=row.asked_at,
        said_at=row.said_at,
        advice=row.advice,
    )
