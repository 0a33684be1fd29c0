"""``make clock``: clocks that are put back, put forward, stop or sleep, and everything that waits for a moment.

A table of jumps and of what waits, on SQLite and on PostgreSQL: the real bot and the town in one process, in virtual
time. The town's clock is the true one; only the bot's machine is wrong. What must hold in every cell: nothing leaves
before its moment by the machine's clock, nor outside working hours; it comes once, and a clock that is turned over
the moment again brings nothing a second time.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import shutil
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import bot.app
import bot.lines
import bot.sending
from bot.config import load
from bot.store import migrate, postgres
from bot.store.engine import Store
from bot.store.tables import metadata
from sandbox import app as town_app
from sandbox import config_file
from tests.proofs import crash, rig, score, virtual, wire, witness

WORDS = "三号楼换了新门禁，旧卡不能用了"
POLL = """
[[questionnaire]]
id = "menu"
kind = "poll"
title = "周五吃什么"
when = "{day} 14:00"
questions = [{{ ask = "吃什么？", kind = "single", options = ["面", "饭"] }}]
audience = ["{department}"]
open_workdays = 0
closes = "17:00"
"""
REVIEWERS = '\n[announce]\nreviewers = ["{0}", "{1}"]\n'
WHO = {"feishu": ("李想", "林岚", "沈卫东"), "dingtalk": ("何强", "孙莉", "周敏")}
GROUP = {"feishu": "设计组", "dingtalk": "设备部"}
ALL = "禾川全员"
SLACK = timedelta(minutes=20)
"""Spread after an opening, and what a platform's rate adds."""


CONFIRM = (*crash.CONFIRM, "先这样排")
"""The last one where the days of a year have not been published yet."""


@dataclass
class Place:
    """A town, its true time, and one bot whose clock can be wrong."""

    engine: str
    url: str
    folder: Path
    platform: str
    loop: virtual.VirtualLoop
    start: datetime
    town: Any = None
    clock: Any = None
    life: wire.Life | None = None
    living: Any = None
    task: Any = None
    broken: list[str] = field(default_factory=list)

    async def build(self, edit: str) -> None:
        town_app.TownClock = virtual.town_clock(self.start, self.loop)  # type: ignore[misc]
        self.clock = virtual.SimClock(self.start, self.loop)
        self.town = town_app.build_town(seed=1)
        self.town.settings.update({"dingtalk.ping_s": 1e9})
        self.town.url = "http://127.0.0.1:1"
        self._app = town_app.build_app(self.town)
        self._app.on_shutdown.clear()
        self._app.pre_freeze()
        self._app.freeze()
        config = self.folder / "config.toml"
        config_file.write(self.town, config)
        rig._keep(config, (self.platform,), ())
        with config.open("a", encoding="utf-8") as out:
            out.write(edit)
        self.loaded = load.load(config)

    async def begin(self) -> None:
        """Start it, and wait until it hears."""
        self.life = wire.Life()
        wire.plug_in(self.town, self._app, self.clock, self.life, random.Random(1))
        bot.app.Store = self._store()  # type: ignore[misc]
        bot.lines.LOOK_EVERY_S = 3600.0
        bot.sending.RENEW_EVERY_S, bot.sending.LEASE_S = 600.0, 1e7
        self.living = bot.app.Bot(self.loaded)
        self.task = asyncio.ensure_future(self.living.run())
        while not self.living._is_up:
            await asyncio.sleep(1)
            assert not self.task.done(), self.task.result()
        await asyncio.sleep(5)

    async def end(self) -> None:
        """In order, as a service is stopped."""
        self.living.stop()
        await self.task

    def _store(self) -> type[Store]:
        place = self

        class Outside(Store):
            def __init__(self, _: str, clock: Any) -> None:
                is_sqlite = place.engine == "sqlite"
                super().__init__(place.url, clock, inline=is_sqlite)

            async def open(self) -> None:
                with place.outside():
                    await super().open()

            async def close(self) -> None:
                with place.outside():
                    await super().close()

            async def _enter(self, *arguments: Any, **named: Any) -> Any:
                with place.outside():
                    return await super()._enter(*arguments, **named)

            async def read(self, *arguments: Any) -> Any:
                with place.outside():
                    return await super().read(*arguments)

        return Outside

    @contextmanager
    def outside(self) -> Iterator[None]:
        """While the database server is asked no time passes."""
        self.loop.asked_outside += 1
        try:
            yield
        finally:
            self.loop.asked_outside -= 1

    # ── Time ──────────────────────────────────────────────────────────────────────────────────────

    def now(self) -> datetime:
        """What the bot's machine shows, in Shanghai."""
        shown: datetime = self.clock.now().astimezone(self.start.tzinfo)
        return shown

    async def until(self, moment: datetime) -> None:
        """Time goes on until the bot's machine shows this."""
        while (left_s := (moment - self.now()).total_seconds()) > 0:  # noqa: ASYNC110 - it may be turned
            await asyncio.sleep(left_s)
        await asyncio.sleep(5)

    def sleep_for(self, span: timedelta) -> None:
        """The machine was shut: it is later, and no second of its own was counted."""
        self.clock.jump(span)
        type(self.town.clock).off += span

    # ── People ────────────────────────────────────────────────────────────────────────────────────

    def person(self, name: str) -> Any:
        return self.town.person_named(self.platform, name, "")

    async def says(self, person: Any, text: str) -> None:
        await self.town.platforms[self.platform].say(person, "bot", text, [])
        await asyncio.sleep(5)

    def heard(self, person: Any) -> list[Any]:
        everything = self.town.direct.get((self.platform, person.id), [])
        return [one for one in everything if one.sender == "bot"]

    async def presses(self, person: Any, wanted: Callable[[str], bool]) -> None:
        side = self.town.platforms[self.platform]
        for message in reversed(self.heard(person)):
            for action, label in side.buttons(message):
                if wanted(label):
                    await side.press(person, message, action)
                    await asyncio.sleep(2)
                    return
        raise AssertionError(f"nothing to press: {[side.buttons(one) for one in self.heard(person)]}")

    async def publishes(self, person: Any, words: str) -> None:
        await self.says(person, words)
        await self.presses(person, lambda label: label in CONFIRM)

    def copies(self, words: str) -> list[Any]:
        """The notice as people have it: to whom or to which group it went."""
        return [
            one
            for one in self.town.log[self.platform]
            if one.sender == "bot"
            and words in one.text
            and not (one.person and witness._is_own_card(self.town, one, words))
        ]


# ── What waits ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Wait:
    """Something that waits for a moment.

    Attributes:
        begins: the time of day at which it is asked for; due: from that day's start, the moment it waits for.
        once: how often it is seen when all is over, at least and at most.
        by_hours: it may be seen in working hours only.
    """

    begins: str
    ask: Callable[[Place], Awaitable[None]]
    seen: Callable[[Place], list[Any]]
    due: Callable[[Place, datetime], datetime]
    once: tuple[int, int] = (1, 1)
    by_hours: bool = True
    edit: str = ""
    platforms: tuple[str, ...] = ("feishu", "dingtalk")


async def _held(place: Place) -> None:
    await place.publishes(place.person(_author(place)), f"通知{GROUP[place.platform]}：{WORDS}")


async def _two_held(place: Place) -> None:
    author = place.person(_author(place))
    await place.publishes(author, f"通知{GROUP[place.platform]}：{WORDS}")
    await place.publishes(author, f"通知{GROUP[place.platform]}：四号楼明天停水，请提前接水")


async def _unconfirmed(place: Place) -> None:
    await place.says(place.person(_author(place)), f"通知{GROUP[place.platform]}：{WORDS}")


async def _review(place: Place) -> None:
    author = place.person(WHO[place.platform][0])
    await place.says(author, f"发全员：{WORDS}")
    await place.presses(author, lambda label: label.endswith("放行一次"))


async def _company_wide(place: Place) -> None:
    await place.publishes(place.person("林岚"), f"发全员：{WORDS}")


async def _poll(place: Place) -> None:
    await place.until(place.now().replace(hour=14, minute=10))


def _author(place: Place) -> str:
    people = sorted(witness.members(place.town, place.platform, GROUP[place.platform]))
    return str(place.town.people[place.platform][people[0]].name)


def _opening(place: Place, asked: datetime) -> datetime:
    """The next workday at nine, of days that nobody moves."""
    day = asked.replace(hour=9, minute=0, second=0, microsecond=0)
    while day <= asked or day.weekday() >= 5 or f"{day:%m-%d}" in HOLIDAYS:
        day += timedelta(days=1)
    return day


HOLIDAYS = frozenset({"01-01"})
"""What falls into the time of this table."""

WAITS: dict[str, Wait] = {
    "held": Wait("20:30", _held, lambda place: place.copies(WORDS), _opening, once=(1, 1)),
    "morning": Wait(
        "20:30",
        _two_held,
        lambda place: place.copies(WORDS),
        _opening,
    ),
    "unconfirmed": Wait(
        "20:30",
        _unconfirmed,
        lambda place: [
            one for one in place.heard(place.person(_author(place))) if "还没发，等你点头" in one.text
        ],
        _opening,
    ),
    "review": Wait(
        "10:10",
        _review,
        lambda place: [one for one in place.heard(place.person(WHO[place.platform][1])) if WORDS in one.text][
            1:
        ],
        lambda place, asked: asked + timedelta(hours=2),
        once=(1, 2),
        edit=REVIEWERS,
    ),
    "undo": Wait(
        "10:30",
        _company_wide,
        lambda place: place.copies(WORDS),
        lambda place, asked: asked + timedelta(seconds=60),
        by_hours=False,
        platforms=("feishu",),
    ),
    "poll": Wait(
        "13:40",
        _poll,
        lambda place: [
            one
            for one in place.heard(place.person(_author(place)))
            if "周五吃什么" in one.text and "，参与 " in one.text
        ],
        lambda place, asked: asked.replace(hour=17, minute=0, second=0, microsecond=0),
        by_hours=False,
        edit=POLL,
    ),
}


# ── What the clock does ───────────────────────────────────────────────────────────────────────────


async def _put(place: Place, by: timedelta) -> None:
    place.clock.jump(by)
    await asyncio.sleep(20)


async def _stop(place: Place) -> None:
    await place.end()
    await asyncio.sleep(3 * 3600)
    await place.begin()


async def _sleep(place: Place) -> None:
    place.sleep_for(timedelta(hours=3))
    await asyncio.sleep(20)


async def _zone(place: Place) -> None:
    """Somebody sets the machine to another zone and starts the service anew."""
    await place.end()
    os.environ["TZ"] = "UTC"
    time.tzset()
    await place.begin()


async def _nothing(_: Place) -> None:
    """Time goes on; what is odd is the day."""


DAY = "2026-08-03"
"""A Monday with plain workdays around it."""

JUMPS: dict[str, tuple[str, Callable[[Place], Awaitable[None]]]] = {
    "back 1 s": (DAY, lambda place: _put(place, timedelta(seconds=-1))),
    "back 1 h": (DAY, lambda place: _put(place, timedelta(hours=-1))),
    "back 1 d": (DAY, lambda place: _put(place, timedelta(days=-1))),
    "forward 3 h": (DAY, lambda place: _put(place, timedelta(hours=3))),
    "forward 30 d": (DAY, lambda place: _put(place, timedelta(days=30))),
    "stop 3 h": (DAY, _stop),
    "sleep 3 h": (DAY, _sleep),
    "zone UTC": (DAY, _zone),
    "Feb 29": ("2028-02-28", _nothing),
    "year end": ("2026-12-31", _nothing),
}


@dataclass(frozen=True)
class Case:
    """A cell of the table."""

    jump: str
    wait: str
    platform: str

    def __str__(self) -> str:
        return f"{self.wait} × {self.jump} on {self.platform}"


NOT_THERE = frozenset({("poll", "back 1 d"), ("held", "year end"), ("morning", "year end")})
"""The questionnaire of a day that has not come is not open; before a long rest the author is asked first."""


def cases() -> list[Case]:
    """Every jump with everything that waits, on the platforms in turn; then what has a law of its own."""
    found = []
    for n, jump in enumerate(JUMPS):
        for m, wait in enumerate(WAITS):
            if (wait, jump) in NOT_THERE:
                continue
            found.append(Case(jump, wait, WAITS[wait].platforms[(n + m) % len(WAITS[wait].platforms)]))
    own = {
        "key": ("back 1 h", "back 1 d", "sleep 3 h", "forward 3 h", "stop 3 h"),
        "lease": ("back 1 d", "forward 30 d", "sleep 3 h", "stop 3 h"),
    }
    for wait, jumps in own.items():
        found += [Case(jump, wait, "feishu") for jump in jumps]
    return found


async def _case(place: Place, case: Case) -> None:
    if case.wait == "key":
        await _key(place, case)
    elif case.wait == "lease":
        await _lease(place, case)
    else:
        await _waits(place, case)


async def _waits(place: Place, case: Case) -> None:
    wait = WAITS[case.wait]
    await place.begin()
    await wait.ask(place)
    asked = place.now()
    due = wait.due(place, asked)
    _expect(place, not wait.seen(place), "seen before anything happened")
    await JUMPS[case.jump][1](place)
    if place.now() < due:
        _expect(place, not wait.seen(place), f"early, at {place.now():%m-%d %H:%M}, due {due:%m-%d %H:%M}")
        await place.until(due - timedelta(seconds=8))
        _expect(
            place, not wait.seen(place), f"early, just before {due:%m-%d %H:%M}: {_when(wait.seen(place))}"
        )
    await place.until(max(due, place.now()) + SLACK)
    least, most = wait.once
    if wait.by_hours and _times(wait.seen(place)) < least:
        await place.until(_opening(place, place.now()) + SLACK)
    times = _times(wait.seen(place))
    _expect(place, least <= times <= most, f"seen {times} times")
    if wait.by_hours:
        late = [one for one in wait.seen(place) if not _is_open(place, one)]
        _expect(
            place, not late, f"outside of working hours: {[f'{one.sent_at:%m-%d %H:%M}' for one in late]}"
        )
    for back in (timedelta(hours=1), timedelta(days=1)):
        place.clock.jump(-back)
        await asyncio.sleep(60)
        place.clock.jump(back)
        await asyncio.sleep(60)
    again = _times(wait.seen(place))
    _expect(place, again == times or again <= most, f"seen {again} times when turned over again")


def _times(messages: list[Any]) -> int:
    """How often whoever has it most often has it."""
    return max(Counter(one.person or one.chat for one in messages).values(), default=0)


def _when(messages: list[Any]) -> str:
    return ", ".join(f"{one.sent_at:%m-%d %H:%M:%S}" for one in messages[:5])


def _is_open(place: Place, message: Any) -> bool:
    """By the bot's machine: what it believes is what it can keep."""
    shown = message.sent_at + place.clock.off - type(place.town.clock).off
    return shown.weekday() < 5 and 9 <= shown.hour + shown.minute / 60 <= 18.1


async def _key(place: Place, case: Case) -> None:
    """Feishu forgets a key after an hour: a repeat whose age nobody knows is looked for, not sent."""
    await place.begin()
    path = "/open-apis/im/v1/messages"
    author = place.person(_author(place))
    await place.says(author, f"通知{GROUP[place.platform]}：{WORDS}")
    place.town.faults.replace([{"match": {"path": path, "body": WORDS}, "kind": "lost-answer", "times": 0}])
    with suppress(Exception):
        await place.presses(author, lambda label: label in crash.CONFIRM)
    await JUMPS[case.jump][1](place)
    await asyncio.sleep(2 * 3600)
    place.town.faults.replace([])
    await asyncio.sleep(30 * 3600)
    copies = _times(place.copies(WORDS))
    _expect(place, copies == 1, f"{copies} copies of one notice")


async def _lease(place: Place, case: Case) -> None:
    """Who sends goes on sending, whatever the clock shows, without a break and under the same epoch."""
    await place.begin()
    person = place.person(_author(place))
    before = place.living._sending._deliveries[next(iter(place.living._sending._deliveries))].epoch
    await JUMPS[case.jump][1](place)
    heard = len(place.heard(person))
    await place.says(person, "你会什么")
    await asyncio.sleep(60)
    _expect(place, len(place.heard(person)) > heard, "nothing is answered any more")
    if case.jump != "stop 3 h":
        epoch = place.living._sending._deliveries[next(iter(place.living._sending._deliveries))].epoch
        _expect(place, epoch == before, f"the lease went from {before} to {epoch}")


def _expect(place: Place, holds: bool, what: str) -> None:
    if not holds:
        place.broken.append(what)


# ── Running ───────────────────────────────────────────────────────────────────────────────────────


def one_case(case: Case, engine: str, url: str, base: Path) -> list[str]:
    """What is wrong in this cell, ``[]`` if nothing."""
    wait = WAITS.get(case.wait)
    day, _ = JUMPS[case.jump]
    start = rig.at(f"{day} {wait.begins if wait else '10:10'}")
    loop = virtual.VirtualLoop()
    folder = Path(tempfile.mkdtemp(prefix="case-", dir=base))
    (folder / "data").mkdir(mode=0o700)
    if engine == "sqlite":
        shutil.copyfile(base / "template.db", folder / "data" / "yizhan.db")
        url = f"sqlite:///{folder / 'data' / 'yizhan.db'}"
    place = Place(engine, url, folder, case.platform, loop, start)
    _, first, second = WHO[case.platform]
    edit = "" if wait is None else wait.edit
    if edit is REVIEWERS:
        edit = REVIEWERS.format(first, second)
    elif edit:
        edit = POLL.format(day=day, department=GROUP[case.platform])
    zone = os.environ.get("TZ")
    try:
        virtual.run(_whole(place, case, edit), loop)
        return [*place.broken, *(f"the town itself failed: {one}" for one in place.town.recorder.crashes)]
    except Exception as error:
        import traceback

        return [f"{error!r} {traceback.format_exc(limit=-5)}"]
    finally:
        if zone is None:
            os.environ.pop("TZ", None)
        else:
            os.environ["TZ"] = zone
        time.tzset()
        shutil.rmtree(folder, ignore_errors=True)


async def _whole(place: Place, case: Case, edit: str) -> None:
    await place.build(edit)
    try:
        await _case(place, case)
    finally:
        if place.living is not None and place.task is not None and not place.task.done():
            await place.end()


@contextmanager
def server() -> Iterator[str]:
    """The address of an empty PostgreSQL of our own, ``""`` where there is none."""
    folder = Path(tempfile.mkdtemp(prefix="yizhan-pg-"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            import pgserver

            found = pgserver.get_server(folder, cleanup_mode="stop")
        except Exception as error:
            print(f"SKIPPED: no PostgreSQL here: {error}", flush=True)
            yield ""
            return
    found.psql("ALTER SYSTEM SET fsync = off;")
    found.psql("SELECT pg_reload_conf();")
    try:
        url: str = found.get_uri()
        migrate.upgrade_postgres(url)
        yield url
    finally:
        found.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _emptied(url: str) -> None:
    """Every table, by a connection of its own."""
    from sqlalchemy import text

    async def run() -> None:
        engine = postgres.make_engine(url)
        async with engine.begin() as conn:
            await conn.execute(text(f"TRUNCATE {', '.join(metadata.tables)} RESTART IDENTITY"))
        await engine.dispose()

    asyncio.run(run())


async def _listen_to_nobody(_: Any) -> None:
    """One instance alone has nobody to hear of."""
    await asyncio.get_running_loop().create_future()


def _table(engine: str, only: str, seed: int) -> dict[str, Any]:
    """All of it on one store."""
    logging.disable(logging.CRITICAL)
    postgres.Pool._listen = _listen_to_nobody  # type: ignore[method-assign]
    counted = score.Score("make clock", seed)
    base = Path(
        tempfile.mkdtemp(prefix="yizhan-clock-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None)
    )
    wanted = [case for case in cases() if only in str(case)]
    try:
        with server() if engine == "postgres" else nullcontext("here") as url:
            if not url:
                counted.more["skipped"] = len(wanted)
                if os.environ.get("CI") == "true":
                    counted.fail("no PostgreSQL to try the table on")
                return counted.as_json()
            migrate.upgrade_sqlite(base / "template.db")
            for case in wanted:
                if engine == "postgres":
                    _emptied(url)
                counted.points += 1
                for what in one_case(case, engine, url, base):
                    counted.fail(f"{case} ({engine}): {what}", f'make clock ONLY="{case}"')
    finally:
        shutil.rmtree(base, ignore_errors=True)
    return counted.as_json()


def main() -> int:
    _, seed, rest = score.asked("cases", 0, __doc__ or "")
    only = next((one.partition("=")[2] for one in rest if one.startswith("--only=")), "")
    engines = [one.partition("=")[2] for one in rest if one.startswith("--store=")] or ["sqlite", "postgres"]
    counted = score.Score("make clock", seed)
    with ProcessPoolExecutor(len(engines), mp_context=get_context("spawn")) as pool:
        for done in pool.map(_table, engines, [only] * len(engines), [seed] * len(engines)):
            counted.merge(done)
    return counted.finish()


if __name__ == "__main__":
    sys.exit(main())
