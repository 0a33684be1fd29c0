"""``make restore RUNS=…``: a backup under load, the bot killed meanwhile, a restore: nobody sees anything twice.

Each run is a town of its own. Words are sent before, during and after the copy is made; then the copy takes the
store's place. Until a human releases a row, nothing reaches anybody; afterwards exactly the released row does.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import sqlite3
import sys
import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot import control
from tests.proofs import notices, progress, rig, score, witness
from tests.proofs.rig import Rig

BEFORE, AFTER = 3, 2
"""Requests sent before the copy, and asked for after it; one waits while it is made, one more is being asked for."""


async def _asks(place: Rig, platform: str, token: str, rng: random.Random, *, held: bool) -> None:
    audience = rng.choice(notices.AUDIENCES[platform])
    point = notices.Point("", "plain", audience, token, held)
    author = notices.author(place, platform, audience, rng)
    await notices.ask(place, author, point)


async def _copied(place: Rig, file: Path) -> str:
    """Ask the living bot for a copy: its answer, or ``""`` when it died."""
    try:
        async for line in control.ask(place.folder / "data", "backup", {"file": str(file)}):
            return str(line.get("answer") or line.get("refused"))
    except (control.NoBot, ConnectionError, ValueError):
        pass
    return ""


async def one_run(seed: int, number: int, folder: Path, forks: rig.Zygote) -> score.Score:
    counted = score.Score("make restore", seed)
    rng = random.Random(f"{seed}/restore/{number}")
    platform = ("feishu", "dingtalk")[number % 2]
    kill_meanwhile = number % 3 == 2
    repeat = f"make restore SEED={seed} RUN={number}"
    file = folder / "copy.db"
    tokens = [f"R{number:03d}{n}{rng.randrange(16**4):04X}" for n in range(BEFORE + 2 + AFTER)]
    async with rig.rig(folder, forks, platforms=(platform,), start=notices.STARTS, seed=1 + number) as place:
        await place.start_bot()
        await place.rest()
        for n in range(BEFORE):
            await _asks(place, platform, tokens[n], rng, held=False)
        await place.town.clock.set(place.town.clock.now().replace(hour=20, minute=30))
        await _asks(place, platform, tokens[BEFORE], rng, held=True)
        await place.rest()
        asking = asyncio.ensure_future(_asks(place, platform, tokens[-1], rng, held=True))
        await asyncio.sleep(rng.uniform(0, 0.1))
        copying = asyncio.ensure_future(_copied(place, file))
        if kill_meanwhile:
            await asyncio.sleep(rng.uniform(0, 0.02))
            await place.kill_the_bot()
        said = await copying
        await asyncio.gather(asking, return_exceptions=True)
        if not file.exists():
            if not kill_meanwhile:
                counted.fail(f"{platform} run {number}: no copy was made: {said}", repeat)
                return counted
            await place.start_bot()
            await place.rest()
            await _copied(place, file)
        for broken in witness.integrity(file):
            counted.fail(f"{platform} run {number}: the copy: {broken}", repeat)
        if place.is_dead:
            await place.start_bot()
            await place.rest()
        for n in range(AFTER):
            await _asks(place, platform, tokens[BEFORE + 1 + n], rng, held=True)
        await place.town.clock.set(notices.released_by(place))
        await place.kill_the_bot()
        seen = _everything(place, platform)
        code, out = await place.run("restore", str(file))
        if code != 0:
            counted.fail(f"{platform} run {number}: restore ended with {code}: {out}", repeat)
            return counted
        store = folder / "data" / "yizhan.db"
        for broken in witness.integrity(store):
            counted.fail(f"{platform} run {number}: the store: {broken}", repeat)
        waiting = _quarantined(store)
        if loose := _waiting(store):
            counted.fail(f"{platform} run {number}: {loose} rows wait without a human's yes", repeat)
        await place.start_bot()
        await place.town.clock.advance(timedelta(hours=26))
        counted.count()
        again = _everything(place, platform) - seen
        if again:
            counted.doubled += sum(again.values())
            counted.fail(f"{platform} run {number}: seen after the restore: {list(again)[:3]}", repeat)
        await _release(place, platform, waiting, counted, repeat)
        counted.more["quarantined"] = counted.more.get("quarantined", 0) + len(waiting)
    return counted


async def _release(
    place: Rig, platform: str, waiting: list[tuple[int, int]], counted: score.Score, repeat: str
) -> None:
    """A human lets one row go, and it leaves (where the platform knows its key, nobody sees it twice even so)."""
    notices = [(row, people) for row, people in waiting if people]
    if not notices:
        return
    async for line in control.ask(place.folder / "data", "outbox.release", {"ids": [notices[0][0]]}):
        assert line.get("answer") == 1, line
    await place.rest()
    await place.town.clock.advance(timedelta(minutes=30))
    with witness.open_store(place.folder / "data" / "yizhan.db") as store:
        state = store.execute("SELECT state FROM outbox WHERE id = ?", (notices[0][0],)).fetchone()[0]
    store.close()
    if state != "sent":
        counted.lost += 1
        counted.fail(f"{platform}: a released row is {state}", repeat)


def _everything(place: Rig, platform: str) -> Counter[tuple[str, str]]:
    """Every message of the bot as people see it: who, and which."""
    return Counter(
        (message.person or message.chat or "", message.id)
        for message in place.town.log[platform]
        if message.sender == "bot"
    )


def _waiting(store: Path) -> int:
    """Rows that could leave by themselves."""
    with sqlite3.connect(f"file:{store}?mode=ro", uri=True) as conn:
        found = conn.execute(
            "SELECT count(*) FROM outbox WHERE state IN ('held', 'due', 'attempted')"
        ).fetchone()
    conn.close()
    return int(found[0])


def _quarantined(store: Path) -> list[tuple[int, int]]:
    with sqlite3.connect(f"file:{store}?mode=ro", uri=True) as conn:
        found = conn.execute(
            "SELECT id, announcement <> '' AND step NOT IN ('card', 'face', 'fade', 'preview') FROM outbox"
            " WHERE state = 'quarantined' ORDER BY id"
        ).fetchall()
    conn.close()
    return [(int(row[0]), int(row[1])) for row in found]


async def _runs(seed: int, numbers: list[int]) -> dict[str, Any]:
    counted = score.Score("make restore", seed)
    folder = Path(tempfile.mkdtemp(prefix="yizhan-restore-"))
    env = {name: value for name, value in os.environ.items() if name.startswith("PLANT")}
    try:
        async with rig.zygote(folder, env) as forks:
            for number in numbers:
                try:
                    counted.merge((await one_run(seed, number, folder / str(number), forks)).as_json())
                except Exception as error:
                    counted.fail(f"run {number}: {error!r}", f"make restore SEED={seed} RUN={number}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return counted.as_json()


def main() -> int:
    runs, seed, rest = score.asked("runs", 5, __doc__ or "")
    only = next((int(one.partition("=")[2]) for one in rest if one.startswith("--run=")), None)
    counted = score.Score("make restore", seed)
    numbers = list(range(runs)) if only is None else [only]
    progress.begin("runs", len(numbers))
    counted.merge(asyncio.run(_runs(seed, numbers)))
    return counted.finish()


if __name__ == "__main__":
    sys.exit(main())
