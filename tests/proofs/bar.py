"""``make bar``: every proof, one after the other, and what they counted in ``docs/evidence/<version>.json``.

``SHARE=ci`` takes the small counts of ``.ci/run``, ``COUNTS=crash:240,fuzz:500`` those that are named. The file is written after every part, so that a run that is stopped
leaves what it has seen; a part that failed stands there as failed.
"""

from __future__ import annotations

import json
import os
import platform
import re
import sqlite3
import subprocess
import sys
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.proofs.rig import ROOT

PARTS: dict[str, tuple[str, int, int]] = {
    "crash": ("points", 1000, 120),
    "powerloss": ("points", 1000, 60),
    "restore": ("runs", 100, 5),
    "diskfull": ("points", 300, 20),
    "simulate": ("seeds", 1000, 24),
    "fuzz": ("n", 10_000, 2000),
    "mutants": ("plants", 24, 24),
}
"""What is counted, how often before a release, and how often in the share of every change."""


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
    """The last line of one proof, and whether it held."""
    unit = PARTS[name][0]
    command = [sys.executable, "-m", f"tests.proofs.{name}", f"--{unit}", str(count), "--seed", str(seed)]
    print(f"== {name}: {count} {unit}", flush=True)
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    lines = done.stdout.strip().splitlines()
    print("\n".join(lines[-8:]), flush=True)
    try:
        counted: dict[str, Any] = json.loads(lines[-1])
    except (IndexError, ValueError):
        counted = {"failures": 1}
    counted["command"] = f"make {name} {unit.upper()}={count} SEED={seed}"
    counted["held"] = done.returncode == 0
    return counted


FIGURE = re.compile(r"(\d+)<!--(\w+)\.(\w+)-->")
PAGE = ROOT / "docs" / "reliability.md"


def figures(page: str) -> list[tuple[str, str, str]]:
    """Every figure of the page: what it says, and the part and name of the evidence that it is taken from."""
    return FIGURE.findall(page)


def render(evidence: dict[str, Any]) -> None:
    """Let the page say what the evidence says."""

    def said(found: re.Match[str]) -> str:
        value = evidence.get(found[2], {}).get(found[3])
        return found[0] if value is None else f"{value}<!--{found[2]}.{found[3]}-->"

    if PAGE.exists():
        PAGE.write_text(FIGURE.sub(said, PAGE.read_text(encoding="utf-8")), encoding="utf-8")


def main() -> int:
    options = dict(one.removeprefix("--").split("=", 1) for one in sys.argv[1:])
    seed, is_share = int(options.get("seed", 1)), options.get("share") == "ci"
    only = options.get("only", "").split(",") if options.get("only") else list(PARTS)
    counts = dict(one.split(":") for one in options.get("counts", "").split(",") if one)
    file = ROOT / "docs" / "evidence" / f"{version()}.json"
    file.parent.mkdir(exist_ok=True)
    evidence: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    evidence |= {"version": version(), "at": f"{datetime.now(UTC):%Y-%m-%d}", "machine": machine()}  # noqa: TID251
    for name in only:
        _, full, share = PARTS[name]
        evidence[name] = part(name, int(counts.get(name, share if is_share else full)), seed)
        file.write_text(json.dumps(evidence, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        render(evidence)
    return 0 if all(evidence[name]["held"] for name in only) else 1


if __name__ == "__main__":
    sys.exit(main())
