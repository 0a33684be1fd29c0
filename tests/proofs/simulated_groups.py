"""Groups (建群): an admin applies the plan again and again, hands work in the groups, and in the end all is as wished."""

from __future__ import annotations

import asyncio
import json
import random
import sqlite3
from contextlib import closing, suppress
from typing import Any

from tests.proofs import apply
from tests.proofs.simulated_world import World

WISHED = 4
"""Groups: two projects, each on both platforms."""
ROUNDS = (2, 4)
CALM_ROUNDS = 4


def wishes() -> str:
    """The projects alone: the table they belong to stands in the configuration already."""
    return "\n" + apply.wishes(WISHED).partition("[workspace]")[2].lstrip()


async def keep(world: World, rng: random.Random) -> None:
    """In the days with their faults and deaths."""
    for _ in range(rng.randint(*ROUNDS)):
        await asyncio.sleep(rng.uniform(1, 14 * 3600))
        await _applied(world)
        if rng.random() < 0.5:
            await _by_hand(world, rng)


async def settle(world: World) -> None:
    """When nothing goes wrong any more: until nothing is left to do."""
    for _ in range(CALM_ROUNDS):
        await asyncio.sleep(600)
        world.left = apply._left(await _applied(world))
        if not world.left:
            return


async def _applied(world: World) -> dict[str, Any] | None:
    life, living = world.living[0]
    if life.is_over or not living._is_up:
        return None
    asking = asyncio.ensure_future(
        living._office_answer("apply")({"plan": "", "force": False, "by": "proof"}, _say)
    )
    over = asyncio.ensure_future(life.over.wait())
    await asyncio.wait({asking, over}, return_when=asyncio.FIRST_COMPLETED)
    for task in (asking, over):
        task.cancel()
    answered, _ = await asyncio.gather(asking, over, return_exceptions=True)
    return {"answer": answered} if isinstance(answered, dict) else None


async def _say(_: str) -> None:
    pass


async def _by_hand(world: World, rng: random.Random) -> None:
    chats = apply.ours(world, WISHED)  # type: ignore[arg-type]
    if not chats:
        return
    platform, chat = rng.choice(chats)
    others = [one for one in chat.members if one != chat.owner and one not in chat.admins]
    changes: list[dict[str, Any]] = [{"speak": "all"}, {"name": f"{chat.name}吃喝群"}]
    if others:
        changes.append({"remove": rng.sample(others, 1)})
    with suppress(Exception):
        await world.town.platforms[platform].change_chat(chat, rng.choice(changes))


def _asked_of_a_human(world: World) -> set[tuple[str, str]]:
    """Groups that DingTalk may have made without an answer, long ago: it lists none, so the last plan waits for a yes."""
    with closing(sqlite3.connect(world.folder / "data" / "yizhan.db")) as store:
        last = store.execute(
            "SELECT content FROM plans WHERE scope IS NULL ORDER BY made_at DESC LIMIT 1"
        ).fetchone()
    waiting = json.loads(last[0]).get("waiting", ()) if last else ()
    return {
        ("dingtalk", one["name"])
        for one in waiting
        if one["platform"] == "dingtalk" and one["pause"] == "uncertain"
    }


def wrong(world: World) -> list[str]:
    """Twins, groups or members that are missing, groups that are not ours and were touched."""
    found = apply.judged(world, WISHED, _asked_of_a_human(world))  # type: ignore[arg-type]
    strangers = sum(now != world.strangers.get(chat, now) for chat, now in apply.untouched(world).items())  # type: ignore[arg-type]
    found |= {"strangers_touched": strangers, "left": world.left}
    return [f"{name}: {found[name]}" for name in apply.MUST_BE_NONE if found[name]]
