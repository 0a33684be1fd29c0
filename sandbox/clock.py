"""The town's clock (时钟): real time, or a time that stands until somebody turns it.

A standing clock *walks*: it waits until everything is quiet, steps to the next
moment at which anybody has something to do, lets them do it, and goes on.
Nothing else in the town reads the time of the machine.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import inspect
import logging
import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sandbox.followers import Followers
from sandbox.moments import ZONE as ZONE
from sandbox.moments import parse_duration as parse_duration
from sandbox.moments import parse_moment as parse_moment

log = logging.getLogger(__name__)

LONGEST_GRANT = timedelta(seconds=5)
"""A lane may wait this long on a standing clock without anybody turning it."""
STUCK_AFTER_S = 60.0
"""Real seconds without any sign of life after which a walk gives up and says what it waits for."""

Callback = Callable[[], Awaitable[None] | None]


class ClockError(Exception):
    """The clock cannot do what was asked; ``status`` is the HTTP status that says so."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(slots=True, order=True)
class Timer:
    """A call that waits for its moment; ``cancel()`` is safe at any time."""

    when: datetime
    order: int
    callback: Callback = field(compare=False)
    kind: str = field(compare=False)
    cancelled: bool = field(default=False, compare=False)
    real: asyncio.TimerHandle | None = field(default=None, compare=False)
    kept_in: dict[int, Timer] | None = field(default=None, compare=False)

    def cancel(self) -> None:
        self.cancelled = True
        if self.real is not None:
            self.real.cancel()
        if self.kept_in is not None:
            self.kept_in.pop(self.order, None)


class TownClock:
    """Time for all of the town. ``start=None`` is real time; an aware ``start`` makes a standing clock."""

    def __init__(self, start: datetime | None = None) -> None:
        self.start = start.astimezone(ZONE) if start else None
        self.standing = start is not None
        self.epoch = 0
        self.followers = Followers(self)
        self.busy: list[Callable[[], str | None]] = []
        """Each says why the clock must not move now, or ``None``."""
        self._now = self.start
        self._timers: list[Timer] = []
        self._real: dict[int, Timer] = {}
        self._order = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._parked: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        self._turning = asyncio.Lock()
        self._grant_queued = False

    def now(self) -> datetime:
        """Aware, in Asia/Shanghai."""
        return self._now if self._now is not None else datetime.now(ZONE)

    def now_ms(self) -> int:
        """Milliseconds since 1970 UTC, as both platforms write their times."""
        return round((self.now() - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(milliseconds=1))

    @staticmethod
    def tick_s() -> float:
        """Real, monotonic seconds: for deadlines of the machine, never for civil time."""
        return time.monotonic()

    def call_at(self, when: datetime, callback: Callback, kind: str = "timer") -> Timer:
        """Call ``callback`` (plain or async) when the town reaches ``when``; past moments fire at the next turn."""
        self._order += 1
        timer = Timer(when.astimezone(ZONE), self._order, callback, kind)
        if self.standing:
            heapq.heappush(self._timers, timer)
            self.changed()
        else:
            wait_s = max(0.0, (timer.when - self.now()).total_seconds())
            self._real[timer.order], timer.kept_in = timer, self._real
            timer.real = asyncio.get_running_loop().call_later(wait_s, self._fire, timer)
        return timer

    def call_later(self, seconds: float, callback: Callback, kind: str = "timer") -> Timer:
        """As ``call_at``, ``seconds`` of town time from now."""
        return self.call_at(self.now() + timedelta(seconds=seconds), callback, kind)

    async def sleep_until(self, when: datetime) -> None:
        """Return when the town reaches ``when``; at once if it has."""
        if when <= self.now():
            return
        done = asyncio.get_running_loop().create_future()
        task = asyncio.current_task()

        def wake() -> None:
            self._parked.discard(task)
            if not done.done():
                done.set_result(None)

        timer = self.call_at(when, wake, "sleep")
        if task in self._tasks:
            self._parked.add(task)
            self.changed()
        try:
            await done
        finally:
            self._parked.discard(task)
            timer.cancel()

    def bump(self) -> None:
        """Something happened that may give a follower work: none is quiet until it has looked again."""
        self.epoch += 1
        self.followers.wake()
        self.changed()

    def changed(self) -> None:
        """Whoever waits for quiet looks again; a waiting lane may be granted."""
        self._changed.set()
        if self.standing and not self._grant_queued:
            self._grant_queued = True
            asyncio.get_running_loop().call_soon(self._grant_lane)

    def why_busy(self, ignore: Collection[str] = ()) -> str | None:
        """The reason why the clock must not move now, followers included; ``None`` when all is quiet."""
        return self._town_busy() or self.followers.why_busy(ignore)

    def _town_busy(self) -> str | None:
        if len(self._tasks) > len(self._parked):
            return "a timer of the town is still at work"
        return next((reason for source in self.busy if (reason := source()) is not None), None)

    async def set(self, target: datetime, *, walk: bool = True, ignore: Collection[str] = ()) -> datetime:
        """Turn a standing clock to ``target``; returns the moment reached.

        A walk ends when ``target`` is reached and all is quiet. Lanes that wait
        five seconds or less are granted first, so it may end a little later.

        Raises:
            ClockError: 409 real time, 400 a walk into the past, 504 a follower is silent or nothing moves.
        """
        if not self.standing:
            raise ClockError(409, "this town lives in real time; start it with --clock to turn the clock")
        target = target.astimezone(ZONE)
        async with self._turning:
            if not walk:
                await self._until_quiet(self._town_busy)
                self._step(target)
                return self.now()
            if target < self.now():
                raise ClockError(400, f"it is {self.now().isoformat()} already; back only with walk=false")
            while True:
                await self._until_quiet(lambda: self.why_busy(ignore), ignore)
                step = self._next_step(target, ignore)
                if step is None:
                    return self.now()
                self._step(step)

    async def advance(self, by: timedelta, *, walk: bool = True, ignore: Collection[str] = ()) -> datetime:
        """As ``set``, from now."""
        return await self.set(self.now() + by, walk=walk, ignore=ignore)

    def _next_step(self, target: datetime, ignore: Collection[str]) -> datetime | None:
        now = self.now()
        while self._timers and self._timers[0].cancelled:
            heapq.heappop(self._timers)
        if self._timers and self._timers[0].when <= now:
            return now
        lane = self.followers.next_lane(now, ignore)
        if now >= target:
            return lane if lane is not None and lane - now <= LONGEST_GRANT else None
        moments = [target, lane, self.followers.next_due(now, ignore)]
        if self._timers:
            moments.append(self._timers[0].when)
        return min(moment for moment in moments if moment is not None)

    def _step(self, moment: datetime) -> None:
        self._now = moment
        self.epoch += 1
        while self._timers and self._timers[0].when <= moment:
            self._fire(heapq.heappop(self._timers))
        self.followers.wake()
        self.changed()

    def _fire(self, timer: Timer) -> None:
        self._real.pop(timer.order, None)
        if timer.cancelled:
            return
        try:
            result = timer.callback()
        except Exception:
            log.exception("timer failed", extra={"kind": timer.kind})
            return
        if inspect.isawaitable(result):
            task = asyncio.ensure_future(self._await(result, timer.kind))
            self._tasks.add(task)
            task.add_done_callback(self._done)

    async def _await(self, work: Awaitable[None], kind: str) -> None:
        try:
            await work
        except Exception:
            log.exception("timer failed", extra={"kind": kind})

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._parked.discard(task)
        if not task.get_loop().is_closed():
            self.changed()

    async def _until_quiet(self, why: Callable[[], str | None], ignore: Collection[str] = ()) -> None:
        seen, stuck_at = (self.epoch, ""), self.tick_s() + STUCK_AFTER_S
        while (reason := why()) is not None:
            if seen != (self.epoch, reason):
                seen, stuck_at = (self.epoch, reason), self.tick_s() + STUCK_AFTER_S
            silent = self.followers.silent(ignore)
            if silent:
                raise ClockError(504, f"silent for 10 s, the clock stands: {', '.join(silent)}")
            if self.tick_s() > stuck_at:
                raise ClockError(504, f"the clock stands, nothing moves: {reason}")
            self._changed.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.25):
                    await self._changed.wait()

    def _grant_lane(self) -> None:
        self._grant_queued = False
        if self._turning.locked():
            return
        dead = self.followers.silent()
        if self.why_busy(dead) is not None:
            return
        lane = self.followers.next_lane(self.now(), dead)
        if lane is not None and lane - self.now() <= LONGEST_GRANT:
            self._step(lane)

    def reset(self) -> None:
        """Drop all timers and, on a standing clock, go back to the start."""
        self._drop_timers()
        for task in list(self._tasks):
            task.cancel()
        self._now = self.start
        self.bump()

    async def close(self) -> None:
        """Cancel what still runs and release every follower."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._drop_timers()
        self.followers.close()

    def _drop_timers(self) -> None:
        for timer in [*self._timers, *self._real.values()]:
            timer.cancel()
        self._timers.clear()
        self._real.clear()
