"""``make ha KILLS=…``: two instances on one PostgreSQL; the one that sends is killed, or frozen and let go again.

Nobody gets anything twice, nothing is lost but what is promised as unknown, and what a frozen one says later is refused.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import sys
import tempfile
import time
import uuid
import warnings
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.proofs import crash, score, witness
from tests.proofs.rig import ROOT, Actor

sys.path.insert(0, str(ROOT / "tests" / "ha"))

from instances import LEASE_S, Instance, instances

A_TOWN = 10
"""Kills in one town."""
TAKEN_OVER_WITHIN_S = LEASE_S + 10


def _sender(bots: list[Instance]) -> Instance:
    """Whoever has the lease: the last who did not say that another one sends."""
    alive = [bot for bot in bots if bot.process is not None and bot.process.returncode is None]
    return max(alive, key=lambda bot: bot.says("delivered")) if len(alive) > 1 else alive[0]


async def _kill(
    bots: list[Instance], platform: str, number: int, rng: random.Random, counted: score.Score
) -> None:
    """Somebody asks; at a drawn moment the sender is gone or stands still; in the end everybody has it once."""
    audience = rng.choice(crash.AUDIENCES[platform])
    token = f"H{number:03d}{rng.randrange(16**5):05X}"
    point = crash.Point("", "plain", audience, token, False, False)
    town, sender, how = bots[0].town, _sender(bots), rng.choice(("kill", "kill", "freeze"))
    people = sorted(witness.members(town, platform, audience))
    person = town.people[platform][rng.choice(people)]
    author = Actor(bots[0], town.platforms[platform], person)
    await author.platform.say(person, "bot", f"通知{audience}：{token} 号设备检修，请提前保存", [])
    pressing = asyncio.ensure_future(_presses(author, token))
    await asyncio.sleep(rng.uniform(0.0, 1.5))
    if how == "kill":
        await sender.kill_the_bot()
    else:
        sender.freeze()
    began_s = time.monotonic()
    if how == "freeze":
        await asyncio.sleep(LEASE_S * 1.3)
        sender.thaw()
    else:
        await asyncio.sleep(LEASE_S + 1)
        await sender.start_bot()
    await pressing
    while time.monotonic() - began_s < TAKEN_OVER_WITHIN_S * 2 and not witness.copies(town, platform, token):
        await town.clock.advance(timedelta(minutes=1))
        await asyncio.sleep(0.3)
    await town.clock.advance(timedelta(minutes=10))
    verdict = _judged(town, platform, token, set(people), point)
    counted.add(verdict, f"{platform} {how} {audience}")
    hows = counted.more.setdefault("how", {})
    hows[how] = hows.get(how, 0) + 1


async def _presses(author: Actor, token: str) -> None:
    """Press as soon as there is something to press, and again while the card still asks for it."""
    for _ in range(80):
        await asyncio.sleep(0.25)
        heard = [one for one in author.heard() if token in one.text]
        found = (
            [a for a, label in author.platform.buttons(heard[-1]) if label in crash.CONFIRM] if heard else []
        )
        if heard and not found:
            return
        if found:
            try:
                await author.platform.press(author.person, heard[-1], found[0])
            except Exception:
                continue


def _judged(town: Any, platform: str, token: str, expected: set[str], point: crash.Point) -> witness.Verdict:
    got = witness.copies(town, platform, token)
    verdict = witness.Verdict(token=token, expected=len(expected))
    verdict.doubled = sorted(person for person, n in got.items() if n > 1)
    verdict.stray = sorted(set(got) - expected)
    missing = sorted(expected - set(got))
    told = any("不敢确定" in message.text or "送达待确认" in message.text for message in town.log[platform])
    if missing and platform == "dingtalk" and told:
        verdict.unknown = len(missing)
    else:
        verdict.lost = missing
    return verdict


async def _town(kills: int, seed: int, number: int, server: Any) -> score.Score:
    counted = score.Score("make ha", seed)
    rng = random.Random(f"{seed}/ha/{number}")
    platform = ("feishu", "dingtalk")[number % 2]
    name = f"d{uuid.uuid4().hex[:12]}"
    server.psql(f"CREATE DATABASE {name};")
    from sqlalchemy import make_url

    url = make_url(server.get_uri())
    database = f"postgresql://{url.username}@/{name}?host={url.query['host']}"
    folder = Path(tempfile.mkdtemp(prefix="yizhan-ha-"))
    try:
        async with instances(folder, database, platform, "one", "two", start=crash.STARTS) as bots:
            for bot in bots:
                await bot.start_bot()
            await asyncio.sleep(LEASE_S / 4)
            for kill in range(kills):
                try:
                    async with asyncio.timeout(120):
                        await _kill(bots, platform, number * A_TOWN + kill, rng, counted)
                except Exception as error:
                    counted.points += 1
                    counted.fail(
                        f"{platform} kill {kill}: {error!r}\n{bots[0].log()[-600:]}\n{bots[1].log()[-600:]}"
                    )
                    break
            refused = sum(bot.says("mark refused") + bot.says("sending lease lost") for bot in bots)
            counted.more["refused_or_lost"] = refused
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return counted


def main() -> int:
    kills, seed, _ = score.asked("kills", 10, __doc__ or "")
    counted = score.Score("make ha", seed)
    folder = Path(tempfile.mkdtemp(prefix="yizhan-pg-"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            import pgserver

            server = pgserver.get_server(folder, cleanup_mode="stop")
        except Exception as error:
            print(f"SKIPPED: no PostgreSQL here: {error}", flush=True)
            counted.more["skipped"] = 1
            return 1 if os.environ.get("CI") == "true" else counted.finish()
    try:
        towns = [min(A_TOWN, kills - at) for at in range(0, kills, A_TOWN)]
        if len(towns) == 1 and kills > 1:
            towns = [kills - kills // 2, kills // 2]
        for number, share in enumerate(towns):
            counted.merge(asyncio.run(_town(share, seed, number, server)).as_json())
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
    return counted.finish()


if __name__ == "__main__":
    sys.exit(main())
