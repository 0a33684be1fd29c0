"""A crowd (拥挤): a hundred thousand rows are due in one minute, and somebody's words are urgent.

The rows are copies of one that the bot has written itself, under words of their own; once the urgent notice had its
time they are taken out again, so that a seed need not carry them all.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.store.types import written
from policies.model import Weight
from tests.proofs import witness
from tests.proofs.simulated_world import Request, World

ROWS = 100_000
WORDS = "CROWD"
WITHIN = timedelta(seconds=5)
COMES_AT = timedelta(hours=11, minutes=15)
"""After the start: in the evening, when what is not urgent waits for the morning."""
REASON = "支付接口挂了，用户付不了款，要马上恢复"
LOOKS = 40
PRESSES = 5


@dataclass
class Urgent:
    """What was pressed when, and in which life of the bot."""

    request: Request
    pressed_at: datetime
    life: int


async def comes(world: World, rng: random.Random, request: Request) -> None:
    """The urgent words are ready to go when the crowd is let in; then they are confirmed."""
    await asyncio.sleep(COMES_AT.total_seconds())
    world.is_calm = True
    world.town.faults.replace([])
    side = world.town.platforms[request.platform]
    people = sorted(witness.members(world.town, request.platform, request.audience))
    person = request.author = world.town.people[request.platform][rng.choice(people)]
    await side.say(person, "bot", f"通知{request.audience}：{request.text}", [])
    if await _pressed(world, side, person, request, "这件事很急"):
        await side.say(person, "bot", REASON, [])
        found = await _shown(world, side, person, request, "发给全部", "就这样")
        if found is not None and _is_let_in(world, request):
            await asyncio.sleep(rng.uniform(0.5, 2))
            life, _ = world.living[0]
            life.is_spared = True
            for _ in range(PRESSES):
                pressed_at = world.true_now()
                if not _is_refused(await side.press(person, *found)):
                    world.urgent = Urgent(request, pressed_at, len(world.ended))
                    break
                await asyncio.sleep(1)
            await asyncio.sleep(2 * WITHIN.total_seconds())
            life.is_spared = False
            _goes(world)
    world.is_calm = False


def _is_refused(answer: Any) -> bool:
    """What the person sees where the press has not come through."""
    return "200341" in str(answer) or "200340" in str(answer)


async def _pressed(world: World, side: Any, person: Any, request: Request, label: str) -> bool:
    found = await _shown(world, side, person, request, label)
    if found is None:
        return False
    await side.press(person, *found)
    return True


async def _shown(world: World, side: Any, person: Any, request: Request, *labels: str) -> Any:
    """The latest card about the words and the button that begins so, once it is there."""
    for _ in range(LOOKS):
        await asyncio.sleep(2)
        heard = [
            one
            for one in world.town.direct.get((side.name, person.id), [])
            if one.sender == "bot" and request.token in one.text
        ]
        buttons = side.buttons(heard[-1]) if heard else []
        for label in labels:
            for action, shown in buttons:
                if shown.startswith(label):
                    return heard[-1], action
    return None


def _is_let_in(world: World, request: Request) -> bool:
    """``False``: the bot is dead just now, or has not sent anything yet that the crowd could be copies of."""
    life, living = world.living[0]
    if life.is_over or not living._is_up:
        return False
    with closing(sqlite3.connect(world.folder / "data" / "yizhan.db")) as store, store:
        store.row_factory = sqlite3.Row
        one = store.execute(
            "SELECT * FROM outbox WHERE platform = ? AND state = 'sent' AND step = 'preview' ORDER BY id LIMIT 1",
            (request.platform,),
        ).fetchone()
        if one is None:
            return False
        everybody = sorted(one for one, who in world.town.people[request.platform].items() if who.active)
        _copy(store, dict(one), everybody, written(world.clock.now()))
    living._sending.wake()
    return True


def _copy(store: sqlite3.Connection, one: dict[str, Any], people: list[str], now: str) -> None:
    """A card for one after the other, due at the same moment, of the weight that notices have."""
    whose = json.loads(one["recipients"])[0].partition(":")[2]
    fresh = {
        **one,
        "former_keys": "[]",
        "step": "notice",
        "state": "due",
        "weight": int(Weight.NORMAL),
        "not_before": now,
        "created_at": now,
        "expires_at": None,
        "ready_at": now,
        "attempts": 0,
        "first_attempt_at": None,
        "attempted_at": None,
        "sent_at": None,
        "receipt": "{}",
        "message_id": "",
        "owner": "",
        "epoch": 0,
    }
    for name in ("id", "key", "effect", "recipients"):
        del fresh[name]
    columns = ", ".join(f'"{name}"' for name in fresh)
    values = ", ".join(f":{name}" for name in fresh)
    store.execute(
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < :rows - 1),"
        " p AS (SELECT n.i, json_extract(:people, '$[' || (n.i % :size) || ']') AS who FROM n)"
        f' INSERT INTO outbox ("key", effect, recipients, {columns})'
        " SELECT printf('c0%038x', i), replace(:_effect, :_whose, who), replace(:_recipients, :_whose, who),"
        f" {values} FROM p",
        {
            **fresh,
            "rows": ROWS,
            "people": json.dumps(people),
            "size": len(people),
            "_effect": re.sub(r"S\d{6}(URG|\w{5})", WORDS, one["effect"]),
            "_recipients": one["recipients"],
            "_whose": whose,
        },
    )


def _goes(world: World) -> None:
    with closing(sqlite3.connect(world.folder / "data" / "yizhan.db")) as store, store:
        store.execute(
            "DELETE FROM outbox WHERE key LIKE 'c0%' AND effect LIKE ? AND state = 'due'", (f"%{WORDS}%",)
        )


def too_late(world: World) -> list[str]:
    """The first copy of the urgent words, if the bot has lived through it all."""
    urgent = world.urgent
    if urgent is None:
        return []
    ended = [moment for moment in world.ended_at if moment <= urgent.pressed_at + WITHIN]
    if len(ended) > urgent.life:
        world.urgent = None
        return []
    copies = (one.sent_at for one in world.copies_of(urgent.request))
    first = next(copies, None)
    if first is None or first - urgent.pressed_at > WITHIN:
        return [f"urgent words of {urgent.pressed_at:%H:%M:%S} left at {first}, past a crowd"]
    return []
