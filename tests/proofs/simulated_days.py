"""What happens in a seed's days (两天里的事): people who ask, faults, clocks that are set, leavers, deaths.

Everything is drawn from the seed.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.store import copies
from bot.store.errors import StoreUnavailable
from tests.proofs import apply, crash, witness
from tests.proofs import simulated_crowd as crowd
from tests.proofs import simulated_groups as groups
from tests.proofs import simulated_texts as texts
from tests.proofs.simulated_world import Request, World

LASTS = timedelta(days=2)
SETTLES = timedelta(hours=26)
REQUESTS = (6, 14)
FAULTS = (5, 15)
DEATHS = (1, 4)
LOOKS = 32
SELDOM_S = 900.0
SAYS_AGAIN_S = 1800.0


def _requests(rng: random.Random, seed: int) -> list[Request]:
    found = []
    for number in range(rng.randint(*REQUESTS)):
        platform = rng.choice(("feishu", "dingtalk"))
        audience = rng.choice(crash.AUDIENCES[platform])
        is_important = platform == "dingtalk" and audience in crash.PLAIN[platform] and rng.random() < 0.3
        token = f"S{seed:06d}{number:02d}{rng.randrange(16**3):03X}"
        words, is_hostile = texts.drawn(rng, token, is_important=is_important)
        at_s = rng.uniform(0, LASTS.total_seconds())
        found.append(Request(token, at_s, platform, audience, words, is_hostile))
    return sorted(found, key=lambda one: one.at_s)


def _urgent(seed: int) -> Request:
    platform = ("feishu", "dingtalk")[seed % 2]
    token = f"S{seed:06d}URG"
    words = texts.PLAIN.format(token=token)
    return Request(token, 0, platform, crash.AUDIENCES[platform][0], words, is_hostile=True, is_urgent=True)


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
    "dingtalk": ("/v1.0/card", "/v1.0/robot", "/v1.0/", "/topapi/"),
}


async def _asks(world: World, request: Request) -> None:
    """Say it, wait for the preview, press; look again when an error was shown."""
    await asyncio.sleep(request.at_s)
    rng = random.Random(f"{world.seed}/{request.token}")
    side = world.town.platforms[request.platform]
    people = sorted(witness.members(world.town, request.platform, request.audience))
    person = request.author = world.town.people[request.platform][rng.choice(people)]
    for _ in range(2 if request.is_hostile else 12):
        with suppress(Exception):
            await side.say(person, "bot", f"通知{request.audience}：{request.text}", [])
        if await _until_pressed(world, side, person, request, rng):
            return


async def _until_pressed(world: World, side: Any, person: Any, request: Request, rng: random.Random) -> bool:
    """Whether the preview came and was confirmed. Without any for so long the person says it again; who has pressed
    in vain looks less and less often."""
    confirmed, waited_s = False, 0.0
    for look in range(LOOKS):
        pause_s = min(rng.uniform(3, 30) * 1.2**look, SELDOM_S)
        await asyncio.sleep(pause_s)
        waited_s += pause_s
        heard = [
            one
            for one in world.town.direct.get((side.name, person.id), [])
            if one.sender == "bot" and request.token in one.text
        ]
        if not heard:
            if waited_s > SAYS_AGAIN_S:
                return False
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
        faults = [_fault(rng) for _ in range(rng.randint(1, 3))]
        if not world.is_calm:
            world.town.faults.replace(faults)


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


async def story(world: World, template: Path) -> list[Request]:
    """The days, and after them a quiet one; what was asked for."""
    await world.build(template, groups.wishes() if world.with_groups else "")
    world.strangers = apply.untouched(world)  # type: ignore[arg-type]
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
    if world.with_crowd:
        requests.append(_urgent(world.seed))
        going.append(
            asyncio.ensure_future(crowd.comes(world, random.Random(f"{world.seed}/crowd"), requests[-1]))
        )
    if world.with_groups:
        going.append(asyncio.ensure_future(groups.keep(world, random.Random(f"{world.seed}/groups"))))
    for lasts in (LASTS, SETTLES):
        if lasts is SETTLES and world.with_groups:
            going.append(asyncio.ensure_future(groups.settle(world)))
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
    for ended_in in await asyncio.gather(*going, *living, return_exceptions=True):
        if isinstance(
            ended_in, Exception
        ):  # a person of ours who fell over would ask for less than was drawn
            raise ended_in
    return requests
