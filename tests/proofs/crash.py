"""``make crash POINTS=…``: the bot is killed between any two steps; nothing is lost or doubled but what is promised as unknown.

A session is one town in which one bot is killed and started again and again, each time at a stage of its own while it
carries words of their own. Every session draws from its own seed, so that one can be run again alone: ``SESSION=…``.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from tests.proofs import fuses, rig, score, witness
from tests.proofs.rig import Rig

WORKERS = 3
"""Processes; each waits about half of its time."""
A_SESSION = 12
"""Points of one town."""
SLOTS = 6
"""Sends in flight on one platform: what a crash may leave open at most."""
PLAIN = {"feishu": (), "dingtalk": ("品控组",)}
AUDIENCES = {"feishu": ("市场部", "设计组", "乌鲁木齐研发组"), "dingtalk": ("设备部", "品控组", "仓储部")}
SENDS = {"feishu": "/open-apis/im/v1/messages", "dingtalk": "/v1.0/*"}
WEATHER = ("plain", "plain", "duplicate", "429", "5xx", "slow", "lost-ack", "lost-answer")
STARTS = "2026-08-03 10:10"
"""A Monday with eight weeks of plain workdays before it is autumn."""
NOT_SEEN_BEFORE_S = 25.0
"""Real seconds until a point that does not come to an end is a failure by itself."""


@dataclass(frozen=True)
class Point:
    """One kill: where, in what weather, with which words to whom."""

    stage: str
    weather: str
    audience: str
    token: str
    held: bool
    important: bool

    def __str__(self) -> str:
        return f"{self.stage}/{self.weather}/{self.audience}{'/held' if self.held else ''}{'/重要' if self.important else ''}"


def plan(platform: str, rng: random.Random, session: int, points: int) -> list[Point]:
    """Every stage as often as every other; the rest is drawn."""
    found = []
    for number in range(points):
        stage = fuses.STAGES[(session * A_SESSION + number) % len(fuses.STAGES)]
        audience = rng.choice(AUDIENCES[platform])
        token = f"Z{session:03d}{number:02d}{rng.randrange(16**4):04X}"
        held = stage in fuses.TIMED or rng.random() < 0.2
        important = platform == "dingtalk" and audience in PLAIN["dingtalk"] and rng.random() < 0.5
        found.append(Point(stage, rng.choice(WEATHER), audience, token, held, important))
    return found


async def session(
    command: str, seed: int, number: int, points: int, folder: Path, forks: rig.Zygote, env: dict[str, str]
) -> score.Score:
    """One town, so many kills."""
    counted = score.Score(command, seed, is_quiet="QUIET" in env)
    rng = random.Random(f"{seed}/{number}")
    platform = ("feishu", "dingtalk")[number % 2]
    settings = {"dingtalk.redeliver_same_out_track_id": number % 4 == 3} if platform == "dingtalk" else {}
    repeat = f"{command} SEED={seed} SESSION={number}"
    plans = plan(platform, rng, number, points)
    async with rig.rig(
        folder, forks, platforms=(platform,), start=STARTS, seed=1 + number, settings=settings
    ) as place:
        place.env = env
        place.synced = Path(env["SYNC_TO"] + str(folder)) if "SYNC_TO" in env else None
        for point in plans:
            where = f"{platform} {point}"
            try:
                async with asyncio.timeout(NOT_SEEN_BEFORE_S * 4):
                    burnt = await _point(place, platform, point, rng)
                    verdict = _judged(place, platform, point)
            except Exception as error:
                counted.points += 1
                counted.fail(f"{where}: {type(error).__name__}: {error}\n{place.log()[-1500:]}", repeat)
                break
            counted.add(verdict, where, repeat)
            _tick(counted, "stages", point.stage)
            _tick(counted, "reached", point.stage if burnt else "none")
            if not verdict.is_kept:
                break
        file = folder / "data" / "yizhan.db"
        await place.kill_the_bot()
        for found in witness.acknowledged_and_missing(place.town, file, platform) + witness.integrity(file):
            counted.fail(f"{platform} session {number}: {found}", repeat)
        for crash in place.town.recorder.crashes:
            counted.fail(f"the town itself failed: {crash}", repeat)
    return counted


def _tick(counted: score.Score, table: str, name: str) -> None:
    row = counted.more.setdefault(table, {})
    row[name] = row.get(name, 0) + 1


async def _point(place: Rig, platform: str, point: Point, rng: random.Random) -> bool:
    """Ask, die, start again, and let everything settle; whether it died where it was to."""
    await _to_its_hour(place, point)
    await place.kill_the_bot()
    outside = point.stage in fuses.FROM_OUTSIDE
    await place.start_bot("" if outside else f"{point.stage}:{point.token}")
    await place.rest_or_death()
    place.faults(*_weather(platform, point))
    killer = _Killer(place, platform, point) if outside else None
    author = _author(place, platform, point.audience, rng)
    words = f"{'【重要】' if point.important else ''}{point.token} 号设备下午检修，请提前保存"
    asking = asyncio.ensure_future(_ask(place, author, point, words))
    death = asyncio.ensure_future(place.process.wait())
    await asyncio.wait({asking, death}, return_when=asyncio.FIRST_COMPLETED)
    if not place.is_dead:
        await place.rest_or_death()
        if point.held and not place.is_dead:
            await place.walk_or_death(_released_by(place).isoformat())
    burnt = place.is_dead
    for task in (asking, death):
        task.cancel()
    await asyncio.gather(asking, death, return_exceptions=True)
    if killer is not None:
        killer.leave()
    await place.kill_the_bot()
    place.faults()
    await place.start_bot()
    await place.rest()
    await _as_a_person_would(place, author, point)
    if point.held:
        await place.town.clock.set(_released_by(place))
    await place.town.clock.advance(timedelta(minutes=20))
    return burnt


def _released_by(place: Rig) -> datetime:
    """When what is held now has gone out: in the morning of the next workday, all spreads over."""
    now = place.town.clock.now()
    morning = now.replace(hour=11, minute=0)
    while morning <= now or morning.weekday() >= 5:
        morning += timedelta(days=1)
    return morning


async def _to_its_hour(place: Rig, point: Point) -> None:
    """Held words are said in the evening, all others while people are at work; nobody is there to notice."""
    now = place.town.clock.now()
    hour = now.hour + now.minute / 60
    target = now
    if point.held:
        target = now if hour >= 20 else now.replace(hour=20, minute=30)
    elif hour < 10.1:
        target = now.replace(hour=10, minute=10)
    elif 11 <= hour < 15.6:
        target = now.replace(hour=15, minute=40)
    elif hour >= 16.6:
        target = (now + timedelta(days=1)).replace(hour=10, minute=10)
    while target.weekday() >= (4 if point.held else 5):  # before a weekend its author is asked first
        target = (target + timedelta(days=1)).replace(hour=20 if point.held else 10, minute=30)
    if target > now:
        if not place.is_dead:
            await place.kill_the_bot()
        await place.town.clock.set(target)


def _weather(platform: str, point: Point) -> list[dict[str, Any]]:
    sends = {"body": point.token, "path": SENDS[platform]}
    return {
        "plain": [],
        "duplicate": [{"stream": platform, "kind": "duplicate", "times": 3}],
        "lost-ack": [{"stream": platform, "kind": "lost-ack", "times": 1}],
        "429": [{"match": {**sends, "skip": 1}, "times": 2, "kind": "status:429"}],
        "5xx": [{"match": {**sends, "skip": 1}, "times": 2, "kind": "status:500"}],
        "slow": [{"match": sends, "times": 2, "kind": "slow:0.2s"}],
        "lost-answer": [{"match": {**sends, "skip": 1}, "times": 1, "kind": "lost-answer"}],
    }[point.weather]


def _author(place: Rig, platform: str, audience: str, rng: random.Random) -> rig.Actor:
    people = sorted(witness.members(place.town, platform, audience))
    person = place.town.people[platform][rng.choice(people)]
    return rig.Actor(place, place.town.platforms[platform], person)


async def _ask(place: Rig, author: rig.Actor, point: Point, words: str) -> None:
    await author.platform.say(author.person, "bot", f"通知{point.audience}：{words}", [])
    await place.rest_or_death()
    if not place.is_dead:
        await _press(place, author, point)


CONFIRM = ("就这样", "照发", "仍然发送")


async def _press(place: Rig, author: rig.Actor, point: Point) -> bool:
    """Press what confirms on the latest preview of these words, if it is there; first what mends them."""
    for _ in range(3):
        message = next((one for one in reversed(author.heard()) if point.token in one.text), None)
        buttons = [] if message is None else author.platform.buttons(message)
        confirms = [action for action, label in buttons if label in CONFIRM]
        mends = [action for action, label in buttons if label.startswith(("@", "＠")) and "选" not in label]
        if message is None or not (confirms or mends):
            place.seen_errors.append(f"nothing to press: {message and message.text[:60]} {buttons}")
            return False
        try:
            await author.platform.press(author.person, message, (confirms or mends)[0])
        except Exception as error:  # what the presser sees on the screen
            place.seen_errors.append(repr(error))
        if confirms or place.is_dead:
            return bool(confirms)
        await place.rest_or_death()
        if place.is_dead:
            return False
    return False


async def _as_a_person_would(place: Rig, author: rig.Actor, point: Point) -> None:
    """Wait for a preview, since what was not acknowledged comes again; press while its card still asks for it."""
    asked = False
    for _ in range(6):
        if await _press(place, author, point):
            asked = True
            await place.rest()
            continue
        if asked or any(point.token in message.text for message in author.heard()):
            return
        await place.town.clock.advance(timedelta(minutes=2))


def _judged(place: Rig, platform: str, point: Point) -> witness.Verdict:
    expected = witness.members(place.town, platform, point.audience)
    plain = platform == "dingtalk" and point.audience != "设备部"
    disturbed = point.weather in ("5xx", "lost-answer")
    return witness.judge(
        place.town,
        place.folder / "data" / "yizhan.db",
        platform,
        point.token,
        expected,
        may_be_unknown=(SLOTS + 2 * disturbed if platform == "dingtalk" else 0)
        if plain or platform == "dingtalk"
        else 0,
    )


class _Killer:
    """Stands at the town's door and kills the bot when its ack is (I3) or its request is there (O4), or is carried out (O4b)."""

    def __init__(self, place: Rig, platform: str, point: Point) -> None:
        from sandbox import app

        self._app, self._original = app, app._Call._execute
        killer = self

        async def execute(call: Any, fault: Any) -> Any:
            meant = point.token.encode() in (call.raw or b"") and not killer.done
            if meant and point.stage == "O4":
                killer.kill(place)
            answer = await killer._original(call, fault)
            if meant and point.stage == "O4b":
                killer.kill(place)
            return answer

        self.done = False
        app._Call._execute = execute  # type: ignore[method-assign]
        self._frames, self._answered = place.town.frames, place.town.frames.answered

        def answered(frame: Any, *arguments: Any) -> None:
            killer._answered(frame, *arguments)
            if point.stage == "I3" and point.token in frame.text and not killer.done:
                killer.kill(place)

        self._frames.answered = answered  # type: ignore[method-assign]

    def kill(self, place: Rig) -> None:
        import signal

        self.done = True
        with suppress(ProcessLookupError):
            os.killpg(place.process.pid, signal.SIGKILL)

    def leave(self) -> None:
        self._app._Call._execute = self._original  # type: ignore[method-assign]
        self._frames.answered = self._answered  # type: ignore[method-assign]


def _worker(
    seed: int, sessions: list[tuple[int, int]], env: dict[str, str], base: str, command: str
) -> dict[str, Any]:
    return asyncio.run(_sessions(seed, sessions, env, base, command))


async def _sessions(
    seed: int, sessions: list[tuple[int, int]], env: dict[str, str], base: str, command: str
) -> dict[str, Any]:
    counted = score.Score(command, seed)
    folder = Path(tempfile.mkdtemp(prefix="town-", dir=base))
    try:
        async with rig.zygote(folder, env) as forks:
            for number, points in sessions:
                done = await session(command, seed, number, points, folder / str(number), forks, env)
                counted.merge(done.as_json())
                shutil.rmtree(folder / str(number), ignore_errors=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return counted.as_json()


def run(
    counted: score.Score,
    points: int,
    seed: int,
    rest: list[str],
    env: dict[str, str],
    base: Path,
    *,
    is_control: bool = False,
) -> None:
    """All sessions, on two cores; a control is expected to fail and is quiet about it."""
    only = next((int(one.partition("=")[2]) for one in rest if one.startswith("--session=")), None)
    sessions = [(n, min(A_SESSION, points - n * A_SESSION)) for n in range(-(-points // A_SESSION))]
    if only is not None:
        sessions = [(only, A_SESSION)]
    workers = min(WORKERS, len(sessions))
    shares = [sessions[n::workers] for n in range(workers)]
    quiet = {"QUIET": "1"} if is_control else {}
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        tasks = [
            pool.submit(_worker, seed, share, {**env, **quiet}, str(base), counted.command)
            for share in shares
        ]
        for task in tasks:
            counted.merge(task.result())


def main() -> int:
    points, seed, rest = score.asked("points", 120, __doc__ or "")
    env = {name: value for name, value in os.environ.items() if name.startswith("PLANT")}
    counted = score.Score("make crash", seed)
    base = Path(tempfile.mkdtemp(prefix="yizhan-crash-"))
    try:
        run(counted, points, seed, rest, env, base)
    finally:
        shutil.rmtree(base, ignore_errors=True)
    return counted.finish()


if __name__ == "__main__":
    sys.exit(main())
