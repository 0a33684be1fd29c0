"""``make simulate SEEDS=…``: bot and town in one process and one thread, two days in virtual time, all of it drawn from a seed.

Real adapters, real handlers of the town, the real store; faults, latencies and deaths between any two steps, and by
the seed: a clock that jumps, a second instance on the same store, an author who leaves the company while the words
wait, a store that is put back from a copy, an admin who applies a plan of groups, a crowd of rows beside urgent words.
At the end all faults stop, and within a day every row must have come to its
end. One seed in a hundred runs twice and must leave the same trace. Seeds that have failed once stand in
``tests/data/seeds.txt`` and are run every time.

Ten thousand take hours. Ctrl-C ends a run with what it has counted, and with ``KEEP=FILE`` the next one goes on from
there: the file keeps what each few seeds have counted, and on which commit.
"""

from __future__ import annotations

import gc
import hashlib
import json
import logging
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from datetime import UTC, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from bot.store import migrate
from sandbox.clock import ZONE
from tests.proofs import progress, score, virtual, witness
from tests.proofs import simulated_crowd as crowd
from tests.proofs import simulated_groups as groups
from tests.proofs.rig import ROOT, at
from tests.proofs.simulated_days import story
from tests.proofs.simulated_rules import judged, manners
from tests.proofs.simulated_world import World

KEPT_SEEDS = ROOT / "tests" / "data" / "seeds.txt"
STARTS = "2026-08-03 08:30"
TOGETHER = 8
"""Seeds: looking through everything that is alive for rubbish takes a fifth of a second."""


def trace(world: World) -> str:
    """Everything people saw and everything that was asked, in order."""
    digest = hashlib.sha256()
    for platform in ("feishu", "dingtalk"):
        for message in world.town.log.get(platform, ()):
            digest.update(f"{message.sent_at}|{message.person}|{message.chat}|{message.text}\n".encode())
    for record in world.town.recorder.records():
        digest.update(f"{record.at}|{record.method}|{record.path}|{record.status}\n".encode())
    return digest.hexdigest()[:16]


def one_seed(
    seed: int, template: Path, base: Path
) -> tuple[list[tuple[str, witness.Verdict | str]], str, World]:
    """Everything that is wrong after this seed, and its trace."""
    loop = virtual.VirtualLoop(alone=True)
    start = at(STARTS)
    folder = Path(tempfile.mkdtemp(prefix="seed-", dir=base))
    rng = random.Random(f"{seed}/story")
    world = World(seed, folder, rng, loop, start, virtual.SimClock(start, loop))
    found: list[tuple[str, witness.Verdict | str]] = []
    try:
        for request in virtual.run(story(world, template), loop):
            found.append((request.token, judged(world, request)))
        file = folder / "data" / "yizhan.db"
        since = world.restored_at.astimezone(ZONE).isoformat() if world.restored_at else ""
        for platform in ("feishu", "dingtalk"):
            found += [
                ("", one) for one in witness.acknowledged_and_missing(world.town, file, platform, since)
            ]
        ends_at = f"{world.true_now().astimezone(UTC) - timedelta(minutes=10):%Y-%m-%dT%H:%M:%S}"
        asked_of_a_human = world.restored_at is not None or world.with_leaver
        unfinished = [] if asked_of_a_human else witness.unfinished(file, ends_at)
        whole = witness.integrity(file) + witness.without_reason(file) + unfinished
        found += [("", one) for one in whole + manners(world) + crowd.too_late(world)]
        found += [("", one) for one in groups.wrong(world)] if world.with_groups else []
        found += [("", f"the town itself failed: {one}") for one in world.town.recorder.crashes]
        return found, trace(world), world
    except Exception as error:
        import traceback

        return [("", f"{error!r} {traceback.format_exc(limit=-6)}")], "", world
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _begin_work() -> None:
    """A worker's beginning."""
    logging.disable(logging.CRITICAL)
    gc.freeze()
    gc.disable()  # a few seeds' own rubbish is taken out after them, not looked through time and again


def _work(first: int, seeds: list[int], base: Path, code: str) -> dict[str, Any]:
    """What a few seeds have counted, in a worker."""
    counted = score.Score("make simulate", first, is_counted_apart=True)
    began_s = time.process_time()
    for seed in seeds:
        _one(counted, seed, base / "template.db", base)
        progress.tick()
    gc.collect()
    counted.more["cpu_s"] = round(time.process_time() - began_s, 2)
    return {"seeds": seeds, "code": code, **counted.as_json()}


def _one(counted: score.Score, seed: int, template: Path, base: Path) -> None:
    repeat = f"make simulate SEEDS=1 SEED={seed}"
    found, left, world = one_seed(seed, template, base)
    counted.more["seeds"] = counted.more.get("seeds", 0) + 1
    for where, weather in world.ended:
        covered = counted.more.setdefault("covered", {})
        covered[f"{where} | {weather}"] = covered.get(f"{where} | {weather}", 0) + 1
    for name in ("with_jumps", "with_two", "with_leaver", "with_restore", "with_groups"):
        counted.more[name] = counted.more.get(name, 0) + bool(getattr(world, name))
    counted.more["urgent_past_a_crowd"] = counted.more.get("urgent_past_a_crowd", 0) + (
        world.urgent is not None
    )
    for token, one in found:
        if isinstance(one, str):
            counted.fail(f"seed {seed}: {one}", repeat)
        else:
            counted.add(one, f"seed {seed} {token}", repeat)
    if seed % 100 == 0:
        _, again, _ = one_seed(seed, template, base)
        counted.more["twice"] = counted.more.get("twice", 0) + 1
        if again != left:
            counted.fail(f"seed {seed} ran twice and left two traces: {left} {again}", repeat)


def _print_coverage(covered: dict[str, int]) -> None:
    """How often a life ended where, in which weather."""
    stages = sorted({key.split(" | ")[0] for key in covered})
    weathers = sorted({key.split(" | ")[1] for key in covered})
    print(f"{'a life ended':<22}" + "".join(f"{one:>13}" for one in weathers))
    for stage in stages:
        print(f"{stage:<22}" + "".join(f"{covered.get(f'{stage} | {one}', 0):>13}" for one in weathers))


def kept_seeds() -> list[int]:
    """Seeds that have failed once."""
    lines = KEPT_SEEDS.read_text(encoding="utf-8").splitlines()
    return [int(line.split("#")[0]) for line in lines if line.split("#")[0].strip()]


def kept(file: Path | None, seeds: Iterable[int]) -> list[dict[str, Any]]:
    """What earlier runs have counted for some of these seeds.

    Raises:
        ValueError: the file is not such a one. A last line that was cut off is left out.
    """
    if file is None or not file.exists():
        return []
    lines = file.read_text(encoding="utf-8").split("\n")
    left, found = set(seeds), []
    for number, line in enumerate(lines[:-1], 1):
        try:
            one = json.loads(line)
            if left.issuperset(one["seeds"]):
                left.difference_update(one["seeds"])
                found.append(one)
        except (ValueError, TypeError, KeyError) as error:
            raise ValueError(f"{file}:{number}: not what a simulation has counted: {line[:80]}") from error
    return found


def _take(counted: score.Score, done: dict[str, Any], file: Path | None = None) -> None:
    """Add what a few seeds have counted, and keep it in the file."""
    if file is not None:
        with file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(done, ensure_ascii=False) + "\n")
    commits = counted.more.setdefault("commits", {})
    commits[done["code"]] = commits.get(done["code"], 0) + len(done["seeds"])
    counted.merge(done)


def _run(counted: score.Score, seeds: list[int], file: Path | None) -> None:
    """Every seed in a few processes, as many as have begun when somebody says stop."""
    base = Path(tempfile.mkdtemp(prefix="yizhan-sim-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
    migrate.upgrade_sqlite(base / "template.db")
    code = score.commit()
    few = [seeds[n : n + TOGETHER] for n in range(0, len(seeds), TOGETHER)]
    progress.begin("seeds", len(seeds))
    pool = ProcessPoolExecutor(min(2, len(few)), get_context("spawn"), _begin_work)
    heeds = signal.signal(signal.SIGINT, signal.SIG_IGN)  # the workers' as well: we say when to end
    waiting = {pool.submit(_work, counted.seed, each, base, code) for each in few}
    signal.signal(signal.SIGINT, heeds)
    try:
        try:
            for one in as_completed(tuple(waiting)):
                waiting.remove(one)
                _take(counted, one.result(), file)
        except KeyboardInterrupt:
            print("\nfinishing the seeds that have begun; Ctrl-C again gives them up", file=sys.stderr)
        pool.shutdown(cancel_futures=True)
        for one in waiting:
            if not one.cancelled():
                _take(counted, one.result(), file)
    finally:
        pool.shutdown(cancel_futures=True)
        shutil.rmtree(base, ignore_errors=True)


def main() -> int:
    if os.environ.get("PYTHONHASHSEED") != "0":  # sets of strings have an order of their own in every process
        os.execve(
            sys.executable,
            [sys.executable, "-m", "tests.proofs.simulate", *sys.argv[1:]],
            {**os.environ, "PYTHONHASHSEED": "0"},
        )
    points, seed, _ = score.asked("seeds", 100, __doc__ or "")
    seeds = dict.fromkeys([*range(seed, seed + points), *([] if points == 1 else kept_seeds())])
    file = Path(os.environ["KEEP"]) if os.environ.get("KEEP") else None
    counted = score.Score("make simulate", seed)
    for done in kept(file, seeds):
        _take(counted, done)
        seeds = dict.fromkeys(one for one in seeds if one not in done["seeds"])
    asked = len(seeds) + counted.more.get("seeds", 0)
    if seeds:
        _run(counted, list(seeds), file)
    _print_coverage(counted.more.pop("covered", {}))
    if left := asked - counted.more.get("seeds", 0):
        on = f" KEEP={file}" if file else ""
        counted.fail(
            f"stopped with {left} of {asked} seeds left", f"make simulate SEEDS={points} SEED={seed}{on}"
        )
    counted.more["cpu_ms_a_seed"] = round(1000 * counted.more["cpu_s"] / counted.more["seeds"])
    return counted.finish()


if __name__ == "__main__":
    sys.exit(main())
