"""The last line of every proof (成绩): one JSON object; after a failure the one command that repeats it."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import Any

from tests.proofs import progress
from tests.proofs.rig import ROOT
from tests.proofs.witness import Verdict


@dataclass
class Score:
    """Adds verdicts up.

    Attributes:
        command: what repeats the run, without its seed.
        is_counted_apart: the progress line counts something else than points, and whoever does that ticks.
    """

    command: str
    seed: int
    is_quiet: bool = False
    is_counted_apart: bool = False
    points: int = 0
    lost: int = 0
    doubled: int = 0
    unknown: int = 0
    false_unknown: int = 0
    more: dict[str, Any] = field(default_factory=dict)
    failures: list[tuple[str, str]] = field(default_factory=list)
    began_s: float = field(default_factory=time.monotonic)

    def count(self) -> None:
        """One more point, whether it held or not."""
        self.points += 1
        if not (self.is_quiet or self.is_counted_apart):
            progress.tick()

    def add(self, verdict: Verdict, where: str, repeat: str = "") -> None:
        self.count()
        self.lost += len(verdict.lost)
        self.doubled += len(verdict.doubled)
        self.unknown += verdict.unknown
        self.false_unknown += verdict.false_unknown
        if not verdict.is_kept:
            self.fail(f"{where}: {_said(verdict)}", repeat)

    def fail(self, what: str, repeat: str = "") -> None:
        if not self.is_quiet:
            print(f"FAILED {what}", file=sys.stderr, flush=True)
        self.failures.append((what, repeat or f"{self.command} SEED={self.seed}"))

    def merge(self, other: dict[str, Any]) -> None:
        """What a worker process has counted."""
        for name in ("points", "lost", "doubled", "unknown", "false_unknown"):
            setattr(self, name, getattr(self, name) + other[name])
        for name, value in other["more"].items():
            self.more[name] = _together(self.more.get(name), value)
        self.failures += [tuple(one) for one in other["failures"]]

    def as_json(self) -> dict[str, Any]:
        return {
            "points": self.points,
            "lost": self.lost,
            "doubled": self.doubled,
            "unknown": self.unknown,
            "false_unknown": self.false_unknown,
            "more": self.more,
            "failures": self.failures,
        }

    def finish(self) -> int:
        """Print, last, the one line; the exit code."""
        progress.end()
        for what, repeat in self.failures[:20]:
            print(f"{what}\n    again: {repeat}")
        line = {**self.as_json(), "failures": len(self.failures), "seed": self.seed}
        more = line.pop("more")
        line = {**line, **more, "seconds": round(time.monotonic() - self.began_s, 1)}
        print(json.dumps(line, ensure_ascii=False, sort_keys=False), flush=True)
        return 1 if self.failures else 0


def _together(one: Any, other: Any) -> Any:
    if one is None:
        return other
    if isinstance(one, dict):
        return {
            key: _together(one.get(key), other.get(key, 0)) if key in one else other[key]
            for key in {**one, **other}
        }
    return one + other


def _said(verdict: Verdict) -> str:
    parts = [
        f"lost {verdict.lost}" if verdict.lost else "",
        f"doubled {verdict.doubled}" if verdict.doubled else "",
        f"strangers {verdict.stray}" if verdict.stray else "",
        "; ".join(verdict.other),
    ]
    return f"{verdict.token} " + ", ".join(part for part in parts if part)


def commit() -> str:
    """What is being tried, with a ``+`` where something else than ``docs`` has been changed since; ``?`` without git."""

    def git(*words: str) -> str:
        done = subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, text=True, check=False)
        return done.stdout.strip()

    changed = git("status", "--porcelain", "--untracked-files=no", "--", ":/", ":!/docs")
    return (git("rev-parse", "--short=10", "HEAD") or "?") + ("+" if changed else "")


def asked(name: str, default: int, about: str) -> tuple[int, int, list[str]]:
    """The number of points and the seed, from the command line; what is left is the program's own."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument(f"--{name}", type=int, default=default, dest="points")
    parser.add_argument("--seed", type=int, default=1)
    known, rest = parser.parse_known_args()
    return known.points, known.seed, rest
