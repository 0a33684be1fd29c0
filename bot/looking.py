"""看一遍、歇一歇 (looking): a task that looks for work, rests, and is woken; until it has looked it is not idle."""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from bot.clock import CivilClock
from bot.store.errors import StoreUnavailable

log = logging.getLogger(__name__)

AWAY_S = 5.0
"""Real seconds until the next look while the store says no."""


class Looking(ABC):
    """What looks at the store when it is woken, or when the moment has come that its last look named.

    Whoever turns a clock asks ``is_idle``: it is ``False`` from the very step that wakes us until we have looked
    and found nothing, or the clock would walk on over what is due.
    """

    def __init__(self, clock: CivilClock) -> None:
        self._clock = clock
        self._woken = asyncio.Event()
        self._is_looking = True
        self.next_at: datetime | None = None
        self.on_change: Callable[[], None] = lambda: None

    @property
    def is_idle(self) -> bool:
        return not self._is_looking

    def wake(self) -> None:
        """There may be something to do."""
        self._is_looking = True
        self._woken.set()
        self.on_change()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._woken.clear()
            self._is_looking = True
            try:
                while await self._look():
                    self._woken.clear()
                self.next_at = await self._next()
            except StoreUnavailable:
                log.exception("store is away; looking again soon", extra={"who": type(self).__name__})
                with suppress(TimeoutError):
                    async with asyncio.timeout(AWAY_S):
                        await self._woken.wait()
                continue
            self._is_looking = self._woken.is_set()
            self.on_change()
            await self._rest(self.next_at)

    @abstractmethod
    async def _look(self) -> bool:
        """Do what is there to be done; ``True``: there may be more."""

    async def _next(self) -> datetime | None:
        """When to look again without being woken; ``None``: never."""
        return None

    async def _rest(self, until: datetime | None) -> None:
        if until is None:
            await self._woken.wait()
            return
        waits = {asyncio.ensure_future(self._woken.wait()), asyncio.ensure_future(self._sleep(until))}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    async def _sleep(self, moment: datetime) -> None:
        """Busy from the very step in which it wakes."""
        await self._clock.sleep_until(moment)
        self._is_looking = True
