"""``make mutants``: defects are planted one at a time into a copy of the program; some command must find each of them.

The judges are judged: a planted defect that nobody finds means that a promise is not tested. A finder counts only if it
passes on the sound copy, and if with the defect it ends with a failure of its own: one that hangs, or finds a program
that does not even start, has found nothing.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue

from tests.proofs import progress, score
from tests.proofs.plants import PLANTS, Plant
from tests.proofs.rig import ROOT

COPIED = ("bot", "adapters", "policies", "sandbox", "bench", "tests", "config.example.toml", "pyproject.toml")
LONGEST_S = 600
BROKEN = re.compile(
    r"\b(?:ImportError|ModuleNotFoundError|SyntaxError|IndentationError|NameError|UnboundLocalError)\b"
)
"""A program that does not run breaks no promise in particular."""


@dataclass(frozen=True)
class Ending:
    """How a finder ended: its exit code (``None``: it hung), what it said, and how long it took."""

    code: int | None
    said: str
    seconds: float

    @property
    def why(self) -> str:
        lines = self.said.strip().splitlines()
        telling = (line for line in lines if line.startswith(("FAILED", "E  ")))
        return next(telling, lines[-1] if lines else "")[:200]


def run(by: str, copy: Path) -> Ending:
    """The finder in a process group of its own, so that nothing of it outlives its time."""
    began_s = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", *shlex.split(by)],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        said, _ = process.communicate(timeout=LONGEST_S)
        code: int | None = process.returncode
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        said, code = process.communicate()[0], None
    return Ending(code, said, time.monotonic() - began_s)


@dataclass
class Finders:
    """Whether a finder passes on the sound program: asked once of each."""

    known: dict[str, Ending] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    each: dict[str, threading.Lock] = field(default_factory=dict)

    def sound(self, by: str, copy: Path) -> Ending:
        with self.lock:
            mine = self.each.setdefault(by, threading.Lock())
        with mine:
            if by not in self.known:
                self.known[by] = run(by, copy)
            return self.known[by]


def missed(plant: Plant, copy: Path, finders: Finders) -> tuple[str, Ending | None]:
    """Why the defect counts as not found, ``""``: it was found; and how the finder ended."""
    file = copy / plant.file
    whole = text = file.read_text(encoding="utf-8")
    for old, new in plant.edits:
        if old not in text:
            return "the plant does not fit the source any more", None
        text = text.replace(old, new)
    compile(text, plant.file, "exec")
    before = finders.sound(plant.by, copy)
    if before.code != 0:
        return f"its finder fails on the sound program ({before.code}): {before.why}", before
    file.write_text(text, encoding="utf-8")
    try:
        ending = run(plant.by, copy)
    finally:
        file.write_text(whole, encoding="utf-8")
    if ending.code is None:
        return "its finder hung", ending
    if ending.code == 0:
        return "nobody noticed", ending
    if ending.code != 1:
        return f"its finder failed by itself with {ending.code}: {ending.why}", ending
    if broken := BROKEN.search(ending.said):
        return f"the program does not run with it ({broken[0]})", ending
    return "", ending


def copied(folder: Path) -> Path:
    """Everything a finder needs, to be written into."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            folder.mkdir(exist_ok=True)
            shutil.copy(source, folder / name)
    return folder


def main() -> int:
    number, seed, rest = score.asked("plants", len(PLANTS), __doc__ or "")
    options = dict(one.removeprefix("--").split("=", 1) for one in rest)
    wanted = [one for one in PLANTS[:number] if options.get("only", "") in one.name]
    counted = score.Score("make mutants", seed)
    progress.begin("plants", len(wanted))
    finders, copies = Finders(), SimpleQueue[Path]()
    folder = Path(tempfile.mkdtemp(prefix="yizhan-mutants-"))
    jobs = int(options.get("jobs", "2"))

    def tried(plant: Plant) -> tuple[str, Ending | None]:
        copy = copies.get()
        try:
            return missed(plant, copy, finders)
        finally:
            copies.put(copy)

    try:
        for one in range(jobs):
            copies.put(copied(folder / str(one)))
        with ThreadPoolExecutor(jobs) as pool:
            for plant, (why, ending) in zip(wanted, pool.map(tried, wanted), strict=True):
                counted.count()
                row = {
                    "by": plant.by,
                    "found": not why,
                    "seconds": round(ending.seconds, 1) if ending else 0.0,
                }
                counted.more.setdefault("plants", {})[plant.name] = row
                said = why or (ending.why if ending else "")
                print(f"{'MISSED' if why else 'found'} {plant.name}: {said} ({row['seconds']} s)", flush=True)
                if why:
                    counted.fail(f"{plant.name}: {why}, by {plant.by}", f"make mutants ONLY='{plant.name}'")
        counted.more["found"] = counted.points - len(counted.failures)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return counted.finish()


if __name__ == "__main__":
    sys.exit(main())
