"""``make diskfull POINTS=…``: the store cannot be written for a while; nothing is acknowledged meanwhile, then all goes on by itself.

Five ways, none of which needs rights of its own: SQLite's limit of pages, the kernel's limit of a file's size, a folder
that is read-only when the bot starts, and a disk that fails at the n-th write or sync. People keep talking; what was not
acknowledged comes again, and in the end everything was done once and nothing is red.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import resource
import shutil
import socket
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.proofs import notices, powerloss, progress, rig, score, witness
from tests.proofs.rig import Rig

WAYS = ("file-size", "pages", "write", "sync", "read-only")
BY_SHIM = ("write", "sync")
LATEST_FAILURE = 3
"""The n-th write or sync is the first that fails; one sentence makes at least so many, so that each point strikes."""
RED_WITHIN_S = 5.0
GREEN_WITHIN_S = 20.0
"""A write is tried at least as often as the lease is renewed, every eight seconds."""
STORE = "store unavailable"
UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


def _red(place: Rig) -> set[str] | None:
    """What /healthz calls red, ``None`` when nobody answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{place.env['HEALTH']}/healthz", timeout=3) as answer:
            told = json.load(answer)
    except urllib.error.HTTPError as error:
        told = json.load(error)
    except OSError:
        return None
    return {note["what"] for note in told["notes"] if note["colour"] == "red"}


async def _until_red(
    place: Rig, began_s: float, within_s: float, has_room: Callable[[], bool]
) -> float | None:
    """How many seconds after ``began_s`` the store is red; ``None``: not in time, or there was room after all."""
    while (after_s := time.monotonic() - began_s) < within_s and not has_room():
        if STORE in (await asyncio.to_thread(_red, place) or ()):
            return after_s
        await asyncio.sleep(0.05)
    return None


async def _until_nothing_is_red(place: Rig, within_s: float) -> set[str]:
    """What is red in the end: not only the store, for nothing may be left of the trouble."""
    red: set[str] | None = None
    began_s = time.monotonic()
    while time.monotonic() - began_s < within_s:
        red = await asyncio.to_thread(_red, place)
        if red == set():
            return red
        await asyncio.sleep(0.1)
    return {"nobody answers"} if red is None else red


def _break(place: Rig, way: str, rng: random.Random) -> None:
    data = place.folder / "data"
    if way == "pages":
        (place.folder / "full").touch()
    elif way in BY_SHIM:
        (place.folder / "fails").write_text(f"{way} {rng.randint(1, LATEST_FAILURE)}", encoding="ascii")
    elif way == "read-only":
        for file in data.glob("yizhan.db*"):
            file.chmod(0o400)
        data.chmod(0o500)
    else:
        wal = data / "yizhan.db-wal"
        size = max(wal.stat().st_size if wal.exists() else 0, 1)
        resource.prlimit(place.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def _mend(place: Rig, way: str) -> None:
    data = place.folder / "data"
    if way == "pages":
        (place.folder / "full").unlink()
    elif way in BY_SHIM:
        (place.folder / "fails").unlink()
    elif way == "read-only":
        data.chmod(0o700)
        for file in data.glob("yizhan.db*"):
            file.chmod(0o600)
    else:
        resource.prlimit(place.process.pid, resource.RLIMIT_FSIZE, UNLIMITED)


async def one_point(
    place: Rig, platform: str, way: str, number: int, rng: random.Random, counted: score.Score, repeat: str
) -> None:
    """Somebody asks while the disk says no; afterwards it must be done once."""
    where = f"{platform} point {number} {way}"
    audience = rng.choice(notices.AUDIENCES[platform])
    point = notices.Point("", "plain", audience, f"F{number:04d}{rng.randrange(16**4):04X}")
    await notices.to_its_hour(place, point)
    if place.is_dead:
        await place.start_bot()
        await place.rest()
    author = notices.author(place, platform, audience, rng)
    before = _acked(place, platform)
    if way == "read-only":
        await place.kill_the_bot()
    _break(place, way, rng)
    if way == "read-only":
        await _refuses_to_start(place, where, counted, repeat)
    lives, said_s = place.process, time.monotonic()
    await author.platform.say(author.person, "bot", f"通知{audience}：{point.words}", [])
    await asyncio.sleep(0.5)
    red_s = None
    if way != "read-only":
        red_s = await _until_red(
            place, said_s, RED_WITHIN_S * 2, lambda: way == "pages" and bool(_acked(place, platform) - before)
        )
    acked = _acked(place, platform) - before
    for found in witness.acknowledged_and_missing(place.town, place.store, platform):
        counted.fail(f"{where}: acknowledged and not written: {found}", repeat)
    if acked and way in ("file-size", "read-only"):
        counted.fail(f"{where}: {len(acked)} acknowledged while nothing could be written", repeat)
    if acked and way not in BY_SHIM:  # a row that still found room in a page
        counted.more["found_room"] = counted.more.get("found_room", 0) + 1
    elif way != "read-only" and red_s is None:
        counted.fail(f"{where}: health stayed green", repeat)
    if red_s is not None:
        counted.more.setdefault("red_after_s", []).append(round(red_s, 2))
    _mend(place, way)
    if way == "read-only":
        await place.start_bot()
        lives = place.process
    await place.town.clock.advance(timedelta(minutes=6))
    if way == "read-only" and platform == "dingtalk":  # what is said to nobody is not pushed again there
        await author.platform.say(author.person, "bot", f"通知{audience}：{point.words}", [])
        await place.rest()
    if red := await _until_nothing_is_red(place, GREEN_WITHIN_S):
        counted.fail(f"{where}: red when all was well again: {sorted(red)}", repeat)
    await notices.as_a_person_would(place, author, point)
    await place.town.clock.advance(timedelta(minutes=20))
    if place.process is not lives or place.is_dead:
        counted.fail(f"{where}: it did not go on by itself", repeat)
    counted.add(notices.judged(place, platform, point), where, repeat)
    ways = counted.more.setdefault("ways", {})
    ways[way] = ways.get(way, 0) + 1


async def _refuses_to_start(place: Rig, where: str, counted: score.Score, repeat: str) -> None:
    """It says what is wrong and ends; it does not live on without its store."""
    code, said = await place.fork("run")
    if code in (0, None):
        counted.fail(f"{where}: started with a store that it cannot write ({code}): {said[-400:]}", repeat)


def _acked(place: Rig, platform: str) -> set[int]:
    return {
        f.id for f in place.town.frames.since(0, platform) if f.direction == "out" and f.outcome == "acked"
    }


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


async def _side(
    town: int,
    platform: str,
    points: int,
    seed: int,
    ways: list[str],
    base: Path,
    env: dict[str, str],
    forks: rig.Zygote,
    counted: score.Score,
) -> None:
    """Its half of the points; both sides go on together, since most of a point is waiting for a colour."""
    repeat = f"make diskfull POINTS={points} SEED={seed}"
    rng = random.Random(f"{seed}/full/{platform}")
    folder = base / platform
    async with rig.rig(folder, forks, platforms=(platform,), start=notices.STARTS, seed=1 + town) as place:
        port = _free_port()
        text = place.config.read_text(encoding="utf-8")
        place.config.write_text(text.replace("127.0.0.1:0", f"127.0.0.1:{port}"), encoding="utf-8")
        place.env = {
            **env,
            "HEALTH": str(port),
            "FULL": str(folder / "full"),
            "FAILS": str(folder / "fails"),
        }
        await place.start_bot()
        await place.rest()
        for number in range((points + 1 - town) // 2):
            way = ways[number % len(ways)]
            try:
                async with asyncio.timeout(90):
                    await one_point(place, platform, way, number, rng, counted, repeat)
            except Exception as error:
                counted.fail(f"{platform} point {number} {way}: {error!r}\n{place.log()[-1200:]}", repeat)
                break
        for found in witness.acknowledged_and_missing(place.town, place.store, platform) + witness.integrity(
            place.store
        ):
            counted.fail(f"{platform}: {found}", repeat)


async def _run(points: int, seed: int, only: str, env: dict[str, str]) -> score.Score:
    counted = score.Score("make diskfull", seed)
    progress.begin("points", points)
    base = Path(tempfile.mkdtemp(prefix="yizhan-full-"))
    library = powerloss.compiled(base)
    ways = [way for way in WAYS if only in way and (library is not None or way not in BY_SHIM)]
    if library is None:
        print(
            "SKIPPED: no C compiler (cc, gcc, clang), so a failing disk cannot be simulated here", flush=True
        )
        counted.more["skipped"] = len(BY_SHIM)
    else:
        env = {**env, "LD_PRELOAD": str(library), "SYNC_FROM": str(base)}
    try:
        async with rig.zygote(base, env) as forks:
            sides = enumerate(("feishu", "dingtalk"))
            await asyncio.gather(
                *(_side(one, name, points, seed, ways, base, env, forks, counted) for one, name in sides)
            )
    finally:
        shutil.rmtree(base, ignore_errors=True)
    return counted


def main() -> int:
    points, seed, rest = score.asked("points", 30, __doc__ or "")
    env = {name: value for name, value in os.environ.items() if name.startswith("PLANT")}
    options: dict[str, Any] = dict(one.removeprefix("--").split("=", 1) for one in rest)
    counted = asyncio.run(_run(points, seed, options.get("way", ""), env))
    counted.more["red_after_s"] = max(counted.more.get("red_after_s", [0.0]))
    return counted.finish()


if __name__ == "__main__":
    sys.exit(main())
