"""What the proofs do with a notice: somebody asks for it at an hour of its own, the bot dies, and a person goes on as people do."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tests.proofs import fuses, rig, witness
from tests.proofs.rig import Rig

SLOTS = 6
"""Sends in flight on one platform: what a crash may leave open at most."""
PLAIN = {"feishu": (), "dingtalk": ("品控组",)}
AUDIENCES = {"feishu": ("市场部", "设计组", "乌鲁木齐研发组"), "dingtalk": ("设备部", "品控组", "仓储部")}
SENDS = {"feishu": "/open-apis/im/v1/messages", "dingtalk": "/v1.0/*"}
STARTS = "2026-08-03 10:10"
"""A Monday with eight weeks of plain workdays before it is autumn."""
CONFIRM = ("就这样", "照发", "仍然发送")


@dataclass(frozen=True)
class Point:
    """One kill: where, in what weather, with which words to whom.

    Attributes:
        fuse: the very place in the program; one stage may have two.
    """

    stage: str
    weather: str
    audience: str
    token: str
    held: bool = False
    important: bool = False
    fuse: str = ""

    def __str__(self) -> str:
        return (
            f"{self.fuse or self.stage}/{self.weather}/{self.audience}"
            f"{'/held' if self.held else ''}{'/重要' if self.important else ''}"
        )

    @property
    def words(self) -> str:
        return f"{'【重要】' if self.important else ''}{self.token} 号设备下午检修，请提前保存"


def drawn(platform: str, stage: str, fuse: str, weather: str, token: str, rng: random.Random) -> Point:
    """Some audience; what is killed at a timer must wait for one, and some of the others do."""
    audience = rng.choice(AUDIENCES[platform])
    held = stage in fuses.TIMED or rng.random() < 0.2
    important = platform == "dingtalk" and audience in PLAIN["dingtalk"] and rng.random() < 0.5
    return Point(stage, weather, audience, token, held, important, fuse)


async def point(place: Rig, platform: str, point: Point, rng: random.Random, cold: bool) -> bool:
    """Ask, die, start again, and let everything settle; whether it died where it was to."""
    await to_its_hour(place, point)
    await place.kill_the_bot()
    outside = point.fuse in fuses.FROM_OUTSIDE
    await place.start_bot("" if outside else f"{point.fuse}:{point.token}")
    await place.rest_or_death()
    place.faults(*weather(platform, point.weather, point.token))
    killer = _Killer(place, point) if outside else None
    someone = author(place, platform, point.audience, rng)
    asking = asyncio.ensure_future(ask(place, someone, point))
    death = asyncio.ensure_future(place.process.wait())
    await asyncio.wait({asking, death}, return_when=asyncio.FIRST_COMPLETED)
    if not place.is_dead:
        await place.rest_or_death()
        if point.held and not place.is_dead:
            await place.walk_or_death(released_by(place).isoformat())
    burnt = place.is_dead
    for task in (asking, death):
        task.cancel()
    await asyncio.gather(asking, death, return_exceptions=True)
    if killer is not None:
        killer.leave()
    await place.recover(cold=cold)
    await as_a_person_would(place, someone, point)
    if point.held:
        await place.town.clock.set(released_by(place))
    await place.town.clock.advance(timedelta(minutes=20))
    return burnt


def released_by(place: Rig) -> datetime:
    """When what is held now has gone out: in the morning of the next workday, all spreads over."""
    now = place.town.clock.now()
    morning = now.replace(hour=11, minute=0)
    while morning <= now or morning.weekday() >= 5:
        morning += timedelta(days=1)
    return morning


async def to_its_hour(place: Rig, point: Point) -> None:
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


def weather(platform: str, kind: str, token: str) -> list[dict[str, Any]]:
    """What goes wrong around everything that speaks of the token."""
    sends = {"body": token, "path": SENDS[platform]}
    return {
        "plain": [],
        "duplicate": [{"stream": platform, "kind": "duplicate", "times": 3}],
        "lost-ack": [{"stream": platform, "kind": "lost-ack", "times": 1}],
        "429": [{"match": {**sends, "skip": 1}, "times": 2, "kind": "status:429"}],
        "5xx": [{"match": {**sends, "skip": 1}, "times": 2, "kind": "status:500"}],
        "slow": [{"match": sends, "times": 2, "kind": "slow:0.2s"}],
        "lost-answer": [{"match": {**sends, "skip": 1}, "times": 1, "kind": "lost-answer"}],
    }[kind]


def author(place: Rig, platform: str, audience: str, rng: random.Random) -> rig.Actor:
    people = sorted(witness.members(place.town, platform, audience))
    person = place.town.people[platform][rng.choice(people)]
    return rig.Actor(place, place.town.platforms[platform], person)


async def ask(place: Rig, author: rig.Actor, point: Point) -> None:
    await author.platform.say(author.person, "bot", f"通知{point.audience}：{point.words}", [])
    await place.rest_or_death()
    if not place.is_dead:
        await press(place, author, point)


async def press(place: Rig, author: rig.Actor, point: Point) -> bool:
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


async def as_a_person_would(place: Rig, author: rig.Actor, point: Point) -> None:
    """Wait for a preview, since what was not acknowledged comes again; press while its card still asks for it."""
    asked = False
    for _ in range(6):
        if await press(place, author, point):
            asked = True
            await place.rest()
            continue
        if asked or any(point.token in message.text for message in author.heard()):
            return
        await place.town.clock.advance(timedelta(minutes=2))


def judged(place: Rig, platform: str, point: Point) -> witness.Verdict:
    disturbed = point.weather in ("5xx", "lost-answer")
    return witness.judge(
        place.town,
        place.store,
        platform,
        point.token,
        witness.members(place.town, platform, point.audience),
        may_be_unknown=SLOTS + 2 * disturbed if platform == "dingtalk" else 0,
    )


class _Killer:
    """Stands at the town's door and kills the bot when its ack is there (I3), or its request (O4), or that is carried out (O4b)."""

    def __init__(self, place: Rig, point: Point) -> None:
        from sandbox import app

        self._app, self._original = app, app._Call._execute
        killer = self

        async def execute(call: Any, fault: Any) -> Any:
            meant = point.token.encode() in (call.raw or b"") and not killer.done
            if meant and point.fuse == "O4":
                killer.kill(place)
            answer = await killer._original(call, fault)
            if meant and point.fuse == "O4b":
                killer.kill(place)
            return answer

        self.done = False
        app._Call._execute = execute  # type: ignore[method-assign]
        self._frames, self._answered = place.town.frames, place.town.frames.answered

        def answered(frame: Any, *arguments: Any) -> None:
            killer._answered(frame, *arguments)
            if point.fuse == "I3" and point.token in frame.text and not killer.done:
                killer.kill(place)

        self._frames.answered = answered  # type: ignore[method-assign]

    def kill(self, place: Rig) -> None:
        self.done = True
        with suppress(ProcessLookupError):
            os.killpg(place.process.pid, signal.SIGKILL)

    def leave(self) -> None:
        self._app._Call._execute = self._original  # type: ignore[method-assign]
        self._frames.answered = self._answered  # type: ignore[method-assign]
