"""``make crash POINTS=…``: the bot is killed between any two steps; nothing is lost or doubled but what is promised as unknown.

The points are a deck: every stage as often as every other, on both platforms, in every weather. A session is one town in
which one bot is killed and started again and again, each time at a stage of its own. Every session draws from its own seed,
so that one can be run again alone: ``POINTS=… SESSION=…``.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import statistics
import sys
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from tests.proofs import changes, fuses, notices, papers, progress, rig, score, witness
from tests.proofs.notices import AUDIENCES as AUDIENCES
from tests.proofs.notices import CONFIRM as CONFIRM
from tests.proofs.notices import PLAIN as PLAIN
from tests.proofs.notices import STARTS as STARTS
from tests.proofs.notices import Point as Point

WORKERS = 3
"""Processes; each waits about half of its time."""
A_SESSION = 12
"""Points of one town."""
COLD_EVERY = 16
"""One in so many starts again as an interpreter of its own, which imports everything anew."""
TWINS = {"O4": ("O4", "O4b"), "O5": ("O5", "O5b")}
"""Stages that are one in the fault model and two places in the program."""
KINDS = {"poll": fuses.POLLED, "apply": fuses.APPLYING}
STAGES = tuple(one for one in fuses.STAGES if not one.endswith("b"))
WEATHER = ("plain", "duplicate", "429", "5xx", "slow", "lost-ack", "lost-answer")
NOT_SEEN_BEFORE_S = 240.0
"""Real seconds until a point that does not come to an end is a failure by itself."""
REDELIVERS = "dingtalk.redeliver_same_out_track_id"
"""What a card does whose id was used before is not documented, so every second town does the one and the others the other."""


@dataclass(frozen=True)
class Session:
    """One town: what dies in it, and in which weather."""

    number: int
    kind: str
    platform: str
    points: tuple[tuple[str, str], ...]
    redelivers: bool = False


def kind_of(stage: str) -> str:
    return next((kind for kind, stages in KINDS.items() if stage in stages), "notice")


def deck(points: int, stages: tuple[str, ...] = STAGES) -> list[Session]:
    """Every stage as often as every other, by turns on both platforms, and there in every weather by turns."""
    piles: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for n in range(points):
        turn, at = divmod(n, len(stages))
        stage = stages[at]
        kind, platform = kind_of(stage), ("feishu", "dingtalk")[(turn + at) % 2]
        weathers = changes.WEATHER if kind == "apply" else WEATHER
        weather = weathers[(turn // 2 + at) % len(weathers)]
        piles.setdefault((kind, platform), []).append((stage, weather))
    found: list[Session] = []
    for (kind, platform), pile in piles.items():
        for start in range(0, len(pile), A_SESSION):
            part = tuple(pile[start : start + A_SESSION])
            redelivers = platform == "dingtalk" and start // A_SESSION % 2 == 1
            found.append(Session(len(found), kind, platform, part, redelivers))
    return found


async def session(
    command: str, seed: int, what: Session, folder: Path, forks: rig.Zygote, env: dict[str, str]
) -> score.Score:
    """One town, so many kills."""
    counted = score.Score(command, seed, is_quiet="QUIET" in env)
    rng = random.Random(f"{seed}/{what.number}")
    platform, number = what.platform, what.number
    repeat = f"{command} SEED={seed} SESSION={number}"
    tokens = [f"Z{number:03d}{n:02d}{rng.randrange(16**4):04X}" for n in range(len(what.points))]
    edit = papers.lines(platform, tokens, rig.at(STARTS)) if what.kind == "poll" else ""
    async with rig.rig(
        folder,
        forks,
        platforms=(platform,),
        start=STARTS,
        seed=1 + number,
        settings={REDELIVERS: what.redelivers} if platform == "dingtalk" else {},
        edit=edit,
    ) as place:
        place.env = env
        place.synced = Path(env["SYNC_TO"] + str(folder)) if "SYNC_TO" in env else None
        wishes = changes.Wishes()
        for n, (token, (stage, weather)) in enumerate(zip(tokens, what.points, strict=True)):
            fuse = rng.choice(TWINS.get(stage, (stage,)))
            cold = place.synced is None and (number * A_SESSION + n) % COLD_EVERY == 0
            point = Point(stage, weather, "", token, fuse=fuse)
            try:
                async with asyncio.timeout(NOT_SEEN_BEFORE_S):
                    if what.kind == "poll":
                        when = papers.days(rig.at(STARTS), len(tokens))[n]
                        burnt, verdict = await papers.point(place, platform, point, when, rng, cold)
                    elif what.kind == "apply":
                        burnt, verdict = await changes.point(place, platform, point, wishes)
                    else:
                        point = notices.drawn(platform, stage, fuse, weather, token, rng)
                        burnt = await notices.point(place, platform, point, rng, cold)
                        verdict = notices.judged(place, platform, point)
            except Exception as error:
                counted.count()
                counted.fail(
                    f"{platform} {point}: {type(error).__name__}: {error}\n{place.log()[-1500:]}", repeat
                )
                if not place.store.exists():
                    return counted
                break
            counted.add(verdict, f"{platform} {point}", repeat)
            for name, key in (
                ("stages", stage),
                ("reached", stage if burnt else "none"),
                ("unknown_at", stage if verdict.unknown else ""),
                ("weather", weather),
                (
                    "repeated_id",
                    ("goes nowhere", "is delivered again")[what.redelivers] if platform == "dingtalk" else "",
                ),
            ):
                _tick(counted, name, key)
            if not verdict.is_kept:
                break
        await place.kill_the_bot()
        for found in (
            *witness.acknowledged_and_missing(place.town, place.store, platform),
            *witness.reworded(place.town, platform),
            *witness.integrity(place.store),
        ):
            counted.fail(f"{platform} session {number}: {found}", repeat)
        for crash in place.town.recorder.crashes:
            counted.fail(f"the town itself failed: {crash}", repeat)
        counted.more["recoveries"] = place.recoveries
    return counted


def _tick(counted: score.Score, table: str, name: str) -> None:
    row = counted.more.setdefault(table, {})
    if name:
        row[name] = row.get(name, 0) + 1


def _worker(
    seed: int, sessions: list[Session], env: dict[str, str], base: str, command: str
) -> dict[str, Any]:
    return asyncio.run(_sessions(seed, sessions, env, base, command))


async def _sessions(
    seed: int, sessions: list[Session], env: dict[str, str], base: str, command: str
) -> dict[str, Any]:
    counted = score.Score(command, seed)
    folder = Path(tempfile.mkdtemp(prefix="town-", dir=base))
    try:
        async with rig.zygote(folder, env) as forks:
            for one in sessions:
                own = folder / str(one.number)
                counted.merge((await session(command, seed, one, own, forks, env)).as_json())
                shutil.rmtree(own, ignore_errors=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return counted.as_json()


def run(
    counted: score.Score,
    points: int,
    seed: int,
    rest: list[str],
    env: dict[str, str],
    base: Path,
    *,
    is_control: bool = False,
) -> None:
    """All sessions, on two cores; a control is expected to fail and is quiet about it."""
    options = dict(one.removeprefix("--").split("=", 1) for one in rest)
    stages = tuple(options["stages"].split(",")) if "stages" in options else STAGES
    sessions = deck(points, stages)
    if "session" in options:
        sessions = [sessions[int(options["session"])]]
    if not is_control:
        progress.begin("points", sum(len(one.points) for one in sessions))
    counted.command += f" POINTS={points}" + (f" STAGES={options['stages']}" if "stages" in options else "")
    sessions.sort(key=lambda one: -len(one.points))
    workers = min(WORKERS, len(sessions))
    shares = [sessions[n::workers] for n in range(workers)]
    quiet = {"QUIET": "1"} if is_control else {}
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        tasks = [
            pool.submit(_worker, seed, share, {**env, **quiet}, str(base), counted.command)
            for share in shares
        ]
        for task in tasks:
            counted.merge(task.result())
    for name, took in counted.more.pop("recoveries", {}).items():
        if took:
            counted.more[f"{name}_recovery_s"] = {
                "starts": len(took),
                "median": round(statistics.median(took), 2),
                "longest": max(took),
            }


def table(more: dict[str, Any]) -> str:
    """Every stage: how often it was meant, how often the bot died there, and how often that left an unknown outcome."""
    names = ("stages", "reached", "unknown_at")
    stages, reached, unknown = (Counter[str](more.get(name, {})) for name in names)
    rows = [f"{'stage':<8}{'points':>8}{'died':>8}{'unknown':>9}"]
    rows += [f"{one:<8}{stages[one]:>8}{reached[one]:>8}{unknown[one]:>9}" for one in STAGES if stages[one]]
    return "\n".join(rows)


def main() -> int:
    points, seed, rest = score.asked("points", 120, __doc__ or "")
    env = {name: value for name, value in os.environ.items() if name.startswith("PLANT")}
    counted = score.Score("make crash", seed)
    base = Path(tempfile.mkdtemp(prefix="yizhan-crash-"))
    try:
        run(counted, points, seed, rest, env, base)
    finally:
        shutil.rmtree(base, ignore_errors=True)
    print(table(counted.more))
    return counted.finish()


if __name__ == "__main__":
    sys.exit(main())
