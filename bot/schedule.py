"""日程 (schedule): time as one more source of events; a timer fires once, late rather than never."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot import pipeline
from bot.clock import CivilClock
from bot.looking import Looking
from bot.store import timers
from bot.store.engine import Connection, Queue, Store
from bot.store.rows import CatchUp, Timer
from bot.world import World

log = logging.getLogger(__name__)

LATEST_SKIP = timedelta(minutes=5)
"""A timer that may be skipped and is later than this is let pass."""

Chore = Callable[[], Awaitable[None]]


@dataclass
class Nightly:
    """A chore at a civil time of day, once a day."""

    at: time
    chore: Chore
    name: str
    last: datetime | None = field(default=None)


class Schedule(Looking):
    """Fires due timers and nightly chores; waits for civil time only through the clock."""

    def __init__(
        self, *, store: Store, clock: CivilClock, world: Callable[[], World], on_fired: Callable[[], None]
    ) -> None:
        super().__init__(clock)
        self._store = store
        self._world = world
        self._on_fired = on_fired
        self._nightly: list[Nightly] = []

    def every_night(self, at: time, name: str, chore: Chore) -> None:
        """``chore`` runs once a day at ``at`` of the company's zone; a missed one waits for the next night."""
        self._nightly.append(Nightly(at=at, chore=chore, name=name))

    async def run(self) -> None:
        for nightly in self._nightly:
            nightly.last = self._clock.now()
        await super().run()

    async def _look(self) -> bool:
        fired = await self._fire_due()
        await self._nightly_chores()
        return fired

    async def _fire_due(self) -> bool:
        now = self._clock.now()
        due = await self._store.read(timers.due, now, 50)
        for timer in due:
            skip = timer.catch_up is CatchUp.SKIP and now - timer.due_at > LATEST_SKIP
            await self._store.write(_fire, timer, self._world(), now, skip, queue=Queue.DECISIONS)
            log.info(
                "timer fired", extra={"kind": timer.kind, "late_s": (now - timer.due_at).total_seconds()}
            )
        if due:
            self._on_fired()
        return bool(due)

    async def _next(self) -> datetime | None:
        moments = [await self._store.read(timers.next_at)]
        moments += [self._night(nightly) for nightly in self._nightly]
        return min((moment for moment in moments if moment is not None), default=None)

    def _night(self, nightly: Nightly) -> datetime:
        after = (nightly.last or self._clock.now()).astimezone(ZoneInfo(self._world().zone))
        moment = after.replace(hour=nightly.at.hour, minute=nightly.at.minute, second=0, microsecond=0)
        return moment if moment > after else moment + timedelta(days=1)

    async def _nightly_chores(self) -> None:
        now = self._clock.now()
        for nightly in self._nightly:
            if self._night(nightly) > now:
                continue
            nightly.last = now
            try:
                await nightly.chore()
            except Exception:
                log.exception("nightly chore failed", extra={"chore": nightly.name})


def _fire(conn: Connection, timer: Timer, world: World, now: datetime, skip: bool) -> bool:
    if skip:
        return timers.done(conn, timer.key, timer.due_at)
    return pipeline.fire(conn, timer, world, now, "")
