"""发件箱的命令 (outbox commands): what waits, let go, taken back or sent again by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from bot.commands.room import BY_HAND, Room
from bot.store import announcements, audit, outbox
from bot.store.engine import Connection
from bot.store.rows import AuditEntry, OutboxRow, OutboxState
from bot.turns import again
from bot.world import World
from policies.announcement import State

LISTED = 200
_WAITING = (
    OutboxState.HELD,
    OutboxState.DUE,
    OutboxState.ATTEMPTED,
    OutboxState.UNKNOWN,
    OutboxState.QUARANTINED,
)


async def list_(room: Room, arguments: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What waits, or whatever states were asked for; with who, when and why."""
    asked = [OutboxState(state) for state in arguments.get("states") or ()]
    rows = await room.store.read(outbox.listing, asked or list(_WAITING), LISTED)
    return [_shown(row, room.world()) for row in rows]


async def release(room: Room, arguments: Mapping[str, Any]) -> int:
    """Let held rows go now, by id; the rules have been told by a human that this is meant."""
    return await _by_ids(room, arguments, "released", _release)


async def cancel(room: Room, arguments: Mapping[str, Any]) -> int:
    """Cancel what has certainly not left, by id."""
    return await _by_ids(room, arguments, "cancelled", _cancel)


async def retry(room: Room, arguments: Mapping[str, Any]) -> int:
    """Send unknown or dead rows once more, by id; their readers are told that it is a resend."""
    return await _by_ids(room, arguments, "resent", _resend)


async def _by_ids(
    room: Room,
    arguments: Mapping[str, Any],
    act: str,
    change: Callable[[Connection, list[int], datetime], int],
) -> int:
    ids = [int(identity) for identity in arguments.get("ids") or ()]
    count: int = await room.store.write(_audited, change, ids, act, room.clock.now())
    room.on_change()
    return count


def _shown(row: OutboxRow, world: World) -> dict[str, Any]:
    names = [
        person.name for account in row.entry.recipients[:3] if (person := world.directory.by_account(account))
    ]
    moment = row.next_attempt_at or row.entry.not_before
    return {
        "id": row.id,
        "state": row.state.value,
        "step": row.entry.step,
        "announcement": row.entry.announcement,
        "people": len(row.entry.recipients),
        "names": names,
        "not_before": moment.isoformat() if moment else None,
        "attempts": row.attempts,
        "why": row.error_kind,
        "error": row.error,
    }


def _audited(
    conn: Connection,
    change: Callable[[Connection, list[int], datetime], int],
    ids: list[int],
    act: str,
    now: datetime,
) -> int:
    count = change(conn, ids, now)
    entry = AuditEntry(at=now, who=BY_HAND, act=act, details={"ids": ",".join(map(str, ids)), "rows": count})
    audit.append(conn, (entry,))
    return count


def _release(conn: Connection, ids: list[int], now: datetime) -> int:
    held = [row for one in ids if (row := outbox.get(conn, one)) is not None]
    by_group: dict[str, dict[int, datetime]] = {}
    for row in held:
        by_group.setdefault(row.entry.group, {})[row.id] = now
    freed = sum(outbox.release(conn, group, moments) for group, moments in by_group.items() if group)
    return freed + outbox.release_quarantined(conn, ids, now)


def _cancel(conn: Connection, ids: list[int], _: datetime) -> int:
    about = {row.entry.announcement for one in ids if (row := outbox.get(conn, one)) is not None}
    count = outbox.cancel(conn, ids=ids, reason="by hand")
    for announcement in sorted(about - {""}):
        if not any(outbox.summary(conn, announcement).get(state, 0) for state in outbox.WAITING):
            announcements.move(conn, announcement, [State.SCHEDULED], State.CANCELLED)
    return count


def _resend(conn: Connection, ids: list[int], now: datetime) -> int:
    rows = [row for one in ids if (row := outbox.get(conn, one)) is not None]
    return sum(outbox.resend(conn, row.id, now, effect=again.marked(row.entry.effect)) for row in rows)
