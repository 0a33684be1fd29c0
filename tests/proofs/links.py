"""``make links CYCLES=…``: the long connection is cut, frozen, refused and moved, with the vendors' clients at our end.

Real sockets and real processes, at a tenth of the time: every length that the line, its children and the watch over
them live by is divided by ``SCALE``, and nothing else. So what is measured here, times ``SCALE``, is what happens in
seconds: a gap is noticed within 90, the line is back 5 after the platform is, no acknowledged word is missing from the
store, and each gap is written down once and, on DingTalk, told once if it lasted two seconds.
"""

from __future__ import annotations

import asyncio
import functools
import random
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from tests.proofs import progress, rig, score, witness, zygote

SCALE = 10.0
NOTICED_WITHIN_S = 90.0
BACK_WITHIN_S = 5.0
TOLD_FROM_S = 2.0
"""A shorter gap is written down, and nobody is called."""
NEVER_S = 300.0
A_TOWN = 5
"""Cycles in one town; a town has both platforms, and both are struck at once."""

Faults = list[dict[str, Any]]


def _stream(kind: str) -> Callable[[str], Faults]:
    return lambda platform: [{"stream": platform, "kind": kind, "times": 1}]


def _gone(first: str, then: str) -> Callable[[str], Faults]:
    """The connection goes, and whoever asks for a new one gets this."""

    def faults(platform: str) -> Faults:
        return [
            {"stream": platform, "kind": first, "times": 1},
            {"match": {"platform": platform, "path": OPENING[platform]}, "kind": then, "times": 0},
        ]

    return faults


def _turned_away(platform: str) -> Faults:
    return [
        {"stream": platform, "kind": "disconnect", "times": 1},
        {"stream": platform, "kind": "refuse", "times": 0},
    ]


OPENING = {"feishu": "/callback/ws/endpoint", "dingtalk": "/v1.0/gateway/connections/open"}

KINDS: dict[str, tuple[Callable[[str], Faults], float]] = {
    "half-open": (_stream("silent"), 0.0),
    "silent server": (_gone("silent", "slow:30s"), 120.0),
    "disconnect": (_stream("disconnect"), 0.0),
    "connect refused": (_turned_away, 40.0),
    "no answer to hello": (_gone("disconnect", "cut"), 40.0),
    "endpoint 5xx": (_gone("disconnect", "status:500"), 40.0),
    "second connection": (_stream("reorder"), 0.0),
}
"""What strikes, and how many seconds it lasts after the gap was noticed.

``no answer to hello`` stands for a broken TLS handshake: the town speaks plain HTTP, and to a client both are a socket
that is closed before it said anything. ``disconnect`` is a cut on Feishu and the frame of that name on DingTalk.
"""


# ── A tenth of the time ───────────────────────────────────────────────────────────────────────────


def hasten() -> None:
    """Divide every length by ``SCALE``; in the server from which bots and lines are forked."""
    import adapters.child
    import adapters.dingtalk.line
    import adapters.feishu.line
    import adapters.line
    import bot.lines

    whole = adapters.child.Patience()
    lengths = {name: getattr(whole, name) / SCALE for name in adapters.child.Patience.__slots__}
    adapters.line.Patience = functools.partial(adapters.child.Patience, **lengths)  # type: ignore[assignment, misc]
    bot.lines.LOOK_EVERY_S /= SCALE
    bot.lines.TOLD_FROM_S /= SCALE
    for module, names in (
        (adapters.feishu.line, ("PING_S", "NONCE_S", "RECONNECT_S", "HTTP_TIMEOUT_S")),
        (
            adapters.dingtalk.line,
            ("OPEN_S", "PING_S", "PONG_S", "DRAIN_S", "SETTLED_S", "FIRST_PAUSE_S", "LONGEST_PAUSE_S"),
        ),
    ):
        for name in names:
            setattr(module, name, getattr(module, name) / SCALE)


def serve(path: str) -> None:
    zygote.warm()
    hasten()
    zygote.serve(Path(path))


# ── One town ──────────────────────────────────────────────────────────────────────────────────────


async def _town(seed: int, number: int, cycles: int) -> score.Score:
    counted = score.Score("make links", seed)
    rng = random.Random(f"{seed}/links/{number}")
    folder = Path(tempfile.mkdtemp(prefix="yizhan-links-"))
    program = ("-c", "import sys; from tests.proofs import links; links.serve(sys.argv[1])")
    try:
        async with (
            rig.zygote(folder, program=program) as forks,
            rig.rig(
                folder / "town",
                forks,
                platforms=("feishu", "dingtalk"),
                start="",
                seed=1 + number,
                settings={"dingtalk.ping_s": 20 / SCALE},
            ) as place,
        ):
            await place.start_bot()
            kinds = [list(KINDS)[(number * A_TOWN + n) % len(KINDS)] for n in range(cycles)]
            speaking = asyncio.ensure_future(_speak(place, rng))
            for kind in kinds:
                for platform, seen in zip(
                    place.platforms,
                    await asyncio.gather(*(_cycle(place, platform, kind) for platform in place.platforms)),
                    strict=True,
                ):
                    counted.count()
                    for what in seen.wrong():
                        counted.fail(
                            f"{kind} on {platform}: {what}", f"make links CYCLES={cycles} SEED={seed}"
                        )
                    _note(counted, kind, seen)
            speaking.cancel()
            await asyncio.gather(speaking, return_exceptions=True)
            await asyncio.sleep(20 / SCALE)
            _judge(counted, place)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return counted


class Seen:
    """One gap, in the seconds of an unhurried clock."""

    noticed_s: float | None = None
    back_s: float | None = None
    rows_before = 0
    rows = 0

    def __init__(self, *, must_break: bool, in_flight_s: float) -> None:
        self.must_break = must_break
        self.in_flight_s = in_flight_s

    def wrong(self) -> list[str]:
        found = []
        if self.must_break and (self.noticed_s is None or self.noticed_s > NOTICED_WITHIN_S):
            found.append(f"noticed after {self.noticed_s} s")
        if self.back_s is None or self.back_s > BACK_WITHIN_S + self.in_flight_s:
            found.append(f"back after {self.back_s} s")
        gaps = self.rows - self.rows_before
        if gaps > 1 or (self.noticed_s is not None and self.must_break and gaps != 1):
            found.append(f"{gaps} gaps written down")
        return found


async def _cycle(place: Any, platform: str, kind: str) -> Seen:
    """Strike; wait until the bot says so; let the platform come back; wait until the line stands."""
    faults, lasts_s = KINDS[kind]
    seen = Seen(
        must_break=kind not in MENDED_AT_ONCE, in_flight_s=HANGS_S if kind == "silent server" else 0.0
    )
    seen.rows_before = _gaps(place, platform)
    began_s = time.monotonic()
    _strike(place, platform, faults(platform))
    longest_s = NEVER_S if seen.must_break else 10.0
    if await _until(lambda line: line != "open", place, platform, longest_s, seen):
        seen.noticed_s = (time.monotonic() - began_s) * SCALE
        await asyncio.sleep(lasts_s / SCALE)
    _strike(place, platform, [])
    returned_s = time.monotonic()
    if await _until(lambda line: line == "open", place, platform, NEVER_S):
        seen.back_s = (time.monotonic() - returned_s) * SCALE
    await asyncio.sleep(6 / SCALE)  # so that the watch, which looks every two seconds, has looked
    seen.rows = _gaps(place, platform)
    return seen


MENDED_AT_ONCE = frozenset({"second connection", "disconnect"})
"""A cut that is mended at once, or a move with an overlap, need not be seen as a gap."""

HANGS_S = 10.0
"""A request that a silent server took before it came back is given up after so long, and only then asked again."""


def _strike(place: Any, platform: str, faults: Faults) -> None:
    """A list replaces the other one of the same platform; the other platform's stays."""
    kept = [
        one
        for one in place.town.faults.shown()
        if platform not in (one.get("stream"), (one.get("match") or {}).get("platform"))
    ]
    place.town.faults.replace([*kept, *faults])
    place.town.platforms[platform].faults_changed()


async def _until(
    holds: Callable[[str], bool], place: Any, platform: str, longest_s: float, gap: Seen | None = None
) -> bool:
    """Also when a gap was written down meanwhile: a short one is over before anybody has asked."""
    deadline_s = time.monotonic() + longest_s / SCALE
    while time.monotonic() < deadline_s:
        status: Mapping[str, Any] = await place.status()
        if holds(str(status.get("lines", {}).get(platform))):
            return True
        if gap is not None and _gaps(place, platform) > gap.rows_before:
            return True
        await asyncio.sleep(0.02)
    return False


def _gaps(place: Any, platform: str) -> int:
    with sqlite3.connect(f"file:{place.folder / 'data' / 'yizhan.db'}?mode=ro", uri=True, timeout=10) as conn:
        found = conn.execute("SELECT count(*) FROM gaps WHERE platform = ?", (platform,)).fetchone()[0]
    conn.close()
    return int(found)


async def _speak(place: Any, rng: random.Random) -> None:
    """People go on asking, whatever the line does; what cannot be delivered is the platform's to keep or to lose."""
    number = 0
    while True:
        await asyncio.sleep(rng.uniform(2, 10) / SCALE)
        platform = rng.choice(place.platforms)
        person = rng.choice(sorted(place.town.people[platform].values(), key=lambda one: one.id))
        number += 1
        with suppress(Exception):
            await place.town.platforms[platform].say(person, "bot", f"L{number} 你会什么", [])


def _judge(counted: score.Score, place: Any) -> None:
    file = place.folder / "data" / "yizhan.db"
    for platform in place.platforms:
        for missing in witness.acknowledged_and_missing(place.town, file, platform):
            counted.lost += 1
            counted.fail(f"{platform}: acknowledged and not kept: {missing}")
    with witness.open_store(file) as store:
        rows = store.execute("SELECT platform, since, until FROM gaps").fetchall()
        noted = [row[0] for row in store.execute("SELECT subject FROM audit WHERE act = 'line-gap'")]
        told = store.execute(
            "SELECT count(DISTINCT cause) FROM outbox WHERE cause LIKE 'gap:dingtalk:%'"
        ).fetchone()[0]
    store.close()
    for platform in place.platforms:
        gaps = sum(row["platform"] == platform for row in rows)
        if gaps != noted.count(platform):
            counted.fail(f"{platform}: {gaps} gaps and {noted.count(platform)} notes in the audit log")
    lengths = [
        (datetime.fromisoformat(row["until"]) - datetime.fromisoformat(row["since"])).total_seconds() * SCALE
        for row in rows
        if row["platform"] == "dingtalk" and row["until"]
    ]
    worth = sum(one > 1.1 * TOLD_FROM_S for one in lengths)
    if not worth <= told <= sum(one > 0.9 * TOLD_FROM_S for one in lengths):
        counted.fail(f"dingtalk: {told} gaps told, of {[round(one, 1) for one in lengths]} s")
    counted.more["gaps"] = counted.more.get("gaps", 0) + len(rows)


def _note(counted: score.Score, kind: str, seen: Seen) -> None:
    kinds = counted.more.setdefault("kinds", {})
    kinds[kind] = kinds.get(kind, 0) + 1
    longest = counted.more.setdefault("longest", {})
    for name, value in (("noticed_s", seen.noticed_s), ("back_s", seen.back_s)):
        if value is not None:
            longest[name] = max(longest.get(name, 0.0), round(value, 1))


# ── Running ───────────────────────────────────────────────────────────────────────────────────────


def _worker(seed: int, towns: list[tuple[int, int]]) -> dict[str, Any]:
    async def together() -> dict[str, Any]:
        counted = score.Score("make links", seed)
        room = asyncio.Semaphore(TOGETHER)

        async def one(number: int, cycles: int) -> None:
            async with room:
                try:
                    done = await _town(seed, number, cycles)
                except Exception as error:
                    counted.fail(f"town {number}: {error!r}")
                    return
                longest = counted.more.pop("longest", {})
                theirs = done.more.pop("longest", {})
                counted.merge(done.as_json())
                counted.more["longest"] = {
                    name: max(longest.get(name, 0.0), theirs.get(name, 0.0)) for name in {*longest, *theirs}
                }

        await asyncio.gather(*(one(*town) for town in towns))
        return counted.as_json()

    return asyncio.run(together())


TOGETHER = 4
"""Towns at the same time in one process: nearly all of a cycle is waiting."""


def main() -> int:
    cycles, seed, _ = score.asked("cycles", 20, __doc__ or "")
    counted = score.Score("make links", seed)
    pairs = -(-cycles // 2)
    towns = [(n, min(A_TOWN, pairs - n * A_TOWN)) for n in range(-(-pairs // A_TOWN))]
    workers = min(2, len(towns))
    progress.begin("points", 2 * pairs)
    longest: dict[str, float] = {}
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for done in pool.map(_worker, [seed] * workers, [towns[n::workers] for n in range(workers)]):
            theirs = done["more"].pop("longest", {})
            longest = {
                name: max(longest.get(name, 0.0), theirs.get(name, 0.0)) for name in {*longest, *theirs}
            }
            counted.merge(done)
    counted.more["longest"] = longest
    counted.more["scale"] = SCALE
    return counted.finish()


if __name__ == "__main__":
    sys.exit(main())
