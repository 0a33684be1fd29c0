"""所有的排练 (run): the seeds on every core, and what they have in common."""

from __future__ import annotations

import multiprocessing
import os
import random
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from bot.clock import SystemClock
from bot.config import load
from bot.config.load import Loaded
from bot.rehearse import company, seed
from bot.wiring import WorldKeeper, make_adapters
from bot.world import World
from policies import pilot as life
from policies.pilot import Plan
from policies.rehearsal import Findings, from_json, together

MOST_AT_ONCE = 8
LOOK_S = 0.2
"""So often it is said how many days have been lived through."""


def rehearse(
    loaded: Loaded,
    whose: Mapping[str, Any],
    *,
    days: int | None,
    seeds: int,
    on_day: Callable[[int], None] = lambda _: None,
    on_first: Callable[[Findings], None] = lambda _: None,
) -> Findings:
    """Every seed from 1 on; the same configuration and company give the same findings.

    Args:
        on_day: called with how many days were lived through so far, all seeds together.
        on_first: called with what the first seed alone has found, where there are more.

    Raises:
        ValueError: the configuration has no ``[pilot]``.
    """
    world = _world(loaded, whose)
    plan: Plan | None = world.pilot
    if plan is None:
        raise ValueError("there is no pilot to rehearse")
    asked = days or plan.days
    if seeds == 1:
        return _together(world, plan, asked, [seed.live(loaded, whose, 1, asked, on_day)])
    context = multiprocessing.get_context("spawn")
    lived_through = context.Array("i", seeds, lock=False)
    with ProcessPoolExecutor(
        min(os.cpu_count() or 1, seeds, MOST_AT_ONCE),
        mp_context=context,
        initializer=_begin,
        initargs=(lived_through,),
    ) as pool:
        once = partial(_once, str(loaded.file), dict(whose), asked)
        running = [pool.submit(once, nth) for nth in range(1, seeds + 1)]
        pending, first = set(running), running[0]
        while pending:
            done, pending = wait(pending, timeout=LOOK_S, return_when=FIRST_COMPLETED)
            on_day(sum(lived_through))
            if first in done:
                on_first(_together(world, plan, asked, [first.result()]))
        return _together(world, plan, asked, [one.result() for one in running])


def _together(world: World, plan: Plan, asked: int, lived: Sequence[Mapping[str, Any]]) -> Findings:
    days = [plan.starts + timedelta(days=n) for n in range(asked)]
    workdays = frozenset(day for day in days if world.calendars.company.is_workday(day))
    limits = {f"{platform} {pot}": limit for (platform, pot), limit in world.pots.items()}
    impossible = life.impossible(plan, plan.starts)
    return together([from_json(one) for one in lived], workdays, limits, impossible, plan.in_time)


_lived_through: Any = None
"""Of a worker: the days that each seed has lived through, in memory that all of them share."""


def _begin(lived_through: Any) -> None:
    """Of a worker: a process has no other way to be handed memory that it shares."""
    global _lived_through
    _lived_through = lived_through


def _once(file: str, whose: Mapping[str, Any], days: int, nth: int) -> dict[str, Any]:
    def lived(day: int) -> None:
        _lived_through[nth - 1] = day

    return seed.live(load.load(Path(file)), whose, nth, days, lived)


def _world(loaded: Loaded, whose: Mapping[str, Any]) -> World:
    directory, chats = company.from_json(whose)
    keeper = WorldKeeper(loaded, make_adapters(loaded, SystemClock(), random.Random(0)))  # noqa: S311
    keeper.renew(directory, chats)
    return keeper.current()
