"""原样 (found): how the groups were when a pilot began, kept until its stop; and what we have changed since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.store import marks, pilots, plans
from bot.store.engine import Connection
from bot.world import World
from policies.model import Account
from policies.workspace import codec
from policies.workspace.changes import Change
from policies.workspace.model import Observed

_FOUND = "pilot.found:"
_SHOWN = "pilot.back:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A look that was kept. ``known``: every account of the company then."""

    at: datetime
    look: Observed
    known: frozenset[Account]
    applied: tuple[Change, ...] = ()


def is_kept(conn: Connection, pilot: str) -> bool:
    return marks.get(conn, _FOUND + pilot) is not None


def keep(conn: Connection, pilot: str, look: Observed, world: World, now: datetime) -> bool:
    """``False``: this pilot has begun already, and what was found then stays what was found."""
    row = pilots.get(conn, pilot)
    if row is not None and row.begun_at is not None:
        return False
    kept: dict[str, Any] = {
        "at": now.isoformat(),
        "look": codec.to_json(look),
        "known": sorted(map(str, accounts(world))),
    }
    marks.put(conn, _FOUND + pilot, kept)
    return True


def get(conn: Connection, pilot: str) -> Found | None:
    """With every change of ours that was carried out since."""
    kept = marks.get(conn, _FOUND + pilot)
    if kept is None:
        return None
    at = datetime.fromisoformat(kept["at"])
    return Found(
        at=at,
        look=codec.from_json(Observed, kept["look"]),
        known=frozenset(map(Account.parse, kept["known"])),
        applied=plans.applied_since(conn, at),
    )


def shown(conn: Connection, pilot: str) -> str:
    """The digest of the way back that was shown last, ``""`` if none was."""
    return str(marks.get(conn, _SHOWN + pilot) or "")


def show(conn: Connection, pilot: str, digest: str) -> None:
    marks.put(conn, _SHOWN + pilot, digest)


def accounts(world: World) -> frozenset[Account]:
    """Of everybody who is in the company now."""
    people = world.directory.everyone()
    return frozenset(account for person in people if person.is_active for account in person.accounts)
