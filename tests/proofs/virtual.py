"""Time that is only counted (虚拟时间): a loop that jumps to its next timer, and the clocks of bot and town on it."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.clock import CivilClock
from sandbox.clock import ZONE, TownClock

OUTSIDE_S = 0.05
"""Real seconds between looks while something outside of the loop is asked (a database server)."""


class Stuck(RuntimeError):
    """Nobody waits for anything any more: the simulation would stand for ever."""


class _Selector(selectors.SelectSelector):
    """Never waits, but for a server outside: the time until the next timer simply passes."""

    loop: VirtualLoop

    def select(self, timeout: float | None = None) -> list[Any]:
        ready = (
            []
            if self.loop.is_alone
            else super().select(OUTSIDE_S if self.loop.asked_outside and timeout != 0 else 0)
        )
        if ready or timeout == 0 or self.loop.asked_outside:
            return ready
        if timeout is None:
            raise Stuck
        self.loop.passed_s += max(timeout, 0)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose seconds pass as fast as the processor works.

    Args:
        alone: nothing outside is ever waited for, and what a thread would do is done at once: else the time until
            it has done it would pass by the real clock, and a seed would not be the same twice.
    """

    def __init__(self, *, alone: bool = False) -> None:
        self.passed_s = 0.0
        self.is_alone = alone
        self.asked_outside = 0
        """So many answers of the real world are waited for; meanwhile no time passes."""
        selector = _Selector()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        return self.passed_s

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        if not self.is_alone:
            return super().run_in_executor(executor, func, *args)
        done: asyncio.Future[Any] = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:
            done.set_exception(error)
        return done


class SimClock(CivilClock):
    """The bot's: civil time is the loop's, plus what somebody has set the machine's clock forward or back."""

    def __init__(self, start: datetime, loop: VirtualLoop) -> None:
        super().__init__()
        self._start = start.astimezone(UTC)
        self._loop = loop
        self.off = timedelta()
        self.jumps: list[tuple[float, timedelta]] = []
        """When, by the loop's seconds, it was set anew, and how far it has been off since then."""
        self._jumped = asyncio.Event()

    def now(self) -> datetime:
        moment = self._start + timedelta(seconds=self._loop.passed_s) + self.off
        self.remember(moment)
        return moment

    def tick_s(self) -> float:
        return self._loop.passed_s

    def jump(self, by: timedelta) -> None:
        self.off += by
        self.jumps.append((self._loop.passed_s, self.off))
        jumped, self._jumped = self._jumped, asyncio.Event()
        jumped.set()

    async def sleep_until(self, moment: datetime, *, lane: bool = False) -> None:
        while (left_s := (moment - self.now()).total_seconds()) > 0:
            try:
                async with asyncio.timeout(left_s):
                    await self._jumped.wait()
            except TimeoutError:
                continue
        await asyncio.sleep(0)


def town_clock(start: datetime, loop: VirtualLoop) -> type[TownClock]:
    """A class for ``sandbox.app`` to build its clock of: real time, as it seems to the town."""

    class VirtualTownClock(TownClock):
        off = timedelta()
        """What has passed while no machine's seconds were counted."""

        def __init__(self, _: datetime | None = None) -> None:
            super().__init__(None)

        def now(self) -> datetime:
            return start.astimezone(ZONE) + timedelta(seconds=loop.passed_s) + self.off

        @staticmethod
        def tick_s() -> float:
            return loop.passed_s

    return VirtualTownClock


def run(work: Any, loop: VirtualLoop) -> Any:
    """Run to the end and leave nothing behind."""
    asyncio.set_event_loop(loop)
    try:
        return loop.run_until_complete(work)
    finally:
        _cancel(loop, asyncio.all_tasks(loop))
        loop.run_until_complete(loop.shutdown_asyncgens())
        asyncio.set_event_loop(None)
        loop.close()


def _cancel(loop: VirtualLoop, tasks: Iterable[asyncio.Task[Any]]) -> None:
    left = list(tasks)
    for task in left:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
