"""照看 (upkeep): the audit's chain, a copy of the store, what it counts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.commands.room import GUARDED, Room
from bot.control import Refused
from bot.store import audit, copies, marks, outbox
from bot.store.engine import Connection
from bot.store.errors import StoreUnavailable


async def verify(room: Room, _: Mapping[str, Any]) -> dict[str, Any]:
    """Whether the chain is whole; the first broken line otherwise."""
    return await room.store.read(_verify)


async def backup(room: Room, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of the living store; never over a file that is there."""
    if room.store.is_postgres:
        raise Refused("PostgreSQL is copied by its own pg_dump", code=GUARDED)
    file = Path(str(arguments["file"]))
    try:
        size = await room.store.read(copies.copy, file)
    except copies.CopyExists as error:
        raise Refused(str(error), code=GUARDED) from error
    except StoreUnavailable as error:
        raise Refused(f"{file}: {error}") from error
    return {"file": str(file), "bytes": size}


async def status(room: Room, _: Mapping[str, Any]) -> dict[str, Any]:
    """Counts of the store, and the living bot's own figures."""
    counted = await room.store.read(outbox.counts)
    return {"outbox": {state.value: n for state, n in counted.items()}, **room.status()}


def _verify(conn: Connection) -> dict[str, Any]:
    broken = audit.verify(conn)
    lines, head = audit.head(conn)
    gaps = marks.last_seen(conn)
    return {
        "broken_at": broken,
        "lines": lines,
        "gone": audit.beginning(conn)[0],
        "head": head,
        "last_seen": gaps.isoformat() if gaps else None,
    }
