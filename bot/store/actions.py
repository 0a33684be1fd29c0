"""What buttons stand for (按钮): a card carries only an opaque id, the rights stand here."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, or_, select, update

from bot.store.dialect import inserts
from bot.store.rows import Action
from bot.store.tables import actions
from policies.model import PersonId


def put(conn: Connection, action: Action) -> None:
    """Write it; an id that is there already is left as it is (its use must not be forgotten)."""
    conn.execute(
        _PUT[conn.dialect.name],
        {
            "id": action.id,
            "kind": action.kind,
            "subject": action.subject,
            "label": action.label,
            "addressees": list(action.addressees),
            "version": action.version,
            "change": action.change,
            "expires_at": action.expires_at,
            "once": action.once,
            "used_by": action.used_by,
            "used_at": action.used_at,
        },
    )


_PUT = inserts(actions, lambda into: into.on_conflict_do_nothing())


def get(conn: Connection, id: str) -> Action | None:  # noqa: A002 - the column's name
    row = conn.execute(_ONE, {"of": id}).first()
    return None if row is None else _row(row)


_ONE = select(actions).where(actions.c.id == bindparam("of"))


def of_subject(conn: Connection, subject: str) -> tuple[Action, ...]:
    found = conn.execute(select(actions).where(actions.c.subject == subject).order_by(actions.c.id))
    return tuple(_row(row) for row in found)


def use(conn: Connection, id: str, person: PersonId | None, now: datetime) -> bool:  # noqa: A002
    """Press it, in the transaction of what it does.

    Args:
        person: who pressed; ``None`` if that has been checked and is written elsewhere.

    Returns:
        ``False`` (write nothing): unknown, expired, not addressed to this person, or once only and used.
    """
    action = get(conn, id)
    if action is None or (person is not None and action.addressees and person not in action.addressees):
        return False
    found = conn.execute(
        update(actions)
        .where(actions.c.id == id, actions.c.expires_at > now)
        .where(or_(actions.c.once.is_(False), actions.c.used_at.is_(None)))
        .values(used_by=person or "", used_at=now)
    )
    return found.rowcount == 1


def revoke(conn: Connection, subject: str, now: datetime) -> int:
    """End every button about this subject that could still be pressed; returns how many."""
    found = conn.execute(
        update(actions).where(actions.c.subject == subject, actions.c.expires_at > now).values(expires_at=now)
    )
    return found.rowcount


def expire(conn: Connection, before: datetime) -> int:
    """Forget what expired before then; an unknown id is answered like an expired one."""
    return conn.execute(delete(actions).where(actions.c.expires_at < before)).rowcount


def _row(row: Row[Any]) -> Action:
    return Action(
        id=row.id,
        kind=row.kind,
        subject=row.subject,
        label=row.label,
        addressees=tuple(PersonId(person) for person in row.addressees),
        version=row.version,
        change=row.change,
        expires_at=row.expires_at,
        once=row.once,
        used_by=None if row.used_by is None else PersonId(row.used_by),
        used_at=row.used_at,
    )
