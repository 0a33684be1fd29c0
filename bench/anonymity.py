"""Whether answers can be tied to people: ``python -m bench.anonymity [--polls N]``; figures, and a JSON line last.

Every questionnaire is answered through the real intake, store and box, on SQLite and, a tenth of them, on PostgreSQL; an
attacker copies the database after every press (which is more than hourly backups and every prefix of the write-ahead
log), reads the finished files and the log byte by byte, and pairs people with what was written. The control stores the
same answers as one would without much thought: two tables, a random id, one transaction. Every attack has to link it,
or the attack proves nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import logging
import math
import os
import random
import shutil
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.linking import ATTACKS, ON_POSTGRES, Attacks, Loot, Sealed, naive
from bench.views import Server, Sqlite
from bot.store import migrate

VOTERS = (10, 16)
LEAST_CONTROL = 0.95
"""Of the naive layout every attack must link so many."""
FEWEST_ON_POSTGRES = 3
FAMILY = 0.01
"""How often an honest box may be called a leak, over all attacks of one run of 100 polls or more."""
SMALL_FAMILY = 1e-6
"""The same of a small share, which runs with every change and must not cry wolf."""


@dataclass
class Count:
    """Over all questionnaires, for each attack: people tied to their words, and how many chance would tie."""

    attacks: Attacks
    people: int = 0
    linked: dict[str, int] = field(default_factory=dict)
    chance: float = 0.0
    opened: int = 0
    raw: int = 0

    def add(self, loot: Loot) -> None:
        self.people += len(loot.truth)
        self.chance += 1.0  # a random pairing ties one person a questionnaire, however many there are
        self.opened += loot.opened
        self.raw += loot.raw
        for name, attack in self.attacks.items():
            claimed = attack(loot)
            right = sum(loot.truth[person] == words for person, words in claimed.items())
            self.linked[name] = self.linked.get(name, 0) + right


def limit(polls: int, alpha: float) -> int:
    """The most that chance ties in ``polls`` questionnaires (Poisson, mean 1 each), but for one in 1/alpha runs."""
    total, k = math.exp(-polls), 0
    term = total
    while total < 1 - alpha:
        k += 1
        term *= polls / k
        total += term
    return k


async def measure(polls: int, seed: int) -> tuple[Count, Count]:
    """The box, and the control, on SQLite."""
    rng = random.Random(seed)
    sealed, control = Count(ATTACKS), Count(ATTACKS)
    folder = Path(tempfile.mkdtemp(prefix="yizhan-anonymity-"))
    try:
        template = folder / "template.db"
        await asyncio.to_thread(migrate.upgrade_sqlite, template)
        for nth in range(polls):
            votes = _votes(rng)
            where = folder / str(nth)
            where.mkdir()
            shutil.copy(template, where / "yizhan.db")
            with closing(Sqlite(where / "yizhan.db")) as view, _logs() as logs:
                sealed.add(await Sealed(where, view, votes).run(logs))
            with closing(Sqlite(where / "naive.db")) as view:
                control.add(await naive(view, votes))
            shutil.rmtree(where)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return sealed, control


async def measure_on_postgres(polls: int, seed: int, server: Server) -> tuple[Count, Count]:
    """The same on PostgreSQL."""
    rng = random.Random(seed)
    sealed, control = Count(ON_POSTGRES), Count(ON_POSTGRES)
    await asyncio.to_thread(migrate.upgrade_postgres, server.url("template1"))
    for _ in range(polls):
        votes = _votes(rng)
        where = Path(tempfile.mkdtemp(prefix="yizhan-anonymity-"))
        try:
            async with server.database("template1") as view:
                with _logs() as logs:
                    sealed.add(await Sealed(where, view, votes).run(logs))
            async with server.database("template0") as view:
                control.add(await naive(view, votes))
        finally:
            shutil.rmtree(where, ignore_errors=True)
    return sealed, control


@contextmanager
def _logs() -> Iterator[Callable[[], str]]:
    """All that is logged meanwhile, down to the last detail."""
    logs = io.StringIO()
    handler = logging.StreamHandler(logs)
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield logs.getvalue
    finally:
        root.removeHandler(handler)
        root.setLevel(before)


@contextmanager
def _server() -> Iterator[Server | None]:
    """A PostgreSQL of our own; ``None`` where there is no wheel of it, which must not happen to ``.ci/run``."""
    folder = Path(tempfile.mkdtemp(prefix="yizhan-pg-"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own, about folders of the desktop
        try:
            import pgserver

            server = pgserver.get_server(folder, cleanup_mode="stop")
            server.psql("ALTER SYSTEM SET fsync = off;")
            server.psql("SELECT pg_reload_conf();")
        except Exception as error:
            if os.environ.get("CI") == "true":
                raise
            print(f"SKIPPED on PostgreSQL: {error}")
            server = None
    try:
        yield None if server is None else Server(server)
    finally:
        if server is not None:
            server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _votes(rng: random.Random) -> dict[str, tuple[int, str]]:
    """Who answers what, in the order in which they press; every text is its author's alone."""
    people = [f"ou_{rng.randrange(16**12):012x}" for _ in range(rng.randint(*VOTERS))]
    words = "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年"
    return {
        person: (rng.randrange(5), "".join(rng.choices(words, k=rng.randint(12, 60)))) for person in people
    }


def report(polls: int, sealed: Count, control: Count, took_s: float) -> dict[str, object]:
    alpha = FAMILY if polls >= 100 else SMALL_FAMILY
    most = limit(polls, alpha / len(sealed.attacks))
    worst = min(control.linked.values()) / control.people
    held = all(one <= most for one in sealed.linked.values()) and not sealed.opened and not sealed.raw
    return {
        "polls": polls,
        "people": sealed.people,
        "sealed": sealed.linked,
        "chance": sealed.chance,
        "limit": most,
        "opened": sealed.opened,
        "raw": sealed.raw,
        "control": {name: round(n / control.people, 3) for name, n in control.linked.items()},
        "took_s": round(took_s, 1),
        "ok": held and worst >= LEAST_CONTROL,
    }


def _show(engine: str, found: dict[str, object], sealed: Count, control: Count) -> None:
    _row(engine, "sealed box", "chance", "limit", "control")
    for name in sealed.attacks:
        linked = f"{control.linked[name]}/{control.people}"
        _row(name, sealed.linked[name], f"{sealed.chance:.0f}", found["limit"], linked)
    _row("boxes opened", sealed.opened, "", 0)
    _row("raw presses", sealed.raw, "", 0)
    print()


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--polls", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    began = time.monotonic()
    sealed, control = asyncio.run(measure(options.polls, options.seed))
    found = report(options.polls, sealed, control, time.monotonic() - began)
    _show("SQLite", found, sealed, control)
    with _server() as server:
        if server is not None:
            polls = min(options.polls, max(FEWEST_ON_POSTGRES, options.polls // 10))
            began = time.monotonic()
            sealed, control = asyncio.run(measure_on_postgres(polls, options.seed, server))
            there = report(polls, sealed, control, time.monotonic() - began)
            _show("PostgreSQL", there, sealed, control)
            found = {**found, "postgres": there, "ok": found["ok"] and there["ok"]}
    print(json.dumps(found))
    return 0 if found["ok"] else 1


def _row(*cells: object) -> None:
    print("  ".join(str(cell).ljust(14) for cell in cells))


if __name__ == "__main__":
    raise SystemExit(main())
