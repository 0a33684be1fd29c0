"""Whether answers can be tied to people: ``python -m bench.anonymity [--polls N]``; figures, and a JSON line last.

Every questionnaire is answered through the real intake, store and box; an attacker copies the database after every
press (which is more than hourly backups and every prefix of the write-ahead log), reads the finished file and its log
byte by byte, and pairs people with what was written. The control stores the same answers as one would without much
thought: two tables, a random id, one transaction. It has to be linked, or the attacks prove nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import logging
import math
import random
import shutil
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from bench.linking import ATTACKS, Loot, Sealed, naive
from bot.store import migrate

VOTERS = (10, 16)
LEAST_CONTROL = 0.95
FAMILY = 0.01
"""How often an honest box may be called a leak, over all attacks of one run of 100 polls or more."""
SMALL_FAMILY = 1e-6
"""The same of a small share, which runs with every change and must not cry wolf."""


@dataclass
class Count:
    """Over all questionnaires, for each attack: people tied to their words, and how many chance would tie."""

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
        for name, attack in ATTACKS.items():
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
    """The box, and the control."""
    rng = random.Random(seed)
    sealed, control = Count(), Count()
    folder = Path(tempfile.mkdtemp(prefix="yizhan-anonymity-"))
    logs = io.StringIO()
    handler = logging.StreamHandler(logs)
    logging.getLogger().addHandler(handler)
    logging.getLogger().setLevel(logging.DEBUG)
    try:
        template = folder / "template.db"
        await asyncio.to_thread(migrate.upgrade_sqlite, template)
        for nth in range(polls):
            votes = _votes(rng)
            where = folder / str(nth)
            where.mkdir()
            shutil.copy(template, where / "yizhan.db")
            logs.seek(0)
            logs.truncate()
            sealed.add(await Sealed(where, votes).run(logs.getvalue))
            control.add(naive(where / "naive.db", votes))
            shutil.rmtree(where)
    finally:
        logging.getLogger().removeHandler(handler)
        shutil.rmtree(folder, ignore_errors=True)
    return sealed, control


def _votes(rng: random.Random) -> dict[str, tuple[int, str]]:
    """Who answers what, in the order in which they press; every text is its author's alone."""
    people = [f"ou_{rng.randrange(16**12):012x}" for _ in range(rng.randint(*VOTERS))]
    words = "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年"
    return {
        person: (rng.randrange(5), "".join(rng.choices(words, k=rng.randint(12, 60)))) for person in people
    }


def report(polls: int, sealed: Count, control: Count, took_s: float) -> dict[str, object]:
    alpha = FAMILY if polls >= 100 else SMALL_FAMILY
    most = limit(polls, alpha / len(ATTACKS))
    best = max(control.linked.values()) / control.people
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
        "ok": held and best >= LEAST_CONTROL,
    }


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--polls", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    began = time.monotonic()
    sealed, control = asyncio.run(measure(options.polls, options.seed))
    found = report(options.polls, sealed, control, time.monotonic() - began)
    _row("attack", "sealed box", "chance", "limit", "control")
    for name in ATTACKS:
        _row(
            name,
            sealed.linked[name],
            f"{sealed.chance:.0f}",
            found["limit"],
            f"{control.linked[name]}/{control.people}",
        )
    _row("boxes opened", sealed.opened, "", 0)
    _row("raw presses", sealed.raw, "", 0)
    print(json.dumps(found))
    return 0 if found["ok"] else 1


def _row(*cells: object) -> None:
    print("  ".join(str(cell).ljust(14) for cell in cells))


if __name__ == "__main__":
    raise SystemExit(main())
