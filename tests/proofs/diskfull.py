"""``make diskfull POINTS=…``: the store cannot be written for a while; nothing is acknowledged meanwhile, then all goes on by itself.

Two ways that need no rights of their own: the kernel's limit of a file's size (writes fail as on a full disk), and SQLite's
own limit of pages. People keep talking; what was not acknowledged comes again, and in the end everything was done once.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import resource
import shutil
import sys
import tempfile
import urllib.error
import urllib.request
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.proofs import crash, rig, score, witness
from tests.proofs.rig import Rig

WAYS = ("file-size", "pages")
RED_WITHIN_S = 5.0
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


async def _until_health(place: Rig, wanted: bool, within_s: float) -> set[str] | None:
    """What is red in the end; other troubles than the store's (an old unknown outcome) are not this proof's."""
    red: set[str] | None = None
    for _ in range(int(within_s / 0.1)):
        red = await asyncio.to_thread(_red, place)
        if red is not None and (STORE not in red) is wanted:
            return None
        await asyncio.sleep(0.1)
    return red or {"nobody answers"}


def _fill(place: Rig, way: str) -> None:
    if way == "pages":
        (place.folder / "full").touch()
        return
    wal = place.folder / "data" / "yizhan.db-wal"
    size = max(wal.stat().st_size if wal.exists() else 0, 1)
    resource.prlimit(place.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def _make_room(place: Rig, way: str) -> None:
    if way == "pages":
        (place.folder / "full").unlink()
    else:
        resource.prlimit(place.process.pid, resource.RLIMIT_FSIZE, UNLIMITED)


async def one_point(
    place: Rig, platform: str, number: int, rng: random.Random, counted: score.Score, repeat: str
) -> None:
    """Somebody asks while the disk is full; afterwards it must be done once."""
    way = WAYS[number % len(WAYS)]
    where = f"{platform} point {number} {way}"
    audience = rng.choice(crash.AUDIENCES[platform])
    point = crash.Point("", "plain", audience, f"F{number:04d}{rng.randrange(16**4):04X}", False, False)
    await crash._to_its_hour(place, point)
    if place.is_dead:
        await place.start_bot()
        await place.rest()
    author = crash._author(place, platform, audience, rng)
    words = f"{point.token} 号设备下午检修，请提前保存"
    before = _acked(place, platform)
    _fill(place, way)
    await author.platform.say(author.person, "bot", f"通知{audience}：{words}", [])
    await asyncio.sleep(0.5)
    acked = _acked(place, platform) - before
    store = place.folder / "data" / "yizhan.db"
    for found in witness.acknowledged_and_missing(place.town, store, platform):
        counted.fail(f"{where}: acknowledged and not written: {found}", repeat)
    if acked and way == "file-size":
        counted.fail(f"{where}: {len(acked)} acknowledged while nothing could be written", repeat)
    if acked:  # a row that still found room in a page
        counted.more["found_room"] = counted.more.get("found_room", 0) + 1
    elif await _until_health(place, False, RED_WITHIN_S + 5):
        counted.fail(f"{where}: health stayed green", repeat)
    _make_room(place, way)
    await place.town.clock.advance(timedelta(minutes=6))
    if red := await _until_health(place, True, 20):
        counted.fail(f"{where}: health stayed red: {sorted(red)}", repeat)
    await crash._as_a_person_would(place, author, point)
    await place.town.clock.advance(timedelta(minutes=20))
    counted.add(crash._judged(place, platform, point), where, repeat)
    ways = counted.more.setdefault("ways", {})
    ways[way] = ways.get(way, 0) + 1


def _acked(place: Rig, platform: str) -> set[int]:
    return {
        f.id for f in place.town.frames.since(0, platform) if f.direction == "out" and f.outcome == "acked"
    }


def _free_port() -> int:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


async def _run(points: int, seed: int, env: dict[str, str]) -> dict[str, Any]:
    counted = score.Score("make diskfull", seed)
    base = Path(tempfile.mkdtemp(prefix="yizhan-full-"))
    repeat = f"make diskfull POINTS={points} SEED={seed}"
    try:
        async with rig.zygote(base, env) as forks:
            for town, platform in enumerate(("feishu", "dingtalk")):
                rng = random.Random(f"{seed}/full/{platform}")
                folder = base / platform
                async with rig.rig(
                    folder, forks, platforms=(platform,), start=crash.STARTS, seed=1 + town
                ) as place:
                    port = _free_port()
                    text = place.config.read_text(encoding="utf-8")
                    place.config.write_text(
                        text.replace("127.0.0.1:0", f"127.0.0.1:{port}"), encoding="utf-8"
                    )
                    place.env = {**env, "HEALTH": str(port), "FULL": str(folder / "full")}
                    await place.start_bot()
                    await place.rest()
                    for number in range((points + 1 - town) // 2):
                        try:
                            async with asyncio.timeout(90):
                                await one_point(place, platform, number, rng, counted, repeat)
                        except Exception as error:
                            counted.fail(
                                f"{platform} point {number}: {error!r}\n{place.log()[-1200:]}", repeat
                            )
                            break
                    file = folder / "data" / "yizhan.db"
                    for found in witness.acknowledged_and_missing(
                        place.town, file, platform
                    ) + witness.integrity(file):
                        counted.fail(f"{platform}: {found}", repeat)
    finally:
        shutil.rmtree(base, ignore_errors=True)
    return counted.as_json()


def main() -> int:
    points, seed, _ = score.asked("points", 30, __doc__ or "")
    counted = score.Score("make diskfull", seed)
    env = {name: value for name, value in os.environ.items() if name.startswith("PLANT")}
    counted.merge(asyncio.run(_run(points, seed, env)))
    return counted.finish()


if __name__ == "__main__":
    sys.exit(main())
