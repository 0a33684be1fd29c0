"""``make bar``: every proof, one after the other, and what they counted in ``docs/evidence/<version>.json``.

``SHARE=ci`` takes the small counts of ``.ci/run``, ``COUNTS=crash:240,fuzz:500`` those that are named. With ``KEEP=FILE``
the simulation, which takes hours, goes on where it was stopped. The file is written after every part, so that a run that is stopped
leaves what it has seen; a part that failed, hung or was not there stands in it as failed, and the others go on.
"""

from __future__ import annotations

import json
import os
import platform
import re
import shlex
import signal
import sqlite3
import subprocess
import sys
import time
import tomllib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.proofs import plants, score
from tests.proofs.rig import ROOT


@dataclass(frozen=True)
class Part:
    """One proof.

    Attributes:
        unit: what is counted.
        full: how often before a release.
        share: how often in the share of every change.
        run: the module and its arguments; ``{n}`` and ``{seed}`` are put in.
        longest_s: what takes longer hangs.
    """

    unit: str
    full: int
    share: int
    run: str
    longest_s: float = 2 * 3600.0

    @staticmethod
    def proof(name: str, unit: str, full: int, share: int) -> Part:
        return Part(unit, full, share, f"tests.proofs.{name} --{unit} {{n}} --seed {{seed}}")


PARTS = {
    "crash": Part.proof("crash", "points", 1000, 120),
    "powerloss": Part.proof("powerloss", "points", 1000, 60),
    "restore": Part.proof("restore", "runs", 100, 5),
    "diskfull": Part.proof("diskfull", "points", 300, 30),
    "simulate": replace(Part.proof("simulate", "seeds", 10_000, 20), longest_s=8 * 3600.0),
    "clock": Part.proof("clock", "cases", 0, 0),
    "links": Part.proof("links", "cycles", 500, 20),
    "ha": Part.proof("ha", "kills", 200, 10),
    "fuzz": Part.proof("fuzz", "n", 10_000, 2000),
    "apply": Part.proof("apply", "kills", 20, 4),
    "anonymity": Part("polls", 200, 5, "bench.anonymity --polls {n} --seed {seed}"),
    "attack": Part(
        "tests",
        0,
        0,
        "pytest -p no:cacheprovider tests/attack tests/policies/test_tags.py tests/policies/test_thresholds.py",
    ),
    "mutants": Part.proof("mutants", "plants", len(plants.PLANTS), len(plants.NAMED)),
}


def machine() -> dict[str, Any]:
    """Where the figures come from."""
    cpu = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    return {
        "cpu": cpu,
        "cores": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
    }


def version() -> str:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return str(project["project"]["version"])


def part(name: str, count: int, seed: int) -> dict[str, Any]:
    """The last line of one proof, whether it held, and how busy the machine was when it began."""
    about = PARTS[name]
    print(f"== {name}: {count} {about.unit}", flush=True)
    began_s, load, commit = time.monotonic(), os.getloadavg()[0], score.commit()
    code, lines = _run(about.run.format(n=count, seed=seed), about.longest_s)
    print("\n".join(lines[-8:]), flush=True)
    counted = _counted(lines)
    counted.setdefault("seconds", round(time.monotonic() - began_s, 1))
    counted["command"] = f"make {name}" + (f" {about.unit.upper()}={count} SEED={seed}" if count else "")
    counted["at"] = f"{datetime.now(UTC):%Y-%m-%d}"  # noqa: TID251
    counted["commit"] = commit
    counted["load_before"] = round(load, 1)
    counted["held"] = code == 0
    return counted


def _run(run: str, longest_s: float) -> tuple[int | None, list[str]]:
    """Its exit code (``None``: it hung) and what it printed."""
    process = subprocess.Popen(
        [sys.executable, "-m", *shlex.split(run)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        said, _ = process.communicate(timeout=longest_s)
        return process.returncode, said.strip().splitlines()
    except BaseException as error:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if not isinstance(error, subprocess.TimeoutExpired):
            raise
        return None, [f"hung for {longest_s:.0f} s"]


PASSED = re.compile(r"(\d+) passed")


def _counted(lines: list[str]) -> dict[str, Any]:
    """One JSON object, or the last line of a run of tests."""
    last = lines[-1] if lines else ""
    try:
        counted = json.loads(last)
    except ValueError:
        passed = PASSED.search(last)
        counted = {"points": int(passed[1])} if passed else {"failures": 1, "said": last[:200]}
    return counted if isinstance(counted, dict) else {"failures": 1, "said": last[:200]}


NONE = "–"
"""A part that has not been run for this version."""
FIGURE = re.compile(rf"([\d.]+|{NONE})<!--([\w.]+)-->")
PAGE = ROOT / "docs" / "reliability.md"


def figures(page: str) -> list[tuple[str, str]]:
    """Every figure of the page: what it says, and where in the evidence it stands."""
    return FIGURE.findall(page)


def figure(evidence: dict[str, Any], where: str) -> str:
    """What stands at ``crash.forked_recovery_s.longest``."""
    found: Any = evidence
    for name in where.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return NONE if found is None else str(found)


def render(evidence: dict[str, Any]) -> None:
    """Let the page say what the evidence says."""

    if PAGE.exists():
        said = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(
            FIGURE.sub(lambda found: f"{figure(evidence, found[2])}<!--{found[2]}-->", said), encoding="utf-8"
        )


def main() -> int:
    options = dict(one.removeprefix("--").split("=", 1) for one in sys.argv[1:])
    seed, is_share = int(options.get("seed", 1)), options.get("share") == "ci"
    only = options["only"].split(",") if options.get("only") else list(PARTS)
    if unknown := set(only) - set(PARTS):
        print(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
        return 2
    counts = dict(one.split(":") for one in options.get("counts", "").split(",") if one)
    file = ROOT / "docs" / "evidence" / f"{version()}.json"
    file.parent.mkdir(exist_ok=True)
    evidence: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    evidence |= {"version": version(), "at": f"{datetime.now(UTC):%Y-%m-%d}", "machine": machine()}  # noqa: TID251
    for name in only:
        about = PARTS[name]
        evidence[name] = part(name, int(counts.get(name, about.share if is_share else about.full)), seed)
        file.write_text(json.dumps(evidence, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        render(evidence)
    return 0 if all(evidence[name]["held"] for name in only) else 1


if __name__ == "__main__":
    sys.exit(main())
