"""限流道 (lanes): what shares one rate waits together, and nobody else with it."""

from __future__ import annotations

import contextlib
import random
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase

import pyrate_limiter

from adapters.port import Budget, Clock

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

GROWTH_S = 1.0
LONGEST_GROWTH_S = 60.0
"""What a lane waits beyond the told time: full jitter in a window that doubles with every refusal in a row."""

FORGIVEN_AFTER_S = 60.0
"""A lane that was left alone so long after its pause counts its refusals from the start."""

ANSWER_MS = 50
"""When to look again at a lane whose room is all in flight: an answer frees it, nobody knows when (guess)."""

LONG_MS = 10_000
"""Whoever finds a window of this length used up waits too long for an answer; a shorter one lets others in soon enough."""

SPARED = 50
"""In a long window, what spares others takes the first half as it comes and the second half evenly, but for one unit in
so many: 20 of Feishu's 1,000 a minute. So there is always room for an answer, and for something urgent within seconds."""

SWEEP_AT = 2_048
"""Lanes kept before the idle ones are forgotten (there is one for each person and each chat)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """At most ``n`` units in any ``per_s`` seconds."""

    n: int
    per_s: float


class Lanes:
    """The budgets of one platform, in civil time.

    Rates are found by pattern (``feishu:chat:*``), the first that fits; a lane without one knows only pauses.
    Civil time that goes backwards neither empties nor blocks a lane: windows go on from the latest time seen.
    """

    def __init__(self, clock: Clock, rates: Mapping[str, tuple[Rate, ...]], *, rng: random.Random) -> None:
        self._clock = clock
        self._rates = dict(rates)
        self._rng = rng
        self._lanes: dict[str, _Lane] = {}
        self._sweep_at = SWEEP_AT
        self._seen_ms = 0
        self._turned_back_ms = 0

    def ready_at(self, budgets: Iterable[Budget], *, sparing: bool = False) -> datetime:
        """When every lane has room; takes nothing. Never earlier than now.

        Args:
            sparing: leave something of a long window to what is more urgent.

        Raises:
            ValueError: more units at once than a lane ever has.
        """
        return self._clock.now() + timedelta(seconds=self.wait_s(budgets, sparing=sparing))

    def wait_s(self, budgets: Iterable[Budget], *, sparing: bool = False) -> float:
        """The same as seconds of civil time from now."""
        now_ms = self._window_now_ms()
        waits = (
            self._lane(budget.lane).wait_ms(budget.units, now_ms, sparing=sparing)
            for budget in budgets
            if budget.lane
        )
        return max(waits, default=0) / 1000

    def take(self, budgets: Iterable[Budget]) -> bool:
        """Take from all lanes, or from none and say ``False``."""
        now_ms = self._window_now_ms()
        wanted = [(self._lane(budget.lane), budget.units) for budget in budgets if budget.lane]
        if any(lane.wait_ms(units, now_ms) > 0 for lane, units in wanted):
            return False
        for lane, units in wanted:
            lane.take(units, now_ms)
        return True

    async def enter(self, budgets: Iterable[Budget]) -> None:
        """Wait in civil time until all lanes have room, then take."""
        budgets = tuple(budgets)
        while not self.take(budgets):
            await self._clock.sleep_until(self.ready_at(budgets), lane=True)

    @contextlib.contextmanager
    def hold(self, budgets: Iterable[Budget]) -> Iterator[bool]:
        """Take for the time of a call; ``False`` if a lane has no room, and then nothing is taken.

        The platform counts a call somewhere between its start and its answer. So it counts here from its start,
        and its window begins with its answer: however long calls take, no window of the platform holds too many.
        """
        wanted = [(self._lane(budget.lane), budget.units) for budget in budgets if budget.lane]
        now_ms = self._window_now_ms()
        if any(lane.wait_ms(units, now_ms) > 0 for lane, units in wanted):
            yield False
            return
        for lane, units in wanted:
            lane.in_flight += units
        try:
            yield True
        finally:
            done_ms = self._window_now_ms()
            for lane, units in wanted:
                lane.in_flight -= units
                lane.take(units, done_ms)

    @contextlib.asynccontextmanager
    async def entered(self, budgets: Iterable[Budget]) -> AsyncIterator[None]:
        """The same, after waiting in civil time for room; for reads, which nobody schedules."""
        budgets = tuple(budgets)
        while True:
            with self.hold(budgets) as has_room:
                if has_room:
                    yield
                    return
            await self._clock.sleep_until(self.ready_at(budgets), lane=True)

    def pause(self, lane: str, until: datetime) -> datetime:
        """Stop this lane alone, at least until the told moment, and say until when.

        A little is added by chance, and more with every refusal in a row, so that nobody comes back in step.
        """
        now_ms = self._window_now_ms()
        told_ms = _ms(until - self._clock.now())
        until_ms = self._lane(lane).pause(now_ms, max(told_ms, 0), self._rng)
        return self._clock.now() + timedelta(milliseconds=until_ms - now_ms)

    def __len__(self) -> int:
        return len(self._lanes)

    def _lane(self, name: str) -> _Lane:
        lane = self._lanes.get(name)
        if lane is None:
            if len(self._lanes) >= self._sweep_at:
                self._forget_idle()
            lane = self._lanes[name] = _Lane(name, self._rates_of(name))
        return lane

    def _rates_of(self, name: str) -> tuple[Rate, ...]:
        return next((rates for pattern, rates in self._rates.items() if fnmatchcase(name, pattern)), ())

    def _forget_idle(self) -> None:
        now_ms = self._window_now_ms()
        self._lanes = {name: lane for name, lane in self._lanes.items() if not lane.is_idle(now_ms)}
        self._sweep_at = max(SWEEP_AT, 2 * len(self._lanes))

    def _window_now_ms(self) -> int:
        """Civil milliseconds that never go back: a step back is carried along as an offset."""
        now_ms = _ms(self._clock.now() - _EPOCH) + self._turned_back_ms
        if now_ms < self._seen_ms:
            self._turned_back_ms += self._seen_ms - now_ms
            now_ms = self._seen_ms
        self._seen_ms = now_ms
        return now_ms


class _Lane:
    """One pyrate-limiter bucket, fed with our time, and the pause on top of it."""

    __slots__ = ("_bucket", "_longest_ms", "_paused_until_ms", "_strikes", "in_flight", "name")

    def __init__(self, name: str, rates: tuple[Rate, ...]) -> None:
        self.name = name
        self.in_flight = 0
        self._longest_ms = max((round(rate.per_s * 1000) for rate in rates), default=0)
        self._bucket = (
            pyrate_limiter.InMemoryBucket(
                [pyrate_limiter.Rate(rate.n, round(rate.per_s * 1000)) for rate in rates]
            )
            if rates
            else None
        )
        self._paused_until_ms = 0
        self._strikes = 0

    def wait_ms(self, units: int, now_ms: int, *, sparing: bool = False) -> int:
        ready_ms = self._paused_until_ms
        if self._bucket is None:
            return max(0, ready_ms - now_ms)
        for rate in self._bucket.rates:
            if units > rate.limit:
                raise ValueError(f"{self.name} never has {units} units, only {rate.limit}")
            spare = rate.limit - units - self.in_flight
            if sparing and rate.interval >= LONG_MS:
                ready_ms = max(ready_ms, self._evenly_ms(rate, units, now_ms))
                spare = max(0, spare - rate.limit // SPARED)
            if spare < 0:
                ready_ms = max(ready_ms, now_ms + ANSWER_MS)
                continue
            # The unit whose end makes room is that many before the newest; one more millisecond and it is outside.
            blocking = self._bucket.peek(spare)
            if blocking is not None:
                ready_ms = max(ready_ms, blocking.timestamp + rate.interval + 1)
        return max(0, ready_ms - now_ms)

    def _evenly_ms(self, rate: pyrate_limiter.Rate, units: int, now_ms: int) -> int:
        """When the second half of a window has room for these, given out by the time that has gone by since its oldest unit."""
        if self._bucket is None:
            return now_ms
        self._bucket.leak(now_ms)
        used = self._bucket.count() + self.in_flight + units
        oldest = self._bucket.peek(self._bucket.count() - 1)
        half = rate.limit // 2
        if oldest is None or used <= half:
            return now_ms
        share = min(1.0, (used - half) / max(1, rate.limit - rate.limit // SPARED - half))
        return oldest.timestamp + round(rate.interval * share)

    def take(self, units: int, now_ms: int) -> None:
        if self._bucket is not None:
            self._bucket.leak(now_ms)
            self._bucket.put(pyrate_limiter.RateItem(self.name, now_ms, weight=units))

    def pause(self, now_ms: int, told_ms: int, rng: random.Random) -> int:
        if now_ms > self._paused_until_ms + FORGIVEN_AFTER_S * 1000:
            self._strikes = 0
        growth_s = min(LONGEST_GROWTH_S, GROWTH_S * 2**self._strikes)
        self._strikes = min(self._strikes + 1, 16)
        own_ms = round(rng.uniform(0, growth_s) * 1000)
        self._paused_until_ms = max(self._paused_until_ms, now_ms + told_ms + own_ms)
        return self._paused_until_ms

    def is_idle(self, now_ms: int) -> bool:
        newest = self._bucket.peek(0) if self._bucket else None
        spent = newest is None or newest.timestamp + self._longest_ms < now_ms
        return spent and not self.in_flight and self._paused_until_ms + FORGIVEN_AFTER_S * 1000 < now_ms


def _ms(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)
