"""Followers (跟随者): programs outside the town that live by its clock.

A follower says what it has seen and when it next has something to do, and is
held until there is something new. Who has not looked at the present moment yet
keeps the clock from moving; who is silent for ten real seconds is named.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

SILENT_AFTER_S = 10.0
"""Real seconds without a call after which a follower counts as gone."""
HEARTBEAT_S = 5.0
"""Real seconds a call is held at most."""


class Clock(Protocol):
    """What a follower follows."""

    epoch: int
    standing: bool

    def now(self) -> datetime: ...
    def changed(self) -> None: ...


@dataclass(slots=True, kw_only=True)
class Follower:
    """The latest report of one follower; moments are aware, ``heard_s`` is monotonic and real."""

    name: str
    seen: datetime | None
    next_due: datetime | None
    lane_due: datetime | None
    idle: bool
    epoch: int | None
    heard_s: float
    alive: Callable[[], bool]
    held: bool = True

    @property
    def is_here(self) -> bool:
        """Its call is open and its connection stands."""
        return self.held and self.alive()


class Followers:
    """All who follow the clock, by name."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._all: dict[str, Follower] = {}
        self._news = asyncio.Event()
        self._closed = False

    def names(self) -> list[str]:
        return sorted(self._all)

    async def report(
        self,
        name: str,
        *,
        seen: datetime | None,
        next_due: datetime | None,
        idle: bool,
        epoch: int | None = None,
        lane_due: datetime | None = None,
        alive: Callable[[], bool] = lambda: True,
    ) -> tuple[datetime, int]:
        """Take a report and hold the caller until there is news, five real seconds at most.

        A newer report of the same name releases the older caller at once;
        ``alive`` says whether the caller's connection still stands.

        Returns:
            The town's moment and epoch; both may be unchanged (a heartbeat).
        """
        known = self._all.get(name)
        follower = Follower(
            name=name, seen=seen, next_due=next_due, lane_due=lane_due, idle=idle, epoch=epoch,
            heard_s=time.monotonic(), alive=alive,
        )  # fmt: skip
        self._all[name] = follower
        if known is not None:
            self.wake()
        self._clock.changed()
        try:
            await self._hold(follower)
        finally:
            follower.held = False
            follower.heard_s = time.monotonic()
        return self._clock.now(), self._clock.epoch

    async def _hold(self, follower: Follower) -> None:
        until_s = time.monotonic() + HEARTBEAT_S
        while not self._closed and not self._has_news(follower) and follower.alive():
            left_s = until_s - time.monotonic()
            if left_s <= 0:
                return
            news = self._news
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(left_s, 0.5)):
                    await news.wait()

    def _has_news(self, follower: Follower) -> bool:
        if self._all.get(follower.name) is not follower:
            return True
        if self._clock.standing and follower.seen != self._clock.now():
            return True
        if not self._clock.standing and self._is_far(follower.seen):
            return True
        return follower.epoch is not None and follower.epoch != self._clock.epoch

    def _is_far(self, seen: datetime | None) -> bool:
        """In real time every ``seen`` is old at once; only a much older one is worth an answer."""
        return seen is None or abs((self._clock.now() - seen).total_seconds()) > SILENT_AFTER_S

    def wake(self) -> None:
        """Every held follower looks whether there is news."""
        self._news.set()
        self._news = asyncio.Event()

    def forget(self, name: str) -> bool:
        """A follower takes its leave; false if nobody of that name followed."""
        found = self._all.pop(name, None) is not None
        self.wake()
        self._clock.changed()
        return found

    def clear(self) -> None:
        """Forget all."""
        self._all.clear()
        self.wake()

    def close(self) -> None:
        """Release all who are held, for good."""
        self._closed = True
        self.wake()

    def why_busy(self, ignore: Collection[str] = ()) -> str | None:
        """Who has not yet looked at this moment and epoch, is away from the clock, or is at work."""
        now, epoch = self._clock.now(), self._clock.epoch
        for follower in self._all.values():
            if follower.name in ignore:
                continue
            if not follower.is_here or follower.seen != now or follower.epoch not in (None, epoch):
                return f"{follower.name} has not looked yet"
            if not follower.idle and (follower.lane_due is None or follower.lane_due <= now):
                return f"{follower.name} is at work"
        return None

    def silent(self, ignore: Collection[str] = ()) -> list[str]:
        """Followers who have no call open and made none for ten real seconds."""
        limit = time.monotonic() - SILENT_AFTER_S
        return sorted(
            f.name for f in self._all.values() if not f.held and f.heard_s < limit and f.name not in ignore
        )

    def next_due(self, now: datetime, ignore: Collection[str] = ()) -> datetime | None:
        """The earliest moment strictly after ``now`` at which a follower has something to do."""
        return self._earliest([f.next_due for f in self._all.values() if f.name not in ignore], now)

    def next_lane(self, now: datetime, ignore: Collection[str] = ()) -> datetime | None:
        """The earliest moment strictly after ``now`` for which a lane waits."""
        return self._earliest([f.lane_due for f in self._all.values() if f.name not in ignore], now)

    @staticmethod
    def _earliest(moments: list[datetime | None], now: datetime) -> datetime | None:
        return min((moment for moment in moments if moment is not None and moment > now), default=None)
