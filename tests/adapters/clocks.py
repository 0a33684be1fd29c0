"""A clock on strings for the adapters' tests."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta


class HandClock:
    """Both times stand until they are turned; sleepers wake when civil time reaches them."""

    def __init__(self, now: datetime = datetime(2026, 9, 7, 0, 30, tzinfo=UTC)) -> None:
        self._now = now
        self._tick_s = 0.0
        self._moved = asyncio.Event()

    def now(self) -> datetime:
        return self._now

    def tick_s(self) -> float:
        return self._tick_s

    def turn(self, seconds: float) -> None:
        """Both times go on."""
        self._tick_s += max(seconds, 0)
        self.jump(seconds)

    def jump(self, seconds: float) -> None:
        """Civil time alone jumps."""
        self._now += timedelta(seconds=seconds)
        self._moved.set()
        self._moved = asyncio.Event()

    async def sleep_until(self, moment: datetime, *, lane: bool = False) -> None:
        while self._now < moment:
            await self._moved.wait()
