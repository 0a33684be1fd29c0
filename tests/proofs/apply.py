"""Fifty groups made and mended while everything goes wrong: 429, 5xx, lost answers, and twenty deaths on the way.

``python -m tests.proofs.apply [--kills 20] [--groups N] [--seed 1]`` prints one JSON object; fewer kills are for fewer
groups. Hands work in the groups meanwhile, so that there is always something left to do. It fails if any group has a twin or misses somebody, if a
group that is not ours was touched, or if the plan is not empty in the end.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Container
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot import control
from sandbox import app
from sandbox.model import Chat
from tests.proofs import fuses
from tests.proofs.rig import Rig, rig, zygote
from tests.stories import workspaces

AT_THE_TOWN = ("there", "carried-out")
"""The request of a change is at the town and not carried out yet; carried out and not answered yet."""
STAGES = (*fuses.APPLYING, *AT_THE_TOWN)
KINDS = ("status:429", "status:500", "lost-answer", "cut")
CALLS = (
    ("feishu", "POST", "/open-apis/im/v1/chats"),
    ("feishu", "POST", "/open-apis/im/v1/chats/*"),
    ("feishu", "PUT", "/open-apis/im/v1/chats/*"),
    ("feishu", "GET", "/open-apis/im/v1/chats*"),
    ("dingtalk", "POST", "/topapi/im/chat/scenegroup/*"),
    ("dingtalk", "POST", "/v1.0/im/*"),
    ("dingtalk", "PUT", "/v1.0/im/*"),
)
STARTS = "2026-09-08 10:00"
BEFORE_IT_ACTS = 4
"""How many of its stage a bot passes at most before it dies: so that every life does a little."""
PAUSED = timedelta(seconds=20)
"""A change that was refused by rate waits longer than a standing clock grants; then it is turned by this."""
LOOK_S = 0.3
LONGEST_LIFE_S = 120.0
CALM_ROUNDS = 5
MOST_GROUPS, GROUPS_A_KILL = 50, 3


def wishes(groups: int) -> str:
    """Projects, each a group on both platforms; whoever runs them has an account on both."""
    tables = [
        f'[[workspace.project]]\nname = "{_project(n)}"\nadmins = ["周敏"]\n'
        f'members = ["department:{_department(n)}"]\nspeak = "admins"\n'
        for n in range(groups // 2)
    ]
    return "\n[workspace]\n\n" + "\n".join(tables)


def _project(n: int) -> str:
    return f"项目{n:02}"


def _department(n: int) -> str:
    return "市场部" if n % 2 else "设备部"


def trouble(rng: random.Random) -> list[dict[str, Any]]:
    """A handful of faults, some of them on the calls that make groups."""
    found = []
    for _ in range(rng.randint(2, 6)):
        platform, method, path = rng.choice(CALLS)
        match = {"platform": platform, "method": method, "path": path, "skip": rng.randint(0, 6)}
        found.append({"match": match, "times": rng.randint(1, 4), "kind": rng.choice(KINDS)})
    return found


class Run:
    """One town and its bots, one life after the other."""

    def __init__(self, place: Rig, groups: int, rng: random.Random) -> None:
        self.place, self.groups, self.rng = place, groups, rng
        self.killed = self.ended = self.by_hand = 0

    async def live(self, stage: str = "") -> dict[str, Any] | None:
        """A bot that is told to apply whatever is left: its answer, ``None`` if it died on the way.

        It comes up in peace: a pause that a refusal imposes on its first look would be waited for on a standing clock.
        """
        place, passes = self.place, self.rng.randint(0, BEFORE_IT_ACTS)
        await place.start_bot(f"{stage}:{passes}" if stage in fuses.APPLYING else "")
        place.faults(*(trouble(self.rng) if stage else ()))
        with _Killer(place, stage, passes):
            asking = asyncio.ensure_future(_apply(place))
            async with asyncio.timeout(LONGEST_LIFE_S):
                while not asking.done():
                    before = self._moment()
                    await asyncio.wait({asking}, timeout=LOOK_S)
                    if not asking.done() and before == self._moment() and not place.is_dead:
                        await place.town.clock.set(place.town.clock.now() + PAUSED, walk=False)
        answer = asking.result()
        await place.kill_the_bot()
        place.faults()
        return answer

    def _moment(self) -> tuple[Any, int]:
        return self.place.town.clock.now(), workspaces.latest_call(self.place)

    async def hands(self) -> None:
        """People rename a group, leave it, let everybody speak, bring somebody along."""
        chats = ours(self.place, self.groups)
        for platform, chat in self.rng.sample(chats, min(4, len(chats))):
            others = [one for one in chat.members if one != chat.owner and one not in chat.admins]
            stranger = self.rng.choice(list(self.place.town.people[platform]))
            change = self.rng.choice(
                (
                    {"remove": self.rng.sample(others, min(2, len(others)))},
                    {"speak": "all"},
                    {"add": [stranger]},
                    {"name": f"{chat.name}吃喝群"},
                )
            )
            await self.place.town.platforms[platform].change_chat(chat, change)
            self.by_hand += 1


async def _apply(place: Rig) -> dict[str, Any] | None:
    """By the socket of the living bot."""
    told: dict[str, Any] = {}
    with suppress(control.NoBot, ConnectionError):
        arguments = {"plan": "", "force": False, "by": "proof"}
        async for line in control.ask(place.folder / "data", "apply", arguments):
            told = dict(line)
    return told if "answer" in told or "refused" in told else None


class _Killer:
    """Stands at the town's door and kills the bot at the n-th call that changes a group."""

    def __init__(self, place: Rig, stage: str, passes: int) -> None:
        self._place, self._stage, self._left = place, stage, passes
        self._original = app._Call._execute

    def __enter__(self) -> None:
        killer = self

        async def execute(call: Any, fault: Any) -> Any:
            meant = killer._stage in AT_THE_TOWN and killer._is_meant(call.request)
            if meant and killer._stage == "there":
                killer._kill()
            answer = await killer._original(call, fault)
            if meant and killer._stage == "carried-out":
                killer._kill()
            return answer

        app._Call._execute = execute  # type: ignore[method-assign]

    def __exit__(self, *_: object) -> None:
        app._Call._execute = self._original  # type: ignore[method-assign]

    def _is_meant(self, request: Any) -> bool:
        path = request.path
        if request.method not in workspaces.WRITES or ("/im/" not in path) or "/messages" in path:
            return False
        if any(part in path for part in workspaces.READS_BY_POST):
            return False
        self._left -= 1
        return self._left == -1

    def _kill(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._place.process.pid, signal.SIGKILL)


async def prove(kills: int, groups: int, seed: int) -> dict[str, Any]:
    rng = random.Random(seed)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        async with (
            zygote(here) as forks,
            rig(here / "town", forks, platforms=("feishu", "dingtalk"), start=STARTS) as place,
        ):
            workspaces.write(place, wishes(groups))
            run, strangers = Run(place, groups, rng), untouched(place)
            while run.killed < kills and run.killed + run.ended < 3 * kills:
                answer = await run.live(rng.choice(STAGES))
                run.killed += answer is None
                run.ended += answer is not None
                if answer is not None or rng.random() < 0.3:
                    await run.hands()
            rounds, left = 0, 1
            while left and rounds < CALM_ROUNDS:
                rounds += 1
                answer = await run.live()
                left = _left(answer)
            return judged(place, groups) | {
                "strangers_touched": sum(
                    now != strangers.get(chat, now) for chat, now in untouched(place).items()
                ),
                "kills": run.killed,
                "ended_runs": run.ended,
                "by_hand": run.by_hand,
                "calm_runs": rounds,
                "left": left,
                "crashes_of_the_town": len(place.town.recorder.crashes),
                "seconds": round(time.monotonic() - began, 1),
            }


def _left(answer: dict[str, Any] | None) -> int:
    """Changes of the plan after a run; one that did not come to its end has something left."""
    told = (answer or {}).get("answer") or {}
    if told.get("outcome") != "applied":
        return 1
    return len(told["left"]["plan"].get("changes", ()))


def ours(place: Rig, groups: int) -> list[tuple[str, Chat]]:
    """Living groups whose name begins with that of a project of ours."""
    names = tuple(map(_project, range(groups // 2)))
    return [
        (platform, chat)
        for platform, chats in place.town.chats.items()
        for chat in chats.values()
        if chat.active and chat.name.startswith(names)
    ]


def untouched(place: Rig) -> dict[str, tuple[Any, ...]]:
    """Of all groups that were there before: what they are now."""
    return {
        chat.id: (chat.name, chat.owner, list(chat.members), list(chat.admins), chat.speak, chat.active)
        for chats in place.town.chats.values()
        for chat in chats.values()
        if not chat.name.startswith("项目")
    }


def judged(place: Rig, groups: int, asked: Container[tuple[str, str]] = ()) -> dict[str, Any]:
    """Against what was wished for, by the town's own record.

    Args:
        asked: platform and name of those of which a human was asked whether they were made.
    """
    twins = lost = missing = open_to_all = 0
    there = ours(place, groups)
    for platform in place.town.chats:
        for n in range(groups // 2):
            named = [chat for where, chat in there if where == platform and chat.name == _project(n)]
            twins += max(0, len(named) - 1)
            if not named and (platform, _project(n)) in asked:
                continue
            missing += not named
            wanted = members(place, platform, n)
            lost += sum(len(wanted - set(chat.members)) for chat in named) if named else len(wanted)
            open_to_all += sum(chat.speak != "admins" for chat in named)
    return {
        "groups": len(there),
        "twins": twins + max(0, len(there) - groups),
        "missing": missing,
        "lost_members": lost,
        "open_to_all": open_to_all,
    }


def members(place: Rig, platform: str, n: int) -> set[str]:
    """Of the department that is named, on the platform where it is, and who runs it."""
    town = place.town
    below = {one.id for one in town.departments[platform].values() if one.name == _department(n)}
    while more := {
        one.id for one in town.departments[platform].values() if one.parent in below and one.id not in below
    }:
        below |= more
    people = town.people[platform].values()
    found = {one.id for one in people if one.active and below & set(one.departments)}
    return found | {one.id for one in people if one.name == "周敏"}


MUST_BE_NONE = ("twins", "missing", "lost_members", "open_to_all", "strangers_touched", "left")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--groups", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    groups = asked.groups or min(MOST_GROUPS, GROUPS_A_KILL * asked.kills)
    found = asyncio.run(prove(asked.kills, groups, asked.seed))
    print(json.dumps(found))
    return 0 if not any(found[one] for one in MUST_BE_NONE) and found["kills"] >= asked.kills else 1


if __name__ == "__main__":
    sys.exit(main())
