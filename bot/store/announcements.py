"""公告 (announcements): what people asked to be published, each with its life."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Executable, Row, bindparam, func, select, update

from bot.store import announcement_codec as codec
from bot.store.dialect import insert_into, inserts
from bot.store.rows import AnnouncementRow
from bot.store.tables import announcements
from policies import audience
from policies.announcement import State
from policies.facts import Past
from policies.model import Account, PersonId, Urgency

_NEVER_PUBLISHED = (State.CANCELLED, State.REFUSED, State.DECLINED)
"""What ended so is neither counted against its author nor a repetition of anything."""


def put(conn: Connection, row: AnnouncementRow, *, expected: int | None = None) -> bool:
    """Write it, new or changed.

    Args:
        expected: the version that must be stored now (``0``: none); ``None`` writes whatever is there.

    Returns:
        ``False`` if another version is there: read it again, and decide again.
    """
    values = _values(row)
    if expected == 0:
        statement = insert_into(conn, announcements).values(**values).on_conflict_do_nothing()
        return conn.execute(statement.returning(announcements.c.id)).first() is not None
    if expected is not None:
        changed = conn.execute(
            update(announcements)
            .where(announcements.c.id == row.announcement.id, announcements.c.version == expected)
            .values(**values)
        )
        return changed.rowcount == 1
    conn.execute(_PUT[conn.dialect.name], values)
    return True


_PUT = inserts(
    announcements,
    lambda into: into.on_conflict_do_update(
        index_elements=["id"], set_={column.name: into.excluded[column.name] for column in announcements.c}
    ),
)


def move(conn: Connection, id: str, states: Sequence[State], to: State) -> bool:  # noqa: A002 - the column's name
    """Change only the state, if it is still one of these; of two who press at once, one gets ``True``."""
    changed = conn.execute(
        update(announcements)
        .where(announcements.c.id == id, announcements.c.state.in_([state.value for state in states]))
        .values(state=to.value)
    )
    return changed.rowcount == 1


def get(conn: Connection, id: str) -> AnnouncementRow | None:  # noqa: A002
    row = conn.execute(_ONE, {"of": id}).first()
    return None if row is None else _row(row)


_ONE = select(announcements).where(announcements.c.id == bindparam("of"))


def by_author(
    conn: Connection, person: PersonId, states: Sequence[State] | None = None, limit: int = 20
) -> tuple[AnnouncementRow, ...]:
    """What this person asked for, newest first; no states named: in any."""
    statement = (
        select(announcements)
        .where(announcements.c.author == person)
        .order_by(announcements.c.created_at.desc(), announcements.c.id)
        .limit(limit)
    )
    if states:
        statement = statement.where(announcements.c.state.in_([state.value for state in states]))
    return tuple(_row(row) for row in conn.execute(statement))


def in_states(conn: Connection, states: Sequence[State], limit: int = 100) -> tuple[AnnouncementRow, ...]:
    """Everybody's in these states, oldest first."""
    found = conn.execute(
        select(announcements)
        .where(announcements.c.state.in_([state.value for state in states]))
        .order_by(announcements.c.created_at, announcements.c.id)
        .limit(limit)
    )
    return tuple(_row(row) for row in found)


def count_important(conn: Connection, author: PersonId, since: datetime, *, besides: str = "") -> int:
    """【重要】 ones of this author, confirmed since then and not taken back before they went out.

    Args:
        besides: an announcement that is not counted, because it is the one being judged.
    """
    return int(conn.execute(_IMPORTANT, {"by": author, "since": since, "besides": besides}).scalar_one())


def count_urgent(conn: Connection, author: PersonId, since: datetime, *, besides: str = "") -> int:
    """Urgent ones, counted like ``count_important``."""
    return int(conn.execute(_URGENT, {"by": author, "since": since, "besides": besides}).scalar_one())


def recent(conn: Connection, since: datetime, *, besides: str = "") -> tuple[Past, ...]:
    """What was confirmed since then, newest first, for the repetition rule."""
    found = conn.execute(_RECENT, {"since": since, "besides": besides})
    return tuple(
        Past(
            id=row.id,
            author=PersonId(row.author),
            skeleton=row.skeleton,
            audience_label=audience.key(codec.audience_from_json(row.content["audience"])),
            decided_at=row.confirmed_at,
        )
        for row in found
    )


def confirmed_since(conn: Connection, since: datetime, limit: int = 20) -> tuple[AnnouncementRow, ...]:
    """Whole ones, newest first; cancelled and refused ones aside."""
    newest = select(announcements).where(*_PUBLISHED).order_by(*_NEWEST).limit(limit)
    return tuple(_row(row) for row in conn.execute(newest, {"since": since, "besides": ""}))


def counts(conn: Connection) -> dict[State, int]:
    """How many are in each state."""
    found = conn.execute(select(announcements.c.state, func.count()).group_by(announcements.c.state))
    return {State(state): int(count) for state, count in found}


_PUBLISHED = (
    announcements.c.confirmed_at >= bindparam("since"),
    announcements.c.state.not_in([state.value for state in _NEVER_PUBLISHED]),
    announcements.c.id != bindparam("besides"),
)
_NEWEST = (announcements.c.confirmed_at.desc(), announcements.c.id)
_RECENT = (
    select(
        announcements.c.id,
        announcements.c.author,
        announcements.c.skeleton,
        announcements.c.content,
        announcements.c.confirmed_at,
    )
    .where(*_PUBLISHED)
    .order_by(*_NEWEST)
)


def _number(which: ColumnElement[bool]) -> Executable:
    counted = select(func.count()).select_from(announcements)
    return counted.where(announcements.c.author == bindparam("by"), which, *_PUBLISHED)


_IMPORTANT = _number(announcements.c.is_important.is_(True))
_URGENT = _number(announcements.c.is_urgent.is_(True))


def _values(row: AnnouncementRow) -> dict[str, Any]:
    announcement = row.announcement
    return {
        "id": announcement.id,
        "author": announcement.author,
        "state": row.state.value,
        "is_important": announcement.is_important,
        "is_urgent": announcement.urgency is Urgency.URGENT,
        "content": codec.to_json(announcement),
        "asked_from": str(row.asked_from),
        "created_at": row.created_at,
        "version": row.version,
        "label": row.label,
        "size": row.size,
        "card_key": row.card_key,
        "generation": row.generation,
        "confirmed_at": row.confirmed_at,
        "confirmed_by": row.confirmed_by,
        "undo_until": row.undo_until,
        "skeleton": row.skeleton,
        "decision": row.decision,
    }


def _row(row: Row[Any]) -> AnnouncementRow:
    return AnnouncementRow(
        announcement=codec.from_json(row.content),
        state=State(row.state),
        asked_from=Account.parse(row.asked_from),
        created_at=row.created_at,
        version=row.version,
        label=row.label,
        size=row.size,
        card_key=row.card_key,
        generation=row.generation,
        confirmed_at=row.confirmed_at,
        confirmed_by=None if row.confirmed_by is None else PersonId(row.confirmed_by),
        undo_until=row.undo_until,
        skeleton=row.skeleton,
        decision=row.decision,
    )
