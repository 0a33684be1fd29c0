"""Other processes: one is refused, one is killed; what was acknowledged is there."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot.store import inbox
from bot.store.engine import Store
from bot.store.errors import StoreLocked

ROOT = Path(__file__).parents[3]

CHILD = """
import asyncio, sys
from datetime import UTC, datetime
from dataclasses import replace
from bot.clock import ManualClock
from bot.store import inbox
from bot.store.engine import Store
from store_builders import incoming

async def acknowledge(store, number):
    if await store.write_grouped(inbox.insert, incoming(f"ev-{number}")) is not None:
        print(number, flush=True)

async def main():
    store = Store(sys.argv[1], ManualClock(datetime(2026, 9, 29, tzinfo=UTC)))
    await store.open()
    print("open", flush=True)
    number = 0
    while True:
        await asyncio.gather(*(acknowledge(store, number + n) for n in range(4)))
        number += 4

asyncio.run(main())
"""


@pytest.fixture
def child(sqlite_url):
    paths = os.pathsep.join([str(ROOT), str(Path(__file__).parent)])
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD, sqlite_url],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": paths},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "open\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


async def test_a_second_process_is_refused_and_told_who_owns_the_store(child, sqlite_url, clock):
    with pytest.raises(StoreLocked) as refused:
        await Store(sqlite_url, clock).open()
    assert refused.value.pid == child.pid
    assert refused.value.started_at == "2026-09-29T00:00:00+00:00"


async def test_a_killed_writer_has_lost_nothing_it_acknowledged(child, sqlite_url, clock):
    acknowledged = [child.stdout.readline().strip() for _ in range(300)]
    child.send_signal(signal.SIGKILL)
    acknowledged += [line.strip() for line in child.stdout if line.endswith("\n")]
    child.wait()

    store = Store(sqlite_url, clock)
    await store.open()
    try:
        rows = await store.read(inbox.next_new, 1_000_000)
        assert {f"ev-{number}" for number in acknowledged} <= {row.entry.event_id for row in rows}
        assert await store.integrity() == ()
        repeats = await asyncio.gather(*(store.write_grouped(inbox.insert, row.entry) for row in rows[:20]))
        assert set(repeats) == {None}
    finally:
        await store.close()
