"""How long until it answers, and what it takes of the machine: ``explain`` cold, ``run`` ready, resident memory.

``python -m bench.starting [--rounds 5]``. The reference, in the same run, is an interpreter that imports Feishu's SDK as its
manual says and does nothing else. Each process is a fresh interpreter; medians.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "stories"))

from village import Village, village

ASKED = ("explain", "--as", "周敏", "--to", "研发部", "明早例会改到十点")


def _timed(*command: str) -> float:
    began_s = time.perf_counter()
    subprocess.run(
        [sys.executable, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True
    )
    return time.perf_counter() - began_s


def _resident_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(one) for task in tasks for one in (task / "children").read_text(encoding="ascii").split()]


async def _start(place: Village) -> tuple[float, float, float]:
    """Seconds until its lines are open; megabytes without and with the children."""
    began_s = time.perf_counter()
    command = ("-m", "bot", "run", "--config", str(place.config))
    with (place.folder / "run.log").open("wb") as out:
        place.process = await asyncio.create_subprocess_exec(
            sys.executable, *command, stdout=out, stderr=out, start_new_session=True
        )
    await place._until_the_lines_are_open()
    took_s = time.perf_counter() - began_s
    await place.rest()
    alone = _resident_mb(place.process.pid)
    return took_s, alone, alone + sum(_resident_mb(one) for one in _children(place.process.pid))


async def main(rounds: int) -> None:
    load = os.getloadavg()[0]
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, load {load:.1f}, Python {platform.python_version()}"
    )
    vendor_s = statistics.median(_timed("-c", "import lark_oapi") for _ in range(rounds))
    with tempfile.TemporaryDirectory() as folder:
        async with village(Path(folder), start="2026-09-08 10:00", start_bot=False) as place:
            starts = []
            for _ in range(rounds):
                starts.append(await _start(place))
                await place.kill_the_bot()
            ready_s, alone, whole = (statistics.median(column) for column in zip(*starts, strict=True))
            asked = ("-m", "bot", *ASKED, "--config", str(place.config))
            explain_s = statistics.median([await asyncio.to_thread(_timed, *asked) for _ in range(rounds)])
    print(f"import lark_oapi       {vendor_s:.2f} s")
    print(f"explain, cold          {explain_s:.2f} s, ratio {explain_s / vendor_s:.2f} (goal 0.33)")
    print(f"run until lines open   {ready_s:.2f} s, ratio {ready_s / vendor_s:.2f}")
    print(f"resident               {alone:.0f} MB, with the children {whole:.0f} MB")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    asyncio.run(main(parser.parse_args().rounds))
