"""所有的排练 (run): the seeds on every core, and what they have in common."""

from __future__ import annotations

import multiprocessing
import os
import random
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
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


def rehearse(
    loaded: Loaded,
    whose: Mapping[str, Any],
    *,
    days: int | None,
    seeds: int,
    on_done: Callable[[int], None] = lambda _: None,
) -> Findings:
    """Every seed from 1 on; the same configuration and company give the same findings.

    Raises:
        ValueError: the configuration has no ``[pilot]``.
    """
    world = _world(loaded, whose)
    plan: Plan | None = world.pilot
    if plan is None:
        raise ValueError("there is no pilot to rehearse")
    asked = days or plan.days
    once = partial(_once, str(loaded.file), dict(whose), asked)
    lived = []
    if seeds == 1:
        lived = [seed.live(loaded, whose, 1, asked)]
        on_done(1)
    else:
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(min(os.cpu_count() or 1, seeds, MOST_AT_ONCE), mp_context=context) as pool:
            running = [pool.submit(once, nth) for nth in range(1, seeds + 1)]
            for done, _ in enumerate(as_completed(running), start=1):
                on_done(done)
            lived = [one.result() for one in running]
    every = [from_json(one) for one in lived]
    last = plan.starts + timedelta(days=asked - 1)
    workdays = frozenset(
        plan.starts + timedelta(days=n)
        for n in range(asked)
        if world.calendars.company.is_workday(plan.starts + timedelta(days=n))
    )
    limits = {f"{platform} {pot}": limit for (platform, pot), limit in world.pots.items()}
    return together(every, workdays, limits, life.impossible(plan, min(plan.starts, last)), plan.in_time)


def _once(file: str, whose: Mapping[str, Any], days: int, nth: int) -> dict[str, Any]:
    return seed.live(load.load(Path(file)), whose, nth, days)


def _world(loaded: Loaded, whose: Mapping[str, Any]) -> World:
    directory, chats = company.from_json(whose)
    keeper = WorldKeeper(loaded, make_adapters(loaded, SystemClock(), random.Random(0)))  # noqa: S311
    keeper.renew(directory, chats)
    return keeper.current()
