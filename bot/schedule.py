"""日程 (schedule): time as one more source of events; a timer fires once, late rather than never."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot import pipeline
from bot.clock import CivilClock
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


class Schedule:
    """Fires due timers and nightly chores; waits for civil time only through the clock."""

    def __init__(
        self, *, store: Store, clock: CivilClock, world: Callable[[], World], on_fired: Callable[[], None]
    ) -> None:
        self._store = store
        self._clock = clock
        self._world = world
        self._on_fired = on_fired
        self._woken = asyncio.Event()
        self._is_looking = True
        self._nightly: list[Nightly] = []
        self.next_at: datetime | None = None
        self.on_change: Callable[[], None] = lambda: None

    @property
    def is_idle(self) -> bool:
        return not self._is_looking

    def every_night(self, at: time, name: str, chore: Chore) -> None:
        """``chore`` runs once a day at ``at`` of the company's zone; a missed one waits for the next night."""
        self._nightly.append(Nightly(at=at, chore=chore, name=name))

    def wake(self) -> None:
        """A timer was set, or the clock moved."""
        self._is_looking = True
        self._woken.set()
        self.on_change()

    async def run(self) -> None:
        """Until cancelled."""
        for nightly in self._nightly:
            nightly.last = self._clock.now()
        while True:
            self._woken.clear()
            self._is_looking = True
            fired = await self._fire_due()
            await self._nightly_chores()
            if fired:
                continue
            self.next_at = await self._next()
            self._is_looking = self._woken.is_set()
            self.on_change()
            await self._wait(self.next_at)

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

    async def _sleep(self, moment: datetime) -> None:
        """Busy from the very step in which it wakes, or the clock that is followed might walk on."""
        await self._clock.sleep_until(moment)
        self._is_looking = True

    async def _wait(self, moment: datetime | None) -> None:
        waiter = asyncio.ensure_future(self._woken.wait())
        try:
            if moment is None:
                await waiter
                return
            sleeper = asyncio.ensure_future(self._sleep(moment))
            try:
                await asyncio.wait({waiter, sleeper}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                sleeper.cancel()
                await asyncio.gather(sleeper, return_exceptions=True)
        finally:
            waiter.cancel()


def _fire(conn: Connection, timer: Timer, world: World, now: datetime, skip: bool) -> bool:
    if skip:
        return timers.done(conn, timer.key, timer.due_at)
    return pipeline.fire(conn, timer, world, now, "")
