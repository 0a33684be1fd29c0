"""看护 (watch): what is not as it should be, read anew whenever somebody looks at the health page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from adapters.port import ChatAdapter, LineState
from bot.clock import PUT_BACK, CivilClock
from bot.directory import Mirror
from bot.gauges import Gauges
from bot.health import Colour, Note
from bot.intake import Intake
from bot.store import inbox, marks, meter, outbox
from bot.store.engine import Connection, Store
from bot.store.rows import OutboxState
from bot.world import World
from policies.model import Platform

UNKNOWN_RED_S = 3600.0
"""An outcome that nobody has settled for this long turns the page red."""


class Watch:
    """Notes and figures for ``/healthz``, gauges for ``/metrics``."""

    def __init__(
        self,
        *,
        store: Store,
        clock: CivilClock,
        world: Callable[[], World],
        adapters: Mapping[Platform, ChatAdapter],
        mirror: Mirror,
        intake: Intake,
        figures: Callable[[], dict[str, Any]],
    ) -> None:
        self._store = store
        self._clock = clock
        self._world = world
        self._adapters = adapters
        self._mirror = mirror
        self._intake = intake
        self._figures = figures
        self.gauges = Gauges()

    async def look(self) -> tuple[tuple[Note, ...], Mapping[str, Any]]:
        """What is wrong now, and figures; works while the store does not."""
        figures = self._figures()
        notes = [*self._notes(is_up=bool(figures.get("up")))]
        if not self._store.trouble:
            seen, more = await self._read_the_store()
            notes += seen
            figures |= more
        return tuple(notes), figures

    async def _read_the_store(self) -> tuple[list[Note], dict[str, Any]]:
        now = self._clock.now()
        counted, open_inbox, oldest, spent = await self._store.read(
            _count, self._world(), now.strftime("%Y-%m")
        )
        pause = await self._store.read(marks.paused, now)
        age_s = (now - oldest).total_seconds() if oldest else 0.0
        self.gauges.show(
            outbox={state.value: counted.get(state, 0) for state in OutboxState},
            unknown_age_s=age_s,
            inbox=open_inbox,
            accepted=self._intake.counted,
            lines={
                platform.value: adapter.line_health().state is LineState.OPEN
                for platform, adapter in self._adapters.items()
            },
            spent=spent,
        )
        unknown = counted.get(OutboxState.UNKNOWN, 0)
        colour = Colour.RED if age_s > UNKNOWN_RED_S else Colour.YELLOW
        notes = [Note(colour=colour, what="outcome unknown", detail=f"{unknown} rows")] if unknown else []
        if (latest := self._clock.latest()) - now > PUT_BACK:
            notes.append(
                Note(colour=Colour.YELLOW, what="clock put back", detail=f"it has shown {latest.isoformat()}")
            )
        if pause is not None:
            until = pause.until.isoformat() if pause.until else ""
            notes.append(Note(colour=Colour.YELLOW, what="paused", detail=f"by {pause.by} until {until}"))
        return notes, {
            "outbox": {state.value: n for state, n in counted.items()},
            "inbox_open": open_inbox,
        }

    def _notes(self, *, is_up: bool) -> list[Note]:
        notes = [] if is_up else [Note(colour=Colour.RED, what="not up")]
        if ailment := self._store.ailment:
            notes.append(Note(colour=Colour.RED, what="store unavailable", detail=ailment))
        for platform, adapter in self._adapters.items():
            line = adapter.line_health()
            if line.state is LineState.REFUSED:
                notes.append(Note(colour=Colour.RED, what=f"{platform} refuses us", detail=line.refusal))
            elif line.state is not LineState.OPEN:
                notes.append(Note(colour=Colour.YELLOW, what=f"{platform} line {line.state}"))
        for platform, why in self._mirror.failed.items():
            notes.append(Note(colour=Colour.YELLOW, what=f"{platform} directory not walked", detail=why))
        for platform, (before, after) in self._mirror.shrunk.items():
            notes.append(
                Note(colour=Colour.RED, what=f"{platform} directory shrank", detail=f"{before} -> {after}")
            )
        return notes


def _count(
    conn: Connection, current: World, month: str
) -> tuple[Mapping[OutboxState, int], int, datetime | None, dict[tuple[str, str], int]]:
    unknown = outbox.listing(conn, [OutboxState.UNKNOWN], 1)
    oldest = unknown[0].first_attempt_at if unknown else None
    spent = {(platform.value, pot): meter.read(conn, platform, month, pot) for platform, pot in current.pots}
    return outbox.counts(conn), inbox.open_count(conn), oldest, spent
