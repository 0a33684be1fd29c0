"""Fifty groups made and mended while everything goes wrong: 429, 5xx, lost answers, and twenty deaths on the way.

``python -m tests.proofs.apply [--kills 20] [--projects 25] [--seed 1]`` prints one JSON object. It fails if any group
has a twin, misses or has lost a member, or if the plan is not empty in the end.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.stories.village import LAUNCHER, Village
from tests.stories.workspaces import wishing

STAGES = ("before-change", "group-made", "change-made")
MOST_ROUNDS = 60
NOTHING = "没有要改的"
KINDS = ("status:429", "status:500", "lost-answer", "cut")
WRITES = (
    ("feishu", "POST", "/open-apis/im/v1/chats"),
    ("feishu", "POST", "/open-apis/im/v1/chats/*"),
    ("feishu", "PUT", "/open-apis/im/v1/chats/*"),
    ("feishu", "GET", "/open-apis/im/v1/chats*"),
    ("dingtalk", "POST", "/v1.0/im/sceneGroup/*"),
    ("dingtalk", "PUT", "/v1.0/im/sceneGroups/*"),
    ("dingtalk", "POST", "/topapi/im/chat/scenegroup/get"),
)


def wishes(projects: int) -> str:
    """So many projects, each a group on both platforms; whoever runs them has an account on both."""
    tables = [
        f'[[workspace.project]]\nname = "项目{n:02}"\nadmins = ["周敏"]\n'
        f'members = ["department:{"市场部" if n % 2 else "设备部"}"]\nspeak = "admins"\n'
        for n in range(projects)
    ]
    return "\n[workspace]\n\n" + "\n".join(tables)


def trouble(rng: random.Random) -> list[dict[str, Any]]:
    """A handful of faults, some of them on the calls that make groups."""
    found = []
    for _ in range(rng.randint(2, 6)):
        platform, method, path = rng.choice(WRITES)
        match = {"platform": platform, "method": method, "path": path, "skip": rng.randint(0, 6)}
        found.append({"match": match, "times": rng.randint(1, 4), "kind": rng.choice(KINDS)})
    return found


async def run(place: Village, *arguments: str, kill_at: str = "") -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *([str(LAUNCHER)] if kill_at else ["-m", "bot"]),
        *arguments,
        "--config",
        str(place.config),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "KILL_AT": kill_at},
        start_new_session=True,
    )
    out, _ = await process.communicate()
    return process.returncode or 0, out.decode()


async def prove(kills: int, projects: int, seed: int) -> dict[str, Any]:
    rng = random.Random(seed)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        async with wishing(Path(folder), wishes(projects), start_bot=False, start="") as place:
            killed = refused = 0
            for _ in range(MOST_ROUNDS):
                if killed >= kills:
                    break
                place.faults(*trouble(rng))
                stage = f"{rng.choice(STAGES)}:{rng.randint(0, 7)}"
                code, _ = await run(place, "apply", "--yes", kill_at=stage)
                killed += code == -9
                refused += code not in (0, -9)
            place.faults()
            rounds = 0
            said = ""
            while NOTHING not in said and rounds < 5:
                rounds += 1
                _, said = await run(place, "apply", "--yes")
            return judged(place, projects) | {
                "kills": killed,
                "failed_runs": refused,
                "calm_runs": rounds,
                "empty": NOTHING in said,
                "seconds": round(time.monotonic() - began, 1),
            }


def judged(place: Village, projects: int) -> dict[str, Any]:
    """Against what was wished for, by the town's own record."""
    town, twins, lost, groups = place.town, 0, 0, 0
    for platform, chats in town.chats.items():
        for n in range(projects):
            name = f"项目{n:02}"
            named = [chat for chat in chats.values() if chat.name == name and chat.active]
            twins += max(0, len(named) - 1)
            groups += len(named)
            wanted = members(place, platform, n)
            lost += sum(len(wanted - set(chat.members)) for chat in named) if named else len(wanted)
    return {"groups": groups, "twins": twins, "lost_members": lost}


def members(place: Village, platform: str, n: int) -> set[str]:
    """Of the department that is named, on the platform where it is, and who runs it."""
    town = place.town
    name = "市场部" if n % 2 else "设备部"
    below = {one.id for one in town.departments[platform].values() if one.name == name}
    while more := {
        one.id for one in town.departments[platform].values() if one.parent in below and one.id not in below
    }:
        below |= more
    people = town.people[platform].values()
    found = {one.id for one in people if one.active and below & set(one.departments)}
    return found | {one.id for one in people if one.name == "周敏"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--projects", type=int, default=25)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    found = asyncio.run(prove(asked.kills, asked.projects, asked.seed))
    print(json.dumps(found))
    good = (
        not found["twins"] and not found["lost_members"] and found["empty"] and found["kills"] >= asked.kills
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
