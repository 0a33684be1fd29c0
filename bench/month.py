"""A month in the town: does anything that nobody asked for reach anybody outside their own hours?

``python -m bench.month [--days 30] [--seeds 3] [--a-day 3]``. The bot is a process of its own that follows the town's
clock. People drawn from the seed speak at any hour of any day, to their department, to another one, to everybody or
to one person, and press what they are offered. The judge counts every message of the bot by its own calendar, written
below from the State Council's notice for 2026, and by what the receiver had said or pressed just before.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import random
import sys
import tempfile
import time
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "stories"))

from village import SHANGHAI, Actor, Village, village

START = datetime(2026, 9, 14, 8, 0, tzinfo=SHANGHAI)
CLOSED = {date(2026, 9, 25), *(date(2026, 10, day) for day in range(1, 8))}
"""中秋 and 国庆 that fall on weekdays, with the weekends between."""
MADE_UP = {date(2026, 9, 20), date(2026, 10, 10)}
JUST_NOW = timedelta(minutes=2)
FAR = "乌鲁木齐研发组"
HOURS = {"": ("09:00", "12:00", "13:30", "18:00"), FAR: ("10:00", "14:00", "15:30", "19:30")}
WISHES = ("通知{own}：{words}", "通知{own}：【重要】{words}", "通知{other}：{words}", "发全员：{words}", "通知{own}：明天上午十点开会，{words}",
          "谁还没看", "我的消息", "现在几点下班", "撤回")  # fmt: skip


def is_open(moment: datetime, team: str) -> bool:
    local = moment.astimezone(SHANGHAI)
    day = local.date()
    works = day in MADE_UP or (local.weekday() < 5 and day not in CLOSED)
    opens, lunch, after, closes = HOURS[FAR if team == FAR else ""]
    at = local.strftime("%H:%M")
    return works and (opens <= at < lunch or after <= at < closes)


class Month:
    def __init__(self, place: Village, seed: int) -> None:
        self.place, self.rng = place, random.Random(seed)
        self.asked: dict[tuple[str, str], list[datetime]] = {}
        self.counts: Counter[str] = Counter()

    def stirred(self, actor: Actor) -> None:
        key = (actor.platform.name, actor.person.id)
        self.asked.setdefault(key, []).append(self.place.town.clock.now())

    async def somebody_speaks(self, number: int) -> None:
        town, rng = self.place.town, self.rng
        name = rng.choice(("feishu", "feishu", "dingtalk"))
        people = [person for person in town.people[name].values() if person.active]
        person = rng.choice(people)
        actor = Actor(self.place, town.platforms[name], person)
        departments = town.departments[name]
        names = [one.name for key, one in departments.items() if key != town.roots[name]]
        own = departments[person.departments[0]].name if person.departments else names[0]
        wish = rng.choice(WISHES).format(own=own, other=rng.choice(names), words=f"第{number}件小事请知悉")
        self.stirred(actor)
        await actor.tells_the_bot(wish)
        self.counts["asked"] += 1
        for _ in range(3):
            labels = actor.labels() if actor.heard() else []
            wanted = [label for label in labels if label in ("就这样", "确定", "照发", "发")]
            if not wanted or rng.random() < 0.15:
                break
            await self.place.pass_time(seconds=rng.randint(2, 20))
            self.stirred(actor)
            await actor.presses(wanted[0])
            self.counts["pressed"] += 1

    def judge(self) -> list[str]:
        """What reached whom outside their hours, unasked."""
        town, found = self.place.town, []
        for name in self.place.platforms:
            for message in town.log[name]:
                if message.sender != "bot":
                    continue
                chat = town.chats[name].get(message.chat) if message.chat else None
                readers = list(chat.members) if chat else [message.person]
                self.counts["messages"] += 1
                for reader in readers:
                    self.counts["copies"] += 1
                    person = town.people[name].get(reader)
                    if person is None or is_open(message.sent_at, self._team(name, person)):
                        continue
                    self.counts["outside hours"] += 1
                    if self._has_just_asked(name, reader, message.sent_at):
                        self.counts["of these answers to what they just did"] += 1
                    else:
                        found.append(
                            f"{message.sent_at:%m-%d %H:%M} {name} {person.name}: {message.text[:60]!r}"
                        )
        return found

    def _team(self, name: str, person) -> str:
        names = {self.place.town.departments[name][one].name for one in person.departments}
        return FAR if FAR in names else ""

    def _has_just_asked(self, name: str, person: str, moment: datetime) -> bool:
        return any(
            timedelta() <= moment - asked <= JUST_NOW + timedelta(seconds=60)
            for asked in self.asked.get((name, person), ())
        )


async def live(seed: int, days: int, a_day: int) -> tuple[Counter[str], list[str], float]:
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        async with village(Path(folder), start=START.strftime("%Y-%m-%d %H:%M")) as place:
            month = Month(place, seed)
            number = 0
            for day in range(days):
                minutes = sorted(month.rng.sample(range(24 * 60), month.rng.randint(0, 2 * a_day)))
                for minute in minutes:
                    moment = START.replace(hour=0) + timedelta(days=day, minutes=minute)
                    if moment <= place.town.clock.now():
                        continue
                    await place.town.clock.set(moment)
                    number += 1
                    await month.somebody_speaks(number)
            await place.pass_time(days=3)
            return month.counts, month.judge(), time.perf_counter() - began


async def main(arguments) -> int:
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {arguments.days} days"
    )
    total: list[str] = []
    for seed in range(1, arguments.seeds + 1):
        counts, found, took_s = await live(seed, arguments.days, arguments.a_day)
        shown = ", ".join(f"{key} {count}" for key, count in counts.items())
        print(f"seed {seed}: {shown}, unasked outside their hours {len(found)}, {took_s:.0f} s")
        total += found
    for line in total[:20]:
        print(" ", line)
    return 1 if total else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--a-day", type=int, default=3)
    sys.exit(asyncio.run(main(parser.parse_args())))
