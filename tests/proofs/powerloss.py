"""``make powerloss POINTS=…``: as crash, but the disk keeps only what was synced before the power went.

The control runs the same with ``synchronous=NORMAL`` and must lose something, or this program would see nothing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.proofs import crash, score

SOURCE = Path(__file__).with_suffix(".c")
CONTROL = 12
"""Points of the control; most of them lose."""


def compiled(folder: Path) -> Path | None:
    """The preloaded library, or ``None`` where no C compiler is."""
    compiler = next((found for name in ("cc", "gcc", "clang") if (found := shutil.which(name))), None)
    if compiler is None:
        return None
    library = folder / "powerloss.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-o", str(library), str(SOURCE), "-ldl"], check=True)
    return library


def main() -> int:
    points, seed, rest = score.asked("points", 60, __doc__ or "")
    folder = Path(tempfile.mkdtemp(prefix="yizhan-power-"))
    counted = score.Score("make powerloss", seed)
    try:
        library = compiled(folder)
        if library is None:
            print(
                "SKIPPED: no C compiler (cc, gcc, clang), so power cuts cannot be simulated here", flush=True
            )
            counted.more["skipped"] = 1
            return counted.finish()
        env = {"LD_PRELOAD": str(library), "SYNC_FROM": str(folder), "SYNC_TO": str(folder / "synced")}
        env |= {name: value for name, value in os.environ.items() if name.startswith("PLANT")}
        crash.run(counted, points, seed, rest, env, folder)
        if not rest:
            control = score.Score("make powerloss", seed)
            crash.run(control, CONTROL, seed, rest, {**env, "PLANT": "normal"}, folder, is_control=True)
            counted.more["control_points"] = control.points
            counted.more["control_failures"] = len(control.failures)
            if not control.failures:
                counted.fail("the control with synchronous=NORMAL lost nothing: power cuts are not simulated")
        return counted.finish()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
