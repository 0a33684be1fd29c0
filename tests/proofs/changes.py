"""What the crash proof does with the workspace: a group is wished for, the run that makes it dies, and the next run ends it without a twin."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import tomlkit

from tests.proofs import notices, witness
from tests.proofs.rig import Rig

WHO = {"feishu": ("李想", "设计组"), "dingtalk": ("何强", "仓储部")}
GROUPS = {
    "feishu": {"method": "POST", "path": "/open-apis/im/v1/chats*"},
    "dingtalk": {"method": "POST", "path": "/v1.0/im/sceneGroup*"},
}
WEATHER = ("plain", "429", "5xx", "slow", "lost-answer")
"""Nothing is pushed to whoever applies, so nothing comes twice."""
NOTHING = "没有要改的"
CALM_RUNS = 4

WISH = """
[[workspace.project]]
name = "{token} 号项目"
platforms = ["{platform}"]
admins = ["{admin}"]
members = ["department:{department}"]
speak = "admins"
"""


@dataclass
class Wishes:
    """What a session has wished for so far, and the groups that were there before."""

    tokens: list[str] = field(default_factory=list)
    strangers: dict[str, tuple[str, frozenset[str]]] = field(default_factory=dict)


async def point(
    place: Rig, platform: str, point: notices.Point, wishes: Wishes
) -> tuple[bool, witness.Verdict]:
    """One more wish; a run that dies; then runs until nothing is left to be done."""
    if not wishes.tokens:
        wishes.strangers = _groups(place, platform)
    wishes.tokens.append(point.token)
    _write(place, platform, wishes)
    place.faults(*_trouble(platform, point.weather))
    code, _ = await _applied(place, f"{point.fuse}:0")
    place.faults()
    said = ""
    for _ in range(CALM_RUNS):
        if NOTHING in said:
            break
        _, said = await _applied(place)
    verdict = judged(place, platform, point, wishes)
    if NOTHING not in said:
        verdict.other.append(f"after {CALM_RUNS} calm runs: {said[-300:]}")
    return code is None, verdict


async def _applied(place: Rig, kill_at: str = "") -> tuple[int | None, str]:
    """A run by the machine's clock; the town's goes on before it and beside it, or what a rate grants in a minute, or in
    a second, would never come back."""
    await place.town.clock.advance(timedelta(minutes=2))
    turning = asyncio.create_task(_time_goes_on(place))
    try:
        return await place.fork("apply", "--yes", kill_at=kill_at)
    finally:
        turning.cancel()
        await asyncio.gather(turning, return_exceptions=True)


async def _time_goes_on(place: Rig) -> None:
    while True:
        await asyncio.sleep(1)
        await place.town.clock.advance(timedelta(seconds=1))


def _write(place: Rig, platform: str, wishes: Wishes) -> None:
    admin, department = WHO[platform]
    document = tomlkit.parse(place.config.read_text(encoding="utf-8"))
    document.pop("workspace", None)
    wished = "".join(
        WISH.format(token=token, platform=platform, admin=admin, department=department)
        for token in wishes.tokens
    )
    place.config.write_text(f"{tomlkit.dumps(document)}\n[workspace]\n{wished}", encoding="utf-8")


def _trouble(platform: str, kind: str) -> list[dict[str, Any]]:
    match = {"platform": platform, **GROUPS[platform]}
    return {
        "plain": [],
        "429": [{"match": match, "times": 2, "kind": "status:429"}],
        "5xx": [{"match": match, "times": 2, "kind": "status:500"}],
        "slow": [{"match": match, "times": 2, "kind": "slow:0.2s"}],
        "lost-answer": [{"match": match, "times": 1, "kind": "lost-answer"}],
    }[kind]


def _groups(place: Rig, platform: str) -> dict[str, tuple[str, frozenset[str]]]:
    return {
        chat.id: (chat.name, frozenset(chat.members))
        for chat in place.town.chats[platform].values()
        if chat.active
    }


def judged(place: Rig, platform: str, point: notices.Point, wishes: Wishes) -> witness.Verdict:
    """Each wish is one group with everybody in it, and nobody else's group was touched."""
    admin, department = WHO[platform]
    wanted = witness.members(place.town, platform, department)
    wanted |= {place.town.person_named(platform, admin).id}
    verdict = witness.Verdict(token=point.token, expected=len(wanted))
    there = _groups(place, platform)
    for token in wishes.tokens:
        named = [members for name, members in there.values() if token in name]
        if len(named) > 1:
            verdict.doubled.append(f"{len(named)} groups for {token}")
        if not named:
            verdict.lost.append(f"the group for {token}")
        verdict.lost += [f"{one} in {token}" for members in named for one in wanted - members]
        verdict.stray += [f"{one} in {token}" for members in named for one in members - wanted]
    for chat, before in wishes.strangers.items():
        if there.get(chat) != before:
            verdict.other.append(f"{before[0]} was touched, and nobody wished for it")
    return verdict
