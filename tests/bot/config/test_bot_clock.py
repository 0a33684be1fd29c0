"""The clocks: civil time is turned, sleepers wake at their moment, and the town hears the truth."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web

from bot import clock as clocks
from bot.clock import FollowedClock, ManualClock, Status, SystemClock
from bot.config.problems import ConfigError

EVENING = datetime(2026, 9, 29, 13, 40, tzinfo=UTC)
HOUR = timedelta(hours=1)


async def until(condition):
    """Let the loop turn until it is so."""
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - what is waited for has no event of its own
            await asyncio.sleep(0.001)


# ── a test's clock ────────────────────────────────────────────────────────────────────────────────


async def test_a_sleeper_wakes_when_the_clock_is_turned_past_its_moment():
    clock = ManualClock(EVENING)
    sleeper = asyncio.ensure_future(clock.sleep_until(EVENING + HOUR))
    await until(lambda: clock.next_wake() == EVENING + HOUR)
    clock.advance(HOUR / 2)
    await asyncio.sleep(0)
    assert not sleeper.done()
    clock.set(EVENING + 10 * HOUR)
    await sleeper
    assert clock.next_wake() is None


async def test_a_moment_that_is_past_does_not_wait():
    await ManualClock(EVENING).sleep_until(EVENING)


async def test_a_cancelled_sleeper_is_forgotten():
    clock = ManualClock(EVENING)
    sleeper = asyncio.ensure_future(clock.sleep_until(EVENING + HOUR))
    await until(lambda: clock.next_wake() is not None)
    sleeper.cancel()
    await asyncio.wait([sleeper])
    assert clock.next_wake() is None


def test_the_latest_time_survives_a_jump_back():
    clock = ManualClock(EVENING)
    clock.set(EVENING + HOUR)
    clock.set(EVENING - HOUR)
    assert clock.now() == EVENING - HOUR
    assert clock.latest() == EVENING + HOUR


def test_the_latest_time_can_be_told_by_an_earlier_run():
    clock = ManualClock(EVENING)
    clock.remember(EVENING + 3 * HOUR)
    assert clock.latest() == EVENING + 3 * HOUR


def test_ticks_go_on_by_themselves_and_can_be_helped():
    clock = ManualClock(EVENING)
    before = clock.tick_s()
    clock.advance_ticks(60)
    assert clock.tick_s() - before >= 60
    assert clock.now() == EVENING


async def test_the_system_clock_notices_a_jump_while_somebody_sleeps(monkeypatch):
    monkeypatch.setattr(clocks, "JUMP_CHECK_S", 0.01)
    clock = SystemClock()
    offset = timedelta()
    monkeypatch.setattr(SystemClock, "now", lambda self: EVENING + offset)
    sleeper = asyncio.ensure_future(clock.sleep_until(EVENING + HOUR))
    await until(lambda: clock.next_wake() is not None)
    offset = 2 * HOUR
    async with asyncio.timeout(2):
        await sleeper


def test_the_system_clock_is_aware():
    assert SystemClock().now().tzinfo is UTC


# ── the town's clock ──────────────────────────────────────────────────────────────────────────────


@dataclass
class Town:
    """Behaves as the town's control door: a long poll per name, released by news or a newer one."""

    now: datetime = EVENING
    epoch: int = 0
    reports: list[dict] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    refuse: int = 0
    news: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""

    def turn(self, moment):
        self.now, self.epoch = moment, self.epoch + 1
        self.tell()

    def tell(self):
        self.news.set()
        self.news = asyncio.Event()

    @property
    def last(self):
        return self.reports[-1] if self.reports else {}

    async def follow(self, request):
        if self.refuse:
            self.refuse -= 1
            raise web.HTTPServiceUnavailable
        report = await request.json()
        self.reports.append(report)
        self.tell()
        while (
            report is self.last
            and datetime.fromisoformat(report["seen"]) == self.now
            and report["epoch"] == self.epoch
        ):
            await self.news.wait()
        return web.json_response({"now": self.now.isoformat(), "epoch": self.epoch})

    async def leave(self, request):
        self.left.append(request.match_info["name"])
        return web.Response()


@asynccontextmanager
async def a_town():
    town = Town()
    app = web.Application()
    app.router.add_post("/_sandbox/clock/followers", town.follow)
    app.router.add_delete("/_sandbox/clock/followers/{name}", town.leave)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    town.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield town
    finally:
        await runner.cleanup()


@asynccontextmanager
async def following(town):
    clock = FollowedClock(town.url, "bot")
    task = asyncio.ensure_future(clock.run())
    try:
        async with asyncio.timeout(5):
            await clock.ready()
        yield clock
    finally:
        task.cancel()
        await asyncio.wait([task])


@pytest.mark.parametrize(
    "url", ["http://10.0.0.1:8900", "http://town.example.com", "http://127.0.0.1.example.com", "", "nonsense"]
)
def test_only_a_town_on_this_machine_is_followed(url):
    with pytest.raises(ConfigError):
        FollowedClock(url)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8900", "http://[::1]:8900", "http://localhost:8900"])
def test_every_way_to_write_this_machine_is_understood(url):
    FollowedClock(url)


def test_nobody_guesses_the_time_before_the_town_has_told_it():
    with pytest.raises(RuntimeError):
        FollowedClock("http://127.0.0.1:1").now()


async def test_the_time_is_what_the_town_told_last():
    async with a_town() as town, following(town) as clock:
        assert clock.now() == EVENING
        town.turn(EVENING + 11 * HOUR)
        await until(lambda: clock.now() == EVENING + 11 * HOUR)


async def test_a_bot_that_has_not_said_so_is_not_idle():
    async with a_town() as town, following(town):
        await until(lambda: town.last.get("seen") == EVENING.isoformat())
        assert town.last["idle"] is False


async def test_the_report_names_the_earlier_of_store_and_sleepers():
    async with a_town() as town, following(town) as clock:
        clock.attach(lambda: Status(idle=True, next_due=EVENING + 5 * HOUR))
        await until(lambda: town.last.get("next_due") == (EVENING + 5 * HOUR).isoformat())
        assert town.last["idle"] is True
        sleeper = asyncio.ensure_future(clock.sleep_until(EVENING + 2 * HOUR))
        await until(lambda: town.last.get("next_due") == (EVENING + 2 * HOUR).isoformat())
        town.turn(EVENING + 3 * HOUR)
        await sleeper
        await until(lambda: town.last.get("next_due") == (EVENING + 5 * HOUR).isoformat())


async def test_a_poke_reports_at_once_and_many_pokes_report_once():
    async with a_town() as town, following(town) as clock:
        idle = False
        clock.attach(lambda: Status(idle=idle))
        await until(lambda: town.last.get("seen") == EVENING.isoformat())
        count = len(town.reports)
        idle = True
        for _ in range(50):
            clock.poke()
        await until(lambda: town.last["idle"] is True)
        assert len(town.reports) == count + 1


async def test_a_woken_sleeper_counts_as_work_until_it_runs():
    async with a_town() as town, following(town) as clock:
        work = []
        clock.attach(lambda: Status(idle=not work))

        async def chore():
            await clock.sleep_until(EVENING + HOUR)
            work.append("chore")
            clock.poke()

        task = asyncio.ensure_future(chore())
        await until(lambda: town.last.get("next_due") == (EVENING + HOUR).isoformat())
        town.turn(EVENING + HOUR)
        await until(lambda: town.last["seen"] == (EVENING + HOUR).isoformat())
        await task
        assert not [r for r in town.reports if r["seen"] == (EVENING + HOUR).isoformat() and r["idle"]]
        work.clear()
        clock.poke()
        await until(lambda: town.last["idle"])


@pytest.mark.parametrize(("ahead_s", "granted"), [(3, True), (5, True), (6, False)])
async def test_a_short_wait_for_a_lane_is_named(ahead_s, granted):
    async with a_town() as town, following(town) as clock:
        moment = EVENING + timedelta(seconds=ahead_s)
        sleeper = asyncio.ensure_future(clock.sleep_until(moment, lane=True))
        await until(lambda: town.last.get("next_due") == moment.isoformat())
        assert ("lane_due" in town.last) is granted
        town.turn(moment)
        await sleeper


async def test_a_new_epoch_alone_is_looked_at():
    async with a_town() as town, following(town) as clock:
        await until(lambda: town.last.get("epoch") == 0)
        town.turn(town.now)
        await until(lambda: town.last.get("epoch") == 1)
        assert clock.now() == EVENING


async def test_the_bot_comes_back_to_a_town_that_was_away(monkeypatch):
    monkeypatch.setattr(clocks, "PAUSES_S", (0.01,))
    async with a_town() as town:
        town.refuse = 3
        async with following(town) as clock:
            assert clock.now() == EVENING


async def test_an_orderly_stop_takes_its_leave():
    async with a_town() as town:
        async with following(town):
            pass
        assert town.left == ["bot"]
