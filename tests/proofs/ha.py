"""``make ha KILLS=…``: two instances on one PostgreSQL; the one that sends is killed, frozen, or cut off from the database.

Nobody gets anything twice, nothing is lost but what is promised as unknown, another goes on within the lease, and what
a frozen one or one that was cut off says later is refused. Sometimes the database is gone for both, and sometimes it
is the one that waits that dies. All seconds of the protocol are divided by the same number (``scaled``).

The judge reads the town's record and the database by SQL of its own.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import statistics
import sys
import tempfile
import time
import traceback
import uuid
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import asyncpg

from sandbox.clock import ClockError
from tests import postgres
from tests.proofs import notices, progress, rig, score, witness
from tests.proofs.rig import ROOT, Actor
from tests.proofs.scaled import LEASE_S

sys.path.insert(0, str(ROOT / "tests" / "ha"))

from instances import WARM, Instance, instances
from wire import Cut

A_TOWN = 10
"""Kills in one town."""
WORKERS = 3
HOWS = (
    "kill",
    "freeze",
    "cut",
    "gone",
    "kill",
    "cut",
    "freeze",
    "forgotten",
    "kill",
    "freeze",
    "cut",
    "other",
)
BREAKS = (Cut.RESET, Cut.SILENT, Cut.DEAF)
"""What lasts until it is mended."""
AWAY_S = 60.0
"""How long one stands still or is cut off, or the database is gone."""
ASKED_EVERY_S = 4.0
MACHINE_S = 1.0
"""Real seconds that processes and the database may take beside the protocol's own; and where the judge's own look at the
lease took long, so many times as long, since others' work does too."""
LAGS = 5
SETTLED_WITHIN_S = 90.0
"""Real seconds until everything that was asked for must have come to its end."""


@dataclass
class Place:
    """A town with two bots, and the judge's own way into their database."""

    bots: list[Instance]
    platform: str
    db: asyncpg.Pool
    faster: float
    counted: score.Score
    away: set[str] = field(default_factory=set)
    step_s: float = 2.0
    _turning: asyncio.Task[None] | None = None

    @property
    def town(self) -> Any:
        return self.bots[0].town

    def turn(self) -> None:
        """Civil time goes on, as fast as the protocol's seconds; nobody waits for whoever is away."""
        if self._turning is not None:
            self._turning.cancel()
        self._turning = asyncio.create_task(self._turn(tuple(self.away)))

    async def _turn(self, ignore: tuple[str, ...]) -> None:
        while True:
            with suppress(ClockError):
                await self.town.clock.advance(timedelta(seconds=self.step_s), ignore=ignore)
            await asyncio.sleep(2.0 / self.faster)

    async def stand(self) -> None:
        if self._turning is not None:
            self._turning.cancel()
            await asyncio.gather(self._turning, return_exceptions=True)

    async def epoch(self) -> int:
        """The lease's; 0 before the first."""
        return await self.db.fetchval("SELECT epoch FROM leases WHERE platform = $1", self.platform) or 0

    async def sender(self) -> Instance:
        """Whose process the lease names, as soon as one lives that it names."""
        async with asyncio.timeout(2 * LEASE_S / self.faster + 20):
            while True:
                owner = await self.db.fetchval("SELECT owner FROM leases WHERE platform = $1", self.platform)
                pid = str(owner or "").partition("-")[0]
                for bot in self.bots:
                    if bot.is_alive and bot.process is not None and str(bot.process.pid) == pid:
                        return bot
                await asyncio.sleep(0.05)

    async def rows(self, token: str) -> list[dict[str, Any]]:
        """Those that carry the words to people."""
        found = await self.db.fetch(
            "SELECT id, state, step, epoch, recipients::text AS recipients, told_at, error_kind, error FROM outbox"
            " WHERE announcement <> '' AND effect::text LIKE $1 AND recipients::text <> '[]'",
            f"%{token}%",
        )
        rows = [dict(row) for row in found]
        return [row for row in rows if str(row["step"]).split(":")[0] not in witness.ABOUT]

    async def is_heard(self, token: str) -> bool:
        return bool(await self.db.fetchval("SELECT count(*) FROM inbox WHERE body LIKE $1", f"%{token}%"))

    async def states(self, epoch: int) -> dict[int, str]:
        """What stands under an epoch."""
        return {
            row["id"]: row["state"]
            for row in await self.db.fetch(
                "SELECT id, state FROM outbox WHERE platform = $1 AND epoch = $2", self.platform, epoch
            )
        }

    def tick(self, table: str, name: str) -> None:
        row = self.counted.more.setdefault(table, {})
        row[name] = row.get(name, 0) + 1


# ── One point ─────────────────────────────────────────────────────────────────────────────────────


async def _point(place: Place, number: int, rng: random.Random) -> None:
    """Somebody asks; at a drawn moment something happens; in the end everybody has it once."""
    how, platform, town = HOWS[number % len(HOWS)], place.platform, place.town
    audience = rng.choice(notices.AUDIENCES[platform])
    token = f"H{number:03d}{rng.randrange(16**5):05X}"
    people = witness.members(town, platform, audience)
    person = town.people[platform][rng.choice(sorted(people))]
    author = Actor(place.bots[0], town.platforms[platform], person)
    meant = {"platform": platform, "path": notices.SENDS[platform], "body": token}
    weather = rng.choice(("plain", "slow", "slow", "lost-answer"))
    kind = {"slow": "slow:0.3s", "lost-answer": "lost-answer"}.get(weather)
    place.bots[0].faults(
        *([{"match": {**meant, "skip": rng.randrange(3)}, "times": 3, "kind": kind}] if kind else [])
    )
    await _to_its_hour(place)
    place.step_s = 2.0
    place.turn()
    await place.sender()
    asking = asyncio.create_task(_ask(place, author, audience, token))
    try:
        if rng.random() < 0.5:
            await asyncio.sleep(rng.uniform(0.0, 1.5))
        else:
            with suppress(TimeoutError):
                await _until(lambda: place.rows(token), 20)
            await asyncio.sleep(rng.uniform(0.0, 0.6))
        await _happens(place, how, rng)
        place.bots[0].faults()
        place.step_s = 5.0
        place.turn()
        await asyncio.wait_for(asyncio.shield(asking), SETTLED_WITHIN_S)
        with suppress(TimeoutError):
            await _until(lambda: _is_over(place, token), SETTLED_WITHIN_S)
    finally:
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        await place.stand()
    verdict = witness.judge_rows(
        town,
        await place.rows(token),
        platform,
        token,
        people,
        may_be_unknown=notices.SLOTS + 3 if platform == "dingtalk" else 0,
    )
    place.counted.add(verdict, f"{platform} {how}/{weather}/{audience}")
    place.tick("how", how)
    place.tick("weather", weather)


async def _to_its_hour(place: Place) -> None:
    """While people are at work, and long enough before they go to lunch or home."""
    now = place.town.clock.now()
    hour = now.hour + now.minute / 60
    if 10.1 <= hour < 11 or 15.6 <= hour < 16.6:
        return
    at = now.replace(hour=15, minute=40) if 10 < hour < 15.6 else now.replace(hour=10, minute=10)
    while at <= now or at.weekday() >= 5:
        at += timedelta(days=1)
    await place.town.clock.set(at)


async def _ask(place: Place, author: Actor, audience: str, token: str) -> None:
    """As a person would: say it, press while a card asks for it, say it again if nobody has heard it."""
    said_at = None
    while not await place.rows(token):
        now = place.town.clock.now()
        heard = [one for one in author.heard() if token in one.text]
        if said_at is None or (
            not heard and now - said_at > timedelta(minutes=3) and not await place.is_heard(token)
        ):
            if said_at is not None:
                place.tick("people", "said again")
            said_at = now
            words = f"通知{audience}：{token} 号设备检修，请提前保存"
            await author.platform.say(author.person, "bot", words, [])
        for message in heard[-1:]:
            for action, label in author.platform.buttons(message):
                if label in notices.CONFIRM:
                    with suppress(Exception):  # what the presser sees on the screen
                        await author.platform.press(author.person, message, action)
                        place.tick("people", "pressed")
        await asyncio.sleep(0.25)


async def _is_over(place: Place, token: str) -> bool:
    rows = await place.rows(token)
    return bool(rows) and all(row["state"] in witness.TERMINAL for row in rows)


async def _happens(place: Place, how: str, rng: random.Random) -> None:
    """It happens to whoever sends just then, another takes over, it is over; all of it measured."""
    sender = await place.sender()
    other = next(bot for bot in place.bots if bot is not sender)
    away_s = AWAY_S / place.faster
    match how:
        case "other":
            await other.kill_the_bot()
            await asyncio.sleep(rng.uniform(0, 2))
            await other.start_bot()
        case "gone":
            await _gone(place, rng, away_s)
        case "forgotten":
            for bot in place.bots:
                await bot.wire.cut(Cut.FORGOTTEN)
        case _:
            await _falls(place, how, sender, rng, away_s)


async def _gone(place: Place, rng: random.Random, away_s: float) -> None:
    """The database is gone for both; when it is back somebody sends again."""
    cut = rng.choice(BREAKS)
    place.away = {bot.name for bot in place.bots}
    place.turn()
    for bot in place.bots:
        await bot.wire.cut(cut)
    await asyncio.sleep(away_s)
    for bot in place.bots:
        await bot.wire.mend(keep=cut is not Cut.RESET and rng.random() < 0.5)
    place.away = set()
    place.turn()
    took_s = await _taken(place, 0)
    place.counted.more.setdefault("resumed_s", []).append(took_s * place.faster)
    place.tick("cuts", f"both {cut}")


async def _taken(place: Place, epoch: int) -> float:
    """Real seconds until a lease newer than this is held and lasts."""
    began_s, lag_s = time.monotonic(), 0.0
    async with asyncio.timeout(3 * LEASE_S / place.faster + 60):
        while True:
            looked_s = time.monotonic()
            row = await place.db.fetchrow(
                "SELECT epoch FROM leases WHERE platform = $1 AND owner <> '' AND expires_at > clock_timestamp()",
                place.platform,
            )
            lag_s = max(lag_s, time.monotonic() - looked_s)
            if row is not None and row["epoch"] > epoch:
                break
            await asyncio.sleep(0.05)
    took_s = time.monotonic() - began_s
    if took_s > (LEASE_S + ASKED_EVERY_S) / place.faster + MACHINE_S + LAGS * lag_s:
        place.counted.fail(f"{place.platform}: nobody took over for {took_s * place.faster:.1f} s")
    return took_s


async def _falls(place: Place, how: str, sender: Instance, rng: random.Random, away_s: float) -> None:
    epoch, began_s = await place.epoch(), time.monotonic()
    cut = rng.choice(BREAKS)
    if how == "kill":
        await sender.kill_the_bot()
    elif how == "freeze":
        sender.freeze()
    else:
        await sender.wire.cut(cut)
        place.away = {sender.name}
        place.tick("cuts", cut.value)
    place.turn()
    watching = asyncio.create_task(_taken(place, epoch))
    if how == "kill" and rng.random() < 0.5:
        await sender.start_bot()
    place.counted.more.setdefault("takeover_s", []).append(await watching * place.faster)
    left = await place.states(epoch)
    if how == "kill":
        if not sender.is_alive:
            await sender.start_bot()
        return
    await asyncio.sleep(max(0.0, began_s + away_s - time.monotonic()))
    said = sender.says("mark refused") + sender.says("sending lease lost")
    if how == "freeze":
        sender.thaw()
    else:
        await sender.wire.mend(keep=cut is not Cut.RESET and rng.random() < 0.5)
        place.away = set()
        place.turn()
    await asyncio.sleep(2 + LEASE_S / place.faster / 2)
    now = await place.states(epoch)
    accepted = [
        id_ for id_, state in left.items() if state == "attempted" and now.get(id_, state) != "attempted"
    ]
    place.counted.more["zombies"] = place.counted.more.get("zombies", 0) + 1
    refused = sender.says("mark refused") + sender.says("sending lease lost") - said
    place.counted.more["refused"] = place.counted.more.get("refused", 0) + refused
    place.counted.more["accepted"] = place.counted.more.get("accepted", 0) + len(accepted)
    if accepted:
        place.counted.fail(
            f"{place.platform} {how}: marks of an epoch that is over were taken: rows {accepted}"
        )


async def _until(condition: Callable[[], Any], within_s: float) -> None:
    async with asyncio.timeout(within_s):
        while not await condition():  # noqa: ASYNC110 - other processes are what is waited for
            await asyncio.sleep(0.05)


# ── A town ────────────────────────────────────────────────────────────────────────────────────────


@asynccontextmanager
async def _database(server: str) -> AsyncIterator[str]:
    """A fresh one, by the server's socket."""
    name = f"d{uuid.uuid4().hex[:12]}"
    admin = await asyncpg.connect(server.format(name="postgres"))
    try:
        await admin.execute(f"CREATE DATABASE {name}")
    finally:
        await admin.close()
    yield server.format(name=name)


async def _town(
    number: int, kills: int, seed: int, server: str, faster: float, forks: rig.Zygote
) -> score.Score:
    counted = score.Score("make ha", seed)
    repeat = f"make ha KILLS={kills} SEED={seed} TOWN={number}"
    rng = random.Random(f"{seed}/ha/{number}")
    platform = ("feishu", "dingtalk")[number % 2]
    folder = Path(tempfile.mkdtemp(prefix="yizhan-ha-"))
    try:
        async with (
            _database(server) as database,
            instances(
                folder, database, platform, "one", "two",
                start=notices.STARTS, seed=1 + number, faster=faster, forks=forks,
            ) as bots,
        ):  # fmt: skip
            for bot in bots:
                await bot.start_bot()
            db = await asyncpg.create_pool(database, min_size=1, max_size=4)
            place = Place(bots, platform, db, faster, counted)
            try:
                for point in range(kills):
                    failed = len(counted.failures)
                    try:
                        async with asyncio.timeout(4 * SETTLED_WITHIN_S):
                            await _point(place, number * A_TOWN + point, rng)
                    except Exception as error:
                        counted.count()
                        counted.fail(f"{platform} point {point}: {error!r} {_where(error)}")
                    if len(counted.failures) > failed:
                        await _keep_logs(bots, number, point)
                        break
                for found in await _in_the_end(place):
                    counted.fail(f"{platform} town {number}: {found}")
            finally:
                await place.stand()
                await db.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    counted.failures = [(what, repeat) for what, _ in counted.failures]
    return counted


async def _in_the_end(place: Place) -> list[str]:
    """Acknowledged and not written, and the audit's chain."""
    rows = await place.db.fetch("SELECT event_id, cause FROM inbox")
    known = {value for row in rows for value in row}
    found = witness.acknowledged_and_not_among(place.town, known, place.platform)
    previous = None
    for row in await place.db.fetch("SELECT seq, previous, hash FROM audit ORDER BY seq"):
        if previous is not None and row["previous"] != previous:
            found.append(f"the audit's chain is broken at {row['seq']}")
        previous = row["hash"]
    return found


def _where(error: BaseException) -> str:
    """The lines of this file that it passed."""
    passed = traceback.extract_tb(error.__traceback__)
    return " > ".join(f"{line.name}:{line.lineno}" for line in passed if line.filename == __file__)


async def _keep_logs(bots: list[Instance], town: int, point: int) -> None:
    """Where ``HA_LOGS`` says, else nowhere: what both said until something failed, and what they wait for now."""
    if (kept := os.environ.get("HA_LOGS")) is None:
        return
    for bot in bots:
        if bot.is_alive and bot.process is not None:
            bot.process.send_signal(signal.SIGUSR1)
    await asyncio.sleep(1)  # a signal has no answer; only who looks for a fault waits here
    for bot in bots:
        Path(kept, f"{town}-{point}-{bot.name}.log").write_text(bot.log(), encoding="utf-8")


# ── All of them ───────────────────────────────────────────────────────────────────────────────────


def _worker(towns: list[tuple[int, int]], seed: int, server: str, faster: float) -> dict[str, Any]:
    return asyncio.run(_towns(towns, seed, server, faster))


async def _towns(towns: list[tuple[int, int]], seed: int, server: str, faster: float) -> dict[str, Any]:
    counted = score.Score("make ha", seed)
    folder = Path(tempfile.mkdtemp(prefix="yizhan-zygote-"))
    try:
        async with rig.zygote(folder, {"WARM": WARM}) as forks:
            for number, kills in towns:
                counted.merge((await _town(number, kills, seed, server, faster, forks)).as_json())
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return counted.as_json()


def run(counted: score.Score, kills: int, server: str, faster: float, only: int | None) -> None:
    if only is not None:
        towns = [(only, kills)]
    else:
        number = max(-(-kills // A_TOWN), min(kills, 2))
        towns = [(town, kills // number + (town < kills % number)) for town in range(number)]
    progress.begin("kills", sum(kills for _, kills in towns))
    workers = min(WORKERS, len(towns))
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        shares = [towns[n::workers] for n in range(workers)]
        for task in [pool.submit(_worker, share, counted.seed, server, faster) for share in shares]:
            counted.merge(task.result())


def _figures(more: dict[str, Any]) -> None:
    """Seconds of the product: what was measured, times the number by which all was shortened."""
    for name in ("takeover_s", "resumed_s"):
        every = more.pop(name, [])
        if every:
            more[name] = {
                "times": len(every),
                "median": round(statistics.median(every), 1),
                "max": round(max(every), 1),
            }


def main() -> int:
    kills, seed, rest = score.asked("kills", 10, __doc__ or "")
    options = dict(one.removeprefix("--").split("=", 1) for one in rest)
    faster, only = float(options.get("faster", 5.0)), options.get("town")
    counted = score.Score("make ha", seed)
    try:
        with postgres.server() as server:
            socket = str(server.get_uri()).partition("host=")[2]
            address = f"postgresql://postgres@/{{name}}?host={socket}"
            run(counted, kills, address, faster, None if only is None else int(only))
    except postgres.NotHere as error:
        print(f"SKIPPED: no PostgreSQL here: {error}", flush=True)
        counted.more["skipped"] = 1
        return 1 if os.environ.get("CI") == "true" else counted.finish()
    _figures(counted.more)
    return counted.finish()


if __name__ == "__main__":
    sys.exit(main())
