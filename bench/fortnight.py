"""Two weeks with so many held messages, turned by the town's clock: how much faster than the calendar, and the same?

``python -m bench.fortnight [--people 1260] [--steps 24]`` prints what it finds. On a Sunday evening somebody writes
seven notices to everybody in a company of which about a thousand people are on Feishu, each for a day of the next two
weeks; they stand in the store as one held message for each person. Then the clock is turned two weeks ahead, first in
one go, then once more from the beginning in as many steps a day as are asked for: nearest to a clock that nobody turns.
Both must bring everybody the same words at the same minute, in working hours, once.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import tomlkit

from sandbox import app, config_file
from tests.stories import village as stories
from tests.stories.village import Actor, Village, at

START = "2026-08-02 20:00"
"""A Sunday; no holiday in the two weeks after it."""
LASTS = timedelta(days=14)
DAYS = (3, 4, 6, 7, 10, 12, 14)
"""Of August, all of them workdays."""
GOAL = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Turned:
    """One walk through the two weeks.

    Attributes:
        arrived: person, words and minute of every copy.
    """

    held: int
    took_s: float
    arrived: Counter[tuple[str, str, str]]

    @property
    def times(self) -> float:
        return LASTS.total_seconds() / self.took_s

    @property
    def is_clean(self) -> bool:
        """Everybody everything once, and nothing outside of working hours."""
        return (
            len(self.arrived) == self.held == sum(self.arrived.values())
            and len({(person, words) for person, words, _ in self.arrived}) == self.held
            and all(
                "09:00" <= minute[-5:] < "12:00" or "13:30" <= minute[-5:] < "18:00"
                for *_, minute in self.arrived
            )
        )


@asynccontextmanager
async def company(people: int) -> AsyncIterator[tuple[Village, Actor]]:
    town = app.build_town(start=at(START), company=f"large:{people}")
    stories.LONGEST_START_S = 600.0
    runner = await app.start(town)
    with tempfile.TemporaryDirectory() as folder:
        place = Village(town=town, folder=Path(folder), platforms=("feishu",))
        try:
            config_file.write(town, place.config)
            admin = Actor(place, town.platforms["feishu"], next(iter(town.people["feishu"].values())))
            document = tomlkit.parse(place.config.read_text(encoding="utf-8"))
            for name in ("dingtalk", "workspace", "person"):
                document.pop(name, None)
            document["company"]["admins"] = [f"feishu:{admin.person.id}"]  # type: ignore[index]
            place.config.write_text(tomlkit.dumps(document), encoding="utf-8")
            await place.start_bot()
            yield place, admin
        finally:
            await place.kill_the_bot()
            await runner.cleanup()


def words(day: int) -> str:
    return f"第{day}号安全提示请知悉"


async def turned(people: int, steps: int) -> Turned:
    """``steps`` a day; 0: in one go."""
    async with company(people) as (place, admin):
        for day in DAYS:
            await admin.tells_the_bot(f"8月{day}日上午十点发全员：{words(day)}")
            await admin.presses("就这样")
        held = _held(place)
        say(f"{held} messages are held; the clock goes on")
        began_s = time.perf_counter()
        if steps:
            for _ in range(LASTS.days * steps):
                await place.pass_time(seconds=LASTS.total_seconds() / LASTS.days / steps)
        else:
            await place.town.clock.set(at(START) + LASTS)
        took_s = time.perf_counter() - began_s
        wanted = {words(day) for day in DAYS}
        arrived = Counter(
            (message.person or "", one, f"{message.sent_at:%m-%d %H:%M}")
            for message in place.town.log["feishu"]
            if message.sender == "bot" and not place._is_own_card(message)
            for one in wanted
            if one in message.text
        )
        return Turned(held=held, took_s=took_s, arrived=arrived)


def _held(place: Village) -> int:
    with closing(sqlite3.connect(place.folder / "data" / "yizhan.db")) as conn:
        return int(conn.execute("SELECT count(*) FROM outbox WHERE state = 'held'").fetchone()[0])


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


async def main(people: int, steps: int) -> int:
    load = os.getloadavg()[0]
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, load {load:.1f}, Python {platform.python_version()}"
    )
    once = await turned(people, 0)
    print(
        f"held {once.held}, in one go {once.took_s:.0f} s: {once.times:,.0f} × real time (goal {GOAL:,})",
        flush=True,
    )
    stepped = await turned(people, steps)
    print(f"in {steps} steps a day {stepped.took_s:.0f} s: {stepped.times:,.0f} ×")
    differ = (once.arrived - stepped.arrived) + (stepped.arrived - once.arrived)
    print(
        f"once each and in hours: {once.is_clean} and {stepped.is_clean}; copies that differ: {sum(differ.values())}"
    )
    for person, what, minute in sorted(differ)[:10]:
        say(f"  {minute} {person} {what}")
    return 0 if once.times >= GOAL and once.is_clean and stepped.is_clean and not differ else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1_260)
    parser.add_argument("--steps", type=int, default=24)
    asked = parser.parse_args()
    sys.exit(asyncio.run(main(asked.people, asked.steps)))
