"""``make simulate SEEDS=…``: bot and town in one process and one thread, two days in virtual time, all of it drawn from a seed.

Real adapters, real handlers of the town, the real store; faults, latencies and deaths between any two steps, and by
the seed: a clock that jumps, a second instance on the same store, an author who leaves the company while the words
wait, a store that is put back from a copy. At the end all faults stop, and within a day every row must have come to its
end. One seed in a hundred runs twice and must leave the same trace. Seeds that have failed once stand in
``tests/data/seeds.txt`` and are run every time.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import os
import random
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bot.app
import bot.lines
import bot.sending
from bot.config import load
from bot.store import copies, leases, migrate
from bot.store.engine import Store
from bot.store.errors import StoreUnavailable
from sandbox import app as town_app
from sandbox import config_file
from tests.proofs import crash, score, virtual, wire, witness
from tests.proofs.rig import ROOT, at

KEPT_SEEDS = ROOT / "tests" / "data" / "seeds.txt"
STARTS = "2026-08-03 08:30"
LASTS = timedelta(days=2)
SETTLES = timedelta(hours=26)
REQUESTS = (6, 14)
FAULTS = (5, 15)
DEATHS = (1, 4)
NEWS_S = 0.2
RETRIES_END = timedelta(minutes=50)
"""A key is used again by itself for so long; a little more for the last one's way."""


@dataclass
class Request:
    """What somebody asks for: when, whom, in which words."""

    token: str
    at_s: float
    platform: str
    audience: str
    important: bool
    author: Any = None
    left_at: datetime | None = None
    """When its author was with the company no more."""


@dataclass
class World:
    """One seed: a town, and one life of the bot after the other."""

    seed: int
    folder: Path
    rng: random.Random
    loop: virtual.VirtualLoop
    start: datetime
    clock: virtual.SimClock
    town: Any = None
    app: Any = None
    loaded: Any = None
    deaths: list[str] = field(default_factory=list)
    ended: list[tuple[str, str]] = field(default_factory=list)
    """Where each life ended, and what was wrong with the world just then."""
    with_jumps: bool = False
    with_two: bool = False
    with_leaver: bool = False
    with_restore: bool = False
    restored_at: datetime | None = None
    living: dict[int, tuple[wire.Life, Any]] = field(default_factory=dict)
    with_news: set[int] = field(default_factory=set)

    def true_now(self) -> datetime:
        return self.start + timedelta(seconds=self.loop.passed_s)

    async def build(self, template: Path) -> None:
        town_app.TownClock = virtual.town_clock(self.start, self.loop)  # type: ignore[misc]
        draw = random.Random(f"{self.seed}/world").random
        self.with_jumps, self.with_two = draw() < 0.3, draw() < 0.2
        self.with_leaver, self.with_restore = draw() < 0.15, draw() < 0.05
        self.town = town_app.build_town(seed=self.seed)
        self.town.settings.update(
            {"dingtalk.ping_s": 1e9, "dingtalk.redeliver_same_out_track_id": self.rng.random() < 0.5}
        )
        self.town.url = "http://127.0.0.1:1"
        self.app = town_app.build_app(self.town)
        self.app.on_shutdown.clear()
        self.app.pre_freeze()
        self.app.freeze()
        config_file.write(self.town, self.folder / "config.toml")
        (self.folder / "data").mkdir(mode=0o700)
        shutil.copyfile(template, self.folder / "data" / "yizhan.db")
        self.loaded = load.load(self.folder / "config.toml")

    async def live(self, ends_at: int | None, who: int = 0) -> str:
        """Until the bot dies by itself or is killed from outside; where that was."""
        life = wire.Life(ends_at)
        _seams(self, life)
        living = bot.app.Bot(self.loaded)
        self.living[who] = (life, living)
        task = asyncio.ensure_future(living.run())
        over = asyncio.ensure_future(life.over.wait())
        await asyncio.wait({task, over}, return_when=asyncio.FIRST_COMPLETED)
        if not life.is_over:
            task.result()
            raise AssertionError("the bot ended by itself")
        for work in (task, over):
            work.cancel()
        await asyncio.gather(task, over, return_exceptions=True)
        _let_go(living)
        self.ended.append((life.ended_in, self._weather()))
        return life.ended_in

    def _weather(self) -> str:
        kinds = sorted({one["kind"].split(":")[0] for one in self.town.faults.shown()})
        if self.clock.off:
            kinds.append("clock off")
        return kinds[0] if kinds else "calm"

    def committed(self, by: Any) -> None:
        """The other instance hears of it, once of many commits that follow each other closely."""
        for who, (_, living) in self.living.items():
            if living._store is not by and who not in self.with_news:
                self.with_news.add(who)
                self.loop.call_later(NEWS_S, self._told, who)

    def _told(self, who: int) -> None:
        self.with_news.discard(who)
        _, living = self.living[who]
        if living._is_up:
            living._store.on_news()


def _seams(world: World, life: wire.Life) -> None:
    """The one place where chance, time, network and threads are replaced."""

    class SimStore(Store):
        def __init__(self, url: str, clock: Any) -> None:
            super().__init__(url, clock, inline=True)
            if world.with_two:
                self._lock = None  # as where a server is shared

        async def open(self) -> None:
            await super().open()
            self.is_postgres = world.with_two

        async def _enter(self, *arguments: Any, **named: Any) -> Any:
            life.step("before a commit")
            result = await super()._enter(*arguments, **named)
            if world.with_two:
                world.committed(self)
            life.step("after a commit")
            return result

        async def read(self, *arguments: Any) -> Any:
            if life.is_over:
                raise asyncio.CancelledError
            return await super().read(*arguments)

    wires = random.Random(f"{world.seed}/wires/{len(world.deaths)}")
    wire.plug_in(world.town, world.app, world.clock, life, wires)
    bot.app.Store = SimStore  # type: ignore[misc]
    bot.app.random = SimpleNamespace(Random=lambda: random.Random(f"{world.seed}/jitter/{len(world.deaths)}"))  # type: ignore[assignment]
    bot.lines.LOOK_EVERY_S = 3600.0
    _lease(world)


def _lease(world: World) -> None:
    """Of a lone instance it need not be renewed; of two it lasts two hours, by a clock that both share."""
    two = world.with_two
    bot.sending.LEASE_S, bot.sending.RENEW_EVERY_S = (7200.0, 2400.0) if two else (10 * 86400.0, 5 * 86400.0)
    bot.sending.ASK_AGAIN_S = 1800.0 if two else 4.0
    leases.is_postgres = (lambda _: True) if two else _IS_POSTGRES
    leases._time = (lambda _, __: world.true_now()) if two else _TIME


_IS_POSTGRES, _TIME = leases.is_postgres, leases._time


def _let_go(living: Any) -> None:
    """What the kernel does for a dead process: close its files, let its lock go."""
    store = living._store
    if store._backend is not None:
        store._backend._writer.close()
    if store._lock is not None:
        store._lock.release()


# ── What happens ──────────────────────────────────────────────────────────────────────────────────


def _requests(rng: random.Random, seed: int) -> list[Request]:
    found = []
    for number in range(rng.randint(*REQUESTS)):
        platform = rng.choice(("feishu", "dingtalk"))
        audience = rng.choice(crash.AUDIENCES[platform])
        important = platform == "dingtalk" and audience in crash.PLAIN[platform] and rng.random() < 0.3
        token = f"S{seed:06d}{number:02d}{rng.randrange(16**3):03X}"
        found.append(Request(token, rng.uniform(0, LASTS.total_seconds()), platform, audience, important))
    return sorted(found, key=lambda one: one.at_s)


def _fault(rng: random.Random) -> dict[str, Any]:
    platform = rng.choice(("feishu", "dingtalk"))
    if rng.random() < 0.3:
        return {
            "stream": platform,
            "kind": rng.choice(("duplicate", "lost-ack", "reorder")),
            "times": rng.randint(1, 3),
        }
    match = {"platform": platform, "skip": rng.randint(0, 4), "path": rng.choice(PATHS[platform])}
    kind = rng.choice(("status:429", "status:500", "slow:2s", "slow:15s", "cut", "lost-answer"))
    return {"match": match, "kind": kind, "times": rng.randint(1, 3)}


PATHS = {
    "feishu": ("/open-apis/im/v1/messages", "/open-apis/"),
    "dingtalk": ("/v1.0/card", "/v1.0/robot", "/v1.0/"),
}


async def _asks(world: World, request: Request) -> None:
    """Say it, wait for the preview, press; look again when an error was shown."""
    await asyncio.sleep(request.at_s)
    rng = random.Random(f"{world.seed}/{request.token}")
    side = world.town.platforms[request.platform]
    people = sorted(witness.members(world.town, request.platform, request.audience))
    person = request.author = world.town.people[request.platform][rng.choice(people)]
    words = f"{'【重要】' if request.important else ''}{request.token} 号设备检修，请提前保存"
    for _ in range(12):
        with suppress(Exception):
            await side.say(person, "bot", f"通知{request.audience}：{words}", [])
        if await _until_pressed(world, side, person, request, rng):
            return


async def _until_pressed(world: World, side: Any, person: Any, request: Request, rng: random.Random) -> bool:
    """Whether the preview came and was confirmed. Without any within twelve minutes the person says it again."""
    confirmed = False
    for _ in range(200):
        await asyncio.sleep(rng.uniform(3, 30))
        heard = [
            one
            for one in world.town.direct.get((side.name, person.id), [])
            if one.sender == "bot" and request.token in one.text
        ]
        if not heard:
            continue
        buttons = side.buttons(heard[-1])
        confirms = [action for action, label in buttons if label in crash.CONFIRM]
        mends = [action for action, label in buttons if label.startswith(("@", "＠")) and "选" not in label]
        if not (confirms or mends):
            if confirmed or not buttons or any(label == "不发了" for _, label in buttons):
                return True
            continue
        with suppress(Exception):
            await side.press(person, heard[-1], (confirms or mends)[0])
            confirmed = confirmed or bool(confirms)
    return bool(confirmed)


async def _weather(world: World, rng: random.Random) -> None:
    """Faults come and go; a list replaces the one before."""
    moments = sorted(rng.uniform(0, LASTS.total_seconds()) for _ in range(rng.randint(*FAULTS)))
    passed = 0.0
    for moment in moments:
        await asyncio.sleep(moment - passed)
        passed = moment
        world.town.faults.replace([_fault(rng) for _ in range(rng.randint(1, 3))])


async def _jumps(world: World, rng: random.Random) -> None:
    """Somebody sets the machine's clock; some hours later it is right again."""
    for _ in range(rng.randint(1, 2)):
        await asyncio.sleep(rng.uniform(1, 12 * 3600))
        by = timedelta(seconds=rng.choice((-1, -3600, -86400, 3 * 3600, -3 * 3600)))
        world.clock.jump(by)
        await asyncio.sleep(rng.uniform(60, 10 * 3600))
        world.clock.jump(-world.clock.off)


async def _leaver(world: World, rng: random.Random, requests: list[Request]) -> None:
    """In the evening of the first day somebody whose words wait leaves the company."""
    await asyncio.sleep((world.start.replace(hour=21, minute=0) - world.start).total_seconds())
    waiting = [one for one in requests if one.author is not None and one.at_s > 9.5 * 3600]
    if waiting:
        left = rng.choice(waiting)
        left.left_at = world.town.clock.now()
        await world.town.platforms[left.platform].leave(left.author)


async def _lives(world: World, rng: random.Random, who: int = 0) -> None:
    """One life after the other; the last one is not disturbed."""
    copy = world.folder / "copy.db"
    for n in range(rng.randint(*DEATHS)):
        steps = int(rng.choice((rng.uniform(1, 80), rng.uniform(80, 400), rng.uniform(100, 1500))))
        if n == 1 and world.with_restore and not world.with_two and copy.exists():
            copies.restore(copy, world.folder / "data" / "yizhan.db", world.clock.now())
            world.restored_at = world.true_now()
        dying = asyncio.ensure_future(world.live(steps, who))
        try:
            async with asyncio.timeout(rng.uniform(3600, 20 * 3600)):
                if n == 0 and world.with_restore and not world.with_two:
                    with suppress(StoreUnavailable):
                        await _back_up(world, rng, copy)
                await asyncio.shield(dying)
        except TimeoutError:
            world.living[who][0].end("killed from outside")
        world.deaths.append(await dying)
        await asyncio.sleep(rng.choice((0.5, 5.0, 600.0)))
    await world.live(None, who)


async def _back_up(world: World, rng: random.Random, copy: Path) -> None:
    """A copy of the living store at some moment, from beside it."""
    await asyncio.sleep(rng.uniform(600, 40_000))
    with (
        closing(sqlite3.connect(world.folder / "data" / "yizhan.db")) as there,
        closing(sqlite3.connect(copy)) as here,
    ):
        there.backup(here)


async def _story(world: World, template: Path) -> list[witness.Verdict]:
    await world.build(template)
    requests = _requests(world.rng, world.seed)
    living = [
        asyncio.ensure_future(_lives(world, random.Random(f"{world.seed}/lives/{who}"), who))
        for who in range(2 if world.with_two else 1)
    ]
    going = [asyncio.ensure_future(_asks(world, request)) for request in requests]
    going.append(asyncio.ensure_future(_weather(world, random.Random(f"{world.seed}/weather"))))
    if world.with_jumps:
        going.append(asyncio.ensure_future(_jumps(world, random.Random(f"{world.seed}/jumps"))))
    if world.with_leaver:
        going.append(asyncio.ensure_future(_leaver(world, random.Random(f"{world.seed}/leaver"), requests)))
    for lasts in (LASTS, SETTLES):
        end = asyncio.ensure_future(asyncio.sleep(lasts.total_seconds()))
        await asyncio.wait({end, *living}, return_when=asyncio.FIRST_COMPLETED)
        for ended in living:
            if ended.done():
                ended.result()
        world.town.faults.replace([])
        world.clock.jump(-world.clock.off)
    for task in (*going, *living):
        task.cancel()
    for life, _ in world.living.values():
        life.end("the end")
    await asyncio.gather(*going, *living, return_exceptions=True)
    return [_judged(world, request) for request in requests]


# ── What must hold ────────────────────────────────────────────────────────────────────────────────


def _judged(world: World, request: Request) -> witness.Verdict:
    expected = witness.members(world.town, request.platform, request.audience)
    file = world.folder / "data" / "yizhan.db"
    most = 0 if request.platform == "feishu" else 99
    verdict = witness.judge(world.town, file, request.platform, request.token, expected, may_be_unknown=most)
    verdict.stray = [one for one in verdict.stray if world.town.people[request.platform][one].active]
    if request.left_at is not None or world.restored_at is not None:
        # their words are somebody else's to let go, or a human's after a restore: nobody does so here
        verdict.lost, verdict.unknown, verdict.other = [], 0, []
    if request.left_at is not None:
        verdict.other += _after_leaving(world, request, request.left_at)
    verdict.other += _out_of_hours(world, request) + _mentioned(world, request, expected)
    return verdict


LEARNS_WITHIN = timedelta(hours=8)
"""That somebody has left is heard at once or, when that was lost, seen at night or at the next start."""


def _copies(world: World, request: Request) -> Iterator[Any]:
    for message in world.town.log[request.platform]:
        if message.sender != "bot" or request.token not in message.text:
            continue
        if not (message.person and witness._is_own_card(world.town, message, request.token)):
            yield message


def _after_leaving(world: World, request: Request, left_at: datetime) -> list[str]:
    late = [one for one in _copies(world, request) if one.sent_at > left_at + LEARNS_WITHIN]
    return [
        f"a copy at {one.sent_at:%m-%d %H:%M}, its author left at {left_at:%m-%d %H:%M}" for one in late[:2]
    ]


def _mentioned(world: World, request: Request, expected: set[str]) -> list[str]:
    """Nobody is mentioned but people it is for; never everybody."""
    names = {one for message in _copies(world, request) for one in message.mentions}
    strangers = (
        names - expected - {one.id for one in world.town.people[request.platform].values() if not one.active}
    )
    return [f"mentions {sorted(strangers)[:3]}"] if strangers else []


def _out_of_hours(world: World, request: Request) -> list[str]:
    """A copy outside of anybody's working hours (the longest are 09:00 to 19:30), on workdays only."""
    late = []
    for message in _copies(world, request):
        shown = [message.sent_at + off for off in _off_about(world, message.sent_at)]
        if not any(one.weekday() < 5 and 9 <= one.hour + one.minute / 60 <= 19.6 for one in shown):
            late.append(f"a copy at {shown[0]:%m-%d %H:%M}")
    return late[:2]


def _off_about(world: World, moment: datetime) -> list[timedelta]:
    """How far off the bot's clock was then, and while the message was on its way."""
    until_s = (moment - world.start).total_seconds()
    before = [(0.0, timedelta()), *(one for one in world.clock.jumps if one[0] <= until_s)]
    lately = [off for at_s, off in before if at_s > until_s - ON_ITS_WAY_S]
    return [
        *lately,
        next(off for at_s, off in reversed(before) if at_s <= until_s - ON_ITS_WAY_S or at_s == 0),
    ]


ON_ITS_WAY_S = 120.0


def _manners(world: World) -> list[str]:
    """Refusals for the rate, and keys used too long or for other words, from the town's record."""
    broken, first, bodies = [], {}, {}
    for record in world.town.recorder.records():
        if record.status == 429 and record.fault is None and not world.clock.jumps and not world.with_two:
            broken.append(f"too fast for {record.path}")
        if (
            not record.path.startswith("/open-apis/im/v1/messages")
            or record.method != "POST"
            or not record.body
        ):
            continue
        body = json.loads(record.body)
        key = body.get("uuid")
        if not key:
            continue
        began = first.setdefault(key, record.at)
        if record.at - began > RETRIES_END + timedelta(minutes=1):
            broken.append(f"uuid {key} again after {record.at - began}")
        if bodies.setdefault(key, record.body) != record.body:
            broken.append(f"uuid {key} with other words")
    return broken[:4]


def trace(world: World) -> str:
    """Everything people saw and everything that was asked, in order."""
    digest = hashlib.sha256()
    for platform in ("feishu", "dingtalk"):
        for message in world.town.log[platform]:
            digest.update(f"{message.sent_at}|{message.person}|{message.chat}|{message.text}\n".encode())
    for record in world.town.recorder.records():
        digest.update(f"{record.at}|{record.method}|{record.path}|{record.status}\n".encode())
    return digest.hexdigest()[:16]


def one_seed(
    seed: int, template: Path, base: Path
) -> tuple[list[tuple[str, witness.Verdict | str]], str, World]:
    """Everything that is wrong after this seed, and its trace."""
    loop = virtual.VirtualLoop()
    start = at(STARTS)
    folder = Path(tempfile.mkdtemp(prefix="seed-", dir=base))
    rng = random.Random(f"{seed}/story")
    world = World(seed, folder, rng, loop, start, virtual.SimClock(start, loop))
    found: list[tuple[str, witness.Verdict | str]] = []
    try:
        for verdict in virtual.run(_story(world, template), loop):
            found.append((verdict.token, verdict))
        file = folder / "data" / "yizhan.db"
        for platform in ("feishu", "dingtalk"):
            found += [("", one) for one in witness.acknowledged_and_missing(world.town, file, platform)]
        ends_at = f"{world.true_now().astimezone(UTC) - timedelta(minutes=10):%Y-%m-%dT%H:%M:%S}"
        asked_of_a_human = world.restored_at is not None or world.with_leaver
        unfinished = [] if asked_of_a_human else witness.unfinished(file, ends_at)
        whole = witness.integrity(file) + witness.without_reason(file) + unfinished
        found += [("", one) for one in whole + _manners(world)]
        found += [("", f"the town itself failed: {one}") for one in world.town.recorder.crashes]
        return found, trace(world), world
    except Exception as error:
        import traceback

        return [("", f"{error!r} {traceback.format_exc(limit=-6)}")], "", world
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _worker(first: int, seeds: list[int]) -> dict[str, Any]:
    logging.disable(logging.CRITICAL)
    counted = score.Score("make simulate", first)
    base = Path(tempfile.mkdtemp(prefix="yizhan-sim-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
    template = base / "template.db"
    migrate.upgrade_sqlite(template)
    began_s = time.process_time()
    try:
        for seed in seeds:
            _one(counted, seed, template, base)
    finally:
        shutil.rmtree(base, ignore_errors=True)
    counted.more["cpu_s"] = round(time.process_time() - began_s, 2)
    return counted.as_json()


def _one(counted: score.Score, seed: int, template: Path, base: Path) -> None:
    repeat = f"make simulate SEEDS=1 SEED={seed}"
    found, left, world = one_seed(seed, template, base)
    counted.more["seeds"] = counted.more.get("seeds", 0) + 1
    for where, weather in world.ended:
        covered = counted.more.setdefault("covered", {})
        covered[f"{where} | {weather}"] = covered.get(f"{where} | {weather}", 0) + 1
    for name in ("with_jumps", "with_two", "with_leaver", "with_restore"):
        counted.more[name] = counted.more.get(name, 0) + bool(getattr(world, name))
    for token, one in found:
        if isinstance(one, str):
            counted.fail(f"seed {seed}: {one}", repeat)
        else:
            counted.add(one, f"seed {seed} {token}", repeat)
    if seed % 100 == 0:
        _, again, _ = one_seed(seed, template, base)
        counted.more["twice"] = counted.more.get("twice", 0) + 1
        if again != left:
            counted.fail(f"seed {seed} ran twice and left two traces: {left} {again}", repeat)


def _print_coverage(covered: dict[str, int]) -> None:
    """How often a life ended where, in which weather."""
    stages = sorted({key.split(" | ")[0] for key in covered})
    weathers = sorted({key.split(" | ")[1] for key in covered})
    print(f"{'a life ended':<22}" + "".join(f"{one:>13}" for one in weathers))
    for stage in stages:
        print(f"{stage:<22}" + "".join(f"{covered.get(f'{stage} | {one}', 0):>13}" for one in weathers))


def kept_seeds() -> list[int]:
    """Seeds that have failed once."""
    lines = KEPT_SEEDS.read_text(encoding="utf-8").splitlines()
    return [int(line.split("#")[0]) for line in lines if line.split("#")[0].strip()]


def main() -> int:
    if os.environ.get("PYTHONHASHSEED") != "0":  # sets of strings have an order of their own in every process
        os.execve(
            sys.executable,
            [sys.executable, "-m", "tests.proofs.simulate", *sys.argv[1:]],
            {**os.environ, "PYTHONHASHSEED": "0"},
        )
    points, seed, _ = score.asked("seeds", 100, __doc__ or "")
    seeds = [*range(seed, seed + points), *([] if points == 1 else kept_seeds())]
    counted = score.Score("make simulate", seed)
    workers = min(2, len(seeds))
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for done in pool.map(_worker, [seed] * workers, [seeds[n::workers] for n in range(workers)]):
            counted.merge(done)
    _print_coverage(counted.more.pop("covered", {}))
    counted.more["cpu_ms_a_seed"] = round(1000 * counted.more["cpu_s"] / len(seeds))
    return counted.finish()


if __name__ == "__main__":
    sys.exit(main())
