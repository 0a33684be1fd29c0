"""Marks: single things to remember: the last civil time seen, whether sending is paused, gaps of the line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, select, update

from bot.store.dialect import insert_into, inserts
from bot.store.tables import gaps, marks
from bot.store.types import written
from policies.model import Platform

_LAST_SEEN = "last_seen"
_PAUSED = "paused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Somebody has stopped all sending."""

    by: str
    since: datetime
    why: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A time in which nothing can have reached us; ``until`` is ``None`` while it lasts."""

    platform: Platform
    since: datetime
    until: datetime | None = None
    told_at: datetime | None = None


def get(conn: Connection, key: str) -> Any:
    """The plain value under a key, ``None`` if there is none."""
    return conn.execute(_VALUE, {"of": key}).scalar()


_VALUE = select(marks.c.value).where(marks.c.key == bindparam("of"))


def beginning(conn: Connection, prefix: str) -> dict[str, Any]:
    """The values under every key that begins so, by the rest of the key."""
    found = conn.execute(select(marks).where(marks.c.key.startswith(prefix, autoescape=True)))
    return {row.key.removeprefix(prefix): row.value for row in found}


def put(conn: Connection, key: str, value: Any) -> None:
    """Remember a plain value."""
    conn.execute(_PUT[conn.dialect.name], {"key": key, "value": value})


_PUT = inserts(
    marks,
    lambda into: into.on_conflict_do_update(index_elements=["key"], set_={"value": into.excluded.value}),
)


def forget(conn: Connection, key: str) -> None:
    conn.execute(delete(marks).where(marks.c.key == key))


def see(conn: Connection, now: datetime) -> datetime:
    """The later of ``now`` and the latest civil time ever seen, which is remembered: for windows that must not
    open again when the clock is put back."""
    latest = last_seen(conn)
    if latest is not None and latest >= now:
        return latest
    put(conn, _LAST_SEEN, written(now))
    return now


def last_seen(conn: Connection) -> datetime | None:
    found = get(conn, _LAST_SEEN)
    return None if found is None else datetime.fromisoformat(found)


def pause(conn: Connection, by: str, now: datetime, why: str = "", until: datetime | None = None) -> None:
    """Stop announcements until ``resume`` or ``until``; one that lasts already stays as it is but for its end."""
    before = paused(conn, now)
    by, since = (before.by, before.since) if before is not None and before.until == until else (by, now)
    if before is None or before.until != until:
        end = written(until) if until else None
        put(conn, _PAUSED, {"by": by, "since": written(since), "why": why, "until": end})


def resume(conn: Connection) -> bool:
    """Send again; ``False`` if nothing was paused."""
    was_paused = paused(conn) is not None
    forget(conn, _PAUSED)
    return was_paused


def paused(conn: Connection, now: datetime | None = None) -> Pause | None:
    """The pause; with ``now``, only while it lasts."""
    found = get(conn, _PAUSED)
    if found is None:
        return None
    until = found.get("until")
    pause = Pause(
        by=found["by"],
        since=datetime.fromisoformat(found["since"]),
        why=found["why"],
        until=datetime.fromisoformat(until) if until else None,
    )
    return None if now is not None and pause.until is not None and pause.until <= now else pause


def open_gap(conn: Connection, platform: Platform, since: datetime) -> None:
    """The line is silent since then. An open gap of the platform stays the one it is."""
    found = conn.execute(
        select(gaps).where(gaps.c.platform == platform.value, gaps.c.until.is_(None))
    ).first()
    if found is None:
        statement = insert_into(conn, gaps).values(platform=platform.value, since=since)
        conn.execute(statement.on_conflict_do_nothing())


def close_gap(conn: Connection, platform: Platform, until: datetime) -> Gap | None:
    """The line is back; returns the gap to be told, ``None`` if none was open."""
    row = conn.execute(
        update(gaps)
        .where(gaps.c.platform == platform.value, gaps.c.until.is_(None))
        .values(until=until)
        .returning(gaps)
    ).first()
    return None if row is None else _gap(row)


def gap_told(conn: Connection, platform: Platform, since: datetime, now: datetime) -> None:
    """Somebody was told of the gap that began then."""
    conn.execute(
        update(gaps).where(gaps.c.platform == platform.value, gaps.c.since == since).values(told_at=now)
    )


def gaps_since(conn: Connection, since: datetime) -> tuple[Gap, ...]:
    """Gaps that began since then or are still open, oldest first."""
    found = conn.execute(
        select(gaps)
        .where((gaps.c.since >= since) | gaps.c.until.is_(None))
        .order_by(gaps.c.since, gaps.c.platform)
    )
    return tuple(_gap(row) for row in found)


def _gap(row: Row[Any]) -> Gap:
    return Gap(platform=Platform(row.platform), since=row.since, until=row.until, told_at=row.told_at)
