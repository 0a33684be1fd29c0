"""How long a whole plan takes, on the town's clock, against the floor that the platforms' own rates set.

``python -m bench.whole_plan [--people 10000] [--groups 600]`` prints one JSON object. A group for every department, and
as many projects as make up so many groups, are wished for and made on Feishu, then the plan is asked for once more: it
looks at every group. The town's clock stands but for what a rate makes us wait, so the figure is the same on every machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import tomlkit

from adapters.dingtalk import limits as dingtalk
from adapters.feishu import limits as feishu
from sandbox import app, config_file
from tests.stories import village as stories
from tests.stories import workspaces
from tests.stories.village import Village, at

WISHES = """
[workspace]

[[workspace.department]]
name = "*"
group_name = "{name}协作群"
"""
START = "2026-09-07 07:00"
GOAL = 1.2
LONGEST_START_S = 600.0
"""A bot that walks so large a company comes up later than those of the stories."""
WINDOW = timedelta(minutes=1)
"""The longest window of a rate."""
PAUSE = 2 * WINDOW
"""Longer than any window of a rate: what went before does not use up the plan's room."""


def floor_s(calls: int, windows: list[tuple[int, float]]) -> float:
    """The earliest that the last of so many calls may leave: each window lets so many through in so many seconds."""
    return max((calls - 1) // n * per_s for n, per_s in windows) if calls else 0.0


def windows(platform: str) -> list[tuple[int, float]]:
    if platform == "feishu":
        return [(rate.n, rate.per_s) for rate in feishu.TIER_4]
    return [(dingtalk.CALLS_PER_SECOND, dingtalk.RATE_WINDOW_S)]


def projects(town: Any, n: int) -> str:
    """So many more groups, each of one department's people."""
    people = [one for one in town.people["feishu"].values() if one.active and one.departments]
    names = Counter(one.name for one in town.departments["feishu"].values() if one.parent)
    single = [one for one, times in names.items() if times == 1 and one]
    return "".join(
        f'\n[[workspace.project]]\nname = "项目{k:03}"\nadmins = ["feishu:{people[k % len(people)].id}"]\n'
        f'members = ["department:{single[k % len(single)]}"]\n'
        for k in range(n)
    )


@asynccontextmanager
async def turned(town: Any) -> AsyncIterator[None]:
    """Meanwhile the clock goes to wherever a rate makes us wait; by itself it grants five seconds, a minute's window wants more."""

    async def turn() -> None:
        clock = town.clock
        while True:
            due = clock.followers.next_due(clock.now())
            if due is not None and due - clock.now() <= WINDOW and clock.why_busy() is None:
                await clock.set(due)
            await asyncio.sleep(0.02)

    turning = asyncio.create_task(turn())
    try:
        yield
    finally:
        turning.cancel()
        with suppress(asyncio.CancelledError):
            await turning


def say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


async def measure(people: int, groups: int) -> dict[str, Any]:
    town = app.build_town(start=at(START), company=f"large:{people}")
    stories.LONGEST_START_S = LONGEST_START_S
    runner = await app.start(town)
    with tempfile.TemporaryDirectory() as folder:
        place = Village(town=town, folder=Path(folder), platforms=("feishu",))
        try:
            config_file.write(town, place.config)
            _only_feishu(place.config)
            departments = len(town.departments["feishu"]) - 1
            workspaces.write(place, WISHES + projects(town, max(0, groups - departments)))
            began = time.monotonic()
            await place.start_bot()
            say(f"the bot is up, after {time.monotonic() - began:.0f} s")
            began = time.monotonic()
            async with turned(town):
                code, said = await place.run("apply", "--yes")
            if code:
                raise SystemExit(said)
            applied_s = time.monotonic() - began
            say(f"the groups are made, in {applied_s:.0f} s")
            await place.pass_time(seconds=PAUSE.total_seconds())
            began = time.monotonic()
            town_before, last = town.clock.now(), workspaces.latest_call(place)
            async with turned(town):
                code, said = await place.run("plan")
            took_s = time.monotonic() - began
            town_s = (town.clock.now() - town_before).total_seconds()
            calls = Counter(
                (one.platform, one.method, _shape(one.path)) for one in town.recorder.records(since=last)
            )
            floors = [floor_s(n, windows(platform)) for (platform, _, _), n in calls.items()]
            floor = max(floors, default=0.0)
            made = sum(
                chat.active and chat.kind != "natural" for c in town.chats.values() for chat in c.values()
            )
            return {
                "people": people,
                "groups": made,
                "calls": sum(calls.values()),
                "floor_s": round(floor, 2),
                "town_s": round(town_s, 2),
                "ratio": round(town_s / floor, 3) if floor else None,
                "goal": GOAL,
                "plan_s": round(took_s, 1),
                "apply_s": round(applied_s, 1),
                "empty": "没有要改的" in said,
            }
        finally:
            await place.kill_the_bot()
            await runner.cleanup()


def _only_feishu(config: Path) -> None:
    document = tomlkit.parse(config.read_text(encoding="utf-8"))
    document.pop("dingtalk")
    config.write_text(tomlkit.dumps(document), encoding="utf-8")


def _shape(path: str) -> str:
    """The interface: ids in the path do not make another one."""
    return "/".join(
        "*" if any(c.isdigit() for c in part) and len(part) > 6 else part for part in path.split("/")
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--groups", type=int, default=600)
    asked = parser.parse_args()
    found = asyncio.run(measure(asked.people, asked.groups))
    print(json.dumps(found))
    return 0 if found["empty"] and (found["ratio"] or 0) <= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
