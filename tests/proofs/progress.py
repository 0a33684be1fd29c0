"""How far a proof is (进度): a line on the error stream, whatever number of processes do the work."""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import time
from pathlib import Path

TALLY = "PROOF_TALLY"
"""The environment's name for the file that gets one byte for each point done; workers inherit it."""
AT_A_SCREEN_S, IN_A_LOG_S = 1.0, 60.0


def begin(unit: str, of: int) -> None:
    """Tell from now on how many of so many are done, until ``end``."""
    handle, name = tempfile.mkstemp(prefix="yizhan-tally-")
    os.close(handle)
    os.environ[TALLY] = name
    threading.Thread(target=_tell, args=(Path(name), unit, of), daemon=True).start()


def tick(done: int = 1) -> None:
    """So many more are done, whether they held or not."""
    if name := os.environ.get(TALLY):
        with Path(name).open("ab") as tally:
            tally.write(b"." * done)


def end() -> None:
    """Nothing more is told."""
    if name := os.environ.pop(TALLY, ""):
        Path(name).unlink(missing_ok=True)


def line(unit: str, done: int, of: int, took_s: float) -> str:
    """``420/1000 points · 12 min · about 17 min more``; no guess before the first is done."""
    more = f" · about {_span((of - done) * took_s / done)} more" if 0 < done < of else ""
    return f"{done}/{of} {unit} · {_span(took_s)}{more}"


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def _tell(tally: Path, unit: str, of: int) -> None:
    began_s, is_screen = time.monotonic(), sys.stderr.isatty()
    while True:
        time.sleep(AT_A_SCREEN_S if is_screen else IN_A_LOG_S)
        try:
            done = tally.stat().st_size
        except OSError:
            return
        said = line(unit, min(done, of), of, time.monotonic() - began_s)
        sys.stderr.write(f"\r{said}\033[K" if is_screen else f"{said}\n")
        sys.stderr.flush()
        if done >= of:
            if is_screen:
                sys.stderr.write("\n")
            return
