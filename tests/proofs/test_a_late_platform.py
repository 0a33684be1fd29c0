"""In virtual time, from outside: what a platform carries out late, after we have looked for it in vain."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from bot.store import migrate
from tests.proofs import crash, virtual, wire, witness
from tests.proofs.rig import at
from tests.proofs.simulated_world import World

CREATE = "/v1.0/card/instances/createAndDeliver"
WORDS = "今天下午三点断电检修"


def test_a_card_that_was_looked_for_too_early_is_not_sent_twice(tmp_path: Path) -> None:
    """The bot dies while DingTalk holds its request; the next life finds no card, and then the first one appears."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as apart:
        looks, copies, states = apart.submit(_lived, tmp_path).result()
    assert looks[400] >= 1, "it was looked for before it was there"
    assert len(copies) == 8
    assert set(copies.values()) == {1}
    assert states <= {"sent", "unknown"}


def _lived(folder: Path) -> tuple[Counter[int], Counter[str], set[str]]:
    """In a process of its own, whose clock and network are replaced."""
    template = folder / "template.db"
    migrate.upgrade_sqlite(template)
    loop, start = virtual.VirtualLoop(alone=True), at("2026-08-03 10:00")
    world = World(1, folder, random.Random(1), loop, start, virtual.SimClock(start, loop))
    virtual.run(_story(world, template), loop)
    asked = world.town.recorder.entries(platform="dingtalk")
    looks = Counter(int(one["status"]) for one in asked if one["method"] == "PUT")
    with witness.open_store(folder / "data" / "yizhan.db") as store:
        states = {row["state"] for row in witness.rows_of(store, WORDS)}
    store.close()
    return looks, witness.copies(world.town, "dingtalk", WORDS), states


async def _story(world: World, template: Path) -> None:
    await world.build(template)
    world.with_two = world.with_leaver = world.with_restore = False
    world.town.settings.update({"dingtalk.redeliver_same_out_track_id": True})
    side = world.town.platforms["dingtalk"]
    person = next(one for one in world.town.people["dingtalk"].values() if one.name == "何强")
    first = await _begin(world)
    await side.say(person, "bot", f"通知设备部：{WORDS}", [])
    await asyncio.sleep(60)
    card = [one for one in world.town.direct[("dingtalk", person.id)] if one.sender == "bot"][-1]
    confirm = next(action for action, label in side.buttons(card) if label in crash.CONFIRM)
    match = {"platform": "dingtalk", "path": CREATE, "body": WORDS}
    world.town.faults.replace([{"match": match, "kind": "slow:15s", "times": 1}])
    await side.press(person, card, confirm)
    await asyncio.sleep(2)
    assert not world.town.faults.shown(), "a request is held"
    world.living[0][0].end("killed from outside")
    await first
    await _begin(world)
    await asyncio.sleep(timedelta(minutes=10).total_seconds())


async def _begin(world: World) -> asyncio.Future[Any]:
    life = asyncio.ensure_future(world.live(None))
    await asyncio.sleep(3)
    assert isinstance(world.living[0][0], wire.Life)
    return life
