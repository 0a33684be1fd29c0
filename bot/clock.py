"""时钟 (clock): the only file that reads the time; civil time may jump, the machine's ticks never do.

``SystemClock`` is the machine's, ``ManualClock`` a test's, ``FollowedClock`` the town's. ``now()`` is always in UTC.
"""

from __future__ import annotations

import asyncio
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bot.config.values import require_loopback

if TYPE_CHECKING:
    import aiohttp

log = logging.getLogger(__name__)

JUMP_CHECK_S = 30.0
"""The longest real wait after which a sleeper of the system's clock looks whether civil time has jumped."""

PUT_BACK = timedelta(seconds=2)
"""A clock that shows so much less than before was put back; less is how clocks are kept right."""

LANE_WAIT = timedelta(seconds=5)
"""A rate lane's wait up to this long is granted by the town on a standing clock."""

LONGEST_ANSWER_S = 30.0
"""The town answers a report within 5 s; far beyond that the connection is taken for dead."""

PAUSES_S = (0.1, 0.2, 0.5, 1.0, 2.0)
"""Between attempts to reach the town; the last one repeats."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What the bot knows of itself when the town asks whether time may go on.

    Attributes:
        idle: nothing is under way and nothing is due now.
        next_due: the earliest moment at which the store has something to do.
        lane_due: the earliest moment at which a rate lane lets something through.
    """

    idle: bool
    next_due: datetime | None = None
    lane_due: datetime | None = None


@dataclass(eq=False, slots=True)
class _Sleeper:
    moment: datetime
    lane: bool
    woken: asyncio.Future[None] | None = field(default=None)


class CivilClock(ABC):
    """What all clocks share; satisfies ``adapters.port.Clock``."""

    def __init__(self) -> None:
        self._sleepers: set[_Sleeper] = set()
        self._latest: datetime | None = None
        self._is_back = False

    @abstractmethod
    def now(self) -> datetime:
        """Civil time in UTC; may jump either way."""

    @abstractmethod
    async def sleep_until(self, moment: datetime, *, lane: bool = False) -> None:
        """Return once ``now() >= moment``, however civil time gets there.

        Args:
            moment: aware.
            lane: the wait is for a rate lane, so a town may grant it on a standing clock.
        """

    def tick_s(self) -> float:
        return time.monotonic()

    def latest(self) -> datetime:
        """The latest civil time ever seen: what leases and windows count on after a jump back."""
        return self.remember(self.now())

    def remember(self, moment: datetime) -> datetime:
        """Let ``latest()`` never be earlier than ``moment`` (a mark of an earlier run)."""
        if self._latest is None or moment > self._latest:
            self._latest = moment
            self._is_back = False
        elif not self._is_back and self._latest - moment > PUT_BACK:
            self._is_back = True
            log.warning("the clock was put back", extra={"by_s": (self._latest - moment).total_seconds()})
        return self._latest

    def next_wake(self) -> datetime | None:
        """When the earliest sleeper wakes, ``None`` if nobody sleeps."""
        return min((sleeper.moment for sleeper in self._sleepers), default=None)

    def attach(self, status: Callable[[], Status]) -> None:
        """Who answers whether the bot is idle; asked at each report. Only a followed clock asks."""
        del status

    def poke(self) -> None:  # noqa: B027 - only a followed clock has somebody to tell
        """The bot's status has changed: report it anew at once (many pokes make one report)."""

    async def ready(self) -> None:  # noqa: B027
        """Return when ``now()`` may be asked."""

    async def run(self) -> None:
        """The clock's own task, for the bot to own; returns only when cancelled."""
        await asyncio.get_running_loop().create_future()


class SystemClock(CivilClock):
    """The machine's clock."""

    def now(self) -> datetime:
        moment = datetime.now(UTC)
        self.remember(moment)
        return moment

    async def sleep_until(self, moment: datetime, *, lane: bool = False) -> None:
        sleeper = _Sleeper(moment, lane)
        self._sleepers.add(sleeper)
        try:
            while (left_s := (moment - self.now()).total_seconds()) > 0:  # noqa: ASYNC110 - it looks for jumps
                await asyncio.sleep(min(max(left_s, 0.001), JUMP_CHECK_S))
        finally:
            self._sleepers.discard(sleeper)


class TurnedClock(CivilClock):
    """Civil time stands until somebody turns it."""

    def __init__(self, now: datetime | None) -> None:
        super().__init__()
        self._now = now
        self._waking = 0

    def now(self) -> datetime:
        if self._now is None:
            raise RuntimeError("nobody has told this clock the time yet: await ready() first")
        return self._now

    async def sleep_until(self, moment: datetime, *, lane: bool = False) -> None:
        if moment <= self.now():
            await asyncio.sleep(0)
            return
        sleeper = _Sleeper(moment, lane, asyncio.get_running_loop().create_future())
        self._sleepers.add(sleeper)
        self.poke()
        try:
            assert sleeper.woken is not None  # noqa: S101 - narrows the type
            await sleeper.woken
        finally:
            self._leave(sleeper)

    def _turn(self, moment: datetime) -> None:
        self._now = moment
        self.remember(moment)
        for sleeper in self._sleepers:
            if sleeper.moment <= moment and sleeper.woken is not None and not sleeper.woken.done():
                sleeper.woken.set_result(None)
                self._waking += 1

    def _leave(self, sleeper: _Sleeper) -> None:
        self._sleepers.discard(sleeper)
        if sleeper.woken is not None and sleeper.woken.done() and not sleeper.woken.cancelled():
            self._waking -= 1
        self.poke()


class ManualClock(TurnedClock):
    """A test's clock: stands until the test turns it."""

    def __init__(self, now: datetime) -> None:
        super().__init__(now.astimezone(UTC))
        self._extra_s = 0.0

    def set(self, moment: datetime) -> None:
        """Turn to ``moment``, forward or back, and wake who is due."""
        self._turn(moment.astimezone(UTC))

    def advance(self, by: timedelta) -> None:
        self.set(self.now() + by)

    def tick_s(self) -> float:
        return super().tick_s() + self._extra_s

    def advance_ticks(self, seconds: float) -> None:
        """Let the machine's monotonic time seem to have gone on."""
        self._extra_s += seconds


class FollowedClock(TurnedClock):
    """The town's clock: civil time is the last the town told; the bot reports what it waits for.

    One long poll is open at all times; a newer report releases the older one. Reports are true: a
    sleeper that was woken and has not run yet counts as work under way.

    Raises:
        ConfigError: ``url`` is not on this machine.
    """

    def __init__(self, url: str, name: str = "yizhan") -> None:
        super().__init__(None)
        require_loopback(url)
        self._followers = f"{url.rstrip('/')}/_sandbox/clock/followers"
        self._name = name
        self._epoch = -1
        self._status: Callable[[], Status] = lambda: Status(idle=False)
        self._stir = asyncio.Event()
        self._told = asyncio.Event()
        self._order = self._heard = 0

    def attach(self, status: Callable[[], Status]) -> None:
        self._status = status
        self.poke()

    def poke(self) -> None:
        self._stir.set()

    async def ready(self) -> None:
        await self._told.wait()

    async def run(self) -> None:
        import aiohttp

        timeout = aiohttp.ClientTimeout(total=LONGEST_ANSWER_S)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            try:
                async with asyncio.TaskGroup() as posts:
                    await self._converse(session, posts)
            finally:
                await self._goodbye(session)

    async def _converse(self, session: aiohttp.ClientSession, posts: asyncio.TaskGroup) -> None:
        newest: asyncio.Task[bool] | None = None
        said: dict[str, Any] = {}
        failures = 0
        while True:
            self._stir.clear()
            if newest is not None and newest.done():
                failures = 0 if newest.result() else failures + 1
                newest = None
                if failures:
                    await asyncio.sleep(PAUSES_S[min(failures, len(PAUSES_S)) - 1])
            report = self._report()
            if newest is None or report != said:
                said = report
                newest = posts.create_task(self._post(session, report))
                newest.add_done_callback(lambda _: self._stir.set())
            await self._stir.wait()

    def _report(self) -> dict[str, Any]:
        """Without a time of its own yet, the bot says it has seen the beginning of time."""
        now = self._now or datetime.fromtimestamp(0, UTC)
        status = self._status()
        due = [moment for moment in (status.next_due, self.next_wake()) if moment is not None]
        report: dict[str, Any] = {
            "name": self._name,
            "seen": now.isoformat(),
            "next_due": min(due).isoformat() if due else None,
            "idle": status.idle and self._now is not None and not self._waking,
            "epoch": self._epoch,
        }
        lanes = [sleeper.moment for sleeper in self._sleepers if sleeper.lane]
        lanes += [status.lane_due] if status.lane_due is not None else []
        if lanes and min(lanes) - now <= LANE_WAIT:
            report["lane_due"] = min(lanes).isoformat()
        return report

    async def _post(self, session: aiohttp.ClientSession, report: dict[str, Any]) -> bool:
        """Whether the town answered."""
        self._order += 1
        order = self._order
        try:
            async with session.post(self._followers, json=report) as response:
                response.raise_for_status()
                body = await response.json()
            now, epoch = datetime.fromisoformat(body["now"]).astimezone(UTC), int(body["epoch"])
        except (OSError, TimeoutError, ValueError, KeyError, TypeError, _client_error()) as error:
            log.warning("the followed clock does not answer", extra={"error": type(error).__name__})
            return False
        if order > self._heard:  # else overtaken by the answer to a newer report
            self._heard, self._epoch = order, epoch
            if now != self._now:
                self._turn(now)
            self._told.set()
        return True

    async def _goodbye(self, session: aiohttp.ClientSession) -> None:
        try:
            async with asyncio.timeout(2), session.delete(f"{self._followers}/{self._name}"):
                pass
        except (OSError, TimeoutError, _client_error()):
            log.info("the followed clock was gone already")


def _client_error() -> type[Exception]:
    """Imported only by who follows a clock: the client is slow to import."""
    import aiohttp

    return aiohttp.ClientError
